"""What a claim says about people: first PINs and the recovery secret of one terminal.

Lives here: its form. Not here: whether the claim may be believed (whoever opens it), what is done
with it (`doorkeeper`).

    {"v": 1, "terminal": "99-0417", "people": {"pins": {"secretary": "..."}, "recovery": "<hex>"}}

Both parts of `people` may be absent. Other keys of a claim are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.errors import ClaimInvalid
from edge.people.pin import fault_of
from edge.people.recovery import KEY_SIZE
from edge.people.roles import Role

VERSION = 1
MAX_CLAIM = 16 * 1024  # bytes
MAX_TERMINAL = 100  # characters


@dataclass(frozen=True, slots=True)
class Claim:
    """The part of a claim that is about people."""

    terminal: str
    pins: Mapping[Role, str] = field(default_factory=dict, repr=False)
    recovery: bytes | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """Return the JSON form."""
        people: dict[str, Any] = {"pins": {role.value: pin for role, pin in self.pins.items()}}
        if self.recovery is not None:
            people["recovery"] = self.recovery.hex()
        document = {"v": VERSION, "terminal": self.terminal, "people": people}
        return json.dumps(document, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Claim:
        """Read the JSON form. Raises ClaimInvalid."""
        if len(data) > MAX_CLAIM:
            raise _invalid("it is too large")
        try:
            document = json.loads(data)
            if document["v"] != VERSION:
                raise ValueError("another version")
            people, terminal = document["people"], document["terminal"]
            pins = {Role(role): _pin(pin) for role, pin in people.get("pins", {}).items()}
            recovery = people.get("recovery")
            secret = None if recovery is None else bytes.fromhex(recovery)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _invalid(f"{type(error).__name__} in its form") from error
        if not isinstance(terminal, str) or not 0 < len(terminal) <= MAX_TERMINAL:
            raise _invalid("its terminal has no name")
        if secret is not None and len(secret) != KEY_SIZE:
            raise _invalid(f"its recovery secret has not {KEY_SIZE} bytes")
        return cls(terminal, pins, secret)


def _pin(value: Any) -> str:
    if not isinstance(value, str) or fault_of(value) is not None:
        raise ValueError("not a PIN")
    return value


def _invalid(why: str) -> ClaimInvalid:
    return ClaimInvalid(
        f"The claim cannot be used: {why}.", next_step="Ask the office for this terminal's claim."
    )
