"""What every page shares: the terminal behind it, the language, the strip, the way back.

Lives here: helpers of the request. Not here: any page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, cast

from flask import Flask, Response, current_app, render_template, request, url_for
from flask_babel import gettext

from edge.errors import MeetingState
from edge.meeting.rules import Kind
from edge.meeting.sitting import Sitting
from edge.tap.scene import SceneState
from edge.web import labels, people_words, results
from edge.web.api.scope import is_api
from edge.web.filters import day, language, month
from edge.web.knows import knows
from edge.web.terminal import MeetingView, StatusView, Terminal
from edge.web.waiting import Waited, WaitingRoom

LANGUAGES = ("vi", "en")
LANGUAGE_COOKIE = "lang"
COOKIE_AGE = 365 * 24 * 3600  # seconds
_TERMINAL = "tramthe.terminal"
_ROOM = "tramthe.waiting-room"
_CLOSED = "tramthe.closed-meeting"


@dataclass(frozen=True, slots=True)
class ClosedMeeting:
    """The meeting closed last: when, and its sums. Names nobody."""

    at: datetime
    meeting: MeetingView


@unique
class Back(StrEnum):
    """Where a choice of name returns to."""

    BOARD = "bang"
    PANEL = "cham"
    """The board on a touch panel: it turns to the names by itself when a card waits for one."""
    DESK = "ban"
    CONSENT = "dong-y"
    """The screen of a question at the counter: a number that opens the card laid for it."""
    LOGIN = "mo-ban"
    """The login page: a name that opens a committee member's card."""

    @property
    def url(self) -> str:
        """Return the address of that page."""
        match self:
            case Back.BOARD:
                return url_for("board.page")
            case Back.PANEL:
                return url_for("board.page", cham=1)
            case Back.DESK:
                return url_for("desk.page")
            case Back.CONSENT:
                return url_for("consent.page")
            case Back.LOGIN:
                return url_for("login.page")


def install(app: Flask, terminal: Terminal, room: WaitingRoom) -> None:
    """Tie the application to its terminal."""
    app.extensions[_TERMINAL] = terminal
    app.extensions[_ROOM] = room
    app.context_processor(
        lambda: {
            "lang": language(),
            "other_lang": "vi" if language() == "en" else "en",
            "meeting_title": meeting_title,
            "past_title": past_title,
            "kinds": labels.KINDS,
            "categories": labels.CATEGORIES,
            "hand_reasons": labels.HAND_CHOICES,
            "quorum_topics": labels.QUORUM_TOPICS,
            "standing_words": results.standing,
            "roles": people_words.ROLES,
            "role_doors": people_words.ROLE_DOORS,
            "acts": people_words.ACTS,
            "pin_faults": people_words.PIN_FAULTS,
            "closed_last": app.extensions.get(_CLOSED),
        }
    )
    app.after_request(_remember_language)


def terminal() -> Terminal:
    """Return the terminal behind the pages."""
    return cast(Terminal, current_app.extensions[_TERMINAL])


def remember_closed(meeting: MeetingView, at: datetime) -> None:
    """Keep a closed meeting's sums in sight until the next one opens or the service ends."""
    closed = ClosedMeeting(at, replace(meeting, people=(), recent=()))
    current_app.extensions[_CLOSED] = closed


def forget_closed() -> None:
    """Drop the sums of the meeting before."""
    current_app.extensions.pop(_CLOSED, None)


def waiting_room() -> WaitingRoom:
    """Return the places of requests that wait."""
    return cast(WaitingRoom, current_app.extensions[_ROOM])


def next_scene(after: int) -> Waited:
    """Wait for a scene other than version `after`, while there is room and the browser is there."""
    room = waiting_room()
    gone = cast("Callable[[], bool] | None", request.environ.get("waitress.client_disconnected"))
    return room.next_scene(terminal(), after, gone)


def chosen_language() -> str:
    """Return the language that the address or the cookie asks for; Vietnamese by default.

    A program is answered in the language of its Accept-Language: no cookie is looked at for it.
    """
    if is_api():
        return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    for asked in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    return LANGUAGES[0]


def _remember_language(response: Response) -> Response:
    """Keep a language asked for by a page, not by a part that a board fetches for itself."""
    if is_api() or not request.endpoint or request.endpoint.endswith("part"):
        return response
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, asked, max_age=COOKIE_AGE, httponly=True, samesite="Strict"
        )
    return response


def back() -> Back:
    """Return where this request came from; the board where it does not say."""
    asked = request.values.get("ve", "")
    return Back(asked) if asked in frozenset(Back) else Back.BOARD


def turn_to(address: str) -> Response:
    """Return the answer to a part's request that has the whole page turn to another one."""
    return Response(headers={"HX-Redirect": address})


def show(template: str, *, status: StatusView | None = None, **view: object) -> str:
    """Render a page with the strip and the time that stand on all of them."""
    status = status or terminal().status()
    return render_template(template, status=status, strip=knows(status), **view)


def desk_view() -> dict[str, Any]:
    """Return what every page of the desk shows around its content."""
    status, scene = terminal().status(), terminal().scene()
    state = SceneState.IDLE if scene.counter else scene.state
    return {
        "status": status,
        "organisation": terminal().organisation,
        "meeting": terminal().meeting(),
        "chip": reader_chip(status, state),
    }


def show_at_desk(template: str, **view: Any) -> str:
    """Render a page of the desk, with what its frame needs."""
    return show(template, **desk_view(), **view)


def require_meeting() -> MeetingView:
    """Return the open meeting. Raises MeetingState where none is."""
    meeting = terminal().meeting()
    if meeting is None:
        raise MeetingState("No meeting is open.", next_step="Open the meeting at the desk.")
    return meeting


def meeting_title(meeting: MeetingView) -> str:
    """Return e.g. `Sinh hoạt thường kỳ tháng 11/2026`; untitled, other kinds carry their day."""
    called = _called(meeting.kind, meeting.title, meeting.opened_at)
    if meeting.title or meeting.kind == Kind.REGULAR:
        return called
    return str(gettext("%(kind)s, %(day)s", kind=called, day=day(meeting.opened_at)))


def past_title(sitting: Sitting) -> str:
    """Return the same of a meeting that is over, with its day: many stand in one list."""
    called = _called(sitting.kind.value, sitting.opening.title, sitting.opened_at)
    return f"{called}, {day(sitting.opened_at)}"


def _called(kind: str, title: str, opened: datetime) -> str:
    word = gettext(labels.KINDS[kind])
    if title:
        return f"{word} {title}"
    if kind == Kind.REGULAR:
        return str(gettext("%(kind)s tháng %(month)s", kind=word, month=month(opened)))
    return str(word)


def reader_chip(status: StatusView, state: SceneState) -> tuple[SceneState, str]:
    """Return state and words of the reader's chip on desk pages."""
    if status.locked is not None:
        state = SceneState.LOCKED
    elif status.reader is None:
        state = SceneState.FAULT
    return state, gettext(labels.AT_DESK[state])
