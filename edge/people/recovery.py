"""A forgotten PIN: the terminal asks, the office answers, once.

Lives here: the secret of a terminal, the challenge that its screen shows, the response that the
office reads out. Not here: how often somebody may answer (`lockout`), the counter's memory
(`store`).

    secret    = HKDF-SHA-256(office key, info = label and terminal), 32 bytes
    challenge = first 40 bits of HMAC-SHA-256(secret, label, terminal, role, counter)
    response  = first 40 bits of HMAC-SHA-256(secret, other label, the same, the challenge)

Both in Crockford's base 32, 8 characters. The challenge follows from the counter, so it survives
a power cut, and the office hears from it alone which role is meant and whether it was heard
right. The counter moves on with each accepted response and each right PIN: a response that nobody
used is worth nothing after that. One terminal's secret says nothing about another's.
Sources: RFC 2104, RFC 5869.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge import crockford
from edge.people.roles import Role

KEY_SIZE = 32  # bytes of the office key and of a terminal's secret
CHARACTERS = 8  # of challenge and response
MAX_COUNTER = 100_000
"""Uses of one secret; the office looks through all of them for a challenge."""
_SECRET = b"tramthe-recovery-secret-v1"
_CHALLENGE = b"tramthe-recovery-challenge-v1"
_RESPONSE = b"tramthe-recovery-response-v1"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a terminal holds: whose secret, and how often it was used."""

    terminal: str
    secret: bytes = field(repr=False)
    counter: int = 0

    def __post_init__(self) -> None:
        """Refuse another size or count: ValueError."""
        if len(self.secret) != KEY_SIZE or not 0 <= self.counter <= MAX_COUNTER:
            raise ValueError("not a terminal's recovery secret")

    @property
    def used_up(self) -> bool:
        """Return whether the office must give a new secret."""
        return self.counter == MAX_COUNTER

    def used(self) -> Recovery:
        """Return the state once this counter's challenge is over."""
        return Recovery(self.terminal, self.secret, min(self.counter + 1, MAX_COUNTER))

    def challenge(self, role: Role) -> str:
        """Return what the screen shows for a new PIN of this role."""
        return challenge(self.secret, self.terminal, role, self.counter)

    def accepts(self, role: Role, text: str) -> bool:
        """Return whether this is the office's response to the challenge shown now."""
        given = crockford.canonical(text) or ""
        expected = response(self.secret, self.terminal, role, self.counter)
        return hmac.compare_digest(given.encode(), expected.encode())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a challenge asks for."""

    role: Role
    counter: int


def secret_of(office_key: bytes, terminal: str) -> bytes:
    """Return the secret of this terminal."""
    info = _SECRET + b"\0" + terminal.encode()
    return HKDF(hashes.SHA256(), KEY_SIZE, salt=None, info=info).derive(office_key)


def challenge(secret: bytes, terminal: str, role: Role, counter: int) -> str:
    """Return the challenge of this role and counter."""
    return _code(secret, _CHALLENGE, terminal, role, str(counter))


def response(secret: bytes, terminal: str, role: Role, counter: int) -> str:
    """Return the one response to that challenge."""
    asked = challenge(secret, terminal, role, counter)
    return _code(secret, _RESPONSE, terminal, role, str(counter), asked)


def asked(secret: bytes, terminal: str, text: str) -> Asked | None:
    """Return what a challenge, as heard, asks for; None where this terminal never shows it."""
    heard = crockford.canonical(text)
    if heard is None or len(heard) != CHARACTERS:
        return None
    for counter in range(MAX_COUNTER):
        for role in Role:
            if challenge(secret, terminal, role, counter) == heard:
                return Asked(role, counter)
    return None


def _code(secret: bytes, *parts: bytes | str) -> str:
    """Return the code over the parts, each behind its length."""
    encoded = [part if isinstance(part, bytes) else part.encode() for part in parts]
    message = b"".join(len(part).to_bytes(2) + part for part in encoded)
    return crockford.encode(hmac.digest(secret, message, hashlib.sha256), CHARACTERS)
