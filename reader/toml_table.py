"""Typed reading of a TOML table: every error names its key, no key goes unread.

Lives here: types of values and leftover keys. Not here: what a key means (`profile`, and whoever
else keeps a thing as data). What is raised is the reader's own choice: `Refuse`, here of profiles.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

from reader.errors import ProfileInvalid

MAX_TEXT = 64 * 1024  # characters of the whole file

E = TypeVar("E", bound=Enum)
Refuse = Callable[[str, str], Exception]
"""Makes the error of a key, dotted, and of what is wrong with it."""


def invalid(key: str, why: str) -> ProfileInvalid:
    """Return the error for a key, dotted: `checks.pace_unbound`."""
    return ProfileInvalid(
        f"The card profile cannot be used: {key} {why}.",
        next_step=f"Correct {key} in the profile file, or use one of the built-in profiles.",
    )


class Table:
    """A table whose keys are taken one by one; `finish` refuses those that nobody took."""

    def __init__(
        self, values: Mapping[str, Any], path: str = "", *, refuse: Refuse = invalid
    ) -> None:
        self._left = dict(values)
        self._path = path
        self._refuse = refuse

    @classmethod
    def from_text(cls, text: str, *, refuse: Refuse = invalid) -> Table:
        """Read a TOML document. Raises what `refuse` makes, as all methods do."""
        if len(text) > MAX_TEXT:
            raise refuse("the file", f"is larger than {MAX_TEXT} characters")
        try:
            return cls(tomllib.loads(text), refuse=refuse)
        except (ValueError, RecursionError) as error:  # a number of endless digits is a ValueError
            raise refuse("the file", f"is not TOML ({error})") from error

    def key(self, name: str) -> str:
        """Return the dotted name of a key, for errors."""
        return f"{self._path}{name}"

    def has(self, name: str) -> bool:
        """Whether the table has a key that was not taken yet."""
        return name in self._left

    def text(self, name: str) -> str:
        """Take a non-empty string."""
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            raise self._refuse(self.key(name), "must be a text")
        return value

    def optional_text(self, name: str) -> str | None:
        """Take a non-empty string, None where the key is absent."""
        return self.text(name) if self.has(name) else None

    def whole(self, name: str, allowed: range) -> int:
        """Take an integer within a range."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
            why = f"must be a whole number from {allowed[0]} to {allowed[-1]}"
            raise self._refuse(self.key(name), why)
        return value

    def optional_whole(self, name: str, allowed: range) -> int | None:
        """Take an integer within a range, None where the key is absent."""
        return self.whole(name, allowed) if self.has(name) else None

    def truth(self, name: str) -> bool:
        """Take true or false."""
        value = self._take(name)
        if not isinstance(value, bool):
            raise self._refuse(self.key(name), "must be true or false")
        return value

    def choice(self, name: str, kind: type[E]) -> E:
        """Take a string that is a value of an enumeration."""
        return self._member(name, self.text(name), kind)

    def choices(self, name: str, kind: type[E]) -> tuple[E, ...]:
        """Take a list of values of an enumeration, none twice."""
        return tuple(self._member(name, text, kind) for text in self.texts(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of non-empty strings, none twice; it may be empty."""
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self._refuse(self.key(name), "must be a list of texts")
        if len(set(value)) != len(value):
            raise self._refuse(self.key(name), "names something twice")
        return tuple(value)

    def table(self, name: str) -> Table:
        """Take a table."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise self._refuse(self.key(name), "must be a table")
        return Table(value, f"{self.key(name)}.", refuse=self._refuse)

    def text_map(self, name: str) -> dict[str, str]:
        """Take a table of non-empty strings."""
        inner = self.table(name)
        found = {key: inner.text(key) for key in tuple(inner._left)}
        inner.finish()
        return found

    def finish(self) -> None:
        """Refuse the keys that were not taken: a misspelt rule must not be a missing one."""
        for name in self._left:
            raise self._refuse(self.key(name), "is not a key here")

    def _take(self, name: str) -> Any:
        if name not in self._left:
            raise self._refuse(self.key(name), "is missing")
        return self._left.pop(name)

    def _member(self, name: str, text: str, kind: type[E]) -> E:
        try:
            return kind(text)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise self._refuse(self.key(name), f"has {text!r}, which is none of {known}") from None
