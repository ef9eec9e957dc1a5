"""One file from chips with different habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from reader import tlv
from reader.apdu import INS, SHORT_LE, CommandApdu, ResponseApdu
from reader.binary import MAX_FILE, read_file, response_data
from reader.errors import CardRefused, MalformedData
from reader.lds.files import FileId

OK = 0x9000


@dataclass
class Files:
    """A file system without a channel: SELECT, READ BINARY even and odd."""

    content: Mapping[int, bytes]
    knows_short: bool = True
    longest: int = 0x10000
    at_end: int = 0x6282
    commands: list[CommandApdu] = field(default_factory=list)
    current: int | None = None

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Answer as a chip does."""
        self.commands.append(command)
        if command.ins == INS.SELECT:
            wanted = int.from_bytes(command.data, "big")
            if wanted not in self.content:
                return ResponseApdu(b"", 0x6A82)
            self.current = wanted
            return ResponseApdu(b"", OK)
        size = command.le or 0
        if command.ins == INS.READ_BINARY_ODD:
            offset = int.from_bytes(tlv.unwrap(command.data, 0x54), "big")
            part = self.content[self.current or 0][offset : offset + size - 4]
            return ResponseApdu(tlv.encode(0x53, part), OK)
        offset = command.p1 << 8 | command.p2
        if command.p1 & 0x80:
            if not self.knows_short:
                return ResponseApdu(b"", 0x6A81)
            found = [fid for fid in self.content if fid & 0x1F == command.p1 & 0x1F]
            if not found:
                return ResponseApdu(b"", 0x6A82)
            self.current, offset = found[0], command.p2
        if size > self.longest:
            return ResponseApdu(b"", 0x6C00 | self.longest)
        part = self.content[self.current or 0][offset : offset + size]
        return ResponseApdu(part, OK if len(part) == size else self.at_end)


def content(size: int) -> bytes:
    """Return a file whose object has `size` content bytes, no two stretches alike."""
    return tlv.encode(0x75, b"".join(n.to_bytes(4, "big") for n in range(size // 4 + 1))[:size])


@pytest.mark.parametrize("size", [0, 1, 126, 127, 221, 222, 1000, 32_800, 70_000])
@pytest.mark.parametrize("chunk", [223, 5000])
def test_files_of_every_size(size: int, chunk: int) -> None:
    """Byte for byte, in as many commands as it takes; beyond 32,767 by the odd instruction."""
    files = Files({0x0102: content(size)})
    assert read_file(files, FileId.DG2, chunk=chunk) == content(size)
    assert all((command.le or 0) <= chunk for command in files.commands)


def test_the_shortest_conversation() -> None:
    """A small file takes one command: selection, length and data together."""
    files = Files({0x0102: content(100)})
    read_file(files, FileId.DG2, chunk=223)
    assert [c.to_bytes() for c in files.commands] == [bytes.fromhex("00B08200DF")]


def test_bytes_behind_the_object() -> None:
    """A file longer than its object is cut to it: the padding is nobody's data."""
    files = Files({0x0102: content(100) + bytes(500)})
    assert read_file(files, FileId.DG2, chunk=223) == content(100)
    assert len(files.commands) == 1


def test_a_chip_without_short_identifiers() -> None:
    """The file is selected by its identifier and read from its start."""
    files = Files({0x0102: content(600)}, knows_short=False)
    assert read_file(files, FileId.DG2, chunk=223) == content(600)


def test_a_chip_that_names_the_length_it_takes() -> None:
    """6Cxx is followed, once for each command."""
    files = Files({0x0102: content(90)}, longest=50)
    assert read_file(files, FileId.DG2, chunk=223) == content(90)


def test_a_chip_that_dislikes_the_length() -> None:
    """6700 at first: the header alone is asked for, then exactly what is left."""
    files = Files({0x0102: content(90)})

    def exchange(command: CommandApdu) -> ResponseApdu:
        return ResponseApdu(b"", 0x6700) if command.le == 223 else files(command)

    assert read_file(exchange, FileId.DG2, chunk=223) == content(90)


@pytest.mark.parametrize("sw", [0x6982, 0x6985])
def test_a_file_that_is_refused(sw: int) -> None:
    """The error carries the card's status word."""
    with pytest.raises(CardRefused) as caught:
        read_file(lambda _: ResponseApdu(b"", sw), FileId.DG2, chunk=223)
    assert caught.value.sw == sw


def test_a_file_refused_half_way() -> None:
    """What was read until then is not passed on."""
    files = Files({0x0102: content(600)})

    def exchange(command: CommandApdu) -> ResponseApdu:
        return files(command) if command.p1 & 0x80 else ResponseApdu(b"", 0x6982)

    with pytest.raises(CardRefused):
        read_file(exchange, FileId.DG2, chunk=223)


def test_a_file_shorter_than_it_says() -> None:
    """A chip that runs out of bytes is malformed, not waited for."""
    files = Files({0x0102: content(600)[:400]})
    with pytest.raises(MalformedData, match="ends after"):
        read_file(files, FileId.DG2, chunk=223)


def test_a_file_that_claims_too_much() -> None:
    """The claim alone ends it; nothing is read to find out."""
    head = tlv.encode(0x75, b"")[:1] + b"\x84" + (MAX_FILE + 1).to_bytes(4, "big")
    files = Files({0x0102: head + bytes(500)})
    with pytest.raises(MalformedData, match="claims"):
        read_file(files, FileId.DG2, chunk=223)
    assert len(files.commands) == 1


@pytest.mark.parametrize("data", [b"\x75", b"\x75\x80" + bytes(9), b"\x1f\xff\xff\xff\xff"])
def test_a_file_that_is_no_object(data: bytes) -> None:
    """Bytes without tag and length are malformed."""
    with pytest.raises(MalformedData):
        read_file(lambda _: ResponseApdu(data, OK), FileId.DG2, chunk=223)


@pytest.mark.parametrize(
    ("atr_info", "size"),
    [
        (tlv.encode(0x7F66, bytes.fromhex("0202100002022000")), 0x2000 - 2),
        (b"\x43\x01\xb8" + tlv.encode(0x7F66, bytes.fromhex("020201000203010002")), 0x10000),
        (tlv.encode(0x7F66, bytes.fromhex("0202100002020010")), SHORT_LE),
        (tlv.encode(0x7F66, bytes.fromhex("02021000")), SHORT_LE),
        (tlv.encode(0x7F66, b"\x02"), SHORT_LE),
        (b"\x43\x01\xb8", SHORT_LE),
        (b"\x7f", SHORT_LE),
    ],
)
def test_buffers_in_atr_info(atr_info: bytes, size: int) -> None:
    """The response buffer less its status word; short where nothing sensible stands."""
    assert response_data(Files({0x2F01: atr_info}, at_end=OK)) == size


def test_no_atr_info() -> None:
    """One question is enough."""
    files = Files({})
    assert response_data(files) == SHORT_LE
    assert len(files.commands) == 1
