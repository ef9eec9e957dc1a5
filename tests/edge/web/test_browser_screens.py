"""Every screen in both languages and three sizes, kept as pictures to be looked at."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from edge.stick import StickFault, failed
from edge.stick_desk import Done, StickAct
from edge.sync.courier_outcome import Exported
from edge.tap.scene import SceneState
from edge.web.terminal import ResultRow
from reader.evidence import PasswordKind
from verify.moment import TimeQuality

from .conftest import Opener, Served
from .fake_terminal import NOW, STICKS, FakeTerminal

pytestmark = pytest.mark.browser

PICTURES = Path("build/screens")
SIZES = ((800, 480), (1920, 1080), (360, 800))
BOARDS = ((1920, 1080), (1366, 768), (1280, 720), (1024, 768), (1024, 600), (800, 480))
BOTH = frozenset({PasswordKind.CAN, PasswordKind.MRZ})


def _accepted(terminal: FakeTerminal) -> None:
    terminal.admit("5")


def _picture() -> bytes:
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((240, 320)).save(picture, "JPEG")
    return picture.getvalue()


def _photo(terminal: FakeTerminal) -> None:
    terminal.admit("5", photo=_picture())


def _already_photo(terminal: FakeTerminal) -> None:
    terminal.show(
        SceneState.ALREADY,
        person=max((p.name for p in terminal.people), key=len),
        first_at=NOW,
        photo=_picture(),
        card_present=True,
    )


def _lay_again(terminal: FakeTerminal) -> None:
    terminal.show(SceneState.IDLE, card_present=True)


def _removed(terminal: FakeTerminal) -> None:
    terminal.show(SceneState.HOLD, reason="CARD_REMOVED")


def _already(terminal: FakeTerminal) -> None:
    terminal.admit("1")
    terminal.show(SceneState.ALREADY, person="Vàng A Dơ", first_at=NOW, seq=2, card_present=True)


def _refused(terminal: FakeTerminal) -> None:
    terminal.refuse(SceneState.REFUSED, "CARD_REPORTED_LOST")


def _unconfirmed(terminal: FakeTerminal) -> None:
    terminal.refuse(SceneState.UNCONFIRMED, "CARD_STATUS_STALE", person="Hà Văn Khiêm")


def _choose(terminal: FakeTerminal) -> None:
    terminal.show(
        SceneState.CHOOSE,
        kinds=BOTH,
        tries_left=3,
        deadline=NOW + timedelta(seconds=24),
        card_present=True,
    )


def _wrong(terminal: FakeTerminal) -> None:
    terminal.show(
        SceneState.CHOOSE,
        kinds=BOTH,
        tries_left=2,
        wrong=True,
        reason="PASSWORD_WRONG",
        card_present=True,
    )


def _no_reader(terminal: FakeTerminal) -> None:
    terminal.view = replace(
        terminal.view,
        reader=None,
        reader_waiting_for="reader",
        time_quality=TimeQuality.FLOOR_ONLY,
        lists=(),
        last_sync=None,
    )
    terminal.show(SceneState.FAULT, reason="READER_ABSENT")


def _locked(terminal: FakeTerminal) -> None:
    terminal.view = replace(terminal.view, locked="LOG_DISK_FULL")
    terminal.show(SceneState.LOCKED, reason="LOG_DISK_FULL", card_present=True)


def _closed(terminal: FakeTerminal) -> None:
    terminal.kind = None


def _busy_evening(terminal: FakeTerminal) -> None:
    for person in ("1", "5", "7"):
        terminal.admit(person)
    _unconfirmed(terminal)
    rows = (
        ResultRow(10, SceneState.ACCEPTED, NOW, "Lò Thị Dợ", withdrawn=True),
        ResultRow(9, SceneState.UNEXPECTED, NOW, None, "NOT_ON_ROSTER"),
        ResultRow(8, SceneState.ALREADY, NOW, "Vàng A Dơ", None, NOW - timedelta(minutes=9)),
        ResultRow(7, SceneState.REFUSED, NOW, None, "CARD_REPORTED_LOST"),
    )
    terminal.recent = (*rows, *terminal.recent)
    terminal.show(SceneState.IDLE)


def _to_annul(terminal: FakeTerminal) -> None:
    row = ResultRow(1, SceneState.ACCEPTED, NOW, "Nguyễn Thị Hồng Phương Thảo Ngọc")
    terminal.recent = (replace(row, annullable=True),)


def _sticks(terminal: FakeTerminal) -> None:
    terminal.plugged = STICKS


def _stick_full(terminal: FakeTerminal) -> None:
    exported = Exported(None, 40, 61, 1, failed(StickFault.FULL))
    done = Done(StickAct.COPY, "GÓI-XÃ", NOW, exported=exported)
    terminal.plugged = replace(STICKS, last=done)


def _nothing(_terminal: FakeTerminal) -> None:
    """Leave the terminal as it begins."""


SCREENS: dict[str, tuple[Callable[[FakeTerminal], None], str]] = {
    "board-idle": (_nothing, "/bang"),
    "board-closed": (_closed, "/bang"),
    "board-accepted": (_accepted, "/bang"),
    "board-photo": (_photo, "/bang"),
    "board-lay-again": (_lay_again, "/bang"),
    "board-removed": (_removed, "/bang"),
    "board-wrong": (_wrong, "/bang"),
    "board-already": (_already, "/bang"),
    "board-already-photo": (_already_photo, "/bang"),
    "board-refused": (_refused, "/bang"),
    "board-unconfirmed": (_unconfirmed, "/bang"),
    "board-choose": (_choose, "/bang"),
    "board-fault": (_no_reader, "/bang"),
    "board-locked": (_locked, "/bang"),
    "desk": (_busy_evening, "/ban"),
    "desk-choose": (_choose, "/ban"),
    "desk-closed": (_closed, "/ban"),
    "desk-locked": (_locked, "/ban"),
    "hand": (_nothing, "/ban/tay?nguoi=13"),
    "guest": (_nothing, "/ban/tay/khach"),
    "person": (_nothing, "/ban/nguoi?ai=5"),
    "person-here": (_accepted, "/ban/nguoi?ai=5"),
    "annul": (_to_annul, "/ban/huy/1"),
    "names": (_choose, "/chon"),
    "names-wrong": (_wrong, "/chon"),
    "number": (_wrong, "/chon/so"),
    "lay": (_nothing, "/chon/dat?person=5"),
    "open": (_closed, "/ban/mo"),
    "status": (_nothing, "/trang-thai"),
    "status-stick": (_sticks, "/trang-thai"),
    "status-stick-full": (_stick_full, "/trang-thai"),
    "status-faults": (_no_reader, "/trang-thai"),
    "error": (_nothing, "/khong-co"),
}


OVER_THE_EDGE = """() => {
  const seen = (selector) => [...document.querySelectorAll(selector)]
    .map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width > 1);
  const said = (found) => found.map(([e]) => e.outerHTML.slice(0, 120));
  const sideways = seen("h1, main p, button, a, main li, .knows, .knows span")
    .filter(([, box]) => box.left < 0 || box.right > innerWidth + 1);
  const main = document.querySelector(".board__main")?.getBoundingClientRect();
  const downwards = main && innerWidth > innerHeight
    ? seen(".board__main h1, .board__main p, .board__main svg, .board__main img")
      .filter(([, box]) => box.top < main.top - 1 || box.bottom > main.bottom + 1)
    : [];
  return [...said(sideways), ...said(downwards)];
}"""


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_nothing_runs_over_the_edge(
    name: str, language: str, served: Served, open_page: Opener
) -> None:
    """Every page fits the width of panel, television and phone; a board fits its height too."""
    prepare, path = SCREENS[name]
    prepare(served.terminal)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = open_page(f"{path}{'&' if '?' in path else '?'}lang={language}", script=False)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"{name}--{width}x{height}-{language}.png")
        assert page.evaluate(OVER_THE_EDGE) == []


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("prepare", [_photo, _already_photo, _accepted])
def test_a_long_name_leaves_room_for_what_follows(
    prepare: Callable[[FakeTerminal], None], language: str, served: Served, open_page: Opener
) -> None:
    """The word, two lines of name and the request to take the card end above the strip."""
    prepare(served.terminal)
    page = open_page(f"/bang?lang={language}", script=False)
    for width, height in BOARDS:
        page.set_viewport_size({"width": width, "height": height})
        take, knows = page.locator(".take").bounding_box(), page.locator(".knows").bounding_box()
        assert take is not None
        assert knows is not None
        assert take["y"] + take["height"] <= knows["y"]
        assert page.evaluate(OVER_THE_EDGE) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_names_after_a_wrong_one_are_whole(
    language: str, served: Served, open_page: Opener
) -> None:
    """On the panel three rows of names stay in sight: the notice stands in the header."""
    _wrong(served.terminal)
    page = open_page(f"/chon?lang={language}", script=False)
    seen = page.locator(".choose .tiles").bounding_box()
    ninth = page.locator(".choose .tile").nth(8).bounding_box()
    assert seen is not None
    assert ninth is not None
    assert ninth["y"] + ninth["height"] <= seen["y"] + seen["height"] + 1


def test_the_language_is_a_target_for_a_thumb(open_page: Opener) -> None:
    """On a phone too: 48 px each way."""
    page = open_page("/ban", script=False)
    page.set_viewport_size({"width": 360, "height": 800})
    box = page.locator(".bar__lang").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 48


TOO_SMALL = """() => [...document.querySelectorAll(
    "main button, main a.btn, main .choice, main .input, .filters a, nav a")]
  .filter((e) => { const box = e.getBoundingClientRect();
    return box.width > 1 && Math.min(box.width, box.height) < 47.5; })
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("name", ["desk", "hand", "guest", "person", "person-here", "annul"])
def test_each_act_of_the_desk_is_a_target_for_a_thumb(
    name: str, served: Served, open_page: Opener
) -> None:
    """On panel and phone: 48 px each way, buttons, fields and choices."""
    prepare, path = SCREENS[name]
    prepare(served.terminal)
    page = open_page(path, script=False)
    for width, height in ((800, 480), (360, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(TOO_SMALL) == []
