"""A country's centre in a database: 200,000 terminals, and how long the pages' questions take.

    python -m tests.bench.country [ADDRESS]

Fills the database at ADDRESS unless it has terminals; without it a fresh PostgreSQL and a fresh
SQLite file, one after the other. Then asks each question of the pages, and the two that a quiet
process asks all the time, and prints processor time and wall time in milliseconds.

Lives here: rows as `store`, `tally`, `reports`, `epoch_links` and `again` would write them, in
bulk, and the questions. Not here: the rows of `make bench`, each of which is set against a
reference.
Names and numbers are synthetic; events have no body, for no question here reads one.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.centre import alarms, epoch_links, fleet, meetings, organisations, tally
from provisioning.centre.attendance import SUMS
from provisioning.centre.catalogue import plain
from provisioning.centre.database import Database
from provisioning.centre.fleet import Show
from provisioning.centre.inbox_tables import INBOX_ALARM, REVERIFICATION
from provisioning.centre.limits import MAX_EXPORT
from provisioning.centre.meetings import Period
from provisioning.centre.office_tables import (
    EPOCH_LINK,
    MEETING,
    ORGANISATION,
    PLACE,
    REPORT,
    SETTLED,
    TALLIED,
)
from provisioning.centre.reverified import Which, reverified
from provisioning.centre.store import CentreStore
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT, POSTGRESQL, EpochId
from tests.bench.centre import postgres_with_fsync

TERMINALS = 200_000
COMMUNES = 4_000
"""Of 60 provinces; each has 50 cells, and each cell a terminal."""
MEETINGS = 6
"""Of each terminal: half a year of a cell."""
ALARMS, ASIDES, REVERIFIED = 5_000, 2_000, 20_000
RENEWED = 5
"""Every so many terminals one has a second epoch."""
NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)
TODAY = "2026-11-29"
ROUNDS = 3
AT_ONCE = 10_000  # rows of one insertion

Row = dict[str, Any]


def epoch_of(number: int, which: int = 0) -> str:
    """Return an epoch's id."""
    return hashlib.sha256(f"{number} {which}".encode()).hexdigest()[:32]


def name_of(number: int) -> str:
    """Return a terminal's id."""
    return f"TT-{number:06}"


def code_of(number: int) -> str:
    """Return the code of the cell with which a terminal stands."""
    commune, cell = divmod(number, TERMINALS // COMMUNES)
    province, rest = divmod(commune, 67)
    return f"{province + 10:02}{100 + rest // 20:03}{rest % 20 + 1:03}000{cell + 1:03}"


def seen_at(number: int) -> datetime:
    """Return when a terminal came last: one in twenty has been silent for weeks."""
    days = 10 + number % 60 if number % 20 == 0 else number % 7 * 0.9
    return NOW - timedelta(days=days, seconds=number % 3_600)


def terminals() -> Iterator[tuple[sa.Table, Row]]:
    """Yield the rows of each terminal but its meetings."""
    for number in range(TERMINALS):
        terminal, seen = name_of(number), seen_at(number)
        first, last = epoch_of(number), epoch_of(number, 1)
        epochs = [first, last] if number % RENEWED == 0 else [first]
        for which, epoch in enumerate(epochs):
            place = {"terminal": terminal, "epoch": epoch}
            come = timestamp(seen - timedelta(days=200 - 100 * which))
            left = seen - timedelta(days=100 * (epoch != epochs[-1]))
            yield EVENT, place | {
                "seq": 1, "hash": bytes(32), "prev": bytes(32), "data": b"{}",
                "received_at": come, "kind": "epoch-begun" if which else "fault", "at": come,
            }  # fmt: skip
            yield EPOCH, place | {
                "high_water": 650, "last_seen": timestamp(left), "head": bytes(32),
                "highest": 650 + (number % 50 == 0), "events": 650,
                "aside": int(number % (TERMINALS // ASIDES) == 0 and not which), "alarms": 0,
            }  # fmt: skip
            yield TALLIED, place | {"seq": 650}
            yield EPOCH_LINK, place | {
                "standing": "linked" if which else "first", "seen": 0, "look_at": None,
                "after_epoch": first if which else None, "after_seq": 650 if which else None,
            }  # fmt: skip
        yield REPORT, {
            "terminal": terminal, "received_at": timestamp(seen), "at": timestamp(seen),
            "quality": "synchronised", "version": "0.1.0", "epoch": epochs[-1], "seq": 650,
            "queued": number % 3, "list_number": f"{420 - number % 9:x}",
            "list_at": timestamp(NOW - timedelta(days=number % 9)),
        }  # fmt: skip
        yield PLACE, {
            "terminal": terminal, "since": "2025-01-01", "until": None, "code": code_of(number),
        }  # fmt: skip


def catalogue() -> Iterator[tuple[sa.Table, Row]]:
    """Yield the organisations above and with the terminals."""
    said: set[str] = set()
    for number in range(TERMINALS):
        code = code_of(number)
        above = None
        for digits in (2, 5, 8, 14):
            one = code[:digits].ljust(14, "0")
            if one not in said:
                said.add(one)
                name = f"Chi bộ thôn số {number}" if digits == 14 else f"Đảng bộ {one[:digits]}"
                yield ORGANISATION, {
                    "code": one, "since": "2025-01-01", "until": None, "name": name,
                    "plain": plain(name), "parent": above,
                }  # fmt: skip
            above = one


def gatherings() -> Iterator[tuple[sa.Table, Row]]:
    """Yield half a year of meetings, most of them in the first days of a month."""
    figures = dict.fromkeys(SUMS, 0)
    for month in range(MEETINGS):
        first = date(2026 - (month > 10), (10 - month) % 12 + 1, 1)
        for number in range(TERMINALS):
            day = first + timedelta(days=number % 10 if number % 4 else number % 27)
            opened = f"{day.isoformat()}T12:{number % 60:02}:00.000Z"
            yield MEETING, figures | {
                "context": epoch_of(number, 100 + month), "terminal": name_of(number),
                "day": day.isoformat(), "opened_at": opened,
                "closed_at": f"{day.isoformat()}T14:00:00.000Z", "doors": 1,
                "present": 20 + number % 9, "by_card": 18 + number % 9, "by_hand": 2,
                "excused": number % 3,
            }  # fmt: skip


def troubles() -> Iterator[tuple[sa.Table, Row]]:
    """Yield alarms, half of them looked at, what was set aside, and what was judged again."""
    for number in range(0, TERMINALS, TERMINALS // ALARMS):
        place = {"terminal": name_of(number), "epoch": epoch_of(number), "seq": 7}
        at = timestamp(NOW - timedelta(minutes=number))
        yield ALARM, place | {"code": "CHAIN_FORKED", "raised_at": at}
        if number % (2 * TERMINALS // ALARMS):
            seen = {"code": "CHAIN_FORKED", "at": at, "operator": "lan", "note": "Đã gọi trạm"}
            yield SETTLED, place | seen
        if number % (10 * TERMINALS // ALARMS) == 0:
            yield INBOX_ALARM, {
                "terminal": name_of(number), "code": "INBOX_NUMBER_AHEAD", "detail": "12",
                "raised_at": at,
            }  # fmt: skip
    for number in range(0, TERMINALS, TERMINALS // ASIDES):
        yield ASIDE, {
            "terminal": name_of(number), "epoch": epoch_of(number), "seq": 9, "digest": bytes(32),
            "why": "EVENT_MALFORMED", "data": b"{}", "received_at": timestamp(seen_at(number)),
        }  # fmt: skip
    outcomes = ("accepted", "accepted", "accepted", "indeterminate", "rejected")
    for number in range(REVERIFIED):
        yield REVERIFICATION, {
            "terminal": name_of(number), "epoch": epoch_of(number), "seq": 1, "number": 1,
            "at": timestamp(NOW - timedelta(minutes=number)), "reason": None, "compact": "x",
            "outcome": outcomes[number % len(outcomes)],
        }  # fmt: skip


def fill(database: Database) -> None:
    """Fill a database that is up to date and empty."""
    for rows in (catalogue(), terminals(), gatherings(), troubles()):
        while some := list(islice(rows, AT_ONCE)):
            _insert(database, some)
    with database.writing() as connection:
        connection.execute(sa.text("ANALYZE"))
        if database.dialect == POSTGRESQL:  # so that one process's time is all of it
            alone = "ALTER ROLE CURRENT_USER SET max_parallel_workers_per_gather = 0"
            connection.execute(sa.text(alone))


def _insert(database: Database, rows: Iterable[tuple[sa.Table, Row]]) -> None:
    by_table: dict[sa.Table, list[Row]] = {}
    for table, row in rows:
        by_table.setdefault(table, []).append(row)
    with database.writing() as connection:
        for table, some in by_table.items():
            if database.dialect == POSTGRESQL:
                _copy(connection, table, some)
            else:
                connection.execute(sa.insert(table), some)


def _copy(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
    """Do the same by COPY, as text."""
    names = list(rows[0])
    ids = {column.name for column in table.c if isinstance(column.type, EpochId)}
    raw: Any = connection.connection.driver_connection
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [f"\\x{row[name]}" if name in ids and row[name] else row[name] for name in names]
            )


def questions(database: Database) -> dict[str, Callable[[], object]]:
    """Return what pages ask, by what a person does; last what a quiet process asks."""
    of, month = partial(fleet.terminals, database, NOW, TODAY), Period("2026-10-31", TODAY)
    half, province = Period("2026-06-01", TODAY), code_of(0)[:2].ljust(14, "0")
    below = Period(month.since, month.until, province)
    alarm = partial(alarms.alarms, database)
    return {
        "fleet: counts": lambda: fleet.counts(database, NOW),
        "fleet: last seen": lambda: fleet.seen_ago(database, NOW),
        "fleet: lists in use": lambda: fleet.lists_in_use(database),
        "fleet: all": of,
        "fleet: all, page 2,000": lambda: of(skip=100_000),
        "fleet: to look at": lambda: of(show=Show.LOOK),
        "fleet: silent": lambda: of(show=Show.SILENT),
        "fleet: id sought": lambda: of(sought="104217"),
        "fleet: name sought": lambda: of(sought="thôn số 104217"),
        "fleet: code sought": lambda: of(sought=code_of(104_217)),
        "fleet: as a file": lambda: of(limit=MAX_EXPORT),
        "one terminal": lambda: of(only=name_of(104_215)),
        "one terminal: epochs": lambda: fleet.epochs(database, name_of(104_215)),
        "one terminal: alarms": lambda: alarm(terminal=name_of(104_200)),
        "alarms: open": lambda: alarm(settled=False),
        "alarms: looked at": lambda: alarm(settled=True),
        "alarms: three newest": lambda: alarm(settled=False, limit=3),
        "set aside": lambda: alarms.aside(database),
        "judged again: rejected": lambda: reverified(database, which=Which.REJECTED),
        "judged again: all": lambda: reverified(database),
        "meetings: month by day": lambda: meetings.by_time(database, month, monthly=False),
        "meetings: month by organisation": lambda: meetings.by_organisation(database, month, TODAY),
        "meetings: month, newest": lambda: meetings.meetings(database, month),
        "meetings: province by day": lambda: meetings.by_time(database, below, monthly=False),
        "meetings: province by organisation": lambda: meetings.by_organisation(
            database, below, TODAY
        ),
        "meetings: province, newest": lambda: meetings.meetings(database, below),
        "meetings: half a year by month": lambda: meetings.by_time(database, half, monthly=True),
        "meetings: half a year by organisation": lambda: meetings.by_organisation(
            database, half, TODAY
        ),
        "organisations: topmost": lambda: organisations.organisations(database, TODAY),
        "organisations: sought": lambda: organisations.organisations(
            database, TODAY, sought="thôn số 104217"
        ),
        "quiet: meetings to count": lambda: tally.catch_up(database),
        "quiet: epochs to look at": lambda: epoch_links.catch_up(database, NOW),
    }


def ask(database: Database, only: str = "") -> Iterator[tuple[str, float, float]]:
    """Yield each question with its processor time and its wall time, the least of its rounds.

    Both in milliseconds. Processor time is that of this process and of PostgreSQL's for it.
    """
    for what, question in questions(database).items():
        if only in what:
            question()
            rounds = [_timed(database, question) for _ in range(ROUNDS)]
            yield what, min(spent for spent, _ in rounds), min(wall for _, wall in rounds)


def _timed(database: Database, question: Callable[[], object]) -> tuple[float, float]:
    before, begun = _spent(database), time.perf_counter()
    question()
    wall = time.perf_counter() - begun
    return (_spent(database) - before) * 1000, wall * 1000


def _spent(database: Database) -> float:
    """Return seconds of processor time until now; the pool has one connection at rest."""
    if database.dialect != POSTGRESQL:
        return time.process_time()
    with database.reading() as connection:
        pid = connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _filled(address: str) -> Iterator[Database]:
    store = CentreStore(address)
    try:
        if not store.totals().epochs:
            begun = time.monotonic()
            fill(store.database)
            print(f"filled in {time.monotonic() - begun:.0f} s")  # noqa: T201 -- a script
        yield store.database
    finally:
        store.close()


def _fresh() -> Iterator[str]:
    with postgres_with_fsync() as server:
        yield server.make_database()
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'country.db'}"


def main(addresses: Iterable[str], only: str = "") -> None:
    """Print a table for each database."""
    for address in addresses:
        with _filled(address) as database:
            print(database.dialect)  # noqa: T201 -- a script
            for what, spent, wall in ask(database, only):
                print(f"{spent:>9.0f} ms {wall:>9.0f} ms  {what}", flush=True)  # noqa: T201 -- a script


if __name__ == "__main__":
    given = list(islice(sys.argv, 1, 3))
    main([given[0]] if given else _fresh(), *given[1:])
