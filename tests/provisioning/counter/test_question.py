"""The whole way: a back office's page, the door, the terminal, a card, and the answer back.

The page is on another origin behind TLS, in Chromium with what `pc/` gives it; the terminal runs
with a software card on its reader. The officer comes by the same door, to the terminal's own pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from provisioning.demo.children import free_port
from provisioning.demo.prepare import PIN, Stage
from provisioning.office.certificates import to_pem
from provisioning.receipts import Given, Standing, examine
from tests.edge.procedure.pairing_made import OTHER, let_everybody_go, paired
from tests.edge.test_service import Running, starting
from tests.provisioning.counter.conftest import CODE, NAME, run
from tests.provisioning.counter.forged import forged_root, forged_server
from tests.provisioning.counter.served import impostor, pc, running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("counter-question")]

BACK_OFFICE = "hoso.example.vn"
NONCE = "n-0123456789"
ASK = """async ([door, token, question]) => {
  const authorization = {Authorization: `Bearer ${token}`};
  const asked = await fetch(`${door}/api/v1/verifications`, {
    method: "POST", headers: {...authorization, "Content-Type": "application/json"},
    body: JSON.stringify(question),
  });
  if (asked.status !== 202) return asked.status;
  window.told = "";
  window.place = door + asked.headers.get("Location");
  const events = await fetch(`${window.place}/events`, {headers: authorization});
  (async () => {
    const words = events.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await words.read(); !part.done; part = await words.read())
      window.told += part.value;
  })();
  return asked.status;
}"""
FETCH = """token => fetch(window.place, {headers: {Authorization: `Bearer ${token}`}})
  .then(answer => answer.json())"""


@dataclass(frozen=True)
class Counter:
    """A terminal behind its door, and a page of the Internet in the PC's browser."""

    terminal: Running
    door: str
    origin: str
    browser: Browser
    page: Page

    def ask(self, token: str) -> int:
        """Let the page ask for the next card, and follow the answer; return the status."""
        card = self.terminal.cast("member-1").image
        question = {
            "procedure": "chuyen-sinh-hoat-chinh-thuc",
            "dossier": "CSH-2026-0147",
            "nonce": NONCE,
            "fields": ["name", "number"],
            "access": {"can": card.can},
        }
        return int(self.page.evaluate(ASK, [self.door, token, question]))


@pytest.fixture(scope="module")
def opened(
    live: Stage, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counter]:
    """Return a counter whose PC was set up by what the command wrote."""
    if os.geteuid() != 0:
        pytest.skip("only root can give Chromium a folder of policies for a test")
    folder = tmp_path_factory.mktemp("question")
    port, page_port, office = free_port(), free_port(), folder / "office"
    origin, state = f"https://{BACK_OFFICE}:{page_port}", folder / "state"
    public = forged_root(None)
    (folder / "public.pem").write_bytes(to_pem(public.certificate))
    server = forged_server(public, [BACK_OFFICE])
    live.pilot.save(office)
    with starting(live, folder) as start:
        terminal = start(counter_hosts=(f"{NAME}:{port}",))
        own = terminal.url.rpartition(":")[2]
        run("provision", "counter", "--state", state, "--office", office, "--organisation", CODE,
            "--host", NAME, "--port", port, "--upstream", own, "--back-office", origin)  # fmt: skip
        door = state / "counter-door"
        with (
            running(folder / "nginx", door / "terminal" / "tramthe-counter.conf", port),
            impostor(folder / "page", [server.certificate], server, page_port),
            pc(
                chromium,
                folder / "pc",
                door / "pc" / "tram-the-quay.pem",
                folder / "public.pem",
                names=[NAME, BACK_OFFICE],
                policies=door / "pc" / "chrome" / "tram-the-quay.json",
                spaces={page_port: "public", port: "local"},
            ) as browser,
        ):
            page = browser.new_page()
            page.goto(f"{origin}/")
            yield Counter(terminal, f"https://{NAME}:{port}", origin, browser, page)


@pytest.fixture
def counter(opened: Counter) -> Iterator[Counter]:
    """Return that counter with nothing on its reader and no page paired."""
    opened.terminal.reader.lift()
    yield opened
    let_everybody_go(opened.terminal.service)


def test_a_question_and_its_answer(counter: Counter) -> None:
    """Asked, followed as a stream while the card is laid, and fetched: the receipt holds."""
    token = paired(counter.terminal.service.pairings, counter.origin).token
    assert counter.ask(token) == 202
    counter.page.wait_for_function("window.told.includes('event: waiting')")
    assert "event: done" not in counter.page.evaluate("window.told")
    counter.terminal.lay("member-1")
    counter.page.wait_for_function("window.told.includes('event: done')")
    result: dict[str, Any] = counter.page.evaluate(FETCH, token)["result"]
    found = examine(
        result["receipt"],
        Given(
            authorities=[counter.terminal.stage.pilot.terminal_ca.certificate],
            nonce=NONCE,
            handed=(result["fields"], bytes.fromhex(result["salt"])),
        ),
    )
    assert found.standing is Standing.SIGNED


def test_a_token_of_another_page(counter: Counter) -> None:
    """The page may reach the terminal, and is turned away there: it may not even read why."""
    token = paired(counter.terminal.service.pairings, OTHER).token
    with pytest.raises(Error, match="Failed to fetch"):
        counter.ask(token)


def test_an_officer_at_the_counters_pc(counter: Counter) -> None:
    """By PIN to the procedures, from the question to its result, and locked: all behind the door.

    The screen in the room turns to the question; the officer's own waits for the answer.
    """
    with counter.browser.new_context() as context:
        page = context.new_page()
        refused: list[str] = []
        page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
        page.goto(f"{counter.door}/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Mở phần cán bộ")
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
        page.get_by_text("Chuyển sinh hoạt đảng chính thức", exact=False).first.click()
        page.get_by_label("Số hồ sơ").fill("CSH-2026-0148")
        page.get_by_role("button", name="Mời đặt thẻ").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Đặt thẻ là đồng ý")
        counter.terminal.tap("member-1")
        expect(page.locator("main")).to_contain_text("Thẻ hợp lệ")
        page.get_by_role("button", name="Khoá").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mở phần cán bộ")
        assert refused == []
