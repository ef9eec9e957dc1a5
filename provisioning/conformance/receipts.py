"""What a centre says of receipts: each that it holds is anchored, and nothing else is.

Lives here: rules of anchors. Not here: their form (`verify.receipt_anchor`), the acknowledgement
that comes with them (`answers`, `events`).

The examiner's receipts are none: their hashes are of nothing, so that no anchor in the world is
for them.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from edge.errors import WireMalformed
from edge.wire.ack import AlarmCode
from edge.wire.kinds import EventKind
from edge.wire.segment import Segment
from edge.wire.segment_answer import MAX_ANCHORS, SegmentAnswer
from provisioning.conformance.bench import JOSE, Bench, expect, opened
from provisioning.conformance.line import Answer
from provisioning.conformance.rule import Rule, RuleBroken
from provisioning.conformance.run import CONTEXT, Run, signed, spoilt
from verify import jws
from verify.errors import VerifyError
from verify.receipt_anchor import MAX_ANCHOR, Anchored, unproven

JOSE_LINES = "application/jose-lines"
A_SECOND = 1.1  # seconds, after which every clock shows another one
AROUND = timedelta(days=1)
"""How far the centre's clock may be from the examiner's."""


def anchored(bench: Bench) -> None:
    """Send receipts among other events."""
    run = _receipts(bench, 5, {2, 4})
    found = _sent(bench, run, run.segment(1, 5))
    _are(found, run, {2, 4})
    for one in found:
        if not bench.at - AROUND <= one.at <= bench.at + AROUND:
            raise RuleBroken(f"it says that it had a receipt at {one.at}, a day or more from now")


def unasked(bench: Bench) -> None:
    """Send what is no receipt, of which one has a tag as well."""
    other = {"kind": EventKind.CORRECTION, "reason": None, "context": CONTEXT}
    run = bench.run(2).rechained({2: {**other, "tag": _tag(bench, 2), "body": b"-"}})
    answer = bench.post(run.signed(1, 2))
    expect(opened(answer), run, 2)
    if answer.media_type != JOSE or b"\n" in answer.body:
        raise RuleBroken("something follows the acknowledgement where no receipt was sent")


def again(bench: Bench) -> None:
    """Send a receipt once more, later and among others, as a terminal does that lost the anchor."""
    run = _receipts(bench, 3, {2})
    first = _sent(bench, run, run.segment(1, 2))
    bench.wait(A_SECOND)
    later = [_sent(bench, run, run.segment(2, 3), high_water=3) for _ in range(2)]
    for found in later:
        _are(found, run, {2})
        if found != first:
            raise RuleBroken("it says another time of a receipt when asked again")


def aside(bench: Bench) -> None:
    """Send a receipt whose hash does not fit, beside a good one."""
    run = _receipts(bench, 3, {2, 3})
    spoilt_one = spoilt(run.segment(1, 3), {2: {"tag": "A" * 43}})
    alarm = [(2, AlarmCode.EVENT_HASH_DIFFERS)]
    _are(_found(bench.post(signed(spoilt_one, bench.who)), bench), run, {3})
    whole = bench.post(run.signed(1, 3))
    expect(opened(whole), run, 3, set_aside=(2,), alarms=alarm)
    _are(_found(whole, bench), run, {2, 3})
    _are(_found(bench.post(signed(spoilt_one, bench.who)), bench), run, {3})


def reused(bench: Bench) -> None:
    """Send another receipt under a number that is held, as a clone does."""
    run = _receipts(bench, 2, {2})
    clone = run.rechained({2: {"tag": _tag(bench, 99)}})
    _are(_sent(bench, run, run.segment(1, 2)), run, {2})
    if _found(bench.post(clone.signed(2, 2)), bench):
        raise RuleBroken("it anchors a receipt whose number another one has")
    _are(_found(bench.post(run.signed(2, 2)), bench), run, {2})


def many(bench: Bench) -> None:
    """Send more receipts than one answer anchors, then those that are left."""
    count = MAX_ANCHORS + 20
    run = _receipts(bench, count, set(range(1, count + 1)))
    _are(_sent(bench, run, run.segment(1, count)), run, set(range(1, MAX_ANCHORS + 1)))
    left = run.segment(MAX_ANCHORS + 1, count)
    _are(_sent(bench, run, left, high_water=count), run, set(range(MAX_ANCHORS + 1, count + 1)))


def _receipts(bench: Bench, count: int, which: set[int]) -> Run:
    """Return a fresh run in which the events `which` are receipts."""
    kind = {"kind": EventKind.RECEIPT, "context": CONTEXT, "reason": None, "body": b"-"}
    run = bench.run(count)
    return run.rechained({seq: {**kind, "tag": _tag(bench, seq, run.epoch)} for seq in which})


def _tag(bench: Bench, seq: int, epoch: str = "") -> bytes:
    return hashlib.sha256(f"{bench.who.terminal} {epoch} {seq}".encode()).digest()


def _sent(
    bench: Bench, run: Run, segment: Segment, *, high_water: int | None = None
) -> tuple[Anchored, ...]:
    """Send a segment that has to be taken whole, and return the anchors."""
    answer = bench.post(signed(segment, bench.who))
    expect(opened(answer), run, segment.last if high_water is None else high_water)
    return _found(answer, bench)


def _found(answer: Answer, bench: Bench) -> tuple[Anchored, ...]:
    """Return the anchors of an answer, their signatures checked where the key is known."""
    opened(answer)
    try:
        lines = SegmentAnswer.from_bytes(answer.body).anchors
        found = tuple(_read(line, bench) for line in lines)
    except (VerifyError, WireMalformed, ValueError) as error:
        raise RuleBroken(f"an anchor is none: {error}") from error
    if lines and answer.media_type != JOSE_LINES:
        raise RuleBroken(f"anchors come as {answer.media_type or 'no type'}, not {JOSE_LINES}")
    return found


def _read(line: str, bench: Bench) -> Anchored:
    if bench.sign_key is not None:
        kid, key = bench.sign_key
        if kid is not None and jws.read_header(line, max_size=MAX_ANCHOR).kid != kid:
            raise RuleBroken("an anchor names another key than the acknowledgement's")
        return Anchored.from_compact(line, lambda _: key)
    return unproven(line)


def _are(found: tuple[Anchored, ...], run: Run, wanted: set[int]) -> None:
    """Raise RuleBroken unless these are the anchors of the events `wanted`, in their order."""
    receipts = [run.events[seq - 1].tag for seq in sorted(wanted)]
    if [one.receipt for one in found] != receipts:
        raise RuleBroken(f"{len(found)} anchors came, not those of {len(wanted)} receipts in order")


RULES = (
    Rule("receipt-anchored", "16", "Each receipt that is held is anchored, in their order.",
         "Sign the hash in each receipt's tag, behind the acknowledgement, with when it came.",
         anchored),
    Rule("receipt-unasked", "16", "Without a receipt the answer is the acknowledgement alone.",
         "Anchor events of kind receipt and no others.", unasked),
    Rule("receipt-again", "16", "What comes again is anchored again, as of the same time.",
         "Say when the event first came, not when it came again.", again),
    Rule("receipt-aside", "16", "A receipt that is set aside is not anchored.",
         "Anchor only what is in its place, and only where that very event was sent.", aside),
    Rule("receipt-reused", "16", "Another receipt under a number is not anchored; the first stays.",
         "Compare the event's hash with that of the event in the place.", reused),
    Rule("receipts-many", "16", "An answer anchors at most 100 receipts, those of lowest number.",
         "Cut the list at 100; the terminal sends the others again.", many),
)  # fmt: skip
