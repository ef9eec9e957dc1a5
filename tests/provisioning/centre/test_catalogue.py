"""Catalogues of organisations and places: what is taken, what is refused, and versions in time."""

from __future__ import annotations

import pytest

from provisioning.centre import catalogue, organisations
from provisioning.centre.catalogue import (
    above,
    keep_organisations,
    keep_places,
    plain,
    read_code,
    read_organisations,
    read_places,
    written,
)
from provisioning.centre.database import Database
from provisioning.centre.people import audit
from provisioning.centre.store import CentreStore
from provisioning.errors import OfficeInputInvalid
from tests.edge.log.made import START

HEAD = "ma;tu;den;ten;truc_thuoc\n"
COMMUNE = "99168053000000"
TREE = (
    HEAD
    + """99000000000000;2020-01-01;;Đảng bộ tỉnh (mẫu);
99168000000000;2020-01-01;;Đảng bộ khu vực Mường Khoa;
99170000000000;2020-01-01;;Đảng bộ khu vực Cẩm Lũ;
99168053000000;2020-01-01;2025-07-01;Đảng bộ xã Nậm Khoai;99170000000000
99168053000000;2025-07-01;;Đảng bộ xã Mường Khoa;
99168053000001;2020-01-01;;Chi bộ bản Pá Hộc;
"""
)


@pytest.fixture
def database(database_url: str) -> Database:
    """Return a database that is up to date."""
    return CentreStore(database_url).database


def test_codes() -> None:
    """Fourteen digits in five groups, written with points, each with the one above it."""
    assert written("38168053000001") == "38.168.053.000.001"
    assert read_code(" 38.168.053.000.001 ") == "38168053000001"
    assert [read_code(text) for text in ("38", "3816805300000x", "٣" * 14)] == [None] * 3
    assert above("38168053000001") == "38168053000000"
    assert above("38168053000000") == "38168000000000"
    assert above("38000000000000") is None


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("code;name\n", "Line 1: the head"),
        (HEAD + "99;2020-01-01;;A;\n", "Line 2: a code has not 14 digits"),
        (HEAD + "99000000000000;01/01/2020;;A;\n", "Line 2: a day is not written"),
        (HEAD + "99000000000000;2020-01-01;2020-01-01;A;\n", "ends before it begins"),
        (HEAD + "99000000000000;2020-01-01;;;\n", "name has not 1 to 200"),
        (HEAD + "99000000000000;2020-01-01;;A;99000000000000\n", "its own parent"),
        (HEAD + "99000000000000;2020-01-01;;A\n", "4 cells, not 5"),
        (
            HEAD + "99000000000000;2020-01-01;;A;\n99000000000000;2021-01-01;;B;\n",
            "Two versions of 99000000000000",
        ),
        (HEAD + '99000000000000;2020-01-01;;"A;\n', "not CSV"),
    ],
)
def test_file_that_does_not_hold_together(lines: str, says: str) -> None:
    """Refused as a whole, with the line and what is wrong."""
    with pytest.raises(OfficeInputInvalid) as caught:
        read_organisations(lines.encode())
    assert says in caught.value.message
    assert caught.value.next_step


def test_file_of_another_encoding() -> None:
    """Said as such."""
    with pytest.raises(OfficeInputInvalid, match="not UTF-8"):
        read_organisations(HEAD.encode() + b"\xff")


def test_file_beyond_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before it is read."""
    monkeypatch.setattr(catalogue, "MAX_FILE", 10)
    with pytest.raises(OfficeInputInvalid, match="too large"):
        read_organisations(TREE.encode())


def test_file_of_too_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused at the first one beyond, with its number."""
    monkeypatch.setattr(catalogue, "MAX_ROWS", 3)
    assert len(read_organisations("".join(TREE.splitlines(True)[:3]).encode())) == 2
    with pytest.raises(OfficeInputInvalid, match="Line 4: there are too many lines"):
        read_organisations(TREE.encode())


@pytest.mark.parametrize("row", ["-x;2020-01-01;;99000000000000", "99-1;2020-01-01;;99"])
def test_place_that_is_none(row: str) -> None:
    """A terminal's id and a code have their form."""
    with pytest.raises(OfficeInputInvalid, match="Line 2"):
        read_places(f"tram;tu;den;ma\n{row}\n".encode())


def test_searching_ignores_accents() -> None:
    """As people type who have no Vietnamese keyboard."""
    assert plain("Đảng bộ xã Mường Khoa") == "dang bo xa muong khoa"


def test_code_that_changed_its_name_and_parent(database: Database) -> None:
    """Each day has the name and the parent of that day; the page of a code has them all."""
    keep_organisations(database, read_organisations(TREE.encode()), "a.csv", START)
    before, after = "2025-06-30", "2025-07-01"
    for day, name, parent in (
        (before, "Đảng bộ xã Nậm Khoai", "99170000000000"),
        (after, "Đảng bộ xã Mường Khoa", "99168000000000"),
    ):
        line = organisations.line_above(database, COMMUNE, day)
        assert [one.code for one in line] == ["99000000000000", parent]
        (row,) = organisations.organisations(database, day, parent=parent)
        assert (row.code, row.name, row.below) == (COMMUNE, name, 1)
    assert [one.since for one in organisations.versions(database, COMMUNE)] == [after, "2020-01-01"]
    assert len(organisations.organisations_of_day(database, after)) == 5
    database.close()


def test_topmost_and_sought(database: Database) -> None:
    """By what stands above none; by part of a name without accents; by the beginning of a code."""
    keep_organisations(database, read_organisations(TREE.encode()), "a.csv", START)
    day = "2026-01-01"
    assert [one.code for one in organisations.organisations(database, day)] == ["99000000000000"]
    for sought in ("muong khoa", "Mường Khoa", "99.168"):
        found = {one.code for one in organisations.organisations(database, day, sought=sought)}
        assert COMMUNE in found
    for nothing in ("50%", "."):
        assert organisations.organisations(database, day, sought=nothing) == ()
    database.close()


def test_circle_above_ends(database: Database) -> None:
    """Two organisations that name each other as parent make no endless line."""
    circle = HEAD + "99000000000000;2020-01-01;;A;98000000000000\n"
    circle += "98000000000000;2020-01-01;;B;99000000000000\n"
    keep_organisations(database, read_organisations(circle.encode()), "a.csv", START)
    assert len(organisations.line_above(database, "99000000000000", "2026-01-01")) == 1
    database.close()


def test_import_again_replaces_what_it_names(database: Database) -> None:
    """And leaves the rest; each import is in the audit."""
    keep_organisations(database, read_organisations(TREE.encode()), "a.csv", START)
    one = HEAD + "99168053000000;2020-01-01;;Đảng bộ xã Khác;\n"
    keep_organisations(database, read_organisations(one.encode()), "b.csv", START)
    (version,) = organisations.versions(database, COMMUNE)
    assert version.name == "Đảng bộ xã Khác"
    assert len(organisations.versions(database, "99168053000001")) == 1
    assert [(row.act, row.subject) for row in audit.read(database)] == [
        ("catalogue-import", "b.csv, 1"),
        ("catalogue-import", "a.csv, 6"),
    ]
    database.close()


def test_terminals_of_an_organisation(database: Database) -> None:
    """On each day those that stood there."""
    places = "tram;tu;den;ma\n99-1;2025-01-01;2026-01-01;99168053000001\n"
    places += "99-1;2026-01-01;;99170000000000\n"
    keep_places(database, read_places(places.encode()), "p.csv", START)
    assert organisations.terminals_of(database, "99168053000001", "2025-12-31") == ("99-1",)
    assert organisations.terminals_of(database, "99168053000001", "2026-01-01") == ()
    database.close()
