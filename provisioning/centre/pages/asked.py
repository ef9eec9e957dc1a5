"""What an address asks for: which rows of a list, a text to look for, a day.

Lives here: reading it, within bounds. What has not its form, or lies beyond any row, was not said.
Not here: what a page makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

from flask import request

from provisioning.centre.limits import PAGE
from provisioning.centre.local_time import day_of
from provisioning.centre.pages.desk import desk

MAX_NUMBER = 2**53 - 1
"""Of a record, or of a row: no list is as long, and every database counts so far."""
MAX_SOUGHT = 60  # characters

Row = TypeVar("Row")
Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and how many to skip for those before and after them."""

    rows: Sequence[Row]
    before: int | None
    after: int | None


class Question(Protocol[Answer]):
    """A question for rows of which so many are skipped, and so many given at the most."""

    def __call__(self, *, skip: int, limit: int) -> Sequence[Answer]:
        """Ask the database."""


def page_of(key: str, ask: Question[Row]) -> Page[Row]:
    """Return the rows of a list from the one on that the address says under `key`."""
    skip = number(key) or 0
    rows = ask(skip=skip, limit=PAGE + 1)
    return Page(
        rows[:PAGE],
        before=max(0, skip - PAGE) if skip else None,
        after=skip + PAGE if len(rows) > PAGE else None,
    )


def number(key: str) -> int | None:
    """Return the number under `key`, from 0 to MAX_NUMBER; None where there is none."""
    found = request.args.get(key, type=int)
    return found if found is not None and 0 <= found <= MAX_NUMBER else None


def sought() -> str:
    """Return the text to look for, empty where there is none."""
    return request.args.get("q", "").strip()[:MAX_SOUGHT]


def today() -> str:
    """Return today in Vietnam, as ISO text."""
    return day_of(desk().clock())


def day(key: str, otherwise: str) -> str:
    """Return the day under `key` as ISO text."""
    try:
        return date.fromisoformat(request.args.get(key, "")).isoformat()
    except ValueError:
        return otherwise
