"""The page that lets a phone be the desk: two codes, on the terminal's own screen alone."""

from __future__ import annotations

import re

import pytest
import segno
from flask.testing import FlaskClient

from edge.people.doorkeeper import Doorkeeper
from edge.people.roles import Role
from edge.people.sessions import Way
from edge.phones.desk import Phase
from edge.phones.wifi import qr_text
from edge.web.app import create_app
from edge.web.security import COOKIE
from tests.edge.phones.helper_made import OWN, Shown, shown

from .conftest import HOST, SECRET, Post
from .fake_terminal import FakeTerminal

PAGE = "/ban/dien-thoai"
PASSPHRASE = shown(Phase.ON).shows.passphrase or ""


class Asked(Shown):
    """A desk that only keeps what it was asked."""

    asked: tuple[str, ...] = ()

    def begin(self, context: str | None) -> None:
        """Keep it."""
        self.asked += (f"begin {context}",)

    def end(self) -> None:
        """Keep it."""
        self.asked += ("end",)


def test_a_network_that_is_up(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Name, passphrase in groups for the eye and in one piece for a reader, address, what next."""
    terminal.phones = shown(Phase.ON)
    page = client.get(PAGE).text
    unbroken = OWN.name.replace("-", "\N{NON-BREAKING HYPHEN}")
    for text in (unbroken, PASSPHRASE, "<span>4821</span>", "192.168.50.1<wbr>:8080/ban"):
        assert text in page
    assert "PIN của thư ký" in page
    assert page.count('class="qr"') == 2


@pytest.mark.parametrize("phase", [Phase.OFF, Phase.STARTING, Phase.FAILED])
def test_one_that_is_not(phase: Phase, client: FlaskClient, terminal: FakeTerminal) -> None:
    """Nothing to scan is shown, and what can be done is."""
    terminal.phones = shown(phase)
    page = client.get(PAGE).text
    assert 'class="qr"' not in page
    assert ("/ban/dien-thoai/bat" in page) is (phase is not Phase.STARTING)
    assert ("không bật được Wi-Fi WPA3" in page) is (phase is Phase.FAILED)


def test_by_a_touch(post: Post, terminal: FakeTerminal) -> None:
    """The network is put up and taken down."""
    terminal.phones = asked = Asked(shown(Phase.OFF).shows)
    for act in ("bat", "tat"):
        assert post(f"{PAGE}/{act}").headers["Location"] == PAGE
    assert asked.asked == ("begin None", "end")


def test_the_desk_leads_there(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Before a meeting and in one; never where the terminal has no such network."""
    for kind in ("regular", None):
        terminal.kind = kind
        terminal.phones = shown(Phase.OFF)
        assert f'href="{PAGE}"' in client.get("/ban").text
        terminal.phones = None
        assert f'href="{PAGE}"' not in client.get("/ban").text
    assert "không phát Wi-Fi" in client.get(PAGE).text


def test_what_changes_by_itself(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The page asks while the network comes up or is there, and is answered where it changed."""
    terminal.phones = shown(Phase.ON)
    assert client.get(f"{PAGE}/phan?dau=starting").status_code == 200
    assert client.get(f"{PAGE}/phan?dau=on").status_code == 204


def test_what_the_codes_say(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The Wi-Fi by SAE; and the desk, at the terminal's address there."""
    terminal.phones = shown(Phase.ON)
    page = client.get(PAGE).text
    for text in (qr_text(OWN.name, PASSPHRASE), f"http://{OWN.host}/ban"):
        drawn = segno.make_qr(text, error="m", boost_error=False).svg_inline(border=2)
        path = re.search(r' d="([^"]+)"', drawn)
        assert path is not None
        assert path[1] in page


def test_elsewhere(keeper: Doorkeeper, terminal: FakeTerminal) -> None:
    """A desk at another machine, a phone that is one, sees no code and puts nothing up."""
    terminal.phones = asked = Asked(shown(Phase.ON).shows)
    elsewhere = create_app(
        terminal,
        keeper,
        lambda: pytest.fail("nobody is paired"),
        allowed_hosts=frozenset({HOST}),
        secret=SECRET,
        own_wifi=OWN.host,
    )
    browser = elsewhere.test_client()
    base = f"http://{OWN.host}"
    token = keeper.open_desk(None, Role.SECRETARY, Way.PIN)
    browser.set_cookie(COOKIE, token, domain=OWN.address)
    page = browser.get(PAGE, base_url=base).text
    assert "Mã chỉ hiện ở màn hình của trạm" in page
    assert PASSPHRASE not in page
    assert f'href="{PAGE}"' not in browser.get("/ban", base_url=base).text
    form = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert form is not None
    browser.post(f"{PAGE}/bat", data={"csrf_token": form[1]}, base_url=base)
    assert asked.asked == ()
    assert browser.get(PAGE, base_url=base, headers={"Host": HOST}).status_code == 421
