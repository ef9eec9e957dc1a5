"""HPKE to one hybrid key: what the centre and a terminal seal to each other.

Lives here: the one suite, the form of its keys, sealing and opening. Not here: what is sealed and
the `info` that binds it (`seal`, `inbox`), where private keys are kept.
Source: RFC 9180 in base mode; KEM MLKEM768-X25519 of draft-ietf-hpke-pq, HKDF-SHA256,
AES-256-GCM; one suite, no fallback.

A private key is ML-KEM's seed (FIPS 203, 64 bytes), then X25519's scalar (32); a public key is
ML-KEM-768's (1184), then X25519's (32).
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from edge.errors import SealBroken

MLKEM_PUBLIC_SIZE = 1184  # bytes, FIPS 203 table 3
MLKEM_SEED_SIZE = 64  # bytes, d and z of FIPS 203
X25519_SIZE = 32  # bytes
PUBLIC_SIZE = MLKEM_PUBLIC_SIZE + X25519_SIZE
SEED_SIZE = MLKEM_SEED_SIZE + X25519_SIZE
OVERHEAD = 1088 + X25519_SIZE + 16  # bytes that sealing adds: encapsulated keys and GCM's tag

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def private_key(seed: bytes) -> MLKEM768X25519PrivateKey:
    """Return the private key of 96 bytes. Raises SealBroken for another number of them."""
    return MLKEM768X25519PrivateKey(*_halves(seed))


def public_bytes(seed: bytes) -> bytes:
    """Return the public key (1216 bytes) of a private key's 96. Raises SealBroken."""
    kem, curve = _halves(seed)
    return kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def seal(clear: bytes, public: bytes, info: bytes) -> bytes:
    """Return the HPKE message: encapsulated keys (1120 bytes), ciphertext and tag.

    Raises SealBroken for a public key that cannot be used.
    """
    if len(public) != PUBLIC_SIZE:
        raise _broken(f"The recipient's public key has not {PUBLIC_SIZE} bytes.")
    try:
        key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_SIZE]),
            X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_SIZE:]),
        )
        return _SUITE.encrypt(clear, key, info=info)
    except ValueError as error:
        raise _broken("The recipient's public key cannot be used.") from error


def open_sealed(message: bytes, private: MLKEM768X25519PrivateKey, info: bytes) -> bytes:
    """Return what was sealed. Raises SealBroken where key, info or bytes differ."""
    try:
        return _SUITE.decrypt(message, private, info=info)
    except (InvalidTag, ValueError) as error:
        raise _broken("Sealed bytes do not open under this key and header.") from error


def _halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(seed) != SEED_SIZE:
        raise _broken(f"A private key for sealing has not {SEED_SIZE} bytes.")
    return (
        MLKEM768PrivateKey.from_seed_bytes(seed[:MLKEM_SEED_SIZE]),
        X25519PrivateKey.from_private_bytes(seed[MLKEM_SEED_SIZE:]),
    )


def _broken(message: str) -> SealBroken:
    return SealBroken(
        message, next_step="Keep the sealed data; ask the office which key it was made for."
    )
