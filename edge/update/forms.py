"""The form of a database: its tables without their rows, and rows brought into it again.

Lives here: any SQLite database, known by nothing but its own schema. Not here: which databases, and
what a log must hold beside (`keep`).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from edge.files import sync_folder
from edge.log.fault import SQLITE_ERRORS
from edge.log.reading import open_any_form

_STEPS = "_sqlite_migrations"
"""Table of the steps that were applied: part of the form."""
_MAX_TABLES = 200


class InForm:
    """A new file in the old form with every row of the newer one; removed unless it was put."""

    def __init__(self, path: Path, form: Path) -> None:
        self._new = path.with_name(f".{path.name}.back")
        self._path, self._form = path, form

    def __enter__(self) -> Path:
        for left in self._new.parent.glob(f"{self._new.name}*"):
            left.unlink()
        shutil.copyfile(self._form, self._new)
        self._new.chmod(0o600)
        with closing(sqlite3.connect(self._new, isolation_level=None)) as connection:
            connection.execute("ATTACH ? AS newer", (f"{self._path}",))
            mode = connection.execute("PRAGMA newer.journal_mode").fetchone()[0]
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("BEGIN")
            for table in _tables(connection, "main"):
                if table != _STEPS:
                    _fill(connection, table)
            connection.execute("COMMIT")
            connection.execute("DETACH newer")
            connection.execute(f"PRAGMA main.journal_mode = {mode}").fetchall()
        to_the_disk(self._new)
        return self._new

    def __exit__(self, *_: object) -> None:
        for left in self._new.parent.glob(f"{self._new.name}*"):
            left.unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, table: str) -> None:
    """Take the rows of a table over, in the columns that both forms have."""
    newer = set(_columns(connection, "newer", table))
    both = [name for name in _columns(connection, "main", table) if name in newer]
    if both:
        names = ", ".join(_quoted(name) for name in both)
        connection.execute(
            f"INSERT INTO main.{_quoted(table)} ({names})"  # noqa: S608 -- quoted names of ours
            f" SELECT {names} FROM newer.{_quoted(table)} ORDER BY 1"
        )


def same_form(path: Path, form: Path) -> bool:
    """Whether a database still has the form that was kept; False for one that does not read."""
    try:
        with closing(open_any_form(path)) as one, closing(sqlite3.connect(form)) as other:
            return _form(one) == _form(other)
    except SQLITE_ERRORS:
        return False


def _form(connection: sqlite3.Connection) -> tuple[object, ...]:
    made = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
    ).fetchall()
    steps = []
    if any(row[1] == _STEPS for row in made):
        steps = connection.execute(
            f"SELECT migration_set, name FROM {_STEPS} ORDER BY 1, 2"  # noqa: S608 -- constant
        ).fetchall()
    return made, steps, connection.execute("PRAGMA user_version").fetchone()


def keep_form(path: Path, form: Path) -> None:
    """Write a database's form to a new file. Raises sqlite3.Error, LogDamaged, OSError."""
    with closing(open_any_form(path)) as source, closing(sqlite3.connect(form)) as target:
        order = {"table": 0, "index": 1, "view": 2, "trigger": 3}
        made = source.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ).fetchall()
        for _, name, sql in sorted(made, key=lambda row: order.get(row[0], 9)):
            target.execute(sql)
            if name == _STEPS:
                rows = source.execute(f"SELECT * FROM {_STEPS}").fetchall()  # noqa: S608
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    target.execute(f"INSERT INTO {_STEPS} VALUES ({marks})", row)  # noqa: S608
        version = int(source.execute("PRAGMA user_version").fetchone()[0])
        target.execute(f"PRAGMA user_version = {version}")
        target.commit()


def _tables(connection: sqlite3.Connection, schema: str) -> list[str]:
    rows = connection.execute(
        f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'"  # noqa: S608 -- constants
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT ?",
        (_MAX_TABLES,),
    )
    return [str(name) for (name,) in rows]


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> list[str]:
    rows = connection.execute(f"PRAGMA {schema}.table_info({_quoted(table)})").fetchall()
    return [str(row[1]) for row in rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def to_the_disk(path: Path) -> None:
    """Bring a file or a folder to the medium. Raises OSError."""
    if path.is_dir():
        sync_folder(path)
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
