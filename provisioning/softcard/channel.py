"""Secure messaging, the chip's end.

Lives here: checking and opening protected commands, protecting answers. Not here: the ciphers
(`suite`), how the keys came about (`pace`, `bac`, `chip_auth`), when a session ends (`chip`).
Source: Doc 9303-11 section 9.8.
"""

from __future__ import annotations

import hmac

from provisioning.softcard.command import (
    CLA,
    MAX_ANSWER,
    SW,
    Answer,
    Command,
    Refused,
    expected,
)
from provisioning.softcard.suite import SessionKeys, Suite
from reader import tlv
from reader.errors import MalformedData

PADDING_INDICATOR = b"\x01"
CRYPTOGRAM = 0x87  # behind an even instruction, with padding indicator
CRYPTOGRAM_ODD = 0x85  # behind an odd one, without
EXPECTED_LENGTH = 0x97
STATUS = 0x99
CHECKSUM = 0x8E
STATUS_AND_CHECKSUM = 4 + 10  # bytes of both objects


def room_in(limit: int, suite: Suite) -> int:
    """Return how many plain bytes a protected answer of at most `limit` bytes carries."""
    size = limit - STATUS_AND_CHECKSUM
    if size <= 0:
        return 0
    head = 2 + len(tlv.encode_length(size))
    return max(0, (size - head) // suite.block * suite.block - 1)


class SecureMessaging:
    """One session. The counter grows before every command and answer.

    It starts at zero, except after basic access control (section 9.8.6.3).
    """

    def __init__(
        self, key_enc: bytes, key_mac: bytes, counter: int = 0, suite: Suite = Suite.AES_128
    ) -> None:
        self._suite = suite
        self._key_enc = key_enc
        self._key_mac = key_mac
        self._counter = counter

    @classmethod
    def begin(cls, keys: SessionKeys, counter: int = 0) -> SecureMessaging:
        """Return the session of keys just agreed."""
        return cls(keys.enc, keys.mac, counter, keys.suite)

    def open_command(self, command: Command, limit: int | None = None) -> Command:
        """Check and decrypt a protected command.

        `limit` is how many bytes the protected answer may take, by default what Le asks for.
        Raises Refused: the session is then over.
        """
        self._counter += 1
        if command.ne is None:
            raise Refused(SW.WRONG_LENGTH)
        tag = CRYPTOGRAM_ODD if command.odd else CRYPTOGRAM
        covered, objects = _split(command.data, tag)
        checksum = objects.pop(CHECKSUM)
        authenticated = self._suite.pad(command.header)
        if covered:
            authenticated += self._suite.pad(covered)
        if not hmac.compare_digest(self._mac(authenticated), checksum):
            raise Refused(SW.SM_OBJECT_INCORRECT)
        le = objects.get(EXPECTED_LENGTH)
        ne, is_max = (None, False) if le is None else expected(le)
        cryptogram = objects.get(tag)
        return Command(
            cla=CLA.SECURED,
            ins=command.ins,
            p1=command.p1,
            p2=command.p2,
            data=b"" if cryptogram is None else self._decrypt(cryptogram, odd=command.odd),
            ne=ne,
            ne_is_max=is_max,
            room=room_in(min(command.ne, MAX_ANSWER) if limit is None else limit, self._suite),
        )

    def protect(self, answer: Answer, *, odd: bool = False) -> Answer:
        """Encrypt and authenticate an answer; `odd`: to an odd instruction."""
        self._counter += 1
        body = b""
        if answer.data:
            padded = self._suite.pad(answer.data)
            sealed = self._suite.encrypt(self._key_enc, padded, self._iv())
            body = (
                tlv.encode(CRYPTOGRAM_ODD, sealed)
                if odd
                else tlv.encode(CRYPTOGRAM, PADDING_INDICATOR + sealed)
            )
        body += tlv.encode(STATUS, answer.sw.to_bytes(2, "big"))
        checksum = self._mac(self._suite.pad(body))
        return Answer(body + tlv.encode(CHECKSUM, checksum), answer.sw)

    def _counter_block(self) -> bytes:
        size = self._suite.block
        return (self._counter % (1 << 8 * size)).to_bytes(size, "big")

    def _mac(self, padded: bytes) -> bytes:
        return self._suite.checksum(self._key_mac, self._counter_block() + padded)

    def _iv(self) -> bytes:
        return self._suite.message_iv(self._key_enc, self._counter_block())

    def _decrypt(self, cryptogram: bytes, *, odd: bool) -> bytes:
        sealed = cryptogram if odd else cryptogram.removeprefix(PADDING_INDICATOR)
        marked = odd or cryptogram.startswith(PADDING_INDICATOR)
        if not marked or not sealed or len(sealed) % self._suite.block:
            raise Refused(SW.SM_OBJECT_INCORRECT)
        plain = self._suite.unpad(self._suite.decrypt(self._key_enc, sealed, self._iv()))
        if plain is None:
            raise Refused(SW.SM_OBJECT_INCORRECT)
        return plain


def _split(data: bytes, cryptogram: int) -> tuple[bytes, dict[int, bytes]]:
    """Return the bytes under the checksum, and the objects: each once, in the fixed order."""
    order = (cryptogram, EXPECTED_LENGTH, CHECKSUM)
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
