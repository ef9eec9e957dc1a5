"""The published vectors hold by the document alone, and by the program."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.docs import plain_log
from tests.edge.wire import make_vectors

FILE = Path(__file__).parents[2] / "docs" / "vectors" / "log.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_bytes())
LINES = [event["line"] for event in VECTORS["events"]]
EVENTS = [json.loads(line) for line in LINES]
CONTEXT_KEY = bytes.fromhex(VECTORS["context_key"])
KEYS = {one["context"]: bytes.fromhex(one["context_key"]) for one in (VECTORS, VECTORS["day"])}
"""The key of each context."""


def test_made_again() -> None:
    """The script makes the file that is published, from its constants."""
    assert make_vectors.make(VECTORS) == VECTORS
    fresh = make_vectors.make(None)
    assert fresh["refused"][0]["name"] == VECTORS["refused"][0]["name"]
    assert fresh["tag_key"] == VECTORS["tag_key"]


def test_every_kind_is_among_them() -> None:
    """Strangers see each kind once at least."""
    assert {event["kind"] for event in EVENTS} == set(plain_log.KINDS)


def test_whole_log() -> None:
    """Chain, epochs and forms of the published log hold."""
    assert plain_log.check(LINES) is None
    for epoch in VECTORS["epochs"]:
        claimed = plain_log.genesis(VECTORS["terminal"], epoch["epoch"]).hex()
        assert claimed == epoch["genesis"]


@pytest.mark.parametrize("broken", VECTORS["refused"], ids=lambda broken: str(broken["name"]))
def test_broken_log(broken: dict[str, Any]) -> None:
    """Each broken copy is refused at the line that it says."""
    lines = [LINES[line - 1] if isinstance(line, int) else line for line in broken["lines"]]
    found = plain_log.check(lines)
    assert found is not None
    assert found[0] == broken["at"]


def test_keys_tags_and_bodies() -> None:
    """With the context's key everything inside opens, bound to its event's header."""
    for one in (VECTORS, VECTORS["day"]):
        assert plain_log.tag_key(KEYS[one["context"]]).hex() == one["tag_key"]
    for epoch in VECTORS["epochs"]:
        key = plain_log.body_key(CONTEXT_KEY, VECTORS["terminal"], epoch["epoch"])
        assert key.hex() == epoch["body_key"]
    for event, described in zip(EVENTS, VECTORS["events"], strict=True):
        assert plain_log.header(event).decode() == described["header"]
        if described["person_key"] is not None:
            key = KEYS[event["context"]]
            tag = plain_log.tag(key, event["context"], described["person_key"])
            assert plain_log.unpadded(event["tag"]) == tag
        if event["body"] is not None:
            key = KEYS[event["context"]]
            assert plain_log.body(key, event) == described["body"]
            with pytest.raises(InvalidTag):
                plain_log.body(key, {**event, "reason": "ANOTHER"})
    for context in KEYS:
        people = [event for event in EVENTS if event["tag"] and event["kind"] != "receipt"]
        assert len({event["tag"] for event in people if event["context"] == context}) == 1


def test_receipt() -> None:
    """Its event names the receipt's hash, which is nobody's tag and needs no key."""
    (number,) = (n for n, event in enumerate(EVENTS) if event["kind"] == "receipt")
    receipt = VECTORS["events"][number]["body"]["receipt"]
    assert plain_log.unpadded(EVENTS[number]["tag"]) == plain_log.receipt_tag(receipt)
    assert VECTORS["events"][number]["person_key"] is None


def test_sealed_key() -> None:
    """The centre's private key gives the context's key, from its opening and no other event."""
    centre = VECTORS["centre_seal_key"]
    seed, private = (bytes.fromhex(centre[n]) for n in ("mlkem768_seed", "x25519_private"))
    assert plain_log.context_key(EVENTS[0], seed, private) == CONTEXT_KEY
    with pytest.raises(InvalidTag):
        plain_log.context_key({**EVENTS[0], "seq": 2}, seed, private)
    for event in EVENTS:
        if event["sealed"] is not None:
            assert plain_log.context_key(event, seed, private) == KEYS[event["context"]]


def opened(compact: str, typ: str, key: ec.EllipticCurvePublicKey) -> tuple[Any, Any]:
    """Return header and payload of a compact JWS after its ES256 signature held."""
    header, payload, signature = compact.split(".")
    raw = plain_log.unpadded(signature)
    values = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(
        encode_dss_signature(*values), f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256())
    )
    fields = json.loads(plain_log.unpadded(header))
    assert (fields["alg"], fields["typ"]) == ("ES256", typ)
    claims = json.loads(plain_log.unpadded(payload))
    assert plain_log.canonical(claims) == plain_log.unpadded(payload)
    return fields, claims


def test_segment() -> None:
    """The segment carries the events of one epoch under the terminal's certificate."""
    certificate = x509.load_der_x509_certificate(base64.b64decode(VECTORS["terminal_certificate"]))
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    header, claims = opened(VECTORS["segment"], "tramthe-segment+jws", key)
    assert header["x5c"] == [VECTORS["terminal_certificate"]]
    count = claims["count"]
    assert claims["events"] == EVENTS[:count]
    assert (claims["first"], claims["last"], claims["epoch"]) == (1, count, EVENTS[0]["epoch"])
    assert (claims["prev"], claims["head"]) == (EVENTS[0]["prev"], EVENTS[count - 1]["hash"])
    altered = VECTORS["segment"][:300] + "A" + VECTORS["segment"][301:]
    with pytest.raises((InvalidSignature, ValueError)):
        opened(altered, "tramthe-segment+jws", key)


def test_acknowledgement() -> None:
    """The centre's answer names the hash of the last event that it holds without a gap."""
    centre = VECTORS["centre_sign_key"]
    key = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), bytes.fromhex(centre["public"])
    )
    header, claims = opened(VECTORS["acknowledgement"], "tramthe-ack+jws", key)
    assert header["kid"] == centre["kid"]
    assert claims["head"] == EVENTS[claims["high_water"] - 1]["hash"]
    assert len(hashlib.sha256().digest()) == len(plain_log.unpadded(claims["head"]))


def test_nothing_of_the_terminal_is_needed() -> None:
    """The checker imports nothing of ours."""
    source = Path(plain_log.__file__).read_text("utf-8")
    for package in ("edge", "reader", "crl", "verify", "provisioning"):
        assert f"import {package}" not in source
        assert f"from {package}" not in source
