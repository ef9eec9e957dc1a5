"""The inbox of a terminal that no network reaches: its call goes up, the messages come down."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.bundle import CALL, INBOX
from edge.wire.inbox import Command, MessageKind
from tests.edge.log.made import fill
from tests.edge.sync.carried import Stick
from tests.edge.sync.inbox_made import Wired, command
from tests.provisioning.centre.made import Centre


@pytest.fixture
def wired(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> Wired:
    """Return the terminal's inbox, and the centre's."""
    return Wired(centre, identity, tmp_path)


def test_messages_by_stick(
    stick: Stick, log: EventLog, identity: TerminalIdentity, wired: Wired
) -> None:
    """The key goes up, a message sealed to it comes down once, and the next call says so."""
    fill(log, 1)
    stick.export(log, identity, wired.inbox)
    assert (stick.up() / CALL).exists()
    assert stick.at_centre().refused == []
    wired.send(MessageKind.COMMAND, command(Command.FORGET_ROSTER))
    stick.export(log, identity, wired.inbox)
    stick.at_centre()
    came = stick.take(log, wired.inbox).inbox
    assert came is not None
    assert (came.taken, came.refused, came.row.high_water) == ((1,), 0, 1)
    again = stick.take(log, wired.inbox).inbox
    assert again is not None
    assert (again.taken, again.repeated) == ((), (1,))
    stick.export(log, identity, wired.inbox)
    stick.at_centre()
    assert stick.take(log, wired.inbox).inbox is None


def test_head_of_the_answer_counts_on_a_stick_too(
    stick: Stick, log: EventLog, identity: TerminalIdentity, wired: Wired
) -> None:
    """A message that was lost on the way shows as a gap; the key that the centre uses is known."""
    fill(log, 1)
    stick.export(log, identity, wired.inbox)
    stick.at_centre()
    for name in (Command.CHECK_LOG, Command.FORGET_ROSTER):
        wired.send(MessageKind.COMMAND, command(name))
    stick.at_centre()
    answer = stick.down() / INBOX
    head, first, _ = answer.read_text().splitlines()
    answer.write_text(f"{head}\n{first}\n")
    assert stick.take(log, wired.inbox).inbox is not None
    assert wired.store.row().gaps == ((2, 2),)
    assert wired.keys.dates()[-1].known is not None
    answer.write_text(f"spoilt\n{first}\n")
    spoilt = stick.take(log, wired.inbox)
    assert spoilt.inbox is not None
    assert spoilt.inbox.repeated == (1,)
    assert spoilt.down is not None
    assert [one.name for one in spoilt.down.refused] == [INBOX]


def test_a_spoilt_call_and_a_spoilt_answer(
    stick: Stick, log: EventLog, identity: TerminalIdentity, wired: Wired
) -> None:
    """Neither is believed; the records beside them go their way."""
    fill(log, 1)
    stick.export(log, identity, wired.inbox)
    (stick.up() / CALL).write_bytes(b"rubbish")
    taken = stick.at_centre()
    assert (taken.segments, [one.name for one in taken.refused]) == (1, [CALL])
    (stick.down() / INBOX).write_bytes(b"head\nrubbish\n")
    came = stick.take(log, wired.inbox)
    assert came.inbox is not None
    assert (came.inbox.taken, came.inbox.refused) == ((), 1)
    assert log.unsent() == 0
    (stick.down() / INBOX).write_bytes(b"cut short")
    cut = stick.take(log, wired.inbox)
    assert cut.inbox is None
    assert cut.down is not None
    assert [one.name for one in cut.down.refused] == [INBOX]
