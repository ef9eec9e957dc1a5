"""A back office's page on another origin, which Chromium takes to be outside the local network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from provisioning.demo.children import free_port
from provisioning.office.certificates import to_pem
from tests.provisioning.counter.conftest import NAME, Made, run
from tests.provisioning.counter.forged import forged_root, forged_server
from tests.provisioning.counter.served import Upstream, impostor, pc, running, serving

pytestmark = pytest.mark.browser

BACK_OFFICE = "hoso.example.vn"
OTHER = "khac.example.vn"
ASK = "url => fetch(url, {mode: 'no-cors'}).then(() => 'came', error => error.name)"


@dataclass(frozen=True)
class Counter:
    """The door, a page of the Internet beside it, and what the PC is given."""

    made: Made
    upstream: Upstream
    page_port: int
    page_root: Path

    @contextmanager
    def browser(self, chromium: Browser, home: Path, policies: Path | None) -> Iterator[Browser]:
        """Start the PC's browser; the page is outside, the terminal in the local network."""
        spaces = {self.page_port: "public", self.made.port: "local"}
        roots, names = (self.made.root, self.page_root), (NAME, BACK_OFFICE, OTHER)
        with pc(chromium, home, *roots, names=names, policies=policies, spaces=spaces) as browser:
            yield browser

    def ask(self, browser: Browser, host: str) -> str:
        """Let a page of a host call the terminal; say what became of it."""
        page = browser.new_page()
        page.goto(f"https://{host}:{self.page_port}/")
        return str(page.evaluate(ASK, f"https://{NAME}:{self.made.port}/api/x"))


@pytest.fixture
def counter(made: Made, state: Path, tmp_path: Path) -> Iterator[Counter]:
    """Return a door that a back office is to call, and that back office's page."""
    port, upstream = free_port(), Upstream()
    origin = f"https://{BACK_OFFICE}:{port}"
    run("provision", "counter", "--state", state, "--office", made.office.folder,
        "--back-office", origin)  # fmt: skip
    public = forged_root(None)
    (tmp_path / "public.pem").write_bytes(to_pem(public.certificate))
    server = forged_server(public, [BACK_OFFICE, OTHER])
    with (
        serving(upstream, made.upstream),
        running(tmp_path / "nginx", made.site, made.port),
        impostor(tmp_path / "page", [server.certificate], server, port),
    ):
        yield Counter(made, upstream, port, tmp_path / "public.pem")


def test_without_the_policy(chromium: Browser, counter: Counter, tmp_path: Path) -> None:
    """Chromium keeps the page from the local network; the terminal hears of nothing."""
    with counter.browser(chromium, tmp_path / "pc", None) as browser:
        assert counter.ask(browser, BACK_OFFICE) == "TypeError"
    assert counter.upstream.seen == []


def test_with_the_policy(chromium: Browser, counter: Counter, tmp_path: Path) -> None:
    """That page may call, unasked, and no other."""
    if os.geteuid() != 0:
        pytest.skip("only root can give Chromium a folder of policies for a test")
    policies = counter.made.folder / "pc" / "chrome" / "tram-the-quay.json"
    with counter.browser(chromium, tmp_path / "pc", policies) as browser:
        assert counter.ask(browser, OTHER) == "TypeError"
        assert counter.upstream.seen == []
        assert counter.ask(browser, BACK_OFFICE) == "came"
    assert counter.upstream.seen == ["/api/x"]
