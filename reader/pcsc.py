"""PC/SC: the only place that knows pyscard.

Lives here: one context with the service, each of its calls under a deadline, each result code as
a value of ours. Not here: which readers and cards matter (`transport`, `slots`) and what a
connection promises (`pcsc_card`).
Source: PC/SC part 5 (resource manager); result codes as in winscard.h of pcsc-lite.

A call blocks in the service, in its driver or in the card for as long as these like. So a context
makes its calls on a thread of its own and is given up as a whole when one does not come back: see
docs/adr/0008-pcsc-on-a-thread-that-can-be-left.md. pyscard is imported when first used, so that a
terminal without it can say so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto, unique
from typing import Any, TypeVar

from reader.deadline import Worker
from reader.errors import PcscUnavailable

SERVICE_SECONDS = 2.0
"""How long the service may take over what it does by itself."""
CARD_SECONDS = 3.0
"""How long powering, resetting or asking a reader about itself may take."""
_FEATURE_REQUEST = 3400  # control function CM_IOCTL_GET_FEATURE_REQUEST

T = TypeVar("T")


@unique
class Trouble(Enum):
    """Why a call brought nothing."""

    SERVICE = auto()
    """The service is gone, or was another when the context was made."""
    READER = auto()
    """The reader is gone."""
    REMOVED = auto()
    """The card is gone, or its session with it."""
    SILENT = auto()
    """The card lies there and does not answer."""
    BUSY = auto()
    """Another program holds the card."""
    OVERDUE = auto()
    """The call did not come back in time; the context is given up."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A powered card. `answer_to_reset` is of this very powering."""

    handle: Any = field(repr=False)
    t0: bool
    """Whether the card speaks T=0, else T=1."""
    answer_to_reset: bytes


def load() -> Any:
    """Return pyscard's raw layer. Raises PcscUnavailable where it is not installed."""
    try:
        from smartcard import scard  # noqa: TID251 - the one place
    except ImportError as error:
        raise PcscUnavailable(
            "pyscard is not installed.",
            next_step="Install the extra `tramthe[pcsc]`, or use the software card in process.",
        ) from error
    return scard


class PcscContext:
    """One context with the service; for one thread. Every method returns within its deadline.

    Raises nothing. Once a call is overdue, all later ones are OVERDUE at once; the context lets
    go of the service by itself when that call comes back.
    """

    def __init__(self, scard: Any) -> None:
        self._scard = scard
        handle: list[Any] = []  # empty until the service has answered
        self._handle = handle
        self._worker = Worker("tramthe-pcsc", lambda: _release(scard, handle))
        self._opening = self._worker.begin(lambda: _establish(scard, handle))

    @property
    def overdue(self) -> bool:
        """Whether a call was given up."""
        return self._worker.overdue

    @property
    def ended(self) -> bool:
        """Whether nothing of this context is left, in the service or here."""
        return self._worker.ended

    def answered(self, seconds: float) -> bool | None:
        """Return whether the service took the context, None while it has not said so."""
        if not self._opening.wait(seconds):
            return None
        return self._opening.outcome()

    def close(self) -> None:
        """Let go of the service; does not wait, harmless when repeated."""
        self._worker.end()

    def list_readers(self) -> tuple[str, ...] | Trouble:
        """Return the names of the readers there are."""
        scard = self._scard
        got = self._call(lambda: scard.SCardListReaders(self._handle[0], []), SERVICE_SECONDS)
        if isinstance(got, Trouble):
            return got
        result, names = got
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return ()
        return tuple(names) if result == scard.SCARD_S_SUCCESS else self._trouble(result)

    def wait(
        self, states: Sequence[tuple[str, int]], seconds: float
    ) -> Sequence[tuple[str, int]] | Trouble:
        """Return readers and their event states once one differs from `states`.

        Empty after `seconds` without a change.
        """
        scard = self._scard
        got = self._call(
            lambda: scard.SCardGetStatusChange(
                self._handle[0], math.ceil(seconds * 1000), list(states)
            ),
            seconds + SERVICE_SECONDS,
        )
        if isinstance(got, Trouble):
            return got
        result, seen = got
        if result == scard.SCARD_E_TIMEOUT:
            return ()
        if result != scard.SCARD_S_SUCCESS:
            return self._trouble(result)
        return tuple((name, state) for name, state, _ in seen)

    def connect(self, reader: str, *, anew: bool = False) -> Opened | Trouble:
        """Power the card, for us alone where no other program has it, else shared.

        `anew`: reset it even if the service takes it for powered; it may be another card.
        """
        scard, protocols = (
            self._scard,
            self._scard.SCARD_PROTOCOL_T0 | self._scard.SCARD_PROTOCOL_T1,
        )

        def connect() -> tuple[int, Opened | None]:
            for mode in (scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_SHARE_SHARED):
                result, handle, protocol = scard.SCardConnect(
                    self._handle[0], reader, mode, protocols
                )
                if result != scard.SCARD_E_SHARING_VIOLATION:
                    break
            if result != scard.SCARD_S_SUCCESS:
                return result, None
            if anew:
                result, protocol = scard.SCardReconnect(
                    handle, mode, protocols, scard.SCARD_RESET_CARD
                )
            if result == scard.SCARD_S_SUCCESS:
                # What the reader's state shows may still be the answer of the card before.
                result, _, _, _, atr = scard.SCardStatus(handle)
            if result != scard.SCARD_S_SUCCESS:
                scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
                return result, None
            return result, Opened(handle, protocol == scard.SCARD_PROTOCOL_T0, bytes(atr))

        got = self._call(connect, CARD_SECONDS)
        if isinstance(got, Trouble):
            return got
        result, opened = got
        return self._trouble(result) if opened is None else opened

    def transmit(self, card: Opened, command: bytes, seconds: float) -> bytes | Trouble:
        """Send one command as it stands and return the answer, as it stands."""
        scard = self._scard
        pci = scard.SCARD_PCI_T0 if card.t0 else scard.SCARD_PCI_T1
        got = self._call(lambda: scard.SCardTransmit(card.handle, pci, list(command)), seconds)
        if isinstance(got, Trouble):
            return got
        result, answer = got
        # After a failure the answer holds whatever lay in that memory.
        return bytes(answer) if result == scard.SCARD_S_SUCCESS else self._trouble(result)

    def control(self, card: Opened, request: int | None) -> bytes | Trouble:
        """Ask the reader itself; None is CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10 2.2)."""
        scard = self._scard
        code = scard.SCARD_CTL_CODE(_FEATURE_REQUEST) if request is None else request
        got = self._call(lambda: scard.SCardControl(card.handle, code, []), CARD_SECONDS)
        if isinstance(got, Trouble):
            return got
        result, answer = got
        return bytes(answer) if result == scard.SCARD_S_SUCCESS else self._trouble(result)

    def disconnect(self, card: Opened, *, reset: bool) -> Trouble | None:
        """Let go of the card; `reset` ends its session.

        Where the card has left, a reset makes pcscd (1.9.9) take the reader for empty without
        counting: a card that is back before its next look is then not seen.
        """
        scard = self._scard
        what = scard.SCARD_RESET_CARD if reset else scard.SCARD_LEAVE_CARD
        got = self._call(lambda: scard.SCardDisconnect(card.handle, what), CARD_SECONDS)
        if isinstance(got, Trouble):
            return got
        return None if got == scard.SCARD_S_SUCCESS else self._trouble(got)

    def _call(self, function: Callable[[], T], seconds: float) -> T | Trouble:
        try:
            return self._worker.call(function, seconds)
        except TimeoutError:
            return Trouble.OVERDUE

    def _trouble(self, result: int) -> Trouble:
        scard = self._scard
        match result:
            case scard.SCARD_E_SHARING_VIOLATION:
                return Trouble.BUSY
            case (
                scard.SCARD_E_NO_SERVICE
                | scard.SCARD_E_SERVICE_STOPPED
                | scard.SCARD_F_COMM_ERROR
                | scard.SCARD_E_INVALID_HANDLE
            ):
                return Trouble.SERVICE
            case scard.SCARD_E_UNKNOWN_READER | scard.SCARD_E_READER_UNAVAILABLE:
                return Trouble.READER
            case (
                scard.SCARD_E_TIMEOUT
                | scard.SCARD_E_INSUFFICIENT_BUFFER
                | scard.SCARD_W_UNRESPONSIVE_CARD
                | scard.SCARD_W_UNPOWERED_CARD
                | scard.SCARD_W_UNSUPPORTED_CARD
                | scard.SCARD_E_PROTO_MISMATCH
            ):
                return Trouble.SILENT
        # Torn in the middle of a command, the service says "not transacted" as often as "removed".
        return Trouble.REMOVED


def _establish(scard: Any, handle: list[Any]) -> bool:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if result != scard.SCARD_S_SUCCESS:
        return False
    handle.append(context)
    return True


def _release(scard: Any, handle: list[Any]) -> None:
    for context in handle:
        scard.SCardReleaseContext(context)
