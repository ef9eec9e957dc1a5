"""A stick at the centre: its ledger, and sticks that take no answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.event import timestamp
from provisioning.centre.ledger import Ledger
from tests.edge.log.made import NAME, START, TERMINAL
from tests.edge.sync.carried import Stick
from tests.provisioning.centre.made import Centre


@pytest.fixture
def stick(centre: Centre, tmp_path: Path) -> Stick:
    """Return an empty stick."""
    (tmp_path / "stick").mkdir()
    return Stick(tmp_path / "stick", centre)


def test_the_ledger(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """What came and what went stands there for ever: when first, when last, how much."""
    done = stick.export(log, identity)
    assert done.bundle is not None
    assert stick.at_centre().known == 0
    centre.now += timedelta(days=400)
    assert stick.at_centre().known == 1
    rows = Ledger(centre.store.database).of(TERMINAL)
    ups = [row for row in rows if row.way == "up"]
    assert [(row.bundle, row.files, row.missing) for row in ups] == [(done.bundle.id, 1, 0)]
    assert ups[0].first_at == timestamp(START)
    assert ups[0].last_at == timestamp(centre.now)
    downs = [row for row in rows if row.way == "down"]
    assert len(downs) == 2
    assert Ledger(centre.store.database).of("TT-0002") == ()


def test_a_bundle_that_was_whole_later(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """The ledger says how much was missing the last time that it came."""
    stick.export(log, identity)
    (segment,) = stick.segments()
    data = segment.read_bytes()
    segment.unlink()
    ledger = Ledger(centre.store.database)
    assert len(stick.at_centre().missing) == 1
    assert [row.missing for row in ledger.of(TERMINAL)] == [1]
    segment.write_bytes(data)
    assert stick.at_centre().missing == []
    assert [row.missing for row in ledger.of(TERMINAL) if row.way == "up"] == [0]


def test_a_stick_that_takes_no_answer(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Records are kept all the same, and it is told who goes without an answer."""
    stick.export(log, identity)
    stick.down().parent.write_bytes(b"a file where the folder should be")
    taken = stick.at_centre()
    assert (taken.segments, taken.unanswered) == (1, {TERMINAL})
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


def test_an_answer_of_before_takes_its_place_in_the_manifest(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """The manifest lists what this centre signed, and no foreign file that lies beside it."""
    stick.export(log, identity)
    stick.at_centre()
    (stick.down() / f"ack-{'0' * 32}.jws").write_bytes(b"rubbish")
    stick.at_centre()
    down = stick.take(log).down
    assert down is not None
    assert down.bundle is not None
    assert [one.name for one in down.bundle.files] == [f"ack-{log.epoch}.jws"]
    assert down.missing == ()


def test_nothing_of_a_name_in_the_ledger(
    stick: Stick, log: EventLog, identity: TerminalIdentity, on_disk: Callable[[], bytes]
) -> None:
    """It holds terminals and digests, never a person."""
    stick.export(log, identity)
    stick.at_centre()
    assert NAME.encode() not in on_disk()
