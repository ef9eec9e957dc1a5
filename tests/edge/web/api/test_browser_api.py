"""The API's door before a real browser: what pages of other origins can send, and can read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from edge.procedure.offer import MAX_TRIES
from edge.procedure.pairings import Granted, Pairings
from tests.conftest import PATIENCE
from tests.edge.procedure.pairing_made import ORIGIN, paired
from tests.edge.web.conftest import Served

pytestmark = pytest.mark.browser

CALL = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    const type = answer.type;
    return { status: answer.status, type, body: type === "opaque" ? null : await answer.json() };
  } catch (error) { return { error: error.name }; }
}"""
ENDS_WITHIN = 0.02  # seconds
Site = Callable[[], str]
Visit = Callable[[str], Page]


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Back office</title><body>")

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def site() -> Iterator[Site]:
    """Return a maker of sites on this machine, each an origin of its own."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def make() -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Blank)
        thread = threading.Thread(target=server.serve_forever, args=(ENDS_WITHIN,))
        thread.start()
        running.append((server, thread))
        return f"http://localhost:{server.server_port}"

    yield make
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE / 1000)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Return a visitor of pages, each in a browser that knows nothing of the others."""
    contexts: list[BrowserContext] = []

    def go(url: str) -> Page:
        context = chromium.new_context()
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()


def call(
    page: Page, url: str, token: str | None = None, body: str | None = None, **options: Any
) -> dict[str, Any]:
    """Call from a page's script, and return what the script gets to know."""
    sent = {} if token is None else {"Authorization": f"Bearer {token}"}
    if body is not None:
        sent["Content-Type"] = "application/json"
        options = {"method": "POST", "body": body, **options}
    found: dict[str, Any] = page.evaluate(CALL, [url, {"headers": sent, **options}])
    return found


def offered(pairings: Pairings) -> str:
    """Let the desk offer a pairing, and return what the right page sends."""
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    return f'{{"code": "{offer.code}", "pin": "{offer.pin}", "name": "Quầy 1"}}'


def untouched(pairings: Pairings) -> bool:
    """Return whether nobody tried the offer, and nobody was paired."""
    view = pairings.view()
    return view.offer is not None and view.offer.left == MAX_TRIES and view.asked is None


def test_a_page_of_another_origin_is_paired(served: Served, site: Site, visit: Visit) -> None:
    """By fetch, as the document says; every answer is there for its script to read."""
    page = visit(site())
    url = f"{served.url}/api/v1/pairings"
    body = offered(served.pairings)
    granted = call(page, url, body=body)
    assert granted["status"] == 201
    token = granted["body"]["token"]
    assert call(page, f"{url}/current", token)["body"]["state"] == "waiting"
    served.pairings.agree(granted["body"]["id"])
    assert call(page, f"{url}/current", token)["body"]["state"] == "paired"
    again = call(page, url, token, body)
    assert (again["status"], again["body"]["code"]) == (409, "pairing-closed")


def test_a_token_is_carried_to_another_page(served: Served, site: Site, visit: Visit) -> None:
    """On the same machine, by another port: its script reads nothing, and the token is not used."""
    home, elsewhere = site(), site()
    granted = paired(served.pairings, home)
    url = f"{served.url}/api/v1/pairings/current"
    assert call(visit(elsewhere), url, granted.token) == {"error": "TypeError"}
    assert served.pairings.view().pairings[0].used is None
    assert call(visit(home), url, granted.token)["status"] == 200


def test_a_page_that_was_let_go(served: Served, site: Site, visit: Visit) -> None:
    """Meets a network error: nothing of the terminal's is for it any more."""
    home = site()
    granted = paired(served.pairings, home)
    page = visit(home)
    url = f"{served.url}/api/v1/pairings/current"
    assert call(page, url, granted.token)["status"] == 200
    served.pairings.revoke(granted.pairing.id)
    assert call(page, url, granted.token) == {"error": "TypeError"}


@pytest.mark.parametrize("enctype", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_origin(enctype: str, served: Served, site: Site, visit: Visit) -> None:
    """JSON in a form's clothes (CSRF) is not looked at, even while a pairing is offered."""
    body = offered(served.pairings)
    page = visit(site())
    with page.expect_navigation():
        page.evaluate(
            """([url, enctype, body]) => {
              const form = document.createElement("form");
              form.method = "post"; form.action = url; form.enctype = enctype;
              const field = document.createElement("input");
              field.name = body.slice(0, -1) + ', "x": "'; field.value = '"}';
              form.append(field); document.body.append(form); form.submit();
            }""",
            [f"{served.url}/api/v1/pairings", enctype, body],
        )
    assert "site-unfit" in page.content()
    assert untouched(served.pairings)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
def test_a_script_that_sends_unasked(
    content_type: str, served: Served, site: Site, visit: Visit
) -> None:
    """`no-cors` needs no preflight: it comes, is refused, and tells the script nothing."""
    body = offered(served.pairings)
    sent = {"Content-Type": content_type}
    page = visit(site())
    options = {"mode": "no-cors", "method": "POST", "headers": sent, "body": body}
    found = page.evaluate(CALL, [f"{served.url}/api/v1/pairings", options])
    assert found in ({"status": 0, "type": "opaque", "body": None}, {"error": "TypeError"})
    assert untouched(served.pairings)


def test_a_page_without_an_origin(served: Served, site: Site, visit: Visit) -> None:
    """A sandboxed frame is nobody's (`Origin: null`), whatever it knows."""
    home = site()
    granted = paired(served.pairings, home)
    body = offered(served.pairings)
    page = visit(home)
    page.evaluate(
        """() => { const frame = document.createElement("iframe"); frame.sandbox = "allow-scripts";
          frame.srcdoc = "<p>x"; document.body.append(frame);
          return new Promise((done) => { frame.onload = () => done(null); }); }"""
    )
    frame = page.frames[-1]
    for options in (
        {"headers": {"Authorization": f"Bearer {granted.token}"}},
        {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": body},
    ):
        path = "pairings" if "method" in options else "pairings/current"
        found = frame.evaluate(CALL, [f"{served.url}/api/v1/{path}", options])
        assert found == {"error": "TypeError"}
    assert untouched(served.pairings)
    assert served.pairings.view().pairings[0].used is None


@pytest.fixture
def secure_page(chromium: Browser) -> Iterator[Page]:
    """Return a page that came by TLS from elsewhere, and that the user let call this machine."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    context.grant_permissions(["local-network-access"], origin=ORIGIN)
    page = context.new_page()

    def blank(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<!doctype html><title>Một cửa</title>")

    page.route(f"{ORIGIN}/**", blank)
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()


def test_a_secure_page_calls_loopback(served: Served, secure_page: Page) -> None:
    """No mixed content: loopback needs no TLS, and the origin is the one that was paired."""
    granted: Granted = paired(served.pairings)
    found = call(secure_page, f"{served.url}/api/v1/pairings/current", granted.token)
    assert found["status"] == 200
    assert found["body"]["origin"] == ORIGIN


def test_a_name_that_was_turned_to_this_machine(served: Served, secure_page: Page) -> None:
    """A page of a rebound name is its own origin's, and the terminal does not know that host."""
    granted = paired(served.pairings)
    found = secure_page.request.get(
        f"{served.url}/api/v1/pairings/current",
        headers={"Host": "motcua.example", "Authorization": f"Bearer {granted.token}"},
    )
    assert found.status == 421
