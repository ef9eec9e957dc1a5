"""The trust list: one purpose each, only newer, only from the root."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from crl.status import Purpose
from tests.verify.made import SCOPE, csca, issue, name, spki, usage
from verify import jws
from verify.errors import TrustListRefused
from verify.trust import (
    SEAL_PUBLIC_SIZE,
    SEAL_SUITE,
    SIGN_ALGORITHM,
    STATUS_SIGNER_EKU,
    TYP,
    Anchor,
    AnchorPurpose,
    CentreKey,
    KeyUse,
    Reset,
    TrustList,
)

ROOT = ec.generate_private_key(ec.SECP256R1())
CENTRE = ec.generate_private_key(ec.SECP256R1())
ISSUED = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
EKU = x509.ExtendedKeyUsage([x509.ObjectIdentifier(STATUS_SIGNER_EKU)])
STATUS_SIGNER = issue("Card status", extensions=[(usage(crl_sign=True), True), (EKU, True)])
DOCUMENT = Anchor(AnchorPurpose.DOCUMENT, csca().certificate, frozenset({"dang-vien", "cccd"}))
STATUS = Anchor(AnchorPurpose.CARD_STATUS, STATUS_SIGNER.certificate, scope=SCOPE)
TERMINAL = Anchor(AnchorPurpose.TERMINAL, csca("Terminals").certificate)
RESET = Reset(Purpose.CARD_STATUS, name("Card status").public_bytes(), SCOPE, 12, 1 << 100)
SEAL = CentreKey("seal-1", KeyUse.SEAL, SEAL_SUITE, bytes(SEAL_PUBLIC_SIZE))
SIGN = CentreKey("sign-1", KeyUse.SIGN, SIGN_ALGORITHM, spki(CENTRE))


def made(number: int = 3) -> TrustList:
    """Return a list with an entry of every kind."""
    return TrustList(number, ISSUED, (DOCUMENT, STATUS, TERMINAL), (SEAL, SIGN), (RESET,))


def signed(payload: dict[str, Any], *, typ: str = TYP, key: Any = ROOT) -> str:
    """Return the JWS of a payload."""
    return jws.sign(payload, typ=typ, key=key)


def read(compact: str, previous: int | None = None) -> TrustList:
    """Take a list under the root."""
    return TrustList.from_compact(compact, ROOT.public_key(), previous)


def test_round_trip() -> None:
    """What the office signs is what the terminal holds."""
    assert read(signed(made().to_payload())) == made()


def test_looking_up() -> None:
    """Anchors are found by purpose, keys by id and use together."""
    listed = made()
    assert listed.anchors_for(AnchorPurpose.CARD_STATUS) == (STATUS,)
    assert listed.anchors_for(AnchorPurpose.CENTRE) == ()
    assert listed.centre_key("sign-1", KeyUse.SIGN) == SIGN
    assert listed.centre_key("sign-1", KeyUse.SEAL) is None
    assert listed.centre_key("other", KeyUse.SIGN) is None
    assert SIGN.verification_key == CENTRE.public_key()
    with pytest.raises(ValueError, match="verifies nothing"):
        assert SEAL.verification_key


@pytest.mark.parametrize("previous", [3, 4, 1000])
def test_rollback(previous: int) -> None:
    """An older list, or the same number again, does not replace the one in force."""
    with pytest.raises(TrustListRefused, match="newer"):
        read(signed(made(3).to_payload()), previous)


def test_newer_list() -> None:
    """A greater number does."""
    assert read(signed(made(3).to_payload()), 2).number == 3


def test_another_root() -> None:
    """A list under any other key is refused."""
    with pytest.raises(TrustListRefused):
        read(signed(made().to_payload(), key=CENTRE))


def test_signed_as_something_else() -> None:
    """The root's signature under another type makes no trust list."""
    with pytest.raises(TrustListRefused, match="type"):
        read(signed(made().to_payload(), typ="tramthe-ack+jws"))


def test_oversized_and_garbage() -> None:
    """Only our error comes out."""
    for text in ("", "a.b.c", "x" * 100, "." * (8 * 1024 * 1024 + 1)):
        with pytest.raises(TrustListRefused):
            read(text)


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
    "another version": _set("v", 2),
    "no number": _set("number", None),
    "number zero": _set("number", 0),
    "number as text": _set("number", "3"),
    "number as truth": _set("number", True),
    "no time": _set("issued", None),
    "local time": _set("issued", "2026-11-01T08:30:00+07:00"),
    "no anchors": _set("anchors", None),
    "unknown purpose": _set("anchors.0.purpose", "everything"),
    "certificate not base64": _set("anchors.0.certificate", "*"),
    "certificate not one": _set("anchors.0.certificate", "MAA="),
    "document without profiles": _set("anchors.0.profiles", []),
    "profiles of numbers": _set("anchors.0.profiles", [5]),
    "profiles no list": _set("anchors.0.profiles", 5),
    "document with scope": _set("anchors.0.scope", SCOPE),
    "status without scope": _set("anchors.1.scope", ""),
    "scope of a number": _set("anchors.1.scope", 5),
    "status with profiles": _set("anchors.1.profiles", ["cccd"]),
    "unknown use": _set("centre_keys.0.use", "both"),
    "another suite": _set("centre_keys.0.alg", "X25519"),
    "short seal key": _set("centre_keys.0.public", "AAAA"),
    "key id repeats": _set("centre_keys.0.kid", "sign-1"),
    "key id with spaces": _set("centre_keys.0.kid", "a b"),
    "key id of a number": _set("centre_keys.0.kid", 5),
    "another signature": _set("centre_keys.1.alg", "ES384"),
    "sign key is none": _set("centre_keys.1.public", "AAAA"),
    "sign key not text": _set("centre_keys.1.public", 5),
    "no resets": _set("resets", None),
    "reset for another purpose": _set("resets.0.purpose", "terminal"),
    "reset of no issuer": _set("resets.0.issuer", "MAA"),
    "reset of an issuer that is no name": _set("resets.0.issuer", "MAUA"),
    "reset with a number as number": _set("resets.0.number", 5),
    "reset with a number below zero": _set("resets.0.number", "-5"),
    "reset with a number of 21 octets": _set("resets.0.number", "f" * 42),
    "reset with a number that no list can have": _set("resets.0.number", "f" * 40),
    "reset that withdraws nothing": _set("resets.0.withdrawn", "c"),
    "reset with a scope of a number": _set("resets.0.scope", 5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_well_signed_but_malformed(change: Callable[[dict[str, Any]], None]) -> None:
    """Even the root cannot sign a list that has not its documented form."""
    payload = copy.deepcopy(made().to_payload())
    change(payload)
    with pytest.raises(TrustListRefused, match="malformed"):
        read(signed(payload))


def test_sign_key_on_another_curve() -> None:
    """A centre's sign key is on P-256."""
    other = spki(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(ValueError, match="P-256"):
        CentreKey("sign-2", KeyUse.SIGN, SIGN_ALGORITHM, other)


def test_time_of_issue() -> None:
    """UTC and whole seconds, as it is written."""
    for issued in (ISSUED.replace(microsecond=1), ISSUED.replace(tzinfo=None)):
        with pytest.raises(ValueError, match="whole second"):
            TrustList(1, issued, (), ())


def test_two_authorities_of_one_name_for_different_families() -> None:
    """Lists are filed by issuer name: one family's authority must not issue another's list."""
    namesake = Anchor(AnchorPurpose.DOCUMENT, csca().certificate, frozenset({"icao"}))
    assert namesake.certificate != DOCUMENT.certificate
    with pytest.raises(ValueError, match="one name"):
        TrustList(3, ISSUED, (DOCUMENT, namesake), ())


def test_two_authorities_of_one_name_for_one_family() -> None:
    """A roll-over is ordinary: the same name with a new key."""
    renewed = Anchor(AnchorPurpose.DOCUMENT, csca().certificate, DOCUMENT.profiles)
    assert len(TrustList(3, ISSUED, (DOCUMENT, renewed), ()).anchors) == 2
