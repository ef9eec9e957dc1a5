"""Secure messaging: every command and answer encrypted, counted and authenticated.

Lives here: the session with its send sequence counter, and the layer that wraps an `Exchange`.
Not here: the ciphers (`ciphers`), where the keys come from (`pace`, `bac`, `chip_auth`), and how
a protected command or answer too long for one APDU travels (`transmission`, the layer below).
Source: Doc 9303-11 section 9.8 (9.8.2 counter, 9.8.4 structure, 9.8.5 errors).

Commands and answers strictly take turns, and the counter moves with each. What does not fit that
ends the session, and nothing is sent in it afterwards: an answer without protection (the chip has
thrown its keys away, section 9.8.5), a malformed or wrong one, an error of the layer below in the
middle of an exchange, which leaves open whether the chip has counted the command. An error status
under a right checksum ends nothing: the chip counts on, and so does the session.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from reader import tlv
from reader.apdu import (
    EXTENDED_DATA,
    EXTENDED_LE,
    SHORT_DATA,
    SHORT_LE,
    CommandApdu,
    Exchange,
    ResponseApdu,
    make_command,
    make_response,
)
from reader.channel import ciphers
from reader.channel.blocks import CHECKSUM, pad, unpad
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.errors import ChannelBroken, MalformedData

_HEADER = 4  # bytes: CLA, INS, P1, P2
_SECURE = 0x0C  # class byte bits: secure messaging, header authenticated
_CRYPTOGRAM = 0x87  # with padding indicator, even instruction
_CRYPTOGRAM_ODD = 0x85  # without, odd instruction
_CRYPTOGRAMS = (_CRYPTOGRAM, _CRYPTOGRAM_ODD)
_PADDING_INDICATOR = b"\x01"
_LE_SHORT = b"\x97\x01"
_LE_EXTENDED = b"\x97\x02"
_STATUS = b"\x99\x02"
_MAC = b"\x8e\x08"
_MAC_OBJECT = len(_MAC) + CHECKSUM
_STATUS_AND_MAC = len(_STATUS) + 2 + _MAC_OBJECT  # bytes, the end of every answer


def max_plain(response_data: int, suite: CipherSuite) -> int:
    """Return the most plain bytes that fit a protected answer of `response_data` bytes."""
    length_field = 1 if response_data < 0x80 else 2 if response_data <= SHORT_LE else 4
    room = response_data - _STATUS_AND_MAC - 1 - length_field - len(_PADDING_INDICATOR)
    return room // suite.block * suite.block - 1


class SecureMessaging:
    """One session. Not thread-safe: the counter orders commands and answers strictly."""

    def __init__(self, keys: SessionKeys, *, counter: int = 0) -> None:
        """Begin with `counter` as the send sequence counter, zero but after BAC."""
        self._ciphers = ciphers.of(keys)
        self._block = block = keys.suite.block
        self._header_padding = pad(bytes(_HEADER), block)[_HEADER:]
        self._counter = counter
        self._counters = 1 << 8 * block
        """How many there are: the counter wraps, as a chip's does."""
        self._ready = True

    @property
    def counter(self) -> int:
        """The send sequence counter as last used."""
        return self._counter

    def over(self, lower: Exchange) -> Exchange:
        """Return the layer that protects what passes to `lower`."""

        def exchange(command: CommandApdu) -> ResponseApdu:
            return self.unprotect(lower(self.protect(command)))

        return exchange

    def protect(self, command: CommandApdu) -> CommandApdu:
        """Return the protected form of a plain command; the answer to it is due next.

        Raises ChannelBroken once the session has ended, ValueError for a command that no APDU
        carries protected, which leaves the session as it was.
        """
        if not self._ready:
            raise _broken("the secure channel has ended")
        counter = (self._counter + 1) % self._counters
        ssc = counter.to_bytes(self._block, "big")
        cla, ins, p1, p2, data, le, wide = command
        cla |= _SECURE
        body = b""
        if data:
            sealed = self._ciphers.encrypt(pad(data, self._block), ssc)
            if ins & 1:
                body = tlv.encode(_CRYPTOGRAM_ODD, sealed)
            else:
                body = tlv.encode(_CRYPTOGRAM, _PADDING_INDICATOR + sealed)
        if le is not None:
            body += _le_object(le)
        covered = ssc + bytes((cla, ins, p1, p2)) + self._header_padding
        if body:  # else there is nothing behind the header to be padded
            covered += pad(body, self._block)
        body += _MAC + self._ciphers.checksum(covered)
        if len(body) > EXTENDED_DATA:
            raise ValueError("the command data are longer than an APDU carries protected")
        extended = wide or len(body) > SHORT_DATA or (le is not None and le > SHORT_LE)
        self._counter = counter
        self._ready = False
        le = EXTENDED_LE if extended else SHORT_LE
        return make_command((cla, ins, p1, p2, body, le, False))

    def unprotect(self, answer: ResponseApdu) -> ResponseApdu:
        """Return the plain answer to the command protected last, an error status included.

        Raises ChannelBroken for an answer without a right checksum, with other data objects
        than the standard's, whose protected status is not the outer one, or to no command.
        """
        if self._ready:
            self._ready = False
            raise _broken("an answer came that no command asked for")
        self._counter = (self._counter + 1) % self._counters
        ssc = self._counter.to_bytes(self._block, "big")
        data, sw = answer
        if not data:
            raise _broken(f"the card answered without protection (status {sw:04X})")
        # Both objects at the end have one length only; what may vary stands before them.
        status = len(data) - _STATUS_AND_MAC
        checksum = len(data) - _MAC_OBJECT
        if status < 0 or data[checksum:-CHECKSUM] != _MAC:
            raise _broken("an answer has no checksum")
        # The bytes as received, not encoded anew: the checksum covers what was sent.
        expected = self._ciphers.checksum(ssc + pad(data[:checksum], self._block))
        if not hmac.compare_digest(data[-CHECKSUM:], expected):
            raise _broken("the checksum of an answer is wrong")
        if data[status:checksum] != _STATUS + sw.to_bytes(2, "big"):
            if data.startswith(_STATUS, status):
                raise _broken("the protected status differs from the outer one")
            raise _broken("an answer has no protected status")
        plain = self._reveal(data[:status], ssc) if status else b""
        self._ready = True
        return make_response((plain, sw))

    def _reveal(self, cryptogram: bytes, ssc: bytes) -> bytes:
        """Return the plain data. The tag alone tells the form: 87 has an indicator, 85 none.

        The standard ties 85 to odd instructions; either is read, for both are authenticated.
        """
        try:
            tag, head, length = tlv.header(cryptogram)
        except MalformedData as error:
            raise _broken("an answer is malformed") from error
        if head + length != len(cryptogram) or tag not in _CRYPTOGRAMS:
            raise _broken("an answer has unexpected data objects")
        if tag == _CRYPTOGRAM:
            if cryptogram[head : head + 1] != _PADDING_INDICATOR:
                raise _broken("the padding indicator is unknown")
            head += 1
        sealed = cryptogram[head:]
        if not sealed or len(sealed) % self._block:
            raise _broken("a cryptogram is not whole blocks")
        plain = unpad(self._ciphers.decrypt(sealed, ssc), self._block)
        if plain is None:
            raise _broken("the padding of an answer is wrong")
        return plain


@lru_cache(maxsize=64)  # the same few all the time
def _le_object(le: int) -> bytes:
    if not 1 <= le <= EXTENDED_LE:
        raise ValueError("Le is outside 1 to 65536")
    if le <= SHORT_LE:
        return _LE_SHORT + bytes((le & 0xFF,))
    return _LE_EXTENDED + (le & 0xFFFF).to_bytes(2, "big")


def _broken(why: str) -> ChannelBroken:
    return ChannelBroken(
        f"The protected connection to the card broke: {why}.",
        next_step="Lift the card and lay it again, flat and still.",
    )
