"""Questions by way of the centre: from a back office to a terminal, and how they stand, back.

Lives here: what is under way, in the database, so that any of several processes may serve any call.
Not here: the forms (`edge.wire.question`), who may ask (`offices`), HTTP (`routes`).

A question waits `TAKE_SECONDS` for its terminal, which comes by itself when it is set up for it.
It is handed over until the terminal has told how it stands, so an answer that was lost on its way
loses no question; a terminal takes one but once. What ended stays `KEPT_SECONDS` for whoever asked
and is then deleted: nothing of a question outlives it here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any

import sqlalchemy as sa

from edge.errors import SealBroken
from edge.wire.event import timestamp
from edge.wire.question import MAX_TAKEN, Asked, Office, Sealed, seal_question
from edge.wire.question_told import Told
from provisioning.centre.database import Database
from provisioning.centre.inbox_tables import INBOX
from provisioning.errors import TerminalNotAsked, TooManyQuestions
from provisioning.relay.tables import BACK_OFFICE, BACK_OFFICE_TERMINAL, QUESTION

TAKE_SECONDS = 60
SILENT_SECONDS = TAKE_SECONDS + 90 + 60
"""From asking on: a card's time, and as much again as it takes to take and to tell."""
KEPT_SECONDS = 10 * 60
MAX_OPEN = 4
"""Questions of one office at one terminal; the reader is one."""

SENT = "sent"
"""Not taken by its terminal yet; what comes then are the terminal's own states."""
_HANDED = frozenset({"waiting", "reading"})


@unique
class Over(StrEnum):
    """Why a question ended without its terminal. A code never changes its meaning."""

    NOT_REACHED = "TERMINAL_NOT_REACHED"
    """The terminal did not come for it in time."""
    SILENT = "TERMINAL_SILENT"
    """It took the question and was not heard of again."""
    BY_ASKER = "CANCELLED_BY_ASKER"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a question stands. `version` grows with every change."""

    id: str
    version: int
    asked_at: str
    take_until: str
    state: str
    why: str | None
    told: Told | None = field(repr=False)

    @property
    def open(self) -> bool:
        """Whether something may come still."""
        return self.state == SENT or self.state in _HANDED


class Questions:
    """All of one database; safe from any thread. Raises CentreStoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # For back offices

    def ask(self, office: Office, terminal: str, asked: Asked, at: datetime, new: str) -> Standing:
        """Begin a question under the id `new` (32 hexadecimal digits, random).

        Raises TerminalNotAsked for a terminal that is not this office's or has not called yet,
        TooManyQuestions, WireMalformed for one that is too large.
        """
        with self._database.writing() as connection:
            self._sweep(connection, at)
            public = self._public(connection, office, terminal)
            mine = (QUESTION.c.office == office.id, QUESTION.c.terminal == terminal)
            held = connection.execute(
                sa.select(sa.func.count()).where(*mine, QUESTION.c.ended_at.is_(None))
            ).scalar_one()
            if held >= MAX_OPEN:
                raise TooManyQuestions(
                    f"{MAX_OPEN} questions of this office wait at this terminal.",
                    next_step="Wait for one to end, or cancel one.",
                )
            try:
                kid, sealed = seal_question(asked, terminal, new, public)
            except SealBroken as error:
                raise _never_called() from error
            row = connection.execute(
                sa.insert(QUESTION)
                .values(
                    id=new, office=office.id, terminal=terminal, version=1, state=SENT,
                    kid=kid, sealed=sealed, asked_at=timestamp(at),
                    take_until=timestamp(at + timedelta(seconds=TAKE_SECONDS)),
                    silent_at=timestamp(at + timedelta(seconds=SILENT_SECONDS)),
                )
                .returning(*QUESTION.c)
            ).one()  # fmt: skip
        return _standing(row)

    def of(self, office: Office, question: str, at: datetime) -> Standing | None:
        """Return a question of this office's, None for one that is another's, unknown or gone."""
        mine = (QUESTION.c.id == question, QUESTION.c.office == office.id)
        with self._database.reading() as connection:
            row = connection.execute(sa.select(QUESTION).where(*mine)).one_or_none()
        if row is not None and row.ended_at is None and timestamp(at) >= _over_at(row):
            with self._database.writing() as connection:
                self._sweep(connection, at)
                row = connection.execute(sa.select(QUESTION).where(*mine)).one_or_none()
        return None if row is None else _standing(row)

    def cancel(self, office: Office, question: str, at: datetime) -> None:
        """Cancel one: at once where its terminal has not taken it, else by way of the terminal."""
        when = timestamp(at)
        mine = (
            QUESTION.c.id == question,
            QUESTION.c.office == office.id,
            QUESTION.c.ended_at.is_(None),
        )
        with self._database.writing() as connection:
            connection.execute(
                sa.update(QUESTION).where(*mine, QUESTION.c.state != SENT).values(cancelled_at=when)
            )
            self._end(connection, "cancelled", Over.BY_ASKER, when, *mine, QUESTION.c.state == SENT)

    # For terminals

    def tell(self, terminal: str, told: Sequence[Told], at: datetime) -> None:
        """Keep how questions stand; one that is unknown, over or another terminal's is let go."""
        when = timestamp(at)
        with self._database.writing() as connection:
            self._sweep(connection, at)
            for one in told:
                text = json.dumps(one.to_object(), ensure_ascii=False, sort_keys=True)
                connection.execute(
                    sa.update(QUESTION)
                    .where(
                        QUESTION.c.id == one.id,
                        QUESTION.c.terminal == terminal,
                        QUESTION.c.ended_at.is_(None),
                        sa.func.coalesce(QUESTION.c.told, "") != text,
                    )
                    .values(
                        state=one.state,
                        why=one.why,
                        told=text,
                        version=QUESTION.c.version + 1,
                        ended_at=None if one.open else when,
                    )
                )

    def new(
        self, terminal: str, known: Sequence[str], at: datetime
    ) -> tuple[tuple[Sealed, ...], tuple[str, ...]]:
        """Return what a terminal may take now, oldest first, and what it holds that is cancelled.

        `known`: ids that it has told in this very call.
        """
        here = (QUESTION.c.terminal == terminal, QUESTION.c.ended_at.is_(None))
        waiting = (
            sa.select(*QUESTION.c, BACK_OFFICE.c.name, BACK_OFFICE.c.origin)
            .join(BACK_OFFICE, BACK_OFFICE.c.id == QUESTION.c.office)
            .where(*here, QUESTION.c.state == SENT, QUESTION.c.take_until > timestamp(at))
            .where(QUESTION.c.id.not_in(known), BACK_OFFICE.c.revoked_at.is_(None))
            .order_by(QUESTION.c.asked_at, QUESTION.c.id)
            .limit(MAX_TAKEN)
        )
        cancelled = (
            sa.select(QUESTION.c.id)
            .where(*here, QUESTION.c.cancelled_at.is_not(None))
            .order_by(QUESTION.c.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(waiting).all()
            gone = tuple(connection.execute(cancelled).scalars())
        found = tuple(
            Sealed(
                row.id,
                row.take_until,
                Office(row.office, row.name, row.origin),
                row.kid,
                bytes(row.sealed),
            )
            for row in rows
        )
        return found, gone

    # Steps

    def _public(self, connection: sa.Connection, office: Office, terminal: str) -> bytes:
        may = connection.execute(
            sa.select(BACK_OFFICE_TERMINAL).where(
                BACK_OFFICE_TERMINAL.c.office == office.id,
                BACK_OFFICE_TERMINAL.c.terminal == terminal,
            )
        ).first()
        if may is None:
            raise TerminalNotAsked(
                "This office does not ask this terminal.",
                next_step="Ask whoever runs the centre which terminals are yours.",
            )
        public = connection.execute(
            sa.select(INBOX.c.public).where(INBOX.c.terminal == terminal)
        ).scalar_one_or_none()
        if public is None:
            raise _never_called()
        return bytes(public)

    def _sweep(self, connection: sa.Connection, at: datetime) -> None:
        """End what ran out of time, and delete what ended long enough ago."""
        when = timestamp(at)
        here = QUESTION.c.ended_at.is_(None)
        late, silent = QUESTION.c.take_until <= when, QUESTION.c.silent_at <= when
        sent = QUESTION.c.state == SENT
        self._end(connection, "expired", Over.NOT_REACHED, when, here, sent, late)
        self._end(connection, "expired", Over.SILENT, when, here, sa.not_(sent), silent)
        before = timestamp(at - timedelta(seconds=KEPT_SECONDS))
        connection.execute(sa.delete(QUESTION).where(QUESTION.c.ended_at <= before))

    def _end(
        self,
        connection: sa.Connection,
        state: str,
        why: Over,
        when: str,
        *which: sa.ColumnElement[bool],
    ) -> None:
        connection.execute(
            sa.update(QUESTION)
            .where(*which)
            .values(state=state, why=why.value, version=QUESTION.c.version + 1, ended_at=when)
        )


def _over_at(row: sa.Row[Any]) -> str:
    return str(row.take_until if row.state == SENT else row.silent_at)


def _standing(row: sa.Row[Any]) -> Standing:
    told = None if row.told is None else Told.from_object(json.loads(row.told))
    return Standing(
        id=row.id,
        version=row.version,
        asked_at=row.asked_at,
        take_until=row.take_until,
        state=row.state,
        why=row.why,
        told=told,
    )


def _never_called() -> TerminalNotAsked:
    return TerminalNotAsked(
        "This terminal has not told to which key it is to be sealed.",
        next_step="It does so by itself when it first reaches the centre.",
    )
