"""What a chip made of a password, where it did not open: the outcome PACE and BAC share.

Not here: the password itself and its states (`evidence`), how each protocol finds out (`pace`,
`bac`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reader.evidence import PasswordState


@dataclass(frozen=True, slots=True)
class PasswordRefused:
    """The run ended at the password; NONE_GIVEN where the chip has no password of this kind."""

    state: PasswordState
    tries_left: int | None
    """As the chip tells; None where it does not count, or has not said."""
