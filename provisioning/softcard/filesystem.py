"""The chip's files: one master file, one application, selection and reading.

Lives here: SELECT and READ BINARY with their access rule, and the ways in which chips differ.
Not here: secure messaging (`channel`).
Sources: ISO/IEC 7816-4 sections 7.1.1 and 7.2.3, Doc 9303-10 sections 3.6 and 3.11, Doc 9303-11
section 4.4.2 (an unopened chip answers 6982 whichever of the application's files is asked for,
so that nothing shows which are there).
"""

from __future__ import annotations

from enum import IntEnum, unique

from provisioning.softcard.command import MAX_SHORT, SW, Answer, Command, Refused
from provisioning.softcard.image import CardImage, FileEnd
from reader import tlv
from reader.errors import MalformedData

MASTER_FILE = 0x3F00
CARD_SECURITY = 0x011D
FREE_FILES = frozenset({0x011C, 0x2F00, 0x2F01})
"""EF.CardAccess, EF.DIR, EF.ATR/INFO: read before anything is proved."""
BY_IDENTIFIER = 0x00
EF_UNDER_DF = 0x02
BY_NAME = 0x04
RETURN_FCI = 0x00
RETURN_NOTHING = 0x0C
FCI = 0x6F
SHORT_IDENTIFIER = 0x80  # bit of P1: the low five bits name the file
SHORT_IDENTIFIER_RESERVED = 0x60
SHORT_IDENTIFIER_MAX = 0x1E  # of an odd READ BINARY's P2; more is a whole identifier
OFFSET = 0x54
DISCRETIONARY = 0x53
MAX_OFFSET = 4  # bytes


@unique
class Opened(IntEnum):
    """What a command's sender has proved: nothing, or a password by BAC or by PACE."""

    NO = 0
    BASIC = 1
    PACE = 2


class FileSystem:
    """Files and what is selected among them."""

    def __init__(self, image: CardImage) -> None:
        self._image = image
        self._behaviour = image.behaviour
        self.in_application = False
        self._current: int | None = None

    def reset(self) -> None:
        """Select the master file, as after power-on."""
        self.in_application = False
        self._current = None

    def select(self, command: Command, opened: Opened) -> Answer:
        """SELECT. Raises Refused."""
        if command.p2 not in {RETURN_FCI, RETURN_NOTHING}:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.p1 == BY_NAME:
            described = self._select_application(command.data)
        elif command.p1 in {BY_IDENTIFIER, EF_UNDER_DF}:
            described = self._select_by_identifier(command, opened)
        else:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.p2 == RETURN_NOTHING or command.ne is None:
            return Answer()
        return command.answer_whole(tlv.encode(FCI, described))

    def read(self, command: Command, opened: Opened) -> Answer:
        """READ BINARY, from the current file or by short identifier. Raises Refused."""
        if command.data or command.ne is None:
            raise Refused(SW.WRONG_LENGTH)
        if command.p1 & SHORT_IDENTIFIER:
            if command.p1 & SHORT_IDENTIFIER_RESERVED:
                raise Refused(SW.INCORRECT_P1_P2)
            content = self._open_short(command.p1 & 0x1F, opened)
            offset = command.p2
        else:
            content = self._open_current(opened)
            offset = command.parameters
        return self._cut(content, offset, command, command.room)

    def read_odd(self, command: Command, opened: Opened) -> Answer:
        """READ BINARY with odd instruction: offset and data are objects. Raises Refused."""
        if command.ne is None:
            raise Refused(SW.WRONG_LENGTH)
        offset = _offset(command.data)
        if command.parameters == 0:
            content = self._open_current(opened)
        elif command.parameters <= SHORT_IDENTIFIER_MAX:
            content = self._open_short(command.parameters, opened)
        else:
            content = self._open(command.parameters, opened)
        if offset < self._behaviour.odd_read_from:
            raise Refused(SW.OFFSET_OUTSIDE)
        # The object's head counts among the bytes that were asked for.
        room = _inside(min(command.ne, command.room))
        answer = self._cut(content, offset, command, room)
        data = tlv.encode(DISCRETIONARY, answer.data) if answer.data else b""
        return Answer(data, answer.sw)

    def _select_application(self, name: bytes) -> bytes:
        if name != self._image.aid:
            raise Refused(SW.FILE_NOT_FOUND)
        self.in_application = True
        self._current = None
        return tlv.encode(0x84, name)

    def _select_by_identifier(self, command: Command, opened: Opened) -> bytes:
        if command.p1 == BY_IDENTIFIER and command.data in {b"", MASTER_FILE.to_bytes(2, "big")}:
            if not self._behaviour.master_file:
                raise Refused(SW.INS_NOT_SUPPORTED)
            self.reset()
            return tlv.encode(0x83, MASTER_FILE.to_bytes(2, "big"))
        if len(command.data) != 2:
            raise Refused(SW.WRONG_LENGTH)
        number = int.from_bytes(command.data, "big")
        size = len(self._open(number, opened))
        described = size.to_bytes(2 if size <= 0xFFFF else 3, "big")
        return tlv.encode(0x80, described) + tlv.encode(0x83, command.data)

    def _open_current(self, opened: Opened) -> bytes:
        if self._current is None and (opened or not self.in_application):
            raise Refused(SW.NO_CURRENT_EF)
        return self._content(self._current, opened)

    def _open_short(self, short: int, opened: Opened) -> bytes:
        refusal = self._behaviour.no_short_identifiers
        if refusal is not None:
            raise Refused(int(refusal, 16))
        files = self._image.app_files if self.in_application else self._image.mf_files
        number = next((number for number in sorted(files) if number & 0x1F == short), None)
        return self._open(number, opened)

    def _open(self, number: int | None, opened: Opened) -> bytes:
        """Make a file of the current directory the current one."""
        content = self._content(number, opened)
        self._current = number
        return content

    def _content(self, number: int | None, opened: Opened) -> bytes:
        """Return a file of the current directory; the access rule comes before existence."""
        if self.in_application:
            if not opened:
                raise Refused(SW.SECURITY_NOT_SATISFIED)
            files, hidden = self._image.app_files, self._image.hidden
        else:
            files, hidden = self._image.mf_files, frozenset()
        if number is None or number not in files or number in hidden:
            raise Refused(SW.FILE_NOT_FOUND)
        if not self.in_application and not _is_free(number, opened):
            raise Refused(SW.SECURITY_NOT_SATISFIED)
        return files[number]

    def _cut(self, content: bytes, offset: int, command: Command, room: int) -> Answer:
        """Return the part asked for: 6B00 beyond the end, and the chip's way with the end."""
        if command.ne is None or (command.ne > command.room and not command.ne_is_max):
            raise Refused(SW.WRONG_LENGTH)
        if offset >= len(content):
            raise Refused(SW.OFFSET_OUTSIDE)
        limit = self._behaviour.read_limit
        wanted = min(command.ne, room)
        part = content[offset : offset + (wanted if limit is None else min(wanted, limit))]
        if len(content) - offset >= wanted:
            return Answer(part)
        match self._behaviour.file_end:
            case FileEnd.SILENT:
                return Answer(part)
            case FileEnd.EXACT if len(part) <= MAX_SHORT:
                raise Refused(SW.EXACT_LENGTH | len(part) & 0xFF)
            case FileEnd.EXACT:
                return Answer(part)  # more than the status word can name
            case FileEnd.WARN if command.ne_is_max:
                return Answer(part)
        return Answer(part, SW.END_OF_FILE)


def _is_free(number: int, opened: Opened) -> bool:
    """Return whether a file of the master file is given; EF.CardSecurity after PACE alone."""
    if number == CARD_SECURITY:
        return opened is Opened.PACE
    return bool(opened) or number in FREE_FILES


def _offset(data: bytes) -> int:
    """Return the offset in the one object of an odd READ BINARY. Raises Refused."""
    try:
        value = tlv.unwrap(data, OFFSET)
    except MalformedData as error:
        raise Refused(SW.INCORRECT_DATA) from error
    if not 0 < len(value) <= MAX_OFFSET:
        raise Refused(SW.INCORRECT_DATA)
    return int.from_bytes(value, "big")


def _inside(limit: int) -> int:
    """Return how many bytes an object of at most `limit` bytes carries."""
    size = max(0, limit - 2)
    while size and 1 + len(tlv.encode_length(size)) + size > limit:
        size -= 1
    return size
