"""The inbox among the protocol's vectors: a call, its answer, a message of each kind.

Not here: the exchanges over HTTP, and writing the files (`make_protocol`).
"""

from __future__ import annotations

import json
from typing import Any

from edge.errors import EdgeError
from edge.meeting.opening import default
from edge.meeting.planned import Planned
from edge.meeting.roster import Category, Person, Roster
from edge.meeting.rules import Kind
from edge.wire import hybrid
from edge.wire.event import timestamp
from edge.wire.inbox import Command, MessageKind, key_id, open_message, seal_message
from edge.wire.inbox_call import Call, Head, PublicKey, join, sign_call, sign_head
from provisioning.conformance.identity import Identity
from tests.docs.protocol_keys import CENTRE_KEY, KID, START, TERMINAL, kept
from verify.errors import VerifyError

SEED = bytes(range(100, 196))
NONCE = bytes(range(16))
MEETING = "0f" * 16


def bodies(ack: str) -> dict[MessageKind, dict[str, Any]]:
    """Return what is sent, by kind; `ack`: an acknowledgement as it is sent."""
    people = (Person("p-1", "Nguyễn Văn An", Category.OFFICIAL),)
    roster = Roster("Chi bộ thôn 1", "38168053000001", people)
    return {
        MessageKind.MEETING: Planned(MEETING, default(Kind.REGULAR, begins=START)).to_object(),
        MessageKind.ROSTER: json.loads(roster.to_bytes()),
        MessageKind.ACKNOWLEDGEMENT: {"ack": ack},
        MessageKind.COMMAND: {"command": Command.CHECK_LOG.value, "arguments": {}},
    }


def make(who: Identity, ack: str, drawn: dict[str, Any] | None) -> dict[str, Any]:
    """Return the vectors; `drawn`: those that are there."""
    public = hybrid.public_bytes(SEED)
    at = timestamp(START)
    call = Call(TERMINAL, 0, 0, (), (), NONCE, at, PublicKey(1, public))
    sent = bodies(ack)
    lines = (drawn or {"answer": ""})["answer"].split("\n")
    messages = [
        message(number, kind, body, public, lines[number] if number < len(lines) else "")
        for number, (kind, body) in enumerate(sent.items(), start=1)
    ]
    head = Head(TERMINAL, NONCE, len(sent), 1, key_id(public), at)
    signed = kept(lines[0], sign_head(head, CENTRE_KEY, KID))
    made = sign_call(call, who.key, who.certificate)
    return {
        "seed": SEED.hex(),
        "call": kept((drawn or {"call": ""})["call"], made),
        "answer": join(signed, messages).decode(),
        "bodies": list(sent.values()),
    }


def message(number: int, kind: MessageKind, body: dict[str, Any], public: bytes, there: str) -> str:
    """Return a message: the one that is there where it says the same."""
    try:
        found = open_message(there, lambda _: CENTRE_KEY.public_key())
        opened = found.open(hybrid.private_key(SEED))
        if (found.number, found.kind, found.at, opened) == (number, kind, timestamp(START), body):
            return there
    except (VerifyError, EdgeError):
        pass
    return seal_message(TERMINAL, number, kind, body, START, public=public, key=CENTRE_KEY, kid=KID)
