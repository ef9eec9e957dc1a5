"""The ciphers of a session: right for each message, whatever came before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.channel import blocks, ciphers
from reader.channel.kdf import CipherSuite, SessionKeys


def keys_of(suite: CipherSuite) -> SessionKeys:
    """Return some keys of the suite."""
    return SessionKeys(suite, b"\x0f" * suite.key_size, bytes(range(suite.key_size)))


@given(st.integers(0, (1 << 128) - 1), st.integers(1, 20))
def test_the_initial_vector_of_aes(number: int, size: int) -> None:
    """IV = E(KS_Enc, SSC), says section 9.8.7.1; and CMAC under the other key."""
    for suite in (CipherSuite.AES_128, CipherSuite.AES_192, CipherSuite.AES_256):
        keys = keys_of(suite)
        counter, plain = number.to_bytes(16, "big"), bytes(16) * size
        iv = blocks.encrypt(suite, keys.enc, counter)
        sealed = ciphers.of(keys).encrypt(plain, counter)
        assert blocks.decrypt(suite, keys.enc, sealed, iv) == plain
        assert ciphers.of(keys).checksum(sealed) == blocks.token(suite, keys.mac, sealed)


@pytest.mark.parametrize("suite", list(CipherSuite))
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 1 << 64), st.booleans()), max_size=8))
def test_messages_one_after_the_other(
    suite: CipherSuite, messages: list[tuple[int, int, bool]]
) -> None:
    """No message depends on those before it, whichever were sealed or opened."""
    running = ciphers.of(keys_of(suite))
    for size, number, sealing in messages:
        plain = bytes((number + n) & 0xFF for n in range(size * suite.block))
        counter = (number % (1 << 8 * suite.block)).to_bytes(suite.block, "big")
        fresh = ciphers.of(keys_of(suite))
        sealed = fresh.encrypt(plain, counter)
        if sealing:
            assert running.encrypt(plain, counter) == sealed
        assert running.decrypt(sealed, counter) == plain
        assert running.checksum(counter + sealed) == fresh.checksum(counter + sealed)
