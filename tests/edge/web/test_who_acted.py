"""Every act of the desk says in its event who did it: a card's holder, or the role of a PIN."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.web.security import COOKIE
from edge.wire.kinds import EventKind
from tests.docs.schemas import check_event

from .meeting_terminal import MeetingTerminal, running, standing_roster
from .test_login import Visitor

CHAIR = "2"
NOBODYS = {EventKind.ROSTER_PART, EventKind.CHECK_IN}
"""What the terminal writes by itself, and what a card does."""
NEVER_HERE = {
    *(EventKind.EPOCH_BEGUN, EventKind.SITTING_BEGUN, EventKind.WITHDRAWN),
    *(EventKind.TIME_ASSERTED, EventKind.FAULT),
    *(EventKind.VERIFICATION, EventKind.RECEIPT, EventKind.HANDED_OVER),
}
"""What no page of the desk writes in a meeting."""


@pytest.fixture
def terminal() -> Iterator[MeetingTerminal]:
    """Return a terminal with a roster and no meeting."""
    with running(standing_roster()) as made:
        yield made


def act(secretary: Visitor, page: str, path: str, **fields: str) -> None:
    """Do an act from a page; one that shows its page again was not done."""
    secretary.open(page)
    answer = secretary.send(path, **fields)
    assert answer.status_code == 303 or "Content-Disposition" in answer.headers


def evening(secretary: Visitor, terminal: MeetingTerminal) -> str:
    """Do at the desk whatever can be done there, page by page; return the meeting's context."""
    act(secretary, "/ban/mo", "/ban/mo", kind="regular")
    context = terminal.desk.require().context
    act(secretary, "/ban", "/ban/sua", begins="19:00", late="15", photo="glance", chair=CHAIR)
    act(secretary, "/ban", "/ban/tay", nguoi="3", **{"ly-do": "FORGOTTEN"})
    act(secretary, "/ban", "/ban/tay/khach", ten="Lê Văn Khách", la="guest")
    act(secretary, "/ban", "/ban/nguoi/vang", ai="4", **{"vi-sao": "ốm"})
    act(secretary, "/ban", "/ban/nguoi/mien", ai="5")
    act(secretary, "/ban", "/ban/nguoi/sua", ai="4", ten="Vàng A Sinh")
    waiting = terminal.tap("1", "UNCONFIRMED")
    act(secretary, "/ban", f"/ban/ghi/{waiting}")
    act(secretary, "/ban", "/ban/nguoi/ve", ai="1", **{"ly-do": "FORGOTTEN"})
    entered = terminal.desk.require().by_hand[0].seq
    act(secretary, "/ban", f"/ban/huy/{entered}", **{"ly-do": "BY_MISTAKE"})
    act(secretary, "/ban/cong-bo", "/ban/cong-bo")
    act(secretary, "/ban/dong", "/ban/dong", **{"vang": "1", "xac-nhan": "1"})
    sheet = f"/ban/bien-ban/{context}"
    act(secretary, sheet, f"{sheet}/bo-sung", viec="ghi-tay", person="6", **{"ly-do": "LOST"})
    act(secretary, sheet, f"{sheet}/bo-sung", viec="vang", person="3", vang="EXCUSED")
    act(secretary, sheet, f"{sheet}/ky")
    act(secretary, sheet, f"{sheet}/1/csv")
    return context


@pytest.mark.parametrize(
    ("way", "member", "by"), [(Way.CARD, "1", "1"), (Way.PIN, None, "pin:secretary")]
)
def test_every_event_of_an_evening(
    way: Way,
    member: str | None,
    by: str,
    app: Flask,
    keeper: Doorkeeper,
    terminal: MeetingTerminal,
) -> None:
    """From the opening to the export; the entries by hand are confirmed by the chair's name."""
    client = app.test_client()
    token = keeper.open_desk(None, Role.SECRETARY, way, member)
    token = keeper.prove(token)
    client.set_cookie(COOKIE, token)
    context = evening(Visitor(client), terminal)
    seen = set()
    for event in terminal.log.events(context=context):
        body = terminal.log.body(event)
        seen.add(event.kind)
        if event.kind in NOBODYS:
            assert "by" not in body
            continue
        check_event(event, body)
        if event.kind is EventKind.HAND_ENTRIES_CONFIRMED:
            assert body["by"] == CHAIR
        else:
            assert (event.kind, body["by"]) == (event.kind, by)
    assert seen == set(EventKind) - NEVER_HERE


def test_a_practice_meeting(app: Flask, keeper: Doorkeeper, terminal: MeetingTerminal) -> None:
    """Opened by somebody too, and nothing of it is kept."""
    client = app.test_client()
    client.set_cookie(COOKIE, keeper.open_desk(None, Role.SECRETARY, Way.CARD, "1"))
    act(Visitor(client), "/ban/mo", "/ban/mo", kind="regular", thu="1")
    assert terminal.desk.require().practice
    assert terminal.log.events() == ()
