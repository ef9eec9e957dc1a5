"""The symmetric side of a session: ciphers, checksums, padding, keys from secrets.

Lives here: the four suites of Doc 9303 and what is computed with them. Not here: the forms of
protected commands and answers (`channel`), the protocols that agree on secrets.
Sources: Doc 9303-11 sections 4.4.3.4 (token), 9.7.1 (keys), 9.8.6 (3DES), 9.8.7 (AES);
ISO/IEC 9797-1:2011 (padding method 2, MAC algorithm 3).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import Enum, unique

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

MAC = 8  # bytes of every checksum and token
DES_KEY = 8  # bytes
SHA1_KEYS_UP_TO = 16  # bytes; longer keys come from SHA-256
FOR_ENCRYPTION = 1
FOR_MAC = 2
FOR_PASSWORD = 3
MARK = b"\x80"  # begins the padding


@unique
class Suite(Enum):
    """A block cipher with its checksum: name in the standard, key and block size in bytes."""

    TDES = ("3DES-CBC-CBC", 16, 8)
    AES_128 = ("AES-CBC-CMAC-128", 16, 16)
    AES_192 = ("AES-CBC-CMAC-192", 24, 16)
    AES_256 = ("AES-CBC-CMAC-256", 32, 16)

    def __init__(self, label: str, key_size: int, block: int) -> None:
        self.label = label
        self.key_size = key_size
        self.block = block

    def derive(self, secret: bytes, purpose: int) -> bytes:
        """Return KDF(secret, purpose), cut to the key's size; DES parity is left as it falls."""
        material = secret + purpose.to_bytes(4, "big")
        if self.key_size <= SHA1_KEYS_UP_TO:
            return hashlib.sha1(material, usedforsecurity=False).digest()[: self.key_size]
        return hashlib.sha256(material).digest()[: self.key_size]

    def encrypt(self, key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
        """Encrypt whole blocks in CBC mode; without `iv` it is all zero."""
        encryptor = self._cbc(key, iv).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def decrypt(self, key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
        """Decrypt whole blocks in CBC mode."""
        decryptor = self._cbc(key, iv).decryptor()
        return decryptor.update(data) + decryptor.finalize()

    def pad(self, data: bytes) -> bytes:
        """Pad to whole blocks by method 2."""
        return data + MARK + bytes(-(len(data) + 1) % self.block)

    def unpad(self, data: bytes) -> bytes | None:
        """Take method 2 padding off; None where there is none."""
        body = data.rstrip(b"\x00")
        if not body.endswith(MARK) or len(data) - len(body) >= self.block:
            return None
        return body[:-1]

    def checksum(self, key: bytes, blocks: bytes) -> bytes:
        """Return the checksum of secure messaging over padded data (sections 9.8.6.2, 9.8.7.2)."""
        return _retail_mac(key, blocks) if self is Suite.TDES else _cmac(key, blocks)

    def token(self, key: bytes, data: bytes) -> bytes:
        """Return the checksum over data of any length, padded by the algorithm itself."""
        return _retail_mac(key, self.pad(data)) if self is Suite.TDES else _cmac(key, data)

    def message_iv(self, key: bytes, counter: bytes) -> bytes:
        """Return the IV under which a message with this counter is encrypted."""
        if self is Suite.TDES:
            return bytes(self.block)
        return self.encrypt(key, counter)

    def _cbc(self, key: bytes, iv: bytes | None) -> Cipher[modes.CBC]:
        mode = modes.CBC(bytes(self.block) if iv is None else iv)
        if self is Suite.TDES:
            return Cipher(TripleDES(key + key[:DES_KEY]), mode)
        return Cipher(algorithms.AES(key), mode)


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """KS_Enc and KS_MAC of one suite."""

    suite: Suite
    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)

    @classmethod
    def from_secret(cls, suite: Suite, secret: bytes) -> SessionKeys:
        """Return the keys of a shared secret (section 9.7.4)."""
        return cls(suite, suite.derive(secret, FOR_ENCRYPTION), suite.derive(secret, FOR_MAC))


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()[:MAC]


def _retail_mac(key: bytes, blocks: bytes) -> bytes:
    """MAC algorithm 3: chain with the first key, then decrypt and encrypt the last block."""
    first, second = key[:DES_KEY], key[DES_KEY:]
    chained = _des(first, blocks, decrypt=False)[-DES_KEY:]
    return _des(first, _des(second, chained, decrypt=True), decrypt=False)


def _des(key: bytes, blocks: bytes, *, decrypt: bool) -> bytes:
    """Single DES in CBC mode with zero IV: 3DES with three equal keys is nothing else."""
    cipher = Cipher(TripleDES(key * 3), modes.CBC(bytes(DES_KEY)))
    context = cipher.decryptor() if decrypt else cipher.encryptor()
    return context.update(blocks) + context.finalize()
