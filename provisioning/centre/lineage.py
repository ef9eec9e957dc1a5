"""Which epoch of a terminal follows which: the rules, over what is held of it.

Lives here: judging. Not here: where that is read and kept, the alarm and its end (`epoch_links`),
what one segment shows by itself (`ingest`), pages.
Source: docs/events.md, section 4; docs/protocol.md, section 4, 10 to 12.

A terminal has one epoch that begins from its own genesis hash. Each other one begins from an event
of another epoch of that terminal, or from the genesis hash of another one that itself follows.
Whoever has a terminal's key and nothing of its log can sign anything, yet cannot do that: neither
the hashes nor the ids that an epoch may begin from are to be guessed.

Segments come in any order, so an event that is not here may be on its way: an alarm waits for
GRACE. What can never be mended is said at once: a second epoch from a genesis hash of its own, and
one that says that it follows and names its own beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

from edge.wire.event import genesis, timestamp
from edge.wire.kinds import EventKind

EPOCH_UNLINKED = "EPOCH_UNLINKED"
"""Alarm on event 1 of an epoch that follows none that is held. Never in an acknowledgement, which
speaks of one epoch alone. A code never changes its meaning."""
GRACE = timedelta(days=7)
"""How long what an epoch follows may be on its way, from when the epoch's first event came."""


@unique
class Standing(StrEnum):
    """What is known of how an epoch begins."""

    FIRST = "first"
    """From its own genesis hash, and it was here before any other one that does."""
    LINKED = "linked"
    WAITING = "waiting"
    """What it follows is not held; it may be on its way."""
    UNLINKED = "unlinked"


FOLLOWS = frozenset({Standing.FIRST, Standing.LINKED})
"""How an epoch stands that is of the terminal's line."""

Place = tuple[str, int]
"""Epoch and number of an event; number 0 is the epoch's genesis."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An epoch of which event 1 is held: what that says, and what was found out before."""

    epoch: str
    kind: str
    prev: bytes
    since: str
    """When event 1 came."""
    standing: Standing | None = None
    after: Place | None = None
    """The event of another epoch whose hash is `prev`, where one is held."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an epoch stands. `certain`: no event that may yet come changes it."""

    standing: Standing
    after: Place | None = None
    certain: bool = True


def judge(terminal: str, epochs: Iterable[Begun], at: datetime) -> dict[str, Verdict]:
    """Return how each epoch of a terminal stands that was not found to follow before.

    What follows by an event of another epoch follows, whatever is wrong with that one. By a
    genesis hash, which takes no event, it follows only one that itself does.
    """
    ordered = sorted(epochs, key=lambda one: (one.since, one.epoch))
    follows = {one.epoch for one in ordered if one.standing in FOLLOWS}
    first = any(one.standing is Standing.FIRST for one in ordered)
    found: dict[str, Verdict] = {}
    open_: list[Begun] = []
    for one in ordered:
        if one.epoch in follows:
            continue
        if one.kind != EventKind.EPOCH_BEGUN:
            found[one.epoch] = Verdict(Standing.UNLINKED if first else Standing.FIRST)
            first = True
        elif one.prev == genesis(terminal, one.epoch):
            found[one.epoch] = Verdict(Standing.UNLINKED)
        elif one.after is not None:
            found[one.epoch] = Verdict(Standing.LINKED, one.after)
        else:
            open_.append(one)
    follows |= {epoch for epoch, verdict in found.items() if verdict.standing in FOLLOWS}
    beginnings = {genesis(terminal, one.epoch): one.epoch for one in ordered}
    while linked := [one for one in open_ if beginnings.get(one.prev) in follows]:
        for one in linked:
            found[one.epoch] = Verdict(Standing.LINKED, (beginnings[one.prev], 0))
            open_.remove(one)
        follows |= {one.epoch for one in linked}
    for one in open_:
        late = one.since <= timestamp(at - GRACE)
        found[one.epoch] = Verdict(Standing.UNLINKED if late else Standing.WAITING, certain=False)
    return found
