"""Every page through axe-core: no violation of WCAG 2.2 AA, in either language, on the panel.

Contrast, names, roles and reading order do not change with the size of a screen; the size of
targets and what is seen at once do, and the panel is the smallest screen that people touch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import NotFound

from edge.meeting.opening import default
from edge.meeting.quorum import PRESETS, Preset
from edge.meeting.rules import Kind
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.phones import desk as phone_desk
from edge.procedure.pairings import Pairings
from edge.tap.scene import SceneState
from edge.web.papers import knowledge
from edge.web.security import COOKIE
from edge.wire.kinds import AbsenceOutcome, AnnulReason, HandReason
from reader.evidence import PasswordKind
from tests.conftest import PATIENCE
from tests.edge.people.made import Seconds, claim, keeper_of
from tests.edge.phones.helper_made import shown
from tests.edge.procedure import pairing_made
from tests.edge.procedure.batch_made import DO
from tests.edge.procedure.pairing_made import pairings_of
from tests.edge.procedure.receipts_made import slip_address
from verify.verdict import Outcome

from . import batch_pages, counter_made
from .conftest import Served, serving
from .fake_terminal import NOW, STICKS
from .meeting_terminal import MeetingTerminal, running, standing_roster
from .waiting import wait_until

pytestmark = pytest.mark.browser

OPTIONS: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "preload": False,
}
"""Preloading fetches every style sheet again; the one rule that needs it looks once, below."""
RUN = """options => axe.run(document, options).then((found) => found.violations.map(
  (wrong) => [wrong.id, wrong.nodes.slice(0, 3).map((node) => node.target)]))"""
LANGUAGES = ("vi", "en")
LET_GO = "document.querySelectorAll('.dock').forEach((e) => { e.style.position = 'static'; })"
"""What the buttons that stay in reach cover just now is no small target: one scrolls."""
HIDDEN = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  if (e === document.body || box.width < 2) return null;
  const own = (at) => e.contains(at) || at.contains(e) && at.matches("label")
    || at.closest("label")?.contains(e);
  const seen = [...Array(9).keys()].some((n) => {
    const down = box.top + box.height * (n + 1) / 10;
    const at = document.elementFromPoint(box.left + box.width / 2, down);
    return at && own(at);
  });
  return seen ? null : e.outerHTML.slice(0, 99);
}"""
"""The focused element, where nothing of it can be seen."""
TURNED = "@media (orientation: portrait) { html { transform: rotate(90deg) } }"
NO_PAGES = frozenset(
    {
        "diagnosis.bundle",
        "static",
        "status.api",
        "api_document.openapi",
        "api_pairings.current",
        "api_verifications.of",
        "api_verifications.events",
        "slips.file",
        "counter.photo",
        "slips.anchor",
        "desk.photo",
        "handover.photo",
        "board.home",
    }
)
"""Files, answers to programs, pictures, and an address that only leads on."""


class Phase(Enum):
    """When of an evening a page is looked at."""

    BEFORE = auto()
    DURING = auto()
    AFTER = auto()


@dataclass(frozen=True)
class Case:
    """A page: its view, when, what to do first, and who looks (None: nobody has come in)."""

    endpoint: str
    phase: Phase
    prepare: Callable[[MeetingTerminal], str]
    """Puts the terminal into the state and returns the address."""
    press: str | None = None
    """Selects the button that leads from that address to the page, where a form does."""
    file: str | None = None
    """What is in the file that the form sends."""
    role: Role | None = Role.SECRETARY
    pairs: Callable[[Pairings], object] = Pairings.drop
    """What goes on with pairing meanwhile."""


def at(path: str) -> Callable[[MeetingTerminal], str]:
    """Return the preparation of a page that needs none."""

    def prepare(terminal: MeetingTerminal) -> str:
        terminal.show(SceneState.IDLE)
        return path

    return prepare


def with_stick(terminal: MeetingTerminal) -> str:
    """Plug two sticks in, one of them locked, on one of which something was copied."""
    terminal.show(SceneState.IDLE)
    terminal.plugged = STICKS
    return "/trang-thai"


def diagnosed(path: str, *, button: bool = False) -> Callable[[MeetingTerminal], str]:
    """Return the preparation of a page of a diagnosis that has ended."""

    def prepare(terminal: MeetingTerminal) -> str:
        terminal.show(SceneState.IDLE)
        terminal.diagnosis.begin(button=button)
        wait_until(lambda: not terminal.diagnosis.view().running)
        return path

    return prepare


def scene(state: SceneState, path: str = "/bang", **fields: Any) -> Callable[[Any], str]:
    """Return the preparation of a page in this state of the reader."""

    def prepare(terminal: MeetingTerminal) -> str:
        terminal.show(state, **{"card_present": True, **fields})
        return path

    return prepare


def choosing(path: str, **fields: Any) -> Callable[[Any], str]:
    """Return the preparation of a page while a card waits for a name."""
    kinds = frozenset({PasswordKind.CAN, PasswordKind.MRZ})
    return scene(SceneState.CHOOSE, path, kinds=kinds, tries_left=2, **fields)


def annulling(terminal: MeetingTerminal) -> str:
    """Return the address at which the first result is taken back."""
    return f"/ban/huy/{terminal.book.require().entries[0].seq}"


def receipted(terminal: MeetingTerminal) -> str:
    """Return the address of a receipt's slip."""
    return slip_address(terminal.counter.day)


def phones(phase: phone_desk.Phase) -> Callable[[MeetingTerminal], str]:
    """Return the preparation of a page on which the Wi-Fi for phones is so far."""

    def prepare(terminal: MeetingTerminal) -> str:
        terminal.show(SceneState.IDLE)
        terminal.phones = shown(phase)
        return "/ban/dien-thoai"

    return prepare


def asking(terminal: MeetingTerminal) -> str:
    """Return the screen before the holder, while a question waits."""
    counter_made.asked(terminal.counter)
    return "/dong-y"


def asking_number(terminal: MeetingTerminal) -> str:
    """Return the same while the card waits for its number."""
    counter_made.hinted(terminal.counter)
    return "/dong-y"


def asked_already(terminal: MeetingTerminal) -> str:
    """Return the counter's page while somebody asks."""
    counter_made.asked(terminal.counter)
    return "/thu-tuc"


def nobody_asks(terminal: MeetingTerminal) -> str:
    """Return the counter's page."""
    counter_made.ended(terminal.counter)
    return "/thu-tuc"


def answered(outcome: Outcome) -> Callable[[MeetingTerminal], str]:
    """Return the preparation of a result."""

    def prepare(terminal: MeetingTerminal) -> str:
        return f"/thu-tuc/hoi/{counter_made.answered(terminal.counter, outcome).id}"

    return prepare


def declined(terminal: MeetingTerminal) -> str:
    """Return the page of a question that the holder did not agree to."""
    return f"/thu-tuc/hoi/{counter_made.ended(terminal.counter).id}"


def verified(terminal: MeetingTerminal) -> str:
    """Return the history of a day with two cards."""
    counter_made.answered(terminal.counter)
    counter_made.answered(terminal.counter, Outcome.REJECTED)
    return "/thu-tuc/ngay"


def closed(terminal: MeetingTerminal) -> str:
    """Return the address of the closed meeting."""
    return f"/ban/bien-ban/{terminal.sheets.closed()[0].context}"


def handing(path: str, *, turn: str | None = None) -> Callable[[MeetingTerminal], str]:
    """Return the preparation of a page of a batch, at somebody's turn."""

    def prepare(terminal: MeetingTerminal) -> str:
        terminal.show(SceneState.IDLE)
        batch_pages.begin(terminal)
        terminal.handover.book.turn(turn)
        return path

    return prepare


def no_batch(terminal: MeetingTerminal) -> str:
    """Return the page that asks for a list."""
    terminal.show(SceneState.IDLE)
    if terminal.handover.book.batch is not None:
        terminal.handover.book.finish()
    return "/phat-the/danh-sach"


def steps_done(terminal: MeetingTerminal) -> str:
    """Lay both cards of somebody."""
    path = handing("/phat-the")(terminal)
    batch_pages.lay(terminal)
    batch_pages.lay(terminal, profile="cccd")
    return path


def differing(terminal: MeetingTerminal) -> str:
    """Lay a chip that differs from the list, and the citizen card of another."""
    path = handing("/phat-the")(terminal)
    batch_pages.lay(terminal, birth="1979-04-03")
    batch_pages.lay(terminal, DO, profile="cccd")
    return path


def stranger_laid(terminal: MeetingTerminal) -> str:
    """Lay a card of nobody on the list, and one that waits for its number."""
    path = handing("/phat-the")(terminal)
    batch_pages.lay(terminal, batch_pages.nobody_of_the_batch())
    choosing(path, seq=1)(terminal)
    return path


def handed_over(path: str) -> Callable[[MeetingTerminal], str]:
    """Return the preparation of a page after a card was handed over."""

    def prepare(terminal: MeetingTerminal) -> str:
        handing(path)(terminal)
        return path.format(place=batch_pages.deliver(terminal))

    return prepare


def odd(terminal: MeetingTerminal) -> str:
    """Make an exception."""
    differing(terminal)
    return "/phat-the/ngoai-le"


BEFORE, DURING, AFTER = Phase.BEFORE, Phase.DURING, Phase.AFTER
NAME = "Hà Văn Thuận"
CASES: Mapping[str, Case] = {
    "board-no-meeting": Case("board.page", BEFORE, at("/bang"), role=None),
    "desk-no-meeting": Case("desk.page", BEFORE, at("/ban")),
    "open": Case("sitting.opening", BEFORE, at("/ban/mo")),
    "open-more": Case("sitting.details", BEFORE, at("/ban/mo/them")),
    "roster": Case("roster_import.page", BEFORE, at("/danh-sach")),
    "roster-seen": Case(
        "roster_import.upload",
        BEFORE,
        at("/danh-sach"),
        press="main .btn--main",
        file="Họ và tên,Số thẻ,Diện\nHà Văn Thuận,123456789,ct\nLò Thị Mới,123456780,db\n",
    ),
    "roster-bad": Case(
        "roster_import.upload",
        BEFORE,
        at("/danh-sach"),
        press="main .btn--main",
        file="Họ và tên,Số thẻ,Diện\n,12,không\n",
    ),
    "no-sheets": Case("papers.closed", BEFORE, at("/ban/bien-ban")),
    "login": Case("login.page", BEFORE, at("/mo-ban"), role=None),
    "login-role": Case("login.page", BEFORE, at("/mo-ban?vai=technician"), role=None),
    "login-short": Case("login.enter", BEFORE, at("/mo-ban"), press=".key--go", role=None),
    "roles": Case("login.roles", BEFORE, at("/mo-ban/vai"), role=None),
    "recovery": Case("login.recover", BEFORE, at("/mo-ban/khoi-phuc"), role=None),
    "new-pin": Case("login.new_pin", BEFORE, at("/mo-ban/pin-moi")),
    "board-idle": Case("board.page", DURING, at("/bang"), role=None),
    "board-hold": Case("board.page", DURING, scene(SceneState.HOLD), role=None),
    "board-choose": Case("board.page", DURING, choosing("/bang"), role=None),
    "board-accepted": Case(
        "board.page", DURING, scene(SceneState.ACCEPTED, person=NAME), role=None
    ),
    "board-already": Case(
        "board.page", DURING, scene(SceneState.ALREADY, person=NAME, first_at=NOW), role=None
    ),
    "board-unconfirmed": Case(
        "board.page", DURING, scene(SceneState.UNCONFIRMED, person=NAME), role=None
    ),
    "board-refused": Case("board.page", DURING, scene(SceneState.REFUSED), role=None),
    "board-fault": Case(
        "board.page", DURING, scene(SceneState.FAULT, reason="READER_ABSENT"), role=None
    ),
    "names": Case("choose.page", DURING, choosing("/chon"), role=None),
    "names-wrong": Case(
        "choose.page", DURING, choosing("/chon", wrong=True, reason="PASSWORD_WRONG"), role=None
    ),
    "number": Case("choose.number", DURING, choosing("/chon/so"), role=None),
    "lay": Case("choose.lay", DURING, at("/chon/dat?person=5"), role=None),
    "status": Case("status.page", DURING, at("/trang-thai"), role=None),
    "diagnosis": Case("diagnosis.page", DURING, diagnosed("/chan-doan"), role=Role.TECHNICIAN),
    "diagnosis-by-button": Case(
        "diagnosis.by_button", DURING, diagnosed("/chan-doan/nut", button=True), role=None
    ),
    "status-open-desk": Case("status.page", DURING, at("/trang-thai")),
    "status-stick": Case("status.page", DURING, with_stick),
    "status-stick-locked-desk": Case("status.page", DURING, with_stick, role=None),
    "desk": Case("desk.page", DURING, at("/ban")),
    "desk-choose": Case("desk.page", DURING, choosing("/ban")),
    "hand": Case("hand.page", DURING, at("/ban/tay")),
    "hand-person": Case("hand.page", DURING, at("/ban/tay?nguoi=5")),
    "guest": Case("hand.guest", DURING, at("/ban/tay/khach")),
    "person": Case("person.page", DURING, at("/ban/nguoi?ai=5")),
    "person-here": Case("person.page", DURING, at("/ban/nguoi?ai=1")),
    "annul": Case("annul.page", DURING, annulling),
    "announce": Case("announce.page", DURING, at("/ban/cong-bo")),
    "amend": Case("sitting.amending", DURING, at("/ban/sua")),
    "close": Case("closing.page", DURING, at("/ban/dong")),
    "close-missing": Case("closing.close_meeting", DURING, at("/ban/dong"), press=".dock button"),
    "preview": Case("closing.preview", DURING, at("/ban/dong/xem")),
    "pairing": Case("pairing.page", BEFORE, at("/ghep-trang"), role=Role.OFFICER),
    "pairing-offered": Case(
        "pairing.page", BEFORE, at("/ghep-trang"), role=Role.OFFICER, pairs=Pairings.offer
    ),
    "pairing-asked": Case(
        "pairing.page", BEFORE, at("/ghep-trang"), role=Role.OFFICER, pairs=pairing_made.asked
    ),
    "pairing-done": Case(
        "pairing.page", BEFORE, at("/ghep-trang"), role=Role.OFFICER, pairs=pairing_made.paired
    ),
    "counter": Case("counter.page", BEFORE, nobody_asks, role=Role.OFFICER),
    "counter-busy": Case("counter.page", BEFORE, asked_already, role=Role.OFFICER),
    "counter-result": Case(
        "counter.question", BEFORE, answered(Outcome.ACCEPTED), role=Role.OFFICER
    ),
    "counter-refused": Case(
        "counter.question", BEFORE, answered(Outcome.REJECTED), role=Role.OFFICER
    ),
    "counter-ended": Case("counter.question", BEFORE, declined, role=Role.OFFICER),
    "counter-day": Case("counter.day", BEFORE, verified, role=Role.OFFICER),
    "consent": Case("consent.page", BEFORE, asking, role=None),
    "consent-number": Case("consent.page", BEFORE, asking_number, role=None),
    "slip": Case("slips.paper", BEFORE, receipted, role=Role.OFFICER),
    "handover-list": Case("handover_import.page", BEFORE, no_batch, role=Role.OFFICER),
    "handover-list-seen": Case(
        "handover_import.upload",
        BEFORE,
        handing("/phat-the/danh-sach"),
        press="main .btn--main",
        file=batch_pages.CSV,
        role=Role.OFFICER,
    ),
    "handover-list-bad": Case(
        "handover_import.upload",
        BEFORE,
        handing("/phat-the/danh-sach"),
        press="main .btn--main",
        file=batch_pages.BAD_CSV,
        role=Role.OFFICER,
    ),
    "handover": Case("handover.page", BEFORE, handing("/phat-the"), role=Role.OFFICER),
    "handover-turn": Case(
        "handover.page", BEFORE, handing("/phat-the", turn="c2"), role=Role.OFFICER
    ),
    "handover-steps": Case("handover.page", BEFORE, steps_done, role=Role.OFFICER),
    "handover-differs": Case("handover.page", BEFORE, differing, role=Role.OFFICER),
    "handover-stranger": Case("handover.page", BEFORE, stranger_laid, role=Role.OFFICER),
    "handover-missing": Case(
        "handover.hand_over",
        BEFORE,
        handing("/phat-the", turn="c1"),
        press=".dock .btn--main",
        role=Role.OFFICER,
    ),
    "handover-done": Case("handover.page", BEFORE, handed_over("/phat-the"), role=Role.OFFICER),
    "handover-left": Case("handover.left", BEFORE, handing("/phat-the/con-lai"), role=Role.OFFICER),
    "handover-odd": Case("handover.odd", BEFORE, odd, role=Role.OFFICER),
    "handover-why-not": Case(
        "handover.why_not", BEFORE, handing("/phat-the/khong-giao/c1"), role=Role.OFFICER
    ),
    "handover-why-not-missing": Case(
        "handover.not_now",
        BEFORE,
        handing("/phat-the/khong-giao/c1"),
        press=".dock .btn--main",
        role=Role.OFFICER,
    ),
    "handover-annul": Case(
        "handover.annul_page",
        BEFORE,
        handed_over("/phat-the/huy/c1/{place}"),
        role=Role.OFFICER,
    ),
    "handover-annul-missing": Case(
        "handover.annul",
        BEFORE,
        handed_over("/phat-the/huy/c1/{place}"),
        press=".dock .btn--main",
        role=Role.OFFICER,
    ),
    "handover-end": Case(
        "handover_import.end_page", BEFORE, handed_over("/phat-the/ket-thuc"), role=Role.OFFICER
    ),
    "handover-slip": Case(
        "handover.slip", BEFORE, handed_over("/phat-the/phieu/c1"), role=Role.OFFICER
    ),
    "phones": Case("phones.page", DURING, phones(phone_desk.Phase.OFF)),
    "phones-starting": Case("phones.page", DURING, phones(phone_desk.Phase.STARTING)),
    "phones-on": Case("phones.page", DURING, phones(phone_desk.Phase.ON)),
    "phones-failed": Case("phones.page", DURING, phones(phone_desk.Phase.FAILED)),
    "phones-none": Case("phones.page", BEFORE, at("/ban/dien-thoai")),
    "error": Case("", DURING, at("/khong-co")),
    "sheets": Case("papers.closed", AFTER, at("/ban/bien-ban")),
    "sheet": Case("papers.page", AFTER, closed),
    "paper": Case("papers.paper", AFTER, closed, press='[formaction$="/in"]'),
}


def _evening(terminal: MeetingTerminal) -> None:
    """Open a meeting and let people come in every way."""
    rule = replace(PRESETS[Preset.RECOGNITION][0], topic="Mục 5")
    opening = default(Kind.REGULAR, begins=terminal.at)
    terminal.begin(replace(opening, quorums=(rule,), chair="1", secretary="2", place="nhà họp"))
    for person in "12":
        terminal.tap(person)
    terminal.tap("4", "UNCONFIRMED")
    terminal.desk.hand_entry("3", HandReason.NOT_EXCHANGED, late=False)
    terminal.desk.hand_entry("6", HandReason.PROBATIONARY, late=True)
    terminal.desk.annul(terminal.book.require().entries[1].seq, AnnulReason.BY_MISTAKE)


def _end(terminal: MeetingTerminal) -> None:
    context = terminal.desk.require().context
    terminal.close_meeting()
    terminal.sheets.sign(context, knowledge(terminal.status()))
    terminal.desk.after_the_end(context).absence("5", AbsenceOutcome.EXCUSED)


@pytest.fixture(scope="module")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Phase, Served]]:
    """Serve a terminal before, in and after a meeting; who came in, came in at each."""
    folder, seconds = tmp_path_factory.mktemp("people"), Seconds()
    keeper = keeper_of(folder, seconds)
    keeper.take(claim())
    pairings = pairings_of(folder, seconds)
    with ExitStack() as stack:
        found = {}
        for phase in Phase:
            terminal = stack.enter_context(running(standing_roster()))
            if phase is not Phase.BEFORE:
                _evening(terminal)
            if phase is Phase.AFTER:
                _end(terminal)
            found[phase] = stack.enter_context(serving(terminal, keeper, pairings))
        yield found


@pytest.fixture(scope="module")
def browsers(
    chromium: Browser, evenings: Mapping[Phase, Served]
) -> Iterator[Mapping[Role | None, Page]]:
    """Return a page of a browser at which nobody came in, and one of each role."""
    pages: dict[Role | None, Page] = {}
    for role in (None, *Role):
        context = chromium.new_context(
            viewport={"width": 800, "height": 480}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        if role is not None:
            served = evenings[BEFORE]  # a cookie is for every port
            token = served.keeper.open_desk(None, role, Way.PIN)
            context.add_cookies([{"name": COOKIE, "value": token, "url": served.url}])
        pages[role] = context.new_page()
    yield pages
    for page in pages.values():
        page.context.close()


def violations(page: Page, options: Mapping[str, Any] = OPTIONS) -> list[Any]:
    """Return (rule, the first elements that break it) of everything that is wrong."""
    page.evaluate(AXE_SCRIPT)
    found: list[Any] = page.evaluate(RUN, options)
    return found


def _shown(case: Case, page: Page, app: Flask) -> bool:
    """Return whether the browser stands on the page that was meant, and not where it led to."""
    method = "GET" if case.press is None else "POST"
    path = urlsplit(page.url).path
    try:
        endpoint, _ = app.url_map.bind("").match(path, method=method)
    except NotFound:
        return case.endpoint == ""
    return bool(endpoint == case.endpoint)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_no_violation(
    name: str,
    language: str,
    evenings: Mapping[Phase, Served],
    browsers: Mapping[Role | None, Page],
) -> None:
    """As somebody meets the page: on the panel, in the state of the reader that shows it."""
    case = CASES[name]
    page, served = browsers[case.role], evenings[case.phase]
    assert isinstance(served.terminal, MeetingTerminal)
    page.goto("about:blank")  # a page that is left draws itself anew no more
    path = case.prepare(served.terminal)
    case.pairs(served.pairings)
    page.goto(f"{served.url}{path}{'&' if '?' in path else '?'}lang={language}")
    if case.file is not None:
        csv = {"name": "ds.csv", "mimeType": "text/csv", "buffer": case.file.encode()}
        page.set_input_files("[type=file]", csv)  # type: ignore[arg-type]
    if case.press is not None:
        with page.expect_navigation():
            page.locator(case.press).click()
    assert _shown(case, page, served.app)
    assert page.locator("html").get_attribute("lang") == language
    page.evaluate(LET_GO)
    assert violations(page) == []


@pytest.mark.parametrize("name", ["amend", "close", "hand-person", "open-more"])
def test_what_has_the_focus_is_in_sight(
    name: str, evenings: Mapping[Phase, Served], browsers: Mapping[Role | None, Page]
) -> None:
    """Nothing that stays on the screen covers the whole of it (WCAG 2.4.11), both ways round."""
    case = CASES[name]
    page, served = browsers[Role.SECRETARY], evenings[case.phase]
    assert isinstance(served.terminal, MeetingTerminal)
    page.goto(served.url + case.prepare(served.terminal))
    for key in ["Tab"] * 30 + ["Shift+Tab"] * 30:
        page.keyboard.press(key)
        assert page.evaluate(HIDDEN) is None


def test_every_page_has_its_case(app: Flask) -> None:
    """A page that is added is looked at, in some state of the terminal; a case is of a page."""
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("part")
    }
    cases = {case.endpoint for case in CASES.values()}
    assert pages - NO_PAGES - cases == set()
    assert cases - set(app.view_functions) == {""}


def test_what_is_wrong_is_found(browsers: Mapping[Role | None, Page]) -> None:
    """The rules are on: contrast, names, targets and language are looked at."""
    page = browsers[None]
    page.goto("about:blank")
    page.set_content(
        '<main><p style="color: #ccc">Điểm danh</p><a href="#a">a</a> <img src="data:,">'
        '<button style="width: 9px; height: 9px; padding: 0">a</button>'
        '<button style="width: 9px; height: 9px; padding: 0">b</button></main>'
    )
    found = {rule for rule, _ in violations(page)}
    assert found >= {"color-contrast", "image-alt", "target-size", "html-has-lang"}


def test_no_style_holds_the_screen_one_way_round(
    evenings: Mapping[Phase, Served], browsers: Mapping[Role | None, Page]
) -> None:
    """No style sheet turns a page with the screen (WCAG 1.3.4); all pages have the same ones."""
    page = browsers[Role.SECRETARY]
    page.goto(evenings[DURING].url + "/ban")
    rule = {"runOnly": {"type": "rule", "values": ["css-orientation-lock"]}}
    assert violations(page, rule) == []
    page.evaluate("turned => document.styleSheets[0].insertRule(turned)", TURNED)
    assert [found for found, _ in violations(page, rule)] == ["css-orientation-lock"]
