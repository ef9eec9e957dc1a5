"""A policy only tightens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from verify.policy import DEFAULT, MINIMUM, Algorithms, Carried, Freshness


def test_default() -> None:
    """Ten days fresh, a hundred days grace, SHA-1 nowhere."""
    for limits in (DEFAULT.certificate_lists, DEFAULT.card_status):
        assert (limits.fresh, limits.grace) == (timedelta(days=10), timedelta(days=100))
    assert "sha1" not in DEFAULT.algorithms.hashes
    assert DEFAULT.algorithms == MINIMUM


@pytest.mark.parametrize(
    ("hashes", "rsa_bits", "ec_bits"),
    [({"sha1"}, 2048, 224), ({"sha256"}, 1024, 224), ({"sha256"}, 2048, 192)],
)
def test_policy_below_the_minimum(hashes: set[str], rsa_bits: int, ec_bits: int) -> None:
    """No data lowers what the code demands."""
    with pytest.raises(ValueError, match="tighten"):
        Algorithms(frozenset(hashes), rsa_bits, ec_bits)


@pytest.mark.parametrize(("fresh", "grace"), [(0, 10), (10, 9)])
def test_freshness_that_makes_no_sense(fresh: int, grace: int) -> None:
    """Fresh for some time, and grace no shorter."""
    with pytest.raises(ValueError, match="fresh"):
        Freshness(timedelta(days=fresh), timedelta(days=grace))


STRICT = Algorithms(frozenset({"sha512"}), 4096, 384)
MIDDLE = Algorithms(frozenset({"sha256", "sha512"}), 3072, 256)
SOON, LATER, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2027, 2032, 2037))
LADDER = replace(
    DEFAULT,
    algorithms=STRICT,
    carried=(Carried(MIDDLE, LATER), Carried(MINIMUM, SOON, LAST)),
)
BEFORE, SECOND = SOON - timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("made", "at", "expected"),
    [
        (BEFORE, SOON, MINIMUM),
        (BEFORE, LAST - SECOND, MINIMUM),
        (BEFORE, LAST, MIDDLE),
        (SOON - SECOND, SOON, MINIMUM),
        (SOON, SOON, MIDDLE),
        (LATER - SECOND, LAST, MIDDLE),
        (LATER, LAST, STRICT),
        (None, SOON, MINIMUM),
        (None, LAST, MIDDLE),
    ],
)
def test_what_holds_for_something_made_then(
    made: datetime | None, at: datetime, expected: Algorithms
) -> None:
    """What was made before a step's end may carry it; the step itself ends at its own moment."""
    assert LADDER.allowed(made, at) == expected
    assert LADDER.as_of(made, at) == replace(LADDER, algorithms=expected, carried=())


def test_without_steps() -> None:
    """One set for old and new."""
    assert DEFAULT.allowed(None, LAST) == DEFAULT.allowed(BEFORE, SOON) == MINIMUM


def test_steps_that_are_no_ladder() -> None:
    """Old cards may carry all that new ones may, and more; not something else."""
    other = Algorithms(frozenset({"sha256"}), 2048, 224)
    with pytest.raises(ValueError, match="step"):
        replace(DEFAULT, algorithms=STRICT, carried=(Carried(other, SOON),))
    with pytest.raises(ValueError, match="step"):
        replace(LADDER, carried=LADDER.carried[::-1])


@pytest.mark.parametrize(
    ("signs_until", "carried_until"),
    [(LATER, SOON), (SOON.replace(tzinfo=None), None), (SOON, LATER.replace(tzinfo=None))],
)
def test_dates_that_make_no_sense(signs_until: datetime, carried_until: datetime | None) -> None:
    """In UTC, and what still counts does not end before it stops being made."""
    with pytest.raises(ValueError, match="dates"):
        Carried(MINIMUM, signs_until, carried_until)
