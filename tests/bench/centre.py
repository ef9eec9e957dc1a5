"""Rows `centre-…`: what the centre accepts in a second, as its table grows, and in what memory.

Lives here: PostgreSQL and SQLite with the centre before them, and the bare writing of the same
rows into the same table. Not here: terminals and their segments (`centre_load`).

Wall time, since several processes share the work; the machine has to be quiet.
"""

from __future__ import annotations

import itertools
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from provisioning.centre.insert import (
    COPY_EVENT,
    COPY_HEAD,
    COPY_TAIL,
    INSERT_SQLITE,
    copy_rows,
    sqlite_rows,
)
from provisioning.centre.store import CentreStore
from tests.bench.centre_load import Running, Segment, Terminals, served
from tests.bench.measure import MILLISECONDS, Row
from tests.provisioning.centre.postgres import PostgresServer, binaries

GOAL = 0.35
"""Of the rate of the bare writing at least this."""
GROWTH = 1.2
MEMORY = 150.0  # MB
PROCESSES = 2
ROUNDS = 7
GROWTH_ROUNDS = 12
TERMINALS = 150  # a round
EVENTS = 140  # of each: a month of a cell
LARGE = 500  # events, the most that a segment carries
MANY = 1000  # terminals
ONE_TERMINAL = 1_000_000  # events
AT = "2026-11-29T05:00:00.000Z"
SMALL, GROWN = 1_000_000, 10_000_000  # rows in the table
FILLER = 100  # bytes of a row that only fills


@contextmanager
def postgres_with_fsync() -> Iterator[PostgresServer]:
    """Give a PostgreSQL that flushes to the disk."""
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL (Debian: postgresql) is not installed; run .ci/setup dev")
    server = PostgresServer(programs, fsync=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def _over_postgres(build: Path) -> Iterator[tuple[Running, Terminals, Any]]:
    """Give a centre over PostgreSQL, terminals for it, and a bare connection to its database."""
    with postgres_with_fsync() as server, _over(build, server) as made:
        yield made


@contextmanager
def _over(build: Path, server: PostgresServer) -> Iterator[tuple[Running, Terminals, Any]]:
    """Give the same over a new database of a server that stands."""
    terminals = Terminals()
    with tempfile.TemporaryDirectory(dir=build) as folder:
        url = server.make_database()
        CentreStore(url).close()
        bare = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        with closing(bare), served(Path(folder), url, terminals, PROCESSES) as centre:
            yield centre, terminals, bare


def _copy(bare: Any, segments: Sequence[Segment]) -> float:
    """Copy the segments' rows in one statement; return the seconds until they are durable."""
    rows = (copy_rows(segment.batch, AT) for segment in segments)
    data = b"".join((COPY_HEAD, *rows, COPY_TAIL))
    begun = time.monotonic()
    with bare.cursor() as cursor, cursor.copy(COPY_EVENT) as copy:
        copy.write(data)
    return time.monotonic() - begun


def _round(work: Callable[[list[Segment]], float], terminals: Terminals) -> float:
    """Return the seconds per event that `work` takes for a round of new segments."""
    return work(terminals.segments(TERMINALS, EVENTS)) / (TERMINALS * EVENTS)


def _by_turns(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int = ROUNDS
) -> list[tuple[float, float]]:
    """Return what both take, round for round; the first round is thrown away."""
    return [(ours(), theirs()) for _ in range(rounds + 1)][1:]


def _rates(
    name: str, description: str, rounds: list[tuple[float, float]], goal: float | None
) -> Row:
    """Return a row of events per second from the seconds per event of both."""
    quotients = [theirs / mine for mine, theirs in rounds]
    low, _, high = statistics.quantiles(quotients, n=4) if len(quotients) > 1 else quotients * 3
    figure = 1 / statistics.median(mine for mine, _ in rounds)
    base = 1 / statistics.median(theirs for _, theirs in rounds)
    return Row(
        name, description, round(figure), "events/s", round(base), round(figure / base, 3), goal,
        (round(low, 3), round(high, 3)), len(rounds), at_least=True,
    )  # fmt: skip


def _accept(build: Path) -> Row:
    with _over_postgres(build) as (centre, terminals, bare):
        rounds = _by_turns(
            partial(_round, centre.drain, terminals),
            partial(_round, partial(_copy, bare), terminals),
        )
    return _rates(
        "centre-accept",
        f"{TERMINALS} terminals send {EVENTS} events each over HTTP to `centre"
        " serve --processes 2` on PostgreSQL, signatures, hashes and chain checked, each segment "
        "acknowledged when it is durable / one binary COPY of as many such rows into the same "
        "indexed, partitioned table by one connection.",
        rounds, GOAL,
    )  # fmt: skip


def _accept_sqlite(build: Path) -> Row:
    terminals = Terminals()
    with tempfile.TemporaryDirectory(dir=build) as folder:
        url, other = f"sqlite:///{folder}/centre.db", Path(folder) / "bare.db"
        CentreStore(f"sqlite:///{other}").close()
        with closing(sqlite3.connect(other, isolation_level=None)) as bare:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                bare.execute(f"PRAGMA {pragma}")
            with served(Path(folder), url, terminals, 1) as centre:
                rounds = _by_turns(
                    partial(_round, centre.drain, terminals),
                    partial(_round, partial(_executemany, bare), terminals),
                )
    return _rates(
        "centre-accept-sqlite",
        "As `centre-accept`, on SQLite by one process / executemany of as many such rows, in one "
        "transaction, into the same table of another file with the same pragmas in that folder.",
        rounds, GOAL,
    )  # fmt: skip


def _executemany(bare: sqlite3.Connection, segments: Sequence[Segment]) -> float:
    rows = [row for segment in segments for row in sqlite_rows(segment.batch, AT)]
    begun = time.monotonic()
    bare.execute("BEGIN IMMEDIATE")
    bare.executemany(INSERT_SQLITE, rows)
    bare.execute("COMMIT")
    return time.monotonic() - begun


def _many(build: Path) -> Row:
    """Let a thousand terminals come home at once."""
    events = MANY * EVENTS
    with _over_postgres(build) as (centre, terminals, bare):
        centre.drain(terminals.segments(TERMINALS, EVENTS))
        ours = centre.drain(terminals.segments(MANY, EVENTS)) / events
        theirs = _copy(bare, terminals.segments(MANY, EVENTS)) / events
    return _rates(
        "centre-drain-many",
        f"As `centre-accept`, {MANY:,} terminals with {EVENTS} events each at once: "
        f"{ours * events:.1f} s for all / one binary COPY of as many rows.",
        [(ours, theirs)], None,
    )  # fmt: skip


def _one(build: Path) -> Row:
    """Let one terminal bring a million events home, one segment after the other."""
    rounds: list[tuple[float, float]] = []
    with _over_postgres(build) as (centre, terminals, bare):
        log = terminals.terminal(ONE_TERMINAL, LARGE)
        while segments := list(itertools.islice(log, 100)):
            events = len(segments) * LARGE
            other = list(terminals.terminal(events // 10, LARGE))
            ours = centre.drain(segments, connections=1) / events
            rounds.append((ours, _copy(bare, other) / (events // 10)))
    return _rates(
        "centre-drain-one",
        f"One terminal brings {ONE_TERMINAL:,} events, {LARGE} in a segment, the next after "
        "the acknowledgement of the one before / binary COPY as in `centre-accept`.",
        rounds, None,
    )  # fmt: skip


def _growth(build: Path) -> Row:
    """Two tables on one server, by turns, so that the machine's mood falls on both."""
    with (
        postgres_with_fsync() as server,
        _over(build, server) as (low, low_terminals, low_bare),
        _over(build, server) as (high, high_terminals, high_bare),
    ):
        _fill(low_bare, SMALL)
        _fill(high_bare, GROWN)
        rounds = _by_turns(
            partial(_round, high.drain, high_terminals),
            partial(_round, low.drain, low_terminals),
            GROWTH_ROUNDS,
        )
    first, _, third = statistics.quantiles([after / before for after, before in rounds], n=4)
    figure = statistics.median(after for after, _ in rounds)
    base = statistics.median(before for _, before in rounds)
    return Row(
        "centre-growth",
        f"Wall time per event as in `centre-accept`, with {GROWN:,} rows in the table / with "
        f"{SMALL:,}, by turns on one server; the rows that fill it have short bodies, full keys.",
        round(figure * MILLISECONDS, 4), "ms", round(base * MILLISECONDS, 4),
        round(figure / base, 3), GROWTH, (round(first, 3), round(third, 3)), len(rounds),
    )  # fmt: skip


_FILL = f"""
INSERT INTO event (terminal, epoch, seq, hash, prev, kind, at, received_at, data)
SELECT '98-' || lpad((n / {EVENTS})::text, 7, '0'),
    decode(md5((n / {EVENTS})::text), 'hex'), mod(n, {EVENTS}) + 1,
    sha256(n::text::bytea), sha256((n - 1)::text::bytea), 'check-in', now(), now(),
    repeat('x', {FILLER})::bytea
FROM generate_series(%s, %s) AS n
"""  # noqa: S608 -- constants


def _fill(bare: Any, size: int) -> None:
    held = bare.execute("SELECT count(*) FROM event").fetchone()[0]
    bare.execute(_FILL, (held, size - 1))
    bare.execute("VACUUM ANALYZE event")
    bare.execute("CHECKPOINT")


def _memory(build: Path) -> Row:
    with _over_postgres(build) as (centre, terminals, _):
        for _number in range(2):
            centre.drain(list(terminals.terminal(50 * LARGE, LARGE)), connections=1)
            centre.drain(terminals.segments(TERMINALS, EVENTS))
        figure = centre.peak()
    return Row(
        "centre-rss",
        "The most memory (VmHWM) of any process of `centre serve --processes 2` on PostgreSQL, "
        "after segments of every size / the limit.",
        round(figure, 1), "MB", MEMORY, round(figure / MEMORY, 3), 1.0, (1.0, 1.0), 1,
    )  # fmt: skip


ROWS: dict[str, Callable[[Path], Row]] = {
    "centre-accept": _accept,
    "centre-accept-sqlite": _accept_sqlite,
    "centre-drain-many": _many,
    "centre-drain-one": _one,
    "centre-growth": _growth,
    "centre-rss": _memory,
}
