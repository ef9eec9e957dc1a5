"""Data objects, files and protected answers of a card under the fuzzer.

Each raises ReaderError for what it refuses, and AssertionError for a promise that was broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reader import tlv
from reader.apdu import CommandApdu, ResponseApdu
from reader.channel import ciphers
from reader.channel.blocks import pad
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import ReaderError
from reader.lds import card_security, sod
from tests.reader.lds.generated import FILES

READ = CommandApdu(0x00, 0xB0, 0x81, 0x00, le=0xDF)
SUITES = tuple(CipherSuite)
OK = bytes.fromhex("99029000")
_COUNTER = 2  # of the answer to the first command

IN_MASTER_FILE = ("ATR/INFO", "DIR", "CardAccess")
Reader = tuple[Callable[[bytes], Any], Callable[[Any], bytes]]


def _readers(names: Iterable[str]) -> dict[str, Reader]:
    return {name: (FILES[name].parse, FILES[name].write) for name in names}


GROUPS: Mapping[str, Reader] = {
    **_readers(name for name in FILES if name not in IN_MASTER_FILE),
    "SOD": (sod.parse, lambda value: tlv.encode(0x77, value.content_info)),
}
COMMON: Mapping[str, Reader] = {
    **_readers(IN_MASTER_FILE),
    "CardSecurity": (card_security.parse, lambda value: bytes(value.to_bytes())),
}


def objects(data: bytes) -> None:
    """Cut data into objects: each byte is in one, by either way of walking, and they come back."""
    found = list(tlv.iterate(data))
    offset = 0
    for item in found:
        one, offset = tlv.parse_one(data, offset)
        assert one == item
    assert offset == len(data)
    shortest = b"".join(item.to_bytes() for item in found)
    assert list(tlv.iterate(shortest)) == found
    assert len(shortest) <= len(data)


def application_file(data: bytes) -> list[str]:
    """Read a file of the application by each parser, and return the names that took it."""
    return _read(GROUPS, data)


def master_file(data: bytes) -> None:
    """Read a file of the master file by each parser."""
    _read(COMMON, data)


def _read(readers: Mapping[str, Reader], data: bytes) -> list[str]:
    """Hold that what is read says the same when it was written and is read again."""
    refused: ReaderError | None = None
    taken: list[str] = []
    for name, (parse, write) in readers.items():
        try:
            value = parse(data)
        except ReaderError as error:
            refused = error
            continue
        assert parse(write(value)) == value, f"{name} says something else when written"
        taken.append(name)
    if not taken:
        raise refused or AssertionError("nothing was tried")
    return taken


def keys(suite: CipherSuite) -> SessionKeys:
    """Return fixed session keys."""
    return SessionKeys(suite, b"\x13" * suite.key_size, b"\x31" * suite.key_size)


def answered(suite: CipherSuite, inside: bytes) -> bytes:
    """Return the protected answer around `inside`, its checksum right, to the first command."""
    ssc = _COUNTER.to_bytes(suite.block, "big")
    covered = ssc + pad(inside, suite.block)
    return inside + b"\x8e\x08" + ciphers.of(keys(suite)).checksum(covered)


def sealed(suite: CipherSuite, plain: bytes, tag: int = 0x87) -> bytes:
    """Return a cryptogram object of the answer to the first command."""
    ssc = _COUNTER.to_bytes(suite.block, "big")
    text = ciphers.of(keys(suite)).encrypt(pad(plain, suite.block), ssc)
    return tlv.encode(tag, (b"\x01" if tag == 0x87 else b"") + text)


def protected_answer(data: bytes) -> None:
    """Open an answer under each suite: only what the chip itself protected is opened."""
    refused: ReaderError | None = None
    for suite in SUITES:
        try:
            plain = _open(suite, data)
        except ReaderError as error:
            refused = error
        else:
            assert data in (answered(suite, sealed(suite, plain.data) + OK), answered(suite, OK))
            return
    if refused is not None:
        raise refused


def protected_object(data: bytes) -> None:
    """Open an answer with `data` under a right checksum, as a hostile chip can make them."""
    refused: ReaderError | None = None
    for suite in SUITES:
        try:
            plain = _open(suite, answered(suite, data + OK))
        except ReaderError as error:
            refused = error
        else:
            assert len(plain.data) < max(1, len(data))
            return
    if refused is not None:
        raise refused


def _open(suite: CipherSuite, data: bytes) -> ResponseApdu:
    session = SecureMessaging(keys(suite))
    session.protect(READ)
    plain = session.unprotect(ResponseApdu(data, 0x9000))
    assert session.counter == _COUNTER
    return plain
