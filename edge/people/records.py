"""What is kept about people: PINs, tries, recovery; as one value and as bytes.

Not here: sealing and writing (`store`). Names stand nowhere in it: a record belongs to a role.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from edge.errors import PeopleDamaged
from edge.people.lockout import Tries
from edge.people.pin import Cost, PinRecord
from edge.people.recovery import Recovery
from edge.people.roles import Role

VERSION = 1
MAX_BYTES = 64 * 1024
RECOVERY = "recovery"
"""Whose tries are those of the office's responses; those of a PIN are its role's."""
LOCKS = (*Role, RECOVERY)


@dataclass(frozen=True, slots=True)
class Records:
    """All of it. `generation` is drawn anew whenever a PIN is set: open desks are of one."""

    generation: int = 0
    pins: Mapping[Role, PinRecord] = field(default_factory=dict, repr=False)
    tries: Mapping[str, Tries] = field(default_factory=dict)
    recovery: Recovery | None = field(default=None, repr=False)

    def tries_of(self, lock: str) -> Tries:
        """Return the tries of a role's PIN, or of the responses (RECOVERY)."""
        return self.tries.get(lock, Tries())

    def with_tries(self, lock: str, tries: Tries) -> Records:
        """Return the records after a try, or after some waiting."""
        return replace(self, tries={**self.tries, lock: tries})

    def with_pin(self, role: Role, record: PinRecord, generation: int) -> Records:
        """Return the records with a new PIN, which nobody has tried, in a new generation."""
        changed = self.with_tries(role, Tries())
        pins = {**self.pins, role: record}
        return replace(changed, pins=pins, generation=generation)

    def with_recovery(self, recovery: Recovery) -> Records:
        """Return the records with a new secret, or with one used once more."""
        return replace(self, recovery=recovery)

    def to_bytes(self) -> bytes:
        """Return the JSON form."""
        kept = self.recovery
        document = {
            "v": VERSION,
            "generation": self.generation,
            "pins": {role.value: _record(pin) for role, pin in self.pins.items()},
            "tries": {k: {"begun": t.begun, "left": t.left} for k, t in self.tries.items()},
            "recovery": None
            if kept is None
            else {
                "terminal": kept.terminal,
                "secret": kept.secret.hex(),
                "counter": kept.counter,
            },
        }
        return json.dumps(document).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Records:
        """Read the JSON form. Raises PeopleDamaged."""
        try:
            document = json.loads(data)
            if document["v"] != VERSION:
                raise ValueError("another version")
            kept = document["recovery"]
            return cls(
                generation=_whole(document["generation"]),
                pins={Role(k): _pin(v) for k, v in document["pins"].items()},
                tries={_lock(k): _tries(v) for k, v in document["tries"].items()},
                recovery=None
                if kept is None
                else Recovery(
                    str(kept["terminal"]), bytes.fromhex(kept["secret"]), _whole(kept["counter"])
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise damaged() from error


def damaged() -> PeopleDamaged:
    """Return the error of a file that does not open."""
    return PeopleDamaged(
        "The file of PINs on this terminal does not open.",
        next_step="On the terminal's console, run `tramthe people set-pin` with --start-over.",
    )


def _record(pin: PinRecord) -> dict[str, Any]:
    cost = {"n": pin.cost.n, "r": pin.cost.r, "p": pin.cost.p}
    return {**cost, "salt": pin.salt.hex(), "key": pin.key.hex()}


def _pin(value: Any) -> PinRecord:
    cost = Cost(_whole(value["n"]), _whole(value["r"]), _whole(value["p"]))
    return PinRecord(cost, bytes.fromhex(value["salt"]), bytes.fromhex(value["key"]))


def _tries(value: Any) -> Tries:
    left = value["left"]
    if type(left) not in (int, float):
        raise TypeError("not a number")
    return Tries(_whole(value["begun"]), float(left))


def _lock(text: str) -> str:
    if text not in LOCKS:
        raise ValueError("not a lock")
    return text


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("not a whole number")
    return value
