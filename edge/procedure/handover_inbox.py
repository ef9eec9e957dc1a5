"""The list of a batch as the centre sends it: the rows of its table, judged as those of a file.

Lives here: the form of the message's body (docs/protocol.md, section 14), and taking it. Not here:
how it came (`edge.sync`), the rows (`handover_list`), the batch (`handover_book`).

A list begins the batch that it names, or corrects it where it runs. While another batch runs it is
refused: an officer ends that one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from edge.errors import HandoverRefused
from edge.meeting.roster_rows import MAX_COLUMNS, MAX_ROWS
from edge.meeting.sheet_parts import local
from edge.procedure.handover_book import HandoverBook
from edge.procedure.handover_list import preview
from verify.moment import Moment

_KEYS = frozenset({"batch", "title", "target", "citizen_card", "rows"})


@dataclass(frozen=True, slots=True)
class SentList:
    """What the centre sends. `batch`: 32 hexadecimal digits, the centre's name for it."""

    batch: str
    title: str
    target: date
    """Where a row does not say another."""
    citizen_card: bool
    rows: tuple[tuple[str, ...], ...] = field(repr=False)

    def to_object(self) -> dict[str, Any]:
        """Return the message's body."""
        return {
            "batch": self.batch,
            "title": self.title,
            "target": self.target.isoformat(),
            "citizen_card": self.citizen_card,
            "rows": [list(row) for row in self.rows],
        }

    @classmethod
    def from_object(cls, body: Mapping[str, Any]) -> SentList:
        """Read the message's body. Raises HandoverRefused."""
        try:
            if set(body) != _KEYS or len(body["rows"]) > MAX_ROWS:
                raise ValueError("its fields")
            rows = tuple(tuple(row) for row in body["rows"])
            cells = [cell for row in rows for cell in row]
            if any(len(row) > MAX_COLUMNS for row in rows):
                raise ValueError("its columns")
            texts = (body["batch"], body["title"], *cells)
            if not all(isinstance(text, str) for text in texts):
                raise TypeError("not text")
            target = date.fromisoformat(body["target"])
            if not isinstance(body["citizen_card"], bool):
                raise TypeError("not a truth value")
        except (TypeError, ValueError) as error:
            raise HandoverRefused(
                f"The list of cards cannot be used: {type(error).__name__}.",
                next_step="Tell the office: it is to send it again.",
            ) from error
        return cls(body["batch"], body["title"], target, body["citizen_card"], rows)


def take(book: HandoverBook, body: Mapping[str, Any], at: Moment) -> None:
    """Begin the batch that the centre sends, or correct it.

    Raises HandoverRefused for a list with bad rows or while another batch runs; RosterInvalid,
    RecordingLocked.
    """
    sent = SentList.from_object(body)
    today = local(at.at).date()
    found = preview(sent.rows, sent.target, today, citizen_card=sent.citizen_card)
    running = book.batch
    if running is None:
        book.begin(sent.title, found, citizen_card=sent.citizen_card, batch_id=sent.batch)
    elif running.id == sent.batch:
        book.correct(found)
    else:
        raise HandoverRefused(
            "Another batch of cards runs.", next_step="End it, and have the list sent again."
        )
