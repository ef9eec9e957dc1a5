"""`tramthe centre alarms`: what somebody has to look at, as the pages show it.

Not here: raising alarms (`centre.store`, `centre.epoch_links`, `centre.inbox`), noting that one was
looked at (the pages, where it is known who did).
"""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.centre.alarms import AlarmRow
from provisioning.centre.alarms import alarms as alarms_of
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.main import Exit
from provisioning.fleet.claims import CODES

MOST = 10_000
"""Alarms that are shown; the pages have them all."""


@click.command(short_help="Show the alarms that nobody has looked at.")
@FOLDER
@click.argument("terminal", required=False)
@DATABASE
@click.option("--all", "every", is_flag=True, help="Those that somebody looked at too.")
def alarms(folder: Path, terminal: str | None, database: str | None, every: bool) -> int:
    """Show the alarms that nobody has looked at, newest first; of TERMINAL where it is given.

    One line each: when, terminal, epoch and number of the event, or `inbox` or `claim` and what it
    is about, code; who looked, when, and what came of it. Exit status 1 where there is one that
    nobody has looked at.
    """
    with opened(folder, database) as store:
        settled = None if every else False
        found = alarms_of(store, terminal=terminal, settled=settled, limit=MOST)
    for one in found:
        said = f"{one.raised_at}  {one.terminal}  {about(one)}  {one.code}"
        if one.settled_at is not None:
            said += f"  {one.settled_at} {one.operator}: {one.note}"
        click.echo(said)
    if not found:
        click.echo("No alarm." if every else "No alarm that nobody has looked at.")
    return Exit.NO if any(one.settled_at is None for one in found) else Exit.DONE


def about(one: AlarmRow) -> str:
    """Return what an alarm is about: an event, or a claim's or an inbox's matter."""
    if one.epoch is not None:
        return f"{one.epoch} {one.seq}"
    return f"{'claim' if one.code in CODES else 'inbox'} {one.detail}"
