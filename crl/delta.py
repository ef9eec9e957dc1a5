"""Which lists are in force together after a new one was taken.

Lives here: the chain of deltas on a complete list, and what it says about a serial. Not here:
whether a list may be taken at all (`rules`).

A delta names everything that changed since its base number, so it may lie on any list at least as
new as that base and older than itself; a complete list with deltas on top counts as one of the
last delta's number (a "locally constructed" complete list). The newest list that names a serial
decides; removeFromCRL there means that the serial is no longer revoked, whatever stands below.
Source: RFC 5280 sections 5.2.4, 5.3.1 and 6.3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from crl.parse import Entry
from crl.rules import ListKey, Part, Remembered
from crl.status import ReasonCode


class Searched(Protocol):
    """A list that finds its own entries."""

    def find(self, serial: int) -> Entry | None:
        """Return the entry of a serial, None where the list has none."""


def taken(new: Part, previous: Remembered | None, key: ListKey) -> Remembered:
    """Return what is in force once `new`, which `rules.accept` let pass, has been taken.

    A complete list leaves those deltas that reach further than itself. A delta leaves as many of
    the oldest deltas as it needs to have its base.
    """
    if new.base_number is None:
        deltas = () if previous is None else previous.deltas
        return Remembered(key, new, tuple(delta for delta in deltas if delta.number > new.number))
    if previous is None:
        raise ValueError("a delta without a complete list passes no rule")
    if any(delta.fingerprint == new.fingerprint for delta in previous.deltas):
        return previous
    below: list[Part] = []
    reached = previous.complete.number
    for delta in previous.deltas:
        if reached >= new.base_number:
            break
        below.append(delta)
        reached = delta.number
    return Remembered(key, previous.complete, (*below, new))


def lowered(held: Remembered, number: int) -> Remembered:
    """Return the same lists, remembered under no number above `number`."""
    complete, *deltas = (
        part if part.number <= number else replace(part, number=number) for part in held.parts
    )
    return Remembered(held.key, complete, tuple(deltas))


def decide(serial: int, lists: Sequence[Searched]) -> Entry | None:
    """Return the entry that revokes a serial, None where none does. `lists`: oldest first."""
    for one in reversed(lists):
        entry = one.find(serial)
        if entry is not None:
            return None if entry.reason is ReasonCode.REMOVE_FROM_CRL else entry
    return None
