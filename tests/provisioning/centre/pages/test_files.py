"""Every table as CSV and XLSX: as on the page, and no cell is a formula."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from flask.testing import FlaskClient

from provisioning.centre import catalogue
from provisioning.centre.pages.files import to_csv, to_xlsx
from provisioning.centre.people import audit
from provisioning.centre.people.roles import Role
from tests.provisioning.centre.made import Centre

from .conftest import ComeIn
from .stage import ORGANISATIONS, fill, fill_more

FILES = {
    "/cac-tram": "99-0388",
    "/canh-bao": "SEQ_REUSED",
    "/xet-lai": "CARD_REVOKED",
    "/de-rieng": "EVENT_HASH_DIFFERS",
    "/cuoc-hop": "99.168.053.000.001",
    "/theo-to-chuc": "99.000.000.000.000",
    "/theo-ngay": "2026-11-",
    "/to-chuc": "99168053000000",
}
HARMFUL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"]


@pytest.fixture
def operator(pages: Centre, come_in: ComeIn) -> FlaskClient:
    """Return an operator's browser before a centre that has something in every table."""
    fill(pages.store.database, pages.now)
    fill_more(pages.store.database, pages.now)
    return come_in(Role.OPERATOR)


def cells_of(data: bytes) -> list[list[object]]:
    """Return the cells of a workbook's one sheet."""
    (sheet,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("path", FILES)
def test_both_forms_say_the_same(pages: Centre, operator: FlaskClient, path: str) -> None:
    """Same head, same rows; named by what it is and the day; written down."""
    first = operator.get(f"{path}.csv")
    second = operator.get(f"{path}.xlsx")
    assert (first.status_code, second.status_code) == (200, 200)
    name = path.removeprefix("/")
    disposition = first.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="{name}_2026-11-21.csv"'
    text = first.data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert len(rows) > 1
    assert FILES[path] in text
    book = [["" if cell is None else str(cell) for cell in row] for row in cells_of(second.data)]
    assert book == rows
    acts = [row.act for row in audit.read(pages.store.database)]
    assert acts[:2] == ["export", "export"]


def test_other_form(operator: FlaskClient) -> None:
    """There is none."""
    assert operator.get("/cac-tram.pdf").status_code == 404


def test_organisations_can_be_imported_again(operator: FlaskClient) -> None:
    """The file of a day is a catalogue of that day."""
    taken = catalogue.read_organisations(operator.get("/to-chuc.csv").data)
    kept = catalogue.read_organisations(ORGANISATIONS.encode())
    assert set(taken) == {one for one in kept if one.until is None}


def test_cell_with_characters_of_no_file() -> None:
    """What XML cannot hold is shown as such, and the table leaves all the same, alike in both."""
    data = to_csv(["A"], [["a\x01b\x0c\ufffe"]]).decode("utf-8-sig")
    assert data == "A\r\na\ufffdb\ufffd\ufffd\r\n"
    assert cells_of(to_xlsx("t", ["A"], [["a\x01b\x0c\ufffe"]])) == [
        ["A"],
        ["a\ufffdb\ufffd\ufffd"],
    ]


def test_harmful_cells() -> None:
    """What begins like a formula is text in both forms, however it begins; figures stay figures."""
    data = to_csv(["A"], [[text] for text in HARMFUL]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data, newline=""), delimiter=";"))
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in HARMFUL]
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx("t", ["=A"], [["=1+1", -1], ["+1", None]])))
    (sheet,) = book.worksheets
    found = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
    assert found[0][0] == ("'=A", "s")
    assert found[1] == [("'=1+1", "s"), (-1, "n")]
    assert found[2][0] == ("'+1", "s")
