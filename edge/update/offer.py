"""Which version of the program a terminal goes to, and whether this is a moment for it.

Lives here: rules over values. Not here: what is on offer (`edge.repository`), what is installed
(`record`), installing (`install`).

Never back: a version below the running one, or below the highest that was ever kept here, is not
taken, unless a release that was signed like any other recalls what runs. A version that was tried
and left is not tried again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique

from edge.deb_version import DebVersion
from edge.repository.release import Machine, Release

AROUND_A_MEETING = timedelta(hours=2)
"""So long before and after the hour of a meeting that was called, nothing is installed."""
SPARE = 64 * 1024 * 1024  # bytes that stay free on the disk beside what an update takes


@unique
class No(StrEnum):
    """Why a release is not taken; stable codes."""

    OTHER_SUITE = "OTHER_SUITE"
    OTHER_ARCHITECTURE = "OTHER_ARCHITECTURE"
    RUNS_ALREADY = "RUNS_ALREADY"
    OLDER = "OLDER_VERSION"
    TOO_FAR = "VERSION_BETWEEN_NEEDED"
    """It may only follow a later version than the one that runs."""
    TRIED = "TRIED_AND_LEFT"


@unique
class Wait(StrEnum):
    """Why this is no moment to install; stable codes."""

    MEETING = "MEETING_OPEN"
    MEETING_SOON = "MEETING_SOON"
    QUESTION = "QUESTION_OPEN"
    LOW_VOLTAGE = "LOW_VOLTAGE"


@dataclass(frozen=True, slots=True)
class Installed:
    """What runs here. `floor`: the highest version that was ever kept; `left`: tried and left."""

    machine: Machine
    version: str
    floor: str
    left: Collection[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Hour:
    """What goes on at the terminal. `meetings`: the hours of those it was called to."""

    now: datetime
    meeting_open: bool
    question_open: bool
    low_voltage: bool | None
    """None where the board does not say."""
    meetings: tuple[datetime, ...] = ()


def why_not(release: Release, here: Installed) -> No | None:
    """Return why a release is not taken, None for one that may be."""
    if here.machine.suite not in release.suites:
        return No.OTHER_SUITE
    if not here.machine.takes(release.architecture):
        return No.OTHER_ARCHITECTURE
    running = DebVersion(here.version)
    if release.order == running:
        return No.RUNS_ALREADY
    recalled = release.recalls is not None and release.order < running <= DebVersion(
        release.recalls
    )
    if not recalled and release.order < max(running, DebVersion(here.floor)):
        return No.OLDER
    if release.minimum is not None and running < DebVersion(release.minimum):
        return No.TOO_FAR
    return No.TRIED if release.version in here.left else None


def choose(offered: Iterable[Release], here: Installed) -> Release | None:
    """Return the release to go to: the highest that may be, and none that another one recalls."""
    ours = [one for one in offered if one.is_for(here.machine)]
    recalls = [DebVersion(one.recalls) for one in ours if one.recalls is not None]
    recalled = max(recalls, default=None)
    fit = [
        one
        for one in ours
        if why_not(one, here) is None
        and (recalled is None or one.recalls is not None or one.order > recalled)
    ]
    return max(fit, key=lambda one: one.order, default=None)


def waits_for(hour: Hour) -> Wait | None:
    """Return why nothing is installed at this moment."""
    if hour.meeting_open:
        return Wait.MEETING
    if hour.question_open:
        return Wait.QUESTION
    if hour.low_voltage:
        return Wait.LOW_VOLTAGE
    if any(abs(begins - hour.now) < AROUND_A_MEETING for begins in hour.meetings):
        return Wait.MEETING_SOON
    return None
