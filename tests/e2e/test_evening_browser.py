"""An evening as `docs/secretary.md` tells it: one panel, from the first touch to paper.

Each step is a real touch on a running terminal. The Vietnamese walk leaves the page's pictures in
`build/guide`; `make pictures` makes them anew and copies them to `docs/pictures`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.support import Translations
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import edge.web
from edge.wire.kinds import AbsenceOutcome, EventKind, ExportOutcome, HandReason
from provisioning import people
from provisioning.demo.prepare import PIN
from provisioning.people import Member
from provisioning.softcard.chip import Chip
from tests.conftest import PATIENCE
from tests.e2e.conftest import SOON, Starter, Terminal

pytestmark = pytest.mark.browser

GUIDE = Path("build/guide")
PANEL = {"width": 800, "height": 480}
COLOURS = 48  # of a picture: enough for flat colours and smooth letters
GREYS = 12  # of the picture of the sheet
PAPER_WIDTH = 620  # pixels of it
TRANSLATIONS = Path(edge.web.__file__).parent / "translations"


@dataclass
class Panel:
    """The touch panel of a terminal, in one of its languages."""

    terminal: Terminal
    page: Page
    language: str

    def word(self, text: str) -> str:
        """Return a text of the pages in the panel's language."""
        if self.language == "vi":
            return text
        return str(Translations.load(str(TRANSLATIONS), ["en"]).gettext(text))

    def link(self, text: str) -> Locator:
        """Return the link that says this."""
        return self.page.get_by_role("link", name=self.word(text), exact=True)

    def button(self, text: str) -> Locator:
        """Return the button that says this."""
        return self.page.get_by_role("button", name=self.word(text), exact=True)

    def shows(self, heading: str) -> None:
        """Wait for the page of this heading."""
        found = self.page.get_by_role("heading", level=1, name=self.word(heading), exact=True)
        expect(found).to_be_visible()

    def lay(self, key: str) -> None:
        """Lay a card on the reader."""
        self.terminal.reader.lay(Chip(self.terminal.cast(key).image))

    def lift(self) -> None:
        """Take the card away, once it was judged."""
        self.terminal.results.get(timeout=SOON)
        self.terminal.reader.lift()

    def touch(self, member: Member) -> None:
        """Touch a name."""
        self.page.get_by_role("button", name=member.person.name).click()

    def picture(self, name: str) -> None:
        """Keep what the panel shows."""
        if self.language == "vi":
            _keep(self.page.screenshot(), name)


def _keep(shot: bytes, name: str, *, paper: bool = False) -> None:
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    if paper:
        height = round(picture.height * PAPER_WIDTH / picture.width)
        picture = picture.resize((PAPER_WIDTH, height), Image.Resampling.LANCZOS)
    GUIDE.mkdir(parents=True, exist_ok=True)
    few = picture.quantize(GREYS if paper else COLOURS, dither=Image.Dither.NONE)
    few.save(GUIDE / f"{name}.png", optimize=True)


@pytest.fixture
def panel_of(chromium: Browser, start: Starter) -> Iterator[Callable[[str], Panel]]:
    """Return a starter of a terminal with a panel at which nobody came in."""
    contexts = []

    def begin(language: str) -> Panel:
        terminal = start()
        context = chromium.new_context(viewport=PANEL, reduced_motion="reduce")  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{terminal.url}/bang?lang={language}")
        return Panel(terminal, page, language)

    yield begin
    for context in contexts:
        context.close()


def _open_the_desk(panel: Panel) -> None:
    """Come in by the committee member's card: lay it, touch the name, lift it."""
    panel.shows("Chưa mở cuộc họp")
    panel.link("Mở cuộc họp").click()
    panel.shows("Mở bàn thư ký")
    panel.picture("mo-ban")
    panel.lay("member-1")
    panel.touch(people.NGOC)
    panel.lift()


def _open_the_meeting(panel: Panel) -> None:
    panel.shows("Mở cuộc họp")
    panel.picture("mo-hop")
    panel.link("Thêm: giờ, nơi, chủ trì, tỷ lệ").click()
    page = panel.page
    page.get_by_label(panel.word("Chủ trì")).select_option(people.NGOC.id)
    page.get_by_label(panel.word("Thư ký")).select_option(people.PANG.id)
    page.get_by_label(panel.word("Nơi họp")).fill("nhà văn hoá bản Nậm Khoai")
    panel.button("Mở cuộc họp").click()


def _by_card(panel: Panel) -> None:
    """Let two come in; the third card was reported lost."""
    page = panel.page
    panel.link("Bảng").click()
    panel.shows("Mời đặt thẻ lên đầu đọc")
    panel.lay("member-1")
    panel.link("Chạm tên mình").click()
    panel.shows("Mời chạm tên mình")
    panel.picture("cham-ten")
    panel.touch(people.NGOC)
    expect(page.locator('.board[data-state="accepted"] img.photo')).to_be_visible()
    expect(page.locator(".outcome__name")).to_have_text(people.NGOC.person.name)
    expect(page.locator("img.photo")).to_have_js_property("naturalWidth", 240)
    panel.picture("co-mat")
    panel.lift()
    panel.terminal.tap("member-2")
    panel.terminal.tap("lost")
    expect(page.locator('.board[data-state="refused"]')).to_be_visible()
    panel.link("Bàn thư ký").click()
    expect(page.locator("#vua-qua")).to_contain_text(panel.word("Thẻ báo mất."))


def _by_hand(panel: Panel, member: Member, why: HandReason) -> None:
    panel.link("Ghi tay").click()
    panel.shows("Ghi tay")
    panel.page.locator(".hand__who label", has_text=member.person.name).click()
    panel.page.locator(f"label:has([value={why}])").click()
    panel.picture("ghi-tay")
    panel.button("Ghi có mặt").click()


def _the_others(panel: Panel) -> None:
    """Let the rest be written down as above, two of them by nobody yet."""
    desk = panel.terminal.service.desk
    for member in (people.NGA, people.QUYET, people.KHIEM, people.LO_DO, people.HO):
        desk.hand_entry(member.id, HandReason.NOT_EXCHANGED, late=False)
    for member in (people.THUY, people.THANH):
        desk.hand_entry(member.id, HandReason.FORGOTTEN, late=False)
    for member in (people.LUA, people.XUAN):
        desk.absence(member.id, AbsenceOutcome.EXCUSED, note="đi công tác")


def _close(panel: Panel) -> None:
    """Read aloud, end, enter the PIN that signing asks, tick, sign."""
    page = panel.page
    panel.link("Công bố").click()
    panel.button("Chép vào biên bản").click()
    panel.link("Kết thúc").click()
    panel.link("Nhập PIN để ký").click()
    for key in [*PIN, "mo"]:
        with page.expect_navigation():
            page.locator(f'.keys button[value="{key}"]').click()
    panel.shows("Kết thúc và ký")
    for tick in page.get_by_role("checkbox").all():
        tick.check()
    page.locator("main").evaluate("main => main.scrollTo(0, 0)")
    panel.picture("ket-thuc")
    panel.button("Kết thúc và ký").click()
    panel.shows("Biên bản")


def _print(panel: Panel) -> None:
    """One page, in Vietnamese whoever reads; it says who signs."""
    page = panel.page
    panel.button("In biên bản").click()
    expect(page.locator(".sheet h1")).to_have_text("BIÊN BẢN ĐIỂM DANH")
    expect(panel.button("In")).to_be_visible()
    expect(page.locator(".sheet__id")).to_contain_text("Trang 1/1")
    expect(page.locator(".sheet__sign")).to_contain_text(
        [people.PANG.person.name, people.NGOC.person.name]
    )
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    if panel.language == "vi":
        page.set_viewport_size({"width": 1000, "height": 1300})
        paper, foot = (
            page.locator(".sheet").bounding_box(),
            page.locator(".sheet__foot").bounding_box(),
        )
        assert paper is not None
        assert foot is not None
        clip = {**paper, "height": foot["y"] + foot["height"] + 20 - paper["y"]}
        _keep(page.screenshot(clip=clip), "bien-ban", paper=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_evening(language: str, panel_of: Callable[[str], Panel]) -> None:
    """By card and by hand, one refused, figures read aloud; one sheet, signed and on paper."""
    panel = panel_of(language)
    _open_the_desk(panel)
    _open_the_meeting(panel)
    _by_card(panel)
    for member, why in (
        (people.DOI, HandReason.LOST),
        (people.PANG, HandReason.NOT_EXCHANGED),
        (people.TRU, HandReason.PROBATIONARY),
    ):
        _by_hand(panel, member, why)
    _the_others(panel)
    _close(panel)
    _print(panel)
    service = panel.terminal.service
    (closed,) = service.sheets.closed()
    sheet = service.sheets.get(closed.context, 0).sheet
    assert (sheet.figures.present, sheet.figures.by_hand) == (12, 10)
    assert (sheet.chair, sheet.secretary) == (people.NGOC.person.name, people.PANG.person.name)
    assert sheet.announced is not None
    last = list(service.log.events(context=closed.context))[-1]
    assert (last.kind, last.outcome) == (EventKind.EXPORTED, ExportOutcome.PRINT)
