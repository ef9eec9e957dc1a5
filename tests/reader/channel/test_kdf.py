"""Key derivation against the standard's own example and the definition."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from reader.channel.kdf import SessionKeys, kdf, password_key, session_keys
from reader.errors import MalformedData
from reader.evidence import Password, PasswordKind

Transcript = Callable[[str], dict[str, Any]]


def test_the_password_key_of_appendix_g(transcript: Transcript) -> None:
    """The MRZ example of Doc 9303-11 appendix G.1: K and K_pi as recorded."""
    recording = transcript("icao-9303-11-appendix-g-pace-gm-ecdh")
    information = recording["mrz_information"]
    digest = hashlib.sha1(information.encode(), usedforsecurity=False).hexdigest()
    assert digest == recording["K_sha1_of_mrz_information"]
    key = password_key(Password(PasswordKind.MRZ, information), 16)
    assert key.hex().upper() == "89DED1B26624EC1E634C1989302849DD"


def test_a_can_is_taken_as_its_characters() -> None:
    """Table 14: the CAN itself, followed by the counter 3."""
    wanted = hashlib.sha256(b"123456\x00\x00\x00\x03").digest()
    password = Password(PasswordKind.CAN, "123456")
    assert password_key(password, 32) == wanted
    assert password_key(password, 24) == wanted[:24]


def test_session_keys_of_each_size() -> None:
    """Counter 1 encrypts, counter 2 authenticates; SHA-1 for 16 bytes, else SHA-256."""
    for size, name in ((16, "sha1"), (24, "sha256"), (32, "sha256")):
        keys = session_keys(b"secret", size)
        assert keys.enc == hashlib.new(name, b"secret\x00\x00\x00\x01").digest()[:size]
        assert keys.mac == hashlib.new(name, b"secret\x00\x00\x00\x02").digest()[:size]
        assert kdf(b"secret", 1, size) == keys.enc


def test_a_password_that_cannot_be_encoded() -> None:
    """Malformed, and the message does not repeat it."""
    with pytest.raises(MalformedData) as caught:
        password_key(Password(PasswordKind.CAN, "đảng"), 16)
    assert "đảng" not in str(caught.value)


@pytest.mark.parametrize(("enc", "mac"), [(16, 24), (8, 8), (0, 0)])
def test_keys_that_are_no_pair(enc: int, mac: int) -> None:
    """Two AES keys of one size, or nothing."""
    with pytest.raises(ValueError, match="AES"):
        SessionKeys(bytes(enc), bytes(mac))


def test_keys_in_a_log() -> None:
    """Their representation shows none of their bytes."""
    assert "\\x" not in repr(SessionKeys(b"\xaa" * 16, b"\xbb" * 16))
