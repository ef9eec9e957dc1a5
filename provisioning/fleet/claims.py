"""Claims: the one-time right of one terminal to ask for its first certificate.

Lives here: giving one out, its first use, taking it back. Not here: its form (`edge.wire.claim`),
what it lets in (`requests`). The registry knows the SHA-256 of the secret alone: nothing that lies
here enrols. A claim belongs to the first key that shows it, for ever; the same key may show it
again, however late, since that is the same request; another key is refused and raises an alarm,
for the claim was copied. Which of the two was the thief a person has to find out.

Secrets that are not the claim's are counted, and from `GUESSES` on a person is told. They shut
nobody out: 32 drawn bytes are not found by trying, and whoever could close a claim by showing
nonsense would keep the technician from his work.
Source: DESIGN section 13; RFC 7030 section 3.2.3.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

import sqlalchemy as sa

from edge.wire.event import TERMINAL as NAME_FORM
from edge.wire.event import timestamp
from provisioning.centre.catalogue import read_code
from provisioning.centre.inbox_tables import INBOX_ALARM
from provisioning.errors import FleetRefused
from provisioning.fleet import registry
from provisioning.fleet.history import Verb, note
from provisioning.fleet.registry import State
from provisioning.fleet.tables import CLAIM

SECRET_SIZE = 32  # bytes
MAX_TECHNICIAN = 80  # characters
LONGEST = timedelta(days=90)
"""Between giving out and end: a box of Pis lies no longer in a cupboard."""
KEY_CHANGED = "CLAIM_KEY_CHANGED"
"""The alarm: another key showed a claim that was used. A code never changes its meaning."""
GUESSED = "CLAIM_GUESSED"
"""The alarm: `GUESSES` secrets were shown that are not the claim's. As above."""
CODES = (KEY_CHANGED, GUESSED)
GUESSES = 5
"""A damaged file or a code that was read wrongly is none: it does not get as far as a secret."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the registry knows of a claim.

    `key`: whose first use it was (fingerprint); `wrong`: how many secrets were not its own.
    """

    id: str
    terminal: str
    organisation: str
    technician: str
    made_at: str
    until: str
    withdrawn_at: str | None
    key: str | None
    used_at: str | None
    wrong: int


@unique
class Refusal(StrEnum):
    """Why a claim is not taken."""

    UNKNOWN = "unknown"
    """No such claim, or not its secret: nobody learns which."""
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TAKEN = "taken"
    """Another key used it first; the alarm is raised."""
    OVER = "over"
    """Its terminal is out of service."""


@dataclass(frozen=True, slots=True)
class Use:
    """What came of showing a claim: `refusal` is None where it is taken."""

    claim: Claim | None
    refusal: Refusal | None


def new_claim(
    connection: sa.Connection,
    *,
    id: str,  # noqa: A002 -- the field's name in the claim
    digest: bytes,
    terminal: str,
    organisation: str,
    technician: str,
    until: datetime,
    at: datetime,
    operator: str | None,
) -> Claim:
    """Enter a claim and its terminal; `digest`: SHA-256 of the secret.

    An earlier claim of the terminal that nobody used is withdrawn. Raises FleetRefused for a form
    that does not hold, for a time that is over or too far, and for a terminal that is retired or
    wiped: its name stays its own. One that is lost may be claimed anew, when it is found.
    """
    code = read_code(organisation)
    if NAME_FORM.fullmatch(terminal) is None or _ID.fullmatch(id) is None:
        raise _malformed("the terminal's name or the claim's id has not its form")
    if code is None or len(digest) != hashlib.sha256().digest_size:
        raise _malformed("the organisation's code has not 14 digits")
    if not 1 <= len(technician) <= MAX_TECHNICIAN:
        raise _malformed(f"the technician's name has not 1 to {MAX_TECHNICIAN} characters")
    if not at < until <= at + LONGEST:
        raise _malformed(f"it ends in the past, or later than {LONGEST.days} days from now")
    known = registry.find(connection, terminal)
    if known is not None and known.state in {State.RETIRED, State.WIPING, State.WIPED}:
        raise FleetRefused(
            f"{terminal} is {known.state}: its name stays with its records.",
            next_step="Give the new terminal a name of its own; tramthe fleet replace links them.",
        )
    if known is None or known.state is State.EXPECTED:
        registry.enter(
            *(connection, terminal, State.EXPECTED, at), organisation=code, technician=technician
        )
    else:
        registry.begin(connection, at)
    withdraw(connection, terminal, at, operator)
    connection.execute(
        sa.insert(CLAIM).values(
            id=id,
            digest=digest,
            terminal=terminal,
            organisation=code,
            technician=technician,
            made_at=timestamp(at),
            until=timestamp(until),
        )
    )
    note(connection, at, operator, Verb.CLAIMED, terminal, f"{id} until {timestamp(until)}")
    made, end = timestamp(at), timestamp(until)
    return Claim(id, terminal, code, technician, made, end, None, None, None, 0)


def withdraw(
    connection: sa.Connection, terminal: str, at: datetime, operator: str | None
) -> tuple[str, ...]:
    """Take back the claims of a terminal that nobody used; return their ids."""
    open_claims = (
        CLAIM.c.terminal == terminal,
        CLAIM.c.key.is_(None),
        CLAIM.c.withdrawn_at.is_(None),
    )
    ids = tuple(
        connection.execute(
            sa.update(CLAIM)
            .where(*open_claims)
            .values(withdrawn_at=timestamp(at))
            .returning(CLAIM.c.id)
        ).scalars()
    )
    for one in ids:
        note(connection, at, operator, Verb.CLAIM_WITHDRAWN, terminal, one)
    return ids


def use_claim(connection: sa.Connection, id: str, secret: bytes, key: str, at: datetime) -> Use:  # noqa: A002 -- the field's name in the claim
    """Show a claim with its secret, for the key of this fingerprint. The first key wins.

    What is refused is said as data, since the alarm is to be kept: the caller ends its transaction
    in either case.
    """
    claim = _authentic(connection, id, secret)
    if claim is None:
        _count(connection, id, at)
        return Use(None, Refusal.UNKNOWN)
    if claim.key is None:
        refusal = _refusal(connection, claim, at)
        if refusal is not None:
            return Use(claim, refusal)
        connection.execute(
            sa.update(CLAIM)
            .where(CLAIM.c.id == id, CLAIM.c.key.is_(None))
            .values(key=key, used_at=timestamp(at))
        )
        claim = _authentic(connection, id, secret)
    if claim is None or claim.key != key:
        if claim is not None:
            _alarm(connection, claim.terminal, KEY_CHANGED, key, at)
        return Use(claim, Refusal.TAKEN)
    known = registry.find(connection, claim.terminal)
    over = known is None or known.state in {State.RETIRED, State.WIPING, State.WIPED}
    return Use(claim, Refusal.OVER if over else None)


def claims(connection: sa.Connection, terminal: str | None = None) -> tuple[Claim, ...]:
    """Return the claims of a terminal, or of every one, oldest first."""
    query = sa.select(*_COLUMNS).order_by(CLAIM.c.made_at, CLAIM.c.terminal, CLAIM.c.id)
    if terminal is not None:
        query = query.where(CLAIM.c.terminal == terminal)
    return tuple(Claim(*row) for row in connection.execute(query))


_COLUMNS = tuple(CLAIM.c[name] for name in Claim.__slots__)


def _authentic(connection: sa.Connection, id: str, secret: bytes) -> Claim | None:  # noqa: A002
    query = sa.select(CLAIM.c.digest, *_COLUMNS).where(CLAIM.c.id == id)
    row = connection.execute(query).one_or_none()
    given = hashlib.sha256(secret).digest()
    held = bytes(given) if row is None else bytes(row.digest)
    same = hmac.compare_digest(held, given)
    return Claim(*row[1:]) if same and row is not None else None


def _refusal(connection: sa.Connection, claim: Claim, at: datetime) -> Refusal | None:
    if claim.withdrawn_at is not None:
        return Refusal.WITHDRAWN
    if timestamp(at) >= claim.until:
        return Refusal.EXPIRED
    known = registry.find(connection, claim.terminal)
    if known is None or known.state in {State.RETIRED, State.WIPING, State.WIPED}:
        return Refusal.OVER
    return None


def _count(connection: sa.Connection, id: str, at: datetime) -> None:  # noqa: A002
    """Count a wrong secret, where there is such a claim."""
    wrong = (
        sa.update(CLAIM)
        .where(CLAIM.c.id == id)
        .values(wrong=CLAIM.c.wrong + 1)
        .returning(CLAIM.c.terminal, CLAIM.c.wrong)
    )
    row = connection.execute(wrong).one_or_none()
    if row is not None and row.wrong >= GUESSES:
        _alarm(connection, row.terminal, GUESSED, id, at)


def _alarm(connection: sa.Connection, terminal: str, code: str, detail: str, at: datetime) -> None:
    row = {"terminal": terminal, "code": code, "detail": detail}
    there = sa.select(INBOX_ALARM.c.code).where(
        *(INBOX_ALARM.c[name] == value for name, value in row.items())
    )
    if connection.execute(there).first() is None:
        connection.execute(sa.insert(INBOX_ALARM).values(**row, raised_at=timestamp(at)))


def _malformed(what: str) -> FleetRefused:
    return FleetRefused(f"The claim cannot be given out: {what}.", next_step="Correct it.")
