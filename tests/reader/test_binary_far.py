"""Files beyond 32,767 bytes: READ BINARY with an odd instruction."""

from __future__ import annotations

import pytest

from reader import tlv
from reader.apdu import INS, CommandApdu, ResponseApdu
from reader.binary import FileReader
from reader.errors import CardRefused, MalformedData
from reader.lds.files import FileId
from reader.lengths import Habits
from tests.reader.files import BORDER, OK, Files, content

DG2 = FileId.DG2.fid
SIZE = 33_500


def read(files: Files, chunk: int = 223) -> bytes:
    """Read DG2 on the first reading of such a chip."""
    return FileReader(files, Habits(chunk)).read(FileId.DG2)


def far(files: Files) -> list[CommandApdu]:
    """Return the commands with an odd instruction."""
    return [command for command in files.commands if command.ins == INS.READ_BINARY_ODD]


def offsets(files: Files) -> list[bytes]:
    """Return the offsets of those commands as they were written."""
    return [tlv.unwrap(command.data, 0x54) for command in far(files)]


def test_the_odd_instruction_only_where_it_must_be() -> None:
    """As long as P1-P2 reach, they are used (Doc 9303-10 section 3.6.6, note 2)."""
    files = Files({DG2: content(BORDER - 4)})
    assert read(files) == content(BORDER - 4)
    assert far(files) == []
    files = Files({DG2: content(SIZE)})
    assert read(files) == content(SIZE)
    assert all(int.from_bytes(offset, "big") >= BORDER for offset in offsets(files))


@pytest.mark.parametrize("chunk", [223, 4096])
def test_the_data_object_within_what_one_answer_carries(chunk: int) -> None:
    """Le counts the object around the data; the last one asks for no more than is left."""
    files = Files({DG2: content(70_000)})
    assert read(files, chunk) == content(70_000)
    *whole, last = far(files)
    assert {command.le for command in whole} == {chunk}
    end = int.from_bytes(tlv.unwrap(last.data, 0x54), "big")
    assert last.le == len(tlv.encode(0x53, bytes(len(content(70_000)) - end)))


def test_the_offset_as_short_as_it_can_be() -> None:
    """Two bytes up to 65,535, three beyond."""
    files = Files({DG2: content(70_000)})
    read(files, 4096)
    assert {len(offset) for offset in offsets(files)} == {2, 3}
    assert all(offset[0] for offset in offsets(files))


@pytest.mark.parametrize("width", [3, 4])
def test_a_chip_that_counts_on_a_fixed_width(width: int) -> None:
    """Found by trying, and kept: the tries are paid once."""
    files = Files({DG2: content(SIZE)}, offset_width=width)
    reader = FileReader(files, Habits(223))
    assert reader.read(FileId.DG2) == content(SIZE)
    assert [len(offset) for offset in offsets(files)][:3] == (
        [2, 3, 3] if width == 3 else [2, 3, 4]
    )
    assert reader.habits.offset_width == width
    seen = len(offsets(files))
    assert reader.read(FileId.DG2) == content(SIZE)
    assert {len(offset) for offset in offsets(files)[seen:]} == {width}


@pytest.mark.parametrize("known", [2, 3, 4])
@pytest.mark.parametrize("width", [None, 3, 4])
def test_a_width_that_is_remembered_wrongly(known: int, width: int | None) -> None:
    """What another chip wanted is only tried first: each file still comes home."""
    files = Files({DG2: content(70_000)}, offset_width=width)
    reader = FileReader(files, Habits(4096, offset_width=known))
    assert reader.read(FileId.DG2) == content(70_000)
    if known > 2:
        assert reader.habits.offset_width == width


def test_a_chip_without_the_odd_instruction() -> None:
    """Refused with its status, after one try."""
    files = Files({DG2: content(SIZE)}, odd=False)
    with pytest.raises(CardRefused) as caught:
        read(files)
    assert caught.value.sw == 0x6D00
    assert len(far(files)) == 1


def test_a_chip_that_takes_no_offset() -> None:
    """Every width is tried once; the first refusal is the answer."""
    files = Files({DG2: content(SIZE)}, offset_width=9)
    with pytest.raises(CardRefused) as caught:
        read(files)
    assert caught.value.sw == 0x6A80
    assert len(far(files)) == 3


@pytest.mark.parametrize("sw", [0x6700, 0x6B00])
@pytest.mark.parametrize("chunk", [223, 4095])
def test_two_instructions_that_do_not_overlap(sw: int, chunk: int) -> None:
    """The even one is led exactly to its border, where the odd one takes over (note 1)."""
    files = Files({DG2: content(SIZE)}, overlap=sw)
    reader = FileReader(files, Habits(chunk))
    assert reader.read(FileId.DG2) == content(SIZE)
    assert int.from_bytes(offsets(files)[0], "big") == BORDER
    assert reader.habits.chunk == chunk


@pytest.mark.parametrize("gives", [1, 50, 222])
def test_short_reads_beyond_the_border(gives: int) -> None:
    """They go on where they ended."""
    size = BORDER + 120
    files = Files({DG2: content(size)}, gives=gives)
    whole = content(size)

    def exchange(command: CommandApdu) -> ResponseApdu:
        if command.ins == INS.READ_BINARY_ODD or command.p1 & 0x80:
            return files(command)
        offset = command.p1 << 8 | command.p2
        return ResponseApdu(whole[offset : offset + (command.le or 0)], OK)

    assert FileReader(exchange, Habits(223)).read(FileId.DG2) == whole


def test_a_data_object_cut_short() -> None:
    """A chip that cuts the object at Le: what came stands at its place, and the rest is fetched."""
    files = Files({DG2: content(SIZE)})
    whole = content(SIZE)

    def exchange(command: CommandApdu) -> ResponseApdu:
        if command.ins != INS.READ_BINARY_ODD:
            return files(command)
        offset = int.from_bytes(tlv.unwrap(command.data, 0x54), "big")
        size = command.le or 0
        return ResponseApdu(tlv.encode(0x53, whole[offset : offset + size])[:size], OK)

    assert FileReader(exchange, Habits(223)).read(FileId.DG2) == whole


@pytest.mark.parametrize(
    "data", [b"\x54\x01\x00", b"\x53\x01\x00\xff", b"\x53", b"\x53\x80\x00\x00", b"\x30\x00"]
)
def test_another_object_than_the_data(data: bytes) -> None:
    """Malformed: nobody knows which bytes of the file these are."""
    files = Files({DG2: content(SIZE)})

    def exchange(command: CommandApdu) -> ResponseApdu:
        odd = command.ins == INS.READ_BINARY_ODD
        return ResponseApdu(data, OK) if odd else files(command)

    with pytest.raises(MalformedData):
        FileReader(exchange, Habits(223)).read(FileId.DG2)


@pytest.mark.parametrize("data", [b"", b"\x53\x00"])
def test_a_file_that_ends_beyond_the_border(data: bytes) -> None:
    """Shorter than it says: malformed, not asked for again."""
    files = Files({DG2: content(SIZE)})

    def exchange(command: CommandApdu) -> ResponseApdu:
        odd = command.ins == INS.READ_BINARY_ODD
        return ResponseApdu(data, 0x6282) if odd else files(command)

    with pytest.raises(MalformedData, match="ends after"):
        FileReader(exchange, Habits(223)).read(FileId.DG2)
