"""A back office asks over real HTTP, a software card answers: the whole way, and every way out."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from edge.web.waiting import MAX_WAITING
from provisioning.demo.prepare import Stage
from provisioning.receipts import Given, Standing, examine
from tests.edge.procedure.pairing_made import ORIGIN, OTHER, let_everybody_go, paired
from tests.edge.test_service import SOON, Running, Starter, running, start, wait
from tests.edge.web.api.conftest import headers

__all__ = ["start"]

PATH = "/api/v1/verifications"
QUESTION: dict[str, Any] = {
    "procedure": "chuyen-sinh-hoat-chinh-thuc",
    "dossier": "CSH-2026-0147",
    "nonce": "n-0123456789",
    "fields": ["name", "number"],
}


@dataclass
class Answered:
    """An answer of the API."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Page:
    """A paired page in front of a running terminal."""

    terminal: Running
    origin: str = ORIGIN
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.token = paired(self.terminal.service.pairings, self.origin).token

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection to the terminal."""
        return http.client.HTTPConnection(
            self.terminal.url.removeprefix("http://"), timeout=SOON * 3
        )

    def call(self, method: str, path: str = PATH, body: Any = None) -> Answered:
        """Send a request, and return what comes back."""
        line = self.connect()
        sent = headers(self.token, self.origin)
        data = None
        if body is not None:
            data, sent = json.dumps(body).encode(), {**sent, "Content-Type": "application/json"}
        line.request(method, path, data, sent)
        answer = line.getresponse()
        text = answer.read()
        line.close()
        return Answered(answer.status, dict(answer.headers), json.loads(text) if text else None)

    def ask(self, key: str = "member-1", **changed: Any) -> dict[str, Any]:
        """Ask for the next card, with the number of this one."""
        can = self.terminal.cast(key).image.can
        answer = self.call("POST", body={**QUESTION, "access": {"can": can}, **changed})
        assert answer.status == 202, answer.body
        assert answer.headers["Location"] == f"{PATH}/{answer.body['id']}"
        body: dict[str, Any] = answer.body
        return body

    def of(self, session: dict[str, Any], query: str = "") -> Answered:
        """Return how a question stands."""
        return self.call("GET", f"{PATH}/{session['id']}{query}")


@pytest.fixture(scope="module")
def shared(live: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a terminal that runs for all tests of a module."""
    state = tmp_path_factory.mktemp("counter") / "state"
    shutil.copytree(live.terminal, state)
    with running(live, state) as terminal:
        yield terminal


@pytest.fixture
def counter(shared: Running) -> Iterator[Running]:
    """Return the running terminal: nobody is paired or asks, no card lies there, no meeting."""
    yield shared
    let_everybody_go(shared.service)
    shared.reader.lift()
    wait(lambda: not shared.service.scene().card_present)


@pytest.fixture
def page(counter: Running) -> Page:
    """Return a page that is paired with a running terminal; no meeting is open."""
    return Page(counter)


def test_a_card_answers_a_question(page: Page) -> None:
    """The answer has the fields asked for, and a receipt that holds by its own check."""
    session = page.ask()
    assert (session["state"], session["result"]) == ("waiting", None)
    page.terminal.lay("member-1")
    done = page.of(session, f"?wait=20&after={session['version']}").body
    while done["state"] != "done":
        done = page.of(session, f"?wait=20&after={done['version']}").body
    result = done["result"]
    assert (result["outcome"], result["reason"]) == ("ACCEPTED", None)
    assert set(result["fields"]) == {"name", "number"}
    found = examine(
        result["receipt"],
        Given(
            authorities=[page.terminal.stage.pilot.terminal_ca.certificate],
            nonce=QUESTION["nonce"],
            handed=(result["fields"], bytes.fromhex(result["salt"])),
        ),
    )
    assert found.standing is Standing.SIGNED
    assert result["receipt_number"].startswith("BN ")


def test_a_refused_card_answers_with_its_reason_alone(page: Page) -> None:
    """A back office learns why, and nothing of whose card it is."""
    session = page.ask("lost")
    page.terminal.lay("lost")
    result = page.of(session).body["result"]
    assert (result["outcome"], result["reason"]) == ("REJECTED", "CARD_REPORTED_LOST")
    assert (result["fields"], result["salt"]) == ({}, None)


def test_waiting_for_the_card(page: Page) -> None:
    """A long poll comes back as soon as the card was read."""
    session = page.ask()
    found: list[Answered] = []
    poll = threading.Thread(
        target=lambda: found.append(page.of(session, f"?wait=20&after={session['version']}"))
    )
    poll.start()
    page.terminal.lay("member-1")
    poll.join(SOON)
    assert found[0].body["version"] > session["version"]


def test_following_a_question_as_a_stream(page: Page) -> None:
    """Each change is told as it comes, under its number, the last one being the end."""
    session = page.ask()
    line = page.connect()
    line.request("GET", f"{PATH}/{session['id']}/events", headers=headers(page.token))
    answer = line.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    first = b"".join(iter(answer.readline, b"\n")).decode()
    assert first.startswith("id: 1\nevent: waiting\n")
    page.terminal.lay("member-1")
    rest = answer.read().decode().split("\n\n")
    told = [first, *(block for block in rest if block.startswith("id:"))]
    line.close()
    states = [block.split("event: ")[1].split("\n")[0] for block in told]
    assert (states[0], states[-1]) == ("waiting", "done")
    numbers = [int(block.split("\n")[0].removeprefix("id: ")) for block in told]
    assert numbers == sorted(set(numbers))


def test_a_stream_that_was_cut_goes_on_behind_its_last_event(page: Page) -> None:
    """What the page has seen is not told again."""
    session = page.ask()
    page.terminal.lay("member-1")
    wait(lambda: page.of(session).body["state"] == "done")
    version = page.of(session).body["version"]
    line = page.connect()
    sent = headers(page.token, Last_Event_ID=str(version - 1))
    line.request("GET", f"{PATH}/{session['id']}/events", headers=sent)
    told = line.getresponse().read().decode()
    line.close()
    assert told.count("id:") == 1
    assert told.startswith(f"id: {version}\n")


def test_more_streams_than_the_terminal_has_places(start: Starter) -> None:
    """The one too many is told when to come back; pages of the terminal go on being answered."""
    page = Page(start())
    session = page.ask()
    streams = []
    for _ in range(MAX_WAITING):
        line = page.connect()
        line.request("GET", f"{PATH}/{session['id']}/events", headers=headers(page.token))
        streams.append(line.getresponse())
    answer = page.call("GET", f"{PATH}/{session['id']}/events")
    assert (answer.status, answer.body["code"]) == (429, "too-many")
    assert int(answer.headers["Retry-After"]) >= 1
    assert page.terminal.status()["terminal"]
    for stream in streams:
        stream.close()


def test_cancelling(page: Page) -> None:
    """The reader is free at once, and the question says who ended it."""
    session = page.ask()
    assert page.call("DELETE", f"{PATH}/{session['id']}").status == 204
    ended = page.of(session).body
    assert (ended["state"], ended["why"]) == ("cancelled", "CANCELLED_BY_ASKER")
    assert page.call("DELETE", f"{PATH}/{session['id']}").status == 204
    page.ask()


def test_another_page_has_the_reader(page: Page) -> None:
    """It is told who, and since when."""
    page.ask()
    other = Page(page.terminal, OTHER)
    answer = other.call("POST", body=QUESTION)
    assert (answer.status, answer.body["code"]) == (409, "reader-held")
    assert answer.body["holder"]["name"]
    assert answer.body["holder"]["since"].endswith("Z")


def test_a_meeting_has_the_reader(page: Page) -> None:
    """Pages learn that a meeting is open."""
    page.terminal.service.open_meeting("regular")
    answer = page.call("POST", body=QUESTION)
    assert (answer.status, answer.body["holder"]["name"]) == (409, "meeting")


def test_another_pages_question(page: Page) -> None:
    """It is as if it were not there: to see, to follow, to cancel."""
    session = page.ask()
    other = Page(page.terminal, OTHER)
    for method, more in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
        answer = other.call(method, f"{PATH}/{session['id']}{more}")
        assert (answer.status, answer.body["code"]) == (404, "verification-unknown")
    assert page.of(session).body["state"] == "waiting"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"procedure": "khong-co"}, 404, "procedure-unknown"),
        ({"procedure": "phat-the", "fields": []}, 409, "not-at-counter"),
        ({"fields": ["name", "hometown"]}, 403, "fields-not-allowed"),
        ({"dossier": "a\nb"}, 422, "body-invalid"),
        ({"photo": True}, 422, "body-invalid"),
        ({"access": {"can": "12345"}}, 422, "body-invalid"),
        ({"access": {"can": "123456", "mrz": {}}}, 422, "body-invalid"),
    ],
)
def test_a_question_that_is_not_asked(
    page: Page, changed: dict[str, Any], status: int, code: str
) -> None:
    """Each refusal has its code, and no card is waited for."""
    answer = page.call("POST", body={**QUESTION, **changed})
    assert (answer.status, answer.body["code"]) == (status, code)
    page.ask()


def test_fields_beyond_the_purpose_are_named(page: Page) -> None:
    """A back office sees which of its fields were too many."""
    answer = page.call("POST", body={**QUESTION, "fields": ["name", "hometown"]})
    assert answer.body["fields"] == ["hometown"]


def test_a_page_that_shows_nothing_of_the_reading(page: Page) -> None:
    """Its long poll comes back with the result alone."""
    session = page.ask()
    found: list[Answered] = []
    query = f"?wait=20&after={session['version']}&skip=reading"
    poll = threading.Thread(target=lambda: found.append(page.of(session, query)))
    poll.start()
    page.terminal.lay("member-1")
    poll.join(SOON)
    assert found[0].body["state"] == "done"


def test_a_hint_comes_though_the_reading_is_skipped(page: Page) -> None:
    """Why a laying came to nothing is for every page."""
    session = page.ask("lost")
    found: list[Answered] = []
    query = f"?wait=20&after={session['version']}&skip=reading"
    poll = threading.Thread(target=lambda: found.append(page.of(session, query)))
    poll.start()
    page.terminal.lay("member-1")
    poll.join(SOON)
    assert (found[0].body["state"], found[0].body["hint"]) == ("waiting", "PASSWORD_WRONG")


@pytest.mark.parametrize(
    "query",
    [
        "?wait=-1",
        "?wait=21",
        "?wait=x",
        "?after=9007199254740992",
        "?wait=1&after=%20",
        "?skip=waiting",
        "?skip=",
    ],
)
def test_a_query_that_is_none(page: Page, query: str) -> None:
    """A number outside its bounds is refused, never guessed."""
    answer = page.of(page.ask(), query)
    assert (answer.status, answer.body["code"]) == (400, "bad-request")


def test_a_page_that_leaves_without_its_answer(start: Starter) -> None:
    """The verification stands in the log all the same, and the next page is served."""
    page = Page(start())
    session = page.ask()
    line = page.connect()
    line.request("GET", f"{PATH}/{session['id']}/events", headers=headers(page.token))
    line.getresponse()
    line.close()
    page.terminal.lay("member-1")
    ((context, _),) = page.terminal.service.counter.day.days()
    assert [one.outcome for one in page.terminal.service.counter.day.of(context)] == ["ACCEPTED"]
    Page(page.terminal, OTHER).ask()


def test_no_answer_is_kept_by_any_cache(page: Page) -> None:
    """It names a person."""
    session = page.ask()
    assert page.of(session).headers["Cache-Control"] == "no-store"
