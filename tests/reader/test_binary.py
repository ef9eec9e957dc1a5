"""One file from chips with different habits: every byte once, in as few commands as can be."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.apdu import INS, CommandApdu, ResponseApdu
from reader.binary import MAX_FILE, FileReader, read_atr_info, select_master_file
from reader.errors import CardRefused, MalformedData, ReaderError
from reader.lds.files import FileId
from reader.lengths import Habits
from tests.reader.files import OK, Files, content

CHUNK = 223
DG2 = FileId.DG2.fid


def read(files: Any, chunk: int = CHUNK) -> bytes:
    """Read DG2 by at most so many bytes at a time, on the first reading of such a chip."""
    return FileReader(files, Habits(chunk)).read(FileId.DG2)


SIZES = [0, 1, 125, 126, 127, 221, 222, 223, 443, 1000, 8191, 32_763, 32_764, 32_800, 70_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chunk", [1, 8, 223, 231, 256, 4096, 60_000])
def test_files_of_every_size(size: int, chunk: int) -> None:
    """Byte for byte; never more asked for than the chunk."""
    if size > 1000 and chunk < CHUNK:
        size //= 70
    files = Files({DG2: content(size)})
    assert read(files, chunk) == content(size)
    assert all((command.le or 0) <= chunk for command in files.commands)


@pytest.mark.parametrize("chunk", [223, 231, 4096, 16_000])
@pytest.mark.parametrize("size", [1, 100, 219, 220, 4091, 4092, 8188, 20_000, 32_764])
def test_as_few_reads_as_can_be(chunk: int, size: int) -> None:
    """Exactly as many as the file has chunks, and no other command."""
    files = Files({DG2: content(size)})
    assert read(files, chunk) == content(size)
    assert len(files.commands) == -(-len(content(size)) // chunk)


@pytest.mark.parametrize("size", [300, 5000, 40_000])
def test_nothing_is_read_twice(size: int) -> None:
    """Each read begins where the one before ended, and the last ends with the file."""
    files = Files({DG2: content(size)})
    read(files)
    end = 0
    for command in files.reads:
        offset = command.p1 << 8 | command.p2
        if command.ins == INS.READ_BINARY_ODD:
            offset = int.from_bytes(tlv.unwrap(command.data, 0x54), "big")
        elif command.p1 & 0x80:
            offset = command.p2
        assert offset == end
        overhead = 3 if command.ins == INS.READ_BINARY_ODD else 0
        end += (command.le or 0) - overhead
    assert end == len(content(size))


def test_the_shortest_conversation() -> None:
    """A small file takes one command: selection, length and data together."""
    files = Files({DG2: content(100)})
    read(files)
    assert [c.to_bytes() for c in files.commands] == [bytes.fromhex("00B08200DF")]


def test_bytes_behind_the_object() -> None:
    """A file longer than its object is cut to it: the padding is nobody's data."""
    files = Files({DG2: content(100) + bytes(500)})
    assert read(files) == content(100)
    assert len(files.commands) == 1


@pytest.mark.parametrize("at_end", [0x6282, OK, None])
def test_how_a_chip_says_that_the_file_ends(at_end: int | None) -> None:
    """6282 with the data, 9000 with fewer bytes, or the length by name: no byte is lost."""
    files = Files({DG2: content(100)}, at_end=at_end)
    assert read(files) == content(100)
    assert len(files.commands) == (2 if at_end is None else 1)


@pytest.mark.parametrize("sw", [0x6700, 0x6B00])
def test_a_chip_that_is_not_to_be_asked_for_too_much(sw: int) -> None:
    """The header first, then exactly the rest; remembered, so that the next file costs no trial."""
    files = Files({DG2: content(90), FileId.DG1.fid: content(40)}, strict_end=sw)
    reader = FileReader(files, Habits(CHUNK))
    assert reader.read(FileId.DG2) == content(90)
    assert [command.le for command in files.commands] == [CHUNK, 8, 92 - 8]
    assert reader.habits == Habits(CHUNK, short_identifiers=True, over_read=False)
    assert reader.read(FileId.DG1) == content(40)
    assert [command.le for command in files.commands[3:]] == [8, 42 - 8]


@pytest.mark.parametrize(("too_much", "cost"), [(0x6C00, 1), (0x6700, 3)])
def test_a_chip_that_takes_less(too_much: int, cost: int) -> None:
    """6Cxx names the length, 6700 makes us look for one; then it is kept to."""
    files = Files({DG2: content(2000)}, takes=120, too_much=too_much)
    reader = FileReader(files, Habits(CHUNK))
    assert reader.read(FileId.DG2) == content(2000)
    assert reader.habits.chunk <= 120
    assert len(files.commands) <= -(-2004 // reader.habits.chunk) + cost


@pytest.mark.parametrize("gives", [1, 3, 7, 100, 222])
def test_a_chip_that_gives_less_than_it_is_asked_for(gives: int) -> None:
    """Short reads go on where they ended, even inside the header."""
    files = Files({DG2: content(300)}, gives=gives)
    assert read(files) == content(300)
    assert len(files.commands) == -(-304 // gives)


@pytest.mark.parametrize("size", [100, 300, 1000, 30_000])
def test_a_chip_that_gives_more_than_it_is_asked_for(size: int) -> None:
    """What stands behind the answer to the question is not taken for the file."""
    assert read(Files({DG2: content(size)}, more=b"\xff" * 9)) == content(size)


@pytest.mark.parametrize("sw", [0x6982, 0x6985, 0x6A82, 0x6F00])
def test_a_file_that_is_refused(sw: int) -> None:
    """The error carries the card's status word."""
    with pytest.raises(CardRefused) as caught:
        read(lambda _: ResponseApdu(b"data beside an error", sw))
    assert caught.value.sw == sw


def test_a_file_refused_half_way() -> None:
    """What was read until then is not passed on."""
    files = Files({DG2: content(600)})

    def exchange(command: CommandApdu) -> ResponseApdu:
        return files(command) if command.p1 & 0x80 else ResponseApdu(b"", 0x6982)

    with pytest.raises(CardRefused):
        read(exchange)


@pytest.mark.parametrize("gives", [0x10000, 50])
def test_a_file_shorter_than_it_says(gives: int) -> None:
    """A chip that runs out of bytes is malformed, not waited for."""
    for at_end in (0x6282, OK):
        files = Files({DG2: content(600)[:400]}, at_end=at_end, gives=gives)
        with pytest.raises(MalformedData, match="ends after"):
            read(files)


@pytest.mark.parametrize("sw", [OK, 0x6282])
def test_a_file_that_is_empty(sw: int) -> None:
    """Not given, then; whatever the chip calls it."""
    with pytest.raises(CardRefused):
        read(lambda _: ResponseApdu(b"", sw))


def test_a_file_that_claims_too_much() -> None:
    """The claim alone ends it; nothing is read to find out."""
    head = b"\x75\x84" + (MAX_FILE + 1).to_bytes(4, "big")
    files = Files({DG2: head + bytes(500)})
    with pytest.raises(MalformedData, match="claims"):
        read(files)
    assert len(files.commands) == 1


def test_the_largest_file() -> None:
    """The limit itself is still read."""
    whole = content(MAX_FILE - 5)
    assert len(whole) == MAX_FILE
    assert read(Files({DG2: whole}), 60_000) == whole


@pytest.mark.parametrize(
    "data", [b"\x75", b"\x7f", b"\x75\x80", b"\x75\x80" + bytes(9), b"\x1f\xff\xff\xff\xff" * 2]
)
def test_a_file_that_is_no_object(data: bytes) -> None:
    """Bytes without tag and length are malformed, in one answer or in many."""
    for gives in (1, 100):
        with pytest.raises(MalformedData):
            read(Files({DG2: data}, gives=gives))


@given(
    st.lists(st.tuples(st.binary(max_size=40), st.integers(0x6100, 0x9000)), max_size=30),
    st.integers(1, 300),
    st.booleans(),
)
def test_any_answers(answers: list[tuple[bytes, int]], chunk: int, trial: bool) -> None:
    """Whatever the chip says, it is a file or a ReaderError, and soon."""
    left = iter(answers)
    sent: list[CommandApdu] = []

    def exchange(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        return ResponseApdu(*next(left, (b"", 0x6F00)))

    with contextlib.suppress(ReaderError):
        FileReader(exchange, Habits(chunk, 4096 if trial else None)).read(FileId.DG2)
    assert len(sent) <= len(answers) + 12


@given(
    size=st.integers(6, 3000),
    chunk=st.integers(8, 300),
    gives=st.integers(1, 5000),
    takes=st.integers(9, 5000),
    too_much=st.sampled_from([0x6700, 0x6C00]),
    at_end=st.sampled_from([0x6282, OK, None]),
    strict=st.sampled_from([None, 0x6700, 0x6B00]),
    short=st.booleans(),
)
def test_any_mixture_of_habits(
    size: int,
    chunk: int,
    gives: int,
    takes: int,
    too_much: int,
    at_end: int | None,
    strict: int | None,
    short: bool,
) -> None:
    """The file comes home whole, and a second one after it."""
    if too_much == 0x6C00:
        takes = min(takes, 0xFF)
    files = Files(
        {DG2: content(size), FileId.DG1.fid: content(91)},
        short_identifiers=short,
        gives=gives,
        takes=takes,
        too_much=too_much,
        at_end=at_end,
        strict_end=strict,
    )
    reader = FileReader(files, Habits(chunk, 4096))
    assert reader.read(FileId.DG2) == content(size)
    assert reader.read(FileId.DG1) == content(91)


def test_no_atr_info() -> None:
    """One question is enough."""
    files = Files({})
    assert read_atr_info(files) == b""
    assert len(files.commands) == 1


def test_atr_info() -> None:
    """Its content as it stands; it is no single object."""
    assert read_atr_info(Files({FileId.ATR_INFO.fid: b"\x43\x01\xb8" * 20})) == b"\x43\x01\xb8" * 20


def test_the_master_file_on_a_chip_that_does_not_select_it() -> None:
    """6D00 is taken: such chips lie in it from the start."""
    sent: list[CommandApdu] = []

    def exchange(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        return ResponseApdu(b"", 0x6D00)

    select_master_file(exchange)
    assert sent == [CommandApdu(0x00, INS.SELECT, 0x00, 0x0C, b"\x3f\x00")]
