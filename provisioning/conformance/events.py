"""What a centre does with events in which something is amiss, each by itself.

Lives here: rules of setting aside and of alarms. Not here: segments that are refused whole
(`refusals`).
"""

from __future__ import annotations

from typing import Any

from edge.wire.ack import MAX_LISTED, AlarmCode
from edge.wire.canonical import to_base64url
from edge.wire.event import genesis
from edge.wire.kinds import EpochReason, EventKind
from edge.wire.segment import MAX_EVENTS
from provisioning.conformance.bench import Bench, expect
from provisioning.conformance.rule import Rule, RuleBroken
from provisioning.conformance.run import CONTEXT, NOWHERE, spoilt

_NONE = to_base64url(NOWHERE)


def _one_aside(bench: Bench, code: AlarmCode, change: dict[str, Any]) -> None:
    """Spoil the second of four events and see the other three held."""
    run = bench.run(5)
    segment = spoilt(run.segment(1, 4), {2: change})
    alarm = [(2, code)]
    expect(bench.take(segment), run, 4, set_aside=(2,), alarms=alarm)
    expect(bench.take(run.segment(5, 5)), run, 5, set_aside=(2,), alarms=alarm)


def event_altered(bench: Bench) -> None:
    """Change what the hash covers."""
    _one_aside(bench, AlarmCode.EVENT_HASH_DIFFERS, {"reason": "ANOTHER"})


def event_malformed(bench: Bench) -> None:
    """Break an event's form in several ways, each in an epoch of its own."""
    for change in (
        {"at": "soon"},
        {"hash": "short"},
        {"reason": None},
        {"kind": ["fault"]},
        {"tag": _NONE},
        {"more": 1},
        {"quality": "good"},
    ):
        _one_aside(bench, AlarmCode.EVENT_MALFORMED, change)


def unknown_kind(bench: Bench) -> None:
    """Send a kind that this version does not have."""
    _one_aside(bench, AlarmCode.EVENT_MALFORMED, {"kind": "vote"})


def event_misplaced(bench: Bench) -> None:
    """Let an event name another number, terminal and epoch than its place."""
    for change in ({"seq": 9}, {"terminal": "somebody-else"}, {"epoch": CONTEXT}):
        _one_aside(bench, AlarmCode.EVENT_MISPLACED, change)


def last_aside(bench: Bench) -> None:
    """Spoil the last event."""
    run = bench.run(3)
    segment = spoilt(run.segment(1, 3), {3: {"reason": "ANOTHER"}})
    expect(
        bench.take(segment),
        run,
        3,
        headless=True,
        set_aside=(3,),
        alarms=[(3, AlarmCode.EVENT_HASH_DIFFERS)],
    )


def good_after_aside(bench: Bench) -> None:
    """Send an event that was set aside once more, whole this time."""
    run = bench.run(3)
    segment = spoilt(run.segment(1, 3), {2: {"reason": "ANOTHER"}})
    alarm = [(2, AlarmCode.EVENT_HASH_DIFFERS)]
    expect(bench.take(segment), run, 3, set_aside=(2,), alarms=alarm)
    expect(bench.take(run.segment(1, 3)), run, 3, set_aside=(2,), alarms=alarm)


def many_aside(bench: Bench) -> None:
    """Spoil more than an answer lists."""
    count = MAX_LISTED + 50
    run = bench.run(count)
    ack = bench.take(
        spoilt(run.segment(1, count), {seq: {"at": "soon"} for seq in range(1, count + 1)})
    )
    listed = tuple(range(1, MAX_LISTED + 1))
    expect(
        ack,
        run,
        count,
        headless=True,
        set_aside=listed,
        alarms=[(seq, AlarmCode.EVENT_MALFORMED) for seq in listed],
    )


def fork_inside(bench: Bench) -> None:
    """Break the chain between two events of a segment."""
    run = bench.run(5).rechained({3: {"prev": NOWHERE}})
    expect(bench.take(run.segment(1, 5)), run, 5, alarms=[(3, AlarmCode.CHAIN_FORKED)])


def fork_between(bench: Bench) -> None:
    """Break it between two segments."""
    run = bench.run(4).rechained({3: {"prev": NOWHERE}})
    expect(bench.take(run.segment(1, 2)), run, 2)
    expect(bench.take(run.segment(3, 4)), run, 4, alarms=[(3, AlarmCode.CHAIN_FORKED)])


def fork_behind(bench: Bench) -> None:
    """Break it between two segments of which the later came first."""
    run = bench.run(4).rechained({3: {"prev": NOWHERE}})
    expect(bench.take(run.segment(3, 4)), run, 0, gaps=((1, 2),))
    expect(bench.take(run.segment(1, 2)), run, 4, alarms=[(3, AlarmCode.CHAIN_FORKED)])


def number_reused(bench: Bench) -> None:
    """Send another event under a number that is held, as a clone does."""
    run = bench.run(3)
    clone = run.rechained({3: {"reason": "CLONE"}})
    expect(bench.take(run.segment(1, 3)), run, 3)
    alarm = [(3, AlarmCode.SEQ_REUSED)]
    for segment in (clone.segment(3, 3), clone.segment(1, 3), run.segment(1, 3)):
        expect(bench.take(segment), run, 3, set_aside=(3,), alarms=alarm)


def wrong_genesis(bench: Bench) -> None:
    """Begin an epoch from nowhere."""
    run = bench.run(2).rechained({1: {"prev": NOWHERE}})
    expect(bench.take(run.segment(1, 2)), run, 2, alarms=[(1, AlarmCode.CHAIN_FORKED)])


def follows_itself(bench: Bench) -> None:
    """Say that an epoch follows another, and begin it from its own genesis hash."""
    run = bench.run(2)
    begun = {"kind": EventKind.EPOCH_BEGUN, "reason": EpochReason.RESTORED}
    run = run.rechained({1: {**begun, "prev": genesis(run.who.terminal, run.epoch)}})
    expect(bench.take(run.segment(1, 2)), run, 2, alarms=[(1, AlarmCode.CHAIN_FORKED)])


def wrong_head(bench: Bench) -> None:
    """Claim another head than the last event's hash."""
    run = bench.run(2)
    claimed = run.segment(1, 2)
    segment = type(claimed).from_payload({**claimed.to_payload(), "head": _NONE})
    expect(bench.take(segment), run, 2, alarms=[(2, AlarmCode.SEGMENT_HEAD_DIFFERS)])


def any_time(bench: Bench) -> None:
    """Send events of 2001, of 2099 and of an hour before the one before."""
    times = {1: "2001-01-01T00:00:00.000Z", 2: "2099-12-31T23:59:59.999Z"}
    run = bench.run(4).rechained({seq: {"at": at} for seq, at in times.items()})
    expect(bench.take(run.segment(1, 4)), run, 4)


def full_segment(bench: Bench) -> None:
    """Send as many events as a segment carries."""
    run = bench.run(MAX_EVENTS)
    expect(bench.take(run.segment(1, MAX_EVENTS)), run, MAX_EVENTS)


def large_segment(bench: Bench) -> None:
    """Send events with bodies, close to the largest segment."""
    kind = EventKind.TIME_ASSERTED
    big = {"kind": kind, "context": CONTEXT, "reason": None, "body": bytes(185_000)}
    run = bench.run(3).rechained(dict.fromkeys((1, 2, 3), big))
    compact = run.signed(1, 3)
    if len(compact) < 980_000:
        raise RuleBroken("the examiner's segment is not large enough to tell")
    expect(bench.take(compact), run, 3)


RULES = (
    Rule("event-altered", "4", "An event whose hash does not fit is set aside alone.",
         "Compute each hash anew; set the one event aside, keep its neighbours.", event_altered),
    Rule("event-malformed", "4", "An event that has not its form is set aside alone.",
         "Judge each event by docs/events.md; set the one aside, keep its neighbours.",
         event_malformed),
    Rule("unknown-kind", "4", "A kind that the centre does not know is set aside alone.",
         "Set it aside as EVENT_MALFORMED: a newer centre may read it later.", unknown_kind),
    Rule("event-misplaced", "4", "An event of another place is set aside alone.",
         "Compare terminal, epoch and seq of each event with its place in the segment.",
         event_misplaced),
    Rule("last-aside", "5", "head is null where event high_water is set aside.",
         "Name in head only the hash of an event that is in its place.", last_aside),
    Rule("good-after-aside", "4", "An event set aside may come again whole; the alarm stays.",
         "Put it in its place, and go on listing what was set aside.", good_after_aside),
    Rule("many-aside", "5", "At most 100 are listed, lowest first; high_water goes on.",
         "Cut each list at 100 entries, and count beyond them.", many_aside),
    Rule("fork-inside", "4", "A link that does not hold inside a segment is an alarm.",
         "Compare each prev with the hash before; raise CHAIN_FORKED, keep both.", fork_inside),
    Rule("fork-between", "4", "A link that does not hold between segments is an alarm.",
         "Compare a segment's prev with the hash held under the number before it.", fork_between),
    Rule("fork-behind", "4", "A link to a later segment that came first is looked at too.",
         "Compare the last event's hash with prev of the event held behind it.", fork_behind),
    Rule("number-reused", "4", "Another event under a number is an alarm; the first stays.",
         "Keep both: the first in its place, the other aside, and raise SEQ_REUSED.",
         number_reused),
    Rule("wrong-genesis", "4", "A first event that follows from nothing is an alarm.",
         "Compare prev of event 1 with the genesis hash, unless it is epoch-begun.", wrong_genesis),
    Rule("follows-itself", "4", "An epoch that follows only its own beginning is an alarm.",
         "Compare prev of epoch-begun with its own epoch's genesis hash; raise CHAIN_FORKED.",
         follows_itself),
    Rule("wrong-head", "4", "A segment whose head is not its last hash is an alarm.",
         "Compare head with the last event's hash; raise SEGMENT_HEAD_DIFFERS.", wrong_head),
    Rule("any-time", "8", "Events are taken whatever time they say.",
         "Do not judge an event by a clock; its time is the terminal's word.", any_time),
    Rule("full-segment", "3", "500 events in a segment are taken.",
         "Take up to 500 events.", full_segment),
    Rule("large-segment", "3", "A segment of nearly 1 MiB is taken.",
         "Take bodies of up to 1,048,576 bytes, in every proxy before the centre too.",
         large_segment),
)  # fmt: skip
