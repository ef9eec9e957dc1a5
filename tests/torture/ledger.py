"""What a process said was done, kept outside of it, and whether the disk agrees.

Lives here: the book and the comparison. Not here: killing (`kills`), what is done (`acts`).
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.log.chain import verify_file
from edge.log.keys import KeyFiles
from edge.log.look import Unreadable, look_at
from edge.log.reading import open_to_read
from edge.wire.kinds import EventKind

LOG = "log.sqlite"


class Violation(Exception):
    """The disk does not hold what was acknowledged."""


@dataclass
class Ledger:
    """What one folder's processes acknowledged. `file` keeps it in a readable form."""

    file: Path
    events: dict[tuple[str, int], str] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    anchors: dict[str, str] = field(default_factory=dict)
    """By a receipt's hash: the centre's word on it."""
    destroyed: dict[str, bytes] = field(default_factory=dict)
    copies: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, line: bytes) -> None:
        """Write down what a process said. Raises Violation for a number given twice."""
        with self.file.open("ab") as file:
            file.write(line + b"\n")
        said: dict[str, Any] = json.loads(line)
        for epoch, seq, digest in said.get("events", ()):
            if self.events.setdefault((epoch, seq), digest) != digest:
                raise Violation(f"event {seq} of epoch {epoch} was acknowledged with two hashes")
        if "opened" in said:
            self.opened.add(said["opened"])
        if "closed" in said:
            self.closed.add(said["closed"])
        for context, wrapped in said.get("destroyed", {}).items():
            self.destroyed[context] = bytes.fromhex(wrapped)
        self.anchors.update(said.get("anchors", {}))
        if "copy" in said:
            self.copies.append(Path(said["copy"]))
        if "fault" in said:
            self.faults.append(said["fault"])

    def compare(self, folder: Path) -> int:
        """Compare with the disk and return how many events the log holds. Raises Violation."""
        if self.faults:
            raise Violation(f"recording was locked: {self.faults[-1]}")
        path = folder / LOG
        if not path.exists() and self.copies and list(folder.glob(f"{LOG}.aside-*")):
            path = self.copies[-1]  # killed while this one was put back
        if not path.exists():
            if self.events:
                raise Violation("the log is gone")
            return 0
        report = verify_file(path)
        if report.first_bad_seq is None and not report.ok and not self.events:
            return 0  # killed before the log was made
        if not report.ok:
            raise Violation(f"not whole at {report.first_bad_seq}: {report.why}")
        if report.events or self.events:
            self._compare_events(path)
            self._compare_receipts(path)
            self._compare_contexts(path)
        self._compare_copies()
        return report.events

    def _compare_events(self, path: Path) -> None:
        held: dict[tuple[str, int], str] = {}
        with look_at(path) as look:
            for epoch in look.epochs:
                for event in look.events(epoch):
                    if isinstance(event, Unreadable):
                        raise Violation(event.why)
                    held[event.epoch, event.seq] = event.hash.hex()
        for identity, digest in self.events.items():
            if identity not in held:
                raise Violation(f"event {identity} was acknowledged and is lost")
            if held[identity] != digest:
                raise Violation(f"event {identity} is another than the one acknowledged")

    def _compare_receipts(self, path: Path) -> None:
        with look_at(path) as look:
            kept = {one.place: one for one in look.view.receipts()}
            for event in look.view.events():
                if event.kind is EventKind.RECEIPT and look.view.place(event) not in kept:
                    raise Violation(f"receipt {event.seq} would never be anchored")
            anchors = {one.digest.hex(): one.anchor for one in kept.values()}
        for digest, anchor in self.anchors.items():
            if anchors.get(digest) != anchor:
                raise Violation(f"the word on receipt {digest[:8]} was kept and is lost")

    def _compare_contexts(self, path: Path) -> None:
        with closing(open_to_read(path)) as connection:
            rows = dict(connection.execute("SELECT context, closed FROM context").fetchall())
        keys = KeyFiles(path)
        for context in self.opened:
            if context not in rows:
                raise Violation(f"context {context} was opened and is lost")
            ended = rows[context] is not None and context in self.closed
            if not ended and keys.read(context) is None:
                raise Violation(f"the key of open context {context} is lost")
        for context in self.closed:
            if rows[context] is None:
                raise Violation(f"context {context} was closed and is open")
        for context, wrapped in self.destroyed.items():
            for file in path.parent.glob("*"):
                if file.is_file() and wrapped in file.read_bytes():
                    raise Violation(f"the key of {context} was destroyed and is in {file.name}")

    def _compare_copies(self) -> None:
        for copy in self.copies[-1:]:  # the ones before were removed after the next was made
            report = verify_file(copy)
            if not report.ok:
                raise Violation(f"the copy {copy.name} is not whole: {report.why}")
