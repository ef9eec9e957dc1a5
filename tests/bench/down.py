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

from cryptography.hazmat.primitives import serialization

from crl.status import ReasonCode, card_entry
from edge.holdings import Holdings
from edge.net.tls import Tls
from edge.repository.fetch import HttpSource
from edge.repository.outcome import RepositoryState
from provisioning.office.lists import issue_crl, issue_status_list
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.office.pki import Authority
from provisioning.office.signed_list import Entry
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.publish import card_status
from tests.bench.measure import Row
from tests.edge.net.tls_made import files
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


class _World:
    """An office with its lists, and terminals that trust it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pilot = PilotPki.create(AT)
        self.office = Office(folder / "office")

    def publish(self, day: int) -> None:
        """Publish the lists of one day."""
        pilot, at = self.pilot, AT + day * DAY
        card_list = self.folder / "complete.crl"
        card_list.write_bytes(
            issue_status_list(
                pilot.status_signer, scope=STATUS_SCOPE, number=1 + day, this_update=at,
                next_update=at + 30 * DAY, entries=_entries(CARDS + day * CHANGES),
            )
        )  # fmt: skip
        card_status.offer(self.office.shop, self.office.at(at), card_list, pilot.status_signer)
        for name, authority in (("party", pilot.party_csca), ("citizen", pilot.citizen_csca)):
            list_of_signers = self.folder / f"{name}.crl"
            list_of_signers.write_bytes(_signers(authority, day))
            self.office.at(at).add(f"lists/certificate/{name}.crl", list_of_signers)
        self.office.sign(at, "lists", "snapshot", "timestamp")

    def terminal(self, name: str) -> Taker:
        """Return a terminal as it is provisioned: root, trust list, nothing else."""
        holdings = self.folder / name / "holdings"
        holdings.mkdir(parents=True)
        root = self.pilot.root.public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        (holdings / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM, form))
        trust = pilot_trust_list(self.pilot, number=1, issued=AT)
        Holdings(holdings).apply_trust(sign_trust_list(trust, self.pilot.root))
        return Taker(self.folder / name, self.office.first_root)


def _entries(count: int) -> list[Entry]:
    return [(card_entry(str(n).encode()), ReasonCode.SUPERSEDED, AT) for n in range(count)]


def _signers(authority: Authority, day: int) -> bytes:
    at = AT + day * DAY
    revoked = [(card_entry(str(n).encode()), ReasonCode.SUPERSEDED, AT) for n in range(SIGNERS)]
    return issue_crl(
        authority, number=1 + day, this_update=at, next_update=at + 30 * DAY, revoked=revoked
    )


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
        world = _World(folder)
        line, root = stack.enter_context(_served(world.office.public, folder))
        daily, weekly = world.terminal("daily"), world.terminal("weekly")
        world.publish(0)
        first = _pass(daily, line, root, 0)
        _pass(weekly, line, root, 0)
        for day in range(1, WEEK + 1):
            world.publish(day)
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
