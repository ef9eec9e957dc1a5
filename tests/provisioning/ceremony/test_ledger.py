"""A ledger says when somebody changed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.ceremony.ledger import BEGINNING, Ledger
from provisioning.errors import OfficeInputInvalid

AT = datetime(2026, 11, 7, 12, tzinfo=UTC)


def _written(acts: int) -> bytes:
    ledger, data = Ledger((), 0), b""
    for number in range(acts):
        facts = {"number": str(number), "tên": "Thẻ đảng viên\n"}
        entry = ledger.next("act", facts, {"a/b": "00" * 32}, AT + timedelta(seconds=number))
        data += entry.to_line() + b"\n"
        ledger = Ledger.parse(data)
    return data


def test_what_was_written_is_read() -> None:
    """Entries come back in order, each bound to the one before."""
    ledger = Ledger.parse(_written(3))
    assert [entry.number for entry in ledger.entries] == [1, 2, 3]
    assert ledger.entries[0].previous == BEGINNING
    assert ledger.entries[2].previous == ledger.entries[1].digest
    assert ledger.head == ledger.entries[2].digest
    assert ledger.entries[1].facts == {"number": "1", "tên": "Thẻ đảng viên\n"}
    assert [entry.number for entry in ledger.of("act")] == [1, 2, 3]
    assert list(ledger.of("other")) == []


def test_any_octet_changed() -> None:
    """No octet of an earlier line can be another: that line, or the next, says so."""
    data = _written(2)
    first = data.index(b"\n")
    for place in range(first):
        changed = bytearray(data)
        changed[place] ^= 0x01
        with pytest.raises(OfficeInputInvalid, match="ledger was changed"):
            Ledger.parse(bytes(changed))


@pytest.mark.parametrize("kept", [(0, 2), (1, 2), (0, 2, 1), (0, 0, 1, 2)])
def test_lines_missing_or_moved(kept: tuple[int, ...]) -> None:
    """A line left out, moved, or said twice breaks the chain."""
    lines = _written(3).splitlines(keepends=True)
    with pytest.raises(OfficeInputInvalid, match="ledger was changed"):
        Ledger.parse(b"".join(lines[place] for place in kept))


def test_every_cut() -> None:
    """A ledger cut anywhere holds the whole lines before the cut, and knows how many bytes."""
    data = _written(3)
    for stop in range(len(data) + 1):
        found = Ledger.parse(data[:stop])
        assert len(found.entries) == data[:stop].count(b"\n")
        assert found.whole == data[:stop].rfind(b"\n") + 1


def test_the_same_in_another_spelling() -> None:
    """JSON that means the same with other octets was not written by an act."""
    data = _written(1)
    with pytest.raises(OfficeInputInvalid, match="ledger was changed"):
        Ledger.parse(data.replace(b'{"v":1', b'{"v": 1'))


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_line_that_is_no_entry(line: bytes) -> None:
    """Whatever else a line may be: our own error."""
    with pytest.raises(OfficeInputInvalid, match="at line 1"):
        Ledger.parse(line + b"\n")


def test_clock_gone_back() -> None:
    """No act is dated before the one before it."""
    ledger = Ledger.parse(_written(2))
    with pytest.raises(OfficeInputInvalid, match="clock says"):
        ledger.next("act", {}, {}, AT - timedelta(seconds=1))
