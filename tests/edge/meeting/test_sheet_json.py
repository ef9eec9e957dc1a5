"""The form of a closing sheet: it comes back as it was, and nothing else is taken."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SheetInvalid
from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import HERE, State
from edge.meeting.quorum import PRESETS
from edge.meeting.roster import Category
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet, count
from edge.meeting.sheet_json import from_object, to_bytes, to_object
from edge.meeting.sheet_jws import digest, short_code
from edge.meeting.sheet_parts import (
    Calling,
    CardList,
    HandEntries,
    Knowledge,
    Later,
    MeetingId,
    ReadAloud,
    Role,
    SheetLine,
    Supplement,
)
from edge.wire.kinds import HandReason
from verify.freshness import Standing as ListStanding
from verify.moment import TimeQuality

from .evening import GOLDEN, SUPPLEMENT, the_sheet

GOLDEN_CODE = "JQK6 XGGN RCWZ TJS9"

names = st.text(max_size=40)
times = st.datetimes(min_value=datetime(1900, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 -- the zone follows


@st.composite
def persons(draw: st.DrawFn, *, here: bool | None = None) -> SheetLine:
    """Return a line that can stand on a sheet."""
    states = sorted(set(State) - {State.NOT_YET} - (set(State) - HERE if here else set()))
    state = draw(st.sampled_from(states))
    at = draw(times) if state in HERE else None
    how = draw(st.sampled_from(How)) if state in HERE else None
    return SheetLine(
        name=draw(names),
        birth_year=draw(st.none() | st.integers(1, 9999)),
        category=draw(st.sampled_from(Category)),
        calling=draw(st.sampled_from(Calling)),
        state=state,
        at=at,
        left=draw(times) if state is State.LEFT_EARLY else None,
        how=how,
        reason=draw(st.none() | st.sampled_from(HandReason)) if how is How.HAND else None,
    )


@st.composite
def supplements(draw: st.DrawFn) -> Supplement:
    """Return what makes a sheet a supplement."""
    plain = st.builds(Later, times, st.just(FactKind.CHECK_IN), st.none() | names)
    coded = st.builds(Later, times, st.just(FactKind.ANNULLED), names, st.none() | names)
    later = draw(st.lists(plain | coded, min_size=1, max_size=4))
    of = draw(st.binary(min_size=32, max_size=32))
    return Supplement(draw(st.integers(1, 999)), of, tuple(later))


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Return any sheet there can be."""
    kind = draw(st.sampled_from(Kind))
    people = tuple(draw(st.lists(persons(), max_size=8)))
    guests = tuple(draw(st.lists(persons(here=True), max_size=3)))
    rules = draw(st.lists(st.sampled_from([rule for rule, _ in PRESETS.values()]), max_size=3))
    found = count(kind, (*people, *guests), rules)
    opened, closed, signed = sorted(draw(st.tuples(times, times, times)))
    cards = st.builds(CardList, names, times, st.sampled_from(ListStanding))
    figure_names = st.from_regex(r"[a-z_]{1,20}", fullmatch=True)
    figures_read = st.dictionaries(figure_names, st.integers(0, 20_000), max_size=4)
    return Sheet(
        meeting=MeetingId("99-0417", "0f" * 16, draw(st.dates()), draw(st.integers(1, 999))),
        organisation=draw(names) + "x",
        code=draw(names) + "1",
        parent=draw(st.none() | names),
        kind=kind,
        title=draw(names),
        place=draw(names),
        begins=draw(st.none() | times),
        opened=opened,
        closed=closed,
        signed=signed,
        chair=draw(st.none() | names),
        secretary=draw(st.none() | names),
        people=people,
        guests=guests,
        figures=found,
        hand=HandEntries(found.by_hand, found.by_hand, draw(times), draw(st.none() | names)),
        announced=draw(st.none() | st.builds(ReadAloud, times, figures_read)),
        knowledge=Knowledge(
            draw(st.none() | cards), draw(st.sampled_from(TimeQuality)), draw(st.none() | times)
        ),
        supplement=draw(st.none() | supplements()),
        practice=draw(st.booleans()),
    )


@given(sheets())
def test_a_sheet_comes_back_as_it_was(sheet: Sheet) -> None:
    """Written and read it is the same value, and written again the same bytes."""
    again = from_object(json.loads(to_bytes(sheet)))
    assert again == sheet
    assert to_bytes(again) == to_bytes(sheet) == rfc8785.dumps(to_object(sheet))


def test_the_golden_sheet() -> None:
    """A sheet that was signed once is read and named the same by every later program."""
    kept = GOLDEN.read_bytes()
    sheet = from_object(json.loads(kept))
    assert sheet == the_sheet()
    assert to_bytes(sheet) == kept
    assert short_code(digest(sheet)) == GOLDEN_CODE


def _members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the place of every member and item, the innermost too."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from _members(inner, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


FORM = to_object(the_sheet(supplement=SUPPLEMENT))
PLACES = [p for p in _members(FORM) if not (p[0] == "people" and p[1:2] > (2,))]
WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 10**9, 2**60, 1.5, "", "x", "y" * 300, "a\nb", "e\u0301", [], {},
    [1], {"a": 1}, "2026-11-05T12:00:00", "2026-13-05T12:00:00Z", "0001-01-01T00:00:00Z",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda p: ".".join(map(str, p)))
def test_another_value_in_any_place(place: tuple[Any, ...]) -> None:
    """It is refused, or it is another sheet; never the same one, never another error."""
    sheet = from_object(FORM)
    for wrong in WRONG:
        if type(_at(FORM, place)) is type(wrong) and _at(FORM, place) == wrong:
            continue
        other = copy.deepcopy(FORM)
        _at(other, place[:-1])[place[-1]] = wrong
        try:
            read = from_object(other)
        except SheetInvalid:
            continue
        assert read != sheet
        assert digest(read) != digest(sheet)


@pytest.mark.parametrize(
    "place", [p for p in PLACES if isinstance(p[-1], str) and "figures" not in p[1:]],
    ids=lambda p: ".".join(map(str, p)),
)  # fmt: skip
def test_a_member_is_missing_or_one_more_is_there(place: tuple[Any, ...]) -> None:
    """Every member is always written, and no other."""
    less, more = copy.deepcopy(FORM), copy.deepcopy(FORM)
    del _at(less, place[:-1])[place[-1]]
    _at(more, place[:-1])["another"] = None
    for other in (less, more):
        with pytest.raises(SheetInvalid):
            from_object(other)


@pytest.mark.parametrize("name", list(FORM["figures"]))
def test_sums_that_are_not_those_of_the_list(name: str) -> None:
    """Each of them is counted again before it is believed."""
    other = copy.deepcopy(FORM)
    other["figures"][name] += 1
    with pytest.raises(SheetInvalid, match="sums"):
        from_object(other)


def test_somebody_is_left_out_or_doubled() -> None:
    """The list is what the sums are counted from."""
    for change in (FORM["people"][1:], [*FORM["people"], FORM["people"][0]]):
        with pytest.raises(SheetInvalid, match="sums"):
            from_object(FORM | {"people": change})


def test_marks_that_are_not_those_of_the_signers() -> None:
    """Who is marked as chair is who signs as chair."""
    with pytest.raises(SheetInvalid, match="chair"):
        from_object(FORM | {"chair": "Lò Văn An"})


def test_more_than_a_sheet_may_hold() -> None:
    """Refused before the list is read."""
    with pytest.raises(SheetInvalid, match="up to"):
        from_object(FORM | {"people": [{}] * 20_001})
    with pytest.raises(SheetInvalid, match="about"):
        from_object(FORM | {"supplement": FORM["supplement"] | {"later": [{}] * 5001}})


def test_another_version() -> None:
    """Said as such."""
    with pytest.raises(SheetInvalid, match="version"):
        from_object(FORM | {"v": 2})


def test_roles_fit_whoever_has_them() -> None:
    """In order, once each."""
    with pytest.raises(ValueError, match="order"):
        SheetLine(
            "A", None, Category.OFFICIAL, Calling.CALLED, State.EXCUSED,
            roles=(Role.SECRETARY, Role.CHAIR),
        )  # fmt: skip
