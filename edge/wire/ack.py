"""An acknowledgement: what the centre holds of one terminal's epoch, signed by the centre.

Lives here: its form and signature. Not here: what it means for the terminal (`edge.sync.plan`).
Form: compact JWS (ES256, `kid` the centre's sign key) over {terminal, epoch, high_water, gaps,
head, set_aside, alarms}.

Every event up to `high_water` is kept at the centre, in its place or set aside; `gaps` are the
runs still missing below the highest number seen; `head` is the hash of event `high_water`, null
where that one is set aside or nothing is held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import canonical
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import HASH_SIZE, check_epoch, check_terminal
from verify import jws

TYP = "tramthe-ack+jws"
MAX_ACK = 64 * 1024  # bytes of compact JWS
MAX_LISTED = 100  # gaps, events set aside and alarms in one acknowledgement, lowest first
MAX_CODE = 64  # characters

_KEYS = frozenset({"terminal", "epoch", "high_water", "gaps", "head", "set_aside", "alarms"})


@unique
class AlarmCode(StrEnum):
    """The alarms of this version; a later centre may send others."""

    EVENT_MALFORMED = "EVENT_MALFORMED"
    EVENT_MISPLACED = "EVENT_MISPLACED"
    """It names another terminal, epoch or number than its place in the segment."""
    EVENT_HASH_DIFFERS = "EVENT_HASH_DIFFERS"
    SEQ_REUSED = "SEQ_REUSED"
    """Two events under one number: both are kept."""
    CHAIN_FORKED = "CHAIN_FORKED"
    """It does not follow from the event before."""
    SEGMENT_HEAD_DIFFERS = "SEGMENT_HEAD_DIFFERS"
    TERMINAL_LOST = "TERMINAL_LOST"
    """It came after the terminal was reported lost: held back for a person, whatever its time."""
    TERMINAL_RETIRED = "TERMINAL_RETIRED"
    """It was written after the terminal, or this key of it, was out of service."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about event `seq` that a person at the centre has to look at."""

    seq: int
    code: str


@dataclass(frozen=True, slots=True)
class Ack:
    """What the centre holds. `gaps` are (first, last) pairs, ascending, above `high_water`."""

    terminal: str
    epoch: str
    high_water: int
    gaps: tuple[tuple[int, int], ...]
    head: bytes | None
    set_aside: tuple[int, ...]
    alarms: tuple[Alarm, ...]
    compact: str = field(default="", repr=False, compare=False)
    """The signed form this was read from; empty before signing."""

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "terminal": self.terminal,
            "epoch": self.epoch,
            "high_water": self.high_water,
            "gaps": [list(gap) for gap in self.gaps],
            "head": None if self.head is None else to_base64url(self.head),
            "set_aside": list(self.set_aside),
            "alarms": [{"seq": alarm.seq, "code": alarm.code} for alarm in self.alarms],
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any], compact: str = "") -> Ack:
        """Return the acknowledgement of a JSON object. Raises WireMalformed."""
        if set(payload) != _KEYS:
            raise malformed("The acknowledgement has not exactly the documented fields.")
        high_water = canonical.integer(payload["high_water"], what="The high water")
        return cls(
            terminal=check_terminal(payload["terminal"]),
            epoch=check_epoch(payload["epoch"]),
            high_water=high_water,
            gaps=_gaps(payload["gaps"], high_water),
            head=_head(payload["head"]),
            set_aside=tuple(
                canonical.integer(seq, what="A number set aside", least=1)
                for seq in _listed(payload["set_aside"])
            ),
            alarms=tuple(_alarm(value) for value in _listed(payload["alarms"])),
            compact=compact,
        )


def sign_ack(ack: Ack, key: ec.EllipticCurvePrivateKey, kid: str) -> str:
    """Return the compact JWS under the centre's sign key `kid`."""
    return jws.sign(ack.to_payload(), typ=TYP, key=key, kid=kid)


def open_ack(compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]) -> Ack:
    """Return the acknowledgement in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_ACK)
    return Ack.from_payload(payload, compact)


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_LISTED:
        raise malformed(f"A list of the acknowledgement has not 0 to {MAX_LISTED} entries.")
    return value


def _gaps(value: object, high_water: int) -> tuple[tuple[int, int], ...]:
    gaps: list[tuple[int, int]] = []
    below = high_water
    for pair in _listed(value):
        if not isinstance(pair, list) or len(pair) != 2:
            raise malformed("A gap is not a pair of numbers.")
        first = canonical.integer(pair[0], what="A gap's first number", least=below + 1)
        last = canonical.integer(pair[1], what="A gap's last number", least=first)
        gaps.append((first, last))
        below = last
    return tuple(gaps)


def _head(value: object) -> bytes | None:
    if value is None:
        return None
    head = from_base64url(value, max_size=HASH_SIZE, what="The head")
    if len(head) != HASH_SIZE:
        raise malformed("The head has not 32 bytes.")
    return head


def _alarm(value: object) -> Alarm:
    if not isinstance(value, dict) or set(value) != {"seq", "code"}:
        raise malformed("An alarm has not its form.")
    code = value["code"]
    if not isinstance(code, str) or not 1 <= len(code) <= MAX_CODE:
        raise malformed("An alarm's code has not its form.")
    return Alarm(canonical.integer(value["seq"], what="An alarm's number", least=1), code)
