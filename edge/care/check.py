"""One check of a diagnosis, as a value, and going on past what fails.

Not here: what is checked, and its limits (`judge_machine`, `judge_terminal`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum, unique

from edge.care.said import Figure, in_english, readable
from edge.care.trouble import ADVICE, Trouble
from edge.errors import EdgeError
from reader.errors import ReaderError


@unique
class State(StrEnum):
    """How something is."""

    OK = "ok"
    ATTENTION = "attention"
    """The terminal works; somebody has to see to it."""
    FAULT = "fault"
    """Something that the terminal is for does not work."""
    UNKNOWN = "unknown"
    """It could not be found out."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing. `said`: what was measured, short, without any person."""

    name: str
    state: State
    said: Figure
    trouble: Trouble | None = None
    """Why it is not well; None where it is."""
    advice: str = ""
    """What to do, where that is known better than the trouble says."""

    @property
    def figure(self) -> str:
        """Return what was measured, in English."""
        return in_english(self.said)

    @property
    def next_step(self) -> str:
        """Return what to do, empty where all is well."""
        return self.advice or ("" if self.trouble is None else ADVICE[self.trouble])


def ok(name: str, figure: Figure) -> Check:
    """Return a check of something that is well."""
    return Check(name, State.OK, figure)


def attention(name: str, figure: Figure, trouble: Trouble) -> Check:
    """Return a check of something that works and has to be seen to."""
    return Check(name, State.ATTENTION, figure, trouble)


def fault(name: str, figure: Figure, trouble: Trouble) -> Check:
    """Return a check of something that does not work."""
    return Check(name, State.FAULT, figure, trouble)


def unknown(name: str, figure: Figure, trouble: Trouble = Trouble.NOT_FOUND_OUT) -> Check:
    """Return a check of what could not be found out."""
    return Check(name, State.UNKNOWN, figure, trouble)


def each(rows: Iterable[tuple[str, Callable[[], Iterable[Check]]]]) -> Iterator[Check]:
    """Yield the checks of each row in turn; what fails in any way is one unknown, and on it goes.

    A row is the name of what it looks at and the look.
    """
    for name, look in rows:
        try:
            yield from tuple(replace(one, said=readable(one.said)) for one in look())
        except (EdgeError, ReaderError) as error:
            yield Check(name, State.UNKNOWN, error.message, Trouble.NOT_FOUND_OUT, error.next_step)
        except OSError as error:
            yield unknown(name, error.strerror or type(error).__name__)
        except Exception as error:  # noqa: BLE001 -- a diagnosis goes on past whatever fails
            yield unknown(name, type(error).__name__)
