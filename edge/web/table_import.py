"""A table that a page takes in: shown as what it would do, then taken whole or not at all.

Lives here: the rows of the file, and what was shown until it is taken: one at a time, by the token
of the page that showed it, in memory only. Not here: which tables there are (`roster_import`,
`handover_import`), reading a file (`edge.meeting.roster_rows`), words (`table_words`).

An upload stays below what the server keeps in memory, so no part of it touches the disk in the
clear; a larger file is imported on the console.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

from flask import abort, current_app, request

from edge.web.filters import HANOI
from edge.web.page import terminal

if TYPE_CHECKING:
    from edge.meeting.roster_rows import Rows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    token: str
    value: T = field(repr=False)


class Shown(Generic[T]):
    """What a page showed last and may be taken, under a name of its own in the application."""

    def __init__(self, name: str) -> None:
        self._name: Final = f"tramthe.shown-{name}"

    def keep(self, value: T) -> str:
        """Keep what is shown now in place of what was, and return its token."""
        kept = _Kept(secrets.token_urlsafe(32), value)
        current_app.extensions[self._name] = kept
        return kept.token

    def asked_for(self) -> T:
        """Return what the request wants to take; one of an older page is refused."""
        kept = cast("_Kept[T] | None", current_app.extensions.get(self._name))
        given = request.form.get("ma", "")
        if kept is None or not secrets.compare_digest(kept.token.encode(), given.encode()):
            abort(403)
        return kept.value

    def forget(self) -> None:
        """Keep nothing: it was taken, or another file is looked at."""
        current_app.extensions.pop(self._name, None)


def rows() -> Rows:
    """Return the rows of the file that came with the request. Raises RosterInvalid."""
    from edge.meeting.roster_rows import read  # not at the start: see `roster_import`

    given = request.files.get("tep")
    return read(b"" if given is None else given.read())


def today() -> date:
    """Return the date in Vietnam, by the terminal's clock."""
    return terminal().status().now.astimezone(HANOI).date()
