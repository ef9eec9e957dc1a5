"""Signatures in every scheme, each checked by making one with the library."""

from __future__ import annotations

from typing import Any

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from tests.verify.made import prove, spki
from verify import algorithms, keys, signatures
from verify.algorithms import Kind, Scheme
from verify.errors import (
    AlgorithmNotAllowed,
    BadSignature,
    MalformedObject,
    UnsupportedAlgorithm,
)
from verify.keys import PublicKey
from verify.policy import MINIMUM, Algorithms

DATA = b"what was signed"
HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    """Return one RSA key for all tests."""
    return rsa.generate_private_key(65537, 2048)


def public(key: Any) -> PublicKey:
    """Return the public half as we load it."""
    return keys.load_spki(spki(key))


def identifier(name: str, parameters: Any = None) -> bytes:
    """Return an AlgorithmIdentifier."""
    values = {"algorithm": name}
    if parameters is not None:
        values["parameters"] = parameters
    return bytes(algos.SignedDigestAlgorithm(values).dump())


def pss(digest: str, mask: str, salt: int, trailer: int = 1) -> bytes:
    """Return an AlgorithmIdentifier of RSA-PSS."""
    return identifier(
        "rsassa_pss",
        algos.RSASSAPSSParams(
            {
                "hash_algorithm": {"algorithm": digest},
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask}},
                "salt_length": salt,
                "trailer_field": trailer,
            }
        ),
    )


@pytest.mark.parametrize("name", HASHES)
def test_rsa_pkcs1(rsa_key: rsa.RSAPrivateKey, name: str) -> None:
    """It holds over the data and over the digest, and for nothing else."""
    chosen = HASHES[name]()
    signature = rsa_key.sign(DATA, padding.PKCS1v15(), chosen)
    algorithm = identifier(f"{name}_rsa")
    used = signatures.verify(public(rsa_key), algorithm, signature, DATA)
    assert used.name == f"rsa-pkcs1-{name}"
    digest = digest_of(chosen, DATA)
    signatures.verify_prehashed(public(rsa_key), algorithm, signature, digest)
    with pytest.raises(BadSignature):
        signatures.verify(public(rsa_key), algorithm, signature, DATA + b".")
    with pytest.raises(BadSignature):
        signatures.verify_prehashed(public(rsa_key), algorithm, signature, digest[:-1])


def digest_of(chosen: hashes.HashAlgorithm, data: bytes) -> bytes:
    """Return a digest."""
    running = hashes.Hash(chosen)
    running.update(data)
    return running.finalize()


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.BrainpoolP512R1()], ids=lambda c: c.name)
def test_ecdsa(curve: ec.EllipticCurve, name: str) -> None:
    """It holds over the data and over the digest, and for nothing else."""
    key = ec.generate_private_key(curve)
    chosen = HASHES[name]()
    signature = key.sign(DATA, ec.ECDSA(chosen))
    algorithm = identifier(f"{name}_ecdsa")
    assert signatures.verify(public(key), algorithm, signature, DATA).kind is Kind.ECDSA
    digest = digest_of(chosen, DATA)
    signatures.verify_prehashed(public(key), algorithm, signature, digest)
    for broken in (signature[:-1], signature + b"\x00", b"", bytes(64)):
        with pytest.raises(BadSignature):
            signatures.verify(public(key), algorithm, broken, DATA)


@pytest.mark.parametrize(
    ("digest", "mask", "salt"),
    [
        ("sha256", "sha256", 32),
        ("sha256", "sha256", 0),
        ("sha256", "sha256", 20),
        ("sha512", "sha256", 64),
        ("sha224", "sha384", 28),
        ("sha256", "sha256", 222),
    ],
)
def test_rsa_pss(rsa_key: rsa.RSAPrivateKey, digest: str, mask: str, salt: int) -> None:
    """Hash, mask hash and salt length each stand in the parameters, and each counts."""
    maker = padding.PSS(padding.MGF1(HASHES[mask]()), salt)
    signature = rsa_key.sign(DATA, maker, HASHES[digest]())
    used = signatures.verify(public(rsa_key), pss(digest, mask, salt), signature, DATA)
    assert used == Scheme(Kind.RSA_PSS, digest, mask, salt)
    for other in (
        pss(digest, mask, salt + 1),
        pss(digest, "sha512", salt),
        pss("sha384", mask, salt),
    ):
        with pytest.raises(BadSignature):
            signatures.verify(public(rsa_key), other, signature, DATA)


def test_pss_parameters_left_out() -> None:
    """Absent members mean SHA-1 (RFC 4055 section 3.1), which is read and then not allowed."""
    sha1 = Scheme(Kind.RSA_PSS, "sha1", "sha1", 20)
    bare = bytes.fromhex("300b06092a864886f70d01010a")
    empty = bytes.fromhex("300d06092a864886f70d01010a3000")
    for form in (bare, empty):
        assert algorithms.scheme(form) == sha1
    with pytest.raises(AlgorithmNotAllowed):
        signatures.require_allowed(sha1, MINIMUM)


def test_pss_hash_with_or_without_null() -> None:
    """The hash's own parameters may be absent or NULL: one scheme."""
    with_null, without = "300d06096086480165030402010500", "300b0609608648016503040201"
    mgf1 = "06092a864886f70d010108"
    for digest, size in ((with_null, 15), (without, 13)):
        mask = f"a1{size + 13:02x}30{size + 11:02x}{mgf1}{digest}"
        parameters = f"a0{size:02x}{digest}{mask}a203020120"
        body = f"06092a864886f70d01010a30{len(parameters) // 2:02x}{parameters}"
        identifier_der = bytes.fromhex(f"30{len(body) // 2:02x}{body}")
        assert algorithms.scheme(identifier_der) == Scheme(Kind.RSA_PSS, "sha256", "sha256", 32)


@pytest.mark.parametrize(("salt", "trailer"), [(-1, 1), (513, 1), (32, 2)])
def test_pss_parameters_out_of_range(salt: int, trailer: int) -> None:
    """No negative or endless salt, no other trailer."""
    whole = pss("sha256", "sha256", 32)
    assert algorithms.scheme(whole).salt_length == 32
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "salt_length": salt,
    }
    values = algos.RSASSAPSSParams(parameters).dump()
    if trailer != 1:
        values = values[:1] + bytes([values[1] + 5]) + values[2:] + bytes.fromhex("a303020102")
    oid = bytes.fromhex("06092a864886f70d01010a")
    with pytest.raises(MalformedObject):
        algorithms.scheme(b"\x30" + bytes([len(oid) + len(values)]) + oid + values)


def test_key_restricted_to_pss(rsa_key: rsa.RSAPrivateKey) -> None:
    """It takes no PKCS #1 signature and none below its own parameters."""
    loaded = public(rsa_key)
    least = Scheme(Kind.RSA_PSS, "sha256", "sha256", 32)
    restricted = PublicKey(loaded.key, pss_only=True, pss=least)
    pkcs1 = rsa_key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(BadSignature):
        signatures.verify(restricted, identifier("sha256_rsa"), pkcs1, DATA)
    for salt, holds in ((32, True), (40, True), (20, False)):
        maker = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
        signature = rsa_key.sign(DATA, maker, hashes.SHA256())
        algorithm = pss("sha256", "sha256", salt)
        if holds:
            signatures.verify(restricted, algorithm, signature, DATA)
        else:
            with pytest.raises(BadSignature):
                signatures.verify(restricted, algorithm, signature, DATA)


def test_cms_leaves_the_hash_to_the_digest_algorithm(rsa_key: rsa.RSAPrivateKey) -> None:
    """Plain rsaEncryption takes the hash named beside it, and is nothing without one."""
    signature = rsa_key.sign(DATA, padding.PKCS1v15(), hashes.SHA384())
    algorithm = identifier("rsassa_pkcs1v15")
    used = signatures.verify(public(rsa_key), algorithm, signature, DATA, digest="sha384")
    assert used == Scheme(Kind.RSA_PKCS1, "sha384")
    with pytest.raises(UnsupportedAlgorithm):
        signatures.verify(public(rsa_key), algorithm, signature, DATA)


def test_plain_signature() -> None:
    """R and s side by side, each as long as the order; a zero or a wrong length is refused."""
    key = ec.generate_private_key(ec.SECP521R1())
    scheme = Scheme(Kind.ECDSA_PLAIN, "sha256")
    response = prove(key, DATA).response
    assert len(response) == 132
    signatures.verify_scheme(public(key), scheme, response, DATA)
    for broken in (response[:-1], bytes(132), response[:66] + bytes(66), response + b"\x00"):
        with pytest.raises(BadSignature):
            signatures.verify_scheme(public(key), scheme, broken, DATA)


def test_scheme_of_another_kind_of_key(rsa_key: rsa.RSAPrivateKey) -> None:
    """An RSA signature does not hold under an EC key, nor the reverse."""
    key = ec.generate_private_key(ec.SECP256R1())
    by_rsa = rsa_key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    by_ec = key.sign(DATA, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(BadSignature):
        signatures.verify(public(key), identifier("sha256_rsa"), by_rsa, DATA)
    with pytest.raises(BadSignature):
        signatures.verify(public(rsa_key), identifier("sha256_ecdsa"), by_ec, DATA)


def test_weak_hash_or_key(rsa_key: rsa.RSAPrivateKey) -> None:
    """Known and too weak is its own error; a policy may draw the line higher."""
    signature = rsa_key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(AlgorithmNotAllowed):
        signatures.verify(public(rsa_key), identifier("sha1_rsa"), signature, DATA)
    strict = Algorithms(hashes=frozenset({"sha384"}), rsa_bits=2048, ec_bits=256)
    with pytest.raises(AlgorithmNotAllowed):
        signatures.verify(
            public(rsa_key), identifier("sha256_rsa"), signature, DATA, allowed=strict
        )
    long_keys = Algorithms(hashes=frozenset({"sha256"}), rsa_bits=3072, ec_bits=256)
    with pytest.raises(AlgorithmNotAllowed):
        signatures.verify(
            public(rsa_key), identifier("sha256_rsa"), signature, DATA, allowed=long_keys
        )


@pytest.mark.parametrize(
    ("key", "oid"),
    [
        (ed25519.Ed25519PrivateKey.generate(), "300506032b6570"),
        (ed448.Ed448PrivateKey.generate(), "300506032b6571"),
    ],
    ids=["Ed25519", "Ed448"],
)
def test_edwards(key: ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey, oid: str) -> None:
    """It holds over the data, never over a digest, and under its own identifier only."""
    loaded, algorithm = public(key), bytes.fromhex(oid)
    signature = key.sign(DATA)
    assert signatures.verify(loaded, algorithm, signature, DATA).kind is Kind.EDDSA
    other = bytes.fromhex("300506032b657" + ("1" if oid.endswith("0") else "0"))
    for wrong, broken, data in (
        (algorithm, signature, DATA + b"."),
        (algorithm, signature[:-1], DATA),
        (algorithm, bytes(len(signature)), DATA),
        (other, signature, DATA),
        (identifier("sha256_ecdsa"), signature, DATA),
    ):
        with pytest.raises(BadSignature):
            signatures.verify(loaded, wrong, broken, data)
    with pytest.raises(UnsupportedAlgorithm):
        signatures.verify_prehashed(loaded, algorithm, signature, bytes(64))


def test_dsa(rsa_key: rsa.RSAPrivateKey) -> None:
    """It holds over the data and over the digest, and for no other kind of scheme or key."""
    key = dsa.generate_private_key(2048)
    signature = key.sign(DATA, hashes.SHA256())
    algorithm = identifier("sha256_dsa")
    assert signatures.verify(public(key), algorithm, signature, DATA).name == "dsa-sha256"
    digest = digest_of(hashes.SHA256(), DATA)
    signatures.verify_prehashed(public(key), algorithm, signature, digest)
    for loaded, wrong, data in (
        (public(key), algorithm, DATA + b"."),
        (public(key), identifier("sha256_ecdsa"), DATA),
        (public(rsa_key), algorithm, DATA),
        (public(ec.generate_private_key(ec.SECP256R1())), algorithm, DATA),
    ):
        with pytest.raises(BadSignature):
            signatures.verify(loaded, wrong, signature, data)
    short = dsa.generate_private_key(1024)  # noqa: S505 -- to be refused
    with pytest.raises(AlgorithmNotAllowed):
        signatures.verify(public(short), algorithm, short.sign(DATA, hashes.SHA256()), DATA)


def test_unknown_algorithm() -> None:
    """An identifier that nobody here knows is unsupported; garbage is malformed."""
    x25519 = bytes.fromhex("300506032b656e")
    with pytest.raises(UnsupportedAlgorithm):
        algorithms.scheme(x25519)
    with pytest.raises(UnsupportedAlgorithm):
        algorithms.ecdsa_hash("1.2.3")
    for garbage in (b"", b"\x30", b"\x30\x00", x25519 + b"\x00", b"\x30\x80" * 300):
        with pytest.raises(MalformedObject):
            algorithms.scheme(garbage)
