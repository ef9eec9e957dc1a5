"""The pages of a batch: the steps of a card, who is left, exceptions, the slip; whose they are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.procedure.handover import Refusal, State
from edge.procedure.handover_batch import Field
from edge.procedure.handover_book import SAID
from edge.procedure.handover_list import Column
from edge.procedure.handover_progress import Pace
from edge.tap.scene import SceneState
from edge.web import handover_words
from edge.web.security import COOKIE
from edge.wire.kinds import HandoverOutcome, HandoverReason
from reader.evidence import PasswordKind
from tests.edge.procedure.batch_made import AYUN, DO, MAI
from verify.verdict import Outcome

from .batch_pages import JPEG, begin, deliver, lay, nobody_of_the_batch
from .fake_terminal import FakeTerminal

Send = Callable[..., TestResponse]


@pytest.fixture
def officer(app: Flask, keeper: Doorkeeper, terminal: FakeTerminal) -> FlaskClient:
    """Return a browser at which the officer came in, at a terminal with a batch."""
    begin(terminal)
    browser = app.test_client()
    browser.set_cookie(COOKIE, keeper.open_desk(None, Role.OFFICER, Way.PIN))
    return browser


@pytest.fixture
def send(officer: FlaskClient) -> Send:
    """Return a poster that first takes the token from a page."""

    def post(path: str, **fields: str) -> TestResponse:
        page = officer.get("/phat-the/con-lai").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        return officer.post(path, data={"csrf_token": token[1], **fields})

    return post


def state(terminal: FakeTerminal, card_id: str = AYUN.id) -> State:
    """Return how a card stands."""
    view = terminal.handover.book.view()
    assert view is not None
    return view.standings[card_id].state


def test_a_card_from_chip_to_slip(officer: FlaskClient, send: Send, terminal: FakeTerminal) -> None:
    """Steps fill, the old card is said, the card is handed over, the slip has two signatures."""
    assert "Đặt thẻ mới lên đầu đọc" in officer.get("/phat-the").text
    send("/phat-the/luot", nguoi=AYUN.id)
    assert "Chip mới: đặt thẻ lên đầu đọc" in officer.get("/phat-the").text
    lay(terminal)
    assert "Chip mới: thẻ hợp lệ" in officer.get("/phat-the").text
    lay(terminal, profile="cccd")
    assert "Đúng người: căn cước khớp" in officer.get("/phat-the").text
    done = send("/phat-the/giao/c1", **{"the-cu": "COLLECTED"})
    assert done.headers["Location"] == "/phat-the"
    assert "Đã giao thẻ cho Y Ƀhiăo Ayŭn" in officer.get("/phat-the").text
    slip = officer.get("/phat-the/phieu/c1").text
    assert slip.count("(ký, ghi rõ họ tên)") == 2
    for text in (AYUN.name, AYUN.number, "đã thu", "thẻ căn cước, số định danh trùng"):
        assert text in slip
    assert state(terminal) is State.DELIVERED
    lay(terminal, DO)
    assert "Đã giao thẻ cho" not in officer.get("/phat-the").text


def test_lost_card_on_the_slip(officer: FlaskClient, send: Send, terminal: FakeTerminal) -> None:
    """With the number of its report; the person was shown by papers."""
    lay(terminal)
    send("/phat-the/giao/c1", **{"the-cu": "OLD_CARD_LOST", "don": "12/BC", "giay-to": "1"})
    slip = officer.get("/phat-the/phieu/c1").text
    assert "mất, đơn báo mất số 12/BC" in slip
    assert "so mặt với giấy tờ" in slip


@pytest.mark.parametrize(
    ("laid", "fields", "says"),
    [
        (False, {"the-cu": "COLLECTED", "giay-to": "1"}, "Đặt thẻ mới lên đầu đọc trước."),
        (True, {"the-cu": "COLLECTED"}, "Chưa đối chiếu người nhận."),
        (True, {"giay-to": "1"}, "Chọn thẻ cũ đã thu, mất hay hỏng."),
        (True, {"giay-to": "1", "the-cu": "NO_OLD_CARD"}, "Danh sách ghi người này có thẻ cũ"),
        (True, {"giay-to": "1", "the-cu": "OLD_CARD_LOST"}, "Ghi số đơn báo mất thẻ cũ."),
        (True, {"giay-to": "1", "the-cu": "vứt"}, "Chọn thẻ cũ đã thu, mất hay hỏng."),
    ],
)
def test_step_that_is_missing(
    officer: FlaskClient, send: Send, terminal: FakeTerminal,
    laid: bool, fields: dict[str, str], says: str,
) -> None:  # fmt: skip
    """Said beside the step; what was chosen stays chosen; nothing is handed over."""
    send("/phat-the/luot", nguoi=AYUN.id)
    if laid:
        lay(terminal)
    answer = send("/phat-the/giao/c1", **fields)
    assert answer.status_code == 409
    assert says in answer.text
    if fields.get("giay-to") and laid:
        assert re.search(r'name="giay-to" value="1" checked', answer.text)
    assert state(terminal) is not State.DELIVERED


def test_chip_that_differs(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """The desk says in which field; so does the list of exceptions."""
    lay(terminal, birth="1979-04-03")
    page = officer.get("/phat-the").text
    assert "Chip mới: khác danh sách" in page
    assert "ngày sinh" in page
    odd = officer.get("/phat-the/ngoai-le").text
    assert "dữ liệu khác danh sách: ngày sinh" in odd


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome.REJECTED, "Chip mới: không nhận thẻ này"),
        (Outcome.INDETERMINATE, "Chip mới: chưa đủ căn cứ xác thực"),
    ],
)
def test_chip_that_is_not_accepted(
    officer: FlaskClient, terminal: FakeTerminal, outcome: Outcome, says: str
) -> None:
    """The step says so, and why."""
    lay(terminal, outcome=outcome)
    assert says in officer.get("/phat-the").text


def test_citizen_card_of_another(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """It can be taken back where it was a slip of the hand."""
    lay(terminal)
    lay(terminal, DO, profile="cccd")
    page = officer.get("/phat-the").text
    assert "Căn cước này của người khác" in page
    assert re.search(r'href="/phat-the/huy/c1/\d+"', page)


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        ("dang-vien", "Thẻ này không có trong danh sách của đợt."),
        ("cccd", "Căn cước này không đối chiếu được"),
        ("icao", "Không phải thẻ đảng viên hay thẻ căn cước."),
    ],
)
def test_card_that_is_nobodys(
    officer: FlaskClient, terminal: FakeTerminal, profile: str, says: str
) -> None:
    """Each kind is said in its own words, and no step is filled."""
    lay(terminal, nobody_of_the_batch(), profile=profile)
    assert says in officer.get("/phat-the").text


def test_card_of_a_day_before(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """It is not handed over twice."""
    deliver(terminal)
    terminal.handover.book.end_day()
    lay(terminal)
    assert "Thẻ này đã giao ngày 05/11/2026." in officer.get("/phat-the").text


def test_photo_of_the_card_that_was_laid(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Of that one and no other."""
    place = lay(terminal).place
    answer = officer.get(f"/phat-the/anh/{place}")
    assert (answer.data, answer.mimetype) == (JPEG, "image/jpeg")
    assert f"/phat-the/anh/{place}" in officer.get("/phat-the").text
    assert officer.get(f"/phat-the/anh/{place + 1}").status_code == 404
    lay(terminal, outcome=Outcome.REJECTED)
    assert officer.get(f"/phat-the/anh/{place}").status_code == 404


def test_put_off_with_one_touch(send: Send, terminal: FakeTerminal) -> None:
    """*Để sau* asks nothing."""
    answer = send("/phat-the/khong-giao/c1", vi="POSTPONED")
    assert answer.status_code == 303
    assert state(terminal) is State.POSTPONED


def test_why_not(officer: FlaskClient, send: Send, terminal: FakeTerminal) -> None:
    """Asked with its reasons; DELIVERED is none of them."""
    assert "Vì sao?" in officer.get("/phat-the/khong-giao/c1").text
    for wrong in ("", "DELIVERED", "gì đó"):
        answer = send("/phat-the/khong-giao/c1", vi=wrong)
        assert answer.status_code == 409
        assert "Chọn vì sao chưa giao thẻ." in answer.text
    send("/phat-the/khong-giao/c1", **{"vi": "ABSENT", "ghi-chu": "đi viện"})
    assert state(terminal) is State.ABSENT
    assert "đi viện" in officer.get("/phat-the/ngoai-le").text


def test_taken_back(officer: FlaskClient, send: Send, terminal: FakeTerminal) -> None:
    """With a reason; the same person's steps are shown again."""
    place = deliver(terminal)
    path = f"/phat-the/huy/c1/{place}"
    assert "Vì sao huỷ?" in officer.get(path).text
    assert send(path, **{"ly-do": "x"}).status_code == 409
    assert send(path, **{"ly-do": "BY_MISTAKE"}).status_code == 303
    assert state(terminal) is State.READY
    assert "Chip mới: thẻ hợp lệ" in officer.get("/phat-the").text
    assert send(path, **{"ly-do": "BY_MISTAKE"}).status_code == 409


def test_who_is_left(officer: FlaskClient, send: Send, terminal: FakeTerminal) -> None:
    """By name without accents, or by number; choosing one makes it their turn."""
    assert "Lò Thị <b>Dợ</b>" in officer.get("/phat-the/con-lai").text
    found = officer.get("/phat-the/con-lai?q=mai").text
    assert "<b>Mai</b>" in found
    assert "Dợ" not in found
    assert "<b>Dợ</b>" in officer.get(f"/phat-the/con-lai?q={DO.number}").text
    assert "Không có ai khớp" in officer.get("/phat-the/con-lai?q=xyz").text
    send("/phat-the/luot", nguoi=MAI.id)
    assert terminal.handover.book.at_hand == MAI.id
    send("/phat-the/luot")
    assert terminal.handover.book.at_hand is None


def test_progress(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """Each organisation against its date."""
    page = officer.get("/phat-the").text
    assert "0 / 2" in page
    assert "chưa phát, hạn 30/11/2026" in page
    deliver(terminal)
    page = officer.get("/phat-the").text
    assert "1 / 2" in page
    assert "kịp hạn" in page
    assert "đến 30/11/2026 còn 25 ngày" in page


def test_six_digits_for_a_card_that_waits(
    officer: FlaskClient, send: Send, terminal: FakeTerminal
) -> None:
    """Where neither list nor scanner opens it, the page asks for the number printed on it."""
    terminal.show(SceneState.CHOOSE, kinds=frozenset({PasswordKind.CAN}), card_present=True)
    assert "Gõ 6 số CAN in trên thẻ." in officer.get("/phat-the").text
    terminal.show(SceneState.IDLE)
    send("/phat-the/so", can="36 60 01")
    assert ("can", "366001") in terminal.acts


def test_what_the_reader_says(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """A card that could not be read is said in words, with what to do."""
    terminal.show(SceneState.FAULT, reason="READER_ABSENT")
    assert "Đầu đọc" in officer.get("/phat-the").text


def test_the_page_is_drawn_anew_only_for_a_card(
    officer: FlaskClient, terminal: FakeTerminal
) -> None:
    """Whatever else changes leaves what somebody types alone."""
    page = officer.get("/phat-the").text
    found = re.search(r'hx-get="/phat-the/phan\?after=(\d+)&amp;mat=([^&"]*)', page)
    assert found is not None
    terminal.stage.refresh()
    address = f"/phat-the/phan?after={found[1]}&mat={found[2]}"
    answer = officer.get(address)
    assert "HX-Redirect" not in answer.headers
    assert "hx-swap-oob" in answer.text
    lay(terminal)
    assert officer.get(address).headers["HX-Redirect"] == "/phat-the"


def test_an_open_page_has_the_reader(officer: FlaskClient, terminal: FakeTerminal) -> None:
    """A card laid while somebody looks is laid for the batch."""
    assert terminal.handover.errand() is None
    officer.get("/phat-the")
    assert terminal.handover.errand() is not None


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.TECHNICIAN, None])
@pytest.mark.parametrize(
    "path",
    ["/phat-the", "/phat-the/con-lai", "/phat-the/ngoai-le", "/phat-the/danh-sach",
     "/phat-the/ket-thuc", "/phat-the/phieu/c1", "/phat-the/anh/1", "/phat-the/huy/c1/1"],
)  # fmt: skip
def test_whose_pages_they_are(
    app: Flask, keeper: Doorkeeper, terminal: FakeTerminal, role: Role | None, path: str
) -> None:
    """The officer's alone: no name goes out to anybody else."""
    begin(terminal)
    browser = app.test_client()
    if role is not None:
        browser.set_cookie(COOKIE, keeper.open_desk(None, role, Way.PIN))
    answer = browser.get(path)
    assert answer.status_code == 303
    assert "Ayŭn" not in answer.text
    assert answer.headers["Location"].startswith("/mo-ban?vai=officer")


@pytest.mark.parametrize("path", ["/phat-the/phieu/c1", "/phat-the/khong-giao/c9"])
def test_page_of_a_card_that_is_not_there(officer: FlaskClient, path: str) -> None:
    """No slip before the card was handed over; nothing of a card of another list."""
    assert officer.get(path).status_code == 404


def test_every_code_has_its_words() -> None:
    """States, refusals, fields, reasons, columns: none is shown as a bare code."""
    assert set(handover_words.STATES) == set(State)
    assert set(handover_words.REFUSALS) == set(Refusal)
    assert set(handover_words.FIELDS) == set(Field)
    assert set(handover_words.OLD_CARD) == set(HandoverReason)
    assert set(handover_words.SAID) == SAID == set(HandoverOutcome) - {HandoverOutcome.DELIVERED}
    assert set(handover_words.COLUMNS) == set(Column)
    assert len(Pace) == 5
