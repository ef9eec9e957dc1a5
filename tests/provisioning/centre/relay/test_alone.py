"""A terminal whose key TLS cannot use: its signature alone gets it its questions, this once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from edge.identity.key import TerminalIdentity
from edge.wire.event import timestamp
from edge.wire.question import Asked, Call, open_answer, sign_call
from provisioning.centre.app import Front
from provisioning.centre.door import DOOR_HEADER, Door
from provisioning.fleet import verbs
from provisioning.office.certificates import TERMINAL_VALIDITY
from provisioning.relay.calls import FRESH
from provisioning.relay.offices import BackOffices, office_of
from provisioning.relay.questions import Questions
from provisioning.relay.tables import QUESTION_CALL
from tests.edge.log.made import TERMINAL
from tests.edge.sync.inbox_made import Wired
from tests.edge.wire.test_question import body
from tests.provisioning.centre.fleet.made import OPERATOR
from tests.provisioning.centre.made import Centre

SECOND = timedelta(seconds=1)


class Lapsed:
    """The door that asks for no certificate, before a centre that has a question waiting."""

    def __init__(self, centre: Centre, identity: TerminalIdentity, folder: Path) -> None:
        self.centre, self.identity = centre, identity
        self.wired = Wired(centre, identity, folder)
        self.wired.call()
        office = office_of("mot-cua", "Một cửa xã Pha Hín", "https://motcua.example")
        BackOffices(centre.store.database).add(office, [TERMINAL], bytes(32), centre.now)
        asked = Asked.from_object(body())
        Questions(centre.store.database).ask(office, TERMINAL, asked, centre.now, "ab" * 16)
        centre.stop()
        centre.front = Front.NGINX
        centre.start()

    def signed(self, nonce: int = 1, off: timedelta = timedelta()) -> str:
        """Return a call, its clock off by that much."""
        assert self.identity.certificate is not None
        at = timestamp(self.centre.now + off)
        call = Call(TERMINAL, bytes([nonce]) * 16, at, 0, ())
        return sign_call(call, self.identity.key, self.identity.certificate)

    def send(self, compact: str, door: Door = Door.LAPSED) -> TestResponse:
        """Send a call by the door."""
        headers = {DOOR_HEADER: door.value}
        return self.centre.app.test_client().post("/v1/questions", data=compact, headers=headers)

    def handed(self, answer: TestResponse) -> int:
        """Return how many questions an answer hands over."""
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found = open_answer(answer.get_data(as_text=True), self.wired.inbox.centre)
        return len(found.questions)

    def seen(self) -> int:
        """Return how many calls are remembered."""
        with self.centre.store.database.reading() as connection:
            count = sa.select(sa.func.count()).select_from(QUESTION_CALL)
            return int(connection.execute(count).scalar_one())


@pytest.fixture
def lapsed(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> Lapsed:
    """Return it, over each engine."""
    return Lapsed(centre, identity, tmp_path)


@pytest.fixture
def lapsed_here(sqlite_url: str, tmp_path: Path) -> Iterator[Lapsed]:
    """Return it over SQLite, for what no database has a part in."""
    centre = Centre(sqlite_url)
    yield Lapsed(centre, centre.enrol(tmp_path / "identity"), tmp_path)
    centre.store.close()


def test_a_certificate_in_force_and_a_call_of_now(lapsed: Lapsed) -> None:
    """It is handed its question, and again by the next call; a call that was seen gets nothing."""
    first = lapsed.signed(1)
    assert lapsed.handed(lapsed.send(first)) == 1
    again = lapsed.send(first)
    assert (again.status_code, "sent before" in again.get_data(as_text=True)) == (403, True)
    assert lapsed.handed(lapsed.send(lapsed.signed(2))) == 1


def test_one_call_that_comes_several_times_at_once(lapsed: Lapsed) -> None:
    """One of them counts."""
    compact, begin = lapsed.signed(), threading.Barrier(3)

    def send() -> int:
        begin.wait()
        return lapsed.send(compact).status_code

    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(send) for _ in range(3)]
    assert sorted(one.result() for one in answers) == [200, 403, 403]


@pytest.mark.parametrize("way", [-1, 1], ids=["behind", "ahead"])
def test_a_call_that_is_not_of_now(lapsed_here: Lapsed, way: int) -> None:
    """Kept by somebody, or of a clock that is off: refused, and the clock is named."""
    refused = lapsed_here.send(lapsed_here.signed(1, way * (FRESH + SECOND)))
    assert refused.status_code == 403
    assert "clock" in refused.get_data(as_text=True)
    assert lapsed_here.handed(lapsed_here.send(lapsed_here.signed(1, way * FRESH))) == 1


def test_a_call_is_remembered_for_as_long_as_it_would_be_of_now(lapsed_here: Lapsed) -> None:
    """The latest that it could be sent again it is refused; then it is forgotten."""
    compact = lapsed_here.signed(1, FRESH)
    assert lapsed_here.send(compact).status_code == 200
    lapsed_here.centre.now += 2 * FRESH
    assert "sent before" in lapsed_here.send(compact).get_data(as_text=True)
    lapsed_here.centre.now += SECOND
    assert "clock" in lapsed_here.send(compact).get_data(as_text=True)
    assert lapsed_here.send(lapsed_here.signed(2)).status_code == 200
    assert lapsed_here.seen() == 1


def test_a_certificate_that_has_ended(lapsed_here: Lapsed) -> None:
    """At this door records are taken of it, and no question is handed over."""
    lapsed_here.centre.now += TERMINAL_VALIDITY + timedelta(days=1)
    refused = lapsed_here.send(lapsed_here.signed())
    assert refused.status_code == 403
    assert lapsed_here.seen() == 0


@pytest.mark.parametrize("verb", [verbs.retire, verbs.lost])
def test_a_terminal_out_of_service(lapsed_here: Lapsed, verb: Callable[..., object]) -> None:
    """Its certificate is ended by the office: nothing is handed over, nothing remembered."""
    assert lapsed_here.identity.certificate is not None
    now = lapsed_here.centre.now
    with lapsed_here.centre.store.database.writing() as connection:
        verbs.adopt(connection, lapsed_here.identity.certificate, TERMINAL, OPERATOR, now)
        verb(connection, TERMINAL, OPERATOR, now)
    assert lapsed_here.send(lapsed_here.signed()).status_code == 403
    assert lapsed_here.seen() == 0


@pytest.mark.parametrize("door", [Door.ENROL, Door.OPERATOR, Door.BACK_OFFICE])
def test_the_doors_of_others(lapsed_here: Lapsed, door: Door) -> None:
    """Nothing is found there."""
    assert lapsed_here.send(lapsed_here.signed(), door).status_code == 404
