"""The ledger of one authority: every act, in order, each line bound to the one before.

Lives here: its form, and reading it. Not here: the file (`folder`), what an act does.
Form: one JSON object a line, {"v", "n", "at", "act", "facts", "files", "prev"}; `facts` are
strings in the order in which people read them, `files` name what the act made with its SHA-256,
`prev` is the SHA-256 of the line before. A line that was changed, dropped or put in breaks the
chain; the last line is bound by its act's record, whose SHA-256 it names (`folder`). What follows
the last newline is an act that a power cut stopped before it counted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from provisioning.errors import OfficeInputInvalid

VERSION = 1
MAX_LEDGER = 256 * 1024 * 1024  # bytes
BEGINNING = "0" * 64
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act that was done. Times in UTC, whole seconds."""

    number: int
    at: datetime
    act: str
    facts: Mapping[str, str]
    files: Mapping[str, str]
    """SHA-256 (hex) by path inside the folder."""
    previous: str = field(repr=False)

    def to_line(self) -> bytes:
        """Return the entry's line, without its end."""
        document = {
            "v": VERSION,
            "n": self.number,
            "at": self.at.strftime(_TIME),
            "act": self.act,
            "facts": dict(self.facts),
            "files": dict(self.files),
            "prev": self.previous,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the line: the ledger's head after this act."""
        return hashlib.sha256(self.to_line()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries, checked; `whole` is how many bytes of the file they are."""

    entries: tuple[Entry, ...]
    whole: int

    @classmethod
    def parse(cls, data: bytes) -> Ledger:
        """Read a ledger. Raises OfficeInputInvalid where a line is missing or was changed."""
        whole = data.rfind(b"\n") + 1
        entries: list[Entry] = []
        head = BEGINNING
        for number, line in enumerate(data[:whole].split(b"\n")[:-1], start=1):
            entry = _entry(line, number)
            if entry.previous != head or entry.to_line() != line:
                raise damaged(number)
            if entries and entry.at < entries[-1].at:
                raise damaged(number)
            head = hashlib.sha256(line).hexdigest()
            entries.append(entry)
        return cls(tuple(entries), whole)

    @property
    def head(self) -> str:
        """Return the SHA-256 of the last line, zeros before the first."""
        return self.entries[-1].digest if self.entries else BEGINNING

    def of(self, *acts: str) -> Iterator[Entry]:
        """Yield the entries of these acts, oldest first."""
        return (entry for entry in self.entries if entry.act in acts)

    def next(
        self, act: str, facts: Mapping[str, str], files: Mapping[str, str], at: datetime
    ) -> Entry:
        """Return the next entry. Raises OfficeInputInvalid where the clock has gone back."""
        moment = at.astimezone(UTC).replace(microsecond=0)
        if self.entries and moment < self.entries[-1].at:
            raise OfficeInputInvalid(
                f"The clock says {moment:%Y-%m-%d %H:%M} UTC, and the last act was done at "
                f"{self.entries[-1].at:%Y-%m-%d %H:%M}.",
                next_step="Set this machine's clock, then try again.",
            )
        return Entry(len(self.entries) + 1, moment, act, facts, files, self.head)


def damaged(number: int) -> OfficeInputInvalid:
    """Return the error for a ledger that is not as it was written."""
    return OfficeInputInvalid(
        f"The ledger was changed at line {number}: it is not what its acts wrote.",
        next_step="Use nothing of this folder; restore it from its copy and compare the records.",
    )


def _entry(line: bytes, number: int) -> Entry:
    try:
        document: dict[str, Any] = json.loads(line)
        if document["v"] != VERSION or document["n"] != number:
            raise ValueError("another version or number")
        return Entry(
            number=number,
            at=datetime.strptime(document["at"], _TIME).replace(tzinfo=UTC),
            act=_text(document["act"]),
            facts=_texts(document["facts"]),
            files=_texts(document["files"]),
            previous=_text(document["prev"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(number) from error


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(text) for name, text in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value
