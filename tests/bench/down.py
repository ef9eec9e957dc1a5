"""Rows `down-…`: bytes on the line for what comes down to all, on a day, after a week, at first.

Lives here: an office that publishes day by day, its folder behind TLS, terminals that take from
it. Not here: how long that takes on a slow line (`tests/faults`).
"""

from __future__ import annotations

import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from edge.net.tls import Tls
from edge.repository.fetch import HttpSource
from edge.repository.outcome import RepositoryState
from provisioning.office.pilot import PilotPki
from tests.bench.measure import Row
from tests.edge.net.tls_made import files
from tests.edge.repository.lists import publish_lists, terminal_with_trust
from tests.edge.repository.made import AT, DAY, Office, Taker
from tests.edge.repository.web import LOOPBACK, Line

CARDS = 108_000  # on the list: about two in a hundred of all cards
CHANGES = 500  # cards a day: lost, found, reissued, withdrawn
SIGNERS = 20  # revoked document signers of each authority
WEEK = 7  # days
DAY_GOAL = 60_000  # bytes


class Passed(NamedTuple):
    """Bytes of TLS and HTTP that went either way in one pass."""

    down: int
    up: int


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path, scratch: Path) -> Iterator[tuple[Line, Path]]:
    """Serve a folder behind TLS and a line that counts; give the line and the server's root."""
    root, key = files(scratch, AT - DAY, AT + 400 * DAY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root, key)
    with ThreadingHTTPServer((LOOPBACK, 0), partial(_Quiet, directory=str(folder))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        line = Line(server.server_address[1])
        try:
            yield line, root
        finally:
            line.close()
            server.shutdown()
            thread.join()


def _pass(taker: Taker, line: Line, root: Path, day: int) -> Passed:
    before = line.down, line.up
    taker.now = AT + day * DAY
    result = taker.take(HttpSource(line.url.replace("http:", "https:"), tls=Tls(root)))
    if result.state is not RepositoryState.UP_TO_DATE:
        raise RuntimeError(f"the pass of day {day} ended in {result.state}")
    return Passed(line.down - before[0], line.up - before[1])


@cache
def _passes(build: Path) -> tuple[Passed, Passed, Passed]:
    """Return what a day, a week and a first fill took: one history serves the three rows."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=build)))
        pilot, office = PilotPki.create(AT), Office(folder / "office")
        publish = partial(
            publish_lists,
            office,
            pilot,
            scratch=folder,
            cards=CARDS,
            a_day=CHANGES,
            signers=SIGNERS,
        )
        line, root = stack.enter_context(_served(office.public, folder))
        daily, weekly = (
            terminal_with_trust(folder / name, office, pilot) for name in ("daily", "weekly")
        )
        publish(0)
        first = _pass(daily, line, root, 0)
        _pass(weekly, line, root, 0)
        for day in range(1, WEEK + 1):
            publish(day)
            last = _pass(daily, line, root, day)
        return last, _pass(weekly, line, root, WEEK), first


def _row(name: str, which: int, words: str, limit: int | None) -> Callable[[Path], Row]:
    def measure(build: Path) -> Row:
        passed = _passes(build)[which]
        total = passed.down + passed.up
        against = limit or total
        return Row(
            name,
            f"Bytes of HTTPS, both ways (up {passed.up}), of one pass over the repository {words}: "
            f"{CARDS + WEEK * CHANGES} cards on the list, {CHANGES} changes a day, two lists of "
            f"{SIGNERS} document signers anew each day"
            f"{' / the limit' if limit else ''}.",
            total, "bytes", against, round(total / against, 3), 1.0 if limit else None,
            (1.0, 1.0), 1,
        )  # fmt: skip

    return measure


ROWS: dict[str, Callable[[Path], Row]] = {
    "down-day-bytes": _row("down-day-bytes", 0, "by a terminal that took yesterday's", DAY_GOAL),
    "down-week-bytes": _row("down-week-bytes", 1, "by a terminal that was away a week", None),
    "down-first-fill": _row("down-first-fill", 2, "by a terminal that holds no list", None),
}
