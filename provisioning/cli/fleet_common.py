"""What the commands of `tramthe fleet` share: arguments, and doing one verb to several terminals.

Not here: any command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click
import sqlalchemy as sa

from provisioning.centre.database import Database
from provisioning.centre.people.audit import CONSOLE
from provisioning.cli.main import Exit
from provisioning.errors import FleetRefused

NAME = click.argument("terminal")
NAMES = click.argument("terminals", nargs=-1, metavar="TERMINALS")
JSON = click.option("--json", "as_data", is_flag=True, help="Print JSON.")
BY = click.option(
    "--by", metavar="WHO", default=CONSOLE, show_default=True, help="Who does it, for the history."
)

_Subject = TypeVar("_Subject")


def each(
    database: Database,
    subjects: Sequence[tuple[str, _Subject]],
    act: Callable[[sa.Connection, _Subject], object],
    done: str,
) -> int:
    """Do an act to each of the terminals, named, in a transaction of its own; say what came of it.

    What is refused keeps the others from nothing, and makes the exit status 1.
    """
    refused = 0
    for name, subject in subjects:
        try:
            with database.writing() as connection:
                act(connection, subject)
        except FleetRefused as error:
            refused += 1
            click.echo(f"{name}: not {done}. {error.message} {error.next_step}", err=True)
        else:
            click.echo(f"{name}: {done}.")
    return Exit.NO if refused else Exit.DONE
