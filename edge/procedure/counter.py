"""The counter: whether a question may be asked, and handing its card's errand to the tap loop.

Lives here: the rules of asking. Not here: questions under way (`sessions`), what becomes of a card
(`errand`), who is paired (`pairing`), pages and HTTP (`edge.web`).

A question is refused before any card is asked for where its answer could not be given: fields that
the purpose does not allow, a dossier without its form, a terminal that cannot sign or record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique

from edge.errors import QuestionRefused
from edge.procedure.catalogue import Catalogue, Procedure, ProcedureKind
from edge.procedure.sessions import (
    OFFICER,
    WAIT_FOR_CARD,
    Ended,
    Question,
    Session,
    Sessions,
    reader_held,
)
from reader.evidence import Password
from verify.moment import Moment
from verify.receipt import Request


@unique
class Refusal(StrEnum):
    """Why a question is not asked. Stable codes."""

    PROCEDURE_UNKNOWN = "PROCEDURE_UNKNOWN"
    NOT_AT_COUNTER = "NOT_AT_COUNTER"
    """A procedure of batches, which no page asks for."""
    FIELDS_NOT_ALLOWED = "FIELDS_NOT_ALLOWED"
    DOSSIER_UNFIT = "DOSSIER_UNFIT"
    QUESTION_UNFIT = "QUESTION_UNFIT"
    """Nonce, origin or names have not their form."""
    NO_CERTIFICATE = "NO_CERTIFICATE"
    """The terminal has no certificate yet: nobody could check its receipt."""
    RECORDING_LOCKED = "RECORDING_LOCKED"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `name` stands on the screen; `owner` and `origin`: see `Question`, `Request`."""

    owner: str
    name: str = field(repr=False)
    origin: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, as it came."""

    procedure: str
    dossier: str = field(repr=False)
    nonce: str
    fields: tuple[str, ...]
    password: Password | None = field(default=None, repr=False)


MEETING = "meeting"
"""Who holds the reader while a meeting is open; pages say it in their own words."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who has the reader beside questions. `name` as the screen says it, or MEETING."""

    name: str
    since: datetime


class Counter:
    """Asks on behalf of pages; safe from any thread.

    `held`: who else has the reader now. `fault`: why nothing can be recorded (`edge.log.fault`).
    `signs`: whether there is a certificate to sign receipts under.
    """

    def __init__(
        self,
        sessions: Sessions,
        catalogue: Callable[[], Catalogue],
        *,
        held: Callable[[], Held | None],
        fault: Callable[[], str | None],
        signs: bool,
        now: Callable[[], Moment],
    ) -> None:
        self.sessions = sessions
        self.catalogue = catalogue
        self._held = held
        self._fault = fault
        self._signs = signs
        self._now = now

    def ask(self, asker: Asker, wanted: Wanted) -> Session:
        """Begin a question; the next card laid answers it.

        Raises QuestionRefused, ReaderHeld.
        """
        procedure = self._procedure(wanted.procedure)
        self._fits(procedure, wanted)
        try:
            fields = tuple(sorted(set(wanted.fields)))
            request = Request(wanted.nonce, asker.origin, procedure.code, wanted.dossier, fields)
        except ValueError as error:
            raise refused(Refusal.QUESTION_UNFIT, f"The question is not asked: {error}.") from error
        self._able()
        held = self._held()
        if held is not None:
            raise reader_held(held.name, held.since)
        now = self._now().at
        question = Question(request, procedure, asker.name, asker.owner, wanted.password)
        return self.sessions.ask(question, now, now + timedelta(seconds=WAIT_FOR_CARD))

    def waiting(self) -> Session | None:
        """Return the question that a card laid now answers, None where nobody asks.

        One that waits while a meeting takes the reader is over.
        """
        session = self.sessions.current()
        if session is not None and self._held() is not None:
            self.sessions.cancel(session.id, None, Ended.BY_MEETING)
            return None
        return session

    def decline(self) -> None:
        """End the open question: the holder says no, or the officer. Raises SessionOver."""
        session = self.sessions.current()
        if session is not None:
            officer = session.question.owner == OFFICER
            self.sessions.cancel(session.id, None, Ended.BY_OFFICER if officer else Ended.BY_HOLDER)

    # Steps

    def _procedure(self, code: str) -> Procedure:
        found = self.catalogue().find(code)
        if found is None:
            raise refused(Refusal.PROCEDURE_UNKNOWN, "This procedure is not in the catalogue.")
        if found.kind is not ProcedureKind.COUNTER:
            raise refused(
                Refusal.NOT_AT_COUNTER, "This procedure is carried out in batches at the terminal."
            )
        return found

    def _fits(self, procedure: Procedure, wanted: Wanted) -> None:
        beyond = procedure.refused(wanted.fields)
        if beyond:
            raise refused(
                Refusal.FIELDS_NOT_ALLOWED,
                "The purpose of this procedure does not allow every field asked for.",
                beyond,
            )
        if not procedure.takes_dossier(wanted.dossier):
            raise refused(
                Refusal.DOSSIER_UNFIT, "The dossier's number has not the form of this procedure."
            )

    def _able(self) -> None:
        if not self._signs:
            raise refused(
                Refusal.NO_CERTIFICATE, "This terminal has no certificate to sign a receipt under."
            )
        if self._fault() is not None:
            raise refused(Refusal.RECORDING_LOCKED, "This terminal cannot record anything now.")


_NEXT = {
    Refusal.PROCEDURE_UNKNOWN: "Choose one that the terminal lists.",
    Refusal.NOT_AT_COUNTER: "Open the batch on the terminal itself.",
    Refusal.FIELDS_NOT_ALLOWED: "Leave out the fields named here.",
    Refusal.DOSSIER_UNFIT: "Write the number as the procedure's hint says.",
    Refusal.QUESTION_UNFIT: "Mend the request.",
    Refusal.NO_CERTIFICATE: "Have the terminal enrolled first.",
    Refusal.RECORDING_LOCKED: "Look at the terminal's status page; it says the way out.",
}


def refused(why: Refusal, says: str, names: tuple[str, ...] = ()) -> QuestionRefused:
    """Return the error for a question that is not asked."""
    return QuestionRefused(says, next_step=_NEXT[why], fault=why.value, names=names)
