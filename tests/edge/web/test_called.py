"""Meetings that the centre calls, at the desk: seen, opened by one touch, looked at before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from edge.meeting.opening import Opening
from edge.meeting.planned import Planned
from edge.meeting.rules import Kind

from .conftest import Post
from .meeting_terminal import MeetingTerminal, running, standing_roster

CALLED = Planned(
    "5" * 32,
    Opening(
        Kind.THEMATIC,
        "học tập Nghị quyết",
        "nhà văn hoá bản",
        datetime(2026, 11, 6, 12, 30, tzinfo=UTC),
        10,
        chair="1",
        secretary="nobody",
    ),
)


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a roster, no meeting, and one that is called."""
    with running(standing_roster()) as made:
        made.calls = (CALLED,)
        yield made


def test_called_meeting_is_seen(client: FlaskClient) -> None:
    """The desk says that one is called; the page of opening says which, when and where."""
    assert "Cấp trên gọi 1 cuộc họp." in client.get("/ban").text
    page = client.get("/ban/mo").text
    for text in ("học tập Nghị quyết", "nhà văn hoá bản", "19:30"):
        assert text in page
    assert "học tập Nghị quyết" not in client.get("/ban/mo?thu=1").text


def test_one_touch_opens_it(terminal: MeetingTerminal, post: Post) -> None:
    """As it was called; officers whom the roster has not stay unnamed; then it is off the list."""
    assert post("/ban/mo/goi", goi=CALLED.id).status_code == 303
    opening = terminal.desk.require().opening
    assert (opening.kind, opening.title) == (Kind.THEMATIC, "học tập Nghị quyết")
    assert (opening.begins, opening.late_minutes) == (CALLED.opening.begins, 10)
    assert (opening.chair, opening.secretary) == ("1", None)
    assert terminal.calls == ()


def test_looked_at_before_it_is_opened(
    client: FlaskClient, terminal: MeetingTerminal, post: Post
) -> None:
    """The form is filled as it was called, and what is changed there counts."""
    page = client.get(f"/ban/mo/them?goi={CALLED.id}").text
    assert 'value="học tập Nghị quyết"' in page
    assert f'name="goi" value="{CALLED.id}"' in page
    form = {"kind": "thematic", "title": "đổi đề tài", "photo": "glance", "goi": CALLED.id}
    assert post("/ban/mo/them", **form).status_code == 303
    assert terminal.desk.require().opening.title == "đổi đề tài"
    assert terminal.calls == ()


def test_practice_leaves_it_on_the_list(terminal: MeetingTerminal, post: Post) -> None:
    """Trying it out opens nothing that counts."""
    form = {"kind": "thematic", "photo": "glance", "goi": CALLED.id, "thu": "1"}
    assert post("/ban/mo/them", **form).status_code == 303
    assert terminal.calls == (CALLED,)


def test_called_off_meanwhile(terminal: MeetingTerminal, post: Post) -> None:
    """What is not on the list any more is refused, and the page of opening is a touch away."""
    terminal.calls = ()
    assert post("/ban/mo/goi", goi=CALLED.id).status_code == 409
    assert terminal.meeting() is None
