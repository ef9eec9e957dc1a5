"""Active authentication: the chip signs a challenge. Nothing is judged here (`verify`).

Source: Doc 9303-11 section 6.1.3.
"""

from __future__ import annotations

from reader.apdu import INS, CommandApdu, Exchange
from reader.evidence import ActiveAuthRun

CHALLENGE_SIZE = 8  # bytes, section 6.1.2.1


def run(exchange: Exchange, challenge: bytes, *, le: int) -> ActiveAuthRun:
    """Send the challenge and keep what came back; a refusal is kept by its status word.

    `le` is the most signature bytes that card and reader carry in one answer.
    """
    if len(challenge) != CHALLENGE_SIZE:
        raise ValueError(f"the challenge is not {CHALLENGE_SIZE} bytes")
    answer = exchange(CommandApdu(0x00, INS.INTERNAL_AUTHENTICATE, 0x00, 0x00, challenge, le=le))
    response = answer.data if answer.ok else b""
    return ActiveAuthRun(challenge=challenge, response=response, sw=answer.sw)
