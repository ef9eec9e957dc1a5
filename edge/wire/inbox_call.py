"""Asking for the inbox: the terminal's signed call, and the signed head of what it is answered.

Lives here: both forms. Not here: messages (`inbox`), when a terminal asks (`edge.sync`).
Call: compact JWS (ES256, `x5c` the terminal's certificate) over {terminal, high_water, highest,
gaps, set_aside, nonce, at, key: {generation, public}}. It says what the terminal has taken, and
to which key it wants to be sealed from now on.
Head: compact JWS (ES256, `kid` the centre's sign key) over {terminal, nonce, last, generation, kid,
at}. It says which number was given out last, so that a message that somebody keeps back shows as a
gap, and to which of the terminal's keys the centre seals.
Answer: lines of ASCII, the head first, then messages, each ended by a line feed.

By the network the head repeats the call's nonce: an answer kept from earlier does not pass. On a
stick the call is a file, and so is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import canonical, hybrid
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import check_terminal, check_time
from edge.wire.inbox import MAX_MESSAGE, check_key_id
from verify import jws

CALL_TYP = "tramthe-inbox-call+jws"
HEAD_TYP = "tramthe-inbox-head+jws"
MAX_CALL = 64 * 1024  # characters of compact JWS
MAX_HEAD = 4 * 1024  # characters of compact JWS
MAX_ANSWER = 12 * 1024 * 1024  # bytes
MAX_MESSAGES = 50  # in one answer
ENOUGH = 256 * 1024  # bytes: an answer that has so many takes no further message
MAX_LISTED = 100  # gaps, and numbers set aside, in one call, lowest first
NONCE_SIZE = 16  # bytes

_CALL_KEYS = frozenset(
    {"terminal", "high_water", "highest", "gaps", "set_aside", "nonce", "at", "key"}
)
_HEAD_KEYS = frozenset({"terminal", "nonce", "last", "generation", "kid", "at"})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A terminal's inbox key. `generation` counts from 1; a later one takes the earlier's place."""

    generation: int
    public: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What a terminal has taken: all up to `high_water`, none above `highest`, but for `gaps`."""

    terminal: str
    high_water: int
    highest: int
    gaps: tuple[tuple[int, int], ...]
    """(first, last) pairs, ascending, above `high_water`."""
    set_aside: tuple[int, ...]
    """Numbers that came and could not be used."""
    nonce: bytes = field(repr=False)
    at: str
    key: PublicKey

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "terminal": self.terminal,
            "high_water": self.high_water,
            "highest": self.highest,
            "gaps": [list(gap) for gap in self.gaps],
            "set_aside": list(self.set_aside),
            "nonce": to_base64url(self.nonce),
            "at": self.at,
            "key": {
                "generation": self.key.generation,
                "public": to_base64url(self.key.public),
            },
        }


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the messages of an answer."""

    terminal: str
    nonce: bytes = field(repr=False)
    last: int
    generation: int
    kid: str
    """Of the key that the centre seals to; `generation` is the one it was announced with."""
    at: str


def sign_call(call: Call, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> str:
    """Return the compact JWS; `certificate` is the terminal's own, DER."""
    return jws.sign(call.to_payload(), typ=CALL_TYP, key=key, x5c=(certificate,))


def open_call(compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]) -> Call:
    """Return the call in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=CALL_TYP, key_for=key_for, max_size=MAX_CALL)
    if set(payload) != _CALL_KEYS:
        raise malformed("The call has not exactly the documented fields.")
    key = payload["key"]
    if not isinstance(key, dict) or set(key) != {"generation", "public"}:
        raise malformed("The call's key has not its form.")
    high_water = canonical.integer(payload["high_water"], what="The high water")
    return Call(
        terminal=check_terminal(payload["terminal"]),
        high_water=high_water,
        highest=canonical.integer(payload["highest"], what="The highest number", least=high_water),
        gaps=_gaps(payload["gaps"], high_water),
        set_aside=tuple(
            canonical.integer(number, what="A number set aside", least=1)
            for number in _listed(payload["set_aside"])
        ),
        nonce=_exactly(payload["nonce"], NONCE_SIZE, "The nonce"),
        at=_time(payload["at"]),
        key=PublicKey(
            canonical.integer(key["generation"], what="The key's generation", least=1),
            _exactly(key["public"], hybrid.PUBLIC_SIZE, "The key"),
        ),
    )


def sign_head(head: Head, key: ec.EllipticCurvePrivateKey, kid: str) -> str:
    """Return the compact JWS; `kid` names the centre's sign key."""
    payload = {
        "terminal": head.terminal,
        "nonce": to_base64url(head.nonce),
        "last": head.last,
        "generation": head.generation,
        "kid": head.kid,
        "at": head.at,
    }
    return jws.sign(payload, typ=HEAD_TYP, key=key, kid=kid)


def open_head(compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]) -> Head:
    """Return the head in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=HEAD_TYP, key_for=key_for, max_size=MAX_HEAD)
    if set(payload) != _HEAD_KEYS:
        raise malformed("The head has not exactly the documented fields.")
    return Head(
        terminal=check_terminal(payload["terminal"]),
        nonce=_exactly(payload["nonce"], NONCE_SIZE, "The nonce"),
        last=canonical.integer(payload["last"], what="The last number"),
        generation=canonical.integer(payload["generation"], what="The generation", least=1),
        kid=check_key_id(payload["kid"]),
        at=_time(payload["at"]),
    )


def join(head: str, messages: Iterable[str]) -> bytes:
    """Return the answer: the first message, and as many more as a slow line takes at once.

    So a message of any size comes through, and what comes after it is asked for again.
    """
    lines = [head]
    size = len(head) + 1
    for message in messages:
        size += len(message) + 1
        if len(lines) > MAX_MESSAGES or (len(lines) > 1 and size > ENOUGH):
            break
        lines.append(message)
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def split(answer: bytes) -> tuple[str, tuple[str, ...]]:
    """Return head and messages of an answer, unverified. Raises WireMalformed."""
    try:
        lines = answer.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise malformed("The answer is not ASCII.") from error
    if len(answer) > MAX_ANSWER or len(lines) > MAX_MESSAGES + 2 or lines.pop() != "" or not lines:
        raise malformed("The answer is not a head and whole messages.")
    if any(len(line) > MAX_MESSAGE for line in lines):
        raise malformed("A message of the answer is too large.")
    return lines[0], tuple(lines[1:])


def _gaps(value: object, below: int) -> tuple[tuple[int, int], ...]:
    gaps: list[tuple[int, int]] = []
    for pair in _listed(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise malformed("A gap is not a pair of numbers.")
        first = canonical.integer(pair[0], what="A gap's first number", least=below + 1)
        last = canonical.integer(pair[1], what="A gap's last number", least=first)
        gaps.append((first, last))
        below = last
    return tuple(gaps)


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_LISTED:
        raise malformed(f"A list of the call has more than {MAX_LISTED} entries.")
    return value


def _exactly(value: object, size: int, what: str) -> bytes:
    data = from_base64url(value, max_size=size, what=what)
    if len(data) != size:
        raise malformed(f"{what} has not {size} bytes.")
    return data


def _time(value: object) -> str:
    if not isinstance(value, str):
        raise malformed("A time is not text.")
    check_time(value)
    return value
