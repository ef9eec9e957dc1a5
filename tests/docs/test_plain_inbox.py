"""A stranger's inbox: the published call and answer, and a terminal of this project that calls."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import hybrid
from edge.wire.event import timestamp
from edge.wire.inbox import key_id, open_message
from edge.wire.inbox_call import Call, PublicKey, open_head, sign_call, split
from provisioning.conformance.identity import Identity
from tests.docs import make_protocol, plain_inbox
from tests.docs.plain_centre import PlainCentre, Refused, from_text
from tests.docs.plain_inbox import PlainInbox, opened
from tests.docs.protocol_keys import CENTRE_KEY, KID, START, TERMINAL, TERMINAL_KEY

VECTORS: dict[str, Any] = json.loads(make_protocol.FILE.read_bytes())
SEED = bytes.fromhex(VECTORS["inbox"]["seed"])
HEAD, *MESSAGES = VECTORS["inbox"]["answer"].splitlines()
WHO = Identity(TERMINAL, TERMINAL_KEY, base64.b64decode(VECTORS["terminal_certificate"]))


@pytest.fixture
def inbox(tmp_path: Path) -> PlainInbox:
    """Return a stranger's inbox, under the published keys."""
    authority = x509.load_der_x509_certificate(base64.b64decode(VECTORS["authority"]))
    now = datetime.fromisoformat(VECTORS["at"])
    return PlainInbox(PlainCentre(tmp_path / "c.db", [authority], CENTRE_KEY, KID, now))


def centre_key(*_: object) -> ec.EllipticCurvePublicKey:
    """Return the key of the centre."""
    return CENTRE_KEY.public_key()


def call(key: PublicKey, **changes: Any) -> str:
    """Return a terminal's call."""
    told = {"high_water": 0, "highest": 0, "gaps": (), "set_aside": (), **changes}
    made = Call(terminal=TERMINAL, nonce=bytes(16), at=timestamp(START), key=key, **told)
    return sign_call(made, WHO.key, WHO.certificate)


def numbers(answer: str) -> list[int]:
    """Return the numbers of an answer's messages."""
    _, messages = split(answer.encode())
    return [open_message(message, centre_key).number for message in messages]


def test_the_published_answer(inbox: PlainInbox) -> None:
    """A stranger gives the same head, once the same was sent, and messages of the same content."""
    first = inbox.answer(VECTORS["inbox"]["call"], None)
    assert json.loads(from_text(first.split(".")[1]))["last"] == 0
    published = [json.loads(from_text(message.split(".")[1])) for message in MESSAGES]
    for message, body in zip(published, VECTORS["inbox"]["bodies"], strict=True):
        assert inbox.send(TERMINAL, message["kind"], body, START) == message["number"]
    head, *messages = inbox.answer(VECTORS["inbox"]["call"], None).splitlines()
    assert head.split(".")[:2] == HEAD.split(".")[:2]
    for made, there in zip(messages, published, strict=True):
        claims = json.loads(from_text(made.split(".")[1]))
        assert {**claims, "sealed": None} == {**there, "sealed": None}
    assert [opened(message, SEED) for message in messages] == VECTORS["inbox"]["bodies"]


def test_the_published_messages() -> None:
    """Open by the page alone, and nowhere but in their place."""
    assert [opened(message, SEED) for message in MESSAGES] == VECTORS["inbox"]["bodies"]
    claims = json.loads(from_text(MESSAGES[0].split(".")[1]))
    sealed = from_text(claims["sealed"])
    with pytest.raises(InvalidTag):
        plain_inbox.unseal(sealed, SEED, b"{}")


def test_a_terminal_reads_a_stranger(inbox: PlainInbox) -> None:
    """What a stranger signs and seals, the terminal's own code opens."""
    key = PublicKey(1, hybrid.public_bytes(SEED))
    inbox.answer(call(key), None)
    inbox.send(TERMINAL, "command", {"command": "check-log", "arguments": {}}, START)
    line, messages = split(inbox.answer(call(key), None).encode())
    head = open_head(line, centre_key)
    assert (head.last, head.generation, head.kid) == (1, 1, key_id(key.public))
    message = open_message(messages[0], centre_key)
    assert message.open(hybrid.private_key(SEED)) == {"command": "check-log", "arguments": {}}


def test_what_a_terminal_lacks(inbox: PlainInbox) -> None:
    """Its gaps and what is behind the highest number, lowest first."""
    key = PublicKey(1, hybrid.public_bytes(SEED))
    inbox.answer(call(key), None)
    for _ in range(6):
        inbox.send(TERMINAL, "command", {}, START)
    told = {"high_water": 1, "highest": 4, "gaps": ((2, 3),)}
    assert numbers(inbox.answer(call(key, **told), None)) == [2, 3, 5, 6]
    assert numbers(inbox.answer(call(key, high_water=6, highest=6), None)) == []
    ahead = inbox.answer(call(key, high_water=9, highest=9), None)
    assert json.loads(from_text(ahead.split(".")[1]))["last"] == 9
    assert inbox.send(TERMINAL, "command", {}, START) == 10


def test_a_segment_is_no_call(inbox: PlainInbox) -> None:
    """Each route takes its own type."""
    with pytest.raises(Refused):
        inbox.answer(VECTORS["exchanges"][0]["segment"], None)
    with pytest.raises(Refused):
        inbox.centre.take(VECTORS["inbox"]["call"], None)
