"""Terminals' segments by the hundred, and the centre they are sent to: what `centre` measures with.

Lives here: events made in bulk with their chain, signed under certificates of a terminal
authority; a PostgreSQL and `tramthe centre serve` as processes; sending on open connections. Not
here: the rows (`centre`).

An event is as large as a check-in with a card's result in its sealed body; the body is random
bytes, which is what sealed bytes are.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from edge.wire import canonical
from edge.wire.event import genesis
from edge.wire.segment import TYP
from provisioning.centre import process
from provisioning.centre.batch import Batch, EventRow
from provisioning.cli.common import office_time
from provisioning.demo.children import free_port
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal, new_key
from verify import jws

KID = "bench"
BODY = 700  # bytes, sealed
WITHIN = 60.0  # seconds for anything here
CONNECTIONS = 8


@dataclass(frozen=True)
class Segment:
    """One signed segment as it goes over HTTP, and its rows as they are kept."""

    request: bytes
    batch: Batch


class Terminals:
    """Makes terminals and their segments under one authority."""

    def __init__(self) -> None:
        self._at = office_time() - timedelta(hours=1)
        self.ca: Authority = create_terminal_ca("Bench terminal CA", at=self._at)
        self._made = 0

    def segments(self, terminals: int, events: int) -> list[Segment]:
        """Return what so many new terminals send: one segment of `events` each."""
        return [s for _ in range(terminals) for s in self.terminal(events, events)]

    def terminal(self, events: int, each: int) -> Iterator[Segment]:
        """Return what one new terminal sends: `events`, at most `each` in a segment."""
        self._made += 1
        name, epoch, key = f"99-{self._made:06}", os.urandom(16).hex(), new_key()
        certificate = issue_terminal(self.ca, key.public_key(), name, at=self._at)
        prev, context = genesis(name, epoch), os.urandom(16).hex()
        for first in range(1, events + 1, each):
            last = min(first + each - 1, events)
            rows, objects = _events(name, epoch, context, first, last, prev, self._at)
            payload = {
                "terminal": name, "epoch": epoch, "first": first, "last": last,
                "count": last - first + 1, "prev": canonical.to_base64url(prev),
                "head": canonical.to_base64url(rows[-1].hash), "events": objects,
            }  # fmt: skip
            compact = jws.sign(payload, typ=TYP, key=key, x5c=(certificate,))
            yield Segment(_request(compact), Batch(name, epoch, first, last, prev, rows))
            prev = rows[-1].hash


def _events(
    terminal: str, epoch: str, context: str, first: int, last: int, prev: bytes, at: datetime
) -> tuple[list[EventRow], list[dict[str, object]]]:
    rows: list[EventRow] = []
    objects: list[dict[str, object]] = []
    moment = f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    for seq in range(first, last + 1):
        fields: dict[str, object] = {
            "at": moment, "body": canonical.to_base64url(os.urandom(BODY)), "context": context,
            "epoch": epoch, "kind": "check-in", "outcome": "ADMITTED",
            "prev": canonical.to_base64url(prev), "quality": "synchronised", "reason": None,
            "sealed": None, "seq": seq, "tag": canonical.to_base64url(os.urandom(32)),
            "terminal": terminal,
        }  # fmt: skip
        digest = hashlib.sha256(canonical.encode(fields)).digest()
        fields["hash"] = canonical.to_base64url(digest)
        objects.append(fields)
        rows.append(EventRow(seq, digest, prev, "check-in", moment, canonical.encode(fields)))
        prev = digest
    return rows, objects


def _request(compact: str) -> bytes:
    head = (
        "POST /v1/segments HTTP/1.1\r\nHost: centre\r\nContent-Type: application/jose\r\n"
        f"Content-Length: {len(compact)}\r\n\r\n"
    )
    return (head + compact).encode("ascii")


@dataclass
class Running:
    """A centre that serves on a port of loopback; `pid` is the command's own process."""

    pid: int
    port: int

    def workers(self) -> list[int]:
        """Return the processes that answer."""
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in found] or [self.pid]

    def peak(self) -> float:
        """Return the most memory that any of the processes held at once, MB."""
        fields = (
            Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1] for pid in self.workers()
        )
        return max(int(field.split()[0]) * 1024 / 1e6 for field in fields)

    def drain(self, segments: Sequence[Segment], connections: int = CONNECTIONS) -> float:
        """Send every segment on some open connections; return the seconds until all are held."""
        left = iter(segments)
        lock = threading.Lock()
        failures: list[bytes] = []

        def send() -> None:
            with socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while True:
                    with lock:
                        segment = next(left, None)
                    if segment is None:
                        return
                    line.sendall(segment.request)
                    answer = _answer(line)
                    if not answer.startswith(b"HTTP/1.1 200"):
                        failures.append(answer)
                        return

        threads = [threading.Thread(target=send) for _ in range(connections)]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - begun
        if failures:
            raise RuntimeError(failures[0].decode(errors="replace"))
        return took


def _answer(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(line)
    head, _, body = data.partition(b"\r\n\r\n")
    size = next(
        int(field.split(b":")[1])
        for field in head.lower().split(b"\r\n")
        if field.startswith(b"content-length:")
    )
    while len(body) < size:
        body += _some(line)
    return data


def _some(line: socket.socket) -> bytes:
    data = line.recv(65_536)
    if not data:
        raise RuntimeError("the centre closed the connection")
    return data


@contextmanager
def served(folder: Path, url: str, terminals: Terminals, processes: int) -> Iterator[Running]:
    """Run `tramthe centre serve` over a database."""
    keys = folder / "centre"
    if not keys.exists():
        process.make_folder(keys, new_key(), KID, [terminals.ca.certificate])
    port = free_port()
    with (folder / "centre.log").open("ab") as log:
        child = subprocess.Popen(
            [
                sys.executable, "-m", "provisioning.cli.main", "centre", "serve", str(keys),
                "--database", url, "--port", str(port), "--processes", str(processes),
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _until_ready(port)
        yield Running(child.pid, port)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(WITHIN)


def _until_ready(port: int) -> None:
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=WITHIN) as line:
                line.sendall(b"GET /v1/ready HTTP/1.1\r\nHost: centre\r\n\r\n")
                if _answer(line).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the centre did not answer")
        time.sleep(0.05)
