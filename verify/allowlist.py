"""The signed allow-list of algorithms: what signs new cards, what old cards may still carry.

Lives here: the value, its JSON form, and the rules by which one is taken. Not here: what its
dates are held against (`policy`), and where the one in force lies (`edge.holdings`).
Source: DESIGN sections 4 and 5. It can only tighten: `policy.Algorithms` builds nothing below
the code's minimum, so even the root cannot sign its way there. How old a list may be, and the
civil time, are the terminal's own and stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from verify import jws
from verify.algorithms import Kind
from verify.errors import PolicyRefused, VerifyError
from verify.policy import Algorithms, Carried, Policy

TYP = "tramthe-algorithm-policy+jws"
VERSION = 1
MAX_POLICY = 64 * 1024  # characters
MAX_STEPS = 16
MAX_NUMBER = (1 << 53) - 1

_NAME = re.compile(r"[A-Za-z0-9._-]{1,48}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class AllowList:
    """One issue of the list. ValueError for what no policy can have."""

    number: int
    name: str
    issued: datetime
    """UTC, whole seconds."""
    algorithms: Algorithms
    """What signs new cards."""
    carried: tuple[Carried, ...] = ()
    """What old cards may still carry, from the strictest step to the most lenient."""

    def __post_init__(self) -> None:
        if not 0 < self.number <= MAX_NUMBER:
            raise ValueError("a policy's number is from 1 to 2^53 - 1")
        if not _NAME.fullmatch(self.name):
            raise ValueError("a policy's name has 1 to 48 letters, digits, dots, hyphens")
        if self.issued.utcoffset() != timedelta(0) or self.issued.microsecond:
            raise ValueError("a policy is issued at a whole second in UTC")
        if len(self.carried) > MAX_STEPS:
            raise ValueError("a policy has too many steps")
        for rules in (self.algorithms, *(step.algorithms for step in self.carried)):
            if not rules.hashes or not rules.kinds:
                raise ValueError("a policy that allows nothing at all is a slip")

    @property
    def id(self) -> str:
        """Return what verdicts name the policy by."""
        return f"{self.name}-{self.number}"

    def applied_to(self, base: Policy) -> Policy:
        """Return `base` with these algorithms under this id. ValueError for a broken ladder."""
        return replace(base, id=self.id, algorithms=self.algorithms, carried=self.carried)

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that the root signs under `TYP`."""
        return {
            "v": VERSION,
            "number": self.number,
            "name": self.name,
            "issued": _write(self.issued),
            "new": _rules(self.algorithms),
            "carried": [
                {
                    **_rules(step.algorithms),
                    "signs_until": _write(step.signs_until),
                    "carried_until": _write(step.carried_until) if step.carried_until else None,
                }
                for step in self.carried
            ],
        }

    @classmethod
    def from_compact(
        cls,
        compact: str,
        root_key: ec.EllipticCurvePublicKey,
        base: Policy,
        previous_number: int | None = None,
    ) -> AllowList:
        """Return the list in a JWS that `root_key` signed, and that applies to `base`.

        `previous_number` is that of the list in force, which only a greater one may replace;
        None takes any (nothing is in force, or this is that list read again from disk).
        Raises PolicyRefused.
        """
        try:
            payload = jws.verify(compact, typ=TYP, key_for=lambda _: root_key, max_size=MAX_POLICY)
        except VerifyError as error:
            raise _refused(error.message) from error
        try:
            taken = _from_payload(payload)
            taken.applied_to(base)
        except KeyError as error:
            raise _refused("It is malformed: a member is missing.") from error
        except (TypeError, AttributeError) as error:
            raise _refused("It is malformed: a member has not its documented form.") from error
        except ValueError as error:
            raise _refused(f"It is malformed: {error}.") from error
        if previous_number is not None and taken.number <= previous_number:
            raise PolicyRefused(
                f"Algorithm policy {taken.number} does not replace number {previous_number}: "
                "only a newer one may.",
                next_step="The policy in force stays; get the newest one from the office.",
            )
        return taken


def _from_payload(payload: Mapping[str, Any]) -> AllowList:
    if payload["v"] != VERSION or type(payload["number"]) is not int:
        raise ValueError("its version or number is not one of ours")
    return AllowList(
        number=payload["number"],
        name=payload["name"],
        issued=_read(payload["issued"]),
        algorithms=_algorithms(payload["new"]),
        carried=tuple(_carried(entry) for entry in payload["carried"]),
    )


def _carried(entry: Mapping[str, Any]) -> Carried:
    until = entry["carried_until"]
    return Carried(
        _algorithms(entry),
        _read(entry["signs_until"]),
        None if until is None else _read(until),
    )


def _rules(rules: Algorithms) -> dict[str, Any]:
    return {
        "kinds": sorted(kind.value for kind in rules.kinds),
        "hashes": sorted(rules.hashes),
        "rsa_bits": rules.rsa_bits,
        "ec_bits": rules.ec_bits,
    }


def _algorithms(entry: Mapping[str, Any]) -> Algorithms:
    rsa_bits, ec_bits = entry["rsa_bits"], entry["ec_bits"]
    if type(rsa_bits) is not int or type(ec_bits) is not int:
        raise ValueError("a key size is a whole number of bits")
    kinds, hashes = entry["kinds"], entry["hashes"]
    if not isinstance(kinds, list) or not isinstance(hashes, list):
        raise ValueError("kinds and hashes are lists")
    return Algorithms(frozenset(hashes), rsa_bits, ec_bits, frozenset(Kind(one) for one in kinds))


def _write(at: datetime) -> str:
    return at.strftime(_TIME)


def _read(text: str) -> datetime:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError("a date is not a time in UTC") from error


def _refused(why: str) -> PolicyRefused:
    return PolicyRefused(
        f"This algorithm policy is not taken. {why}",
        next_step="The policy in force stays; get the policy again from the office.",
    )
