"""Whether a centre answers a terminal that asks for its inbox.

Lives here: rules about the call and the head of its answer. Not here: messages, which only the
office can send. A terminal that is in use is never spoken for: its inbox key would be replaced.
"""

from __future__ import annotations

import os
from dataclasses import replace

from edge.errors import WireMalformed
from edge.wire import hybrid
from edge.wire.canonical import encode
from edge.wire.event import timestamp
from edge.wire.inbox import key_id
from edge.wire.inbox_call import (
    CALL_TYP,
    NONCE_SIZE,
    Call,
    Head,
    PublicKey,
    open_head,
    sign_call,
    split,
)
from edge.wire.segment import TYP as SEGMENT_TYP
from provisioning.conformance.bench import Bench, refused
from provisioning.conformance.identity import of_a_stranger
from provisioning.conformance.rule import Rule, RuleBroken, RuleNotAsked
from provisioning.conformance.run import by_hand
from provisioning.office.pki import new_key
from verify.errors import VerifyError

INBOX = "/v1/inbox"
LINES = "application/jose-lines"


def _call(bench: Bench, key: PublicKey) -> Call:
    nonce = os.urandom(NONCE_SIZE)
    return Call(bench.who.terminal, 0, 0, (), (), nonce, timestamp(bench.at), key)


def _key(generation: int) -> PublicKey:
    return PublicKey(generation, hybrid.public_bytes(os.urandom(hybrid.SEED_SIZE)))


def _heard(bench: Bench, call: Call) -> Head:
    """Send a call and return the head of the answer. Raises RuleBroken, RuleNotAsked."""
    answer = bench.post(sign_call(call, bench.who.key, bench.who.certificate), INBOX)
    if answer.status == 404:
        raise RuleNotAsked("it has no inbox")
    if (answer.status, answer.media_type) != (200, LINES):
        kind = answer.media_type or "no type"
        raise RuleBroken(f"it answers a call with HTTP {answer.status} and {kind}")
    if bench.sign_key is None:
        raise RuleNotAsked("needs --centre-key")
    key = bench.sign_key[1]
    try:
        head = open_head(split(answer.body)[0], lambda _: key)
    except (VerifyError, WireMalformed) as error:
        raise RuleBroken(f"its answer is none to a call: {error.message}") from error
    if (head.terminal, head.nonce) != (call.terminal, call.nonce):
        raise RuleBroken("the head names another terminal or nonce than the call")
    return head


def inbox_head(bench: Bench) -> None:
    """Call twice as a terminal that is new."""
    with bench.as_another() as there:
        key = _key(1)
        for _ in range(2):
            head = _heard(there, _call(there, key))
            if (head.last, head.generation, head.kid) != (0, 1, key_id(key.public)):
                raise RuleBroken("the head of a new terminal's inbox is not that of its first key")


def inbox_key(bench: Bench) -> None:
    """Announce a later key, an earlier one, and another of the same generation."""
    with bench.as_another() as there:
        first, second = _key(1), _key(2)
        for key, kept in ((first, first), (second, second), (first, second), (_key(2), second)):
            head = _heard(there, _call(there, key))
            if (head.generation, head.kid) != (kept.generation, key_id(kept.public)):
                raise RuleBroken(f"it seals to generation {head.generation}, {head.kid} after that")


def inbox_refused(bench: Bench) -> None:
    """Call under another key, an unknown authority, another's name, another type and form."""
    with bench.as_another() as there:
        who, call = there.who, _call(there, _key(1))
        _heard(there, call)
        payload = call.to_payload()
        other = replace(call, terminal=bench.another_terminal().terminal)
        for body in (
            sign_call(call, new_key(), who.certificate),
            sign_call(call, who.key, of_a_stranger(who, there.at).certificate),
            sign_call(other, who.key, who.certificate),
            by_hand(who, encode(payload), typ=SEGMENT_TYP),
            by_hand(who, encode({**payload, "more": 1}), typ=CALL_TYP),
            by_hand(who, encode({**payload, "nonce": "short"}), typ=CALL_TYP),
            by_hand(who, encode({**payload, "highest": -1}), typ=CALL_TYP),
        ):
            refused(there.post(body, INBOX))


RULES = (
    Rule("inbox-head", "14", "A call is answered by a signed head with its nonce and key.",
         "Answer with the head of section 14, then messages, one a line.", inbox_head),
    Rule("inbox-key", "14", "A later inbox key takes the earlier one's place, and no other does.",
         "Compare generations; of two keys under one the first stays.", inbox_key),
    Rule("inbox-refused", "14", "A call that is not the terminal's own is refused.",
         "Check a call as a segment is checked, and its members by section 14.", inbox_refused),
)  # fmt: skip
