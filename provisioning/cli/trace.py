"""`--trace`: show what passes between reader and card.

Lives here: the option and what it turns on. Not here: the lines (`reader.trace`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import click

from reader.trace import LOGGER, TRAFFIC, WARNING, TracedWatcher
from reader.watch import Watcher

Command = TypeVar("Command", bound=Callable[..., object])

_LEVELS = {"commands": logging.DEBUG, "traffic": TRAFFIC}


def trace_option(command: Command) -> Command:
    """Add `--trace [commands|traffic]`."""
    return click.option(
        "--trace",
        type=click.Choice(list(_LEVELS)),
        is_flag=False,
        flag_value="commands",
        envvar="TRAMTHE_TRACE",
        help="Show each exchange with a card: its command, sizes, status, time. `traffic` shows "
        "the bytes too, which expose the holder. [env: TRAMTHE_TRACE]",
    )(command)


def traced(watcher: Watcher, trace: str | None) -> Watcher:
    """Return the watcher, its cards traced if that was asked for; warn before payloads are."""
    if trace is None:
        return watcher
    logging.getLogger(LOGGER).setLevel(_LEVELS[trace])
    if trace == "traffic":
        click.echo(WARNING, err=True)
    return TracedWatcher(watcher)
