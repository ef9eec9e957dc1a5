"""Public keys in every form that real certificates have, and those that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from asn1crypto import algos, core
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader import curves, tlv
from tests.verify.made import spki
from verify import keys
from verify.errors import MalformedObject, UnsupportedAlgorithm

LIBRARY_CURVES: tuple[ec.EllipticCurve, ...] = (
    ec.SECP224R1(),
    ec.SECP256R1(),
    ec.SECP384R1(),
    ec.SECP521R1(),
    ec.BrainpoolP256R1(),
    ec.BrainpoolP384R1(),
    ec.BrainpoolP512R1(),
)


def explicit(key: ec.EllipticCurvePrivateKey, **changes: Any) -> bytes:
    """Return the key with its curve spelt out, one parameter changed where asked."""
    curve = curves.by_name(key.curve.name)
    assert curve is not None
    size = curve.field_size
    base = b"\x04" + curve.gx.to_bytes(size, "big") + curve.gy.to_bytes(size, "big")
    values: dict[str, Any] = {
        "p": curve.p,
        "a": curve.a,
        "b": curve.b,
        "n": curve.n,
        "h": curve.h,
        "base": base,
    }
    values.update(changes)
    domain = asn1_keys.SpecifiedECDomain(
        {
            "version": "ecdpVer1",
            "field_id": {"field_type": "prime_field", "parameters": values["p"]},
            "curve": {
                "a": values["a"].to_bytes(size, "big"),
                "b": values["b"].to_bytes(size, "big"),
            },
            "base": values["base"],
            "order": values["n"],
            **({} if values["h"] is None else {"cofactor": values["h"]}),
        }
    )
    info = asn1_keys.PublicKeyInfo.load(spki(key))
    body = asn1_keys.ECDomainParameters(name="specified", value=domain)
    algorithm = asn1_keys.PublicKeyAlgorithm({"algorithm": "ec", "parameters": body})
    point = info["public_key"].dump()
    return tlv.encode(0x30, algorithm.dump() + point)


def numbers(key: keys.PublicKey) -> Any:
    """Return what makes two keys the same."""
    assert isinstance(key.key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return key.key.public_numbers()


@pytest.mark.parametrize("curve", LIBRARY_CURVES, ids=lambda curve: curve.name)
def test_curve_named_or_spelt_out(curve: ec.EllipticCurve) -> None:
    """Both forms give the same key, with or without the optional cofactor."""
    key = ec.generate_private_key(curve)
    named = keys.load_spki(spki(key))
    assert named.bits == curve.key_size
    assert numbers(keys.load_spki(explicit(key))) == numbers(named)
    assert numbers(keys.load_spki(explicit(key, h=None))) == numbers(named)


@pytest.mark.parametrize("curve", LIBRARY_CURVES, ids=lambda curve: curve.name)
def test_compressed_base_point(curve: ec.EllipticCurve) -> None:
    """A generator with its sign instead of its y is the same generator; the other sign is not."""
    key = ec.generate_private_key(curve)
    known = curves.by_name(curve.name)
    assert known is not None
    x = known.gx.to_bytes(known.field_size, "big")
    right, wrong = bytes([2 + (known.gy & 1)]), bytes([3 - (known.gy & 1)])
    assert numbers(keys.load_spki(explicit(key, base=right + x))) == numbers(
        keys.load_spki(spki(key))
    )
    with pytest.raises(UnsupportedAlgorithm):
        keys.load_spki(explicit(key, base=wrong + x))


@pytest.mark.parametrize("part", ["p", "a", "b", "n", "h", "base"])
def test_one_explicit_parameter_differs(part: str) -> None:
    """Seven values make a curve: a single one changed (CVE-2020-0601) makes none of ours."""
    key = ec.generate_private_key(ec.SECP256R1())
    known = curves.by_name("secp256r1")
    assert known is not None
    point = key.public_key().public_numbers()
    own_base = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    changes: dict[str, Any] = {
        "p": known.p - 2,
        "a": known.a - 1,
        "b": known.b - 1,
        "n": known.n - 2,
        "h": 2,
        "base": own_base,
    }
    with pytest.raises(UnsupportedAlgorithm):
        keys.load_spki(explicit(key, **{part: changes[part]}))


@pytest.mark.parametrize("base", [b"", b"\x04", b"\x05" + bytes(32), b"\x04" + bytes(63)])
def test_base_point_of_no_form(base: bytes) -> None:
    """A generator that is no encoded point is malformed."""
    with pytest.raises(MalformedObject):
        keys.load_spki(explicit(ec.generate_private_key(ec.SECP256R1()), base=base))


def test_curve_that_is_not_of_the_table() -> None:
    """Secp256k1 is unsupported."""
    kind = core.ObjectIdentifier("1.2.840.10045.2.1").dump()
    algorithm = tlv.encode(0x30, kind + core.ObjectIdentifier("1.3.132.0.10").dump())
    point = tlv.encode(0x03, b"\x00\x04" + bytes(64))
    with pytest.raises(UnsupportedAlgorithm):
        keys.load_spki(tlv.encode(0x30, algorithm + point))


def test_point_off_the_curve() -> None:
    """A point that does not satisfy the equation is no key."""
    data = bytearray(spki(ec.generate_private_key(ec.SECP256R1())))
    data[-1] ^= 1
    with pytest.raises(MalformedObject):
        keys.load_spki(bytes(data))


def test_rsa_key() -> None:
    """An ordinary RSA key carries no restriction."""
    key = keys.load_spki(spki(rsa.generate_private_key(65537, 2048)))
    assert (key.bits, key.pss_only, key.pss) == (2048, False, None)


def _public(key: dsa.DSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def without_parameters(data: bytes, written: bytes = b"") -> bytes:
    """Return a DSA key as it stands where the issuer's parameters are meant."""
    info = asn1_keys.PublicKeyInfo.load(data)
    algorithm = tlv.encode(0x30, core.ObjectIdentifier("1.2.840.10040.4.1").dump() + written)
    return tlv.encode(0x30, algorithm + info["public_key"].dump())


@pytest.mark.parametrize("written", [b"", b"\x05\x00"], ids=["absent", "NULL"])
def test_dsa_key_with_its_issuers_parameters(written: bytes) -> None:
    """Absent or NULL they are those of the key above, and of no key of another kind."""
    whole = _public(dsa.generate_private_key(2048))
    bare = without_parameters(whole, written)
    assert keys.lacks_parameters(bare)
    assert not keys.lacks_parameters(whole)
    assert keys.load_spki(bare, whole).key == keys.load_spki(whole).key
    for lender in (None, bare, spki(rsa.generate_private_key(65537, 2048))):
        with pytest.raises(UnsupportedAlgorithm):
            keys.load_spki(bare, lender)


def test_dsa_key_outside_its_group() -> None:
    """Parameters of another group than the key's make no key."""
    one, other = (_public(dsa.generate_private_key(2048)) for _ in range(2))
    with pytest.raises(MalformedObject):
        keys.load_spki(without_parameters(one), other)


@pytest.mark.parametrize(
    ("key", "bits"),
    [(ed25519.Ed25519PrivateKey.generate(), 255), (ed448.Ed448PrivateKey.generate(), 448)],
    ids=["Ed25519", "Ed448"],
)
def test_edwards_key(key: ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey, bits: int) -> None:
    """It has no parameters; with some, or cut short, it is none (RFC 8410 section 3)."""
    data = _public(key)
    assert keys.load_spki(data).bits == bits
    algorithm, point = data[2:9], data[9:]
    with pytest.raises(UnsupportedAlgorithm):
        keys.load_spki(tlv.encode(0x30, tlv.encode(0x30, algorithm[2:] + b"\x05\x00") + point))
    for size in range(len(data)):
        with pytest.raises((MalformedObject, UnsupportedAlgorithm)):
            keys.load_spki(data[:size])


def test_key_of_a_kind_that_nobody_uses() -> None:
    """X25519, which signs nothing, is unsupported."""
    key = x25519.X25519PrivateKey.generate().public_key()
    with pytest.raises(UnsupportedAlgorithm):
        keys.load_spki(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def pss_key(parameters: algos.RSASSAPSSParams | None) -> bytes:
    """Return an RSA key that its certificate restricts to PSS (RFC 4055 section 1.2)."""
    info = asn1_keys.PublicKeyInfo.load(spki(rsa.generate_private_key(65537, 2048)))
    oid = core.ObjectIdentifier("1.2.840.113549.1.1.10").dump()
    algorithm = tlv.encode(0x30, oid + (parameters.dump() if parameters is not None else b""))
    return tlv.encode(0x30, algorithm + info["public_key"].dump())


def test_rsa_key_for_pss_only() -> None:
    """Without parameters any PSS will do; with them, these at least."""
    free = keys.load_spki(pss_key(None))
    assert (free.pss_only, free.pss) == (True, None)
    parameters = algos.RSASSAPSSParams(
        {"hash_algorithm": {"algorithm": "sha256"}, "salt_length": 32}
    )
    bound = keys.load_spki(pss_key(parameters))
    assert bound.pss is not None
    assert (bound.pss.hash, bound.pss.mask_hash, bound.pss.salt_length) == ("sha256", "sha1", 32)


def test_cut_short() -> None:
    """Truncated anywhere, a key is malformed or unsupported; no other exception comes out."""
    for data in (
        spki(ec.generate_private_key(ec.SECP256R1())),
        explicit(ec.generate_private_key(ec.BrainpoolP384R1())),
        pss_key(None),
    ):
        for size in range(len(data)):
            with pytest.raises((MalformedObject, UnsupportedAlgorithm)):
                keys.load_spki(data[:size])


def test_oversized_key() -> None:
    """A modulus of sixteen thousand bits is refused before anything is computed."""
    modulus = (1 << 16384) - 1
    body = asn1_keys.RSAPublicKey({"modulus": modulus, "public_exponent": 65537}).dump()
    algorithm = tlv.encode(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.1").dump() + b"\x05\x00")
    data = tlv.encode(0x30, algorithm + tlv.encode(0x03, b"\x00" + body))
    with pytest.raises(MalformedObject):
        keys.load_spki(data)
