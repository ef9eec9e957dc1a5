"""What a centre answers to good segments, and to what is no segment at all.

Lives here: rules of HTTP and of the acknowledgement. Not here: events in which something is amiss
(`events`), segments that have to be refused (`refusals`).
"""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire.ack import TYP, open_ack
from edge.wire.event import genesis
from edge.wire.kinds import EpochReason, EventKind
from edge.wire.segment import MAX_SEGMENT
from provisioning.conformance.bench import JOSE, SEGMENTS, Bench, expect, header_of, opened
from provisioning.conformance.line import Answer
from provisioning.conformance.rule import Rule, RuleBroken, RuleNotAsked
from provisioning.conformance.run import Run
from verify.errors import VerifyError
from verify.jws import JwsHeader

PROBLEM = "application/problem+json"


def health(bench: Bench) -> None:
    """Ask whether it lives."""
    _says_ok(bench.line.ask("GET", "/v1/health", certificate=bench.certificate))


def ready(bench: Bench) -> None:
    """Ask whether it would take a segment."""
    _says_ok(bench.line.ask("GET", "/v1/ready", certificate=bench.certificate))


def _says_ok(answer: Answer) -> None:
    if (answer.status, answer.media_type) != (200, "application/json"):
        raise RuleBroken(f"it answers HTTP {answer.status} with {answer.media_type or 'no type'}")
    if _json(answer.body) != {"ok": True}:
        raise RuleBroken('the body is not {"ok": true}')


def other_method(bench: Bench) -> None:
    """Read where one can only send."""
    answer = bench.line.ask("GET", SEGMENTS, certificate=bench.certificate)
    if answer.status != 405 or "POST" not in answer.headers.get("allow", ""):
        raise RuleBroken(f"it answers HTTP {answer.status}, and Allow does not name POST")


def problems(bench: Bench) -> None:
    """Send what is no segment and read the refusal."""
    answer = bench.post("no segment")
    found = _json(answer.body)
    if answer.media_type != PROBLEM or not isinstance(found, dict):
        raise RuleBroken(f"a refusal comes as {answer.media_type or 'no type'}, not {PROBLEM}")
    missing = {"type", "title", "status", "detail", "next_step"} - set(found)
    if missing:
        raise RuleBroken(f"a refusal lacks {', '.join(sorted(missing))}")
    if found["status"] != answer.status:
        raise RuleBroken(f"a refusal says {found['status']} and comes as HTTP {answer.status}")


def too_large(bench: Bench) -> None:
    """Send a byte too much."""
    answer = bench.post(b"x" * (MAX_SEGMENT + 1))
    if answer.status != 413:
        raise RuleBroken(f"it answers HTTP {answer.status} to {MAX_SEGMENT + 1} bytes")


def answer_form(bench: Bench) -> None:
    """Look at the answer's outside."""
    answer = bench.post(bench.run(1).signed(1, 1))
    opened(answer)
    if answer.media_type != JOSE:
        raise RuleBroken(f"the answer comes as {answer.media_type or 'no type'}, not {JOSE}")
    header = _json(header_of(answer))
    if not isinstance(header, dict) or set(header) != {"alg", "kid", "typ"}:
        raise RuleBroken("the header of the answer has not the members alg, kid and typ alone")
    if (header["alg"], header["typ"]) != ("ES256", TYP):
        raise RuleBroken(f"the answer is {header['alg']} and {header['typ']}")


def answer_signed(bench: Bench) -> None:
    """Check the answer's signature."""
    if bench.sign_key is None:
        raise RuleNotAsked("needs --centre-key")
    kid, key = bench.sign_key
    answer = bench.post(bench.run(1).signed(1, 1))
    names: list[str | None] = []

    def key_for(header: JwsHeader) -> ec.EllipticCurvePublicKey:
        names.append(header.kid)
        return key

    try:
        open_ack(answer.body.decode("ascii", "replace"), key_for)
    except VerifyError as error:
        raise RuleBroken(f"the answer's signature does not hold: {error.message}") from error
    if kid is not None and names != [kid]:
        raise RuleBroken(f"the answer names the key {names[0]}, not {kid}")


def whole_run(bench: Bench) -> None:
    """Send three events."""
    run = bench.run(3)
    expect(bench.take(run.signed(1, 3)), run, 3)


def one_after_the_other(bench: Bench) -> None:
    """Send them in three segments."""
    run = bench.run(3)
    for seq in (1, 2, 3):
        expect(bench.take(run.signed(seq, seq)), run, seq)


def same_again(bench: Bench) -> None:
    """Send one segment twice, to the byte, and once more under another signature."""
    run = bench.run(3)
    compact = run.signed(1, 3)
    for body in (compact, compact, run.signed(1, 3), run.signed(2, 2)):
        expect(bench.take(body), run, 3)


def later_first(bench: Bench) -> None:
    """Send the end before the beginning."""
    run = bench.run(5)
    expect(bench.take(run.signed(4, 5)), run, 0, gaps=((1, 3),))
    expect(bench.take(run.signed(1, 3)), run, 5)


def several_gaps(bench: Bench) -> None:
    """Leave three gaps; close them by segments that overlap what is there."""
    run = bench.run(12)
    expect(bench.take(run.signed(1, 2)), run, 2)
    expect(bench.take(run.signed(11, 11)), run, 2, gaps=((3, 10),))
    expect(bench.take(run.signed(5, 6)), run, 2, gaps=((3, 4), (7, 10)))
    expect(bench.take(run.signed(8, 9)), run, 2, gaps=((3, 4), (7, 7), (10, 10)))
    expect(bench.take(run.signed(6, 10)), run, 2, gaps=((3, 4),))
    expect(bench.take(run.signed(1, 12)), run, 12)


def epochs_apart(bench: Bench) -> None:
    """Send two epochs of one terminal in turn."""
    first, second = bench.run(4), bench.run(2)
    expect(bench.take(first.signed(1, 3)), first, 3)
    expect(bench.take(second.signed(1, 2)), second, 2)
    expect(bench.take(first.signed(4, 4)), first, 4)


def terminals_apart(bench: Bench) -> None:
    """Send two terminals' runs under one epoch id and the same numbers."""
    first = bench.run(2)
    with bench.as_another() as there:
        second = Run.make(there.who, first.epoch, 3, bench.at)
        expect(bench.take(first.signed(1, 2)), first, 2)
        expect(there.take(second.signed(1, 3)), second, 3)
        expect(bench.take(first.signed(1, 2)), first, 2)


def next_epoch(bench: Bench) -> None:
    """Begin an epoch that follows another, from its second event and from its beginning."""
    before = bench.run(2)
    expect(bench.take(before.signed(1, 2)), before, 2)
    for common in (before.hash_of(2), genesis(before.who.terminal, before.epoch)):
        begun = {"kind": EventKind.EPOCH_BEGUN, "reason": EpochReason.RESTORED, "prev": common}
        run = bench.run(2).rechained({1: begun})
        expect(bench.take(run.signed(1, 2)), run, 2)


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


RULES = (
    Rule("health", "6", "GET /v1/health says that it lives.",
         'Answer 200, application/json, {"ok": true} while the database answers.', health),
    Rule("ready", "6", "GET /v1/ready says that it would take a segment.",
         'Answer 200, application/json, {"ok": true} while events can be kept.', ready),
    Rule("other-method", "6", "Another method than POST is answered 405, with Allow.",
         "Answer 405 and name POST in Allow.", other_method),
    Rule("problems", "6", "Errors are problems of RFC 9457 with a next step.",
         "Answer errors as application/problem+json with all five members.", problems),
    Rule("too-large", "6", "More than 1 MiB is answered 413.",
         "Refuse by Content-Length before anything is read.", too_large),
    Rule("answer-form", "5", "The answer is a compact JWS of type tramthe-ack+jws.",
         "Answer application/jose; header exactly alg, kid, typ; payload in canonical form.",
         answer_form),
    Rule("answer-signed", "5", "The answer is signed by the centre's key, under its key id.",
         "Sign with the key, and name the key id, that the trust list gives for this centre.",
         answer_signed),
    Rule("whole-run", "5", "A good segment is held whole, and the answer says so.",
         "Keep every event; high_water is the last number before the first gap, head its hash.",
         whole_run),
    Rule("one-after-the-other", "4", "Segments that follow each other are one run.",
         "Compare a segment's prev with the hash held under the number before it.",
         one_after_the_other),
    Rule("same-again", "4", "What is sent again changes nothing, and is answered the same.",
         "Let (terminal, epoch, seq) be unique for ever; the same event again is no error.",
         same_again),
    Rule("later-first", "4", "Later events are kept before earlier ones; the gap is named.",
         "Keep what comes whatever is missing before it, and list what is missing.", later_first),
    Rule("several-gaps", "5", "Gaps are listed lowest first, and close in any order.",
         "List [first, last] pairs of missing numbers below the highest one seen.", several_gaps),
    Rule("epochs-apart", "4", "Epochs of one terminal are counted each by itself.",
         "Keep high water, gaps and alarms for each (terminal, epoch).", epochs_apart),
    Rule("terminals-apart", "4", "Terminals are counted each by itself.",
         "Keep high water, gaps and alarms for each (terminal, epoch).", terminals_apart),
    Rule("next-epoch", "4", "An epoch that follows another begins without an alarm.",
         "Do not compare prev of epoch-begun with the genesis hash of its own epoch.", next_epoch),
)  # fmt: skip
