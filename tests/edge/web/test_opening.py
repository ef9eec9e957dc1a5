"""More at the opening, changing it later, and practice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from edge.meeting.opening import PhotoPolicy
from edge.meeting.quorum import Base, Preset
from edge.meeting.rules import Kind
from edge.web.opening_form import filled
from edge.wire.kinds import EventKind

from .conftest import Post
from .meeting_terminal import MeetingTerminal, running, standing_roster


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a roster and no meeting."""
    with running(standing_roster()) as made:
        yield made


FORM = {
    "kind": "regular",
    "title": "tháng 11/2026",
    "place": "nhà văn hoá bản",
    "begins": "19:00",
    "late": "10",
    "photo": "hold",
    "chair": "1",
    "secretary": "2",
}


def test_a_meeting_with_everything(terminal: MeetingTerminal, post: Post) -> None:
    """What the form says is what the log has; hours are Vietnam's."""
    own = {"own": "1", "own-part": "3", "own-whole": "4", "own-base": "summoned", "own-strict": "1"}
    more = {"recognition": "1", "recognition-topic": "Mục 5", **own}
    assert post("/ban/mo/them", **FORM, **more).status_code == 303
    opening = terminal.desk.require().opening
    assert (opening.kind, opening.title) == (Kind.REGULAR, "tháng 11/2026")
    assert opening.begins == datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
    assert (opening.late_minutes, opening.photo) == (10, PhotoPolicy.HOLD)
    assert (opening.chair, opening.secretary) == ("1", "2")
    recognition, other = opening.quorums
    assert (recognition.preset, recognition.topic) == (Preset.RECOGNITION, "Mục 5")
    assert (other.part, other.whole, other.strict, other.base) == (3, 4, True, Base.SUMMONED)


def test_people_who_said_before_that_they_are_away(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Ticked at the opening: absent with reason, said before; whoever comes all the same counts."""
    shown = client.get("/ban/mo/them").text
    assert 'name="vang" value="4"' in shown
    page = client.get("/ban/mo").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], **FORM, "vang": ["4", "5", "nobody"]}
    assert client.post("/ban/mo/them", data=form).status_code == 303
    sitting = terminal.desk.require()
    assert sitting.figures.excused == 2
    away = [event for event in terminal.events() if event.kind is EventKind.ABSENCE]
    assert [event.outcome for event in away] == ["EXCUSED", "EXCUSED"]
    assert [terminal.log.body(event)["said"] for event in away] == ["before", "before"]
    terminal.tap("4")
    assert terminal.desk.require().figures.excused == 1


def test_a_form_with_a_fault_keeps_who_is_away(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Nothing is opened and nobody is forgotten."""
    answer = post("/ban/mo/them", **(FORM | {"late": "900", "vang": "4"}))
    assert answer.status_code == 409
    assert 'name="vang" value="4" checked' in answer.text
    assert terminal.desk.sitting is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("begins", "25:00", "Giờ viết như 19:00."),
        ("late", "900", "Số phút từ 0 đến 240"),
        ("late", "-1", "Số phút từ 0 đến 240"),
        ("chair", "99", "Chọn một người trong danh sách."),
        ("photo", "x", "Chọn một mục có trong trang."),
        ("kind", "picnic", "Chọn một mục có trong trang."),
        ("title", "x" * 121, "Tối đa 120 chữ"),
        ("own-part", "5", "Phân số lớn hơn 0"),
        ("own-whole", "", "Phân số lớn hơn 0"),
        ("own-base", "all", "Phân số lớn hơn 0"),
    ],
)
def test_a_field_is_wrong(
    field: str, value: str, says: str, terminal: MeetingTerminal, post: Post
) -> None:
    """Nothing opens; the page keeps what was typed and says beside the field what to do."""
    own = {"own": "1", "own-part": "2", "own-whole": "3", "own-base": "official"}
    answer = post("/ban/mo/them", **(FORM | own | {field: value}))
    assert answer.status_code == 409
    assert says in answer.text
    assert "nhà văn hoá bản" in answer.text
    assert terminal.book.sitting is None


def test_an_open_meeting_is_changed(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """The page is filled with what holds; its kind stays whatever the form says."""
    post("/ban/mo/them", **FORM)
    page = client.get("/ban/sua").text
    assert 'value="19:00"' in page
    assert 'value="1" selected' in page
    post("/ban/sua", **(FORM | {"place": "trường học", "chair": "", "kind": "conference"}))
    opening = terminal.desk.require().opening
    assert (opening.place, opening.chair, opening.kind) == ("trường học", None, Kind.REGULAR)


def test_a_change_that_cannot_be(terminal: MeetingTerminal, post: Post) -> None:
    """What held before holds on."""
    post("/ban/mo/them", **FORM)
    assert post("/ban/sua", **(FORM | {"late": "x"})).status_code == 409
    assert terminal.desk.require().opening.late_minutes == 10


def test_the_form_of_an_opening_reads_back(terminal: MeetingTerminal, post: Post) -> None:
    """Filling the form from a meeting and sending it changes nothing."""
    own = {"own": "1", "own-part": "1", "own-whole": "2", "own-base": "official"}
    post("/ban/mo/them", **FORM, **own, admission="1")
    before = terminal.desk.require().opening
    post("/ban/sua", **dict(filled(before).texts))
    assert terminal.desk.require().opening == before


@pytest.mark.parametrize("path", ["/ban/mo", "/ban/mo/them"])
def test_practice(path: str, client: FlaskClient, terminal: MeetingTerminal, post: Post) -> None:
    """Board and desk say so on every page; nothing of it is in the terminal's log."""
    post(path, **FORM, thu="1")
    for page in ("/bang", "/bang/phan", "/ban", "/ban/cong-bo", "/ban/dong", "/ban/sua"):
        assert "Chế độ tập: không tính" in client.get(page).text, page
    terminal.tap("1")
    assert terminal.log.head().seq == 0
    post("/ban/dong", vang="1")
    assert terminal.book.sitting is None
    assert terminal.log.head().seq == 0


def test_no_practice_no_band(client: FlaskClient, post: Post) -> None:
    """A meeting that counts does not carry it."""
    post("/ban/mo", kind="regular")
    assert "Chế độ tập" not in client.get("/bang").text + client.get("/ban").text


def test_the_board_shows_the_figures(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """Total, present of called, absent, votes: the numbers of the desk."""
    terminal.begin()
    for person in "126":
        terminal.tap(person)
    page = client.get("/bang").text
    assert "<strong>3</strong>" in page
    assert "trên 6 đồng chí" in page
    assert "Tổng số: 8" in page
    assert "Vắng, chưa đến: 3" in page
    assert "Biểu quyết: 2/5" in page
