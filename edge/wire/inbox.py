"""The inbox: messages of the centre to one terminal, numbered, signed and sealed.

Lives here: a message's form, its caps, its signature and its seal. Not here: what a terminal asks
and is answered (`inbox_call`), which numbers are taken and what a message does (`edge.sync`),
what the centre keeps (`provisioning.centre.inbox`).
Form: compact JWS (ES256, `kid` the centre's sign key) over {terminal, number, kind, at, kid,
sealed}; `sealed` is the HPKE message (`hybrid`) of the body, a JSON object in canonical form, to
the terminal's inbox key `kid`; `info` is the canonical {type, sender, recipient, number, kind, at,
kid}. Recipient and number stand inside the signature and inside the seal, so that no message
reaches another terminal or another place in the row.

A message's *digest* is the SHA-256 of its signed payload: two of one number with two digests are
two contents, however often each of them was signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.wire import canonical, hybrid
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import check_terminal, check_time, timestamp
from verify import jws

TYP = "tramthe-inbox+jws"
MAX_CLEAR = 4 * 1024 * 1024  # bytes of a body in the clear: a roster of some 15,000 people
MAX_SEALED = MAX_CLEAR + hybrid.OVERHEAD  # bytes
MAX_MESSAGE = 8 * 1024 * 1024  # characters of compact JWS: sixteen ninths of MAX_SEALED fit
MAX_DEPTH = 16  # objects and lists within each other in a body

_KEYS = frozenset({"terminal", "number", "kind", "at", "kid", "sealed"})
_KIND = re.compile(r"[a-z][a-z-]{0,31}")
_KEY_ID = re.compile(r"inbox-[0-9a-f]{16}")
_SEAL_TYPE = "tramthe-inbox"
_SENDER = "centre"


@unique
class MessageKind(StrEnum):
    """The kinds of this version; a later centre may send others."""

    MEETING = "meeting"
    """A meeting that is called: shown at the desk, where it is opened."""
    ROSTER = "roster"
    """The organisation's standing roster."""
    HANDOVER = "handover"
    """A list of new cards to hand over (*phát thẻ*)."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """What the centre holds of an epoch, for a terminal that got no answer by the network."""
    COMMAND = "command"
    """Something that the terminal does itself (`Command`)."""
    WIPE = "wipe"
    """The order to destroy the terminal's keys (`edge.wire.wipe`)."""


@unique
class Command(StrEnum):
    """The commands of this version."""

    FORGET_ROSTER = "forget-roster"
    """Destroy the key of the standing roster."""
    NEW_INBOX_KEY = "new-inbox-key"
    """Make another inbox key before its time."""
    CHECK_LOG = "check-log"
    """Check the whole log; one that is not whole locks recording."""
    CANCEL_MEETING = "cancel-meeting"
    """Take back the meeting that the argument `meeting` names."""
    SEND_SUPPORT = "send-support"
    """Make a support bundle and send it, sealed to the centre (`edge.wire.support`)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose signature held; its body is sealed still."""

    terminal: str
    number: int
    kind: str
    """A `MessageKind`, or one that this version does not know."""
    at: str
    kid: str
    """Which of the terminal's inbox keys opens it."""
    sealed: bytes = field(repr=False)
    digest: bytes

    def open(self, private: MLKEM768X25519PrivateKey) -> dict[str, Any]:
        """Return the body. Raises SealBroken, WireMalformed."""
        clear = hybrid.open_sealed(self.sealed, private, self._info())
        if len(clear) > MAX_CLEAR:
            raise malformed("The message's body is too large.")
        body = canonical.decode(clear)
        check_depth(body)
        return body

    def _info(self) -> bytes:
        return _info(self.terminal, self.number, self.kind, self.at, self.kid)


def key_id(public: bytes) -> str:
    """Return the id of a terminal's inbox key, which follows from the key (1216 bytes)."""
    return f"inbox-{hashlib.sha256(public).hexdigest()[:16]}"


def check_key_id(value: object) -> str:
    """Return an inbox key's id. Raises WireMalformed."""
    if not isinstance(value, str) or _KEY_ID.fullmatch(value) is None:
        raise malformed("The id of an inbox key has not its form.")
    return value


def seal_message(
    terminal: str,
    number: int,
    kind: MessageKind,
    body: Mapping[str, Any],
    at: datetime,
    *,
    public: bytes,
    key: ec.EllipticCurvePrivateKey,
    kid: str,
) -> str:
    """Return the compact JWS of a message, sealed to the inbox key `public` of its terminal.

    `key`, `kid`: the centre's sign key. Raises WireMalformed for a body that is too large or too
    deep, SealBroken for a key that cannot be used.
    """
    clear = canonical.encode(body)
    if len(clear) > MAX_CLEAR:
        raise malformed("The message's body is too large.")
    check_depth(body)
    when, sealed_for = timestamp(at), key_id(public)
    info = _info(terminal, number, kind.value, when, sealed_for)
    payload = {
        "terminal": terminal,
        "number": number,
        "kind": kind.value,
        "at": when,
        "kid": sealed_for,
        "sealed": to_base64url(hybrid.seal(clear, public, info)),
    }
    return jws.sign(payload, typ=TYP, key=key, kid=kid)


def open_message(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> Message:
    """Return the message in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify_bytes(compact, typ=TYP, key_for=key_for, max_size=MAX_MESSAGE)
    fields = jws.payload_object(payload)
    if set(fields) != _KEYS:
        raise malformed("The message has not exactly the documented fields.")
    kind, at = fields["kind"], fields["at"]
    if not isinstance(kind, str) or _KIND.fullmatch(kind) is None:
        raise malformed("The message's kind has not its form.")
    if not isinstance(at, str):
        raise malformed("The message's time is not text.")
    check_time(at)
    return Message(
        terminal=check_terminal(fields["terminal"]),
        number=canonical.integer(fields["number"], what="The message's number", least=1),
        kind=kind,
        at=at,
        kid=check_key_id(fields["kid"]),
        sealed=from_base64url(fields["sealed"], max_size=MAX_SEALED, what="The sealed body"),
        digest=hashlib.sha256(payload).digest(),
    )


def check_depth(body: object) -> None:
    """Raise WireMalformed for more than MAX_DEPTH objects and lists within each other."""
    layer: list[object] = [body]
    for _ in range(MAX_DEPTH):
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return
    raise malformed("The message's body is too deep.")


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _info(terminal: str, number: int, kind: str, at: str, kid: str) -> bytes:
    return canonical.encode(
        {
            "type": _SEAL_TYPE,
            "sender": _SENDER,
            "recipient": terminal,
            "number": number,
            "kind": kind,
            "at": at,
            "kid": kid,
        }
    )
