"""How often a caller may come: each pairing, all together, and those whom the door turns away."""

from __future__ import annotations

import pytest
from flask import Flask

from edge.people.doorkeeper import Doorkeeper
from edge.procedure.pairings import Pairings
from edge.web.api.limits import MAX_KEYS, Buckets, Limits, Rate
from edge.web.app import create_app
from tests.edge.people.made import Seconds
from tests.edge.procedure.pairing_made import ORIGIN, OTHER, paired
from tests.edge.web.conftest import HOST, SECRET
from tests.edge.web.fake_terminal import FakeTerminal

from .conftest import code_of, headers

PATH = "/api/v1/pairings/current"
LIMITS = Limits(Rate(3, 0.5), Rate(5, 1.0), Rate(2, 0.25))


@pytest.fixture
def tight(terminal: FakeTerminal, keeper: Doorkeeper, pairings: Pairings) -> Flask:
    """Return pages with narrow limits."""
    return create_app(
        terminal,
        keeper,
        lambda: pairings,
        allowed_hosts=frozenset({HOST}),
        secret=SECRET,
        limits=LIMITS,
    )


def test_a_bucket(seconds: Seconds) -> None:
    """So many at once, then as time gives; never more than it holds."""
    bucket = Buckets(Rate(2, 0.5), seconds)
    assert [bucket.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    assert bucket.take("b") == 0.0
    seconds.now += 1
    assert bucket.take("a") == 1.0
    seconds.now += 1
    assert [bucket.take("a") for _ in range(2)] == [0.0, 2.0]
    seconds.now += 1000
    assert [bucket.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]


def test_more_keys_than_are_remembered(seconds: Seconds) -> None:
    """The fullest is forgotten: who is at the end stays at the end."""
    bucket = Buckets(Rate(2, 0.5), seconds)
    bucket.take("a")
    bucket.take("a")
    for number in range(MAX_KEYS * 2):
        bucket.take(str(number))
    assert bucket.take("a") > 0


def test_a_page_that_calls_too_often(tight: Flask, pairings: Pairings, seconds: Seconds) -> None:
    """Is told when to come again, and may read that; another page is heard meanwhile."""
    eager, other = paired(pairings), paired(pairings, OTHER)
    client = tight.test_client()
    answers = [client.get(PATH, headers=headers(eager.token)) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert code_of(answers[3]) == "too-many"
    assert answers[3].headers["Retry-After"] == "2"
    assert answers[3].headers["Access-Control-Allow-Origin"] == ORIGIN
    assert client.get(PATH, headers=headers(other.token, OTHER)).status_code == 200
    seconds.now += 2
    assert client.get(PATH, headers=headers(eager.token)).status_code == 200


def test_all_pages_together(tight: Flask, pairings: Pairings) -> None:
    """Have a limit, too."""
    pages = [paired(pairings, name=f"Quầy {number}") for number in range(3)]
    client = tight.test_client()
    got = [client.get(PATH, headers=headers(page.token)) for page in pages for _ in range(2)]
    assert [one.status_code for one in got] == [200] * 5 + [429]
    assert got[5].headers["Retry-After"] == "1"


def test_strangers_keep_no_page_out(
    tight: Flask, pairings: Pairings, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever tries tokens is slowed down, fills no log, and paired pages do not notice."""
    caplog.set_level("INFO")
    page = paired(pairings)
    client = tight.test_client()
    tried = [client.get(PATH, headers=headers("x" * 43)) for _ in range(4)]
    assert [one.status_code for one in tried] == [401, 401, 429, 429]
    assert caplog.text.count("ApiRefused") == 0
    assert tried[3].headers["Retry-After"] == "4"
    assert client.get(PATH, headers=headers(page.token)).status_code == 200
    assert client.get("/api/v1/status").status_code == 200
    seconds.now += 4
    assert client.get(PATH, headers=headers("x" * 43)).status_code == 401
