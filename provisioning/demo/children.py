"""Processes that the demonstration starts, and alone stops.

Each runs in a session of its own, so that Ctrl-C reaches only the demonstration, which then ends
them in order.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from edge.errors import EdgeError
from edge.net import http
from provisioning.errors import DemoFailed

START_SECONDS = 20.0
STOP_SECONDS = 5.0
MAX_ANSWER = 64 * 1024  # bytes
_PORTS = range(20_000, 32_768)
_TRIES = 100


def free_port() -> int:
    """Return a TCP port of loopback that is free now. Raises OSError where none is found.

    It lies below those that Linux gives to outgoing connections (`ip_local_port_range`): one of
    these could take it before whoever asked for it listens there.
    """
    for _ in range(_TRIES):
        port = _PORTS.start + secrets.randbelow(len(_PORTS))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"No free port was found from {_PORTS[0]} to {_PORTS[-1]}: end what holds them.")


class Child:
    """One Python child process; as a context manager it ends with the block."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path) -> None:
        self.name = name
        self._log = log
        self._arguments = [sys.executable, "-m", *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Return whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; its output goes to the log file."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own modules
                self._arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self, url: str) -> None:
        """Return once `url` answers. Raises DemoFailed if it does not in time."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running:
            try:
                if http.request("GET", url, None, deadline=2.0, max_bytes=MAX_ANSWER).status == 200:
                    return
            except EdgeError:
                time.sleep(0.05)
        raise DemoFailed(
            f"The {self.name} did not start.", next_step=f"Its own words are in {self._log}."
        )

    def stop(self) -> None:
        """End the process; harmless when repeated."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Child:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
