"""Numbers of lists: above every one before, even where a folder was restored from an old copy."""

from __future__ import annotations

from datetime import datetime

from provisioning.ceremony.folder import AuthorityFolder

NUMBER = "list number"
"""The fact that carries one, in hexadecimal."""


def next_number(folder: AuthorityFolder, at: datetime) -> int:
    """Return the next list's number: the time in seconds, or one above the last."""
    return max(int(at.timestamp()), max(numbers(folder), default=0) + 1)


def numbers(folder: AuthorityFolder) -> list[int]:
    """Return the numbers of every list that this authority issued, oldest first."""
    return [int(e.facts[NUMBER], 16) for e in folder.ledger.entries if NUMBER in e.facts]
