"""Who the examiner is to a centre: terminals made for it, or one that the office enrolled.

Lives here: identities and the certificates that only a question needs. Not here: what they send
(`run`), files (`provisioning.cli.centre_check`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A terminal: its id, its key, its certificate (DER)."""

    terminal: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)


def enrol(
    authority: Authority, terminal: str, at: datetime, *, begins: timedelta = -DAY, days: int = 2
) -> Identity:
    """Return a new terminal under an authority, its certificate valid from `at` + `begins`."""
    key = new_key()
    certificate = issue_terminal(
        authority, key.public_key(), terminal, at=at + begins, validity=days * DAY
    )
    return Identity(terminal, key, certificate)


def of_a_stranger(known: Identity, at: datetime) -> Identity:
    """Return the same terminal and key under an authority that nobody knows."""
    stranger = create_terminal_ca("Terminal CA", at=at - 3 * DAY)
    certificate = issue_terminal(
        stranger, known.key.public_key(), known.terminal, at=at - DAY, validity=2 * DAY
    )
    return Identity(known.terminal, known.key, certificate)
