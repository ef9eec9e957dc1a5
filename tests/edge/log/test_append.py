"""What the log keeps, and what it gives back."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.errors import MeetingState, RecordingLocked, WireMalformed
from edge.log.append import EventLog
from edge.wire import seal
from edge.wire.event import genesis
from edge.wire.kinds import EventKind
from tests.edge.log.made import (
    NAME,
    NUMBER,
    SEAL,
    TERMINAL,
    WRAP_KEY,
    check_in,
    fill,
    make_log,
    moment,
    receipt,
    verification,
)


def test_events_follow_each_other(log: EventLog) -> None:
    """Numbers run from 1 and every event carries the hash of the one before."""
    fill(log, 3)
    events = log.events()
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert events[0].prev == genesis(TERMINAL, log.epoch)
    assert [e.prev for e in events[1:]] == [e.hash for e in events[:-1]]
    assert all(event.computed_hash() == event.hash for event in events)
    assert log.head().seq == 4
    assert log.verify().ok


def test_body_and_person_come_back(log: EventLog) -> None:
    """While the context lives, the terminal reads what it recorded and knows the person again."""
    context = fill(log, 2)
    event = log.events(context)[2]
    assert log.body(event) == {"name": NAME, "number": f"{NUMBER}1"}
    assert event.tag == log.person_tag(context, f"{NUMBER}1")
    assert event.tag != log.person_tag(context, "somebody else")


def test_receipt_is_named_by_its_hash(log: EventLog) -> None:
    """Its tag is the SHA-256 of the receipt's ASCII, the same in every context and epoch."""
    context = log.open_context({"kind": "counter"}, moment())
    event = receipt(log, context, verification(log, context, 1), "e30.e30.AAAA")
    assert event.tag == hashlib.sha256(b"e30.e30.AAAA").digest()
    assert log.body(event)["receipt"] == "e30.e30.AAAA"


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ({}, None),
        ({"receipt": 5}, None),
        ({"receipt": "thẻ"}, None),
        ({"receipt": "e30.e30.AAAA"}, NUMBER),
    ],
    ids=["no-receipt", "no-text", "not-ascii", "names-a-person"],
)
def test_receipt_that_is_none(log: EventLog, body: dict[str, Any], person: str | None) -> None:
    """Nothing is recorded: by its hash the centre would anchor something else."""
    context = log.open_context({"kind": "counter"}, moment())
    with pytest.raises(ValueError, match=r"receipt|ascii"):
        log.append(EventKind.RECEIPT, context=context, at=moment(), body=body, person_key=person)
    assert log.head().seq == 1


def test_the_centre_opens_what_was_recorded(log: EventLog) -> None:
    """With the private seal key and the events alone, every body opens."""
    context = fill(log, 1)
    opening, taken = log.events(context)
    assert opening.sealed is not None
    assert taken.body is not None
    assert seal.sealed_key_id(opening.sealed) == SEAL.kid
    key = seal.open_context_key(opening.sealed, SEAL.private, header=opening.header)
    keys = seal.derive_keys(key, TERMINAL, log.epoch)
    assert seal.open_body(keys, taken.header, taken.body)["name"] == NAME


def test_restart_goes_on_where_it_was(path: Path) -> None:
    """After a restart the open context is there, readable, and the chain goes on."""
    first = make_log(path)
    context = fill(first, 2)
    epoch = first.epoch
    first.close()
    again = make_log(path)
    assert again.epoch == epoch
    assert again.open_contexts() == (context,)
    assert again.body(again.events(context)[1])["name"] == NAME
    assert check_in(again, context, 9).seq == 4
    assert again.verify().ok
    again.close()


def test_contexts_do_not_mix(log: EventLog) -> None:
    """One context's events are asked for without another's, and their tags differ."""
    one, two = fill(log, 1), fill(log, 1)
    assert [event.seq for event in log.events(one)] == [1, 2]
    assert [event.seq for event in log.events(two)] == [3, 4]
    assert log.events(two)[1].tag != log.events(one)[1].tag
    assert log.open_contexts() == (one, two)
    assert [event.seq for event in log.events(after=2, limit=1)] == [3]


def test_closed_context_is_not_open(log: EventLog) -> None:
    """Closing is an event; it happens once; the other contexts stay open."""
    one, two = fill(log, 0), fill(log, 0)
    event = log.close_context(one, moment(9))
    assert event.kind is EventKind.CONTEXT_CLOSED
    assert log.open_contexts() == (two,)
    with pytest.raises(MeetingState):
        log.close_context(one, moment(10))


def test_closed_contexts_are_listed_in_the_order_they_were_opened(log: EventLog) -> None:
    """Their ids are random: whoever lists the meetings gets the latest last all the same."""
    opened = [fill(log, 1) for _ in range(8)]
    for context in reversed(opened):
        log.close_context(context, moment())
    assert [state.context for state in log.contexts()] == opened


def test_event_outside_every_context(log: EventLog) -> None:
    """A fault belongs to no meeting, and so has no person and no body."""
    event = log.append(EventKind.FAULT, context=None, at=moment(), reason="CLOCK_BEHIND")
    assert (event.context, event.tag, event.body) == (None, None, None)
    assert log.body(event) == {}
    with pytest.raises(ValueError, match="neither person nor body"):
        log.append(EventKind.FAULT, context=None, at=moment(), body={"name": NAME})


def test_clock_that_jumps(log: EventLog) -> None:
    """A clock put back a year and forward ten does not disturb the log: its order is the numbers.

    Each event keeps the time that the terminal believed then.
    """
    context = fill(log, 1)
    year = 365 * 24 * 3600
    for seconds in (-year, 10 * year, 0, 1):
        log.append(EventKind.FAULT, context=context, at=moment(seconds), reason="CLOCK_BEHIND")
        log.recheck()
    events = log.events(context)[2:]
    assert [event.moment for event in events] == [moment(s) for s in (-year, 10 * year, 0, 1)]
    assert [event.seq for event in events] == [3, 4, 5, 6]
    assert log.verify().ok


def test_unknown_context_is_refused(log: EventLog) -> None:
    """An event of a context that was never opened is not recorded."""
    with pytest.raises(MeetingState):
        check_in(log, "00" * 16, 1)
    assert log.head().seq == 0


def test_text_in_place_of_a_code_is_refused(log: EventLog) -> None:
    """Outcome and reason stand in the clear, so they cannot hold a name."""
    context = fill(log, 0)
    with pytest.raises(WireMalformed):
        log.append(EventKind.CHECK_IN, context=context, at=moment(), outcome=NAME)
    assert check_in(log, context, 1).seq == 2


def test_body_beyond_the_cap_is_refused(log: EventLog) -> None:
    """A body larger than its cap is refused and the log goes on."""
    context = fill(log, 0)
    with pytest.raises(WireMalformed):
        log.append(EventKind.CHECK_IN, context=context, at=moment(), body={"x": "y" * 300_000})
    assert check_in(log, context, 1).seq == 2


def test_context_without_a_centre_key_does_not_open(path: Path) -> None:
    """Nothing is recorded that the centre could never open."""
    log = EventLog(path, TERMINAL, WRAP_KEY, None)
    with pytest.raises(MeetingState):
        log.open_context({}, moment())
    log.close()


def test_many_threads_make_one_chain(log: EventLog) -> None:
    """Appends from several threads, with readers beside them, leave a whole chain."""
    context = fill(log, 0)

    def work(start: int) -> None:
        for number in range(10):
            check_in(log, context, start + number)
            log.events(context, after=start)

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.head().seq == 41
    assert log.verify().ok


def test_no_name_on_disk(log: EventLog, path: Path) -> None:
    """Database and write-ahead log hold neither name nor number, in UTF-8 or UTF-16."""
    context = fill(log, 3)
    log.close_context(context, moment(60))
    on_disk = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert "events.db-wal" in on_disk
    for word in (NAME, NUMBER, "regular"):
        for coding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert not [name for name, data in on_disk.items() if word.encode(coding) in data]


def test_closed_log_takes_nothing(log: EventLog) -> None:
    """After the service let the log go, an append says so."""
    context = fill(log, 0)
    log.close()
    with pytest.raises(RecordingLocked):
        check_in(log, context, 1)
