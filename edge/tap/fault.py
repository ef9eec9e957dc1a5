"""Codes for what went wrong with the machine or the laying, as opposed to the card's standing.

Stable, like `verify.reasons`; sentences stand in `edge.web`. Why recording is locked:
`edge.log.fault`.
"""

from __future__ import annotations

from enum import StrEnum, unique

from edge.errors import (
    ConfigInvalid,
    EdgeError,
    LogDamaged,
    MeetingState,
    RecordingLocked,
    SealBroken,
)
from edge.log.fault import LogFault
from edge.tap.admit import AdmitReason
from edge.tap.scene import SceneState
from reader.errors import (
    CardRemoved,
    CardStalled,
    NoCard,
    NoReader,
    NotOurCard,
    PcscUnavailable,
    ReaderError,
)


@unique
class Fault(StrEnum):
    """Why the terminal cannot read or record now."""

    PCSC_ABSENT = "PCSC_ABSENT"
    READER_ABSENT = "READER_ABSENT"
    CARD_REMOVED = "CARD_REMOVED"
    CARD_STALLED = "CARD_STALLED"
    CARD_GARBLED = "CARD_GARBLED"
    NOT_OUR_CARD = "NOT_OUR_CARD"
    PASSWORD_NEEDED = "PASSWORD_NEEDED"  # noqa: S105 -- a code, not a password
    PASSWORD_WRONG = "PASSWORD_WRONG"  # noqa: S105 -- a code, not a password
    PASSWORD_TRIES_LOW = "PASSWORD_TRIES_LOW"  # noqa: S105 -- a code, not a password
    PHOTO_UNREADABLE = "PHOTO_UNREADABLE"
    NO_TRUST = "NO_TRUST"
    TRUST_LIST_DAMAGED = "TRUST_LIST_DAMAGED"
    POLICY_DAMAGED = "POLICY_DAMAGED"
    MASTER_LIST_DAMAGED = "MASTER_LIST_DAMAGED"
    ROOT_KEY_MISSING = "ROOT_KEY_MISSING"
    LISTS_DAMAGED = "LISTS_DAMAGED"
    LISTS_SET_ASIDE = "LISTS_SET_ASIDE"
    """A revocation list came from a signer who is not trusted any more."""
    NO_ROSTER = "NO_ROSTER"
    ROSTER_DAMAGED = "ROSTER_DAMAGED"
    INBOX_NUMBER_REUSED = "INBOX_NUMBER_REUSED"
    """Another content came under the number of a message that was taken."""
    SUPPORT_BUNDLE_ASKED = "SUPPORT_BUNDLE_ASKED"
    """No fault of the terminal: the centre asked how it is, and is told."""
    INTERNAL = "INTERNAL"


def of_reader(error: ReaderError) -> Fault:
    """Return the fault that a reader error means at the door."""
    match error:
        case PcscUnavailable():
            return Fault.PCSC_ABSENT
        case NoReader():
            return Fault.READER_ABSENT
        case CardRemoved() | NoCard():
            return Fault.CARD_REMOVED
        case CardStalled():
            return Fault.CARD_STALLED
        case NotOurCard():
            return Fault.NOT_OUR_CARD
        case _:
            return Fault.CARD_GARBLED


def state_of(what: Fault) -> SceneState:
    """Return the scene that a fault at the reader makes."""
    match what:
        case Fault.PCSC_ABSENT | Fault.READER_ABSENT | Fault.NO_TRUST | Fault.INTERNAL:
            return SceneState.FAULT
        case Fault.CARD_REMOVED:
            return SceneState.HOLD
        case _:
            return SceneState.REFUSED


def of_edge(error: EdgeError, log_fault: str | None) -> tuple[SceneState, str]:
    """Return the scene and the code of a tap that could not be written down.

    `log_fault`: why the log is locked at present; it then is what keeps a meeting from being open.
    """
    match error:
        case MeetingState():
            if log_fault is None:
                return SceneState.UNEXPECTED, AdmitReason.NO_MEETING
            return SceneState.LOCKED, log_fault
        case RecordingLocked():
            return SceneState.LOCKED, error.fault
        case LogDamaged():
            return SceneState.LOCKED, LogFault.DISK_FAILING
        case SealBroken():
            return SceneState.LOCKED, LogFault.KEY_MISSING
        case ConfigInvalid():
            return state_of(Fault.NO_TRUST), Fault.NO_TRUST
        case _:
            return state_of(Fault.CARD_GARBLED), Fault.CARD_GARBLED
