"""Sheets of closed meetings: signed at the end, the same whenever they are made again."""

from __future__ import annotations

import hashlib
import io
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import replace

import openpyxl
import pytest
from flask.testing import FlaskClient

from edge.log.forget import destroy_due
from edge.meeting.opening import default
from edge.meeting.rules import Kind
from edge.meeting.sheet_jws import short_code, verify
from edge.web import sheet_page
from edge.wire.kinds import AnnulReason, EventKind, ExportOutcome, HandReason

from .conftest import Post
from .meeting_terminal import KEY, MeetingTerminal, running, standing_roster

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a meeting: two by card, one by hand, three not here."""
    with running(standing_roster()) as made:
        opening = default(Kind.REGULAR, begins=made.at)
        made.begin(replace(opening, chair="1", secretary="2", place="nhà họp"))
        made.tap("1")
        made.tap("2")
        made.desk.hand_entry("6", HandReason.PROBATIONARY, late=False)
        yield made


def end(terminal: MeetingTerminal, post: Post) -> str:
    """Close the meeting by its page and return its context."""
    context = terminal.desk.require().context
    terminal.later(100)
    answer = post("/ban/dong", **{"vang": "1", "xac-nhan": "1"})
    assert answer.headers["Location"] == f"/ban/bien-ban/{context}"
    return context


def test_the_sheet_is_signed_at_the_end(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Its hash is in the log; the page offers it; its sums are those of the meeting."""
    context = end(terminal, post)
    signed = terminal.sheets.get(context, 0)
    recorded = [terminal.log.body(e) for e in terminal.events() if e.kind is EventKind.SHEET]
    assert [body["sha256"] for body in recorded] == [signed.digest.hex()]
    assert signed.sheet.figures == terminal.desk.past(context).closing_figures
    assert (signed.sheet.chair, signed.sheet.figures.present) == ("Hà Văn Thuận", 3)
    assert signed.sheet.hand.confirmed == 1
    assert "Ký lúc 20:43" in client.get(f"/ban/bien-ban/{context}").text


def test_a_meeting_without_a_title(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Is called by its kind and month, and its day, on its page and in the list."""
    context = end(terminal, post)
    for path in (f"/ban/bien-ban/{context}", "/ban/bien-ban"):
        assert "Sinh hoạt thường kỳ tháng 11/2026, 05/11/2026" in client.get(path).text


def test_a_sheet_made_again_is_the_same(terminal: MeetingTerminal, post: Post) -> None:
    """An hour later, with other lists: what was known at signing is what it says."""
    context = end(terminal, post)
    first = terminal.sheets.get(context, 0)
    terminal.later(60)
    terminal.view = replace(terminal.view, lists=(), last_sync=None)
    assert terminal.sheets.get(context, 0).sheet == first.sheet


@pytest.mark.parametrize(
    ("form", "kind", "recorded"),
    [
        ("csv", CSV, "CSV"),
        ("xlsx", XLSX, "XLSX"),
        ("json", "application/jose", "JSON"),
        ("html", "text/html", "PRINT"),
    ],
)
def test_a_sheet_is_taken_along(
    form: str, kind: str, recorded: str, terminal: MeetingTerminal, post: Post
) -> None:
    """The right type and name, kept by no browser; that it left is in the log."""
    context = end(terminal, post)
    answer = post(f"/ban/bien-ban/{context}/0/{form}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == kind
    assert (
        f'filename="bien-ban_99-0417_2026-11-05_1.{form}"'
        in (answer.headers["Content-Disposition"])
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert terminal.events()[-1].kind is EventKind.EXPORTED
    assert terminal.events()[-1].outcome == recorded


def test_a_sheet_is_printed(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """By a button of its page; kept by no browser, fetching nothing; that it left is in the log."""
    context = end(terminal, post)
    address = f"/ban/bien-ban/{context}/0/in"
    assert f'formaction="{address}"' in client.get(f"/ban/bien-ban/{context}").text
    answer = post(address)
    assert answer.status_code == 200
    signed = terminal.sheets.get(context, 0)
    assert sheet_page.main(signed.sheet, signed.digest) in answer.text
    assert f'href="/ban/bien-ban/{context}"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    event = terminal.events()[-1]
    assert (event.kind, event.outcome) == (EventKind.EXPORTED, ExportOutcome.PRINT)
    assert terminal.log.body(event)["sha256"] == signed.digest.hex()


def test_a_look_at_the_paper_is_no_print(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Only the button prints: an address that is visited shows nothing and records nothing."""
    context = end(terminal, post)
    seen = len(terminal.events())
    for form in ("in", "html", "csv"):
        assert client.get(f"/ban/bien-ban/{context}/0/{form}").status_code == 405
    assert len(terminal.events()) == seen


def test_a_supplement_is_printed(terminal: MeetingTerminal, post: Post) -> None:
    """Under its own heading, with the code of the sheet before."""
    context = end(terminal, post)
    post(f"/ban/bien-ban/{context}/bo-sung", viec="vang", person="5", vang="EXCUSED")
    post(f"/ban/bien-ban/{context}/ky")
    page = post(f"/ban/bien-ban/{context}/1/in").text
    assert "BIÊN BẢN BỔ SUNG" in page
    assert short_code(terminal.sheets.get(context, 0).digest) in page


def test_the_files_say_the_same(terminal: MeetingTerminal, post: Post) -> None:
    """JSON verifies by the terminal's key; CSV and XLSX name whom it names."""
    context = end(terminal, post)
    compact = post(f"/ban/bien-ban/{context}/0/json").text
    signed = verify(compact, lambda _: KEY.public_key())
    payload = compact.split(".")[1]
    assert hashlib.sha256(urlsafe_b64decode(payload + "==")).digest() == signed.digest
    assert json.loads(urlsafe_b64decode(payload + "=="))["figures"]["present"] == 3
    table = post(f"/ban/bien-ban/{context}/0/csv").data.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(post(f"/ban/bien-ban/{context}/0/xlsx").data))
    cells = {str(cell) for sheet in book for row in sheet.values for cell in row}
    for line in signed.sheet.people:
        assert line.name in table
        assert any(line.name in cell for cell in cells)


def test_every_form_can_be_had(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """One after another, also after the terminal looked for names to forget; each is told of."""
    context = end(terminal, post)
    for form in ("csv", "json", "xlsx", "csv"):
        assert post(f"/ban/bien-ban/{context}/0/{form}").status_code == 200
        terminal.later(10)
        assert destroy_due(terminal.log, terminal.now()) == ()
    assert "Đã lấy: CSV, XLSX, JSON đã ký." in client.get(f"/ban/bien-ban/{context}").text
    kinds = [event.kind for event in terminal.events()]
    assert kinds.count(EventKind.EXPORTED) == 4


def test_the_secretary_says_that_all_was_taken(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """The names go at once: the list is empty, the sheet's page says where they are."""
    context = end(terminal, post)
    post(f"/ban/bien-ban/{context}/0/csv")
    assert "Xong, quên tên" in client.get(f"/ban/bien-ban/{context}").text
    answer = post(f"/ban/bien-ban/{context}/xong")
    assert "Đã quên tên." in client.get(answer.headers["Location"]).text
    assert "Không còn cuộc họp nào" in client.get("/ban/bien-ban").text
    answer = client.get(f"/ban/bien-ban/{context}")
    assert answer.status_code == 409
    assert "Trạm không còn giữ tên trong cuộc họp này." in answer.text


def test_names_are_not_forgotten_by_mistake(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Not before each sheet was taken along, nor with something unsigned: refused, and kept."""
    context = end(terminal, post)
    page, done = f"/ban/bien-ban/{context}", f"/ban/bien-ban/{context}/xong"
    assert "Xong, quên tên" not in client.get(page).text
    assert post(done).status_code == 409
    post(f"{page}/0/json")
    post(f"{page}/bo-sung", viec="vang", person="5", vang="EXCUSED")
    assert "Xong, quên tên" not in client.get(page).text
    assert post(done).status_code == 409
    post(f"{page}/ky")
    assert post(done).status_code == 409
    post(f"{page}/1/csv")
    assert terminal.sheets.get(context, 0).sheet.figures.present == 3
    assert post(done).status_code == 303


def test_nobody_says_so(client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """A day after the first form the names go all the same."""
    context = end(terminal, post)
    post(f"/ban/bien-ban/{context}/0/csv")
    terminal.later(24 * 60 - 1)
    assert destroy_due(terminal.log, terminal.now()) == ()
    terminal.later(1)
    assert destroy_due(terminal.log, terminal.now()) == (context,)
    assert client.get(f"/ban/bien-ban/{context}").status_code == 409


def test_a_late_entry_makes_a_supplement(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Number 1 names the sheet before; the closing sheet stays as it was."""
    context = end(terminal, post)
    closing = terminal.sheets.get(context, 0)
    late = f"/ban/bien-ban/{context}/bo-sung"
    assert "chưa ký" not in client.get(f"/ban/bien-ban/{context}").text
    post(late, viec="ghi-tay", person="3", **{"ly-do": "FORGOTTEN"})
    post(late, viec="vang", person="5", vang="EXCUSED")
    assert "2 việc sau khi đóng, chưa ký" in client.get(f"/ban/bien-ban/{context}").text
    post(f"/ban/bien-ban/{context}/ky")
    first = terminal.sheets.get(context, 1)
    assert first.sheet.supplement is not None
    assert first.sheet.supplement.of == closing.digest
    assert [one.code for one in first.sheet.supplement.later] == ["FORGOTTEN", "EXCUSED"]
    assert (first.sheet.figures.present, first.sheet.figures.excused) == (4, 1)
    assert terminal.sheets.get(context, 0).sheet == closing.sheet
    post(late, viec="huy", seq=str(terminal.desk.past(context).by_hand[-1].seq))
    post(f"/ban/bien-ban/{context}/ky")
    second = terminal.sheets.get(context, 2)
    assert second.sheet.supplement is not None
    assert second.sheet.supplement.of == first.digest
    assert second.sheet.figures.present == 3
    assert [one.code for one in second.sheet.supplement.later] == [AnnulReason.BY_MISTAKE]
    assert "Biên bản bổ sung 2" in client.get(f"/ban/bien-ban/{context}").text


def test_what_cannot_be_done_after_the_end(terminal: MeetingTerminal, post: Post) -> None:
    """Nothing new to sign, a form that does not exist, an act of another kind, an open meeting."""
    open_still = terminal.desk.require().context
    assert post(f"/ban/bien-ban/{open_still}/bo-sung", viec="vang").status_code == 409
    assert post(f"/ban/bien-ban/{open_still}/ky").status_code == 409
    context = end(terminal, post)
    seen = len(terminal.events())
    assert post(f"/ban/bien-ban/{context}/ky").status_code == 409
    assert post(f"/ban/bien-ban/{context}/0/pdf").status_code == 404
    assert post(f"/ban/bien-ban/{context}/7/csv").status_code == 409
    assert post(f"/ban/bien-ban/{context}/7/in").status_code == 409
    late = f"/ban/bien-ban/{context}/bo-sung"
    assert post(late, viec="xoa").status_code == 400
    assert post(late, viec="ghi-tay", person="3").status_code == 400
    assert post(late, viec="vang", person="3", vang="SICK").status_code == 400
    assert post(late, viec="vang", person="1", vang="EXCUSED").status_code == 409
    assert post(f"/ban/bien-ban/{'0' * 32}/ky").status_code == 409
    assert len(terminal.events()) == seen


def test_the_second_meeting_of_a_day(terminal: MeetingTerminal, post: Post) -> None:
    """Is number 2 of it, and the next morning's number 1 again."""
    end(terminal, post)
    terminal.begin()
    second = end(terminal, post)
    assert str(terminal.sheets.get(second, 0).sheet.meeting) == "2026-11-05/2"
    terminal.later(24 * 60)
    terminal.begin()
    third = end(terminal, post)
    assert str(terminal.sheets.get(third, 0).sheet.meeting) == "2026-11-06/1"
