"""The roster from a file: previewed, then taken whole or not at all."""

from __future__ import annotations

import io
import re
import urllib.request
from collections.abc import Iterator

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from edge.meeting.roster_table import Column
from edge.meeting.table import Problem
from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.pairings import Pairings
from edge.web.security import COOKIE, MAX_UPLOAD
from edge.web.table_words import COLUMNS, PROBLEMS

from .conftest import Post, serving
from .meeting_terminal import MeetingTerminal, running, standing_roster

GOOD = "Họ và tên,Số thẻ,Diện\nHà Văn Thuận,123456789,ct\nLò Thị Mới,123456780,db\n"


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a roster and no meeting."""
    with running(standing_roster()) as made:
        yield made


def upload(client: FlaskClient, data: bytes, **fields: str) -> TestResponse:
    """Send a file as a browser does."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/danh-sach").text)
    assert token is not None
    form = {"csrf_token": token[1], "tep": (io.BytesIO(data), "ds.csv"), **fields}
    return client.post("/danh-sach", data=form)


def page_token(page: str) -> str:
    """Return the token of a preview that may be taken."""
    found = re.search(r'name="ma" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def workbook(text: str) -> bytes:
    """Return the rows as XLSX."""
    book, file = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for line in text.splitlines():
        sheet.append(line.split(","))
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("data", [GOOD.encode(), workbook(GOOD)], ids=["csv", "xlsx"])
def test_a_good_file(
    data: bytes, client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Who comes and who goes is named first; one touch takes it, an open meeting keeps its own."""
    terminal.begin()
    page = upload(client, data).text
    assert "Thêm: " in page
    assert "Thị <b>Mới</b>" in page
    assert "Vàng A <b>Sình</b>" in page  # gone
    assert terminal.desk.standing_roster == standing_roster()
    assert post("/danh-sach/nhan", ma=page_token(page)).status_code == 303
    new = terminal.desk.standing_roster
    assert new is not None
    assert (len(new.people), new.code) == (2, standing_roster().code)
    assert len(terminal.desk.require().roster.people) == len(standing_roster().people)


def test_a_bad_row(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """Each is named with what to do; there is no button to take the rest."""
    page = upload(client, (GOOD + ",1,ct\nLò A,12,ct\nLò B,,xx\n").encode()).text
    assert "3 dòng chưa nhận được." in page
    assert "Dòng 4: Họ và tên thiếu tên" in page
    assert "Dòng 5, Lò A: Số thẻ sai số chữ số" in page
    assert "Dòng 6, Lò B: Diện có từ mà trạm không hiểu" in page
    assert 'name="ma"' not in page


@pytest.mark.parametrize("data", [b"", b"\xff\x00\x81", b"a,b\n1,2\n", b"PK\x03\x04 no"])
def test_what_is_no_roster(data: bytes, client: FlaskClient, terminal: MeetingTerminal) -> None:
    """Said in words; nothing changes."""
    answer = upload(client, data)
    assert answer.status_code == 409
    assert "Không đọc được tệp này." in answer.text
    assert terminal.desk.standing_roster == standing_roster()


def test_a_page_that_is_too_old(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """Only the preview shown last is taken, and only once."""
    first = page_token(upload(client, GOOD.encode()).text)
    second = page_token(upload(client, GOOD.encode()).text)
    assert post("/danh-sach/nhan", ma=first).status_code == 403
    assert post("/danh-sach/nhan", ma="").status_code == 403
    assert terminal.desk.standing_roster == standing_roster()
    assert post("/danh-sach/nhan", ma=second).status_code == 303
    assert post("/danh-sach/nhan", ma=second).status_code == 403


def test_a_file_that_is_too_large(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """Refused before it is read; other forms have no more room than before."""
    assert upload(client, b"x" * MAX_UPLOAD).status_code == 413
    assert client.post("/ban/mo", data={"kind": "x" * 20_000}).status_code == 413
    assert terminal.desk.standing_roster == standing_roster()


def test_every_problem_has_its_sentence() -> None:
    """And every column its name."""
    assert set(PROBLEMS) == set(Problem)
    assert set(COLUMNS) == set(Column)


def test_the_first_roster(client: FlaskClient, post: Post, terminal: MeetingTerminal) -> None:
    """Asks for the organisation too, and refuses a code of another length."""
    terminal.book._roster = None
    answer = upload(client, GOOD.encode(), to="Chi bộ 1", **{"ma-to": "123"})
    assert answer.status_code == 409
    assert "Điền tên và mã 14 chữ số" in answer.text
    page = upload(client, GOOD.encode(), to="Chi bộ 1", **{"ma-to": "99.168.053.000.004"}).text
    post("/danh-sach/nhan", ma=page_token(page))
    assert terminal.desk.standing_roster is not None
    assert terminal.desk.standing_roster.organisation == "Chi bộ 1"


def test_a_long_roster_over_the_running_server(
    terminal: MeetingTerminal, keeper: Doorkeeper, pairings: Pairings
) -> None:
    """What the page takes the server lets through: a list of some hundred kilobytes."""
    lines = "".join(f"Nguyễn Văn An {number},,db\n" for number in range(3_000))
    data = f"Họ và tên,Số thẻ,Diện\n{lines}".encode()
    assert 64 * 1024 < len(data) < MAX_UPLOAD
    with serving(terminal, keeper, pairings) as served:
        token = keeper.open_desk(None, Role.SECRETARY, Way.PIN)
        jar = {"Cookie": f"{COOKIE}={token}"}
        page = http_get(f"{served.url}/danh-sach", jar)
        form = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert form is not None
        fields = {"csrf_token": form[1], "tep": (io.BytesIO(data), "ds.csv")}
        environ = EnvironBuilder(method="POST", data=fields).get_environ()
        sent = {**jar, "Content-Type": environ["CONTENT_TYPE"]}
        page = http_get(f"{served.url}/danh-sach", sent, environ["wsgi.input"].read())
        assert "Thêm: " in page


def http_get(address: str, headers: dict[str, str], data: bytes | None = None) -> str:
    """Return a page of the running server."""
    request = urllib.request.Request(address, data, headers)  # noqa: S310 -- loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- loopback
        return str(answer.read().decode())


@pytest.mark.parametrize("path", ["/danh-sach", "/phat-the/danh-sach"])
def test_a_file_of_hundreds_of_kilobytes_has_room(client: FlaskClient, path: str) -> None:
    """Each page that takes a file takes one of the size that it says, whoever sends it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/danh-sach").text)
    assert token is not None
    form = {"csrf_token": token[1], "tep": (io.BytesIO(b"x" * 400_000), "ds.csv")}
    assert client.post(path, data=form).status_code in (303, 409)
