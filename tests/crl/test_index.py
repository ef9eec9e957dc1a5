"""The index: every record is found again, and nothing altered is believed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crl import columns
from crl.errors import IndexDamaged
from crl.index import RUN, Index, IndexWriter, Table, read_table
from crl.source import Memory

FINGERPRINT = bytes(range(32))


def made(serials: list[int]) -> tuple[Table, bytes]:
    """Return an index in which each serial's offset is its place in the list."""
    writer = IndexWriter(io.BytesIO())
    for offset, serial in enumerate(serials):
        writer.add(columns.record(offset, columns.serial_octets(serial)))
    out = io.BytesIO()
    return writer.finish(out, FINGERPRINT), out.getvalue()


def opened(data: bytes) -> Index:
    """Return the index in these octets."""
    return Index(read_table(Memory(data)), Memory(data))


def key(serial: int) -> int:
    """Return a serial's key."""
    return columns.key(columns.serial_octets(serial))


SERIALS = {
    "none": [],
    "one": [5],
    "a page": list(range(1, 400)),
    "counted": list(range(1, 40_000)),
    "sharing their tail": [(n << 96) + 7 for n in range(1, 20_000)],
    "sharing their head": [(1 << 120) + n for n in range(20_000)],
    "the same twice over": [(n << 64) + n for n in range(1, 20_000)],
    "steps of 2^32": [n << 32 for n in range(1, 20_000)],
}


@pytest.mark.parametrize("serials", SERIALS.values(), ids=SERIALS.keys())
def test_every_record_is_found(serials: list[int]) -> None:
    """However many there are and whatever they have in common; pages stay short."""
    table, data = made(serials)
    index = opened(data)
    index.check()
    for offset, serial in enumerate(serials):
        assert offset in index.offsets(key(serial))
    sizes = [end - begin for begin, end in zip(table.starts, table.starts[1:], strict=False)]
    assert max(sizes) < 1_000
    assert table.starts[-1] == len(serials)


def test_absent_serials_have_hardly_any_candidates() -> None:
    """Each costs one look at the list itself."""
    _, data = made(list(range(1, 20_000)))
    index = opened(data)
    assert sum(len(index.offsets(key((1 << 100) + n))) for n in range(20_000)) < 20


def test_serial_named_twice_has_both_places_in_order() -> None:
    """Also when they came in different runs."""
    serials = [*range(1, RUN + 5), 7, 7]
    _, data = made(serials)
    assert opened(data).offsets(key(7)) == [6, RUN + 4, RUN + 5]


def test_index_in_little_memory_is_the_same(tmp_path: Path) -> None:
    """Where the records are kept meanwhile does not show."""
    _, data = made(list(range(40_000)))
    with (tmp_path / "spill").open("w+b") as spill:
        writer = IndexWriter(spill)
        for offset in range(40_000):
            writer.add(columns.record(offset, columns.serial_octets(offset)))
        out = io.BytesIO()
        writer.finish(out, FINGERPRINT)
    assert out.getvalue() == data


def test_every_altered_octet_is_noticed() -> None:
    """In a page when it is asked for, elsewhere when the index is opened."""
    serials = list(range(1, 700))
    table, data = made(serials)
    assert table.pages == 2
    for place in range(len(data)):
        altered = bytearray(data)
        altered[place] ^= 1 << place % 8
        try:
            found = read_table(Memory(bytes(altered)))
        except IndexDamaged:
            continue
        if found.digest != table.digest:
            continue  # the store compares it
        with pytest.raises(IndexDamaged):
            Index(found, Memory(bytes(altered))).check()


def test_every_cut_is_noticed() -> None:
    """Whatever is left of the file."""
    table, data = made(list(range(1, 50)))
    for size in range(len(data)):
        try:
            assert read_table(Memory(data[:size])).digest != table.digest
        except IndexDamaged as error:
            assert error.next_step  # noqa: PT017 - either outcome is right


def test_index_of_another_list_has_another_digest() -> None:
    """The digest covers the fingerprint of the list."""
    table, _ = made([1, 2, 3])
    other = IndexWriter(io.BytesIO()).finish(io.BytesIO(), bytes(32))
    assert other.digest != Table(bytes(32), table.starts, table.digests).digest != table.digest
