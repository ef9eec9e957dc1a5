"""Is a terminal well after its program changed: the same, or better, than it was before.

Lives here: what is compared, as a rule over two answers of the status page. Not here: asking
(`host`), how long one waits for it (`install`).

What was amiss before does not make a version bad: a terminal whose reader was unplugged meanwhile
is told from one that no longer finds its reader only by what stood there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any


@unique
class Amiss(StrEnum):
    """What is not as it was; stable codes."""

    NO_ANSWER = "NO_ANSWER"
    OTHER_VERSION = "OTHER_VERSION"
    LOCKED = "RECORDING_LOCKED"
    EVENTS_LOST = "EVENTS_LOST"
    READER_LOST = "READER_LOST"
    LISTS_LOST = "LISTS_LOST"
    TROUBLE = "NEW_TROUBLE"
    LOG_BROKEN = "LOG_BROKEN"
    NEVER_UP = "NEVER_UP"
    """It was started three times and never well."""
    BY_HAND = "BY_HAND"


@dataclass(frozen=True, slots=True)
class Facts:
    """What one answer of the status page says, as far as it is compared."""

    version: str | None = None
    reader: bool = False
    locked: str | None = None
    events: int = 0
    lists: tuple[str, ...] = ()
    troubles: tuple[str, ...] = field(default=())
    meeting: bool = False


def facts(status: Mapping[str, Any] | None) -> Facts | None:
    """Return the facts of an answer, None for none, and for what is no status page's."""
    if status is None:
        return None
    try:
        return Facts(
            version=str(status["version"]),
            reader=bool(status["reader"]["name"]),
            locked=None if status["locked"] is None else str(status["locked"]),
            events=int(status["log_events"]),
            lists=tuple(sorted({str(one["purpose"]) for one in status["lists"]})),
            troubles=tuple(sorted(str(one) for one in status["troubles"])),
            meeting=status["meeting"] is not None,
        )
    except (KeyError, TypeError, ValueError):
        return None


def amiss(now: Facts | None, before: Facts | None, version: str) -> Amiss | None:
    """Return what is first found amiss in a terminal that should run `version`, None if well.

    `before` is None where nobody knows how it was: then it has to answer, as that version.
    """
    if now is None:
        return Amiss.NO_ANSWER
    if now.version != version:
        return Amiss.OTHER_VERSION
    if before is None:
        return None
    found = {
        Amiss.LOCKED: now.locked is not None and before.locked is None,
        Amiss.EVENTS_LOST: now.locked is None and now.events < before.events,
        Amiss.READER_LOST: before.reader and not now.reader,
        Amiss.LISTS_LOST: not set(before.lists) <= set(now.lists),
        Amiss.TROUBLE: not set(now.troubles) <= set(before.troubles),
    }
    return next((code for code, is_so in found.items() if is_so), None)
