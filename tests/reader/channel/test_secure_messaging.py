"""Secure messaging against real chips' recordings, the software card, and tampering."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from provisioning.softcard.channel import SecureMessaging as SoftCardSide
from provisioning.softcard.command import Answer, Command
from reader import tlv
from reader.apdu import EXTENDED_LE, SHORT_LE, CommandApdu, ResponseApdu
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.secure_messaging import SecureMessaging, max_plain
from reader.errors import ChannelBroken
from tests.reader.channel.chip_side import ChipSide

KEYS = SessionKeys(CipherSuite.AES_128, bytes(range(16)), bytes(range(16, 32)))
READ = CommandApdu(0x00, 0xB0, 0x81, 0x00, le=0xDF)
MSE = 0x22
GENERAL_AUTHENTICATE = 0x86
# What each terminal said, from the specification: protocol, key reference, its public key.
SET_AT = {
    "at": "800A04007F00070202030202",
    "de": "800A04007F000702020302028401C3",
}


def answered(data: bytes, sw: int = 0x9000, counter: int = 1) -> bytes:
    """Return the software card's protected answer to its first command."""
    chip = SoftCardSide(KEYS.enc, KEYS.mac, counter)
    return chip.protect(Answer(data, sw)).to_bytes()


def opened(raw: bytes) -> ResponseApdu:
    """Open `raw` as the answer to the first command of a session."""
    session = SecureMessaging(KEYS)
    session.protect(READ)
    return session.unprotect(ResponseApdu.from_bytes(raw))


@pytest.mark.parametrize("country", ["at", "de"])
def test_a_real_chip_authentication(
    transcript: Callable[[str], dict[str, Any]], country: str
) -> None:
    """Every command comes out byte for byte; every answer's checksum holds; counters as told."""
    recording = transcript(f"chip-authentication-ecdh-{country}")
    before, after = (
        SessionKeys(
            CipherSuite.AES_128,
            bytes.fromhex(state["ksEnc"]),
            bytes.fromhex(state["ksMac"]),
        )
        for state in recording["secure_messaging_states_in_order"]
    )
    first, last = (int(value, 16) for value in recording["ssc_values_in_order"])
    key = recording["terminal_ephemeral_keys"][0]
    public = b"\x04" + bytes.fromhex(key["x"]) + bytes.fromhex(key["y"])
    old = SecureMessaging(before, counter=first)
    new = SecureMessaging(after)
    script = [
        (old, CommandApdu(0x00, MSE, 0x41, 0xA4, bytes.fromhex(SET_AT[country]))),
        (
            old,
            CommandApdu(
                0x00,
                GENERAL_AUTHENTICATE,
                0x00,
                0x00,
                tlv.encode(0x7C, tlv.encode(0x80, public)),
                le=SHORT_LE,
            ),
        ),
        (new, CommandApdu(0x00, 0xA4, 0x02, 0x0C, b"\x01\x0e")),
    ]
    answers = []
    for (session, command), exchanged in zip(script, recording["apdus"], strict=True):
        assert session.protect(command).to_bytes() == bytes.fromhex(exchanged["c"])
        raw = ResponseApdu.from_bytes(bytes.fromhex(exchanged["r"]))
        answers.append(session.unprotect(raw))
    assert answers == [
        ResponseApdu(b"", 0x9000),
        ResponseApdu(b"\x7c\x00", 0x9000),
        ResponseApdu(b"", 0x9000),
    ]
    assert new.counter == last


@given(
    data=st.binary(max_size=600), le=st.sampled_from([None, 1, 223, 256, 257, 5000, EXTENDED_LE])
)
def test_any_command_reaches_the_software_card(data: bytes, le: int | None) -> None:
    """Which reads it with code of its own: data, Le and header as they were given."""
    command = CommandApdu(0x00, 0xB0, 0x12, 0x34, data, le)
    sent = SecureMessaging(KEYS).protect(command).to_bytes()
    received = SoftCardSide(KEYS.enc, KEYS.mac).open_command(Command.from_bytes(sent))
    assert (received.ins, received.p1, received.p2) == (0xB0, 0x12, 0x34)
    assert received.data == data
    assert received.ne == le


@given(data=st.binary(max_size=3000), sw=st.integers(min_value=0x6000, max_value=0x9FFF))
def test_any_answer_of_the_software_card(data: bytes, sw: int) -> None:
    """Data and status come through as the chip gave them, errors included."""
    assert opened(answered(data, sw)) == ResponseApdu(data, sw)


@pytest.mark.parametrize("suite", [CipherSuite.AES_192, CipherSuite.AES_256])
def test_longer_keys(suite: CipherSuite) -> None:
    """AES-192 and AES-256 protect and open alike."""
    keys = SessionKeys(suite, b"\x01" * suite.key_size, b"\x02" * suite.key_size)
    chip = SoftCardSide(keys.enc, keys.mac)
    session = SecureMessaging(keys)
    command = Command.from_bytes(session.protect(READ).to_bytes())
    assert chip.open_command(command).ne == 0xDF
    answer = ResponseApdu.from_bytes(chip.protect(Answer(b"data")).to_bytes())
    assert session.unprotect(answer).data == b"data"


def test_the_largest_answers() -> None:
    """What fits an answer fits, and one byte more does not, whichever block the suite has."""
    assert max_plain(SHORT_LE, CipherSuite.AES_128) == 223
    assert max_plain(SHORT_LE, CipherSuite.TDES) == 231
    for suite in CipherSuite:
        keys = SessionKeys(suite, b"\x01" * suite.key_size, b"\x02" * suite.key_size)
        for size in (100, SHORT_LE, 300, 1000, 16382, EXTENDED_LE):
            most = max_plain(size, suite)
            assert len(ChipSide(keys).protect(bytes(most), 0x9000).data) <= size
            assert len(ChipSide(keys).protect(bytes(most + 1), 0x9000).data) > size - suite.block


def sealed(body: bytes, sw: int = 0x9000) -> ResponseApdu:
    """Put a right checksum behind whatever objects: the second message of a session."""
    padded = (2).to_bytes(16, "big") + body + b"\x80"
    mac = CMAC(algorithms.AES(KEYS.mac))
    mac.update(padded + bytes(-len(padded) % 16))
    return ResponseApdu(body + tlv.encode(0x8E, mac.finalize()[:8]), sw)


def encrypted(padded: bytes) -> bytes:
    """Encrypt whole blocks as the second message of a session."""
    block = Cipher(algorithms.AES(KEYS.enc), modes.ECB()).encryptor()  # noqa: S305 - the IV
    iv = block.update((2).to_bytes(16, "big"))
    return Cipher(algorithms.AES(KEYS.enc), modes.CBC(iv)).encryptor().update(padded)


STATUS = tlv.encode(0x99, b"\x90\x00")
PADDED = b"data\x80" + bytes(11)


def test_an_odd_instruction() -> None:
    """DO85 without padding indicator carries the data, both ways (section 9.8.4)."""
    session = SecureMessaging(KEYS)
    sent = session.protect(CommandApdu(0x00, 0xB1, 0x00, 0x00, b"\x54\x02\x80\x00", le=SHORT_LE))
    assert [item.tag for item in tlv.iterate(sent.data)] == [0x85, 0x97, 0x8E]
    answer = sealed(tlv.encode(0x85, encrypted(PADDED)) + STATUS)
    assert session.unprotect(answer).data == b"data"


def test_a_chip_that_takes_the_other_object() -> None:
    """DO85 to an even instruction, DO87 to an odd one: authentic, so it is read all the same."""
    for ins, body in (
        (0xB0, tlv.encode(0x85, encrypted(PADDED))),
        (0xB1, tlv.encode(0x87, b"\x01" + encrypted(PADDED))),
    ):
        session = SecureMessaging(KEYS)
        session.protect(CommandApdu(0x00, ins, 0x00, 0x00, le=SHORT_LE))
        assert session.unprotect(sealed(body + STATUS)).data == b"data"


def test_a_length_in_a_longer_form() -> None:
    """The checksum covers the bytes as they came, not as we would have written them."""
    value = b"\x01" + encrypted(PADDED)
    body = b"\x87\x82" + len(value).to_bytes(2, "big") + value + STATUS
    session = SecureMessaging(KEYS)
    session.protect(READ)
    assert session.unprotect(sealed(body)).data == b"data"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (CommandApdu(0x00, 0xB0, 0x00, 0x00, le=4), b"\x97\x01\x04"),
        (CommandApdu(0x00, 0xB0, 0x00, 0x00, le=SHORT_LE), b"\x97\x01\x00"),
        (CommandApdu(0x00, 0xB0, 0x00, 0x00, le=257), b"\x97\x02\x01\x01"),
        (CommandApdu(0x00, 0xB0, 0x00, 0x00, le=EXTENDED_LE), b"\x97\x02\x00\x00"),
        (CommandApdu(0x00, 0xB0, 0x00, 0x00, le=240, wide=True), b"\x97\x01\xf0"),
    ],
)
def test_the_length_wanted(command: CommandApdu, expected: bytes) -> None:
    """One byte in DO97 up to 256, two beyond; the outer Le asks for all there is, in its form."""
    sent = SecureMessaging(KEYS).protect(command)
    assert sent.data.startswith(expected)
    assert sent.le == (EXTENDED_LE if command.extended else SHORT_LE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        tlv.encode(0x87, b"\x01" + encrypted(PADDED)),
        STATUS + tlv.encode(0x87, b"\x01" + encrypted(PADDED)),
        tlv.encode(0x87, b"\x02" + encrypted(PADDED)) + STATUS,
        tlv.encode(0x87, b"\x01") + STATUS,
        tlv.encode(0x87, b"") + STATUS,
        tlv.encode(0x87, b"\x01" + bytes(15)) + STATUS,
        tlv.encode(0x87, b"\x01" + encrypted(bytes(16))) + STATUS,
        tlv.encode(0x87, b"\x01" + encrypted(b"\x80" + bytes(31))) + STATUS,
        tlv.encode(0x85, b"\x01" + encrypted(PADDED)) + STATUS,
        tlv.encode(0x87, encrypted(PADDED)) + STATUS,
        tlv.encode(0x85, b"") + STATUS,
        b"\x85\x10" + encrypted(bytes(16) + PADDED) + STATUS,
        b"\x87\x81" + STATUS,
        STATUS[1:],
        tlv.encode(0x81, b"plain") + STATUS,
        tlv.encode(0x87, b"\x01" + encrypted(PADDED)) * 2 + STATUS,
        tlv.encode(0x99, b"\x90"),
        tlv.encode(0x99, b"\x6a\x82"),
        b"\x87\x7f" + STATUS,
    ],
)
def test_objects_that_the_standard_does_not_have(body: bytes) -> None:
    """Even under a right checksum: missing, doubled, strange or contradicting objects."""
    session = SecureMessaging(KEYS)
    session.protect(READ)
    with pytest.raises(ChannelBroken):
        session.unprotect(sealed(body))


@pytest.mark.parametrize("data", [b"", b"some data of the card"])
def test_any_bit_of_an_answer_turned(data: bytes) -> None:
    """Nothing changed on the way is taken, the outer status word included."""
    whole = answered(data)
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        with pytest.raises(ChannelBroken):
            opened(bytes(changed))


def test_an_answer_cut_anywhere() -> None:
    """A part of an answer is none."""
    whole = answered(b"some data of the card")[:-2]
    for end in range(len(whole)):
        with pytest.raises(ChannelBroken):
            opened(whole[:end] + b"\x90\x00")


def test_an_answer_without_protection() -> None:
    """A bare status word, good or bad, ends the session (section 9.8.5)."""
    for raw in (b"\x90\x00", b"\x6a\x82", b"\x69\x88", b"data\x90\x00"):
        with pytest.raises(ChannelBroken):
            opened(raw)


@given(st.binary(max_size=400))
def test_any_bytes_for_an_answer(data: bytes) -> None:
    """Arbitrary bytes raise ChannelBroken and nothing else."""
    with pytest.raises(ChannelBroken):
        opened(data + b"\x90\x00")


@given(st.lists(st.tuples(st.sampled_from([0x85, 0x87, 0x8E, 0x97, 0x99]), st.binary(max_size=40))))
def test_any_objects_for_an_answer(items: list[tuple[int, bytes]]) -> None:
    """Well-formed objects in any order, under a right checksum, raise nothing else either."""
    body = b"".join(tlv.encode(tag, value) for tag, value in items)
    session = SecureMessaging(KEYS)
    session.protect(READ)
    with contextlib.suppress(ChannelBroken):
        assert session.unprotect(sealed(body)).sw == 0x9000
