"""Opening and closing a meeting."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.meeting.rules import Kind
from edge.web.filters import share

from .conftest import Post
from .fake_terminal import FakeTerminal


@pytest.mark.parametrize("kind", Kind)
def test_a_meeting_is_opened_in_two_touches(
    kind: Kind, client: FlaskClient, terminal: FakeTerminal, post: Post
) -> None:
    """Board or desk, then the kind: it is open."""
    terminal.kind = None
    assert 'href="/ban/mo"' in client.get("/bang").text
    assert f'value="{kind}"' in client.get("/ban/mo").text
    assert post("/ban/mo", kind=kind).headers["Location"] == "/ban"
    assert terminal.acts == [("open", kind)]


def test_a_kind_that_does_not_exist(terminal: FakeTerminal, post: Post) -> None:
    """Nothing is opened; the page says so in words."""
    terminal.kind = None
    answer = post("/ban/mo", kind="picnic")
    assert answer.status_code == 400
    assert "Trạm không hiểu yêu cầu vừa rồi." in answer.text
    assert terminal.acts == []


def test_a_meeting_is_open_already(terminal: FakeTerminal, post: Post) -> None:
    """The terminal's refusal becomes a sentence of ours, not its own message."""
    answer = post("/ban/mo", kind="regular")
    assert answer.status_code == 409
    assert "Việc này không hợp với cuộc họp lúc này." in answer.text
    assert "A meeting is open already" not in answer.text


@pytest.mark.parametrize(("tenths", "said"), [(63, "6,3 %"), (1000, "100 %"), (0, "0 %")])
def test_a_rate_on_screen(tenths: int, said: str, app: Flask) -> None:
    """As on the sheet: with a comma, without idle zeros; in English with a point."""
    with app.test_request_context():
        assert share(tenths) == said
    with app.test_request_context("/?lang=en"):
        assert share(tenths) == said.replace(",", ".").replace(" ", "")


def test_other_kinds_carry_their_day(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Only the monthly meeting is named by its month."""
    assert "Sinh hoạt thường kỳ tháng 11/2026" in client.get("/ban").text
    terminal.kind = "members-congress"
    assert "Đại hội đảng viên, 05/11/2026" in client.get("/ban").text
