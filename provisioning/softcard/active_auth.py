"""Active authentication, the chip's side: a signature over the terminal's challenge.

Lives here: reading the private key, RSA with message recovery, ECDSA in both encodings. Not here:
the command (`chip`), the curves' arithmetic (`arithmetic`).
Sources: Doc 9303-11 section 6.1.2; ISO/IEC 9796-2:2010 scheme 1, B.4 and B.6 (production of the
signature); RFC 5958 (PKCS #8), RFC 5915 (its elliptic-curve key), RFC 3279 section 2.2.3 (DER).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol

from asn1crypto import keys

from provisioning.errors import SoftCardInvalid
from provisioning.softcard import arithmetic
from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.image import ActiveAuth, Signature
from reader import curves, tlv
from reader.curves import Curve

PARTIAL_RECOVERY = 0x6A  # header: part of the message is recovered, and padding is over
LEAST_FREE = 64  # bits of an RSA key that are left for the chip's own nonce

_TRAILERS = {
    "sha1": b"\xbc",
    "sha224": b"\x38\xcc",
    "sha256": b"\x34\xcc",
    "sha384": b"\x36\xcc",
    "sha512": b"\x35\xcc",
}


class Signer(Protocol):
    """A private key with its hash function and encoding."""

    def sign(self, challenge: bytes, rng: Rng) -> bytes:
        """Return the signature over the terminal's challenge."""


@dataclass(frozen=True, slots=True)
class RsaSigner:
    """RSA by ISO/IEC 9796-2 scheme 1: the chip's nonce is recovered, the challenge is not."""

    modulus: int
    exponent: int = field(repr=False)
    hash_name: str
    smaller: bool
    """Whether of s and n - s the smaller is given (B.4)."""

    def sign(self, challenge: bytes, rng: Rng) -> bytes:
        """Return the signature, as long as the modulus."""
        size = (self.modulus.bit_length() + 7) // 8
        trailer = _TRAILERS[self.hash_name]
        digest_size = hashlib.new(self.hash_name, usedforsecurity=False).digest_size
        nonce = rng(size - 1 - digest_size - len(trailer))
        digest = hashlib.new(self.hash_name, nonce + challenge, usedforsecurity=False).digest()
        message = bytes([PARTIAL_RECOVERY]) + nonce + digest + trailer
        signature = pow(int.from_bytes(message, "big"), self.exponent, self.modulus)
        if self.smaller:
            signature = min(signature, self.modulus - signature)
        return signature.to_bytes(size, "big")


@dataclass(frozen=True, slots=True)
class EcdsaSigner:
    """ECDSA over the challenge, r || s or as a DER sequence."""

    curve: Curve
    secret: int = field(repr=False)
    hash_name: str
    as_der: bool

    def sign(self, challenge: bytes, rng: Rng) -> bytes:
        """Return the signature."""
        digest = hashlib.new(self.hash_name, challenge).digest()
        plain = arithmetic.sign(self.curve, self.secret, digest, rng)
        if not self.as_der:
            return plain
        half = len(plain) // 2
        return tlv.encode(0x30, _integer(plain[:half]) + _integer(plain[half:]))


def load(active: ActiveAuth) -> Signer:
    """Return the signer of a card. Raises SoftCardInvalid naming the key at fault."""
    try:
        info = keys.PrivateKeyInfo.load(active.key, strict=True)
        algorithm = str(info["private_key_algorithm"]["algorithm"].native)
        parsed = info["private_key"].parsed
        if algorithm == "rsa":
            numbers = (int(parsed["modulus"].native), int(parsed["private_exponent"].native))
            curve_oid = None
        else:
            parameters = info["private_key_algorithm"]["parameters"]
            curve_oid = str(parameters.chosen.dotted) if parameters.name == "named" else None
            numbers = (0, int(parsed["private_key"].native))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable("active_auth.key", "it is not a PKCS#8 private key") from error
    if algorithm == "rsa":
        return _rsa(active, *numbers)
    return _ecdsa(active, curves.by_oid(curve_oid) if curve_oid else None, numbers[1])


def _rsa(active: ActiveAuth, modulus: int, exponent: int) -> RsaSigner:
    if active.signature not in {Signature.RECOVERY, Signature.RECOVERY_SMALLER}:
        raise _unusable("active_auth.signature", "the key is RSA, and this is not")
    digest = 8 * hashlib.new(active.hash, usedforsecurity=False).digest_size
    if modulus.bit_length() % 8 or modulus.bit_length() < digest + 24 + LEAST_FREE:
        raise _unusable("active_auth.key", "its size does not serve with this hash function")
    return RsaSigner(modulus, exponent, active.hash, active.signature is Signature.RECOVERY_SMALLER)


def _ecdsa(active: ActiveAuth, curve: Curve | None, secret: int) -> EcdsaSigner:
    if active.signature not in {Signature.PLAIN, Signature.DER}:
        raise _unusable("active_auth.signature", "the key is on a curve, and this is for RSA")
    if active.hash == "sha1":
        raise _unusable("active_auth.hash", "ECDSA does not go with sha1")
    digest = 8 * hashlib.new(active.hash).digest_size
    if curve is None or not 0 < secret < curve.n or curve.n.bit_length() < digest:
        raise _unusable("active_auth.key", "its curve does not serve with this hash function")
    return EcdsaSigner(curve, secret, active.hash, active.signature is Signature.DER)


def _integer(octets: bytes) -> bytes:
    value = int.from_bytes(octets, "big")
    return tlv.encode(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _unusable(key: str, why: str) -> SoftCardInvalid:
    return SoftCardInvalid(
        f"The software card's {key} cannot be used: {why}.",
        next_step="Personalise the card again.",
    )
