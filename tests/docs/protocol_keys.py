"""What the protocol's vectors are made from, and which of two signatures stays in them."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TERMINAL_KEY = ec.derive_private_key(0x1111, ec.SECP256R1())
CENTRE_KEY = ec.derive_private_key(0x2222, ec.SECP256R1())
TERMINAL, KID = "TT-0001", "sign-2026"
EPOCHS = ("00112233445566778899aabbccddeeff", "8899aabbccddeeff0011223344556677")


def kept(there: str, made: str) -> str:
    """Return the signed object that is there, if only its signature differs, else `made`."""
    return there if there.rsplit(".", 1)[0] == made.rsplit(".", 1)[0] else made
