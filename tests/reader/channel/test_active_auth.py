"""Active authentication keeps what came, and judges nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reader.apdu import (
    EXTENDED_LE,
    SHORT_LE,
    Budget,
    CommandApdu,
    Exchange,
    Limits,
    ResponseApdu,
    plain_exchange,
)
from reader.channel import active_auth
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.secure_messaging import SecureMessaging
from reader.evidence import ActiveAuthRun
from reader.replay import Exchanged, Replay
from reader.transmission import transmission
from tests.reader.channel.chip_side import ChipSide
from tests.reader.line import ShortLine

CHALLENGE = bytes.fromhex("96302B0F3D7E7864")
SHORT = "008800000896302B0F3D7E786400"
EXTENDED = "0088000000000896302B0F3D7E78640000"


def answering(*exchanges: tuple[str, bytes], extended: bool = True) -> Exchange:
    """Return a chip that expects these commands, on a line that carries any answer."""
    card = Replay(Exchanged(bytes.fromhex(command), answer) for command, answer in exchanges)
    return transmission(plain_exchange(card, Budget(Limits(), lambda: 0.0)), extended=extended)


def test_a_real_chip(transcript: Callable[[str], dict[str, Any]]) -> None:
    """New Zealand, RSA, under 3DES: the command byte for byte, a signature as long as its key."""
    recording = transcript("active-authentication-rsa-nz")
    before, after = (int(value, 16) for value in recording["ssc_values_in_order"])
    state = recording["secure_messaging_states_in_order"][0]
    keys = SessionKeys(
        CipherSuite.TDES, bytes.fromhex(state["ksEnc"]), bytes.fromhex(state["ksMac"])
    )
    card = Replay.of_hex(recording["apdus"])
    session = SecureMessaging(keys, counter=before)
    plain = plain_exchange(card, Budget(Limits(), lambda: 0.0))
    (challenge,) = (bytes.fromhex(value) for value in recording["randoms_in_order"])
    run = active_auth.run(session.over(plain), challenge, le=SHORT_LE)
    assert (run.challenge, run.sw) == (challenge, 0x9000)
    assert len(run.response) == 1792 // 8
    assert session.counter == after
    assert card.finished


def test_a_signature() -> None:
    """The challenge goes out as section 6.1.3 has it; the answer comes home whole."""
    exchange = answering((SHORT, b"signature\x90\x00"))
    run = active_auth.run(exchange, CHALLENGE, le=SHORT_LE)
    assert run == ActiveAuthRun(CHALLENGE, b"signature", 0x9000)


def test_a_long_signature() -> None:
    """Where card and reader carry more, the command takes the extended form."""
    exchange = answering((EXTENDED, bytes(512) + b"\x90\x00"))
    assert len(active_auth.run(exchange, CHALLENGE, le=EXTENDED_LE).response) == 512


def test_a_long_signature_in_the_short_form() -> None:
    """RSA-2048 and longer: the card sends it in parts, and it comes home whole."""
    exchange = answering(
        (SHORT, b"\x01" * 256 + b"\x61\x00"),
        ("00C0000000", b"\x02" * 256 + b"\x61\x10"),
        ("00C0000010", b"\x03" * 16 + b"\x90\x00"),
        extended=False,
    )
    run = active_auth.run(exchange, CHALLENGE, le=SHORT_LE)
    assert run.response == b"\x01" * 256 + b"\x02" * 256 + b"\x03" * 16


@pytest.mark.parametrize("suite", [CipherSuite.TDES, CipherSuite.AES_256])
def test_a_long_signature_under_secure_messaging(suite: CipherSuite) -> None:
    """The parts are joined below the session, which opens them as one answer."""
    chip = ChipSide(SessionKeys(suite, b"\x01" * suite.key_size, b"\x02" * suite.key_size))
    session = SecureMessaging(chip.keys)
    signature = bytes(range(256)) * 2

    def card(command: CommandApdu) -> ResponseApdu:
        assert chip.open(command).data == CHALLENGE
        return chip.protect(signature, 0x9000)

    line = ShortLine(card)
    run = active_auth.run(session.over(transmission(line, extended=False)), CHALLENGE, le=SHORT_LE)
    assert run.response == signature
    assert len(line.commands) == 3
    assert session.counter == chip.counter == 2


@pytest.mark.parametrize("status", [0x6700, 0x6C40])
def test_a_protected_refusal_of_the_length(status: int) -> None:
    """The second command is a new one, under the next counter."""
    chip = ChipSide(SessionKeys(CipherSuite.TDES, bytes(16), bytes(16)))
    wanted: list[int | None] = []

    def card(command: CommandApdu) -> ResponseApdu:
        wanted.append(chip.open(command).le)
        return chip.protect(b"", status) if len(wanted) == 1 else chip.protect(bytes(64), 0x9000)

    session = SecureMessaging(chip.keys)
    secure = session.over(transmission(card, extended=True))
    run = active_auth.run(secure, CHALLENGE, le=EXTENDED_LE)
    assert run.response == bytes(64)
    assert wanted == [EXTENDED_LE, SHORT_LE if status == 0x6700 else 0x40]
    assert session.counter == chip.counter == 4


@pytest.mark.parametrize(
    ("refusal", "again"), [(b"\x67\x00", SHORT), (b"\x6c\x40", "008800000896302B0F3D7E786440")]
)
def test_a_card_that_dislikes_the_length(refusal: bytes, again: str) -> None:
    """Asked once more, in the short form or with the length it names."""
    exchange = answering((EXTENDED, refusal), (again, bytes(64) + b"\x90\x00"))
    assert len(active_auth.run(exchange, CHALLENGE, le=EXTENDED_LE).response) == 64


def test_a_refusal() -> None:
    """An empty response and the status word, with no error raised; data with it are dropped."""
    for data, sw in ((b"??", 0x6982), (b"", 0x6700), (b"", 0x6C00)):
        exchange = answering(("008800000896302B0F3D7E786400", data + sw.to_bytes(2, "big")))
        run = active_auth.run(exchange, CHALLENGE, le=SHORT_LE)
        assert run == ActiveAuthRun(CHALLENGE, b"", sw)


def test_a_challenge_of_another_length() -> None:
    """Eight bytes, says section 6.1.2.1."""
    with pytest.raises(ValueError, match="8 bytes"):
        active_auth.run(answering(("00", b"\x90\x00")), bytes(7), le=SHORT_LE)
