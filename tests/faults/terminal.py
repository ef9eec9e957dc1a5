"""A terminal's log and its way to the centre, as a process: commands in, what was done out.

    python -m tests.faults.terminal FOLDER URL LONGEST

FOLDER is made by `office`; LONGEST caps every wait, in seconds. One command a line: `tap N` records
N events; `pass` makes one pass; `loop` goes on by itself; `known` tells what the centre signed. A
line of JSON is told only after the product said so. At its start it tells every event of its log.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.clock import Clock
from edge.errors import RecordingLocked
from edge.identity.key import load_or_create
from edge.log.append import EventLog
from edge.net.line import Line
from edge.net.tls import ClientCertificate, Tls
from edge.sync.centre_key import CentreKey
from edge.sync.repeat import UplinkLoop
from edge.sync.uplink import Uplink, UplinkResult
from edge.wire.ack import open_ack
from edge.wire.event import Event
from edge.wire.kinds import EventKind

NAME = "Nguyễn Thị Ánh Tuyết"


class Terminal:
    """The log and the uplink of one folder."""

    def __init__(self, folder: Path, url: str, longest: float) -> None:
        settings: dict[str, Any] = json.loads((folder / "centre.json").read_text("ascii"))
        key = serialization.load_pem_public_key(settings["key"].encode())
        assert isinstance(key, ec.EllipticCurvePublicKey)
        self._key = key
        clock = Clock(folder / "floor.json")
        self._now = clock.now
        identity = load_or_create(folder / "identity", settings["terminal"])
        assert identity.certificate is not None
        seal = (settings["seal_kid"], bytes.fromhex(settings["seal"]))
        self.log = EventLog(
            folder / "log.sqlite", settings["terminal"], identity.wrap_key, seal, durable=False
        )
        roots = Path(settings["roots"]) if settings["roots"] else None
        shown = ClientCertificate(identity.certificate, identity.key)
        line = Line(Tls(roots, shown, lambda: clock.floor))
        self._uplink = Uplink(self.log, identity, line, url, CentreKey(settings["kid"], key))
        self._loop = UplinkLoop(self._uplink, clock.now, _noted, longest=longest)
        tell(ready=True, events=_told(self.log.events()))

    def tap(self, count: int) -> None:
        """Record so many people of the open meeting, or as many as there is room for."""
        try:
            self._tap(count)
        except RecordingLocked as error:
            tell(locked=error.fault)

    def _tap(self, count: int) -> None:
        self._mend()
        contexts = self.log.open_contexts()
        if not contexts:
            context = self.log.open_context({"kind": "regular", "chair": NAME}, self._now())
            tell(events=_told(self.log.events(context)))
        else:
            context = contexts[-1]
        for _ in range(count):
            number = self.log.head().seq
            event = self.log.append(
                EventKind.CHECK_IN,
                context=context,
                at=self._now(),
                outcome="ADMITTED",
                person_key=f"0011850{number:05}",
                body={"name": NAME, "number": f"0011850{number:05}"},
            )
            tell(events=_told([event]))
            self._loop.nudge()

    def _mend(self) -> None:
        """Look whether a locked log can be written to again, as the service does between taps."""
        if self.log.fault is not None:
            self.log.recheck()

    def once(self) -> None:
        """Make one pass and tell how it ended."""
        self._mend()
        result = self._uplink.run_once(self._now())
        tell(state=result.state.value, sent=result.sent, why=result.why, after=result.after)

    def loop(self) -> None:
        """Go on by itself."""
        threading.Thread(target=self._loop.run, daemon=True).start()

    def known(self) -> None:
        """Tell what is acknowledged, each answer's signature checked anew."""
        unsent = self.log.unsent()  # before the answers: the loop may take one meanwhile
        epochs = []
        for epoch in self.log.epochs:
            kept = self.log.last_ack(epoch)
            if kept is not None:
                ack = open_ack(kept.compact, lambda _: self._key)
                epochs.append([ack.epoch, ack.high_water, ack.head and ack.head.hex()])
        tell(unsent=unsent, epochs=epochs)


def tell(**said: Any) -> None:
    """Tell one thing."""
    sys.stdout.write(json.dumps(said, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _noted(result: UplinkResult) -> None:
    sys.stderr.write(f"{result.state} sent {result.sent} to {result.high_water} {result.why}\n")
    sys.stderr.flush()


def _told(events: tuple[Event, ...] | list[Event]) -> list[tuple[str, int, str]]:
    return [(event.epoch, event.seq, event.hash.hex()) for event in events]


def main() -> None:
    """Do what the lines of the standard input say."""
    terminal = Terminal(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    for line in sys.stdin:
        match line.split():
            case ["tap", count]:
                terminal.tap(int(count))
            case ["pass"]:
                terminal.once()
                continue
            case ["loop"]:
                terminal.loop()
            case ["known"]:
                terminal.known()
                continue
        tell(done=line.strip())


if __name__ == "__main__":
    main()
