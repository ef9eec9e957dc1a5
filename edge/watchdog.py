"""Telling the system's supervisor that the terminal is ready, that it still works, that it ends.

Lives here: the few words of sd_notify over its socket, and when the watchdog is fed: while the card
thread takes its turns, no thread is lost and the pages answer over their own port. Not here: how
long the supervisor waits (the unit), and what a new start cannot mend: a missing reader, a full
disk, a network that is away; those are said on the pages, and the terminal goes on.
Source: sd_notify(3), sd_watchdog_enabled(3), systemd.service(5).
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"
LOOKS = 4  # in the time after which the supervisor starts the terminal anew
ANSWER_SECONDS = 10.0
"""Longest wait for a page; every thread of the pages may be busy for a moment."""
MAX_ANSWER = 64 * 1024  # bytes of the page that are read
_STATUS_LINE = b"HTTP/1.1 200 "

log = logging.getLogger("tramthe.watchdog")


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Whoever started this process and wants to hear of it.

    `socket`: path of a Unix datagram socket, `@` first for an abstract one; `patience`: seconds
    without a word after which it starts the process anew, None where it does not.
    """

    socket: str
    patience: float | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> Supervisor | None:
        """Return the supervisor that the environment names, None where there is none."""
        address = environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        microseconds = environ.get("WATCHDOG_USEC", "")
        meant = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        waits = (
            meant and microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0
        )
        return cls(address, int(microseconds) / 1_000_000 if waits else None)

    def tell(self, *said: str) -> None:
        """Say these lines; a supervisor that cannot be reached is logged, and nothing else."""
        address = f"\0{self.socket[1:]}" if self.socket.startswith("@") else self.socket
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.sendto("\n".join(said).encode(), address)
        except OSError as error:
            log.warning("the supervisor cannot be told %s: %s", said[0], type(error).__name__)


@dataclass(frozen=True, slots=True)
class Signs:
    """What shows that a terminal works. Any thread may ask."""

    turns: Callable[[], int]
    """How many turns the card thread has taken."""
    lost: Callable[[], str | None]
    """The name of a thread that has ended by itself, None where all run."""
    answers: Callable[[], bool]
    """Whether a page is answered."""


class Watchdog:
    """Feeds the supervisor's watchdog while the terminal works; `run` on a thread of its own."""

    def __init__(self, supervisor: Supervisor, signs: Signs) -> None:
        self._supervisor = supervisor
        self._signs = signs
        self._turns = signs.turns()

    def run(self, stop: threading.Event) -> None:
        """Look and feed until `stop` is set; at once where the supervisor does not wait for it."""
        if self._supervisor.patience is None:
            return
        while not stop.wait(self._supervisor.patience / LOOKS):
            self.look()

    def look(self) -> str | None:
        """Feed the watchdog, or return what does not work."""
        wrong = self._wrong()
        if wrong is None:
            self._supervisor.tell(ALIVE)
        else:
            log.error("the watchdog is not fed: %s", wrong)
        return wrong

    def _wrong(self) -> str | None:
        before, self._turns = self._turns, self._signs.turns()
        if self._turns == before:
            return "the card thread stands"
        lost = self._signs.lost()
        if lost is not None:
            return f"the thread {lost} has ended"
        return None if self._signs.answers() else "the pages do not answer"


def answers(host: str, port: int, path: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Return whether the page at `path` of this machine is answered with 200, whole."""
    asked = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=seconds) as line:
            line.sendall(asked.encode("ascii"))
            answer = bytearray()
            while len(answer) < MAX_ANSWER:
                part = line.recv(MAX_ANSWER)
                if not part:
                    break
                answer += part
    except OSError:
        return False
    return answer.startswith(_STATUS_LINE)
