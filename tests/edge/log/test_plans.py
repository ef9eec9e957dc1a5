"""However long the log grows, no query that somebody waits for looks at all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlite_utils import Database

from edge.log import append, chain, migrations, read, write
from edge.log.append import EventLog
from edge.log.reading import open_read_only
from edge.wire.ack import Ack
from tests.edge.log.made import check_in, fill

WAITED_FOR = {
    "tap": write._INSERT,
    "opening": append._INSERT_CONTEXT,
    "closing": append._CLOSE_CONTEXT,
    "late event": append._LATE,
    "export": append._EXPORTED,
    "counting": append._COUNTED,
    "acknowledgement": append._INSERT_ACK,
    "receipt": append._INSERT_RECEIPT,
    "anchor": append._ANCHOR,
    "anchor of a receipt": read.ANCHOR,
    "receipts without an anchor": read.UNANCHORED,
    "events": read.EVENTS,
    "events of a context": read.IN_CONTEXT,
    "one context": read.ONE_CONTEXT,
    "open contexts": read.OPEN_CONTEXTS,
    "last acknowledgement": read.LAST_ACK,
    "last event": read.HEAD,
    "newest place": chain.NEWEST,
    "range at the start": chain.RANGE,
    "acknowledged heads at the start": chain.NOT_HELD,
}


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """Return an empty log with the schema of this program."""
    with closing(sqlite3.connect(":memory:")) as made:
        migrations.bring_up_to_date(Database(made))
        yield made


@pytest.mark.parametrize("name", WAITED_FOR)
def test_no_scan(connection: sqlite3.Connection, name: str) -> None:
    """Rows are found by key or index; of the acknowledgements the newest few are walked back."""
    query = WAITED_FOR[name]
    values = dict.fromkeys(("first", "last", "most", "context", "epoch", "after", "hash"), 1)
    given = values if ":" in query else (1,) * query.count("?")
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", given)]
    allowed = {"SCAN acknowledgement", "SCAN a"} if name.startswith("acknowledged") else set()
    if name == "open contexts":
        allowed = {"SCAN context USING INDEX context_open"}
    assert [step for step in plan if step.startswith("SCAN") and step not in allowed] == []


def steps_of_the_start(log: EventLog) -> int:
    """Return how many steps SQLite's machine takes for what the start looks at."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(open_read_only(log.path)) as connection:
        connection.set_progress_handler(count, 1)
        found = chain.read_epochs(connection)
        assert found is not None
        assert chain.check_tail(connection, *found).ok
        reader = read.LogReader(connection, *found)
        assert reader.last_seq(found[1][-1]) == log.head().seq
        assert len(reader.open_contexts()) == 1
        assert reader.last_ack(found[1][-1]) is not None
    return steps


def test_start_takes_as_long_however_long_the_log(log: EventLog) -> None:
    """Four times the events and acknowledgements: not a step more of the database's work."""
    context = fill(log, 100)
    counts = []
    for events in (200, 800):
        while log.head().seq < events:
            event = check_in(log, context, 1)
            ack = Ack(log.terminal, log.epoch, event.seq, (), event.hash, (), ())
            log.record_ack(ack)
        counts.append(steps_of_the_start(log))
    assert counts[0] == pytest.approx(counts[1], rel=0.02)
