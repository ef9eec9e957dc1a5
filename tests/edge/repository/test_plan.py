"""Which card status lists are taken: the fewest bytes that lead to the newest."""

from __future__ import annotations

import pytest

from edge.repository.names import Kind, StatusList, Target
from edge.repository.plan import groups, route

SIGNER = "5e" * 32


def listed(number: int, base: int | None, length: int) -> Target:
    """Return a card status list on offer."""
    status = StatusList("urn:x", SIGNER, number, base)
    return Target(f"lists/card-status/{base}-{number}.crl", Kind.CARD_STATUS, length, "0", status)


COMPLETE = listed(70, None, 24_000_000)
DAY = listed(100, 99, 13_000)
WEEK = listed(100, 93, 94_000)
MONTH = listed(100, 70, 400_000)
OFFERED = [COMPLETE, DAY, WEEK, MONTH]


@pytest.mark.parametrize(
    ("held", "way"),
    [
        (100, []),
        (101, []),
        (99, [DAY]),
        (98, [WEEK]),
        (93, [WEEK]),
        (92, [MONTH]),
        (70, [MONTH]),
        (69, [COMPLETE, MONTH]),
        (None, [COMPLETE, MONTH]),
    ],
)
def test_how_long_away(held: int | None, way: list[Target]) -> None:
    """A day, a week, a month, longer, and never here."""
    assert list(route(held, OFFERED)) == way


def test_two_small_steps_before_one_large() -> None:
    """A chain is taken where it is smaller than the single delta."""
    half = listed(96, 92, 10_000)
    rest = listed(100, 95, 20_000)
    assert route(92, [WEEK, MONTH, half, rest]) == (half, rest)


def test_complete_list_that_is_smaller_than_the_delta() -> None:
    """Deltas are no end in themselves."""
    assert route(70, [listed(100, None, 1000), MONTH])[0].length == 1000


def test_nothing_leads_there() -> None:
    """A delta that begins beyond what is held is of no use alone."""
    assert route(None, [DAY, WEEK]) == ()
    assert route(50, [DAY]) == ()
    assert route(None, []) == ()


def test_other_targets_are_not_chosen() -> None:
    """Only lists that say what they are take part, each scope and signer for itself."""
    other = Target("software/x", Kind.SOFTWARE, 5, "0")
    assert groups([other, DAY, WEEK]) == {("urn:x", SIGNER): [DAY, WEEK]}
    assert route(99, [other, DAY]) == (DAY,)


@pytest.mark.parametrize(
    "custom",
    [
        None,
        [],
        {},
        {"scope": 1, "signer": SIGNER, "number": "1", "base": None},
        {"scope": "urn:x", "signer": "5E" * 32, "number": "1", "base": None},
        {"scope": "urn:x", "signer": SIGNER, "number": 1, "base": None},
        {"scope": "urn:x", "signer": SIGNER, "number": "-1", "base": None},
        {"scope": "urn:x", "signer": SIGNER, "number": "1" * 41, "base": None},
        {"scope": "urn:x", "signer": SIGNER, "number": "2", "base": "x"},
    ],
)
def test_list_that_says_of_itself_what_none_can(custom: object) -> None:
    """Such a target is as if it said nothing."""
    assert StatusList.from_custom(custom) is None


def test_what_a_list_says_comes_back() -> None:
    """As the office writes it, so the terminal reads it."""
    said = StatusList("urn:x", SIGNER, 255, 16)
    assert StatusList.from_custom(said.to_custom()) == said
