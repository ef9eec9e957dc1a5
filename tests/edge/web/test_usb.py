"""The stick on the status page: offered by name, two buttons, and every way an act can end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.carried import Received
from edge.errors import ConfigInvalid, EdgeError
from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.plugged import Stick
from edge.repository.outcome import RepositoryResult, RepositoryState
from edge.stick import StickFault, failed
from edge.stick_desk import Done, StickAct, SticksView
from edge.sync.acks import LogCopied
from edge.sync.courier_ledger import Passage
from edge.sync.courier_outcome import Exported, Imported, Refused
from edge.sync.plan import AckMeaning
from edge.wire.bundle import Way

from .conftest import Post
from .fake_terminal import NOW, FakeTerminal
from .test_guard import browser

GOI_XA = Stick("GÓI-XÃ", Path("/media/pi/GÓI-XÃ"), read_only=False)
PAGE = "/trang-thai"


def ended(**done: object) -> Done:
    """Return how an act on the stick ended."""
    act = StickAct.TAKE if "received" in done else StickAct.COPY
    return Done(act, GOI_XA.name, NOW, **done)  # type: ignore[arg-type]


def told(terminal: FakeTerminal, client: FlaskClient, done: Done, language: str = "vi") -> str:
    """Return the panel after an act ended so."""
    terminal.plugged = SticksView((GOI_XA,), None, done)
    return client.get(f"{PAGE}?lang={language}").text.split('id="usb"')[1].split("</section>")[0]


def test_no_stick(client: FlaskClient) -> None:
    """Both buttons stand there, cannot be pressed, and it is said what to do."""
    panel = client.get(PAGE).text.split('id="usb"')[1]
    assert "Chưa thấy USB. Cắm vào cổng bất kỳ." in panel
    assert panel.count("<button") == panel.count(" disabled") == 2


def test_a_stick_is_offered_by_name(client: FlaskClient, terminal: FakeTerminal) -> None:
    """With what waits on the button; two sticks are two choices."""
    other = Stick("1A2B-3C4D", Path("/media/pi/1A2B-3C4D"), read_only=True)
    terminal.plugged = SticksView((GOI_XA, other))
    panel = client.get(PAGE).text.split('id="usb"')[1].split("</section>")[0]
    assert '<input type="hidden" name="usb" value="GÓI-XÃ">' in panel
    assert panel.count("Chép lên USB (61)") == 2
    assert panel.count(" disabled") == 1
    assert "đang khoá ghi: chỉ nhận được" in panel
    assert "/media" not in panel


@pytest.mark.parametrize(("button", "act"), [("chep", "copy"), ("nhan", "take")])
def test_the_buttons(button: str, act: str, terminal: FakeTerminal, post: Post) -> None:
    """Each begins its act on the stick that was named, and leads back to the status."""
    terminal.plugged = SticksView((GOI_XA,))
    answer = post("/usb", lam=button, usb="GÓI-XÃ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/trang-thai#usb")
    assert terminal.acts[-1] == (act, "GÓI-XÃ")


@pytest.mark.parametrize("name", ["", "../../etc", "/media/pi/GÓI-XÃ", "KHÁC"])
def test_a_stick_that_is_not_there(name: str, terminal: FakeTerminal, post: Post) -> None:
    """A name that is no plugged-in stick's does nothing; a path is no name."""
    terminal.plugged = SticksView((GOI_XA,))
    answer = post("/usb", lam="chep", usb=name)
    assert answer.status_code == 409
    assert "USB đã bị rút" in answer.text
    assert terminal.acts == []


def test_an_act_that_is_none(terminal: FakeTerminal, post: Post) -> None:
    """Nothing is done."""
    terminal.plugged = SticksView((GOI_XA,))
    assert post("/usb", lam="xoa", usb="GÓI-XÃ").status_code == 303
    assert terminal.acts == []


@pytest.mark.parametrize("role", Role)
def test_whose_it_is(app: Flask, keeper: Doorkeeper, terminal: FakeTerminal, role: Role) -> None:
    """Secretary, officer and technician carry, without a PIN on top."""
    terminal.plugged = SticksView((GOI_XA,))
    assert 'name="lam"' in browser(app, keeper, role).get(PAGE).text


def test_a_stranger(stranger: FlaskClient, terminal: FakeTerminal) -> None:
    """Sees that a stick is there, and the way in; presses and asks for nothing."""
    terminal.plugged = SticksView((GOI_XA,))
    page = stranger.get(PAGE).text
    assert "GÓI-XÃ" in page
    assert "Mở bàn để chép hoặc nhận" in page
    assert 'name="lam"' not in page
    assert "hx-get" not in page.split('id="usb"')[1].split(">")[0]
    assert stranger.get("/usb/phan").status_code == 303
    assert terminal.acts == []


def test_the_panel_follows_the_stick(client: FlaskClient, terminal: FakeTerminal) -> None:
    """It is asked for again and again, and sent only where it changed."""
    first = client.get("/usb/phan")
    mark = first.text.split("dau=")[1].split('"')[0]
    assert client.get(f"/usb/phan?dau={mark}").status_code == 204
    terminal.plugged = SticksView((GOI_XA,))
    assert "GÓI-XÃ" in client.get(f"/usb/phan?dau={mark}").text


@pytest.mark.parametrize(
    ("act", "says"), [(StickAct.COPY, "Đang chép lên"), (StickAct.TAKE, "Đang nhận từ")]
)
def test_while_it_runs(
    act: StickAct, says: str, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """No button, and the stick is not to be pulled."""
    terminal.plugged = SticksView((GOI_XA,), (act, GOI_XA.name))
    panel = client.get(PAGE).text.split('id="usb"')[1].split("</section>")[0]
    assert f"{says} GÓI-XÃ. Đừng rút USB." in panel
    assert "<button" not in panel
    assert "every 1s" in panel


FULL = failed(StickFault.FULL)


@pytest.mark.parametrize(
    ("exported", "says"),
    [
        (
            Exported(None, 61, 61, 1),
            ["Đã chép đủ 61 bản ghi lên GÓI-XÃ lúc 19:03.", "Rút USB được rồi."],
        ),
        (Exported(None, 0, 0, 0), ["Trung tâm đã nhận hết; không phải chép gì."]),
        (
            Exported(None, 0, 0, 1, again=3),
            ["USB này chỉ xin xác nhận 3 biên nhận.", "Rút USB được rồi."],
        ),
        (Exported(None, 40, 61, 1, FULL), ["Mới chép được 40 trên 61", "USB đầy", "Xoá bớt tệp"]),
        (Exported(None, 40, 61, 1), ["Mới chép được 40 trên 61", "chép lần sau"]),
    ],
    ids=["all", "nothing", "receipts-again", "full", "more"],
)
def test_copied(
    exported: Exported, says: list[str], client: FlaskClient, terminal: FakeTerminal
) -> None:
    """All of it, nothing to copy, or how much found room."""
    panel = told(terminal, client, ended(exported=exported))
    for text in says:
        assert text in panel


@pytest.mark.parametrize("fault", StickFault)
def test_copying_failed(fault: StickFault, client: FlaskClient, terminal: FakeTerminal) -> None:
    """Each reason has its words and what to do."""
    panel = told(terminal, client, ended(error=failed(fault)))
    assert 'data-state="unconfirmed"' in panel
    assert "USB" in panel


def test_not_enrolled(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The terminal's own sentence, not the error's."""
    error: EdgeError = ConfigInvalid("secret path", next_step="x")
    panel = told(terminal, client, ended(error=error))
    assert "Trạm chưa được cấp phép" in panel
    assert "secret" not in panel


def repository(state: RepositoryState) -> RepositoryResult:
    """Return a pass that ended so."""
    return RepositoryResult(state, NOW)


@pytest.mark.parametrize(
    ("received", "says", "state"),
    [
        (Received(None, None, known=False), ["không có gì cho trạm này"], "accepted"),
        (
            Received(
                repository(RepositoryState.UP_TO_DATE), Imported(acks=1, high_water=1204), False
            ),
            ["Đã nhận từ GÓI-XÃ lúc 19:03.", "đã nhận đến bản ghi 1.204", "mới nhất của kho"],
            "accepted",
        ),
        (Received(None, Imported(), known=True), ["đã nhận trước đây"], "accepted"),
        (
            Received(None, Imported(refused=(Refused("x", "y"),), missing=("x", "z")), False),
            ["2 tệp trên USB hỏng hoặc thiếu"],
            "unconfirmed",
        ),
        (
            Received(repository(RepositoryState.EXPIRED), None, known=False),
            ["hết hạn nên trạm không nhận"],
            "unconfirmed",
        ),
        (
            Received(None, Imported(acks=1, copied=LogCopied(AckMeaning.AHEAD)), known=False),
            ["nhật ký này đã bị sao chép", "Báo kỹ thuật viên"],
            "unconfirmed",
        ),
    ],
    ids=["nothing", "all", "known", "spoilt", "stale", "copied"],
)
def test_taken(
    received: Received, says: list[str], state: str, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """What came, what was not taken, and that the stick may be pulled."""
    panel = told(terminal, client, ended(received=received))
    for text in (*says, "Rút USB được rồi."):
        assert text in panel
    assert f'class="notice" data-state="{state}"' in panel


def test_in_english(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The panel speaks it throughout."""
    panel = told(terminal, client, ended(exported=Exported(None, 61, 61, 1)), "en")
    assert "61 records, all that wait, are copied to GÓI-XÃ" in panel
    assert "Take from USB" in panel
    assert "Rút" not in panel


def test_records_on_their_way(client: FlaskClient, terminal: FakeTerminal) -> None:
    """What waits says when it went onto which stick; nothing, once all has arrived."""
    gone = Passage("0" * 64, Way.UP, "x", 1, 61, "2026-11-05T11:00:00.000Z", "GÓI-XÃ")
    terminal.view = replace(terminal.view, carried=gone)
    text = "Ngày 05/11/2026 đã chép 61 bản ghi lên GÓI-XÃ; chờ trung tâm báo đã nhận."
    assert text in client.get(PAGE).text
    terminal.view = replace(terminal.view, unsent=0)
    assert text not in client.get(PAGE).text
