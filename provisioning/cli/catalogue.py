"""`tramthe centre catalogue`: the organisations of a centre, and where its terminals stand."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.centre import catalogue as rules
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time, read_file

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


_EXAMPLES = """
\b
Examples:
  tramthe centre catalogue organisations /srv/centre organisations.csv
  tramthe centre catalogue terminals /srv/centre terminals.csv
"""


@click.group(short_help="Organisations, and where terminals stand.", epilog=_EXAMPLES)
def catalogue() -> None:
    """Organisations by their code of 14 digits, in versions, and where terminals stand.

    A file is CSV in UTF-8 and is taken whole or not at all. What it does not name stays.
    """


@catalogue.command(short_help="Import organisations.")
@FOLDER
@_FILE
@DATABASE
def organisations(folder: Path, file: Path, database: str | None) -> None:
    """Import organisations from FILE into the centre of FOLDER. Head: ma;tu;den;ten;truc_thuoc.

    Code, first day, day after the last (may be empty), name, code of the parent (empty: one level
    up). A code with another name or parent from some day on has a line for each.
    """
    versions = rules.read_organisations(read_file(file, rules.MAX_FILE))
    with opened(folder, database) as found:
        rules.keep_organisations(found, versions, file.name, office_time())
    codes = len({one.code for one in versions})
    click.echo(f"{codes} organisations in {len(versions)} versions.")


@catalogue.command(short_help="Import where terminals stand.")
@FOLDER
@_FILE
@DATABASE
def terminals(folder: Path, file: Path, database: str | None) -> None:
    """Import from FILE with which organisation each terminal stands. Head: tram;tu;den;ma.

    Terminal, first day, day after the last (may be empty), code of the organisation.
    """
    places = rules.read_places(read_file(file, rules.MAX_FILE))
    with opened(folder, database) as found:
        rules.keep_places(found, places, file.name, office_time())
    click.echo(f"{len({one.terminal for one in places})} terminals, {len(places)} places.")
