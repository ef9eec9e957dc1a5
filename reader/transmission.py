"""Carrying one command and its answer, whatever their size, in the APDUs that card and reader have.

Lives here: whole answers (61xx, the exact Le of 6Cxx), command chaining where there is no
extended length, the seam that ends a reading between two commands; each a layer that takes an
`Exchange` and gives one. Not here: secure messaging (the layer above) and the budget, which the
lowest layer books for every APDU (`apdu.plain_exchange`).
Source: ISO/IEC 7816-4:2020 sections 5.3.3 (command chaining), 5.3.4 (response chaining), 5.6
(61xx, 6Cxx), 11.8.1 (GET RESPONSE).

Under secure messaging these layers lie beneath it and see protected APDUs, which are carried as
they are: the counter belongs to the command, not to the APDUs it travels in.

- 61xx: GET RESPONSE is never protected itself; the parts joined are the one protected answer.
- 6Cxx without data: the chip has not taken the command, so the very same one goes out again with
  another outer Le, which no checksum covers.
- 6Cxx with data is a protected status: the chip has counted, so it goes up as it is, and whoever
  reads (`binary`) sends a new command. So do all other status words.
- A protected command too long for the short form is cut into a chain; each part's class byte tells
  that more follows, and the checksum stays the one over the command's own header.
"""

from __future__ import annotations

from collections.abc import Callable

from reader.apdu import (
    EXTENDED_LE,
    INS,
    SHORT_DATA,
    SHORT_LE,
    CommandApdu,
    Exchange,
    ResponseApdu,
    bytes_left,
    exact_length,
)
from reader.errors import CardStalled, ReadingCancelled

_GOES_ON = (0x61, 0x6C)  # first byte of a status that is not yet the answer's
_CHAINED = 0x10  # class byte bit: more of this command follows


def transmission(lower: Exchange, *, extended: bool) -> Exchange:
    """Return the layer that carries any command; `extended` where card and reader take the form.

    Raises CardStalled for an answer that never ends, and what `lower` raises.
    """
    whole = whole_answers(lower)
    return whole if extended else short_form(whole)


def whole_answers(lower: Exchange) -> Exchange:
    """Return the layer that repeats a command with its exact Le and fetches what is announced.

    The status word is the last part's. Raises CardStalled where a part brings nothing or all of
    them are more than an APDU carries.
    """

    def exchange(command: CommandApdu) -> ResponseApdu:
        answer = lower(command)
        if answer.sw >> 8 not in _GOES_ON:  # as nearly all
            return answer
        return _joined(lower, _exact(lower, command, answer))

    return exchange


def _exact(lower: Exchange, command: CommandApdu, answer: ResponseApdu) -> ResponseApdu:
    """Return the answer to the command repeated, once, with the Le that a bare 6Cxx names."""
    exact = exact_length(answer.sw)
    if exact is None or answer.data or command.le in (None, exact):
        return answer
    return lower(command._replace(le=exact))


def _joined(lower: Exchange, answer: ResponseApdu) -> ResponseApdu:
    """Return the answer with all parts that a 61xx announces."""
    left = bytes_left(answer.sw)
    if left is None:
        return answer
    parts = bytearray(answer.data)
    while left is not None:
        more = CommandApdu(0x00, INS.GET_RESPONSE, 0x00, 0x00, le=left)
        answer = _exact(lower, more, lower(more))
        left = bytes_left(answer.sw)
        if left is not None and not answer.data:
            raise _stalled("it announces more and sends nothing")
        parts += answer.data
        if len(parts) > EXTENDED_LE:
            raise _stalled(f"one answer has more than {EXTENDED_LE} bytes")
    return ResponseApdu(bytes(parts), answer.sw)


def short_form(lower: Exchange) -> Exchange:
    """Return the layer for lines without extended length: long commands in chains, Le cut.

    A part that is not answered 9000 ends the chain, and its answer is the command's.
    """

    def exchange(command: CommandApdu) -> ResponseApdu:
        if not command.extended:
            return lower(command)
        le = None if command.le is None else min(command.le, SHORT_LE)
        rest = command.data
        while len(rest) > SHORT_DATA:
            cla = command.cla | _CHAINED
            answer = lower(command._replace(cla=cla, data=rest[:SHORT_DATA], le=None, wide=False))
            if not answer.ok:
                return answer
            rest = rest[SHORT_DATA:]
        return lower(command._replace(data=rest, le=le, wide=False))

    return exchange


def cancellable(lower: Exchange, cancelled: Callable[[], bool]) -> Exchange:
    """Return the layer that asks before each command whether the reading is still wanted.

    Above secure messaging, so that the session lives on: the next reader of the same channel
    finds it in step. Raises ReadingCancelled, and sends nothing then.
    """

    def exchange(command: CommandApdu) -> ResponseApdu:
        if cancelled():
            raise ReadingCancelled(
                "The reading was given up before its end.",
                next_step="Nothing is wrong with the card; lay it again to read the rest.",
            )
        return lower(command)

    return exchange


def _stalled(why: str) -> CardStalled:
    return CardStalled(
        f"The card did not come to an end: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )
