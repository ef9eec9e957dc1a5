"""A helper that answers as the root's does, without a radio: what it was told, and when let go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge.access_point import AccessPointFault
from edge.phones.desk import Phase, PhoneDesk, PhonesView
from edge.phones.wifi import OwnWifi

WIFI = OwnWifi("TramThe 99-0417", "127.0.0.2:8080")
OWN = OwnWifi("TramThe 99-0417", "192.168.50.1:8080")
UP = f"up {WIFI.octets}\n"
SILENT = ""
"""The connection ends without a word: the turn before is still being cleared away."""

HUNG = "\0"
"""Nothing is said, and the connection stays."""


class Shown(PhoneDesk):
    """The desk of a network that is so far, and stays so."""

    def __init__(self, view: PhonesView) -> None:
        self.shows = view
        super().__init__(
            view.wifi,
            listen=lambda _: None,
            shut=lambda _: None,
            told=lambda: None,
            randomness=bytes,
            helper=Path("/nowhere"),
        )

    def view(self) -> PhonesView:
        """Return what was told."""
        return self.shows


def shown(phase: Phase) -> Shown:
    """Return the desk of a network that is so far."""
    on, failed = phase is Phase.ON, phase is Phase.FAILED
    fault = AccessPointFault.NOT_STARTED if failed else None
    return Shown(PhonesView(OWN, phase, "4821733300195520" if on else None, fault))


@dataclass
class Helper:
    """Answers connections in turn; `given` holds what each sent, `left` how many ended."""

    place: Path
    given: list[str] = field(default_factory=list)
    left: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    held: list[socket.socket] = field(default_factory=list)

    def drop(self) -> None:
        """Let go of the last connection, as a radio that was pulled out makes it."""
        self.held[-1].shutdown(socket.SHUT_RDWR)


@contextmanager
def helping(place: Path, answers: Sequence[str]) -> Iterator[Helper]:
    """Answer as many connections at a socket."""
    helper = Helper(place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()

        def serve() -> None:
            for answer in answers:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, suppress(ConnectionError):  # the terminal may let go at any time
                    helper.held.append(connection)
                    helper.given.append(connection.recv(64).decode())
                    if answer not in (SILENT, HUNG):
                        connection.sendall(answer.encode())
                    if answer == HUNG or answer.startswith("up "):
                        connection.recv(1)
                helper.left.release()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield helper
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for held in helper.held:
                with suppress(OSError):  # it ended already
                    held.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            assert not thread.is_alive()
