"""The status page and its twin for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from edge.repository.outcome import RepositoryResult, RepositoryState
from edge.tap.scene import SceneState
from edge.web.terminal import RepositoryView
from verify.freshness import Standing
from verify.moment import TimeQuality

from .fake_terminal import NOW, FakeTerminal, card_list, roster


def test_all_is_well(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Online, synchronised, fresh, all sent: one line says that nothing is to be done."""
    terminal.view = replace(
        terminal.view,
        online=True,
        last_sync=NOW - timedelta(minutes=5),
        unsent=0,
        time_quality=TimeQuality.SYNCHRONISED,
        lists=(card_list("card-status", days=0), card_list("certificate", days=0)),
    )
    page = client.get("/trang-thai").text
    assert "Mọi việc đều ổn." in page
    assert "Trực tuyến" in page
    assert "Danh sách thẻ thu hồi của hôm nay" in page
    assert "Đã gửi hết" in page
    assert "Giờ đã kiểm" in page


def test_things_worth_doing_come_first(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Faults, then advice, then what is in order; each with what to do."""
    terminal.view = replace(
        terminal.view,
        locked="LOG_DISK_FULL",
        lists=(card_list("card-status", days=40, fresh=False),),
    )
    page = client.get("/trang-thai").text
    assert "Có 1 việc phải sửa trước." in page
    rows = page.split('class="diag"')[1]
    assert (
        rows.index("Ổ đĩa đầy") < rows.index("Quá hạn: nối mạng") < rows.index("Virtual PCD 00 00")
    )
    assert "Danh sách thu hồi chứng thư số nơi ký" in rows
    assert "chưa có" in rows


def test_a_version_that_was_left(client: FlaskClient, terminal: FakeTerminal) -> None:
    """It is said which one, and that nothing was lost; the technician is to be told."""
    assert "Đã thử bản" not in client.get("/trang-thai").text
    terminal.view = replace(terminal.view, left_version="1.1")
    page = client.get("/trang-thai").text
    assert "Đã thử bản 1.1, không chạy tốt nên trạm tự quay về bản này" in page


def test_lists_that_stand_alike_are_one_line(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Their count, the oldest one's day and age; one that is too old stands apart. No hex."""
    certificates = [card_list("certificate", days=days) for days in (1, 2, 3)]
    old = card_list("certificate", days=40, fresh=False)
    terminal.view = replace(terminal.view, lists=(*certificates, old))
    page = client.get("/trang-thai").text
    assert page.count("Danh sách thu hồi chứng thư số nơi ký") == 2
    assert "Danh sách thu hồi chứng thư số nơi ký (3)" in page
    assert "3 ngày trước" in page
    assert "40 ngày trước" in page
    assert "01a2" not in page


@pytest.mark.parametrize("quality", TimeQuality)
def test_nobody_online_is_told_to_go_online(
    quality: TimeQuality, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """Whatever else wants something done."""
    lists = (card_list("card-status", days=40, fresh=False),)
    terminal.view = replace(
        terminal.view, online=True, last_sync=NOW, time_quality=quality, lists=lists
    )
    assert "nối mạng" not in client.get("/trang-thai").text.lower()


def test_a_list_of_a_kind_that_the_page_does_not_know(
    client: FlaskClient, terminal: FakeTerminal
) -> None:
    """It is left out; the page still answers."""
    terminal.view = replace(terminal.view, lists=(card_list("something", days=1),))
    assert client.get("/trang-thai").status_code == 200


def test_programs_ask_for_the_state(client: FlaskClient, terminal: FakeTerminal) -> None:
    """JSON with everything that the page shows."""
    terminal.admit("1")
    answer = client.get("/api/v1/status")
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    state = answer.get_json()
    assert state["terminal"] == "99-0417"
    assert state["now"] == "2026-11-05T12:03:00Z"
    assert state["time_quality"] == "held"
    assert state["reader"] == {"name": "Virtual PCD 00 00", "waiting_for": "card"}
    assert state["lists"][0]["age_seconds"] == 6 * 24 * 3600
    assert state["unsent"] == 61
    assert state["locked"] is None
    assert state["meeting"]["present"] == 1
    assert state["scene"] == {"state": "accepted", "version": 1}


def test_the_state_names_nobody(client: FlaskClient, terminal: FakeTerminal) -> None:
    """No name, in whatever scene; a refusal looks like any other."""
    terminal.refuse(SceneState.UNEXPECTED, "NOT_ON_ROSTER", person="Hà Văn Khiêm")
    answer = client.get("/api/v1/status")
    assert answer.get_json()["scene"]["state"] == "refused"
    text = answer.get_data(as_text=True).encode().decode("unicode_escape", errors="ignore")
    for person in roster():
        assert person.name not in text
        assert person.name.rpartition(" ")[2] not in answer.text


def test_no_meeting_is_open(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The state says so with null."""
    terminal.kind = None
    assert client.get("/api/v1/status").get_json()["meeting"] is None


ALL_NOTES = ("Chưa chắc còn mới", "Quá hạn: nối", "Quá cũ nên")


@pytest.mark.parametrize(
    ("standing", "note", "strip"),
    [
        (Standing.FRESH, "Của ngày", "Chưa biết thẻ báo mất từ"),
        (Standing.UNPROVED, "Chưa chắc còn mới, vì giờ của trạm", "chưa chắc còn mới"),
        (Standing.STALE, "Quá hạn: nối mạng", "đã quá hạn"),
        (Standing.TOO_OLD, "Quá cũ nên không nhận thẻ được", "đã quá hạn"),
    ],
)
def test_proved_stale_and_not_provably_fresh(
    client: FlaskClient, terminal: FakeTerminal, standing: Standing, note: str, strip: str
) -> None:
    """Different words on the page and on the strip, and the word itself for programs."""
    entries = tuple(
        card_list(purpose, days=12, standing=standing) for purpose in ("card-status", "certificate")
    )
    terminal.view = replace(terminal.view, lists=entries)
    page = client.get("/trang-thai").text
    assert note in page
    assert strip in page.split('class="knows"')[1].split("</aside>")[0]
    others = [other for other in ALL_NOTES if not note.startswith(other)]
    assert not any(other in page for other in others)
    lists = client.get("/api/v1/status").get_json()["lists"]
    assert [entry["standing"] for entry in lists] == [standing.value] * 2


def test_an_age_that_is_a_lower_bound(client: FlaskClient, terminal: FakeTerminal) -> None:
    """With a clock that is only a floor, lists are at least so old."""
    terminal.view = replace(terminal.view, time_quality=TimeQuality.FLOOR_ONLY)
    assert "ít nhất 6 ngày" in client.get("/trang-thai").text
    assert "at least 6 days" in client.get("/trang-thai?lang=en").text
    terminal.view = replace(terminal.view, time_quality=TimeQuality.HELD)
    assert "ít nhất" not in client.get("/trang-thai").text


def test_what_is_broken_comes_first(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Each trouble is a line with its way out, above everything that works; programs get codes."""
    codes = ("TRUST_LIST_DAMAGED", "LISTS_DAMAGED", "NO_ROSTER")
    terminal.view = replace(terminal.view, troubles=codes)
    page = client.get("/trang-thai").text
    assert "Có 3 việc phải sửa trước." in page
    rows = page.split('class="diag"')[1]
    assert rows.index("Danh sách tin cậy trong trạm") < rows.index("Virtual PCD 00 00")
    assert client.get("/api/v1/status").get_json()["troubles"] == list(codes)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("ready", "Quét mã trên thẻ"),
        ("absent", "Cắm lại dây máy quét"),
        ("denied", "không có quyền mở máy quét"),
        ("taken", "Chương trình khác đang giữ máy quét"),
        ("no-driver", "thiếu phần mềm đọc máy quét"),
    ],
)
def test_the_scanner(state: str, told: str, client: FlaskClient, terminal: FakeTerminal) -> None:
    """How it is and what to do; without it roll call works, so it is advice, no fault."""
    terminal.view = replace(terminal.view, scanner=state)
    page = client.get("/trang-thai").text
    assert told in page
    assert "việc phải sửa trước" not in page
    assert client.get("/api/v1/status").json["scanner"] == state  # type: ignore[index]


def test_a_terminal_without_a_scanner(client: FlaskClient) -> None:
    """Nothing is said of a thing that it was never given."""
    assert "Máy quét" not in client.get("/trang-thai").text
    assert client.get("/api/v1/status").json["scanner"] is None  # type: ignore[index]


def _of(state: RepositoryState) -> RepositoryView:
    last = RepositoryResult(state, NOW, version=7, why="Why.", next_step="What to do.")
    return RepositoryView(last, NOW - timedelta(hours=2))


@pytest.mark.parametrize("state", RepositoryState)
def test_how_the_repository_stands(
    state: RepositoryState, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """A sentence of its own for each state, on the page and for programs."""
    said: set[str] = set()
    for one in RepositoryState:
        terminal.view = replace(terminal.view, repository=_of(one))
        said.add(client.get("/api/v1/status").get_json()["repository"]["last"]["says"])
    assert len(said) == len(RepositoryState)
    terminal.view = replace(terminal.view, repository=_of(state))
    page = client.get("/trang-thai").text
    assert "Kho dữ liệu chung" in page
    assert "2 giờ trước" in page
    found = client.get("/api/v1/status").get_json()["repository"]
    assert (found["last"]["state"], found["last"]["version"]) == (state.value, 7)
    assert found["last"]["says"] in page


def test_repository_that_was_never_asked(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Said so where one is configured; no line where none is."""
    assert "Kho dữ liệu chung" not in client.get("/trang-thai").text
    assert client.get("/api/v1/status").get_json()["repository"] is None
    terminal.view = replace(terminal.view, repository=RepositoryView())
    assert "Kho dữ liệu chung" in client.get("/trang-thai").text
    assert client.get("/api/v1/status").get_json()["repository"]["last"] is None


def test_profile_that_waits_for_a_start(client: FlaskClient, terminal: FakeTerminal) -> None:
    """A delivered profile does not count yet: the page says when it will, and of which card."""
    assert "Hồ sơ loại thẻ mới" not in client.get("/trang-thai").text
    terminal.view = replace(terminal.view, waiting_profiles=("dang-vien",))
    page = client.get("/trang-thai").text
    assert "Hồ sơ loại thẻ mới" in page
    assert "Có hiệu lực khi trạm khởi động lại" in page
    status = client.get("/api/v1/status").get_json()
    assert status["waiting_profiles"] == ["dang-vien"]
