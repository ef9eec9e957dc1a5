"""Keys from secrets: the derivation function of Doc 9303.

Lives here: KDF, the password encodings of PACE, and the pair of session keys. AES only; 3DES is
not offered.
Source: Doc 9303-11 section 9.7 (9.7.1.2 AES, 9.7.3 PACE, 9.7.4 secure messaging).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from reader.errors import MalformedData
from reader.evidence import Password, PasswordKind

KEY_SIZES = (16, 24, 32)  # bytes: AES-128, AES-192, AES-256

_COUNTER_ENC = 1
_COUNTER_MAC = 2
_COUNTER_PASSWORD = 3


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """KS_Enc and KS_MAC, AES keys of equal size."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.enc) != len(self.mac) or len(self.enc) not in KEY_SIZES:
            raise ValueError("session keys are two AES keys of one size")


def kdf(secret: bytes, counter: int, key_size: int) -> bytes:
    """Return `key_size` bytes of H(secret || counter), H being SHA-1 for 16 bytes, else SHA-256.

    SHA-1 is the standard's choice here (9.7.1.2); nothing depends on its collision resistance.
    """
    message = secret + counter.to_bytes(4, "big")
    if key_size == 16:
        return hashlib.sha1(message, usedforsecurity=False).digest()[:16]
    return hashlib.sha256(message).digest()[:key_size]


def session_keys(shared_secret: bytes, key_size: int) -> SessionKeys:
    """Return the keys of secure messaging from the agreed secret K."""
    return SessionKeys(
        enc=kdf(shared_secret, _COUNTER_ENC, key_size),
        mac=kdf(shared_secret, _COUNTER_MAC, key_size),
    )


def password_key(password: Password, key_size: int) -> bytes:
    """Return K_pi, which encrypts the nonce (table 14: MRZ by SHA-1, CAN as characters).

    Raises MalformedData for characters that the encoding lacks: no try of the card is spent.
    """
    try:
        encoded = password.value.encode("latin-1")
    except UnicodeEncodeError:
        raise MalformedData(
            "The password has characters that no card uses.",
            next_step="Type it again as it is printed on the card.",
        ) from None
    if password.kind is PasswordKind.MRZ:
        encoded = hashlib.sha1(encoded, usedforsecurity=False).digest()
    return kdf(encoded, _COUNTER_PASSWORD, key_size)
