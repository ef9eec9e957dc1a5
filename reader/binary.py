"""Elementary files from the chip: few commands, nothing read twice, no byte lost.

Lives here: READ BINARY by short file identifier with SELECT as the way out, the exact length
from the first bytes, offsets beyond 32,767, and what chips make of a Le they dislike. Not here:
which files are read (`read`), what stands in them (`lds`), how much is asked for at first
(`lengths`), and answers that come in several APDUs (`transmission`).
Source: Doc 9303-10 sections 3.6.1 to 3.6.3 and 3.6.6 (SELECT, READ BINARY, larger files);
ISO/IEC 7816-4:2020 sections 5.6 (status words) and 11.3.3 (READ BINARY).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from reader import tlv
from reader.apdu import (
    INS,
    SHORT_LE,
    SW,
    CommandApdu,
    Exchange,
    ResponseApdu,
    exact_length,
    make_command,
)
from reader.channel.kdf import CipherSuite
from reader.channel.secure_messaging import max_plain
from reader.errors import CardRefused, MalformedData, ReaderError
from reader.lds.files import FileId
from reader.lengths import Habits

MAX_FILE = 256 * 1024  # bytes; a face image takes some 20,000
_HEADER = 8  # bytes that surely hold the first tag and length
_NEAR = 0x8000  # bytes that the even READ BINARY reaches, its offset being in P1-P2
_FITS = max_plain(SHORT_LE, CipherSuite.AES_128)  # bytes, protected and in the short form
_OFFSET_OBJECT = 0x54
_OFFSET_WIDTHS = (3, 4)  # bytes, tried after the shortest
_DATA_OBJECT = 0x53
_MASTER_FILE = b"\x3f\x00"
_WELL = frozenset({SW.OK, SW.END_OF_FILE})
_NOT_SO_MUCH = frozenset({SW.WRONG_LENGTH, SW.WRONG_OFFSET})
"""Chips say the latter too where offset and Le together go beyond what they reach."""
_NOT_GIVEN = frozenset({SW.FILE_NOT_FOUND, SW.SECURITY_STATUS_NOT_SATISFIED})
_NOT_BY_ODD = frozenset(
    {SW.INS_NOT_SUPPORTED, SW.FUNCTION_NOT_SUPPORTED, SW.SECURITY_STATUS_NOT_SATISFIED}
)


class _Start(NamedTuple):
    """What the first read of a file brought: `asked` were its bytes, unless `refused`."""

    data: bytes
    sw: int
    asked: int
    refused: int | None
    """The status word with which the card refused that length, and was asked for another."""

    def __repr__(self) -> str:  # data may be a person's
        return f"_Start({len(self.data)} bytes, sw={self.sw:04X}, asked={self.asked})"


class FileReader:
    """Reads files over one channel, and learns meanwhile how its chip takes READ BINARY.

    The files' application, or the master file, must be selected.
    """

    def __init__(self, exchange: Exchange, habits: Habits) -> None:
        self._exchange = exchange
        self._habits = habits

    @property
    def habits(self) -> Habits:
        """What the chip has shown up to now, also where it broke off: a trial is over then."""
        return self._habits

    def read(self, file_id: FileId) -> bytes:
        """Return the one data object that is the file.

        Raises CardRefused (with the status word) where the card does not give it, MalformedData
        where what it gives is no such object, is larger than `MAX_FILE` or ends too soon, and
        what the channel raises.
        """
        start = self._open(file_id)
        data = bytearray(start.data)
        while (total := _total(file_id, data)) is None:
            data += self._part(file_id, len(data), _HEADER - len(data))
        self._learn(start, total)
        while len(data) < total:
            data += self._part(file_id, len(data), total - len(data))
        return bytes(data[:total])

    def _open(self, file_id: FileId) -> _Start:
        """Make the file current and return its first bytes, in one command if it can be."""
        known = self._habits.short_identifiers
        if known is not False:
            start = self._read_start(0x80 | file_id.sfi)
            if start.data:
                if known is None:
                    self._habits = self._habits.by_short_identifier(works=True)
                return start
            if known and start.sw in _NOT_GIVEN:
                raise _refused(file_id, start.sw)
        self._select(file_id)
        start = self._read_start(0x00)
        if not start.data:
            raise _refused(file_id, start.sw)
        if known is None:
            self._habits = self._habits.by_short_identifier(works=False)
        return start

    def _select(self, file_id: FileId) -> None:
        fid = file_id.fid.to_bytes(2, "big")
        sw = self._exchange(CommandApdu(0x00, INS.SELECT, 0x02, 0x0C, fid)).sw
        if sw != SW.OK:
            raise _refused(file_id, sw)

    def _read_start(self, p1: int) -> _Start:
        """Read from the first byte; where the card dislikes the length, again with another."""
        size = self._habits.most if self._habits.over_read else min(_HEADER, self._habits.most)
        answer = self._read(p1, 0x00, size)
        asked = size = min(size, self._habits.most)
        refused = None
        while answer.sw not in _WELL:
            exact = exact_length(answer.sw)
            other = _HEADER if answer.sw in _NOT_SO_MUCH else exact
            if other is None or other >= size:
                break
            refused = refused or answer.sw
            size = other
            answer = self._read(p1, 0x00, size)
        return _Start(_data(answer, size), answer.sw, asked, refused)

    def _learn(self, start: _Start, total: int) -> None:
        """Draw from a length that was refused what the file's true size tells about it."""
        if start.refused is None:
            return
        exact = exact_length(start.refused)
        if exact is None and total < start.asked:
            self._habits = replace(self._habits, over_read=False)
        elif exact is None:
            self._ask_less(start.asked)
        elif exact < total:
            self._cap(exact)

    def _part(self, file_id: FileId, offset: int, wanted: int) -> bytes:
        """Return the bytes from `offset` on: as many as are wanted, or as the card likes."""
        while True:
            size = min(wanted, self._habits.most)
            near = offset < _NEAR
            answer = (
                self._read(offset >> 8, offset & 0xFF, size)
                if near
                else self._read_far(offset, size)
            )
            size = min(size, self._habits.most)
            data = _data(answer, size)
            if data:
                return data
            exact = exact_length(answer.sw)
            if exact is not None and exact < size:
                self._cap(exact)
            elif near and offset + size > _NEAR and answer.sw in _NOT_SO_MUCH:
                wanted = _NEAR - offset
            elif answer.sw in _WELL or answer.sw == SW.WRONG_OFFSET:
                raise _malformed(file_id, f"it ends after {offset} of {offset + wanted} bytes")
            elif answer.sw == SW.WRONG_LENGTH and size > _HEADER:
                self._ask_less(size)
            else:
                raise _refused(file_id, answer.sw)

    def _read(self, p1: int, p2: int, size: int) -> ResponseApdu:
        """READ BINARY, even instruction: a short identifier or an offset in P1-P2."""
        wide = size > _FITS and self._habits.extended
        return self._send(make_command((0x00, INS.READ_BINARY, p1, p2, b"", size, wide)))

    def _read_far(self, offset: int, size: int) -> ResponseApdu:
        """READ BINARY, odd instruction: the offset in DO54, the data, taken out, from DO53.

        The offset is as short as can be, which the standard wants, until a card shows that it
        counts on another width.
        """
        shortest = (offset.bit_length() + 7) // 8
        likely = max(shortest, self._habits.offset_width or 0)
        first = answer = self._read_odd(offset, likely, size)
        for width in (shortest, *_OFFSET_WIDTHS):
            if answer.sw in _WELL | _NOT_BY_ODD or exact_length(answer.sw) is not None:
                return answer
            if width != likely and width >= shortest:
                answer = self._read_odd(offset, width, size)
                if answer.sw in _WELL:
                    kept = width if width > shortest else None
                    self._habits = replace(self._habits, offset_width=kept)
        return answer if answer.sw in _WELL else first

    def _read_odd(self, offset: int, width: int, size: int) -> ResponseApdu:
        data = tlv.encode(_OFFSET_OBJECT, offset.to_bytes(width, "big"))
        le = min(size + 1 + len(tlv.encode_length(size)), self._habits.most)
        wide = self._habits.extended and le > _FITS
        answer = self._send(
            CommandApdu(0x00, INS.READ_BINARY_ODD, 0x00, 0x00, data, le=le, wide=wide)
        )
        return _unwrapped(answer) if answer.sw in _WELL and answer.data else answer

    def _send(self, command: CommandApdu) -> ResponseApdu:
        """Send a command; see what becomes of a trial, and drop it where it may be the trouble."""
        before = self._habits
        if before.trial is None or (command.le or 0) <= before.chunk:
            return self._exchange(command)
        try:
            answer = self._exchange(command)
        except ReaderError:
            self._habits = before.settled(before.chunk)
            raise
        if len(answer.data) > SHORT_LE:
            self._habits = before.settled(before.trial)
        elif answer.sw not in _WELL | _NOT_GIVEN and exact_length(answer.sw) is None:
            self._habits = before.settled(before.chunk)
            again = self._exchange(command._replace(le=before.chunk, wide=False))
            if again.sw == answer.sw and again.sw not in _NOT_SO_MUCH:  # not the length
                self._habits = before
            return again
        return answer

    def _ask_less(self, size: int) -> None:
        """Take note that the card does not give `size` bytes at once."""
        self._cap(_FITS if size > _FITS else max(1, size // 2))

    def _cap(self, size: int) -> None:
        """Ask for no more than this; in the short form again, where the answer still fits it."""
        if self._habits.extended and size <= SHORT_LE:
            size = min(size, _FITS)
        self._habits = self._habits.settled(size)


def select_master_file(exchange: Exchange) -> None:
    """SELECT the master file; some chips answer 6D00 and are in it all the same."""
    exchange(CommandApdu(0x00, INS.SELECT, 0x00, 0x0C, _MASTER_FILE))


def read_atr_info(exchange: Exchange) -> bytes:
    """Return the first 256 bytes of EF.ATR/INFO; none where it has no short identifier.

    The master file must be selected.
    """
    p1 = 0x80 | FileId.ATR_INFO.sfi
    answer = exchange(CommandApdu(0x00, INS.READ_BINARY, p1, 0x00, le=SHORT_LE))
    return _data(answer, SHORT_LE)


def _data(answer: ResponseApdu, size: int) -> bytes:
    """Return what answers the command: never more than was asked for, nothing beside an error."""
    return answer.data[:size] if answer.sw in _WELL else b""


def _unwrapped(answer: ResponseApdu) -> ResponseApdu:
    """Return the answer with DO53's value, as much of it as came. Raises MalformedData."""
    tag, head, length = tlv.header(answer.data)
    if tag != _DATA_OBJECT or len(answer.data) > head + length:
        raise MalformedData(
            "The card's answer to READ BINARY is not the data object that it should be.",
            next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
        )
    return ResponseApdu(answer.data[head:], answer.sw)


def _total(file_id: FileId, data: bytearray) -> int | None:
    """Return the size of the object that begins so; None where its header is not whole yet."""
    try:
        _, head, length = tlv.header(bytes(data[:_HEADER]))
    except MalformedData:
        if len(data) < _HEADER:
            return None
        raise
    if head + length > MAX_FILE:
        raise _malformed(file_id, f"it claims {head + length} bytes")
    return head + length


def _refused(file_id: FileId, sw: int) -> CardRefused:
    return CardRefused(
        f"The card does not give file {file_id.value} (status {sw:04X}).",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
        sw=sw,
    )


def _malformed(file_id: FileId, why: str) -> MalformedData:
    return MalformedData(
        f"File {file_id.value} of the card is malformed: {why}.",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
    )
