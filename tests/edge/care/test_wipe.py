"""A terminal destroys its keys by the office's order, and its word of it reaches the centre."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.care.wipe import DESTROYED, wipe_terminal
from edge.errors import ConfigInvalid, RecordingLocked
from edge.identity import wiped
from edge.identity.inbox_keys import InboxKeys
from edge.identity.key import TerminalIdentity, load_or_create
from edge.log.append import EventLog
from edge.log.fault import LogFault
from edge.sync.farewell import Farewell
from edge.wire.wipe import open_statement
from provisioning.fleet import registry, wipe
from provisioning.fleet.history import Verb, history
from provisioning.fleet.registry import State
from tests.edge.log.made import START, TERMINAL, fill, make_log, moment
from tests.provisioning.centre.made import Centre

OTHER = "f" * 32


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    """Return a centre."""
    return Centre(f"sqlite:///{tmp_path / 'centre.db'}")


@pytest.fixture
def identity(centre: Centre, tmp_path: Path) -> TerminalIdentity:
    """Return an enrolled terminal with an inbox key, in the registry."""
    found = centre.enrol(tmp_path / "identity")
    InboxKeys(tmp_path / "identity").current(moment())
    assert found.certificate is not None
    with centre.store.database.writing() as connection:
        registry.enter(connection, TERMINAL, State.APPROVED, START)
        registry.keep_certificate(connection, TERMINAL, found.certificate, START)
    return found


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    """Return its log."""
    made = make_log(tmp_path / "events.db")
    fill(made, 2)
    return made


def ordered(centre: Centre) -> str:
    """Order it at the centre; return the order's id."""
    with centre.store.database.writing() as connection:
        return wipe.order(connection, TERMINAL, "lan", START)[0]


def test_wiped_and_heard(
    centre: Centre, identity: TerminalIdentity, log: EventLog, tmp_path: Path
) -> None:
    """Signed, kept, destroyed, brought: the centre knows; said again it changes nothing."""
    folder = tmp_path / "identity"
    secret = (folder / "terminal-key.pem").read_bytes()
    forgotten: list[bool] = []
    order = ordered(centre)
    wipe_terminal(order, identity, folder, log, moment(), lambda: forgotten.append(True))
    assert forgotten == [True]
    assert [path.name for path in folder.iterdir()] == [wiped.STATEMENT_FILE]
    assert secret not in (folder / wiped.STATEMENT_FILE).read_bytes()
    word = wiped.statement(folder)
    assert word is not None
    assert open_statement(word, lambda _: identity.key.public_key()).destroyed == DESTROYED
    farewell = Farewell(word, centre.http, "http://centre/", moment)
    assert farewell.say()
    assert farewell.say()
    with centre.store.database.reading() as connection:
        assert registry.get(connection, TERMINAL).state is State.WIPED
        assert [one.verb for one in history(connection, TERMINAL)].count(Verb.WIPED) == 1
        assert wipe.statements(connection, TERMINAL) == (word,)


def test_start_after_it_makes_no_new_identity(
    centre: Centre, identity: TerminalIdentity, log: EventLog, tmp_path: Path
) -> None:
    """Recording stays locked and says why; what a power cut left is destroyed then."""
    folder = tmp_path / "identity"
    wipe_terminal(OTHER, identity, folder, log, moment(), lambda: None)
    (folder / "wrap.key").write_bytes(bytes(32))
    with pytest.raises(RecordingLocked) as caught:
        load_or_create(folder, TERMINAL)
    assert caught.value.fault == LogFault.WIPED
    assert "office's order" in caught.value.message
    assert [path.name for path in folder.iterdir()] == [wiped.STATEMENT_FILE]


def test_word_that_nobody_ordered_is_not_taken(
    centre: Centre, identity: TerminalIdentity, log: EventLog, tmp_path: Path
) -> None:
    """A statement of another order changes no state; neither does a centre that is away."""
    folder = tmp_path / "identity"
    ordered(centre)
    wipe_terminal(OTHER, identity, folder, log, moment(), lambda: None)
    farewell = Farewell(wiped.statement(folder) or "", centre.http, "http://centre/", moment)
    assert not farewell.say()
    with centre.store.database.reading() as connection:
        assert registry.get(connection, TERMINAL).state is State.WIPING
    centre.down = True
    assert not farewell.say()


def test_terminal_without_certificate_says_so(log: EventLog, tmp_path: Path) -> None:
    """It could not sign anything that anybody believes: nothing is destroyed."""
    fresh = load_or_create(tmp_path / "fresh", TERMINAL)
    with pytest.raises(ConfigInvalid):
        wipe_terminal(OTHER, fresh, tmp_path / "fresh", log, moment(), lambda: None)
    again = load_or_create(tmp_path / "fresh", TERMINAL)
    assert again.key.public_key() == fresh.key.public_key()
