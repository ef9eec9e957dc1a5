"""Row `log-append`: one check-in in the event log, against the bare insert of its row.

Lives here: both logs, side by side in one temporary folder under `build`. Not here: measuring
(`measure`).
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from edge.log import migrations
from edge.log.append import EventLog
from edge.log.chain import COLUMNS
from edge.log.file import PRAGMAS
from edge.log.reading import open_read_only
from edge.wire.kinds import EventKind
from provisioning.office.centre_keys import create_centre_keys
from tests.bench.measure import Row, compare, cpu_time
from verify.moment import Moment, TimeQuality

NAME = "log-append"
GOAL = 2.5
ROUNDS = 31
APPENDS = 200  # events a round
DESCRIPTION = (
    "Append one check-in with a sealed body and a person's tag by EventLog.append, everything "
    f"included (checks, canonical header, AES-GCM, HMAC, SHA-256 chain, commit), {APPENDS} a "
    "round / the same row by one bare sqlite3 INSERT that commits itself, in a file with the same "
    "schema and pragmas (WAL, synchronous=FULL, secure_delete=ON) in the same folder. CPU of "
    "user and system; checkpoints come at the same counts in both."
)
_SELECT = f"SELECT {COLUMNS} FROM event WHERE place > ? ORDER BY place LIMIT ?"  # noqa: S608 -- constants
_INSERT = f"INSERT INTO event ({COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 -- constants
_AT = Moment(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), TimeQuality.SYNCHRONISED)
_BODY = {  # as large as that of an admitted card
    "profile": "dang-vien",
    "policy": "default-1",
    "verdict": "accepted",
    "checks": [{"step": step, "status": "passed", "reason": None} for step in range(1, 9)],
    "anchor": "5c" * 32,
    "signer_status": {
        "status": "good",
        "number": "6923f1c0",
        "this_update": "2026-11-21T11:00:00+00:00",
    },
    "card_status": {
        "status": "good",
        "number": "6923f1c0",
        "this_update": "2026-11-21T11:00:00+00:00",
    },
    "number": "012345678",
}


def measure(build: Path) -> Row:
    """Measure on the disk that holds `build`."""
    with tempfile.TemporaryDirectory(dir=build) as folder:
        centre = create_centre_keys(os.urandom)
        log = EventLog(
            Path(folder) / "log.db",
            "bench",
            os.urandom(32),
            (centre.seal_kid, centre.seal_public),
        )
        with closing(log), closing(_bare(Path(folder) / "bare.db")) as connection:
            return _Pair(log, connection).row()


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    migrations.bring_up_to_date(Database(connection))
    return connection


class _Pair:
    """The log, and the bare table that gets the same rows, one round behind at most."""

    def __init__(self, log: EventLog, bare: sqlite3.Connection) -> None:
        self._log = log
        self._bare = bare
        self._copied = log.head().seq
        self._context = log.open_context({}, _AT)
        self._fill()

    def row(self) -> Row:
        return compare(
            NAME,
            DESCRIPTION,
            measured=lambda: self._fill() / APPENDS,
            reference=lambda: self._drain() / APPENDS,
            rounds=ROUNDS,
            goal=GOAL,
        )

    def _fill(self) -> float:
        def append() -> None:
            for number in range(APPENDS):
                self._log.append(
                    EventKind.CHECK_IN,
                    context=self._context,
                    at=_AT,
                    outcome="ADMITTED",
                    person_key=f"personal_number:001085{number:06}",
                    body=_BODY,
                )

        return cpu_time(append)

    def _drain(self) -> float:
        with closing(open_read_only(self._log.path)) as connection:
            rows = connection.execute(_SELECT, (self._copied, APPENDS)).fetchall()
        self._copied += len(rows)

        def insert() -> None:
            for row in rows:
                self._bare.execute(_INSERT, row)

        return cpu_time(insert)
