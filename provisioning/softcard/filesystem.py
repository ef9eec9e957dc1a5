"""The chip's files: one master file, one application, selection and reading.

Lives here: SELECT and READ BINARY with their access rule. Not here: secure messaging (`channel`).
Sources: ISO/IEC 7816-4 sections 7.1.1 and 7.2.3, Doc 9303-10 section 3.6, Doc 9303-11 section
4.4.2 (an unopened chip answers 6982 whichever of the application's files is asked for, so that
nothing shows which are there).
"""

from __future__ import annotations

from provisioning.softcard.command import SW, Answer, Command, Refused
from provisioning.softcard.image import CardImage
from reader import tlv

MASTER_FILE = 0x3F00
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


class FileSystem:
    """Files and what is selected among them."""

    def __init__(self, image: CardImage) -> None:
        self._image = image
        self.in_application = False
        self._current: int | None = None

    def reset(self) -> None:
        """Select the master file, as after power-on."""
        self.in_application = False
        self._current = None

    def select(self, command: Command, *, opened: bool) -> Answer:
        """SELECT. `opened`: the command came through secure messaging. Raises Refused."""
        if command.p2 not in {RETURN_FCI, RETURN_NOTHING}:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.p1 == BY_NAME:
            described = self._select_application(command.data)
        elif command.p1 in {BY_IDENTIFIER, EF_UNDER_DF}:
            described = self._select_by_identifier(command, opened=opened)
        else:
            raise Refused(SW.INCORRECT_P1_P2)
        if command.p2 == RETURN_NOTHING or command.ne is None:
            return Answer()
        return command.answer_whole(tlv.encode(FCI, described))

    def read(self, command: Command, *, opened: bool) -> Answer:
        """READ BINARY, from the current file or by short identifier. Raises Refused."""
        if command.data or command.ne is None:
            raise Refused(SW.WRONG_LENGTH)
        if command.p1 & SHORT_IDENTIFIER:
            if command.p1 & SHORT_IDENTIFIER_RESERVED:
                raise Refused(SW.INCORRECT_P1_P2)
            number = self._find_short(command.p1 & 0x1F)
            content = self._content(number, opened=opened)
            self._current = number
            offset = command.p2
        else:
            if self._current is None and (opened or not self.in_application):
                raise Refused(SW.NO_CURRENT_EF)
            content = self._content(self._current, opened=opened)
            offset = command.parameters
        return _cut(content, offset, command)

    def _select_application(self, name: bytes) -> bytes:
        if name != self._image.aid:
            raise Refused(SW.FILE_NOT_FOUND)
        self.in_application = True
        self._current = None
        return tlv.encode(0x84, name)

    def _select_by_identifier(self, command: Command, *, opened: bool) -> bytes:
        if command.p1 == BY_IDENTIFIER and command.data in {b"", MASTER_FILE.to_bytes(2, "big")}:
            self.reset()
            return tlv.encode(0x83, MASTER_FILE.to_bytes(2, "big"))
        if len(command.data) != 2:
            raise Refused(SW.WRONG_LENGTH)
        number = int.from_bytes(command.data, "big")
        size = len(self._content(number, opened=opened))
        self._current = number
        return tlv.encode(0x80, size.to_bytes(2, "big")) + tlv.encode(0x83, command.data)

    def _find_short(self, short: int) -> int | None:
        files = self._image.app_files if self.in_application else self._image.mf_files
        return next((number for number in sorted(files) if number & 0x1F == short), None)

    def _content(self, number: int | None, *, opened: bool) -> bytes:
        """Return a file of the current directory; the access rule comes before existence."""
        if self.in_application:
            if not opened:
                raise Refused(SW.SECURITY_NOT_SATISFIED)
            files, hidden = self._image.app_files, self._image.hidden
        else:
            files, hidden = self._image.mf_files, frozenset()
        if number is None or number not in files or number in hidden:
            raise Refused(SW.FILE_NOT_FOUND)
        if not opened and number not in FREE_FILES:
            raise Refused(SW.SECURITY_NOT_SATISFIED)
        return files[number]


def _cut(content: bytes, offset: int, command: Command) -> Answer:
    """Return the part asked for: 6B00 beyond the end, 6282 where the file ends too soon."""
    if command.ne is None or (command.ne > command.room and not command.ne_is_max):
        raise Refused(SW.WRONG_LENGTH)
    if offset >= len(content):
        raise Refused(SW.OFFSET_OUTSIDE)
    part = content[offset : offset + min(command.ne, command.room)]
    if len(part) < command.ne and not command.ne_is_max:
        return Answer(part, SW.END_OF_FILE)
    return Answer(part)
