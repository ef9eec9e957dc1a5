"""docs/examples/back-office.html in Chromium, against a terminal on the same machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from edge.log.fault import LogFault
from edge.procedure.catalogue import ProcedureKind, builtin_procedures
from edge.procedure.fields import WORDS
from edge.procedure.sessions import Ended
from provisioning import people
from provisioning.demo.prepare import Stage
from provisioning.softcard.chip import Chip
from tests.conftest import PATIENCE
from tests.e2e.back_office import FOLDER, Desk, Office, site, verified
from tests.e2e.conftest import Centre, Starter, Terminal, running, wait
from tests.edge.procedure.pairing_made import let_everybody_go
from verify.reasons import Reason

pytestmark = pytest.mark.browser

SHOTS = Path("build/back-office")
SIZES = {"laptop": (1366, 768), "1080p": (1920, 1080), "phone": (390, 844)}
Opener = Callable[..., Office]


@pytest.fixture(scope="module")
def shared(prepared: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Return a terminal that runs for all tests of the module."""
    state = tmp_path_factory.mktemp("counter") / "state"
    shutil.copytree(prepared.terminal, state)
    with running(prepared, state) as terminal:
        yield terminal


@pytest.fixture
def counter(shared: Terminal) -> Iterator[Terminal]:
    """Return the running terminal: nobody is paired or asks, no card lies there, no meeting."""
    yield shared
    let_everybody_go(shared.service)
    shared.reader.lift()
    wait(lambda: not shared.service.scene().card_present)


@pytest.fixture
def open_office(chromium: Browser, counter: Terminal) -> Iterator[Opener]:
    """Return an opener of the sample page beside a running terminal, each in its own browser."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    with site() as url:

        def go(terminal: Terminal = counter) -> Office:
            at_desk, at_office = chromium.new_context(), chromium.new_context()
            contexts.extend((at_desk, at_office))
            at_office.set_default_timeout(PATIENCE)
            page = at_office.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(url)
            return Office(Desk.of(terminal, at_desk), page, terminal.url)

        yield go
        for context in contexts:
            context.close()
    assert complaints == []


@pytest.fixture
def office(open_office: Opener) -> Office:
    """Return the sample page, paired."""
    opened = open_office()
    opened.take_up()
    return opened


def picture(office: Office, name: str) -> None:
    """Keep what the page shows in three sizes; nothing stands beyond its edge."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        office.page.set_viewport_size({"width": width, "height": height})
        office.page.screenshot(path=SHOTS / f"{name}-{size}.png", full_page=True)
        assert office.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("follow", ["poll", "stream"])
def test_from_pairing_to_a_receipt_that_holds(
    open_office: Opener, state: Path, tmp_path: Path, follow: str
) -> None:
    """The desk agrees, the card is laid, and what the page saves holds by the command line."""
    office = open_office()
    picture(office, "1-ghep")
    office.enter(*office.desk.offer())
    expect(office.heading("Chờ trạm đồng ý")).to_be_visible()
    picture(office, "2-cho-trang")
    office.desk.agree(office.page.locator("#check").inner_text(), office.origin)
    expect(office.heading("Hỏi thẻ cho một hồ sơ")).to_be_visible()
    picture(office, "3-hoi")
    office.ask("CSH-2026-0147", follow=follow)
    office.waits()
    picture(office, "4-cho-the")
    office.answered("member-1", "Thẻ hợp lệ")
    picture(office, "5-ket-qua")
    told = office.page.locator("#told")
    expect(told.locator("dt")).to_have_text(
        ["Họ và tên", "Số thẻ", "Ngày cấp thẻ", "Nơi sinh hoạt"]
    )
    expect(told).to_contain_text(people.NGOC.person.name)
    receipt = office.save("Lưu biên nhận", tmp_path)
    handed = office.save("Lưu các mục kèm theo", tmp_path)
    number = office.page.locator("#number").inner_text()
    assert receipt.name == f"{number.replace(' ', '-')}.jws"
    said = verified(receipt, "--state", state, "--handed", handed, "--nonce", office.nonce())
    assert "signed" in said
    assert "CSH-2026-0147" in said


def test_the_centres_word_comes_later(
    open_office: Opener, start: Starter, centre: Centre, state: Path, tmp_path: Path
) -> None:
    """Asked for again, it is there to be saved, and the receipt is anchored."""
    centre.start()
    office = open_office(start(centre.port))
    office.pair()
    office.ask("CSH-2026-0148")
    office.waits()
    office.answered("member-1", "Thẻ hợp lệ")
    kept = office.page.get_by_role("link", name="Lưu xác nhận của trung tâm", exact=True)
    while kept.count() == 0:
        office.button("Hỏi lại xác nhận của trung tâm").click()
        office.page.wait_for_timeout(200)
    receipt = office.save("Lưu biên nhận", tmp_path)
    ack = office.save("Lưu xác nhận của trung tâm", tmp_path)
    assert "anchored" in verified(receipt, "--state", state, "--ack", ack)


def test_a_card_that_is_refused(office: Office, state: Path, tmp_path: Path) -> None:
    """The page says why and what to do, names nobody, and still has a receipt to keep."""
    office.ask("CSH-2026-0149", "lost")
    office.waits()
    office.answered("lost", "Thẻ không hợp lệ")
    picture(office, "6-khong-hop-le")
    shown = office.page.locator("#result").inner_text()
    assert "Thẻ báo mất." in shown
    assert people.DOI.person.name not in shown
    expect(office.page.get_by_role("link", name="Lưu các mục kèm theo")).to_be_hidden()
    assert "signed" in verified(office.save("Lưu biên nhận", tmp_path), "--state", state)


def test_the_number_was_wrong(office: Office) -> None:
    """The page says so while it waits; the holder types it at the terminal, and it goes on."""
    office.ask("CSH-2026-0150", "lost")
    office.waits()
    terminal = office.desk.terminal
    terminal.reader.lay(Chip(terminal.cast("member-1").image))
    expect(office.page.locator("#hint")).to_contain_text("Sáu số không mở được thẻ này.")
    terminal.reader.lift()
    terminal.results.get(timeout=PATIENCE / 1000)
    terminal.tap("member-1")
    expect(office.heading("Thẻ hợp lệ")).to_be_visible()


def test_a_meeting_has_the_reader(office: Office) -> None:
    """The page says who has it, since when, and what to do."""
    office.desk.terminal.service.open_meeting("regular")
    office.ask("CSH-2026-0151")
    expect(office.trouble).to_contain_text("Đầu đọc đang có người dùng.")
    expect(office.trouble).to_contain_text("Đang có cuộc họp, từ")
    expect(office.trouble).to_contain_text("reader-held")
    picture(office, "7-dang-ban")
    office.desk.terminal.service.close_meeting()
    office.button("Hỏi thẻ").click()
    office.waits()


def test_cancelled_by_the_page(office: Office) -> None:
    """Nothing is read, the page is back where it asks, and asks again."""
    office.ask("CSH-2026-0152")
    office.waits()
    office.button("Huỷ lượt hỏi").click()
    expect(office.trouble).to_contain_text("Đã huỷ lượt hỏi.")
    office.button("Hỏi thẻ").click()
    office.waits()


def test_loaded_again_while_it_waits(office: Office) -> None:
    """The page takes up its pairing and its question where they were."""
    office.ask("CSH-2026-0153", follow="stream")
    office.waits()
    office.page.reload()
    office.waits()
    office.answered("member-1", "Thẻ hợp lệ")
    assert len(office.nonce()) == 22


def test_codes_that_are_wrong(open_office: Opener) -> None:
    """The page says so in the terminal's words; the right ones are taken afterwards."""
    office = open_office()
    code, pin = office.desk.offer()
    office.enter(code, f"{(int(pin) + 1) % 10**6:06}")
    expect(office.trouble).to_contain_text("pairing-wrong")
    office.enter(code.lower(), pin)
    expect(office.heading("Chờ trạm đồng ý")).to_be_visible()


def test_the_desk_does_not_agree(open_office: Opener) -> None:
    """The page says what may have happened, and begins anew."""
    office = open_office()
    office.enter(*office.desk.offer())
    office.desk.page.get_by_role("button", name="Không phải").click()
    expect(office.trouble).to_contain_text("trạm không đồng ý ghép trang này")
    office.button("Thôi, không ghép").click()
    expect(office.heading("Ghép trang này với trạm")).to_be_visible()


def test_let_go_at_the_desk(office: Office) -> None:
    """The browser lets the page know nothing more: it says how to find out, and what to do."""
    office.desk.let_go()
    office.ask("CSH-2026-0154")
    expect(office.trouble).to_contain_text("Không gọi được trạm.")
    expect(office.trouble).to_contain_text("có thể trạm đã gỡ trang này")
    office.button("Quên lần ghép này").click()
    expect(office.heading("Ghép trang này với trạm")).to_be_visible()
    assert office.page.evaluate("sessionStorage.length") == 0


def test_an_address_in_clear_text(open_office: Opener) -> None:
    """A terminal on another machine is not called without TLS."""
    office = open_office()
    office.page.get_by_label("Địa chỉ trạm").fill("http://192.168.7.2:8080")
    office.page.get_by_label("Mã ghép").fill("7KQ4 M2XB")
    office.page.get_by_label("PIN ghép").fill("402917")
    office.button("Ghép").click()
    expect(office.trouble).to_contain_text("phải gọi qua https://")


def test_opened_as_a_file(chromium: Browser) -> None:
    """No terminal answers a page without an origin; the page says how to open it."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto((FOLDER / "back-office.html").as_uri())
    expect(page.get_by_role("alert")).to_contain_text("http://localhost:8000/back-office.html")
    context.close()


def test_what_the_page_knows_of_procedures_and_codes(open_office: Opener) -> None:
    """Every procedure of the counter with its fields; a sentence for whatever ends a question."""
    page = open_office().page
    counter = {
        one.code: {"title": one.title.vi, "fields": [str(name) for name in one.fields]}
        for one in builtin_procedures()
        if one.kind is ProcedureKind.COUNTER
    }
    assert page.evaluate("PROCEDURES") == counter
    words = page.evaluate("FIELDS")
    assert words == {name: WORDS[name].vi for name in WORDS if name in words}
    assert {name for one in counter.values() for name in one["fields"]} == set(words)
    says = page.evaluate("SAYS")
    assert {str(code) for code in (*Reason, *Ended)} <= set(says)
    unknown = page.evaluate("code => says(code)", LogFault.DISK_FULL.value)
    assert LogFault.DISK_FULL.value in unknown[1]
