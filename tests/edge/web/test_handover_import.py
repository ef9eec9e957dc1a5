"""The list of a batch: previewed, then taken whole or not at all; and how a batch ends."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.handover_book import MAX_TITLE
from edge.web.security import COOKIE
from tests.edge.procedure.batch_made import AYUN

from .batch_pages import BAD_CSV, CSV, begin, deliver
from .fake_terminal import FakeTerminal


@pytest.fixture
def officer(app: Flask, keeper: Doorkeeper) -> FlaskClient:
    """Return a browser at which the officer came in."""
    browser = app.test_client()
    browser.set_cookie(COOKIE, keeper.open_desk(None, Role.OFFICER, Way.PIN))
    return browser


def form(officer: FlaskClient, path: str = "/phat-the/danh-sach") -> dict[str, str]:
    """Return the token of a page's form."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', officer.get(path).text)
    assert token is not None
    return {"csrf_token": token[1]}


def upload(officer: FlaskClient, data: bytes = CSV.encode(), **fields: str) -> TestResponse:
    """Send a file as a browser does."""
    usual = {"ten": "đợt 2", "han": "2026-11-30"} | fields
    sent = form(officer) | usual | {"tep": (io.BytesIO(data), "ds.csv")}
    return officer.post("/phat-the/danh-sach", data=sent)


def take(officer: FlaskClient, page: str) -> TestResponse:
    """Take the list that was shown."""
    found = re.search(r'name="ma" value="([^"]+)"', page)
    assert found is not None
    return officer.post("/phat-the/danh-sach/nhan", data=form(officer) | {"ma": found[1]})


def end(officer: FlaskClient, what: str) -> TestResponse:
    """End the day or the batch."""
    return officer.post(
        "/phat-the/ket-thuc", data=form(officer, "/phat-the/con-lai") | {"lam": what}
    )


def running(terminal: FakeTerminal) -> bool:
    """Return whether there is a batch."""
    return terminal.handover.book.batch is not None


def test_a_batch_begins(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Without one the page asks for a list; shown first, then taken."""
    assert officer.get("/phat-the").headers["Location"] == "/phat-the/danh-sach"
    shown = upload(officer)
    assert "Chi bộ bản Nậm Khoai: 1, hạn 30/11/2026" in shown.text
    assert not running(terminal)
    assert take(officer, shown.text).headers["Location"] == "/phat-the"
    batch = terminal.handover.book.batch
    assert batch is not None
    assert (batch.title, len(batch.cards), batch.citizen_card) == ("đợt 2", 2, False)


def test_citizen_cards_are_demanded(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Then a row without a personal number is not taken."""
    demanded = {"can-cuoc": "1"}
    shown = upload(officer, CSV.encode(), **demanded)
    assert "Dòng 3, Vi Thị Mai: Số định danh còn trống" in shown.text
    only = "\n".join(CSV.splitlines()[:2])
    take(officer, upload(officer, only.encode(), **demanded).text)
    batch = terminal.handover.book.batch
    assert batch is not None
    assert batch.citizen_card


def test_bad_row(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Named with its line and what to do; there is nothing to take."""
    shown = upload(officer, BAD_CSV.encode()).text
    assert "Dòng 3, Vi Thị Mai: Số thẻ mới sai số chữ số" in shown
    assert 'name="ma"' not in shown


@pytest.mark.parametrize(
    ("data", "fields", "says"),
    [
        (b"\xff\xff\xff", {}, "Không đọc được tệp này."),
        (b"", {}, "Không đọc được tệp này."),
        (b"A,B\n1,2\n", {}, "Không đọc được tệp này."),
        (CSV.encode(), {"ten": " "}, "Thiếu tên đợt hoặc hạn phát."),
        (CSV.encode(), {"ten": "x" * (MAX_TITLE + 1)}, "Thiếu tên đợt hoặc hạn phát."),
        (CSV.encode(), {"han": "30/11"}, "Thiếu tên đợt hoặc hạn phát."),
    ],
)
def test_form_that_cannot_be_used(
    officer: FlaskClient, data: bytes, fields: dict[str, str], says: str
) -> None:
    """Said, with what to do; nothing is taken."""
    answer = upload(officer, data, **fields)
    assert answer.status_code == 409
    assert says in answer.text
    assert 'name="ma"' not in answer.text


def test_heading_without_rows(officer: FlaskClient) -> None:
    """An empty list is nothing to begin with."""
    shown = upload(officer, CSV.splitlines()[0].encode()).text
    assert "Tệp không có thẻ nào." in shown
    assert 'name="ma"' not in shown


def test_corrected_list(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Goes on under the batch's own name; who got the card is not asked again."""
    begin(terminal)
    deliver(terminal)
    shown = upload(officer)
    assert "Ai đã nhận thẻ vẫn là đã nhận" in shown.text
    take(officer, shown.text)
    view = terminal.handover.book.view()
    assert view is not None
    assert (view.delivered, view.left) == (1, 1)


def test_list_of_an_older_page(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Only the list that was shown last can be taken, and once."""
    first = upload(officer).text
    second = upload(officer).text
    assert take(officer, first).status_code == 403
    assert take(officer, second).status_code == 303
    begin(terminal)
    assert take(officer, second).status_code == 403


def test_end_of_a_day(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The batch goes on; the next day the list is shorter."""
    begin(terminal)
    deliver(terminal)
    assert "Đã giao 1 trên 3 thẻ." in officer.get("/phat-the/ket-thuc").text
    ended = officer.post(
        "/phat-the/ket-thuc", data=form(officer, "/phat-the/con-lai") | {"lam": "ngay"}
    )
    assert ended.headers["Location"] == "/phat-the"
    assert "Hôm nay chưa ghi lượt nào." in officer.get("/phat-the/ket-thuc").text
    assert AYUN.number not in officer.get("/phat-the/con-lai").text


def test_end_of_the_batch(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The page says who is left, and that the list is forgotten."""
    begin(terminal)
    assert (
        "Còn 3 người chưa nhận thẻ. Trạm quên danh sách này."
        in officer.get("/phat-the/ket-thuc").text
    )
    ended = officer.post(
        "/phat-the/ket-thuc", data=form(officer, "/phat-the/con-lai") | {"lam": "dot"}
    )
    assert ended.headers["Location"] == "/phat-the/danh-sach"
    assert not running(terminal)
    for path in ("/phat-the/con-lai", "/phat-the/ngoai-le", "/phat-the/ket-thuc"):
        assert officer.get(path).headers["Location"] == "/phat-the/danh-sach"


def test_batch_past_its_date(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The pages say so."""
    begin(terminal)
    terminal.view = replace(terminal.view, now=terminal.view.now + timedelta(days=26))
    page = officer.get("/phat-the").text
    assert "hạn 30/11/2026 đã qua" in page
    assert "quá hạn, còn 2 người" in page
