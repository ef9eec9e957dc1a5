"""Options of commands that take rows from a CSV file or a database's table.

Not here: any command, reading the rows (`office.tables`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from provisioning.cli.common import Command
from provisioning.office.tables import Row, csv_rows, database_rows


def rows_options(columns: str) -> Callable[[Command], Command]:
    """Add `--csv FILE`, and `--database URL` with `--table NAME`, which have these columns."""

    def add(command: Command) -> Command:
        command = click.option("--table", help="Name of the database's table.")(command)
        command = click.option(
            "--database",
            metavar="URL",
            help="Take a table of this database: sqlite:///PATH or "
            "postgresql+psycopg://USER@HOST/NAME (its password in ~/.pgpass).",
        )(command)
        return click.option(
            "--csv",
            "file",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help=f"Take the rows of this file; columns: {columns}.",
        )(command)

    return add


@contextmanager
def taken_rows(
    file: Path | None, database: str | None, table: str | None, columns: Sequence[str]
) -> Iterator[Iterator[Row]]:
    """Give the rows of what was named, none where nothing was. Raises click.UsageError."""
    if (database is None) is not (table is None):
        raise click.UsageError("--database and --table belong together")
    if file is not None and database is not None:
        raise click.UsageError("give --csv or --database, not both")
    if file is not None:
        with csv_rows(file, columns) as rows:
            yield rows
    elif database is not None and table is not None:
        with database_rows(database, table, columns) as rows:
            yield rows
    else:
        yield iter(())
