"""A receipt's slip printed by a browser: on a roll, on A6, on A4."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.procedure.catalogue import builtin_procedures
from edge.procedure.slip import Paper, Slip, of_receipt
from edge.web import slip_page
from tests.edge.procedure.receipts_made import AT, ORDINARY, signed, with_checks
from verify.verdict import CheckStatus, Outcome

pytestmark = pytest.mark.browser

SLIPS = Path("build/slips")
OFFICE = "Văn phòng Đảng uỷ xã Pha Hín, quầy 1"
SIZES = {Paper.ROLL: (80, 230), Paper.A6: (148, 105), Paper.A4: (210, 297)}
LOST = replace(
    with_checks(
        Outcome.REJECTED,
        card_status=(CheckStatus.FAILED, "CARD_REPORTED_LOST"),
        signer_status=(CheckStatus.INDETERMINATE, "SIGNER_STATUS_STALE"),
    ),
    request=replace(ORDINARY.request, procedure="lay-y-kien-noi-cu-tru"),
    handed=None,
)
PROCEDURES = {one.code: one for one in builtin_procedures()}
MADE = {
    "ordinary": of_receipt(signed(), PROCEDURES["chuyen-sinh-hoat-chinh-thuc"]),
    "anchored": of_receipt(signed(), PROCEDURES["chuyen-sinh-hoat-chinh-thuc"], AT),
    "lost": of_receipt(signed(LOST), PROCEDURES["lay-y-kien-noi-cu-tru"]),
}
OVER = """() => [...document.querySelectorAll(".slip :is(p, dd, dt, li, figure)")]
  .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 99))"""


@pytest.fixture
def paper(chromium: Browser) -> Iterator[Callable[[Slip, Paper], Page]]:
    """Return how a slip's document is opened as a file is, with nothing asked of a network."""
    context = chromium.new_context(offline=True)
    said: list[str] = []

    def show(slip: Slip, paper: Paper) -> Page:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.set_content(slip_page.document(slip, OFFICE, paper))
        page.evaluate("document.fonts.ready.then(() => true)")
        return page

    yield show
    assert said == []
    context.close()


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("on", Paper)
def test_a_slip_is_one_piece_of_paper(
    name: str, on: Paper, paper: Callable[[Slip, Paper], Page]
) -> None:
    """Of the size that was chosen, nothing cut, the code at its full width."""
    page = paper(MADE[name], on)
    assert page.evaluate(OVER) == []
    pdf = page.pdf(prefer_css_page_size=True)
    SLIPS.mkdir(parents=True, exist_ok=True)
    (SLIPS / f"{name}-{on.value}.pdf").write_bytes(pdf)
    page.locator(".slip").screenshot(path=SLIPS / f"{name}-{on.value}.png")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    inches = [float(size) / 72 * 25.4 for size in box.groups()]
    assert inches == pytest.approx(SIZES[on], abs=0.5)


@pytest.mark.parametrize("on", Paper)
def test_the_code_on_paper_is_as_wide_as_it_was_made(
    on: Paper, paper: Callable[[Slip, Paper], Page]
) -> None:
    """No layout makes it smaller, so that a module stays a whole number of dots."""
    page = paper(MADE["ordinary"], on)
    page.emulate_media(media="print")
    code = page.get_by_role("img", name=MADE["ordinary"].number)
    expect(code).to_be_visible()
    wide = code.evaluate("(e) => [e.getBoundingClientRect().width, e.width.baseVal.value]")
    assert wide[0] == pytest.approx(wide[1], abs=0.5)


def test_on_a_roll_nothing_stands_beyond_what_the_printer_reaches(
    paper: Callable[[Slip, Paper], Page],
) -> None:
    """All of it lies within 72 mm."""
    page = paper(MADE["lost"], Paper.ROLL)
    page.set_viewport_size({"width": 272, "height": 900})  # 72 mm of CSS pixels
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 272
