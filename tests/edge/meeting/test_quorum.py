"""Quorum: exact fractions, presets with their sources."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import MeetingState
from edge.meeting.quorum import PRESETS, Base, Preset, QuorumResult, QuorumRule

TWO_THIRDS = QuorumRule(Preset.ADMISSION, Base.OFFICIAL, 2, 3, strict=False)
MORE_THAN_HALF = QuorumRule(Preset.RESOLUTION, Base.OFFICIAL, 1, 2, strict=True)


@pytest.mark.parametrize(
    ("rule", "of", "need"),
    [
        (TWO_THIRDS, 33, 22),
        (TWO_THIRDS, 34, 23),
        (TWO_THIRDS, 1, 1),
        (MORE_THAN_HALF, 10, 6),
        (MORE_THAN_HALF, 11, 6),
        (MORE_THAN_HALF, 0, 1),
    ],
)
def test_how_many_are_needed(rule: QuorumRule, of: int, need: int) -> None:
    """Two thirds of 33 are 22, of 34 are 23; more than half of 10 is 6."""
    assert rule.need(of) == need


@given(st.integers(1, 100), st.integers(1, 100), st.booleans(), st.integers(1, 20_000))
def test_the_least_number_that_satisfies(part: int, whole: int, strict: bool, of: int) -> None:
    """`need` fulfils the fraction and one fewer does not, for every fraction and size."""
    if part > whole or (strict and part == whole):
        return
    rule = QuorumRule(Preset.OWN, Base.SUMMONED, part, whole, strict)
    need, wanted = rule.need(of), Fraction(part * of, whole)
    assert need > wanted if strict else need >= wanted
    assert not (need - 1 > wanted if strict else need - 1 >= wanted) or need == 1


def test_nobody_called() -> None:
    """A rule over nobody is never satisfied."""
    assert not QuorumResult(TWO_THIRDS, have=0, need=1, of=0).satisfied


def test_presets_have_their_source() -> None:
    """Each known rule names the text that it comes from; an own one has none."""
    assert set(PRESETS) == set(Preset) - {Preset.OWN}
    assert all(source.text for _, source in PRESETS.values())
    assert all(rule.preset is preset for preset, (rule, _) in PRESETS.items())


@pytest.mark.parametrize(
    ("part", "whole", "strict"), [(0, 1, False), (3, 2, False), (1, 1, True), (1, 101, False)]
)
def test_fraction_that_is_none(part: int, whole: int, strict: bool) -> None:
    """Nothing, more than all, or more than everybody."""
    with pytest.raises(ValueError, match="fraction"):
        QuorumRule(Preset.OWN, Base.SUMMONED, part, whole, strict)


def test_rule_survives_its_json() -> None:
    """What a meeting's opening carries is the same rule again."""
    rule = QuorumRule(Preset.OWN, Base.SUMMONED, 3, 4, strict=True, topic="Mục 5")
    assert QuorumRule.from_object(rule.to_object()) == rule


@pytest.mark.parametrize(
    "change",
    [
        {"part": "2"}, {"part": True}, {"base": "all"}, {"preset": "none"}, {"strict": 1},
        {"topic": "a\nb"}, {"whole": 0},
    ],
)  # fmt: skip
def test_rule_of_another_form(change: dict[str, Any]) -> None:
    """Refused, saying what to give."""
    with pytest.raises(MeetingState) as caught:
        QuorumRule.from_object(TWO_THIRDS.to_object() | change)
    assert caught.value.next_step
