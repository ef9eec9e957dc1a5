"""A counter's PC: real Chromium, the root in its NSS database, a real nginx, the terminal's app."""

from __future__ import annotations

import html
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, expect

from edge.people.doorkeeper import Doorkeeper
from edge.web.app import create_app
from edge.web.security import COOKIE
from provisioning.counter.hosts import Hosts
from provisioning.demo.children import free_port
from provisioning.office.certificates import to_pem
from tests.edge.people.made import Seconds, claim, keeper_of
from tests.edge.procedure.pairing_made import pairings_of
from tests.edge.web.fake_terminal import FakeTerminal
from tests.provisioning.counter.conftest import ADDRESS, NAME, Front, Made, door_of
from tests.provisioning.counter.forged import forged_root, forged_server
from tests.provisioning.counter.served import Upstream, impostor, pc, running, serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("counter-browser")]

FOREIGN = "hoso.example.vn"
NAMES = (NAME, ADDRESS, FOREIGN, "khac.internal")


@pytest.fixture(scope="module")
def installed(
    chromium: Browser, standing: Made, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Return the browser of a PC that has the root of the door that stands."""
    home = tmp_path_factory.mktemp("pc")
    with pc(chromium, home, standing.root, names=NAMES) as browser:
        yield browser


@pytest.fixture
def context(installed: Browser) -> Iterator[BrowserContext]:
    """Return that browser as if newly started: what it learnt of a site before is not known."""
    with installed.new_context() as opened:
        yield opened


@pytest.fixture
def door(front: Front) -> Front:
    """Return the door, open, before an upstream with a page."""
    front.upstream.pages["/thu-tuc"] = "<title>Trạm</title><h1>Trạm Thẻ</h1>"
    return front


def refusal(page: Page, url: str) -> str:
    """Open an address that has to fail; return how Chromium calls the failure."""
    with pytest.raises(Error) as refused:
        page.goto(url)
    return refused.value.message


def test_the_terminals_pages_open_without_a_warning(
    installed: Browser, standing: Made, tmp_path: Path
) -> None:
    """By name and by address, to the terminal's own application; its cookie stays behind TLS."""
    standing.office.enrol(tmp_path / "state", "TT-0002")
    made = door_of(standing.office, tmp_path / "state")
    (tmp_path / "people").mkdir()
    keeper: Doorkeeper = keeper_of(tmp_path / "people", Seconds())
    keeper.take(claim())
    values = frozenset(f"{host}:{made.port}" for host in (NAME, ADDRESS))
    pairings = pairings_of(tmp_path / "people", Seconds())
    app = create_app(
        FakeTerminal(), keeper, lambda: pairings, allowed_hosts=values, secret=b"s" * 32
    )
    with (
        serving(app, made.upstream),
        running(tmp_path / "nginx", made.site, made.port),
    ):
        for host in (NAME, ADDRESS):
            with installed.new_context() as context:
                page = context.new_page()
                answer = page.goto(f"https://{host}:{made.port}/mo-ban")
                assert isinstance(answer, Response)
                assert answer.ok
                security = answer.security_details()
                assert security is not None
                assert security["protocol"] == "TLS 1.3"
                expect(page.get_by_role("heading", level=1)).to_have_text("Mở bàn thư ký")
                assert page.evaluate("window.isSecureContext") is True
                (cookie,) = context.cookies()
                assert (cookie["name"], cookie["secure"]) == (COOKIE, True)


def test_without_the_root(chromium: Browser, door: Front, tmp_path: Path) -> None:
    """Refused, and the terminal hears of nothing."""
    with pc(chromium, tmp_path / "pc", names=NAMES) as browser:
        assert "ERR_CERT_AUTHORITY_INVALID" in refusal(browser.new_page(), door.url)
    assert door.upstream.seen == []


def test_typed_as_the_page_says(chromium: Browser, door: Front, tmp_path: Path) -> None:
    """What the page for the PC says to type puts the root in, and takes it out again."""
    home, folder = tmp_path / "pc", door.made.folder / "pc"
    home.mkdir()
    said = html.unescape((folder / "huong-dan.html").read_text())
    put_in = said[said.index("mkdir -p ~/.pki/nssdb") :].split("</pre>")[0]
    take_out = said[said.index("Linux:    ") + 10 :].split("</pre>")[0]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", "-ec", put_in], check=True, cwd=folder, env=environment)
    with pc(chromium, home, names=NAMES) as browser:
        assert browser.new_page().goto(door.url) is not None
    subprocess.run(["sh", "-ec", take_out], check=True, cwd=folder, env=environment)
    with pc(chromium, home, names=NAMES) as browser:
        assert "ERR_CERT_AUTHORITY_INVALID" in refusal(browser.new_page(), door.url)


def test_another_name_led_to_the_door(context: BrowserContext, door: Front) -> None:
    """A name that somebody points at the terminal gets no handshake."""
    message = refusal(context.new_page(), f"https://{FOREIGN}:{door.made.port}")
    assert "ERR_SSL_UNRECOGNIZED_NAME_ALERT" in message
    assert door.upstream.seen == []


def test_in_clear_text(context: BrowserContext, door: Front) -> None:
    """Typed with http://: nothing comes back and nothing goes on; after a visit it is TLS at once.

    The second is HSTS, for the door's name.
    """
    plain = f"http://{door.host}/"
    assert "ERR_EMPTY_RESPONSE" in refusal(context.new_page(), plain)
    assert door.upstream.seen == []
    page = context.new_page()
    assert page.goto(door.url) is not None
    page.goto(plain)
    assert page.url == f"{door.url}/thu-tuc"


def test_what_is_not_behind_tls_does_not_load(context: BrowserContext, door: Front) -> None:
    """A page of the door runs no script that came in clear text, and can ask for nothing so."""
    other, port = Upstream(), free_port()
    elsewhere = f"http://khac.internal:{port}"
    door.upstream.pages["/thu-tuc/mixed"] = f'<script src="{elsewhere}/x.js"></script><p id=p>1</p>'
    with serving(other, port):
        page = context.new_page()
        page.goto(f"{door.url}/thu-tuc/mixed")
        said = page.evaluate("url => fetch(url).then(() => 'came', e => e.name)", elsewhere)
        assert said == "TypeError"
    assert other.seen == []


def test_another_name_under_the_same_root(
    context: BrowserContext, standing: Made, tmp_path: Path
) -> None:
    """The issuing key, stolen, speaks for no other site, public or private."""
    held = standing.office.authority()
    for name in (FOREIGN, "khac.internal"):
        server, port = forged_server(held.issuing, [name]), free_port()
        chain = [server.certificate, held.issuing.certificate]
        with impostor(tmp_path / f"thief-{name}", chain, server, port):
            assert "ERR_CERT_INVALID" in refusal(context.new_page(), f"https://{name}:{port}/")


def test_another_name_under_a_root_whose_key_survived(chromium: Browser, tmp_path: Path) -> None:
    """Were the root's key not gone: Chromium holds an installed root to its own constraints too."""
    root = forged_root(Hosts.of([NAME]))
    (tmp_path / "root.pem").write_bytes(to_pem(root.certificate))
    with pc(chromium, tmp_path / "pc", tmp_path / "root.pem", names=NAMES) as browser:
        for name in (NAME, FOREIGN):
            server, port = forged_server(root, [name]), free_port()
            with impostor(tmp_path / f"thief-{name}", [server.certificate], server, port):
                page, url = browser.new_page(), f"https://{name}:{port}/"
                if name == NAME:
                    assert page.goto(url) is not None
                    continue
                assert "ERR_CERT_INVALID" in refusal(page, url)
