"""Where a holder's field comes from: the small language of a profile's `[fields]`.

Lives here: its grammar, and reading one source from a card's files. Not here: which fields a
family has (`profile`) and the holder put together (`holder`).

    source = choice { "|" choice }      the first that the card has
    choice = term { "+" term }          joined; absent where one of them is
    term   = "DG1." element [ "[" from ":" to "]" ]     characters, counted from 0, `to` excluded
           | "DG13." number
           | "date(DG13." number ")"    a text dd/mm/yyyy, given as yyyy-mm-dd

`DG1.birth` and `DG1.expiry` give yyyy-mm-dd. Empty is absent. A list in DG13 is joined by ", ".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from reader.lds import dg1, dg13
from reader.lds.dg1 import Mrz
from reader.lds.files import FileId

MAX_SOURCE = 200  # characters

_DG1_TERM = re.compile(r"DG1\.([a-z0-9_]+)(?:\[([0-9]{1,2}):([0-9]{1,2})\])?")
_DG13_TERM = re.compile(r"(date\()?DG13\.([0-9]{1,3})(?(1)\))")
_VIETNAMESE_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")

_DG1_AS_IT_STANDS = frozenset(
    {
        "document_type",
        "issuing_state",
        "document_number",
        "optional_data",
        "optional_data_2",
        "sex",
        "nationality",
    }
)
"""Elements that are fields of `Mrz`."""
_DG1_MADE: Mapping[str, Callable[[Mrz, date], str]] = {
    "birth": lambda mrz, at: _iso(dg1.birth_date(mrz, at)),
    "expiry": lambda mrz, at: _iso(dg1.expiry_date(mrz, at)),
    "name": lambda mrz, at: f"{mrz.name.surname} {mrz.name.given}".strip(),
    "surname": lambda mrz, at: mrz.name.surname,
    "given": lambda mrz, at: mrz.name.given,
}


@dataclass(frozen=True, slots=True)
class Dg1Term:
    """An element of the MRZ, or a stretch of its characters."""

    element: str
    start: int | None
    stop: int | None

    @property
    def gives_date(self) -> bool:
        """Tell whether the value is yyyy-mm-dd."""
        return self.element in ("birth", "expiry") and self.start is None


@dataclass(frozen=True, slots=True)
class Dg13Term:
    """A numbered text of DG13."""

    number: int
    gives_date: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Alternatives, each a tuple of terms to be joined."""

    choices: tuple[tuple[Dg1Term | Dg13Term, ...], ...]

    @property
    def files(self) -> frozenset[FileId]:
        """Return the files that some alternative reads."""
        return frozenset(
            FileId.DG1 if isinstance(term, Dg1Term) else FileId.DG13
            for terms in self.choices
            for term in terms
        )

    @property
    def is_date(self) -> bool:
        """Tell whether every alternative gives yyyy-mm-dd, or nothing."""
        return all(len(terms) == 1 and terms[0].gives_date for terms in self.choices)


@lru_cache(maxsize=256)
def parse(text: str) -> Source:
    """Read a source. Raises ValueError with the part that is not understood."""
    if len(text) > MAX_SOURCE:
        raise ValueError(f"longer than {MAX_SOURCE} characters")
    return Source(
        tuple(
            tuple(_term(term.strip()) for term in choice.split("+")) for choice in text.split("|")
        )
    )


def _term(text: str) -> Dg1Term | Dg13Term:
    found = _DG1_TERM.fullmatch(text)
    if found and (found[1] in _DG1_AS_IT_STANDS or found[1] in _DG1_MADE):
        start = None if found[2] is None else int(found[2])
        stop = None if found[3] is None else int(found[3])
        if start is None or stop is None or start < stop:
            return Dg1Term(found[1], start, stop)
    found = _DG13_TERM.fullmatch(text)
    if found:
        return Dg13Term(int(found[2]), gives_date=found[1] is not None)
    raise ValueError(f"{text!r} is no source")


class CardFiles:
    """DG1 and DG13 of one card, each parsed at most once.

    `at` decides the century of two-digit years. Give only files whose hash held; `mrz` is what
    their DG1 says, where it was read already.
    """

    def __init__(self, files: Mapping[FileId, bytes], at: date, mrz: Mrz | None = None) -> None:
        self._files = files
        self._at = at
        self._mrz = mrz
        self._texts: Mapping[int, dg13.Value] | None = None

    def value(self, source: Source) -> str | None:
        """Return what the card has for a source, None where it has nothing.

        Raises MalformedData where a file that the source names is not well formed.
        """
        for terms in source.choices:
            joined = ""
            for term in terms:
                part = self._from_dg1(term) if isinstance(term, Dg1Term) else self._from_dg13(term)
                if not part:
                    break
                joined += part
            else:
                return joined
        return None

    def _from_dg1(self, term: Dg1Term) -> str:
        if self._mrz is None:
            if FileId.DG1 not in self._files:
                return ""
            self._mrz = dg1.parse(self._files[FileId.DG1])
        made = _DG1_MADE.get(term.element)
        text = getattr(self._mrz, term.element) if made is None else made(self._mrz, self._at)
        if term.stop is None:
            return text
        return text[term.start : term.stop] if len(text) >= term.stop else ""

    def _from_dg13(self, term: Dg13Term) -> str:
        if self._texts is None:
            data = self._files.get(FileId.DG13)
            self._texts = {} if data is None else dg13.parse(data)
        value = self._texts.get(term.number, "")
        text = value.strip() if isinstance(value, str) else ", ".join(filter(None, value))
        return _vietnamese_date(text) if term.gives_date else text


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _vietnamese_date(text: str) -> str:
    found = _VIETNAMESE_DATE.fullmatch(text)
    if not found:
        return ""
    day, month, year = found.groups()
    try:
        return date.fromisoformat(f"{year}-{month}-{day}").isoformat()
    except ValueError:
        return ""
