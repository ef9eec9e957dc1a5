"""Active authentication: the chip signs a challenge. Nothing is judged here (`verify`).

Source: Doc 9303-11 section 6.1.3.
"""

from __future__ import annotations

from reader.apdu import INS, SHORT_LE, SW, CommandApdu, Exchange, exact_length
from reader.evidence import ActiveAuthRun

CHALLENGE_SIZE = 8  # bytes, section 6.1.2.1


def run(exchange: Exchange, challenge: bytes, *, le: int) -> ActiveAuthRun:
    """Send the challenge and keep what came back; a refusal is kept by its status word.

    `le` is the most signature bytes that card and reader carry in one answer: `SHORT_LE`, or
    `EXTENDED_LE` where both take extended length. A longer signature still comes whole where the
    card sends it in parts (`transmission`). A card that dislikes the length is asked once more,
    with the one it names, or the short form. The signature is not looked into: RSA, ECDSA plain
    or DER.
    """
    if len(challenge) != CHALLENGE_SIZE:
        raise ValueError(f"the challenge is not {CHALLENGE_SIZE} bytes")
    command = CommandApdu(0x00, INS.INTERNAL_AUTHENTICATE, 0x00, 0x00, challenge, le=le)
    answer = exchange(command)
    other = SHORT_LE if answer.sw == SW.WRONG_LENGTH else exact_length(answer.sw)
    if other is not None and other < le:
        answer = exchange(command._replace(le=other))
    response = answer.data if answer.ok else b""
    return ActiveAuthRun(challenge=challenge, response=response, sw=answer.sw)
