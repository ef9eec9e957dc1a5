"""The centre's own keys: one that opens what terminals seal, one that signs what it answers.

Lives here: making them and their public bytes. Not here: sealing and opening (`edge.wire.seal`)
and the folder on disk (`pilot`).
Source: HPKE suite MLKEM768-X25519; the private key is an ML-KEM seed (FIPS 203, 64 bytes) and
an X25519 key (32 bytes), the public one 1184 + 32 bytes.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519

from provisioning.office.pki import Rng, new_key, public_der

SEED_SIZE = 64  # bytes, d and z of FIPS 203
X25519_SIZE = 32  # bytes


@dataclass(frozen=True, slots=True)
class CentreKeys:
    """The seal key as its two seeds, and the ES256 signing key. Key ids follow from the keys."""

    seal_seed: bytes = field(repr=False)
    seal_x25519: bytes = field(repr=False)
    sign_key: ec.EllipticCurvePrivateKey = field(repr=False)

    def seal_private(self) -> hpke.MLKEM768X25519PrivateKey:
        """Return the hybrid private key as HPKE takes it."""
        return hpke.MLKEM768X25519PrivateKey(
            mlkem.MLKEM768PrivateKey.from_seed_bytes(self.seal_seed),
            x25519.X25519PrivateKey.from_private_bytes(self.seal_x25519),
        )

    @property
    def seal_public(self) -> bytes:
        """Return the hybrid public key: ML-KEM-768 (1184 bytes), then X25519 (32 bytes)."""
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(self.seal_seed).public_key()
        curve = x25519.X25519PrivateKey.from_private_bytes(self.seal_x25519).public_key()
        return kem.public_bytes_raw() + curve.public_bytes_raw()

    @property
    def sign_public(self) -> bytes:
        """Return the signing key's SubjectPublicKeyInfo, DER."""
        return public_der(self.sign_key.public_key())

    @property
    def seal_kid(self) -> str:
        """Return the seal key's id."""
        return seal_key_id(self.seal_public)

    @property
    def sign_kid(self) -> str:
        """Return the signing key's id."""
        return _kid("sign", self.sign_public)


def create_centre_keys(rng: Rng = os.urandom) -> CentreKeys:
    """Return fresh keys."""
    return CentreKeys(seal_seed=rng(SEED_SIZE), seal_x25519=rng(X25519_SIZE), sign_key=new_key(rng))


def seal_key_id(public: bytes) -> str:
    """Return the id of a seal key, which follows from its public half (1216 bytes)."""
    return _kid("seal", public)


def _kid(use: str, public: bytes) -> str:
    return f"{use}-{hashlib.sha256(public).hexdigest()[:16]}"
