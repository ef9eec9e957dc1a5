"""How a pass over the repository ended, as data: for the status page, the log, the command line.

Not here: words for the screen (`edge.web`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique


@unique
class RepositoryState(StrEnum):
    """How a pass ended. Whatever it says, what was taken before stays in force."""

    UP_TO_DATE = "up-to-date"
    PARTLY = "partly"
    """All is genuine, and something of it was not taken by its own rules."""
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """What is offered is not the repository, or not whole, or not newer."""
    EXPIRED = "expired"
    """What is offered is proved to be out of date."""
    BUSY = "busy"
    DISK_FAILING = "disk-failing"
    NOT_PROVISIONED = "not-provisioned"
    """This terminal was given no root metadata."""


TO_TRY_SOON = frozenset(
    {RepositoryState.UNREACHABLE, RepositoryState.BUSY, RepositoryState.DISK_FAILING}
)
"""States that another try soon may change; what was refused is offered again as it is."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A target that its own rules did not let pass, with why and what to do."""

    path: str
    why: str
    next_step: str


@dataclass(frozen=True, slots=True)
class RepositoryResult:
    """A pass at time `at`. `why` and `next_step` are sentences, None when all went well."""

    state: RepositoryState
    at: datetime
    taken: tuple[str, ...] = ()
    """Paths of the targets that came into force in this pass."""
    not_taken: tuple[NotTaken, ...] = ()
    version: int | None = None
    """Of the timestamp in force; None before the first."""
    why: str | None = None
    next_step: str | None = None
    fault: str | None = None
    """Stable code of a refusal (`edge.repository.client.Fault`)."""
