"""Rows from a file or a database: all cells as they were written, or a refusal that says where."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office import list_rows, tables
from provisioning.office.list_rows import CARD_COLUMNS, CERTIFICATE_COLUMNS
from provisioning.office.tables import Row, csv_rows, database_rows

ENTRY = "0123456789abcdef0123456789abcdef"
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


def _read(path: Path, columns: tuple[str, ...] = CARD_COLUMNS) -> list[Row]:
    with csv_rows(path, columns) as rows:
        return list(rows)


@pytest.mark.parametrize(
    "text",
    [
        f"entry,reason,since\n{ENTRY},lost,2026-11-01\n",
        f"\ufeffSince; Reason ;ENTRY\r\n2026-11-01;lost; {ENTRY} \r\n",
        f'why\tentry\treason\tsince\n"a\tb"\t{ENTRY}\tlost\t2026-11-01',
    ],
)
def test_files_of_spreadsheets(tmp_path: Path, text: str) -> None:
    """Commas, semicolons, tabs; columns in any order, and more than are asked for."""
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    rows = _read(path)
    assert [dict(row.cells) for row in rows] == [
        {"entry": ENTRY, "reason": "lost", "since": "2026-11-01"}
    ]
    assert rows[0].number == 2
    assert list(list_rows.card_entries(rows)) == [
        (int(ENTRY, 16), ReasonCode.CERTIFICATE_HOLD, NOVEMBER)
    ]


def test_empty_lines(tmp_path: Path) -> None:
    """They are passed over, and the others keep their numbers."""
    path = tmp_path / "rows.csv"
    path.write_text(f"entry,reason,since\n\n,,\n{ENTRY},lost,2026-11-01\n")
    assert [row.number for row in _read(path)] == [4]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no column entry, reason, since"),
        (b"entry,reason\n", "no column since"),
        (b"entry,reason,since\na,b\n", "row 2"),
        (b"entry,reason,since\na,b,c,d\n", "row 2"),
        (b'entry,reason,since\n"a,b,c\n', "no CSV"),
        (b"entry,reason,since\n\xff\xfe,b,c\n", "not UTF-8"),
        (b"entry,reason,since\n" + b"a" * 1001 + b",b,c\n", "1000 characters"),
    ],
)
def test_file_that_is_no_table(tmp_path: Path, data: bytes, why: str) -> None:
    """Our own error, and where."""
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with pytest.raises(OfficeInputInvalid, match=why):
        _read(path)


def test_more_rows_than_there_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without an end is not read to its end."""
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    path = tmp_path / "rows.csv"
    path.write_text("entry,reason,since\n" + "a,b,c\n" * 3)
    with pytest.raises(OfficeInputInvalid, match="more than 3 rows"):
        _read(path)


def test_table_of_a_database(tmp_path: Path) -> None:
    """Texts, octets and dates come as the columns of a file would have them."""
    path = tmp_path / "office.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE cards (id, entry, reason TEXT, since DATE, name TEXT)")
        database.execute(
            "INSERT INTO cards VALUES (1, ?, 'lost', '2026-11-01', 'x')", (bytes.fromhex(ENTRY),)
        )
    database.close()
    with database_rows(f"sqlite:///{path}", "cards", CARD_COLUMNS) as rows:
        assert list(list_rows.card_entries(rows)) == [
            (int(ENTRY, 16), ReasonCode.CERTIFICATE_HOLD, NOVEMBER)
        ]


@pytest.mark.parametrize(
    ("url", "table", "why"),
    [
        ("office.sqlite", "cards", "address"),
        ("nosuch://host/name", "cards", "address"),
        ("sqlite:///{path}", "absent", "table absent cannot be read"),
        ("sqlite:///{path}", "cards", "no column entry, reason, since"),
        ("sqlite:///{path}/absent/office.sqlite", "cards", "cannot be read"),
        ("sqlite:///{path}", 'cards"; DROP TABLE cards; --', "cannot be read"),
    ],
)
def test_database_that_cannot_be_read(tmp_path: Path, url: str, table: str, why: str) -> None:
    """Our own error; the address, which may hold a password, is not repeated."""
    path = tmp_path / "office.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE cards (id)")
    database.close()
    with (
        pytest.raises(OfficeInputInvalid, match=why) as refused,
        database_rows(url.format(path=path), table, CARD_COLUMNS) as rows,
    ):
        list(rows)
    assert "sqlite:///" + str(path) not in str(refused.value)


def _row(**cells: str) -> list[Row]:
    return [Row(7, cells)]


@pytest.mark.parametrize(
    "change",
    [
        {"entry": ENTRY[:-1]},
        {"entry": "8" + ENTRY[1:]},
        {"entry": "0" * 32},
        {"entry": "g" * 32},
        {"reason": "suspended"},
        {"reason": ""},
        {"since": "01/11/2026"},
        {"since": ""},
        {"since": "2026-13-01"},
    ],
)
def test_card_that_cannot_be_listed(change: dict[str, str]) -> None:
    """No entry, another reason than the five, no date: the row is named. Suspension is none."""
    cells = {"entry": ENTRY, "reason": "lost", "since": "2026-11-01"} | change
    with pytest.raises(OfficeInputInvalid, match="Row 7"):
        list(list_rows.card_entries(_row(**cells)))


def test_certificates() -> None:
    """Serials as openssl prints them, too; a time with its zone."""
    rows = [
        Row(2, {"serial": "0A:1b", "since": "2026-11-01T07:00:00+07:00"}),
        Row(3, {"serial": "0xff", "since": "2026-11-01"}),
    ]
    assert list_rows.revoked_serials(rows) == {0x0A1B: NOVEMBER, 0xFF: NOVEMBER}


@pytest.mark.parametrize("serial", ["", "g", "1" * 41, "-1"])
def test_serial_that_is_none(serial: str) -> None:
    """Hexadecimal, up to 20 octets."""
    with pytest.raises(OfficeInputInvalid, match="hexadecimal"):
        list_rows.serial_of(serial)
    with pytest.raises(OfficeInputInvalid, match="Row 7"):
        list_rows.revoked_serials(_row(serial=serial, since="2026-11-01"))


def test_serial_twice() -> None:
    """One certificate has one row."""
    rows = _row(serial="1", since="2026-11-01") * 2
    with pytest.raises(OfficeInputInvalid, match="earlier row"):
        list_rows.revoked_serials(rows)


def test_entry_and_its_text() -> None:
    """What is written beside a card is what the column takes."""
    assert list_rows.entry_text(int(ENTRY, 16)) == ENTRY
    assert CERTIFICATE_COLUMNS == ("serial", "since")
