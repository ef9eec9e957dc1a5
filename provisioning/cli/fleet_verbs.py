"""`tramthe fleet rename`, `note`, `move`, `replace`: changes to terminals in service."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time
from provisioning.cli.fleet_common import BY, NAME
from provisioning.fleet import verbs


@click.command(short_help="Call a terminal otherwise.")
@FOLDER
@NAME
@click.argument("label")
@BY
@DATABASE
def rename(folder: Path, terminal: str, label: str, by: str, database: str | None) -> None:
    """Call TERMINAL otherwise in lists: LABEL. Its id stays: it stands in each of its records."""
    with opened(folder, database) as store, store.writing() as connection:
        found = verbs.rename(connection, terminal, label, by, office_time())
    click.echo(f"{terminal} is called {found.label or 'by its id alone'}.")


@click.command(short_help="Write a note beside a terminal.")
@FOLDER
@NAME
@click.argument("text")
@BY
@DATABASE
def note(folder: Path, terminal: str, text: str, by: str, database: str | None) -> None:
    """Write TEXT beside TERMINAL, in place of the note that is there; no member's name."""
    with opened(folder, database) as store, store.writing() as connection:
        verbs.annotate(connection, terminal, text, by, office_time())
    click.echo(f"{terminal}: noted.")


@click.command(short_help="Let a terminal stand with another organisation.")
@FOLDER
@NAME
@click.argument("organisation")
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day there; default today.",
)
@BY
@DATABASE
def move(
    folder: Path,
    terminal: str,
    organisation: str,
    since: datetime | None,
    by: str,
    database: str | None,
) -> None:
    """Let TERMINAL stand with ORGANISATION (14 digits) from a day on; the figures before it stay.

    Send it the organisation's roster too: tramthe centre send roster.
    """
    at = office_time()
    day = verbs.day(at) if since is None else since.date()
    with opened(folder, database) as store, store.writing() as connection:
        found = verbs.move(connection, terminal, organisation, day, by, at)
    click.echo(f"{terminal} stands with {found.organisation} from {day.isoformat()}.")


@click.command(short_help="Let one terminal take another's place.")
@FOLDER
@click.argument("old")
@click.argument("new")
@BY
@DATABASE
def replace(folder: Path, old: str, new: str, by: str, database: str | None) -> None:
    """Let NEW take the place of OLD: its organisation, and the link between their histories.

    OLD retires, if it is in service: what it had written is taken however late it comes
    (`tramthe log rescue` gets it out of a dead Pi's card). NEW is enrolled by a claim of its own.
    """
    with opened(folder, database) as store, store.writing() as connection:
        before, after = verbs.replace(connection, old, new, by, office_time())
    click.echo(f"{new} takes the place of {old} with {after.organisation or 'no organisation'}.")
    click.echo(f"{old} is {before.state}; its records and its history stay.")
    click.echo(f"Send {new} the roster: tramthe centre send roster {folder} {new} FILE")
