"""Going on past what fails, and what is said of each trouble."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

import edge.care
from edge.care.check import Check, State, each, ok
from edge.care.trouble import ADVICE, Trouble
from edge.errors import LogDamaged


def _fails(error: BaseException) -> Iterable[Check]:
    raise error


def _half() -> Iterable[Check]:
    yield ok("half", "one")
    raise ValueError("the name Nguyễn Văn An is no number")


@pytest.mark.parametrize(
    ("error", "figure", "advice"),
    [
        (LogDamaged("The log is torn.", next_step="Rescue it."), "The log is torn.", "Rescue it."),
        (PermissionError(13, "Permission denied", "/secret"), "Permission denied", "root"),
        (ZeroDivisionError("a secret"), "ZeroDivisionError", "root"),
        (RecursionError("a secret"), "RecursionError", "root"),
    ],
)
def test_what_fails_is_unknown_and_the_rest_is_looked_at(
    error: Exception, figure: str, advice: str
) -> None:
    """One unknown in its place, without the words of a foreign error, and the next look follows."""
    found = list(each([("one", lambda: _fails(error)), ("two", lambda: [ok("two", "well")])]))
    assert [(one.name, one.state) for one in found] == [
        ("one", State.UNKNOWN),
        ("two", State.OK),
    ]
    assert found[0].figure == figure
    assert advice in found[0].next_step


def test_a_look_that_fails_half_way() -> None:
    """Counts as one that failed: nothing of it is believed, nothing of its error told."""
    (found,) = each([("half", _half)])
    assert (found.state, found.figure) == (State.UNKNOWN, "ValueError")


def test_whoever_interrupts_is_heard() -> None:
    """Ctrl-C ends a diagnosis."""
    with pytest.raises(KeyboardInterrupt):
        list(each([("one", lambda: _fails(KeyboardInterrupt()))]))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_advice_and_is_found_somewhere(trouble: Trouble) -> None:
    """A sentence that ends, or a command; and some rule tells it."""
    assert len(ADVICE[trouble]) > 10
    rules = [
        path.read_text("utf-8")
        for path in Path(edge.care.__path__[0]).glob("*.py")
        if path.name != "trouble.py"
    ]
    assert any(f"Trouble.{trouble.name}" in text for text in rules)
