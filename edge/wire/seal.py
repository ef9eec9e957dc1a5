"""Sealing: a context's key, the pseudonyms and bodies under it, and the key sealed to the centre.

Lives here: cryptography over values. Not here: where keys are kept (`edge.log.keys`,
`provisioning.office`), which context is open.
Source: HKDF RFC 5869, AES-GCM NIST SP 800-38D, HPKE as in `hybrid`.

Two doors of one meeting share the context key and must find the same person under the same tag,
so the tag key depends on the context key alone; the body key is bound to terminal and epoch.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.errors import SealBroken, WireMalformed
from edge.wire import canonical, hybrid
from edge.wire.canonical import malformed
from edge.wire.event import MAX_BODY, Header

Rng = Callable[[int], bytes]

CONTEXT_KEY_SIZE = 32  # bytes
NONCE_SIZE = 12  # bytes, SP 800-38D section 8.2.2
GCM_TAG_SIZE = 16  # bytes
MAX_KEY_ID = 64  # bytes, ASCII
MAX_CLEAR_BODY = MAX_BODY - NONCE_SIZE - GCM_TAG_SIZE  # bytes
TAG_VERSION = b"\x01"

_TAG_LABEL = b"tramthe-tag-key-v1"
_BODY_LABEL = b"tramthe-body-key-v1"
_SEAL_TYPE = "tramthe-context-key"
_RECIPIENT = "centre"


@dataclass(frozen=True, slots=True)
class ContextKeys:
    """What a context key gives one terminal in one epoch."""

    tag_key: bytes = field(repr=False)
    body_cipher: AESGCM = field(repr=False)


def derive_keys(context_key: bytes, terminal: str, epoch: str) -> ContextKeys:
    """Return the tag key and body cipher of a 32-byte context key. Raises SealBroken."""
    if len(context_key) != CONTEXT_KEY_SIZE:
        raise _broken("A context key has 32 bytes.")
    cipher = AESGCM(body_key(context_key, terminal, epoch))
    return ContextKeys(tag_key=_hkdf(context_key, _TAG_LABEL), body_cipher=cipher)


def body_key(context_key: bytes, terminal: str, epoch: str) -> bytes:
    """Return the 32-byte key of bodies that one terminal writes in one epoch."""
    return _hkdf(context_key, _BODY_LABEL + terminal.encode() + epoch.encode())


def person_tag(tag_key: bytes, context: str, person_key: str) -> bytes:
    """Return the 32-byte pseudonym of a person in a context (32 hex digits)."""
    message = TAG_VERSION + bytes.fromhex(context) + person_key.encode()
    return hmac.digest(tag_key, message, "sha256")


def seal_body(
    keys: ContextKeys, header: Header, body: Mapping[str, Any], rng: Rng = os.urandom
) -> bytes:
    """Return nonce, ciphertext and tag of a JSON object, bound to `header`.

    Raises WireMalformed for what JSON cannot carry or more than MAX_CLEAR_BODY bytes.
    """
    clear = canonical.encode(body if type(body) is dict else dict(body))
    if len(clear) > MAX_CLEAR_BODY:
        raise malformed("The event's body is too large.")
    nonce = rng(NONCE_SIZE)
    return nonce + keys.body_cipher.encrypt(nonce, clear, header.to_bytes())


def open_body(keys: ContextKeys, header: Header, sealed: bytes) -> dict[str, Any]:
    """Return the JSON object that `seal_body` sealed under the same header.

    Raises SealBroken where key, header or bytes differ.
    """
    if len(sealed) < NONCE_SIZE + GCM_TAG_SIZE:
        raise _broken("A sealed body is too short.")
    nonce, text = sealed[:NONCE_SIZE], sealed[NONCE_SIZE:]
    try:
        clear = keys.body_cipher.decrypt(nonce, text, header.to_bytes())
    except InvalidTag as error:
        raise _broken("A sealed body does not open under this key and header.") from error
    try:
        return canonical.decode(clear)
    except WireMalformed as error:
        raise _broken("A sealed body holds no JSON object.") from error


def seal_context_key(context_key: bytes, public: bytes, *, kid: str, header: Header) -> bytes:
    """Return a context key sealed to the centre's key `kid` (public: 1184 + 32 bytes).

    The result is the key id's length (1 byte), the key id, and the HPKE message; HPKE's `info` is
    the canonical (type, sender, recipient, epoch, seq, context, key id).
    Raises SealBroken for a key or id that cannot be used.
    """
    name = kid.encode("ascii", "replace")
    if not 1 <= len(name) <= MAX_KEY_ID or name.decode() != kid:
        raise _broken("The centre's key id is not 1 to 64 ASCII characters.")
    message = hybrid.seal(context_key, public, _info(header, kid))
    return bytes([len(name)]) + name + message


def sealed_key_id(sealed: bytes) -> str:
    """Return which of the centre's keys a sealed context key is for. Raises SealBroken."""
    name = sealed[1 : 1 + sealed[0]] if sealed else b""
    if not name or len(name) != sealed[0] or not name.isascii():
        raise _broken("A sealed context key names no key.")
    return name.decode("ascii")


def open_context_key(sealed: bytes, private: MLKEM768X25519PrivateKey, *, header: Header) -> bytes:
    """Return the context key that the event with `header` carries. Raises SealBroken."""
    kid = sealed_key_id(sealed)
    return hybrid.open_sealed(sealed[1 + len(kid) :], private, _info(header, kid))


def _info(header: Header, kid: str) -> bytes:
    return canonical.encode(
        {
            "context": header.context,
            "epoch": header.epoch,
            "kid": kid,
            "recipient": _RECIPIENT,
            "sender": header.terminal,
            "seq": header.seq,
            "type": _SEAL_TYPE,
        }
    )


def _hkdf(key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)


def _broken(message: str) -> SealBroken:
    return SealBroken(
        message, next_step="Keep the sealed data; ask the office which key it was made for."
    )
