"""What terminals said they recorded, kept outside of them and of the centre, and who agrees.

Lives here: the book and both comparisons. Not here: the processes (`terminal`, `office`), what is
done to them. Every event of the book is in the store exactly once, whole, and nothing else is; and
each terminal holds an acknowledgement that the centre signed and that names its last event.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from edge.wire.event import Event
from provisioning.centre.database import Database
from provisioning.centre.tables import ASIDE, EVENT
from tests.torture.ledger import Violation

Identity = tuple[str, str, int]
"""Terminal, epoch, number."""


@dataclass
class Ledger:
    """What was recorded. `file` keeps it in a readable form."""

    file: Path
    events: dict[Identity, str] = field(default_factory=dict)

    def take(self, terminal: str, said: dict[str, Any]) -> None:
        """Write down what a terminal said. Raises Violation for a number given twice."""
        with self.file.open("a", encoding="ascii") as file:
            file.write(json.dumps({"terminal": terminal, **said}) + "\n")
        for epoch, seq, digest in said.get("events", ()):
            if self.events.setdefault((terminal, epoch, seq), digest) != digest:
                raise Violation(f"event {seq} of {terminal} was recorded with two hashes")

    def compare(self, database: str) -> int:
        """Compare with the centre's store; return how many events both hold. Raises Violation."""
        held: set[Identity] = set()
        query = sa.select(EVENT.c.terminal, EVENT.c.epoch, EVENT.c.seq, EVENT.c.hash, EVENT.c.data)
        with closing(Database(database)) as opened, opened.reading() as connection:
            aside = connection.execute(sa.select(sa.func.count()).select_from(ASIDE)).scalar()
            for terminal, epoch, seq, digest, data in connection.execute(query):
                identity = (terminal, epoch, seq)
                held.add(identity)
                event = Event.from_bytes(bytes(data))
                if (event.terminal, event.epoch, event.seq) != identity:
                    raise Violation(f"{identity} holds another event")
                if bytes(digest) != event.computed_hash():
                    raise Violation(f"{identity} is not whole")
                if self.events.get(identity, bytes(digest).hex()) != bytes(digest).hex():
                    raise Violation(f"{identity} is another event than the one recorded")
        if aside:
            raise Violation(f"{aside} events were set aside")
        if lost := self.events.keys() - held:
            raise Violation(f"{len(lost)} events are lost, {min(lost)} among them")
        if strange := held - self.events.keys():
            raise Violation(f"{len(strange)} events were never recorded, {min(strange)} among them")
        return len(held)

    def knows(self, terminal: str, epochs: list[list[Any]]) -> None:
        """Compare with what a terminal knows: epoch, high water and head of each signed answer.

        Raises Violation.
        """
        last: dict[str, int] = {}
        for owner, epoch, seq in self.events:
            if owner == terminal:
                last[epoch] = max(last.get(epoch, 0), seq)
        known = {epoch: (high_water, head) for epoch, high_water, head in epochs}
        for epoch, seq in last.items():
            if known.get(epoch) != (seq, self.events[terminal, epoch, seq]):
                raise Violation(f"{terminal} does not know that its event {seq} is kept")
