"""Keys from secrets: the derivation function of Doc 9303, and the ciphers it is for.

Lives here: KDF, the encodings of passwords, the pair of session keys with its cipher suite.
Not here: what is done with the keys (`ciphers`), the key seed of basic access control (`bac`).
Source: Doc 9303-11 section 9.7 (9.7.1.1 3DES, 9.7.1.2 AES, 9.7.3 PACE, 9.7.4 secure messaging).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum, unique

from reader.errors import MalformedData
from reader.evidence import Password, PasswordKind

_COUNTER_ENC = 1
_COUNTER_MAC = 2
_COUNTER_PASSWORD = 3
_LOW_SEVEN = 0xFE  # of an octet of a DES key; the lowest bit is parity


@unique
class CipherSuite(Enum):
    """What secure messaging encrypts and authenticates with: name, key and block size in bytes."""

    TDES = ("3DES-CBC-CBC", 16, 8)
    """Two keys of 56 bits, K1 K2 K1; retail MAC (ISO/IEC 9797-1 algorithm 3)."""
    AES_128 = ("AES-CBC-CMAC-128", 16, 16)
    AES_192 = ("AES-CBC-CMAC-192", 24, 16)
    AES_256 = ("AES-CBC-CMAC-256", 32, 16)

    def __init__(self, label: str, key_size: int, block: int) -> None:
        self.label = label
        self.key_size = key_size
        self.block = block


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """KS_Enc and KS_MAC of one suite."""

    suite: CipherSuite
    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not len(self.enc) == len(self.mac) == self.suite.key_size:
            raise ValueError("session keys are two keys of their suite's size")


def kdf(secret: bytes, counter: int, suite: CipherSuite) -> bytes:
    """Return a key of the suite: H(secret || counter), cut to size.

    H is SHA-1 for keys of 16 bytes, else SHA-256. SHA-1 is the standard's choice here
    (9.7.1.1, 9.7.1.2); nothing depends on its collision resistance. Keys for 3DES come with
    their parity bits adjusted.
    """
    message = secret + counter.to_bytes(4, "big")
    if suite.key_size > 16:
        return hashlib.sha256(message).digest()[: suite.key_size]
    key = hashlib.sha1(message, usedforsecurity=False).digest()[:16]
    return _with_parity(key) if suite is CipherSuite.TDES else key


def session_keys(shared_secret: bytes, suite: CipherSuite) -> SessionKeys:
    """Return the keys of secure messaging from the agreed secret K."""
    return SessionKeys(
        suite,
        enc=kdf(shared_secret, _COUNTER_ENC, suite),
        mac=kdf(shared_secret, _COUNTER_MAC, suite),
    )


def password_key(password: Password, suite: CipherSuite) -> bytes:
    """Return K_pi, which encrypts the nonce. Raises MalformedData as `encode_password` does."""
    return kdf(encode_password(password), _COUNTER_PASSWORD, suite)


def encode_password(password: Password) -> bytes:
    """Return the octets that keys derive from (table 14: MRZ by SHA-1, CAN as characters).

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
    return encoded


def _with_parity(key: bytes) -> bytes:
    """Set the lowest bit of each octet so that its bits set are odd in number."""
    return bytes((octet & _LOW_SEVEN) | ((octet & _LOW_SEVEN).bit_count() + 1) % 2 for octet in key)
