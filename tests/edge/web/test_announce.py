"""*Đọc công bố*: sentences that stand still while they are read, and go into the minutes so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from edge.meeting.opening import default
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.rules import Kind

from .conftest import Post
from .meeting_terminal import MeetingTerminal, running, standing_roster


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a meeting that has one quorum rule, four people here."""
    with running(standing_roster()) as made:
        rule = replace(PRESETS[Preset.RECOGNITION][0], topic="Mục 5")
        made.begin(replace(default(Kind.REGULAR, begins=made.at), quorums=(rule,)))
        for person in "1236":
            made.tap(person)
        yield made


def test_the_figures_in_sentences(client: FlaskClient, terminal: MeetingTerminal) -> None:
    """The sums of the meeting, the quorum by its own base; suspended people only as a count."""
    page = client.get("/ban/cong-bo").text
    for sentence in (
        "Tổng số đảng viên của chi bộ: <b>8</b> đồng chí.",
        "Tổng số triệu tập: <b>6</b>; chính thức <b>5</b>, dự bị <b>1</b>.",
        "Có mặt: <b>4</b> đồng chí, đạt <b>66,7 %</b>.",
        "Chưa đến: <b>2</b> đồng chí.",
        "Không triệu tập: <b>2</b> đồng chí, trong đó được miễn <b>1</b>.",
        "Đảng viên chính thức có mặt: <b>3</b> trên <b>5</b>. Mục 5 cần <b>4</b>:",
        "chưa đủ tỷ lệ quy định.",
    ):
        assert sentence in page


def test_somebody_comes_while_they_are_read(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """The page stands still; freezing anew takes them in."""
    assert "Chốt lúc <b>19:03</b>" in client.get("/ban/cong-bo").text
    terminal.later(4)
    terminal.tap("4")
    assert "Có mặt: <b>4</b> đồng chí" in client.get("/ban/cong-bo").text
    post("/ban/cong-bo", lam="chot-lai")
    page = client.get("/ban/cong-bo").text
    assert "Chốt lúc <b>19:07</b>" in page
    assert "Có mặt: <b>5</b> đồng chí" in page
    assert "<b>4</b> trên <b>5</b>. Mục 5 cần <b>4</b>: đủ tỷ lệ quy định." in page


def test_the_minutes_keep_what_was_read(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """Not what had become of it meanwhile; and the closing page says from when it is."""
    client.get("/ban/cong-bo")
    terminal.later(4)
    terminal.tap("4")
    post("/ban/cong-bo")
    announced = terminal.desk.require().announced
    assert announced is not None
    assert (announced.figures["present"], f"{announced.at:%H:%M}") == (4, "12:03")
    page = client.get("/ban/cong-bo").text
    assert "Đã chép vào biên bản." in page
    assert "Chép vào biên bản</button>" not in page
    assert "Xong. Chốt lúc 19:03." in client.get("/ban/dong").text


def test_a_second_touch_copies_nothing(terminal: MeetingTerminal, post: Post) -> None:
    """One event for one reading."""
    for _ in range(3):
        post("/ban/cong-bo")
    assert len([e for e in terminal.events() if e.kind == "figures-announced"]) == 1


def test_the_next_meeting_has_its_own(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """What was frozen for one is not shown for another."""
    client.get("/ban/cong-bo")
    terminal.close_meeting()
    terminal.begin()
    assert "Có mặt: <b>0</b> đồng chí" in client.get("/ban/cong-bo").text
