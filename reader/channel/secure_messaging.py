"""Secure messaging with AES: every command and answer encrypted, counted and authenticated.

Lives here: the session with its send sequence counter, and the layer that wraps an `Exchange`.
Not here: where the keys come from (`pace`). 3DES is not offered.
Source: Doc 9303-11 section 9.8 (9.8.2 counter, 9.8.4 structure, 9.8.5 errors, 9.8.7 AES).

A session ends with its first error: a missing, malformed or wrong answer is never passed on, and
nothing is sent after it.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from reader import tlv
from reader.apdu import (
    EXTENDED_LE,
    SHORT_LE,
    CommandApdu,
    Exchange,
    ResponseApdu,
)
from reader.channel.kdf import SessionKeys
from reader.errors import ChannelBroken, MalformedData

_BLOCK = 16  # bytes
_MAC = 8  # bytes
_SECURE = 0x0C  # class byte bits: secure messaging, header authenticated
_PADDING = b"\x80"
_CRYPTOGRAM = 0x87  # with padding indicator, even instruction
_CRYPTOGRAM_ODD = 0x85  # without, odd instruction
_LE = 0x97
_STATUS = 0x99
_CHECKSUM = 0x8E
_PADDING_INDICATOR = b"\x01"
_STATUS_AND_MAC = 4 + 10  # bytes of DO99 and DO8E in an answer


def max_plain(response_data: int) -> int:
    """Return the most plain bytes that fit a protected answer of `response_data` bytes."""
    length_field = 1 if response_data < 0x80 else 2 if response_data <= SHORT_LE else 4
    room = response_data - _STATUS_AND_MAC - 1 - length_field - len(_PADDING_INDICATOR)
    return room // _BLOCK * _BLOCK - 1


_SHORT_PLAIN = max_plain(SHORT_LE)  # bytes


class SecureMessaging:
    """One session. Not thread-safe: the counter orders commands and answers strictly."""

    def __init__(self, keys: SessionKeys, *, counter: int = 0) -> None:
        """Begin with `counter` as the send sequence counter; PACE and CA begin at zero."""
        self._enc = algorithms.AES(keys.enc)
        # One block each, the IVs; made once, for making a cipher costs more than a block.
        self._blocks = Cipher(self._enc, modes.ECB()).encryptor()  # noqa: S305
        self._mac = CMAC(algorithms.AES(keys.mac))
        self._counter = counter
        self._broken = False

    @property
    def counter(self) -> int:
        """The send sequence counter as last used."""
        return self._counter

    def over(self, lower: Exchange) -> Exchange:
        """Return the layer that protects what passes to `lower`."""

        def exchange(command: CommandApdu) -> ResponseApdu:
            sent = self.protect(command)
            try:
                received = lower(sent)
            except Exception:
                self._broken = True
                raise
            return self.unprotect(received, odd=bool(command.ins & 1))

        return exchange

    def protect(self, command: CommandApdu) -> CommandApdu:
        """Return the protected form of a plain command. Raises ChannelBroken once broken."""
        if self._broken:
            raise _broken("the secure channel has ended")
        self._counter += 1
        cla = command.cla | _SECURE
        body = b""
        if command.data:
            sealed = self._encrypt(_pad(command.data))
            if command.ins & 1:
                body += tlv.encode(_CRYPTOGRAM_ODD, sealed)
            else:
                body += tlv.encode(_CRYPTOGRAM, _PADDING_INDICATOR + sealed)
        if command.le is not None:
            body += tlv.encode(_LE, _le_field(command.le))
        header = bytes((cla, command.ins, command.p1, command.p2))
        body += tlv.encode(_CHECKSUM, self._checksum(_pad(header) + body))
        wide = command.extended or len(body) > 0xFF
        return CommandApdu(
            cla, command.ins, command.p1, command.p2, body, EXTENDED_LE if wide else SHORT_LE
        )

    def unprotect(self, answer: ResponseApdu, *, odd: bool = False) -> ResponseApdu:
        """Return the plain answer; `odd` where the instruction was odd (DO85 for DO87).

        Raises ChannelBroken for an answer without a right checksum, with other data objects
        than the standard's, or whose protected status is not the outer one.
        """
        self._counter += 1
        try:
            plain = self._open(answer, _CRYPTOGRAM_ODD if odd else _CRYPTOGRAM)
        except MalformedData as error:
            self._broken = True
            raise _broken("an answer is malformed") from error
        except ChannelBroken:
            self._broken = True
            raise
        return plain

    def _open(self, answer: ResponseApdu, cryptogram: int) -> ResponseApdu:
        if not answer.data:
            raise _broken(f"the card answered without protection (status {answer.sw:04X})")
        items = list(tlv.iterate(answer.data))
        checksum = items.pop()
        if checksum.tag != _CHECKSUM or len(checksum.value) != _MAC:
            raise _broken("an answer has no checksum")
        # The bytes as received, not re-encoded: the checksum covers what was sent.
        covered = answer.data[: -len(checksum.to_bytes())]
        if not hmac.compare_digest(checksum.value, self._checksum(covered)):
            raise _broken("the checksum of an answer is wrong")
        if not items or items[-1].tag != _STATUS or len(items[-1].value) != 2:
            raise _broken("an answer has no protected status")
        if int.from_bytes(items.pop().value, "big") != answer.sw:
            raise _broken("the protected status differs from the outer one")
        if not items:
            return ResponseApdu(b"", answer.sw)
        if len(items) != 1 or items[0].tag != cryptogram:
            raise _broken("an answer has unexpected data objects")
        return ResponseApdu(self._reveal(items[0].value, cryptogram), answer.sw)

    def _reveal(self, value: bytes, cryptogram: int) -> bytes:
        if cryptogram == _CRYPTOGRAM:
            if value[:1] != _PADDING_INDICATOR:
                raise _broken("the padding indicator is unknown")
            value = value[1:]
        if not value or len(value) % _BLOCK:
            raise _broken("a cryptogram is not whole blocks")
        opener = self._cbc().decryptor()
        return _unpad(opener.update(value) + opener.finalize())

    def _encrypt(self, padded: bytes) -> bytes:
        sealer = self._cbc().encryptor()
        return sealer.update(padded) + sealer.finalize()

    def _cbc(self) -> Cipher[modes.CBC]:
        """Return the cipher with IV = E(KS_Enc, SSC), section 9.8.7.1."""
        return Cipher(self._enc, modes.CBC(self._blocks.update(self._ssc())))

    def _checksum(self, covered: bytes) -> bytes:
        """CMAC over counter and data, padded by secure messaging itself, section 9.8.7.2."""
        mac = self._mac.copy()
        mac.update(_pad(self._ssc() + covered))
        return mac.finalize()[:_MAC]

    def _ssc(self) -> bytes:
        return (self._counter % (1 << 8 * _BLOCK)).to_bytes(_BLOCK, "big")


def _le_field(le: int) -> bytes:
    if le > SHORT_LE:
        return (le & 0xFFFF).to_bytes(2, "big")
    return bytes([le & 0xFF])


def _pad(data: bytes) -> bytes:
    """ISO/IEC 9797-1 padding method 2 to whole blocks."""
    padded = data + _PADDING
    return padded + bytes(-len(padded) % _BLOCK)


def _unpad(data: bytes) -> bytes:
    bare = data.rstrip(b"\x00")
    if bare[-1:] != _PADDING or len(data) - len(bare) >= _BLOCK:
        raise _broken("the padding of an answer is wrong")
    return bare[:-1]


def _broken(why: str) -> ChannelBroken:
    return ChannelBroken(
        f"The protected connection to the card broke: {why}.",
        next_step="Lift the card and lay it again, flat and still.",
    )
