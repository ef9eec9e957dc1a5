"""The diagnosis on screen: the technician's whole one, and what the status button asks for."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.care.check import State
from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.tap.scene import SceneState

from .fake_terminal import FakeTerminal
from .test_guard import browser
from .waiting import wait_until

FIGURES = ("ACR1252", "1.06", "9 MB", "81 °C", "Python", "rpt-rpi", "DISK_FULL")


@pytest.fixture
def technician(app: Flask, keeper: Doorkeeper) -> FlaskClient:
    """Return a technician's browser."""
    return browser(app, keeper, Role.TECHNICIAN)


def ended(terminal: FakeTerminal) -> None:
    """Wait until the diagnosis that runs has ended."""
    wait_until(lambda: not terminal.diagnosis.view().running)


def test_first_visit_begins_one(technician: FlaskClient, terminal: FakeTerminal) -> None:
    """Then every check stands there, the gravest first, with figure and advice in Vietnamese."""
    assert technician.get("/chan-doan").status_code == 200
    ended(terminal)
    page = technician.get("/chan-doan").text
    for text in (*FIGURES, "Có 1 việc phải sửa trước.", "còn trống 9 MB trên 29 GB", "Kiểm 5 mục"):
        assert text in page
    rows = page.split('class="diag"')[1]
    names = ("Chỗ trống trên ổ", "Nhiệt độ", "Nguồn điện", "Đầu đọc thẻ", "Phiên bản")
    assert sorted(names, key=rows.index) == list(names)
    assert "Dọn chỗ ngay" in rows


def test_in_english(technician: FlaskClient, terminal: FakeTerminal) -> None:
    """The command line's own words."""
    terminal.diagnosis.begin()
    ended(terminal)
    page = technician.get("/chan-doan?lang=en").text
    for text in ("9 MB free of 29 GB", "Make room now", "the board does not tell", "Temperature"):
        assert text in page


def test_it_is_the_technicians(
    client: FlaskClient, stranger: FlaskClient, technician: FlaskClient
) -> None:
    """Secretary and stranger are led to the technician's door; nothing is begun for them."""
    for one in (client, stranger):
        for path in ("/chan-doan", "/chan-doan/phan"):
            answer = one.get(path)
            assert "vai=technician" in answer.headers["Location"]
    assert 'href="/chan-doan"' not in client.get("/trang-thai").text
    assert 'href="/chan-doan"' in technician.get("/trang-thai").text


def test_support_bundle(
    technician: FlaskClient, client: FlaskClient, stranger: FlaskClient
) -> None:
    """A file for the technician, for nobody else."""
    answer = technician.get("/chan-doan/goi")
    assert (answer.data, answer.mimetype) == (b"PK", "application/zip")
    assert "tramthe-99-0417.zip" in answer.headers["Content-Disposition"]
    for one in (client, stranger):
        assert "vai=technician" in one.get("/chan-doan/goi").headers["Location"]


def test_one_at_a_time(technician: FlaskClient, terminal: FakeTerminal) -> None:
    """While one runs the page says so and fetches its result; a second press begins none."""
    go = threading.Event()
    looks = []

    def slow() -> object:
        looks.append(1)
        go.wait(10)
        yield from terminal.checks

    terminal.diagnosis._look = slow  # type: ignore[assignment]
    assert terminal.diagnosis.begin()
    assert not terminal.diagnosis.begin()
    page = technician.get("/chan-doan").text
    assert "Trạm đang tự kiểm." in page
    assert 'hx-get="/chan-doan/phan"' in page
    assert technician.get("/chan-doan/phan").status_code == 204
    go.set()
    ended(terminal)
    part = technician.get("/chan-doan/phan").text
    assert "hx-get" not in part
    assert "Chỗ trống trên ổ" in part
    assert looks == [1]


def test_look_that_breaks_leaves_the_desk_free(terminal: FakeTerminal) -> None:
    """What no guard caught ends this diagnosis, not the next one."""

    def broken() -> object:
        raise RuntimeError("a secret")

    whole = terminal.diagnosis._look
    terminal.diagnosis._look = broken  # type: ignore[assignment]
    terminal.diagnosis.begin()
    ended(terminal)
    assert terminal.diagnosis.view().last is None
    terminal.diagnosis._look = whole
    terminal.diagnosis.begin()
    ended(terminal)
    assert terminal.diagnosis.view().last is not None


def test_by_button(stranger: FlaskClient, terminal: FakeTerminal) -> None:
    """The board turns to it; it says how each part is and what to do, and gives no figure."""
    assert stranger.get("/chan-doan/nut").headers["Location"] == "/bang"
    terminal.diagnosis.begin(button=True)
    wait_until(lambda: terminal.by_button == [State.FAULT])
    assert stranger.get("/bang").headers["Location"] == "/chan-doan/nut"
    assert stranger.get("/bang/phan?after=-1").headers["HX-Redirect"] == "/chan-doan/nut"
    page = stranger.get("/chan-doan/nut").text
    for text in ("Có 1 việc phải sửa trước.", "Chỗ trống trên ổ", "Dọn chỗ ngay", "Nhiệt độ"):
        assert text in page
    assert not [text for text in FIGURES if text in page]
    mark = page.split("dau=")[1].split("&")[0]
    assert stranger.get(f"/chan-doan/nut/phan?dau={mark}").status_code == 204
    assert "Dọn chỗ ngay" in stranger.get("/chan-doan/nut/phan?dau=other").text


def test_card_takes_the_screen_back(stranger: FlaskClient, terminal: FakeTerminal) -> None:
    """At once, and lamp and buzzer are left to the card."""
    terminal.diagnosis.begin(button=True)
    wait_until(lambda: terminal.by_button == [State.FAULT])
    terminal.show(SceneState.HOLD, card_present=True)
    terminal.diagnosis.hide()
    wait_until(lambda: not terminal.diagnosis.shown)
    assert stranger.get("/chan-doan/nut/phan").headers["HX-Redirect"] == "/bang"
    assert stranger.get("/bang").status_code == 200
    assert terminal.by_button == [State.FAULT]


def test_minute_is_over(terminal: FakeTerminal) -> None:
    """The board comes back, and the lamp with it."""
    terminal.diagnosis._shown_seconds = 0.01
    terminal.diagnosis.begin(button=True)
    wait_until(lambda: terminal.by_button == [State.FAULT, None])
    assert not terminal.diagnosis.shown
