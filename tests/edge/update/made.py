"""A later version of the program: what it does to a log, and events that it records there."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from edge.deb_version import DebVersion
from edge.log import migrations
from edge.log.chain import COLUMNS, verify_file
from edge.log.reading import open_any_form
from edge.update.install import Installer, Patience, Step
from edge.update.keep import carry_back, forget_copies, keep
from edge.update.places import Software
from edge.update.trees import running_tree
from tests.edge.log.made import START, check_in, fill, make_log

BASE, LATER = "1.0", "1.1"
"""What dpkg installed, and the first version that migrates."""
AT = Path("/nowhere/opt/tramthe")
"""Where the base would lie."""


def m900_later(db: Database) -> None:
    """Change what a later version may: columns and tables that are new, another index."""
    for statement in (
        "ALTER TABLE event ADD COLUMN weight INTEGER",
        "ALTER TABLE receipt ADD COLUMN shown TEXT",
        "CREATE TABLE later (id INTEGER PRIMARY KEY, what TEXT) STRICT",
        "DROP INDEX receipt_unanchored",
    ):
        db.execute(statement)


@contextmanager
def later_program() -> Iterator[None]:
    """Let this process be a later version of the program, as far as the log goes."""
    with pytest.MonkeyPatch.context() as patch:
        steps = Migrations("tramthe-log")
        for step in (*migrations._STEPS, m900_later):
            steps()(step)
        patch.setattr(migrations, "MIGRATIONS", steps)
        patch.setattr(migrations, "_KNOWN", migrations._KNOWN | {m900_later.__name__})
        yield


def events(path: Path) -> list[tuple[object, ...]]:
    """Return every event of a log in any form, oldest first."""
    with closing(open_any_form(path)) as connection:
        query = f"SELECT {COLUMNS} FROM event ORDER BY place"  # noqa: S608 -- constant
        return connection.execute(query).fetchall()


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a table."""
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT * FROM {table} ORDER BY 1"  # noqa: S608 -- a name of the test's
        return connection.execute(query).fetchall()


def package(
    folder: Path,
    version: str,
    files: Mapping[str, str] | None = None,
    *,
    architecture: str = "all",
) -> Path:
    """Return a package of the program, by dpkg-deb; `files` by their paths, all executable."""
    name = f"tramthe_{version}_{architecture}"
    tree = folder / name
    for path, text in {"opt/tramthe/version": version, **(files or {})}.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o755)
    control = tree / "DEBIAN" / "control"
    control.parent.mkdir(mode=0o755)
    control.write_text(
        f"Package: tramthe\nVersion: {version}\nArchitecture: {architecture}\nInstalled-Size: 100\n"
        "Maintainer: Trạm Thẻ <tramthe@localhost>\nDescription: the terminal\n"
    )
    done = folder / f"{name}.deb"
    subprocess.run(
        ["dpkg-deb", "-Zgzip", "--root-owner-group", "--build", tree, done],
        check=True,
        capture_output=True,
    )
    shutil.rmtree(tree)
    return done


class Inline:
    """A terminal whose versions run inside this process; each start records one event.

    Versions from LATER on migrate the log. `noted`: a file of the hashes of what was recorded, each
    noted once its event is on the disk. `sick`: versions that record, and then do not answer.
    """

    def __init__(self, state: Path, software: Software, *, sick: Collection[str] = ()) -> None:
        self.state, self.software, self.sick = state, software, sick
        self.noted = state.parent / "noted"
        self.up: str | None = None
        self.fault: str | None = None

    @property
    def version(self) -> str:
        return running_tree(self.software) or BASE

    def stop(self) -> None:
        self.up = None

    def start(self) -> None:
        version = self.version
        with _as(version):
            log = make_log(self.state / "log.sqlite")
            self.fault = log.fault
            if log.fault is None:
                (context,) = log.open_contexts()
                event = check_in(log, context, log.head().seq)
                with self.noted.open("a") as file:
                    file.write(f"{event.hash.hex()}\n")
            log.close()
        self.up = None if version in self.sick else version

    def status(self) -> Mapping[str, Any] | None:
        if self.up is None:
            return None
        return {
            "version": self.up,
            "reader": {"name": "a reader"},
            "locked": self.fault,
            "log_events": len(events(self.state / "log.sqlite")),
            "lists": [],
            "troubles": [],
            "meeting": None,
        }

    def data(self, program: Path, verb: str) -> bool:
        version = BASE if program == AT else program.parent.parent.name
        with _as(version):
            match verb:
                case "keep":
                    keep(self.state, START)
                case "carry":
                    carry_back(self.state)
                case "check":
                    return verify_file(self.state / "log.sqlite").ok
                case _:
                    forget_copies(self.state)
        return True


def _as(version: str) -> AbstractContextManager[None]:
    return later_program() if DebVersion(version) >= DebVersion(LATER) else nullcontext()


def installer(
    host: Inline, at_end: Callable[[Step], None] = lambda _: None, *, limit: float = 0.0
) -> Installer:
    """Return what brings such a terminal to another version, without patience."""
    return Installer(
        host.software,
        host,
        BASE,
        lambda: START,
        base_at=AT,
        patience=Patience(limit=limit, steady=0.0, every=0.001),
        at_end=at_end,
    )


def begun(folder: Path) -> tuple[Path, Software]:
    """Return a state folder with a meeting under way in its log, and root's empty folder."""
    state, software = folder / "state", Software(folder / "software")
    for one in (state, software.root):
        one.mkdir(mode=0o700)
    log = make_log(state / "log.sqlite")
    fill(log, 2)
    log.close()
    return state, software
