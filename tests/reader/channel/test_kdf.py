"""Key derivation against the standard's own example and the definition."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from reader.channel.kdf import CipherSuite, SessionKeys, kdf, password_key, session_keys
from reader.errors import MalformedData
from reader.evidence import Password, PasswordKind

Transcript = Callable[[str], dict[str, Any]]


def test_the_password_key_of_appendix_g(transcript: Transcript) -> None:
    """The MRZ example of Doc 9303-11 appendix G.1: K and K_pi as recorded."""
    recording = transcript("icao-9303-11-appendix-g-pace-gm-ecdh")
    information = recording["mrz_information"]
    digest = hashlib.sha1(information.encode(), usedforsecurity=False).hexdigest()
    assert digest == recording["K_sha1_of_mrz_information"]
    key = password_key(Password(PasswordKind.MRZ, information), CipherSuite.AES_128)
    assert key.hex().upper() == "89DED1B26624EC1E634C1989302849DD"


def test_a_can_is_taken_as_its_characters() -> None:
    """Table 14: the CAN itself, followed by the counter 3."""
    wanted = hashlib.sha256(b"123456\x00\x00\x00\x03").digest()
    password = Password(PasswordKind.CAN, "123456")
    assert password_key(password, CipherSuite.AES_256) == wanted
    assert password_key(password, CipherSuite.AES_192) == wanted[:24]


def test_session_keys_of_each_size() -> None:
    """Counter 1 encrypts, counter 2 authenticates; SHA-1 for 16 bytes, else SHA-256."""
    for suite, size, name in (
        (CipherSuite.AES_128, 16, "sha1"),
        (CipherSuite.AES_192, 24, "sha256"),
        (CipherSuite.AES_256, 32, "sha256"),
    ):
        keys = session_keys(b"secret", suite)
        assert keys.enc == hashlib.new(name, b"secret\x00\x00\x00\x01").digest()[:size]
        assert keys.mac == hashlib.new(name, b"secret\x00\x00\x00\x02").digest()[:size]
        assert kdf(b"secret", 1, suite) == keys.enc


def test_a_password_that_cannot_be_encoded() -> None:
    """Malformed, and the message does not repeat it."""
    with pytest.raises(MalformedData) as caught:
        password_key(Password(PasswordKind.CAN, "đảng"), CipherSuite.AES_128)
    assert "đảng" not in str(caught.value)


@pytest.mark.parametrize(("enc", "mac"), [(16, 24), (8, 8), (0, 0)])
def test_keys_that_are_no_pair(enc: int, mac: int) -> None:
    """Two keys of the suite's size, or nothing."""
    with pytest.raises(ValueError, match="suite"):
        SessionKeys(CipherSuite.AES_128, bytes(enc), bytes(mac))


def test_keys_in_a_log() -> None:
    """Their representation shows none of their bytes."""
    assert "\\x" not in repr(SessionKeys(CipherSuite.AES_128, b"\xaa" * 16, b"\xbb" * 16))


def test_the_keys_of_basic_access_control() -> None:
    """Doc 9303-11 appendix D.1: 3DES keys from a key seed, parity adjusted."""
    seed = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
    assert kdf(seed, 1, CipherSuite.TDES).hex() == "ab94fdecf2674fdfb9b391f85d7f76f2"
    assert kdf(seed, 2, CipherSuite.TDES).hex() == "7962d9ece03d1acd4c76089dce131543"
