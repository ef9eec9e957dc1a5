"""What the centre takes, what it sets aside, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.wire.ack import Ack, Alarm, AlarmCode, open_ack
from edge.wire.event import Event
from edge.wire.segment import MAX_SEGMENT, gather
from edge.wire.segment_answer import SegmentAnswer
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import NAME, START, TERMINAL, check_in, copy_log, fill, make_log
from tests.provisioning.centre.made import Centre, signed
from verify import jws


def acked(centre: Centre, compact: str) -> Ack:
    """Send a segment that is taken, and return the acknowledgement."""
    status, body = centre.post(compact)
    assert status == 200, body
    compact = SegmentAnswer.from_bytes(body.encode()).ack
    return open_ack(compact, lambda _: centre.sign_key.public_key())


def objects(log: EventLog) -> list[dict[str, Any]]:
    """Return a log's events as they stand in a segment."""
    return [event.to_object() for event in log.events()]


def test_whole_log_is_taken(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """Every event is held, in its place, byte for byte, and the answer says so."""
    ack = acked(centre, signed(log, identity))
    assert (ack.high_water, ack.gaps, ack.set_aside, ack.alarms) == (4, (), (), ())
    assert ack.head == log.head().hash
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


def test_same_segment_again_is_harmless(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A segment sent twice, or after a restart of the centre, changes nothing."""
    compact = signed(log, identity)
    first = acked(centre, compact)
    assert acked(centre, compact) == first
    centre.stop()
    centre.start()
    assert acked(centre, compact) == first
    assert len(centre.store.events(TERMINAL, log.epoch)) == 4


def test_segments_in_any_order(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """A later segment first leaves a gap, which the earlier one closes."""
    events = log.events()
    assert identity.certificate is not None
    late = gather(events[2:])
    assert late is not None
    compact = signed(log, identity, first=3, prev=late.prev, head=late.head, events=late.events)
    ack = acked(centre, compact)
    assert (ack.high_water, ack.gaps, ack.head) == (0, ((1, 2),), None)
    ack = acked(centre, signed(log, identity))
    assert (ack.high_water, ack.gaps, ack.alarms) == (4, (), ())


def edit(fields: dict[str, Any]) -> None:
    """Change what the hash covers."""
    fields["outcome"] = "REFUSED"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (edit, AlarmCode.EVENT_HASH_DIFFERS),
        (lambda fields: fields.update(seq=9), AlarmCode.EVENT_MISPLACED),
        (lambda fields: fields.update(terminal="TT-0009"), AlarmCode.EVENT_MISPLACED),
        (lambda fields: fields.update(at="soon"), AlarmCode.EVENT_MALFORMED),
        (lambda fields: fields.clear(), AlarmCode.EVENT_MALFORMED),
        (lambda fields: fields.update(kind=[{}]), AlarmCode.EVENT_MALFORMED),
    ],
    ids=["hash", "number", "terminal", "time", "empty", "kind"],
)
def test_poison_event_is_set_aside_alone(
    centre: Centre, log: EventLog, identity: TerminalIdentity, spoil: Any, code: AlarmCode
) -> None:
    """One event that cannot be believed blocks none of its neighbours."""
    events = objects(log)
    spoil(events[1])
    ack = acked(centre, signed(log, identity, events=tuple(events)))
    assert (ack.high_water, ack.gaps) == (4, ())
    assert ack.set_aside == (2,)
    assert Alarm(2, code) in ack.alarms
    assert [e.seq for e in centre.store.events(TERMINAL, log.epoch)] == [1, 3, 4]


def test_last_event_set_aside_has_no_head(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Where the highest event is set aside, the acknowledgement names no hash for it."""
    events = objects(log)
    edit(events[3])
    ack = acked(centre, signed(log, identity, events=tuple(events)))
    assert (ack.high_water, ack.head, ack.set_aside) == (4, None, (4,))


def test_clone_shows_as_one_number_with_two_hashes(
    centre: Centre, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Two terminals over copies of one log: both events are kept, and an alarm is raised."""
    log.close()
    original = make_log(tmp_path / "events.db")
    original.close()
    copied = copy_log(tmp_path / "events.db", tmp_path / "copy.db")
    original, clone = make_log(tmp_path / "events.db"), make_log(copied)
    context = original.open_contexts()[0]
    check_in(original, context, 7)
    check_in(clone, context, 8)
    check_in(clone, context, 9)
    assert acked(centre, signed(original, identity)).alarms == ()
    ack = acked(centre, signed(clone, identity))
    assert ack.alarms == (Alarm(5, AlarmCode.SEQ_REUSED),)
    assert ack.set_aside == (5,)
    assert (ack.high_water, ack.head) == (6, clone.head().hash)
    held = centre.store.events(TERMINAL, original.epoch)
    assert held[4] == original.events()[4]
    original.close()
    clone.close()


def test_fork_between_segments_raises_an_alarm(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A segment that does not follow from what is held is kept, with an alarm."""
    acked(centre, signed(log, identity))
    last = log.events()[3]
    stray = replace(last, seq=5, prev=bytes(32))
    stray = replace(stray, hash=stray.computed_hash())
    ack = acked(
        centre,
        signed(
            log, identity, first=5, prev=stray.prev, head=stray.hash, events=(stray.to_object(),)
        ),
    )
    assert ack.high_water == 5
    assert ack.alarms == (Alarm(5, AlarmCode.CHAIN_FORKED),)


def test_fork_inside_a_segment_and_a_wrong_head(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A link that does not hold, and a head that is not the last event's hash, are alarms."""
    events = list(log.events())
    stray = replace(events[2], prev=bytes(32))
    events[2] = replace(stray, hash=stray.computed_hash())
    fields = tuple(event.to_object() for event in events)
    ack = acked(centre, signed(log, identity, events=fields, head=bytes(32)))
    assert ack.high_water == 4
    assert ack.alarms == (
        Alarm(3, AlarmCode.CHAIN_FORKED),
        Alarm(4, AlarmCode.CHAIN_FORKED),
        Alarm(4, AlarmCode.SEGMENT_HEAD_DIFFERS),
    )


def refused(centre: Centre, compact: str) -> str:
    """Send a segment that is refused, see that nothing is kept, and return the message."""
    status, body = centre.post(compact)
    assert status == 403, body
    assert centre.epochs() == ()
    return str(json.loads(body)["detail"])


def test_segment_of_a_stranger_is_refused(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A certificate from another authority, even of the same name, opens nothing."""
    other = create_terminal_ca("Terminal CA", at=START)
    forged = issue_terminal(other, identity.key.public_key(), TERMINAL, at=START)
    compact = signed(log, identity.having(replace(identity.pair, certificate=forged)))
    assert "authority" in refused(centre, compact)


def test_segment_signed_by_another_key_is_refused(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Somebody else's signature under a good certificate opens nothing."""
    refused(centre, signed(log, identity.having(replace(identity.pair, key=new_key()))))


def test_altered_segment_is_refused(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A byte changed under the signature, a part missing, no JWS at all."""
    compact = signed(log, identity)
    head, payload, signature = compact.split(".")
    other = "A" if payload[100] != "A" else "B"
    altered = payload[:100] + other + payload[101:]
    for bad in (f"{head}.{altered}.{signature}", f"{head}.{payload}.", "segment", ""):
        refused(centre, bad)


def test_segment_of_another_terminal_is_refused(
    centre: Centre, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """An enrolled terminal speaks for itself only."""
    other = make_log(tmp_path / "other.db", terminal="TT-0002")
    fill(other, 1)
    assert "another terminal" in refused(centre, signed(other, identity))
    other.close()


def test_segment_without_a_certificate_is_refused(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The certificate has to be there, once."""
    segment = gather(log.events())
    assert segment is not None
    assert identity.certificate is not None
    for x5c in ((), (identity.certificate,) * 2):
        compact = jws.sign(
            segment.to_payload(), typ="tramthe-segment+jws", key=identity.key, x5c=x5c
        )
        refused(centre, compact)


def test_other_signed_object_is_refused(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The same payload under another type is no segment."""
    segment = gather(log.events())
    assert segment is not None
    assert identity.certificate is not None
    compact = jws.sign(
        segment.to_payload(),
        typ="tramthe-ack+jws",
        key=identity.key,
        x5c=(identity.certificate,),
    )
    refused(centre, compact)


@pytest.mark.parametrize("days", [-1, 2 * 365 + 1], ids=["not yet", "no more"])
def test_certificate_outside_its_dates_is_refused(
    centre: Centre, log: EventLog, identity: TerminalIdentity, days: int
) -> None:
    """The centre's clock decides whether a terminal's certificate is in force."""
    centre.now = START + timedelta(days=days)
    refused(centre, signed(log, identity))


def test_the_authority_itself_is_no_terminal(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """The authority's own key signs certificates, not segments."""
    posing = identity.having(
        replace(identity.pair, key=centre.ca.key, certificate=centre.ca.certificate)
    )
    refused(centre, signed(log, posing))


def test_large_body_is_refused_unread(centre: Centre) -> None:
    """The size is capped before anything is parsed."""
    status, body = centre.post("x" * (MAX_SEGMENT + 1))
    assert status == 413
    assert json.loads(body)["status"] == 413


def test_no_name_at_the_centre(
    centre: Centre, log: EventLog, identity: TerminalIdentity, on_disk: Callable[[], bytes]
) -> None:
    """Bodies stay sealed in the centre's database."""
    acked(centre, signed(log, identity))
    held = on_disk()
    assert TERMINAL.encode() in held
    for coding in ("utf-8", "utf-16-le", "utf-16-be"):
        assert NAME.encode(coding) not in held


def test_event_read_back_is_an_event(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """What is kept is the canonical form, which opens again as it came."""
    acked(centre, signed(log, identity))
    held = centre.store.events(TERMINAL, log.epoch)
    assert all(Event.from_bytes(event.to_bytes()) == event for event in held)
