"""Secure messaging, the chip's end, AES-128.

Lives here: checking and opening protected commands, protecting answers, the key derivation.
Not here: how the keys came about (`pace`), when a session ends (`chip`).
Source: Doc 9303-11 sections 9.7.1 and 9.8.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from provisioning.softcard.command import (
    CLA,
    MAX_ANSWER,
    SW,
    Answer,
    Command,
    Refused,
    expected,
)
from reader import tlv
from reader.errors import MalformedData

BLOCK = 16  # bytes
KEY = 16  # bytes
MAC = 8  # bytes
FOR_ENCRYPTION = 1
FOR_MAC = 2
FOR_PASSWORD = 3
PADDING_INDICATOR = 0x01
CRYPTOGRAM = 0x87
EXPECTED_LENGTH = 0x97
STATUS = 0x99
CHECKSUM = 0x8E
STATUS_AND_CHECKSUM = 4 + 10  # bytes of both objects


def derive_key(secret: bytes, purpose: int) -> bytes:
    """Return the 128-bit key of a shared secret (section 9.7.1.2: SHA-1, cut to 16 bytes)."""
    material = secret + purpose.to_bytes(4, "big")
    return hashlib.sha1(material, usedforsecurity=False).digest()[:KEY]


def cmac(key: bytes, data: bytes) -> bytes:
    """Return the first 8 bytes of the AES-CMAC."""
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()[:MAC]


def encrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def pad(data: bytes) -> bytes:
    """Pad by ISO/IEC 9797-1 method 2."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def unpad(data: bytes) -> bytes:
    """Take method 2 padding off. Raises Refused."""
    body = data.rstrip(b"\x00")
    if not body.endswith(b"\x80") or len(data) - len(body) >= BLOCK:
        raise Refused(SW.SM_OBJECT_INCORRECT)
    return body[:-1]


def room_in(ne: int) -> int:
    """Return how many plain bytes a protected answer of at most `ne` bytes carries."""
    size = min(ne, MAX_ANSWER) - STATUS_AND_CHECKSUM
    if size <= 0:
        return 0
    head = 2 + len(tlv.encode_length(size))
    return max(0, (size - head) // BLOCK * BLOCK - 1)


class SecureMessaging:
    """One session. The counter starts at zero and grows before every command and answer."""

    def __init__(self, key_enc: bytes, key_mac: bytes, counter: int = 0) -> None:
        self._key_enc = key_enc
        self._key_mac = key_mac
        self._counter = counter

    def open_command(self, command: Command) -> Command:
        """Check and decrypt a protected command. Raises Refused: the session is then over."""
        self._counter += 1
        if command.ne is None:
            raise Refused(SW.WRONG_LENGTH)
        covered, objects = _split(command.data)
        checksum = objects.pop(CHECKSUM)
        authenticated = pad(command.header) + (pad(covered) if covered else b"")
        if not hmac.compare_digest(self._mac(authenticated), checksum):
            raise Refused(SW.SM_OBJECT_INCORRECT)
        le = objects.get(EXPECTED_LENGTH)
        ne, is_max = (None, False) if le is None else expected(le)
        cryptogram = objects.get(CRYPTOGRAM)
        return Command(
            cla=CLA.SECURED,
            ins=command.ins,
            p1=command.p1,
            p2=command.p2,
            data=b"" if cryptogram is None else self._decrypt(cryptogram),
            ne=ne,
            ne_is_max=is_max,
            room=room_in(command.ne),
        )

    def protect(self, answer: Answer) -> Answer:
        """Encrypt and authenticate an answer."""
        self._counter += 1
        body = b""
        if answer.data:
            sealed = encrypt_cbc(self._key_enc, self._iv(), pad(answer.data))
            body = tlv.encode(CRYPTOGRAM, bytes([PADDING_INDICATOR]) + sealed)
        body += tlv.encode(STATUS, answer.sw.to_bytes(2, "big"))
        return Answer(body + tlv.encode(CHECKSUM, self._mac(pad(body))), answer.sw)

    def _counter_block(self) -> bytes:
        return (self._counter % (1 << 8 * BLOCK)).to_bytes(BLOCK, "big")

    def _mac(self, padded: bytes) -> bytes:
        return cmac(self._key_mac, self._counter_block() + padded)

    def _iv(self) -> bytes:
        encryptor = Cipher(algorithms.AES(self._key_enc), modes.ECB()).encryptor()  # noqa: S305 one block: section 9.8.7.1
        return encryptor.update(self._counter_block()) + encryptor.finalize()

    def _decrypt(self, cryptogram: bytes) -> bytes:
        sealed = cryptogram[1:]
        if cryptogram[:1] != bytes([PADDING_INDICATOR]) or not sealed or len(sealed) % BLOCK:
            raise Refused(SW.SM_OBJECT_INCORRECT)
        return unpad(decrypt_cbc(self._key_enc, self._iv(), sealed))


def _split(data: bytes) -> tuple[bytes, dict[int, bytes]]:
    """Return the bytes under the checksum, and the objects: each once, in the fixed order."""
    order = (CRYPTOGRAM, EXPECTED_LENGTH, CHECKSUM)
    objects: dict[int, bytes] = {}
    covered = offset = 0
    next_allowed = 0
    try:
        while offset < len(data):
            item, end = tlv.parse_one(data, offset)
            if item.tag not in order[next_allowed:]:
                raise Refused(SW.SM_OBJECT_INCORRECT)
            next_allowed = order.index(item.tag) + 1
            objects[item.tag] = item.value
            if item.tag == CHECKSUM:
                covered = offset
            offset = end
    except MalformedData as error:
        raise Refused(SW.SM_OBJECT_INCORRECT) from error
    if CHECKSUM not in objects:
        raise Refused(SW.SM_OBJECT_MISSING)
    le = objects.get(EXPECTED_LENGTH)
    if le is not None and len(le) not in {1, 2}:
        raise Refused(SW.SM_OBJECT_INCORRECT)
    return data[:covered], objects
