"""The sample page of a back office, and the officer at the terminal's own screen.

Lives here: both as a person works them, one touch at a time. Not here: what is expected of them
(`test_back_office_page`, `test_back_office_tls`).
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Locator, Page, expect

from edge.people.roles import Role
from edge.people.sessions import Way
from edge.web.security import COOKIE
from provisioning.cli.main import tramthe
from provisioning.softcard.chip import Chip
from tests.conftest import PATIENCE
from tests.e2e.conftest import SOON, Terminal
from tests.edge.procedure.pairing_made import paired

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
FILE = "back-office.html"
NAME = "Một cửa xã Pha Hín, quầy 1"
ENDS_WITHIN = 0.02  # seconds


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def site() -> Iterator[str]:
    """Serve the sample from an origin of its own on this machine; yield the page's address."""
    handler = partial(_Quiet, directory=str(FOLDER))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(ENDS_WITHIN,))
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/{FILE}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SOON)


@dataclass
class Desk:
    """The officer at the terminal's own screen."""

    terminal: Terminal
    page: Page

    @classmethod
    def of(cls, terminal: Terminal, context: BrowserContext) -> Desk:
        """Come in at this browser."""
        token = terminal.service.people.open_desk(None, Role.OFFICER, Way.PIN)
        context.add_cookies([{"name": COOKIE, "value": token, "url": terminal.url}])
        context.set_default_timeout(PATIENCE)
        return cls(terminal, context.new_page())

    def offer(self) -> tuple[str, str]:
        """Offer a pairing; return the code and the PIN that are shown."""
        self.page.goto(f"{self.terminal.url}/ghep-trang")
        self.page.get_by_role("button", name="Ghép một trang").click()
        shown = self.page.locator(".pair__pin")
        expect(shown).to_have_count(2)
        return shown.nth(0).inner_text(), shown.nth(1).inner_text()

    def agree(self, check: str, origin: str) -> None:
        """Compare what the page shows with what is asked here, and agree."""
        expect(self.page.locator(".pair__pin")).to_have_count(1)
        expect(self.page.locator(".pair__pin")).to_have_text(check)
        expect(self.page.locator(".pair__origin").first).to_have_text(origin)
        expect(self.page.locator("#ghep")).to_contain_text(NAME)
        self.page.get_by_role("button", name="Đúng, ghép").click()

    def let_go(self) -> None:
        """Let the first page of the list go."""
        self.page.goto(f"{self.terminal.url}/ghep-trang")
        self.page.get_by_role("button", name="Gỡ").first.click()


@dataclass
class Office:
    """The sample page in front of an officer. `api`: the terminal as this PC calls it."""

    desk: Desk
    page: Page
    api: str

    @property
    def trouble(self) -> Locator:
        """Return what the page says went wrong."""
        return self.page.get_by_role("alert")

    def heading(self, name: str) -> Locator:
        """Return a heading that is to be seen."""
        return self.page.get_by_role("heading", name=name, exact=True)

    def button(self, name: str) -> Locator:
        """Return a button."""
        return self.page.get_by_role("button", name=name, exact=True)

    def enter(self, code: str, pin: str) -> None:
        """Type what the terminal shows."""
        self.page.get_by_label("Địa chỉ trạm").fill(self.api)
        self.page.get_by_label("Mã ghép").fill(code)
        self.page.get_by_label("PIN ghép").fill(pin)
        self.button("Ghép").click()

    def pair(self) -> None:
        """Pair the page, both screens in view."""
        self.enter(*self.desk.offer())
        expect(self.heading("Chờ trạm đồng ý")).to_be_visible()
        self.desk.agree(self.page.locator("#check").inner_text(), self.origin)
        expect(self.heading("Hỏi thẻ cho một hồ sơ")).to_be_visible()

    def take_up(self) -> None:
        """Open the page as one that was paired earlier in this tab."""
        granted = paired(self.desk.terminal.service.pairings, self.origin, NAME)
        kept = {"terminal": self.api, "token": granted.token, "check": granted.check}
        self.page.evaluate(
            "kept => sessionStorage.setItem(SHOP, JSON.stringify(kept))",
            {**kept, "name": NAME, "agreed": True},
        )
        self.page.reload()
        expect(self.heading("Hỏi thẻ cho một hồ sơ")).to_be_visible()

    @property
    def origin(self) -> str:
        """Return the page's origin."""
        return str(self.page.evaluate("location.origin"))

    def ask(self, dossier: str, key: str | None = "member-1", *, follow: str = "poll") -> None:
        """Ask for the next card; with `key`, by the number of that card."""
        self.page.get_by_label("Số hồ sơ").fill(dossier)
        can = None if key is None else self.desk.terminal.cast(key).image.can
        self.page.get_by_label("Sáu số in trên thẻ").fill(can or "")
        self.page.locator(f"[name=follow][value={follow}]").check()
        self.button("Hỏi thẻ").click()

    def waits(self) -> None:
        """Wait until the page asks for the card."""
        expect(self.heading("Mời đặt thẻ lên trạm")).to_be_visible()

    def answered(self, key: str, outcome: str) -> None:
        """Lay a card, wait for the page's heading, lift the card."""
        terminal = self.desk.terminal
        terminal.reader.lay(Chip(terminal.cast(key).image))
        terminal.results.get(timeout=SOON)
        expect(self.heading(outcome)).to_be_visible()
        terminal.reader.lift()

    def save(self, link: str, folder: Path) -> Path:
        """Save a file under the name that the page gives it."""
        with self.page.expect_download() as saved:
            self.page.get_by_role("link", name=link, exact=True).click()
        path = folder / saved.value.suggested_filename
        saved.value.save_as(path)
        return path

    def nonce(self) -> str:
        """Return the nonce that the page tells to keep."""
        said = self.page.locator("#answers").inner_text()
        assert said.startswith("Trả lời đúng câu hỏi của trang này")
        return said.rsplit("mã hỏi ", 1)[1].removesuffix(".")


def verified(receipt: Path, *more: object) -> str:
    """Check a receipt on the command line, which has to agree; return what it said."""
    arguments = ["receipt", "verify", str(receipt), *map(str, more)]
    done = CliRunner().invoke(tramthe, arguments, standalone_mode=False)
    assert done.exception is None, (done.output, done.exception)
    assert not done.return_value, done.output
    return done.output
