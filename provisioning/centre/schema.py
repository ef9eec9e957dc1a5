"""Bringing a database to this version's schema, one migration after another.

Lives here: which steps are due, one transaction for each, one process at a time. Not here: the
steps (`migrations`), which are never edited once released.

Where no step is due, which is nearly every start, Alembic is not loaded: it and what it brings are
9 MB of each process.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from provisioning.centre.database import Database
from provisioning.centre.tables import POSTGRESQL
from provisioning.errors import CentreSchemaNewer

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x7472616D746865
"""Key of PostgreSQL's advisory lock, held by the process that migrates."""
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def revisions() -> tuple[str, ...]:
    """Return every step's name, oldest first."""
    names = sorted(path.stem for path in (MIGRATIONS / "versions").glob("m*_*.py"))
    return tuple(name[1:].partition("_")[0] for name in names)


def bring_up_to_date(database: Database, target: str | None = None) -> None:
    """Apply the steps that are due, up to `target` (the newest where it is None).

    A step and the record that it ran are one transaction. Raises CentreSchemaNewer where the
    database has a step that this version does not know, CentreStoreUnavailable.
    """
    known = revisions()
    wanted = known if target is None else known[: known.index(target) + 1]
    with database.reading() as connection:
        current = _current(connection, known)
    if current is not None and current >= wanted[-1]:
        return
    _upgrade(database, wanted, known)


def _upgrade(database: Database, wanted: tuple[str, ...], known: tuple[str, ...]) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    for revision in wanted:
        with database.writing() as connection:
            if connection.dialect.name == POSTGRESQL:
                for limit in ("statement_timeout", "lock_timeout"):  # a large table takes its time
                    connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            current = _current(connection, known)
            if current is None or current < revision:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)


def _current(connection: sa.Connection, known: tuple[str, ...]) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    heads = connection.execute(sa.select(_VERSION)).scalars().all()
    if any(head not in known for head in heads):
        raise CentreSchemaNewer(
            "A later version of this program made the centre's database.",
            next_step="Install that version again; this one would not understand what it holds.",
        )
    return heads[0] if heads else None
