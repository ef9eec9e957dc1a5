"""The block ciphers of the suites under a bare key: CBC, padding, the checksums of tokens.

Lives here: what PACE encrypts and authenticates with before there is a session. Not here: key
derivation (`kdf`), and protected commands with their counter (`secure_messaging`).
Source: Doc 9303-11 sections 4.4.3.3 (nonce), 4.4.3.4 (token), 9.7.1.1 (3DES keys); ISO/IEC 9797-1
(padding method 2, MAC algorithm 3); SP 800-38B (CMAC).
"""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from reader.channel.kdf import CipherSuite

CHECKSUM = 8  # bytes of a checksum, whatever the suite
_MARK = b"\x80"
_PADDING = _MARK + bytes(15)  # of the longest block
_DES_KEY = 8  # bytes
_DES_BLOCK = 8  # bytes


def encrypt(suite: CipherSuite, key: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks in CBC mode, IV zero."""
    turn = _cbc(suite, key, bytes(suite.block)).encryptor()
    return turn.update(data) + turn.finalize()


def decrypt(suite: CipherSuite, key: bytes, data: bytes, iv: bytes | None = None) -> bytes:
    """Decrypt whole blocks in CBC mode; without `iv` it is zero."""
    turn = _cbc(suite, key, bytes(suite.block) if iv is None else iv).decryptor()
    return turn.update(data) + turn.finalize()


def token(suite: CipherSuite, key: bytes, data: bytes) -> bytes:
    """Return the checksum over data of any length: each algorithm pads for itself."""
    return tokens(suite, key, data)[0]


def tokens(suite: CipherSuite, key: bytes, *data: bytes) -> list[bytes]:
    """Return `token` of each of `data`, the key scheduled once."""
    if suite is CipherSuite.TDES:
        return [retail_mac(key, pad(one, _DES_BLOCK)) for one in data]
    keyed = CMAC(algorithms.AES(key))
    made: list[bytes] = []
    for one in data:
        mac = keyed.copy()
        mac.update(one)
        made.append(mac.finalize()[:CHECKSUM])
    return made


def retail_mac(key: bytes, blocks: bytes) -> bytes:
    """Return MAC algorithm 3 over whole blocks, at least one, with a key K1 K2 of 16 bytes.

    All blocks but the last are chained with DES under K1, the last with 3DES under K1 K2 K1,
    which is DES, and then the decryption under K2 and encryption under K1 that the standard adds.
    """
    before, last = blocks[:-_DES_BLOCK], blocks[-_DES_BLOCK:]
    chained = bytes(_DES_BLOCK)
    if before:
        single = Cipher(TripleDES(key[:_DES_KEY] * 3), modes.CBC(chained)).encryptor()
        chained = (single.update(before) + single.finalize())[-_DES_BLOCK:]
    turn = _cbc(CipherSuite.TDES, key, chained).encryptor()
    return turn.update(last) + turn.finalize()


def pad(data: bytes, block: int) -> bytes:
    """Pad to whole blocks by method 2, with at least one byte."""
    return data + _PADDING[: block - len(data) % block]


def unpad(data: bytes, block: int) -> bytes | None:
    """Take the padding of method 2 off; None where it is not right."""
    bare = data.rstrip(b"\x00")
    if bare[-1:] != _MARK or len(data) - len(bare) >= block:
        return None
    return bare[:-1]


def _cbc(suite: CipherSuite, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    """Return the cipher; 3DES with two keys takes the first again as its third."""
    if suite is CipherSuite.TDES:
        return Cipher(TripleDES(key + key[:_DES_KEY]), modes.CBC(iv))
    return Cipher(algorithms.AES(key), modes.CBC(iv))
