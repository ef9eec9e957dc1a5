"""The file format read without SQLite gives what SQLite gives, and damage gives nothing worse."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.log import pages
from edge.log.carve import carve

VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=50)
    | st.binary(max_size=9000)
)


def leaves(data: bytes) -> list[pages.Row]:
    """Return the rows of every table leaf of a database, its own catalogue left out."""
    size = pages.page_size(data[: pages.HEADER_SIZE])

    def fetch(number: int) -> bytes | None:
        return data[(number - 1) * size : number * size] or None

    found: list[pages.Row] = []
    for at in range(size, len(data), size):
        found += pages.rows(data[at : at + size], fetch)
    return found


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), VALUES, VALUES), max_size=20))
def test_rows_are_those_of_sqlite(rows: list[tuple[object, ...]]) -> None:
    """Every kind of column, keys of any size, rows that overflow onto further pages."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (k INTEGER PRIMARY KEY, a, b)")
        connection.executemany("INSERT OR REPLACE INTO t VALUES (?, ?, ?)", rows)
        expected = connection.execute("SELECT k, a, b FROM t ORDER BY k").fetchall()
        found = sorted(leaves(connection.serialize()), key=lambda row: row.key)
    assert [(row.key, *row.values[1:]) for row in found] == expected


@pytest.mark.parametrize("size", [512, 1024, 8192, 65536])
def test_any_page_size(size: int) -> None:
    """A page is as large as the file's header says."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("CREATE TABLE t (k INTEGER PRIMARY KEY, a)")
        connection.execute("INSERT INTO t VALUES (1, ?)", (b"x" * 10_000,))
        data = connection.serialize()
    assert pages.page_size(data[:100]) == size
    assert [row.values for row in leaves(data)] == [(None, b"x" * 10_000)]


@given(st.binary(max_size=600))
def test_any_bytes_are_a_page_or_none(data: bytes) -> None:
    """Whatever stands in a page, rows or nothing come out, and nothing is raised."""
    for page in (data, b"\x0d" + data):
        list(pages.rows(page, lambda _: data))
        list(pages.rows(page, lambda _: None, first=True))
    list(pages.frames(data, 64))
    pages.wal_page_size(data)
    assert pages.page_size(data) >= 512


def test_overflow_that_runs_in_a_circle() -> None:
    """A chain of pages that never ends is followed no further than the row claims to be long."""
    page = bytearray(512)
    page[0] = 0x0D
    page[3:5] = (1).to_bytes(2, "big")
    page[8:10] = (100).to_bytes(2, "big")
    page[100:104] = b"\xbd\x84\x40\x01"  # a million bytes, key 1
    asked = []

    def fetch(number: int) -> bytes:
        asked.append(number)
        return b"\x00\x00\x00\x02" + bytes(508)

    page[510 - 4 : 510] = b"\x00\x00\x00\x02"
    assert list(pages.rows(bytes(page), fetch)) == []
    assert len(asked) <= pages.MAX_PAYLOAD // 508 + 1


def test_empty_file(tmp_path: Path) -> None:
    """A file without a byte holds nothing."""
    (tmp_path / "empty").touch()
    found = carve(tmp_path / "empty", lambda _: None)
    assert (found.pages, found.terminals) == (0, set())
