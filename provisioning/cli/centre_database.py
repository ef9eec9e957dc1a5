"""What the commands of a centre share: its folder, its database, opening both.

Not here: any command.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from provisioning.centre.database import Database
from provisioning.centre.process import CentreFolder
from provisioning.centre.store import CentreStore

FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
DATABASE = click.option(
    "--database",
    metavar="URL",
    envvar="TRAMTHE_CENTRE_DATABASE",
    help="sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME; default a SQLite file in FOLDER."
    " [env: TRAMTHE_CENTRE_DATABASE]",
)


@contextmanager
def opened(folder: Path, url: str | None) -> Iterator[Database]:
    """Give the centre's database, its schema brought up to date.

    Raises OfficeInputInvalid, CentreStoreUnavailable, CentreSchemaNewer.
    """
    store = CentreStore(CentreFolder.load(folder).database if url is None else url)
    try:
        yield store.database
    finally:
        store.close()
