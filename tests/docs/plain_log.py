"""A log checked and opened from `docs/events.md` alone: nothing of the terminal is imported.

Written by the sections of that page, whose numbers stand where each is used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FIELDS = {
    *("at", "body", "context", "epoch", "hash", "kind", "outcome", "prev"),
    *("quality", "reason", "sealed", "seq", "tag", "terminal"),
}
HEADER = ("at", "context", "epoch", "kind", "outcome", "quality", "reason", "seq", "terminal")

# Section 5. + always, ? may have, - never: context, outcome, reason, tag, body
KINDS = {
    "epoch-begun": "--+--",
    "context-opened": "+---+",
    "roster-part": "+---+",
    "amended": "+---+",
    "sitting-begun": "+---+",
    "check-in": "++??+",
    "confirmed": "+--++",
    "withdrawn": "+-+++",
    "hand-entry": "+++++",
    "absence": "++-++",
    "departure": "+-?++",
    "added": "+--++",
    "annulled": "+-+?+",
    "correction": "+--?+",
    "figures-announced": "+---+",
    "hand-entries-confirmed": "+--?+",
    "sheet": "++--+",
    "context-closed": "+-?-?",
    "exported": "++-?+",
    "verification": "++??+",
    "receipt": "+--++",
    "handed-over": "++?++",
    "time-asserted": "?---?",
    "fault": "?-+--",
}


def unpadded(text: str) -> bytes:
    """Section 1: base64url without padding, in its one spelling."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("not in canonical base64url")
    return data


def canonical(fields: Mapping[str, Any]) -> bytes:
    """Section 2: RFC 8785 for objects like these."""
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def genesis(terminal: str, epoch: str) -> bytes:
    """Section 3."""
    return hashlib.sha256(b"tramthe-log-v1" + terminal.encode() + epoch.encode()).digest()


def check(lines: Sequence[str]) -> tuple[int, str] | None:
    """Check an exported log; return the first bad line and why, None for a whole log."""
    hashes: dict[tuple[str, int], bytes] = {}
    epochs: list[str] = []
    last = ("", 0)
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line)
            why = wrong_with(event, line, hashes, epochs, last)
        except (ValueError, KeyError, TypeError) as error:
            return number, f"not an event ({error})"
        if why is not None:
            return number, why
        if event["epoch"] not in epochs:
            epochs.append(event["epoch"])
        last = (event["epoch"], event["seq"])
        hashes[last] = unpadded(event["hash"])
    return None


def wrong_with(
    event: dict[str, Any],
    line: str,
    hashes: Mapping[tuple[str, int], bytes],
    epochs: Sequence[str],
    last: tuple[str, int],
) -> str | None:
    """Sections 1 to 5 for one event after those in `hashes`."""
    if set(event) != FIELDS or canonical(event).decode() != line:
        return "form"
    needs = zip(KINDS[event["kind"]], ("context", "outcome", "reason", "tag", "body"), strict=True)
    if any({"+": event[f] is None, "-": event[f] is not None, "?": False}[n] for n, f in needs):
        return "fields of its kind"
    if (event["sealed"] is not None) != (event["kind"] == "context-opened"):
        return "sealed key"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z", event["at"]):
        return "time"
    rest = {name: value for name, value in event.items() if name != "hash"}
    if hashlib.sha256(canonical(rest)).digest() != unpadded(event["hash"]):
        return "hash"
    prev = unpadded(event["prev"])
    if event["epoch"] == last[0]:
        if event["seq"] != last[1] + 1:
            return "number"
        return None if prev == hashes[last] else "chain"
    if event["epoch"] in epochs or event["seq"] != 1:
        return "number"
    if not epochs:
        good = prev == genesis(event["terminal"], event["epoch"])
        return None if good and event["kind"] != "epoch-begun" else "genesis"
    # Section 4: a later epoch follows some event of the one before, or its genesis.
    before = {value for (epoch, _), value in hashes.items() if epoch == epochs[-1]}
    before.add(genesis(event["terminal"], epochs[-1]))
    return None if event["kind"] == "epoch-begun" and prev in before else "link"


def hkdf(key: bytes, info: bytes) -> bytes:
    """Section 6: HKDF-SHA-256 without salt, 32 bytes."""
    extracted = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def tag_key(context_key: bytes) -> bytes:
    """Section 6."""
    return hkdf(context_key, b"tramthe-tag-key-v1")


def body_key(context_key: bytes, terminal: str, epoch: str) -> bytes:
    """Section 6."""
    return hkdf(context_key, b"tramthe-body-key-v1" + terminal.encode() + epoch.encode())


def tag(context_key: bytes, context: str, person_key: str) -> bytes:
    """Section 7."""
    message = b"\x01" + bytes.fromhex(context) + person_key.encode()
    return hmac.digest(tag_key(context_key), message, "sha256")


def receipt_tag(receipt: str) -> bytes:
    """Section 7: of a receipt, whose tag is no pseudonym."""
    return hashlib.sha256(receipt.encode("ascii")).digest()


def header(event: Mapping[str, Any]) -> bytes:
    """Section 8: the additional data."""
    return canonical({name: event[name] for name in HEADER})


def body(context_key: bytes, event: Mapping[str, Any]) -> dict[str, Any]:
    """Section 8."""
    sealed = unpadded(event["body"])
    key = body_key(context_key, event["terminal"], event["epoch"])
    clear = AESGCM(key).decrypt(sealed[:12], sealed[12:], header(event))
    opened: dict[str, Any] = json.loads(clear)
    return opened


def context_key(event: Mapping[str, Any], mlkem_seed: bytes, x25519_private: bytes) -> bytes:
    """Section 9: RFC 9180 base mode over MLKEM768-X25519, HKDF-SHA256, AES-256-GCM."""
    sealed = unpadded(event["sealed"])
    kid = sealed[1 : 1 + sealed[0]].decode()
    message = sealed[1 + sealed[0] :]
    info = canonical(
        {
            "context": event["context"],
            "epoch": event["epoch"],
            "kid": kid,
            "recipient": "centre",
            "sender": event["terminal"],
            "seq": event["seq"],
            "type": "tramthe-context-key",
        }
    )
    x25519 = X25519PrivateKey.from_private_bytes(x25519_private)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(mlkem_seed)
    ephemeral = message[1088:1120]
    shared = hashlib.sha3_256(
        mlkem.decapsulate(message[:1088])
        + x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        + ephemeral
        + x25519.public_key().public_bytes_raw()
        + bytes.fromhex("5c2e2f2f5e5c")
    ).digest()
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def extract(salt: bytes, label: bytes, key: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + suite + label + key, "sha256")

    def expand(key: bytes, label: bytes, context: bytes, size: int) -> bytes:
        text = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
        return hmac.digest(key, text + b"\x01", "sha256")[:size]

    schedule = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    key = expand(secret, b"key", schedule, 32)
    nonce = expand(secret, b"base_nonce", schedule, 12)
    return AESGCM(key).decrypt(nonce, message[1120:], b"")
