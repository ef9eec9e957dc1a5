"""The two cipher families of a session: encryption and checksum under a pair of session keys.

Lives here: what depends on the suite, behind one seam, and what is kept from message to message.
Not here: the ciphers under a bare key (`blocks`), what is padded, counted and put under the
checksum (`secure_messaging`), and where the keys come from (`kdf`).
Source: Doc 9303-11 sections 9.8.6 (3DES) and 9.8.7 (AES).

All input is padded to whole blocks already. Making a CBC context costs ten times what AES takes
for an answer, so one of each direction serves a whole session: what CBC makes of a block is AES
of its sum with the block before, so that a context is brought to any IV by one block more,
whatever it was fed before. An instance is therefore not for two threads at once.
"""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from reader.channel import blocks
from reader.channel.blocks import CHECKSUM
from reader.channel.kdf import CipherSuite, SessionKeys

_ZERO = bytes(CipherSuite.AES_128.block)


class Ciphers(Protocol):
    """What one pair of session keys does. `counter` is the send sequence counter, one block."""

    def encrypt(self, padded: bytes, counter: bytes) -> bytes:
        """Return the cryptogram of whole blocks."""

    def decrypt(self, sealed: bytes, counter: bytes) -> bytes:
        """Return the plain blocks of a cryptogram."""

    def checksum(self, padded: bytes) -> bytes:
        """Return the checksum of whole blocks, the counter being the first of them."""


def of(keys: SessionKeys) -> Ciphers:
    """Return the ciphers of the keys' suite."""
    return TripleDesCiphers(keys) if keys.suite is CipherSuite.TDES else AesCiphers(keys)


class AesCiphers:
    """AES-CBC with IV = E(KS_Enc, SSC), and AES-CMAC cut to 8 bytes (section 9.8.7)."""

    def __init__(self, keys: SessionKeys) -> None:
        cipher = Cipher(algorithms.AES(keys.enc), modes.CBC(_ZERO))
        self._sealer = cipher.encryptor()
        self._opener = cipher.decryptor()
        self._last = _ZERO
        """The last block that came out of the sealer."""
        self._mac = CMAC(algorithms.AES(keys.mac))

    def encrypt(self, padded: bytes, counter: bytes) -> bytes:
        """Return the cryptogram of whole blocks."""
        return self._seal(counter, padded)[len(_ZERO) :]

    def decrypt(self, sealed: bytes, counter: bytes) -> bytes:
        """Return the plain blocks of a cryptogram."""
        return self._opener.update(self._seal(counter) + sealed)[len(_ZERO) :]

    def _seal(self, counter: bytes, padded: bytes = b"") -> bytes:
        """Return E(KS_Enc, counter), the IV, and behind it the cryptogram under that IV."""
        first = int.from_bytes(counter, "big") ^ int.from_bytes(self._last, "big")
        sealed = self._sealer.update(first.to_bytes(len(_ZERO), "big") + padded)
        self._last = sealed[-len(_ZERO) :]
        return sealed

    def checksum(self, padded: bytes) -> bytes:
        """Return the CMAC; the padding is secure messaging's own (section 9.8.1, note)."""
        mac = self._mac.copy()
        mac.update(padded)
        return mac.finalize()[:CHECKSUM]


class TripleDesCiphers:
    """Two-key 3DES-CBC with zero IV, and the retail MAC (section 9.8.6)."""

    def __init__(self, keys: SessionKeys) -> None:
        self._keys = keys

    def encrypt(self, padded: bytes, counter: bytes) -> bytes:
        """Return the cryptogram of whole blocks; the counter has no part in it."""
        return blocks.encrypt(CipherSuite.TDES, self._keys.enc, padded)

    def decrypt(self, sealed: bytes, counter: bytes) -> bytes:
        """Return the plain blocks of a cryptogram; the counter has no part in it."""
        return blocks.decrypt(CipherSuite.TDES, self._keys.enc, sealed)

    def checksum(self, padded: bytes) -> bytes:
        """Return the retail MAC."""
        return blocks.retail_mac(self._keys.mac, padded)
