"""Opening what a terminal's state folder holds, for the commands that work on it.

Not here: any command, options (`common`). Apart from them, since what a terminal judges by is much
to load, and a centre has no use for it.
"""

from __future__ import annotations

from pathlib import Path

from edge.errors import ConfigInvalid
from edge.holdings import Holdings
from edge.identity.key import TerminalIdentity, exists, load_or_create
from edge.layout import StateLayout


def holdings(state: Path) -> Holdings:
    """Open what the terminal of this state folder holds."""
    return Holdings(StateLayout(state).holdings)


def identity(state: Path) -> TerminalIdentity:
    """Return the identity of the terminal of this state folder. ConfigInvalid where none is."""
    folder = StateLayout(state).identity
    try:
        there = exists(folder)
    except OSError:
        there = False
    if not there:
        raise ConfigInvalid(
            f"There is no identity of a terminal in {folder}.",
            next_step="Start the terminal's service once, or run this as root or its user.",
        )
    return load_or_create(folder, "")
