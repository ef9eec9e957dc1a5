"""The connection to one card over PC/SC, and to one that cannot be had.

Lives here: what `reader.apdu.CardConnection` promises, kept with the calls of `pcsc`: a card that
was lost once is never spoken to again, for PC/SC hands the next command to whatever lies there
then. Not here: when a card is laid or lifted (`transport`).
Source: PC/SC part 10 section 2.6 (reader properties); ISO/IEC 7816-3:2006 section 12.2 (T=0).
"""

from __future__ import annotations

from reader import tlv
from reader.apdu import EXCHANGE_SECONDS, EXTENDED_LE, SHORT_LE, takes_extended_length
from reader.errors import CardRemoved, CardStalled, MalformedData, PcscUnavailable, ReaderError
from reader.pcsc import Opened, PcscContext, Trouble

_FEATURE_PROPERTIES = 0x12  # FEATURE_GET_TLV_PROPERTIES
_PROPERTY_MAX_APDU = 0x0A  # dwMaxAPDUDataSize, little endian; 0 for short APDUs only


class PcscConnection:
    """One card in one reader. Implements `reader.apdu.CardConnection`."""

    def __init__(self, context: PcscContext, card: Opened) -> None:
        self._context = context
        self._card = card
        self._closed = False
        self.trouble: Trouble | None = None
        """Why the card is lost, once it is."""
        extended = takes_extended_length(self.atr) and not card.t0
        self._max_le = self._reader_limit() if extended else SHORT_LE

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self._card.answer_to_reset

    @property
    def max_le(self) -> int:
        """Most response data that card and reader announce, in bytes."""
        return self._max_le

    @property
    def usable(self) -> bool:
        """Whether the card may still be spoken to: neither closed nor lost."""
        return not self._closed and self.trouble is None

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Send one command APDU and return the response APDU, status word included.

        Raises CardRemoved, CardStalled (also after `seconds`), PcscUnavailable.
        """
        if self.trouble is None and self._closed:
            raise error_of(Trouble.REMOVED)
        if self.trouble is None:
            sent = _for_t0(command) if self._card.t0 else command
            answer = self._context.transmit(self._card, sent, seconds)
            if isinstance(answer, bytes) and answer:
                return answer
            # Some drivers report a card torn mid-command as an empty success.
            self.trouble = answer if isinstance(answer, Trouble) else Trouble.REMOVED
        raise error_of(self.trouble)

    def close(self) -> None:
        """Reset the card, which ends its session, and let go of it; harmless when repeated."""
        if not self._closed:
            self._closed = True
            lost = self.trouble is not None
            trouble = self._context.disconnect(self._card, reset=not lost)
            self.trouble = self.trouble or trouble

    def _reader_limit(self) -> int:
        """Return what the driver says it carries; one that says nothing carries everything.

        The virtual reader says nothing and takes all; the CCID driver always says.
        """
        try:
            code = self._ask(None).get(_FEATURE_PROPERTIES)
            if code is None:
                return EXTENDED_LE
            size = self._ask(int.from_bytes(code, "big")).get(_PROPERTY_MAX_APDU)
        except MalformedData:
            return SHORT_LE
        if size is None:
            return SHORT_LE
        return min(max(int.from_bytes(size, "little"), SHORT_LE), EXTENDED_LE)

    def _ask(self, request: int | None) -> dict[int, bytes]:
        answer = self._context.control(self._card, request)
        if isinstance(answer, Trouble):
            if answer is Trouble.OVERDUE:
                self.trouble = answer
            return {}
        return {item.tag: item.value for item in tlv.iterate(answer)}


class DeafConnection:
    """A card that lies there and cannot be spoken to: every command raises what is the matter."""

    atr = b""
    max_le = SHORT_LE
    usable = False

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        """Raise CardStalled or PcscUnavailable."""
        raise error_of(self.trouble)

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _for_t0(command: bytes) -> bytes:
    """Return a short command as T=0 carries it: with a fifth byte, and no Le behind data.

    What the card then announces (61xx, 6Cxx) is fetched by `transmission`.
    """
    if len(command) == 4:
        return command + b"\x00"
    data_follow = len(command) > 5 and command[4] > 0
    return command[: 5 + command[4]] if data_follow else command


def error_of(trouble: Trouble) -> ReaderError:
    """Return the error that a trouble means to whoever speaks to a card."""
    match trouble:
        case Trouble.SERVICE:
            return PcscUnavailable(
                "The PC/SC service stopped answering.",
                next_step="Wait a moment; if it stays so, restart pcscd.",
            )
        case Trouble.BUSY:
            return PcscUnavailable(
                "Another program holds the card reader.",
                next_step="End the other program; the card is read by itself then.",
            )
        case Trouble.OVERDUE:
            return CardStalled(
                "The card did not answer in time.",
                next_step="Lift it, then lay it again or the next one; "
                "if it stays so, the chip is damaged.",
            )
        case Trouble.SILENT:
            return CardStalled(
                "The card does not answer.",
                next_step="Lay it again, flat and alone; if it stays so, the chip is damaged.",
            )
        case Trouble.REMOVED | Trouble.READER:
            return CardRemoved(
                "The card left the reader before it was read.",
                next_step="Lay the card again and hold it still.",
            )
