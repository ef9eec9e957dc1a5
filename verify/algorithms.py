"""Signature algorithms by their identifiers.

Lives here: AlgorithmIdentifier to `Scheme`, every form of the PSS parameters included. Not here:
checking a signature (`signatures`), and which schemes are strong enough (`policy`).
Source: RFC 4055 (RSA), RFC 5758 section 3 (DSA, ECDSA), RFC 8410 (EdDSA), BSI TR-03111
section 5.2.1 (plain ECDSA).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from functools import lru_cache
from typing import Any

from asn1crypto import algos

from verify.asn1 import absent, fence, load, malformed
from verify.errors import UnsupportedAlgorithm

MAX_IDENTIFIER = 1024  # bytes of an AlgorithmIdentifier
MAX_SALT = 512  # bytes; more than any hash

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
RSASSA_PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"

HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_RSA_PKCS1 = {
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_ECDSA = {
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_DSA = {
    "1.2.840.10040.4.3": "sha1",
    "2.16.840.1.101.3.4.3.1": "sha224",
    "2.16.840.1.101.3.4.3.2": "sha256",
    "2.16.840.1.101.3.4.3.3": "sha384",
    "2.16.840.1.101.3.4.3.4": "sha512",
}
ED25519 = "1.3.101.112"
ED448 = "1.3.101.113"
_EDDSA = {ED25519: "sha512", ED448: "shake256"}
_ECDSA_PLAIN = {
    "0.4.0.127.0.7.1.1.4.1.1": "sha1",
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}


@unique
class Kind(StrEnum):
    """How a signature is made and written."""

    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"
    ECDSA = "ecdsa"
    ECDSA_PLAIN = "ecdsa-plain"
    """r and s side by side (BSI TR-03111 section 5.2.1) instead of a SEQUENCE."""
    DSA = "dsa"
    EDDSA = "eddsa"
    """Ed25519 or Ed448, as the key says; the hash is part of the scheme (RFC 8032)."""
    RSA_RECOVERY = "rsa-iso9796-2"
    """With message recovery (`iso9796`): a chip's answer only, no certificate or list."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One signature algorithm with its parameters; the last two only for RSA-PSS."""

    kind: Kind
    hash: str
    mask_hash: str | None = None
    salt_length: int | None = None
    """In bytes."""

    @property
    def name(self) -> str:
        """Return the words for verdicts and support, e.g. `ecdsa-sha256`."""
        return f"{self.kind.value}-{self.hash}"


_BY_OID = (
    (Kind.RSA_PKCS1, _RSA_PKCS1),
    (Kind.ECDSA, _ECDSA),
    (Kind.DSA, _DSA),
    (Kind.EDDSA, _EDDSA),
)


@lru_cache(maxsize=64)
def scheme(identifier: bytes, digest: str | None = None) -> Scheme:
    """Return what an AlgorithmIdentifier (DER) names.

    `digest` is the hash named beside it: CMS writes plain `rsaEncryption` for PKCS #1 and leaves
    the hash to the digest algorithm (RFC 5652 section 5.3, RFC 3370 section 3.2).
    Raises MalformedObject or UnsupportedAlgorithm.
    """
    parsed = load(algos.SignedDigestAlgorithm, identifier, MAX_IDENTIFIER, "signature algorithm")
    with fence("signature algorithm"):
        oid: str = parsed["algorithm"].dotted
        if oid == RSASSA_PSS:
            return pss_scheme(parsed["parameters"])
    if oid == RSA_ENCRYPTION and digest is not None:
        return Scheme(Kind.RSA_PKCS1, digest)
    for kind, table in _BY_OID:
        if oid in table:
            return Scheme(kind, table[oid])
    raise unsupported(f"signature algorithm {oid}")


def ecdsa_hash(oid: str) -> str:
    """Return the hash that a dotted ECDSA identifier names, whichever way r and s are written.

    Raises UnsupportedAlgorithm for any other.
    """
    name = _ECDSA_PLAIN.get(oid) or _ECDSA.get(oid)
    if name is None:
        raise unsupported(f"signature algorithm {oid}")
    return name


def hash_name(oid: str) -> str:
    """Return `hashlib`'s word for a dotted hash identifier. Raises UnsupportedAlgorithm."""
    if oid not in HASHES:
        raise unsupported(f"hash algorithm {oid}")
    return HASHES[oid]


def pss_scheme(parameters: Any) -> Scheme:
    """Return the scheme of RSASSA-PSS-params; absent members have their SHA-1 defaults.

    `parameters` is asn1crypto's field, RSASSAPSSParams or nothing (RFC 4055 section 3.1).
    """
    if absent(parameters):
        return Scheme(Kind.RSA_PSS, "sha1", "sha1", 20)
    digest = hash_name(parameters["hash_algorithm"]["algorithm"].dotted)
    mask = parameters["mask_gen_algorithm"]
    if mask["algorithm"].dotted != MGF1:
        raise unsupported("mask generation function")
    mask_hash = hash_name(mask["parameters"]["algorithm"].dotted)
    salt = int(parameters["salt_length"].native)
    if not 0 <= salt <= MAX_SALT or int(parameters["trailer_field"]) != 1:
        raise malformed("signature algorithm", "its salt or trailer is out of range")
    return Scheme(Kind.RSA_PSS, digest, mask_hash, salt)


def unsupported(what: str) -> UnsupportedAlgorithm:
    """Return the error for an algorithm that this terminal lacks."""
    return UnsupportedAlgorithm(
        f"This terminal does not know the {what}.",
        next_step="Update the terminal; until then check the document by other means.",
    )
