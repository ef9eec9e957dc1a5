"""The reader's field as the demonstration sees it: lay this card, lift it.

Two kinds: over PC/SC, where the tray is a child process that holds the virtual reader; and in
process, where PC/SC cannot be had. Not here: which cards, and what becomes of them (`play`).
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from edge.web.serving import PageServer
from provisioning.demo.children import Child, free_port
from provisioning.direct_reader import DirectReader
from provisioning.errors import DemoFailed
from provisioning.softcard import process
from provisioning.virtual_reader import VPCD_HOST, VPCD_PORT, VirtualReader
from reader.transport import PcscWatcher
from reader.watch import Watcher

LOOPBACK = "127.0.0.1"
TIMEOUT = 10.0  # seconds for one answer of the tray


class Field(Protocol):
    """Where cards are laid."""

    watcher: Watcher
    tray_url: str

    def lay(self, key: str) -> None:
        """Lay the card of the tray with this key. Raises DemoFailed."""

    def lift(self) -> None:
        """Lift the card. Raises DemoFailed."""


@dataclass(frozen=True, slots=True)
class TrayField:
    """A field behind the tray's page."""

    watcher: Watcher
    port: int

    @property
    def tray_url(self) -> str:
        """Return the address of the tray's page."""
        return f"http://{LOOPBACK}:{self.port}/"

    def lay(self, key: str) -> None:
        """Lay the card with this key. Raises DemoFailed."""
        self._post("/api/lay", {"key": key})

    def lift(self) -> None:
        """Lift the card. Raises DemoFailed."""
        self._post("/api/lift", {})

    def _post(self, path: str, body: dict[str, str]) -> None:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        headers = {
            "Content-Type": "application/json",
            "Origin": f"http://{LOOPBACK}:{self.port}",
        }
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read(4096).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise DemoFailed(
                "The card tray does not answer.", next_step="Start the demonstration again."
            ) from error
        finally:
            connection.close()
        if answer.status != 200:
            raise DemoFailed(
                f"The card tray refused: {text.strip()}",
                next_step="Close other programs that use the virtual reader, then try again.",
            )


def why_in_process() -> str | None:
    """Return why PC/SC cannot be used here, None where it can."""
    if find_spec("smartcard") is None:
        return "pyscard is not installed"
    try:
        with VirtualReader() as virtual:
            virtual.start()
    except DemoFailed as error:
        return error.message
    return None


@contextmanager
def over_pcsc(cards: Path, static: Path, logs: Path, terminal_url: str) -> Iterator[TrayField]:
    """Give a field over pcscd and vpcd; what was started ends with the block.

    `terminal_url`: where board and desk will be, for the tray's links.
    """
    port = free_port()
    arguments = [
        "provisioning.softcard",
        str(cards),
        *("--port", str(port)),
        *("--static", str(static)),
        *("--terminal-url", terminal_url),
        *("--vpcd-host", VPCD_HOST, "--vpcd-port", str(VPCD_PORT)),
    ]
    with VirtualReader() as virtual:
        name = virtual.start()
        with Child("card tray", arguments, logs / "tray.log") as tray:
            field = TrayField(PcscWatcher(name), port)
            tray.wait_ready(f"{field.tray_url}api/state")
            yield field


@contextmanager
def in_process(cards: Path, static: Path, terminal_url: str) -> Iterator[TrayField]:
    """Give a field without PC/SC: the card lies in this process, the page runs on a thread."""
    reader = DirectReader()
    port = free_port()
    app = process.make_app(
        cards, reader, port=port, static_folder=static, terminal_url=terminal_url
    )
    server = PageServer(app, LOOPBACK, port, process.THREADS)
    thread = threading.Thread(target=server.run, name="card-tray", daemon=True)
    thread.start()
    try:
        yield TrayField(reader, port)
    finally:
        server.stop()
        thread.join(TIMEOUT)
        reader.close()
