"""The centre's side of the inbox: sending to one terminal, answering its calls.

Lives here: numbers, what waits, what a call tells. Not here: forms and seals (`edge.wire.inbox`,
`inbox_call`), HTTP (`app`), what a message says (`provisioning.cli.send`).

A number is given out once, under the lock of the terminal's row, in the transaction that keeps the
message. A terminal that has taken a number beyond the last one given out shows that this database
was put back from a copy: numbers go on behind it, and an alarm is raised.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import EdgeError, WireMalformed
from edge.wire.event import timestamp
from edge.wire.inbox import MessageKind, key_id, seal_message
from edge.wire.inbox_call import (
    MAX_LISTED,
    MAX_MESSAGES,
    Call,
    Head,
    join,
    open_call,
    sign_head,
)
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.database import Database
from provisioning.centre.door import Door
from provisioning.centre.inbox_standing import Sent, Standing, known_up_to
from provisioning.centre.inbox_tables import INBOX, INBOX_ALARM, INBOX_MESSAGE
from provisioning.centre.spans import Span
from provisioning.centre.speaker import Speaker
from provisioning.errors import InboxRefused, OfficeInputInvalid, TerminalUnknown
from provisioning.fleet.admission import admission, turned_away
from provisioning.fleet.registry import ENDED, State, find
from verify.errors import VerifyError

_NEXT_STEP = "Look at the terminal's enrolment; its inbox waits until then."


@unique
class InboxAlarm(StrEnum):
    """What a person at the centre has to look at. A code never changes its meaning."""

    KEY_REUSED = "INBOX_KEY_REUSED"
    """Two keys under one generation: the terminal's folder was copied. The first is sealed to."""
    NUMBER_AHEAD = "INBOX_NUMBER_AHEAD"
    """The terminal has taken a number that was not given out: this database is an older copy."""


class CentreInbox:
    """The inboxes of all terminals over one database; `key`, `kid`: the centre's sign key.

    Safe from any thread. Raises CentreStoreUnavailable from every method.
    """

    def __init__(self, database: Database, key: ec.EllipticCurvePrivateKey, kid: str) -> None:
        self._database = database
        self._key = key
        self._kid = kid

    # Sending

    def send(self, terminal: str, kind: MessageKind, body: Mapping[str, Any], at: datetime) -> int:
        """Seal a message to a terminal's key, keep it and return its number.

        Raises OfficeInputInvalid for a terminal that has not called yet or is out of service, and
        for a body that is too large or too deep.
        """
        with self._database.writing() as connection:
            known = find(connection, terminal)
            if known is not None and known.state in ENDED and kind is not MessageKind.WIPE:
                raise OfficeInputInvalid(
                    f"The terminal {terminal} is {known.state}: nothing is sent to it.",
                    next_step="Send it to the terminal that took its place.",
                )
            row = connection.execute(
                sa.update(INBOX)
                .where(INBOX.c.terminal == terminal)
                .values(last=INBOX.c.last + 1)
                .returning(INBOX.c.last, INBOX.c.public)
            ).one_or_none()
            if row is None:
                raise OfficeInputInvalid(
                    f"The terminal {terminal} has not told to which key its inbox is sealed.",
                    next_step="It does so by itself when it reaches the centre; or import the"
                    " stick that it wrote.",
                )
            try:
                compact = seal_message(
                    *(terminal, row.last, kind, body, at),
                    public=bytes(row.public),
                    key=self._key,
                    kid=self._kid,
                )
            except EdgeError as error:
                raise OfficeInputInvalid(
                    f"This cannot be sent: {error.message}", next_step="Send less at once."
                ) from error
            connection.execute(
                sa.insert(INBOX_MESSAGE).values(
                    terminal=terminal,
                    number=row.last,
                    kind=kind.value,
                    sent_at=timestamp(at),
                    compact=compact,
                )
            )
        return int(row.last)

    # Fetching

    def pending(self, terminal: str) -> tuple[str, ...]:
        """Return the messages that a terminal has not taken, as far as it told, lowest first.

        Compact JWS in ASCII: what goes by the network goes in files just as well.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(INBOX).where(INBOX.c.terminal == terminal)
            ).one_or_none()
            if row is None:
                return ()
            gaps = _spans(row.gaps)
            above = known_up_to(row.high_water, gaps)
            return tuple(_waiting(connection, terminal, above, gaps))

    def answer(
        self,
        compact: str,
        authorities: TerminalAuthorities,
        at: datetime,
        door: Door = Door.PLAIN,
        caller: str | None = None,
    ) -> bytes:
        """Take a terminal's call and return the answer: a signed head, then what it lacks.

        `caller`: the terminal that the connection's certificate names. One that is to destroy its
        keys is told that, and nothing else. Raises InboxRefused, CertificateEnded.
        """
        call, key = _examined(compact, authorities, at, door, caller)
        with self._database.writing() as connection:
            found = admission(connection, call.terminal, key)
            wiping = found.state is State.WIPING and door is not Door.MUTUAL
            if not found.connects and not wiping:
                raise turned_away(found, door, InboxRefused)
            row = self._heard(connection, call, timestamp(at))
            head = Head(
                terminal=call.terminal,
                nonce=call.nonce,
                last=row.last,
                generation=row.generation,
                kid=key_id(bytes(row.public)),
                at=timestamp(at),
            )
            above = known_up_to(call.high_water, call.gaps)
            if len(call.gaps) < MAX_LISTED:  # else there may be gaps that it does not list
                above = max(above, call.highest)
            only = MessageKind.WIPE if wiping else None
            messages = _waiting(connection, call.terminal, above, call.gaps, MAX_MESSAGES, only)
            return join(sign_head(head, self._key, self._kid), messages)

    def _heard(self, connection: sa.Connection, call: Call, at: str) -> sa.Row[Any]:
        """Keep what a call tells, and return the terminal's row."""
        told = {
            "high_water": call.high_water,
            "gaps": json.dumps(call.gaps),
            "set_aside": json.dumps(call.set_aside),
            "heard_at": at,
        }
        row = connection.execute(
            self._database.insert(INBOX)
            .values(
                terminal=call.terminal,
                last=0,
                generation=call.key.generation,
                public=call.key.public,
                **told,
            )
            .on_conflict_do_update(index_elements=("terminal",), set_={"heard_at": at})
            .returning(*INBOX.c)
        ).one()
        changes: dict[str, Any] = {}
        if call.high_water >= row.high_water:
            changes |= told
        if call.highest > row.last:
            changes["last"] = call.highest
            self._raise(connection, call.terminal, InboxAlarm.NUMBER_AHEAD, str(call.highest), at)
        if call.key.generation > row.generation:
            changes |= {"generation": call.key.generation, "public": call.key.public}
        elif call.key.generation == row.generation and call.key.public != bytes(row.public):
            detail = key_id(call.key.public)
            self._raise(connection, call.terminal, InboxAlarm.KEY_REUSED, detail, at)
        if all(getattr(row, name) == value for name, value in changes.items()):
            return row
        return connection.execute(
            sa.update(INBOX)
            .where(INBOX.c.terminal == call.terminal)
            .values(**changes)
            .returning(*INBOX.c)
        ).one()

    def _raise(
        self, connection: sa.Connection, terminal: str, code: InboxAlarm, detail: str, at: str
    ) -> None:
        connection.execute(
            self._database.insert(INBOX_ALARM)
            .values(terminal=terminal, code=code.value, detail=detail, raised_at=at)
            .on_conflict_do_nothing()
        )

    # Looking

    def standing(self, terminal: str | None = None) -> tuple[Standing, ...]:
        """Return how far each terminal's inbox is, or one terminal's, by name."""
        inboxes = sa.select(INBOX).order_by(INBOX.c.terminal)
        raised = sa.select(INBOX_ALARM).order_by(INBOX_ALARM.c.code, INBOX_ALARM.c.detail)
        if terminal is not None:
            inboxes = inboxes.where(INBOX.c.terminal == terminal)
            raised = raised.where(INBOX_ALARM.c.terminal == terminal)
        alarms: dict[str, list[tuple[str, str]]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(inboxes).all()
            for alarm in connection.execute(raised):
                alarms.setdefault(alarm.terminal, []).append((alarm.code, alarm.detail))
        return tuple(
            Standing(
                terminal=row.terminal,
                last=row.last,
                generation=row.generation,
                high_water=row.high_water,
                gaps=_spans(row.gaps),
                set_aside=tuple(json.loads(row.set_aside)),
                heard_at=row.heard_at,
                alarms=tuple(alarms.get(row.terminal, ())),
            )
            for row in rows
        )

    def sent(self, terminal: str) -> tuple[Sent, ...]:
        """Return every message to a terminal, lowest number first."""
        query = (
            sa.select(
                INBOX_MESSAGE.c.number,
                INBOX_MESSAGE.c.kind,
                INBOX_MESSAGE.c.sent_at,
                INBOX_MESSAGE.c.compact,
            )
            .where(INBOX_MESSAGE.c.terminal == terminal)
            .order_by(INBOX_MESSAGE.c.number)
        )
        with self._database.reading() as connection:
            return tuple(Sent(*row) for row in connection.execute(query))


def _examined(
    compact: str, authorities: TerminalAuthorities, at: datetime, door: Door, caller: str | None
) -> tuple[Call, str]:
    """Return a call that its own terminal signed, and the fingerprint of the key."""
    speaker = Speaker(authorities, at, lapsed=door is Door.LAPSED)
    try:
        call = open_call(compact, speaker.key_for)
        speaker.check(call.terminal, caller)
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise InboxRefused(error.message, next_step=_NEXT_STEP) from error
    return call, speaker.key


def _waiting(
    connection: sa.Connection,
    terminal: str,
    above: int,
    gaps: Sequence[Span],
    limit: int | None = None,
    only: MessageKind | None = None,
) -> Iterator[str]:
    """Give what a terminal lacks, lowest first: within its gaps, and above what it told of."""
    number = INBOX_MESSAGE.c.number
    wanted = sa.or_(number > above, *(number.between(*gap) for gap in gaps))
    mine = INBOX_MESSAGE.c.terminal == terminal
    if only is not None:
        wanted = sa.and_(wanted, INBOX_MESSAGE.c.kind == only.value)
    numbers = connection.execute(
        sa.select(number).where(mine, wanted).order_by(number).limit(limit)
    ).scalars()
    for one in numbers.all():
        found = sa.select(INBOX_MESSAGE.c.compact).where(mine, number == one)
        yield connection.execute(found).scalar_one()


def _spans(text: str) -> tuple[Span, ...]:
    return tuple((first, last) for first, last in json.loads(text))
