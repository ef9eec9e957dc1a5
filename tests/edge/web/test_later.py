"""What a start loads of the pages, and how desk and counter come when they are asked for."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import BuildError, Map, Rule
from werkzeug.test import TestResponse

from edge.people.doorkeeper import Doorkeeper
from edge.procedure.pairings import Pairings
from edge.web.app import DESK_ADDRESSES, create_app
from edge.web.later import LaterFlask, LateRule
from edge.web.page import Back
from tests.edge.web.conftest import HOST, SECRET
from tests.edge.web.fake_terminal import FakeTerminal

DESK = ("edge.web.desk", "edge.web.login", "edge.web.papers", "edge.web.roster_import")
COUNTER = ("edge.procedure.pairings", "edge.web.api.door", "edge.web.counter", "jsonschema_rs")


@pytest.fixture
def fresh(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> LaterFlask:
    """Return an application that nobody has asked for its counter."""
    return create_app(
        terminal, keeper, lambda: pairings, allowed_hosts=frozenset({HOST}), secret=SECRET
    )


def endpoints(app: Flask) -> set[str]:
    """Return the endpoints that are there."""
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def get(app: Flask, path: str, **headers: str) -> int:
    """Return how a page answers."""
    return ask(app, path, **headers).status_code


def ask(app: Flask, path: str, **headers: str) -> TestResponse:
    """Return the answer to a request for a page."""
    with app.test_client() as client:
        return client.get(path, headers={"Host": HOST, **headers})


@pytest.fixture(scope="module")
def at_start() -> frozenset[str]:
    """Return the modules that are loaded before anybody asks for a page."""
    code = "import edge.service, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = frozenset(done.stdout.split())
    assert "edge.web.app" in loaded
    return loaded


def test_a_start_loads_nothing_of_the_counter(at_start: frozenset[str]) -> None:
    """Neither its pages nor the API, nor the library that checks its bodies."""
    assert not at_start & {*COUNTER}


def test_a_start_loads_nothing_of_the_desk(at_start: frozenset[str]) -> None:
    """Nobody opens one before the terminal answers."""
    assert not at_start & {*DESK}


def test_a_terminal_that_hands_nothing_over_loads_nothing_of_it(at_start: frozenset[str]) -> None:
    """Most terminals never do: the start does not pay for it."""
    of_it = ("edge.procedure.handover", "edge.web.handover")
    assert [one for one in at_start if one.startswith(of_it)] == []


def test_drawing_slips_is_not_loaded_with_the_pages(at_start: frozenset[str]) -> None:
    """Few terminals have a counter: what draws slips is loaded with it."""
    assert not at_start & {"edge.web.slip_page", "segno"}


def test_the_pages_of_a_meeting_need_no_counter(fresh: LaterFlask) -> None:
    """Board, status and a program's look at the status leave it where it is."""
    for path in ("/bang", "/trang-thai", "/api/v1/status"):
        assert get(fresh, path) == 200
    assert "counter.page" not in endpoints(fresh)


def test_a_board_brings_no_desk_though_it_links_to_it(
    fresh: LaterFlask, terminal: FakeTerminal
) -> None:
    """In a meeting and without one, as often as boards ask; the links are those of the pages."""
    links = set[str]()
    for kind in ("regular", None):
        terminal.kind = kind
        for path in ("/bang", "/bang?cham=1", "/bang/phan", "/api/v1/status"):
            page = ask(fresh, path)
            assert page.status_code == 200
            links |= set(re.findall(r'href="(/(?:ban|chon)[^"]*)"', page.text))
    assert "desk.page" not in endpoints(fresh)
    assert links == {"/ban", "/ban/mo", "/chon?ve=cham", "/chon?ve=bang"}


@pytest.mark.parametrize("endpoint", sorted(DESK_ADDRESSES))
@pytest.mark.parametrize("values", [{}, {"ve": "bang"}, {"ve": Back.PANEL, "cho": 1, "so": None}])
def test_the_links_of_a_board_lead_where_the_pages_are(
    fresh: LaterFlask, endpoint: str, values: dict[str, Any]
) -> None:
    """What is told before the desk is there is what its own rules say."""
    with fresh.test_request_context("/bang", headers={"Host": HOST}):
        before = fresh.url_for(endpoint, **values)
        assert "desk.page" not in endpoints(fresh)
        anchored = fresh.url_for(endpoint, **values, _anchor="x")
        assert "desk.page" in endpoints(fresh)
        assert (before, f"{before}#x") == (fresh.url_for(endpoint, **values), anchored)


@pytest.mark.parametrize("path", ["/ban", "/mo-ban", "/chon", "/danh-sach", "/no/such/page"])
def test_the_first_request_that_may_be_for_the_desk_brings_it(fresh: LaterFlask, path: str) -> None:
    """Also after other pages were asked for; and no counter with it."""
    get(fresh, "/bang")
    assert get(fresh, path) in (200, 303, 404)
    assert {"desk.page", "login.page"} <= endpoints(fresh)
    assert "counter.page" not in endpoints(fresh)


@pytest.mark.parametrize(
    "path", ["/thu-tuc", "/dong-y", "/ghep-trang", "/phat-the", "/api/v1/openapi.json"]
)
def test_the_first_request_for_the_counter_brings_it(fresh: LaterFlask, path: str) -> None:
    """Also after other pages were asked for; nobody sees that it was not there."""
    get(fresh, "/bang")
    assert get(fresh, path) in (200, 302, 303)
    assert {"counter.page", "pairing.page", "api_verifications.ask"} <= endpoints(fresh)


def test_a_paired_page_asks_for_the_status_first(fresh: LaterFlask) -> None:
    """The door is there, so that its script may read the answer."""
    get(fresh, "/api/v1/status", Origin="https://motcua.example")
    assert "api_pairings.ask" in endpoints(fresh)


def test_a_page_links_to_the_counter(fresh: LaterFlask) -> None:
    """A link is enough to bring it; an address that is nobody's stays an error."""
    with fresh.test_request_context("/trang-thai", headers={"Host": HOST}):
        assert fresh.url_for("counter.page") == "/thu-tuc"
        with pytest.raises(Exception, match=r"no\.such"):
            fresh.url_for("no.such")


def test_many_first_requests_at_once(fresh: LaterFlask) -> None:
    """It is installed once, and each is answered."""
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(get(fresh, "/dong-y"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 8


def test_nothing_else_is_added_while_it_runs(fresh: LaterFlask) -> None:
    """Before the counter came and after it: a late route is a slip of ours, and said."""
    get(fresh, "/bang")
    for _ in range(2):
        with pytest.raises(AssertionError, match="setup method"):
            fresh.add_url_rule("/late", "late", lambda: "")
        fresh.load()


RULES = (("/ban/<int:rule>/<name>", "entry"), ("/tep/<path:name>", "file"), ("/bang", "board"))


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("entry", {"rule": 7, "name": "Lò Thị Mẩy"}),
        ("entry", {"rule": 7, "name": "a", "lang": "en", "x": ["1", "2"]}),
        ("entry", {"name": "a"}),
        ("file", {"name": "a/b c"}),
        ("board", {}),
        ("board", {"q": None}),
    ],
)
@pytest.mark.parametrize("unknown", [True, False])
def test_an_address_is_written_as_ever(
    endpoint: str, values: dict[str, object], unknown: bool
) -> None:
    """The same as by the library's rule, however often, and refused where that refuses it."""

    def written(kind: type[Rule]) -> list[str | None]:
        rules = Map([kind(path, endpoint=name) for path, name in RULES]).bind("localhost")
        found: list[str | None] = []
        for _ in range(2):
            try:
                found.append(rules.build(endpoint, values, append_unknown=unknown))
            except BuildError:
                found.append(None)
        return found

    assert written(LateRule) == written(Rule)


def test_an_address_that_nobody_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs nothing; one that is written is compiled once."""
    compiled = []
    compile_builder = Rule._compile_builder

    def counting(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled.append(rule.endpoint)
        return compile_builder(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", counting)
    rules = Map([LateRule(path, endpoint=name) for path, name in RULES]).bind("localhost")
    assert compiled == []
    for _ in range(3):
        assert rules.build("board") == "/bang"
    assert compiled == ["board"]
