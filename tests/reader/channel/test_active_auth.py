"""Active authentication keeps what came, and judges nothing."""

from __future__ import annotations

import pytest

from reader.apdu import EXTENDED_LE, SHORT_LE, Budget, Exchange, Limits, plain_exchange
from reader.channel import active_auth
from reader.evidence import ActiveAuthRun
from reader.replay import Exchanged, Replay

CHALLENGE = bytes.fromhex("96302B0F3D7E7864")


def answering(command: str, response: bytes) -> Exchange:
    """Return a chip that expects one command."""
    card = Replay([Exchanged(bytes.fromhex(command), response)])
    return plain_exchange(card, Budget(Limits(), lambda: 0.0))


def test_a_signature() -> None:
    """The challenge goes out as section 6.1.3 has it; the answer comes home whole."""
    exchange = answering("008800000896302B0F3D7E786400", b"signature\x90\x00")
    run = active_auth.run(exchange, CHALLENGE, le=SHORT_LE)
    assert run == ActiveAuthRun(CHALLENGE, b"signature", 0x9000)


def test_a_long_signature() -> None:
    """Where card and reader carry more, the command takes the extended form."""
    exchange = answering("0088000000000896302B0F3D7E78640000", bytes(512) + b"\x90\x00")
    assert len(active_auth.run(exchange, CHALLENGE, le=EXTENDED_LE).response) == 512


def test_a_refusal() -> None:
    """An empty response and the status word, with no error raised; data with it are dropped."""
    exchange = answering("008800000896302B0F3D7E786400", b"??\x69\x82")
    assert active_auth.run(exchange, CHALLENGE, le=SHORT_LE) == ActiveAuthRun(
        CHALLENGE, b"", 0x6982
    )


def test_a_challenge_of_another_length() -> None:
    """Eight bytes, says section 6.1.2.1."""
    with pytest.raises(ValueError, match="8 bytes"):
        active_auth.run(answering("00", b"\x90\x00"), bytes(7), le=SHORT_LE)
