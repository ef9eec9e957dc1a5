"""What several commands share: options, time on the command line, reading a file.

Not here: any command, opening what a terminal's folder holds (`held`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from edge.clock import Clock, system_time
from edge.floor import BUILD_TIME
from edge.layout import StateLayout
from verify.moment import Moment, TimeQuality

PORT = click.IntRange(1, 65_535)

_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Command = TypeVar("Command", bound=Callable[..., object])


class Time(click.ParamType[datetime]):
    """A point in time on the command line: RFC 3339, a date alone means its midnight in UTC."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the time in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(str(value))
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time such as 2026-11-20T12:00:00Z", param, ctx)


class Seconds(click.ParamType[float]):
    """A duration on the command line: a number of seconds, not negative, with an end to it."""

    name = "seconds"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        try:
            seconds = float(str(value))
        except ValueError:
            seconds = math.nan
        if not 0 <= seconds < math.inf:
            self.fail(f"{value!r} is not a number of seconds such as 2.5", param, ctx)
        return seconds


class Span(click.ParamType[timedelta]):
    """A span of time on the command line: a number and its unit, 90m, 48h, 7d."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no span of time such as 90m, 48h or 7d", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


def state_option(command: Command) -> Command:
    """Add `--state DIR`."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        envvar="TRAMTHE_STATE",
        required=True,
        help="The terminal's state folder. [env: TRAMTHE_STATE]",
    )(command)


def at_option(command: Command) -> Command:
    """Add `--at TIME`."""
    return click.option(
        "--at", type=Time(), default=None, help="Judge as of this time (RFC 3339); default now."
    )(command)


def moment(state: Path, at: datetime | None) -> Moment:
    """Return the moment to judge at: the one given, else the terminal's clock."""
    if at is not None:
        return Moment(at, TimeQuality.ASSERTED)
    return Clock(StateLayout(state).floor).now()


def office_time() -> datetime:
    """Return the system clock in UTC; never before this version was built, as at a terminal."""
    return max(system_time(), BUILD_TIME)


def read_file(path: Path, limit: int) -> bytes:
    """Return at most `limit` bytes of a file, and one more where it is larger. Raises OSError."""
    with path.open("rb") as file:
        return file.read(limit + 1)
