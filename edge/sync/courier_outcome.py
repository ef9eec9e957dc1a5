"""How the two ways of a log on a stick ended, as data: for the buttons and the command line.

Not here: the acts (`courier`, `courier_down`), words for the screen (`edge.web`).
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.errors import StickFailed
from edge.sync.acks import LogCopied
from edge.wire.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Exported:
    """What lies on the stick now for the centre. `bundle`: None where nothing waits.

    `events` of `waiting` are on it; `stopped` says why not all are, None where they are.
    """

    bundle: Bundle | None
    events: int
    waiting: int
    written: int
    """Files that were not there before."""
    stopped: StickFailed | None = None
    again: int = 0
    """Receipts that go once more, since they lack the centre's word."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What a stick had for this terminal. `bundle`: None without a manifest that holds.

    `missing`: names that the manifest has and the stick has not, or otherwise.
    """

    bundle: Bundle | None = None
    acks: int = 0
    """Acknowledgements that said something new."""
    anchors: int = 0
    """Receipts on which the centre's word came."""
    high_water: int = 0
    """Up to which number of the newest epoch the centre holds everything now."""
    refused: tuple[Refused, ...] = ()
    missing: tuple[str, ...] = ()
    copied: LogCopied | None = None
    """An acknowledgement showed that this log was copied; a new epoch has begun."""
