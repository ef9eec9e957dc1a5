"""Block ciphers under a bare key, against the standard's figures and another way to write them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from hypothesis import given
from hypothesis import strategies as st

from reader.channel import blocks
from reader.channel.kdf import CipherSuite

# Doc 9303-11 appendix D.3, steps 3 to 5.
K_ENC = bytes.fromhex("AB94FDECF2674FDFB9B391F85D7F76F2")
K_MAC = bytes.fromhex("7962D9ECE03D1ACD4C76089DCE131543")
S = bytes.fromhex("781723860C06C2264608F919887022120B795240CB7049B01C19B33E32804F0B")
E_IFD = bytes.fromhex("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2")
M_IFD = bytes.fromhex("5F1448EEA8AD90A7")


def test_3des_of_appendix_d() -> None:
    """Encryption with two keys, there and back, and the retail MAC over its cryptogram."""
    assert blocks.encrypt(CipherSuite.TDES, K_ENC, S) == E_IFD
    assert blocks.decrypt(CipherSuite.TDES, K_ENC, E_IFD) == S
    assert blocks.token(CipherSuite.TDES, K_MAC, E_IFD) == M_IFD


def des(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    """Single DES in CBC mode: 3DES with three equal keys."""
    cipher = Cipher(TripleDES(key * 3), modes.CBC(bytes(8)))
    turn = cipher.decryptor() if decrypt else cipher.encryptor()
    return turn.update(data) + turn.finalize()


@given(key=st.binary(min_size=16, max_size=16), data=st.binary(max_size=100))
def test_the_retail_mac_in_its_three_steps(key: bytes, data: bytes) -> None:
    """Chained with K1, the last block decrypted with K2 and encrypted with K1 (algorithm 3)."""
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 8)
    last = des(key[:8], padded)[-8:]
    expected = des(key[:8], des(key[8:], last, decrypt=True))
    assert blocks.token(CipherSuite.TDES, key, data) == expected
    assert blocks.retail_mac(key, padded) == expected


@pytest.mark.parametrize(
    ("suite", "key", "mac"),
    [
        (CipherSuite.AES_128, "2b7e151628aed2a6abf7158809cf4f3c", "dfa66747de9ae630"),
        (
            CipherSuite.AES_192,
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            "8a1de5be2eb31aad",
        ),
        (
            CipherSuite.AES_256,
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "aaf3d8f1de5640c2",
        ),
    ],
)
def test_the_cmac_of_sp_800_38b(suite: CipherSuite, key: str, mac: str) -> None:
    """Appendix D of that document, the message of 40 bytes; cut to eight bytes."""
    message = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411"
    )
    assert blocks.token(suite, bytes.fromhex(key), message).hex() == mac


@given(
    suite=st.sampled_from(list(CipherSuite)),
    count=st.integers(min_value=1, max_value=5),
    data=st.data(),
)
def test_encryption_there_and_back(suite: CipherSuite, count: int, data: st.DataObject) -> None:
    """For every suite; another IV turns up in the first block alone."""
    key = data.draw(st.binary(min_size=suite.key_size, max_size=suite.key_size))
    plain = data.draw(st.binary(min_size=count * suite.block, max_size=count * suite.block))
    sealed = blocks.encrypt(suite, key, plain)
    assert blocks.decrypt(suite, key, sealed) == plain
    iv = b"\x5a" * suite.block
    changed = bytes(a ^ b for a, b in zip(plain[: suite.block], iv, strict=True))
    assert blocks.decrypt(suite, key, sealed, iv) == changed + plain[suite.block :]


@given(data=st.binary(max_size=70), block=st.sampled_from([8, 16]))
def test_padding_there_and_back(data: bytes, block: int) -> None:
    """Whole blocks, at least a byte longer."""
    padded = blocks.pad(data, block)
    assert len(padded) % block == 0
    assert len(data) < len(padded) <= len(data) + block
    assert blocks.unpad(padded, block) == data


@pytest.mark.parametrize(
    "data", [b"", bytes(16), b"\x01" * 16, b"\x80" + bytes(16), b"\x01" * 15 + b"\x81"]
)
def test_padding_that_is_none(data: bytes) -> None:
    """No mark, or a mark more than a block from the end."""
    assert blocks.unpad(data, 16) is None
