"""`tramthe log`: check the event log."""

from __future__ import annotations

from pathlib import Path

import click

from edge.log.chain import verify_file
from provisioning.cli.main import Exit
from provisioning.errors import OfficeInputInvalid


@click.group()
def log() -> None:
    """Check the terminal's event log."""


@log.command(short_help="Check that FILE, a terminal's log, is whole.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def verify(file: Path) -> int:
    """Check that FILE, a terminal's log, is whole: every event present, in order, unaltered.

    Needs no key. Exit status 0 if it is whole, 1 if it is not, 3 if it cannot be read as a log.
    """
    report = verify_file(file)
    if report.ok:
        click.echo(f"whole: {report.events} events")
        return Exit.DONE
    if report.first_bad_seq is None:
        raise OfficeInputInvalid(
            f"This is not a terminal's log. {report.why}",
            next_step="Give log.sqlite of a terminal. If this is one, it is damaged: keep it as it"
            " is and call the technician.",
        )
    click.echo(f"NOT WHOLE at event {report.first_bad_seq}: {report.why}")
    click.echo("  Keep the file as it is and call the technician.")
    return Exit.NO
