"""Every route of the centre: whose it is, who gets in, and that each act is written down."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from provisioning.centre.pages.guard import ACT
from provisioning.centre.people import audit
from provisioning.centre.people.roles import Act, Role, may
from tests.provisioning.centre.made import Centre

from .conftest import ComeIn

OPEN = frozenset({"pages.login", "pages.enter", "pages.asset"})
"""Coming in, and how the page of it looks."""
MACHINES = ("centre.", "est.", "relay.")
VALUES = {
    "terminal": "99-0001",
    "epoch": "0" * 32,
    "seq": "1",
    "form": "csv",
    "code": "99000000000000",
    "context": "0" * 32,
    "digest": "0" * 64,
    "alarm": "SEQ_REUSED",
    "detail": "inbox-0",
}
"""For each part of an address something of its form."""


def routes(centre: Centre) -> list[tuple[Rule, str, str]]:
    """Return (rule, method, address) of each route for people."""
    adapter = centre.app.url_map.bind("localhost")
    found = []
    for rule in centre.app.url_map.iter_rules():
        if rule.endpoint.startswith(MACHINES) or rule.endpoint in OPEN:
            continue
        values = {name: VALUES[name] for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append((rule, method, adapter.build(rule.endpoint, values, method=method)))
    return found


def test_every_route_says_whose_it_is(pages: Centre) -> None:
    """A page that is added without its act is no page: this fails."""
    views = pages.app.view_functions
    silent = {
        rule.endpoint
        for rule in pages.app.url_map.iter_rules()
        if not rule.endpoint.startswith(MACHINES)
        and rule.endpoint not in OPEN
        and not isinstance(getattr(views[rule.endpoint], ACT, None), Act)
    }
    assert silent == set()
    assert views.keys() >= OPEN


def test_nobody_gets_in(pages: Centre, stranger: FlaskClient) -> None:
    """Without a session each route leads to the login, or refuses the form."""
    walked = routes(pages)
    assert len(walked) >= 6
    for _, method, address in walked:
        answer = stranger.open(address, method=method)
        if method == "GET":
            assert answer.status_code == 303, address
            assert answer.headers["Location"].startswith("/dang-nhap"), address
        else:
            assert answer.status_code == 403, address
    assert audit.read(pages.store.database) == ()


def test_each_role_gets_what_is_its_own(pages: Centre, come_in: ComeIn) -> None:
    """On each page: in where the role may, a refusal where not, a row in the audit either way."""
    for role in Role:
        client = come_in(role)
        for rule, method, address in routes(pages):
            if method != "GET":
                continue
            act = getattr(pages.app.view_functions[rule.endpoint], ACT)
            answer = client.get(address)
            assert (answer.status_code == 403) is not may(role, act), address
            assert answer.status_code < 500, address
            (row, *_) = audit.read(pages.store.database)
            outcome = "allowed" if may(role, act) else "refused"
            assert (row.operator, row.act, row.outcome) == (role, act, outcome), address


def test_form_of_another_browser(pages: Centre, come_in: ComeIn) -> None:
    """A form without this browser's own token changes nothing, whoever came in."""
    client = come_in(Role.ADMINISTRATOR)
    before = audit.read(pages.store.database)
    for _, method, address in routes(pages):
        if method == "POST":
            for form in ({}, {"csrf_token": "x" * 43}):
                assert client.post(address, data=form).status_code == 403, address
    assert audit.read(pages.store.database) == before
