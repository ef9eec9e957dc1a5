"""The kinds of event, the form of each, and the codes that an event carries in the clear.

Lives here: names that never change their meaning, and which fields a kind has. Not here: the
event itself (`event`), what its body says (`docs/events.md` and its schemas), what a meeting
makes of it (`edge.meeting`).

A code that a later program added is no malformed event: of outcome and reason only their presence
is checked. An event about the past (`withdrawn`, `annulled`, `confirmed`) names it in its body;
an event of a closed context belongs to the supplement of its sheet (*biên bản bổ sung*), whatever
its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto, unique
from types import MappingProxyType


@unique
class EventKind(StrEnum):
    """What happened."""

    EPOCH_BEGUN = "epoch-begun"
    """First of an epoch that follows another: the log was put back from a copy, or copied."""
    CONTEXT_OPENED = "context-opened"
    """A meeting or a counter's day begins; carries its key sealed to the centre."""
    ROSTER_PART = "roster-part"
    """Some people of the list with which the context opens; right after its opening."""
    AMENDED = "amended"
    """What a meeting was opened with (hours, officers, quorum) was changed at the desk."""
    SITTING_BEGUN = "sitting-begun"
    """A *phiên* of a congress: attendance is counted anew from here."""
    CHECK_IN = "check-in"
    """A card was laid and judged, whatever came of it."""
    CONFIRMED = "confirmed"
    """A check-in that lacked certainty was taken as present, by one touch at the desk."""
    WITHDRAWN = "withdrawn"
    """The terminal itself takes a presence back: the card proved false afterwards."""
    HAND_ENTRY = "hand-entry"
    """Somebody is present without a card."""
    ABSENCE = "absence"
    """Somebody is absent, with or without a reason, or exempt; said before or at the desk."""
    DEPARTURE = "departure"
    """Somebody left before the end."""
    ADDED = "added"
    """Somebody was put on this meeting's list: a guest, an observer, a delegate."""
    ANNULLED = "annulled"
    """A person takes an event back, with a reason; both stay."""
    CORRECTION = "correction"
    """A wish to have the organisation's roster corrected (*đề nghị sửa*)."""
    FIGURES_ANNOUNCED = "figures-announced"
    """The figures as they were read aloud (*đọc công bố*)."""
    HAND_ENTRIES_CONFIRMED = "hand-entries-confirmed"
    """The chair confirmed the entries by hand, once, at closing."""
    SHEET = "sheet"
    """A closing sheet or a supplement was made and signed: its hash."""
    CONTEXT_CLOSED = "context-closed"
    EXPORTED = "exported"
    """A sheet left the terminal, on paper or as a file."""
    VERIFICATION = "verification"
    """A card was judged for a procedure at a counter."""
    RECEIPT = "receipt"
    """A receipt was signed; its tag is no pseudonym but the receipt's SHA-256."""
    HANDED_OVER = "handed-over"
    """What became of one new card of a batch (*phát thẻ*)."""
    TIME_ASSERTED = "time-asserted"
    """Somebody set the time at the desk; `at` is the time from then on."""
    FAULT = "fault"


class Need(Enum):
    """Whether an event of some kind has a field."""

    ALWAYS = auto()
    MAY = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Form:
    """Which fields an event of one kind has, besides those that every event has."""

    context: Need
    outcome: Need
    reason: Need
    tag: Need
    body: Need


_A, _M, _N = Need.ALWAYS, Need.MAY, Need.NEVER

FORMS: Mapping[EventKind, Form] = MappingProxyType(
    {
        #                                        context outcome reason tag body
        EventKind.EPOCH_BEGUN: Form(_N, _N, _A, _N, _N),
        EventKind.CONTEXT_OPENED: Form(_A, _N, _N, _N, _A),
        EventKind.ROSTER_PART: Form(_A, _N, _N, _N, _A),
        EventKind.AMENDED: Form(_A, _N, _N, _N, _A),
        EventKind.SITTING_BEGUN: Form(_A, _N, _N, _N, _A),
        EventKind.CHECK_IN: Form(_A, _A, _M, _M, _A),
        EventKind.CONFIRMED: Form(_A, _N, _N, _A, _A),
        EventKind.WITHDRAWN: Form(_A, _N, _A, _A, _A),
        EventKind.HAND_ENTRY: Form(_A, _A, _A, _A, _A),
        EventKind.ABSENCE: Form(_A, _A, _N, _A, _A),
        EventKind.DEPARTURE: Form(_A, _N, _M, _A, _A),
        EventKind.ADDED: Form(_A, _N, _N, _A, _A),
        EventKind.ANNULLED: Form(_A, _N, _A, _M, _A),
        EventKind.CORRECTION: Form(_A, _N, _N, _M, _A),
        EventKind.FIGURES_ANNOUNCED: Form(_A, _N, _N, _N, _A),
        EventKind.HAND_ENTRIES_CONFIRMED: Form(_A, _N, _N, _M, _A),
        EventKind.SHEET: Form(_A, _A, _N, _N, _A),
        EventKind.CONTEXT_CLOSED: Form(_A, _N, _M, _N, _M),
        EventKind.EXPORTED: Form(_A, _A, _N, _M, _A),
        EventKind.VERIFICATION: Form(_A, _A, _M, _M, _A),
        EventKind.RECEIPT: Form(_A, _N, _N, _A, _A),
        EventKind.HANDED_OVER: Form(_A, _A, _M, _A, _A),
        EventKind.TIME_ASSERTED: Form(_M, _N, _N, _N, _M),
        EventKind.FAULT: Form(_M, _N, _A, _N, _N),
    }
)


def _mask(form: Form, *needs: Need) -> int:
    fields = (form.context, form.outcome, form.reason, form.tag, form.body)
    return sum(1 << bit for bit, need in enumerate(fields) if need in needs)


AT_COUNTER = frozenset({EventKind.VERIFICATION, EventKind.RECEIPT, EventKind.HANDED_OVER})
"""Kinds that stand in a counter's day or a batch, never in a meeting."""

MASKS: Mapping[str, tuple[int, int]] = {
    kind.value: (_mask(form, Need.ALWAYS), _mask(form, Need.ALWAYS, Need.MAY))
    for kind, form in FORMS.items()
}
"""The same by the kind's name, for every event that is made: fields that it must have, and those
that it must or may have; from the lowest bit on context, outcome, reason, tag, body."""


@unique
class HandOutcome(StrEnum):
    """Of `hand-entry`."""

    PRESENT = "PRESENT"
    LATE = "LATE"


@unique
class HandReason(StrEnum):
    """Of `hand-entry`, and of a `departure` that no card showed: why without a card."""

    PROBATIONARY = "PROBATIONARY"
    """Dự bị: has no card yet."""
    NOT_EXCHANGED = "NOT_EXCHANGED"
    """Chưa đổi thẻ chip."""
    FORGOTTEN = "FORGOTTEN"
    """Quên thẻ."""
    LOST = "LOST"
    """Mất thẻ."""
    UNREADABLE = "UNREADABLE"
    """Thẻ không đọc được."""
    GUEST = "GUEST"
    """Khách."""


@unique
class AbsenceOutcome(StrEnum):
    """Of `absence`. Why somebody is away stands in the sealed body, never in a code."""

    EXCUSED = "EXCUSED"
    UNEXCUSED = "UNEXCUSED"
    EXEMPT = "EXEMPT"


@unique
class AnnulReason(StrEnum):
    """Of `annulled`."""

    WRONG_PERSON = "WRONG_PERSON"
    BY_MISTAKE = "BY_MISTAKE"
    CARD_OF_ANOTHER = "CARD_OF_ANOTHER"
    """Somebody laid a card that is not theirs."""
    OTHER = "OTHER"
    """As the body's note says."""


@unique
class SheetOutcome(StrEnum):
    """Of `sheet`."""

    CLOSING = "CLOSING"
    SUPPLEMENT = "SUPPLEMENT"


@unique
class ExportOutcome(StrEnum):
    """Of `exported`: in which form."""

    PRINT = "PRINT"
    CSV = "CSV"
    XLSX = "XLSX"
    JSON = "JSON"


@unique
class VerificationOutcome(StrEnum):
    """Of `verification`: the verdict, or why there is no receipt of it."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    INDETERMINATE = "INDETERMINATE"
    """*Chưa đủ căn cứ xác thực.*"""
    NOT_TAKEN = "NOT_TAKEN"
    """A card of a family that the procedure does not take; it answered nothing."""


@unique
class HandoverOutcome(StrEnum):
    """Of `handed-over`."""

    DELIVERED = "DELIVERED"
    """Verified, matched with the person, and given to them."""
    CHIP_DEFECTIVE = "CHIP_DEFECTIVE"
    DATA_DIFFER = "DATA_DIFFER"
    """What the chip says is not what the list says."""
    ABSENT = "ABSENT"
    """Nobody came for it."""
    POSTPONED = "POSTPONED"


@unique
class HandoverReason(StrEnum):
    """Of `handed-over`: what became of the old card."""

    COLLECTED = "COLLECTED"
    OLD_CARD_LOST = "OLD_CARD_LOST"
    """Reported lost; the report's number stands in the body."""
    OLD_CARD_DAMAGED = "OLD_CARD_DAMAGED"
    NO_OLD_CARD = "NO_OLD_CARD"


@unique
class CloseReason(StrEnum):
    """Of a `context-closed` that no person asked for."""

    EXPIRED = "EXPIRED"
    """It stood open longer than its names may be kept."""
    KEY_LOST = "KEY_LOST"
    """Its key is gone, so nothing more can be written to it."""


@unique
class EpochReason(StrEnum):
    """Of `epoch-begun`."""

    RESTORED = "RESTORED"
    """The file is a copy that was put back."""
    ACK_AHEAD = "ACK_AHEAD"
    """The centre holds later events of the epoch than the file."""
    ACK_HEAD_DIFFERS = "ACK_HEAD_DIFFERS"
    """The centre holds another event under a number of the epoch."""
    SEQ_REUSED = "SEQ_REUSED"
    """The centre was sent two events under one number."""
