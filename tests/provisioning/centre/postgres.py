"""A real PostgreSQL in a temporary folder, as a child of the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

SECONDS = 60.0
"""For a server to come up; far beyond what it needs."""
_HOMES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")


def binaries() -> Path | None:
    """Return the folder with initdb and postgres, the newest one; None where there is none."""
    for home in _HOMES:
        root, _, pattern = home.partition("/*")
        found = sorted(Path(root).glob(f"*{pattern}")) if pattern else [Path(root)]
        for folder in reversed(found):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return folder
    return None


def _unprivileged() -> dict[str, object]:
    """Return what `subprocess` needs to run the server, which refuses to run as root."""
    if os.geteuid():
        return {}
    account = next(a for n in ("postgres", "nobody") for a in pwd.getpwall() if a.pw_name == n)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class PostgresServer:
    """One server on a Unix socket in a folder of its own; nothing of it listens on a network."""

    def __init__(self, programs: Path, *, fsync: bool = False, within: Path | None = None) -> None:
        self._programs = programs
        self._fsync = fsync
        self._as = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.folder = Path(tempfile.mkdtemp(prefix="tramthe-pg-", dir=within))
        if self._as:
            os.chown(self.folder, int(str(self._as["user"])), int(str(self._as["group"])))
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "tramthe", "-A", "trust",
            "--no-sync", "-E", "UTF8", "--locale=C",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True, capture_output=True, cwd="/", **self._as,
        )  # type: ignore[call-overload]  # fmt: skip

    def url(self, database: str) -> str:
        """Return a database's address."""
        return f"postgresql+psycopg://tramthe@/{database}?host={self.folder}"

    @property
    def _admin(self) -> str:
        return f"host={self.folder} user=tramthe dbname=postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._programs / "postgres", "-D", self.folder / "data",
                    "-k", self.folder, "-c", "listen_addresses=",
                    "-c", f"fsync={'on' if self._fsync else 'off'}",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **self._as,
            )  # type: ignore[call-overload]  # fmt: skip
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                psycopg.connect(self._admin).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "server.log").read_text()
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in order, connections cut; SIGQUIT at once, as after a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(SECONDS)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it and start it again."""
        self.stop(how)
        self.start()

    def answers(self) -> bool:
        """Return whether it takes connections."""
        try:
            psycopg.connect(self._admin).close()
        except psycopg.OperationalError:
            return False
        return True

    def make_database(self, like: str = "template1") -> str:
        """Return the address of a new database: empty, or as the one that is called `like`.

        Nobody may have that one open.
        """
        self._databases += 1
        name = f"centre_{self._databases}"
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with contextlib.closing(psycopg.connect(self._admin, autocommit=True)) as connection:
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(like)))
        return self.url(name)

    def close(self) -> None:
        """End it and remove its folder."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)
