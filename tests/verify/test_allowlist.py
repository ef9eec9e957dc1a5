"""The signed algorithm policy: only from the root, only newer, only tighter."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from verify import jws, trust
from verify.algorithms import Kind
from verify.allowlist import TYP, AllowList
from verify.errors import PolicyRefused
from verify.policy import DEFAULT, MINIMUM, Algorithms, Carried

ROOT = ec.generate_private_key(ec.SECP256R1())
ISSUED = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
STRICT = Algorithms(
    frozenset({"sha384", "sha512"}), 3072, 384, frozenset({Kind.RSA_PSS, Kind.ECDSA})
)
MIDDLE = Algorithms(
    frozenset({"sha256", "sha384", "sha512"}), 3072, 256, frozenset({Kind.RSA_PSS, Kind.ECDSA})
)
SOON, LATER = datetime(2027, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)


def made(number: int = 3) -> AllowList:
    """Return a list with two steps."""
    steps = (Carried(MIDDLE, LATER), Carried(MINIMUM, SOON, LATER))
    return AllowList(number, "office", ISSUED, STRICT, steps)


def signed(payload: dict[str, Any], *, typ: str = TYP, key: Any = ROOT) -> str:
    """Return the JWS of a payload."""
    return jws.sign(payload, typ=typ, key=key)


def read(compact: str, previous: int | None = None) -> AllowList:
    """Take a list under the root."""
    return AllowList.from_compact(compact, ROOT.public_key(), DEFAULT, previous)


def test_round_trip() -> None:
    """What the office signs is what the terminal holds, and verdicts name it."""
    taken = read(signed(made().to_payload()))
    assert taken == made()
    applied = taken.applied_to(DEFAULT)
    assert (applied.id, applied.algorithms) == ("office-3", STRICT)
    assert applied.card_status == DEFAULT.card_status


@pytest.mark.parametrize("previous", [3, 4, 1000])
def test_rollback(previous: int) -> None:
    """An older policy, or the same number again, does not replace the one in force."""
    compact = signed(made(3).to_payload())
    assert read(compact, 2).number == 3
    with pytest.raises(PolicyRefused, match="newer") as refused:
        read(compact, previous)
    assert "stays" in refused.value.next_step


def test_another_signer_or_type() -> None:
    """The root's own signature under this type, and nothing else."""
    other = ec.generate_private_key(ec.SECP256R1())
    for compact in (
        signed(made().to_payload(), key=other),
        signed(made().to_payload(), typ=trust.TYP),
        "",
        "a.b.c",
        "x" * 70_000,
    ):
        with pytest.raises(PolicyRefused):
            read(compact)


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path.split(".")

    def change(payload: dict[str, Any]) -> None:
        target: Any = payload
        for part in way:
            target = target[int(part) if part.isdigit() else part]
        if value is None:
            del target[last]
        else:
            target[last] = value

    return change


CHANGES = {
    "SHA-1": _set("new.hashes", ["sha1", "sha512"]),
    "MD5 on old cards": _set("carried.1.hashes", ["md5", "sha256", "sha384", "sha512"]),
    "short RSA": _set("carried.1.rsa_bits", 1024),
    "short curves": _set("carried.1.ec_bits", 192),
    "an unknown kind": _set("new.kinds", ["rot13"]),
    "steps that are no ladder": _set("carried.1.rsa_bits", 4096),
    "nothing allowed": _set("new.hashes", []),
    "no kinds": _set("new.kinds", []),
    "another version": _set("v", 2),
    "number zero": _set("number", 0),
    "number as truth": _set("number", True),
    "a name with spaces": _set("name", "a b"),
    "a name that is a number": _set("name", 5),
    "local time": _set("issued", "2026-11-01T08:30:00+07:00"),
    "no time": _set("issued", None),
    "a key size as text": _set("new.rsa_bits", "3072"),
    "hashes no list": _set("new.hashes", "sha256"),
    "hashes of lists": _set("new.hashes", [["sha256"]]),
    "no carried": _set("carried", None),
    "carried no list": _set("carried", 5),
    "a step that is none": _set("carried", [5]),
    "too many steps": _set("carried", [{}] * 17),
    "ends before it begins": _set("carried.1.carried_until", "2026-12-31T00:00:00Z"),
    "no end of signing": _set("carried.1.signs_until", None),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_even_the_root_cannot_sign(change: Callable[[dict[str, Any]], None]) -> None:
    """It can only tighten, and has its documented form."""
    payload = copy.deepcopy(made().to_payload())
    change(payload)
    with pytest.raises(PolicyRefused, match="malformed"):
        read(signed(payload))
