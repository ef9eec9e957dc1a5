"""The registry: which terminals there are, in which state, and which certificates they hold.

Lives here: the rows, asking them, the moment from which the registry decides. Not here: how a
terminal comes in (`claims`, `requests`), what people do with it (`verbs`), whether what it sends is
taken (`admission`). Each function works within the caller's connection, the writing ones within its
transaction; time is an argument.

A centre without a registry trusts by the authority alone. It is *in use* from the first terminal
that is entered on; at that moment every terminal that the centre has heard of is adopted as
APPROVED, so that nobody who worked yesterday is refused today. See docs/adr/0017.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.wire.event import timestamp
from provisioning.centre.office_tables import PLACE, REPORT
from provisioning.centre.tables import EPOCH
from provisioning.errors import FleetRefused
from provisioning.fleet.history import Verb, note
from provisioning.fleet.tables import BEGUN, CERTIFICATE, TERMINAL


@unique
class State(StrEnum):
    """Where a terminal stands. A word never changes its meaning."""

    EXPECTED = "expected"
    """A claim was given out; it has not asked yet, or what it asked was refused."""
    WAITING = "waiting"
    """It asked for a certificate; a person has to look."""
    APPROVED = "approved"
    RETIRED = "retired"
    """Out of service in good order: what it had written until then is taken."""
    LOST = "lost"
    """Nothing beyond what was held is believed, whatever its time."""
    WIPING = "wiping"
    """As LOST, and the order to destroy its keys waits for it."""
    WIPED = "wiped"
    """As LOST, and its signed word came that its keys are destroyed."""


ENDED = frozenset({State.RETIRED, State.LOST, State.WIPING, State.WIPED})
"""Out of service: no certificate is issued and no connection taken."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a terminal; the fingerprints and the serial are hexadecimal."""

    fingerprint: str
    terminal: str
    key: str
    """SHA-256 of its SubjectPublicKeyInfo."""
    serial: str
    not_after: str
    issued_at: str
    ended_at: str | None
    """Since when it is no longer accepted; None where nobody ended it."""
    why: str | None
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal; `certificate` is its newest, None where the registry knows none."""

    name: str
    """The id in its certificates and events, for ever."""
    label: str
    """What people call it; empty where nobody does."""
    organisation: str | None
    state: State
    since: str
    technician: str | None
    note: str
    replaces: str | None
    replaced_by: str | None
    certificate: Certificate | None


def key_fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the SHA-256 of a key's SubjectPublicKeyInfo (DER) in hexadecimal."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def in_use(connection: sa.Connection) -> bool:
    """Return whether the registry decides, and not the authority alone."""
    return connection.execute(sa.select(BEGUN.c.number)).first() is not None


def find(connection: sa.Connection, name: str) -> Terminal | None:
    """Return a terminal, None where there is none of this name."""
    found = _read(connection, TERMINAL.c.name == name)
    return found[0] if found else None


def get(connection: sa.Connection, name: str) -> Terminal:
    """Return a terminal. Raises FleetRefused where there is none of this name."""
    found = find(connection, name)
    if found is None:
        raise FleetRefused(
            f"The registry has no terminal {name}.",
            next_step="Look at the names: tramthe fleet list FOLDER",
        )
    return found


def every(connection: sa.Connection, *states: State) -> tuple[Terminal, ...]:
    """Return the terminals in these states, or in any, by name."""
    return _read(connection, TERMINAL.c.state.in_(states) if states else sa.true())


def page(connection: sa.Connection, *states: State, skip: int, limit: int) -> tuple[Terminal, ...]:
    """Return some of the terminals in these states, or in any, by name."""
    names = sa.select(TERMINAL.c.name).order_by(TERMINAL.c.name).offset(skip).limit(limit)
    if states:
        names = names.where(TERMINAL.c.state.in_(states))
    return _read(connection, TERMINAL.c.name.in_(names.scalar_subquery()))


def counts(connection: sa.Connection) -> dict[State, int]:
    """Return how many terminals there are in each state that has any."""
    query = sa.select(TERMINAL.c.state, sa.func.count()).group_by(TERMINAL.c.state)
    return {State(row[0]): int(row[1]) for row in connection.execute(query)}


def certificates(connection: sa.Connection, name: str) -> tuple[Certificate, ...]:
    """Return all certificates of a terminal, oldest first."""
    query = (
        sa.select(*_CERTIFICATE)
        .where(CERTIFICATE.c.terminal == name)
        .order_by(CERTIFICATE.c.issued_at, CERTIFICATE.c.not_after, CERTIFICATE.c.fingerprint)
    )
    return tuple(_certificate(row) for row in connection.execute(query))


def ended(connection: sa.Connection, *, at: datetime) -> tuple[Certificate, ...]:
    """Return the certificates that were ended and have not run out by themselves, oldest first."""
    query = (
        sa.select(*_CERTIFICATE)
        .where(CERTIFICATE.c.ended_at.is_not(None), CERTIFICATE.c.not_after > timestamp(at))
        .order_by(CERTIFICATE.c.ended_at, CERTIFICATE.c.serial)
    )
    return tuple(_certificate(row) for row in connection.execute(query))


def holder(connection: sa.Connection, key: str) -> str | None:
    """Return which terminal the registry has a certificate of this key for, None for none."""
    query = sa.select(CERTIFICATE.c.terminal).where(CERTIFICATE.c.key == key).limit(1)
    return connection.execute(query).scalar()


def enter(
    connection: sa.Connection,
    name: str,
    state: State,
    at: datetime,
    *,
    organisation: str | None = None,
    technician: str | None = None,
) -> None:
    """Put a terminal into the registry, or one that is there into another state.

    The first one begins the registry's use (see the module). Raises FleetRefused for a name that
    only differs in case from one that is there: people read names aloud.
    """
    begin(connection, at)
    like = sa.select(TERMINAL.c.name).where(sa.func.lower(TERMINAL.c.name) == name.lower())
    other = next((one for one in connection.execute(like).scalars() if one != name), None)
    if other is not None:
        raise FleetRefused(
            f"{name} differs from the terminal {other} in capital letters only.",
            next_step="Give it a name of its own.",
        )
    known = connection.execute(
        sa.update(TERMINAL)
        .where(TERMINAL.c.name == name)
        .values(
            state=state.value,
            since=sa.case(
                (TERMINAL.c.state == state.value, TERMINAL.c.since),
                else_=sa.bindparam("now", timestamp(at), TERMINAL.c.since.type),
            ),
            organisation=sa.func.coalesce(
                sa.bindparam("place", organisation, TERMINAL.c.organisation.type),
                TERMINAL.c.organisation,
            ),
            technician=sa.func.coalesce(
                sa.bindparam("who", technician, TERMINAL.c.technician.type), TERMINAL.c.technician
            ),
        )
    )
    if not known.rowcount:
        connection.execute(
            sa.insert(TERMINAL).values(
                name=name,
                organisation=organisation,
                state=state.value,
                since=timestamp(at),
                technician=technician,
                note="",
                label="",
            )
        )


def begin(connection: sa.Connection, at: datetime) -> None:
    """Take the registry into use where it is not, and adopt every terminal that was heard of."""
    if in_use(connection):
        return
    connection.execute(sa.insert(BEGUN).values(number=1, at=timestamp(at)))
    heard = sa.union(sa.select(EPOCH.c.terminal), sa.select(REPORT.c.terminal))
    for name in connection.execute(heard).scalars().all():
        place = sa.select(PLACE.c.code).where(PLACE.c.terminal == name, PLACE.c.until.is_(None))
        enter(
            connection,
            name,
            State.APPROVED,
            at,
            organisation=connection.execute(place).scalar(),
        )
        note(connection, at, None, Verb.ADOPTED, name)


def keep_certificate(connection: sa.Connection, name: str, der: bytes, at: datetime) -> Certificate:
    """Keep a certificate (DER) as one of a terminal's; one that is there stays as it is.

    Raises FleetRefused for one that cannot be read, or that belongs to another terminal.
    """
    made = read_certificate(name, der, at)
    owner = holder(connection, made.key)
    if owner is not None and owner != name:
        raise FleetRefused(
            f"The key of this certificate is that of the terminal {owner}.",
            next_step="Have the terminal make a key of its own; two never share one.",
        )
    there = sa.select(*_CERTIFICATE).where(CERTIFICATE.c.fingerprint == made.fingerprint)
    row = connection.execute(there).one_or_none()
    if row is not None:
        return _certificate(row)
    values = {column: getattr(made, column) for column in Certificate.__slots__}
    connection.execute(sa.insert(CERTIFICATE).values(values))
    return made


def read_certificate(name: str, der: bytes, at: datetime) -> Certificate:
    """Return a certificate as one of a terminal's. FleetRefused where it cannot be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        key = found.public_key()
    except ValueError as error:
        raise _no_certificate() from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _no_certificate()
    return Certificate(
        fingerprint=hashlib.sha256(der).hexdigest(),
        terminal=name,
        key=key_fingerprint(key),
        serial=f"{found.serial_number:x}",
        not_after=timestamp(found.not_valid_after_utc),
        issued_at=timestamp(at),
        ended_at=None,
        why=None,
        der=der,
    )


def end_certificates(
    connection: sa.Connection, name: str, why: str, at: datetime, *, keep: str | None = None
) -> tuple[Certificate, ...]:
    """End a terminal's certificates, except those of key `keep`; return which ones that were."""
    ending = [
        one
        for one in certificates(connection, name)
        if one.ended_at is None and (keep is None or one.key != keep)
    ]
    for one in ending:
        connection.execute(
            sa.update(CERTIFICATE)
            .where(CERTIFICATE.c.fingerprint == one.fingerprint)
            .values(ended_at=timestamp(at), why=why)
        )
    return tuple(ending)


_CERTIFICATE = tuple(CERTIFICATE.c[name] for name in Certificate.__slots__)
_OF_TERMINAL = tuple(TERMINAL.c[name] for name in Terminal.__slots__[:-1])


def _certificate(row: sa.Row[Any]) -> Certificate:
    return Certificate(**{**row._mapping, "der": bytes(row.der)})


def _read(connection: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[Terminal, ...]:
    place = sa.func.row_number().over(
        partition_by=CERTIFICATE.c.terminal,
        order_by=(CERTIFICATE.c.issued_at.desc(), CERTIFICATE.c.not_after.desc()),
    )
    names = sa.select(TERMINAL.c.name).where(which)
    newest = (
        sa.select(*_CERTIFICATE, place.label("place"))
        .where(CERTIFICATE.c.terminal.in_(names))
        .subquery()
    )
    theirs = sa.and_(newest.c.terminal == TERMINAL.c.name, newest.c.place == 1)
    query = (
        sa.select(*_OF_TERMINAL, *(newest.c[name] for name in Certificate.__slots__))
        .select_from(TERMINAL.outerjoin(newest, theirs))
        .where(which)
        .order_by(TERMINAL.c.name)
    )
    return tuple(_terminal(row) for row in connection.execute(query))


def _terminal(row: sa.Row[Any]) -> Terminal:
    own = dict(zip(Terminal.__slots__, row[: len(_OF_TERMINAL)], strict=False))
    of = dict(zip(Certificate.__slots__, row[len(_OF_TERMINAL) :], strict=True))
    held = None
    if of["fingerprint"] is not None:
        held = Certificate(**{**of, "der": bytes(of["der"])})
    return Terminal(**{**own, "state": State(own["state"]), "certificate": held})


def _no_certificate() -> FleetRefused:
    return FleetRefused(
        "This is no certificate of a terminal's key.",
        next_step="Give the certificate that the terminal authority issued.",
    )
