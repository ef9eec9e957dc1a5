"""Numbers for a monitoring system: of all processes, whichever answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from provisioning.centre import process
from provisioning.centre.board import Board
from provisioning.centre.metrics import Metrics, make_board
from provisioning.centre.store import Totals
from provisioning.errors import CentreStoreUnavailable
from provisioning.office.pki import new_key
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.made import Centre, signed

SECONDS = 30.0


def numbers(text: bytes) -> dict[str, float]:
    """Return the samples of Prometheus text."""
    lines = (line for line in text.decode().splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_either_process_answers_for_both() -> None:
    """Sums over all places, whoever is asked."""
    board = make_board(2)
    one, other = Metrics(board, 0), Metrics(board, 1)
    one.begun()
    one.taken(140, 1)
    one.ended(0.02)
    other.begun()
    other.failed("refused")
    for metrics in (one, other):
        found = numbers(metrics.text())
        assert found['tramthe_centre_segments_total{outcome="taken"}'] == 1
        assert found['tramthe_centre_segments_total{outcome="refused"}'] == 1
        assert found["tramthe_centre_events_total"] == 140
        assert found["tramthe_centre_working"] == 1
        assert found['tramthe_centre_segment_seconds_bucket{le="0.01"}'] == 0
        assert found['tramthe_centre_segment_seconds_bucket{le="0.025"}'] == 1
        assert found['tramthe_centre_segment_seconds_bucket{le="+Inf"}'] == 1


def test_process_started_anew_counts_on() -> None:
    """A count never goes back; what the dead one had in work is no longer in work."""
    board = make_board(1)
    dead = Metrics(board, 0)
    dead.begun()
    dead.taken(7, 0)
    found = numbers(Metrics(board, 0).text())
    assert found["tramthe_centre_events_total"] == 7
    assert found["tramthe_centre_working"] == 0


def test_numbers_of_another_process_are_seen() -> None:
    """The board is one memory for processes made after it."""
    board = Board(2, 3)
    pid = os.fork()
    if pid == 0:
        board.writer(1).add(2, 5.0)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert (board.total(2), list(board.row(1))) == (5.0, [0.0, 0.0, 5.0])


def test_what_the_database_holds(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """What is held, whoever brought it; a restart of the centre loses none of it."""
    assert centre.post(signed(log, identity))[0] == 200
    centre.stop()
    centre.start()
    text = centre.app.test_client().get("/v1/metrics").get_data()
    found = numbers(text)
    assert (found["tramthe_centre_database_up"], found["tramthe_centre_held_epochs"]) == (1, 1)
    assert found["tramthe_centre_held_events"] == len(log.events())
    assert TERMINAL.encode() not in text


def test_database_that_does_not_answer() -> None:
    """Its silence is a number, not a failure; the processes' own numbers stand."""

    def silent() -> Totals:
        raise CentreStoreUnavailable("No answer.", next_step="Wait.")

    found = numbers(Metrics(totals=silent).text())
    assert (found["tramthe_centre_database_up"], found["tramthe_centre_processes"]) == (0, 1)
    assert "tramthe_centre_held_events" not in found


def test_two_processes_over_one_socket(tmp_path: Path) -> None:
    """A real centre says that both stand; one that is killed comes back in its place."""
    folder, unix = tmp_path / "centre", tmp_path / "c.sock"
    process.make_folder(folder, new_key(), "kid", [])
    child = subprocess.Popen(
        [
            sys.executable, "-m", "provisioning.cli.main", "centre", "serve", str(folder),
            "--socket", str(unix), "--processes", "2",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_standing(unix, 2)
        victim = int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[0])
        os.kill(victim, signal.SIGKILL)
        _until_standing(unix, 1)
        found = _until_standing(unix, 2)
        assert {name for name in found if "resident" in name} == {
            'tramthe_centre_resident_bytes{place="0"}',
            'tramthe_centre_resident_bytes{place="1"}',
        }
    finally:
        child.send_signal(signal.SIGTERM)
        assert child.wait(SECONDS) == 0


def _until_standing(unix: Path, processes: int) -> dict[str, float]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            found = numbers(_scrape(unix))
        except OSError:
            found = {}
        if found.get("tramthe_centre_processes") == processes:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never {processes} processes")


def _scrape(unix: Path) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(SECONDS)
        line.connect(str(unix))
        line.sendall(b"GET /v1/metrics HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
        data = b""
        while more := line.recv(65_536):
            data += more
    return data.partition(b"\r\n\r\n")[2]
