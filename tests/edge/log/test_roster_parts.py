"""A meeting opens with its people, however many, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import LogDamaged, RecordingLocked, WireMalformed
from edge.log.append import EventLog
from edge.log.compose import roster_parts, roster_people
from edge.wire.event import MAX_BODY
from edge.wire.kinds import EventKind
from tests.edge.log.made import make_log, moment


def people(count: int) -> list[dict[str, object]]:
    """Return so many roster rows of ordinary size."""
    return [
        {
            "id": f"p{number}",
            "name": f"Nguyễn Thị Hồng Phương Thảo Ngọc {number}",
            "category": "official",
            "birth": "1984-02-29",
            "number": f"{number:09}",
            "personal_number": f"{number:012}",
            "can": None,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize(("count", "parts"), [(0, 0), (1, 1), (40, 1), (10_000, 7)])
def test_people_come_back(path: Path, count: int, parts: int) -> None:
    """A cell of 40 and a congress of 10,000, in order, after a restart; each part within a body."""
    log = make_log(path)
    context = log.open_context({"kind": "regular"}, moment(), people(count))
    log.close()
    again = make_log(path)
    assert list(again.roster(context)) == people(count)
    opening, *rest = again.events(context)
    assert opening.kind is EventKind.CONTEXT_OPENED
    assert [event.kind for event in rest] == [EventKind.ROSTER_PART] * parts
    assert all(len(event.body or b"") <= MAX_BODY for event in rest)
    assert again.verify().ok
    again.close()


def test_person_who_fits_no_body(log: EventLog) -> None:
    """The meeting does not open, nothing is recorded, and no key stays behind."""
    with pytest.raises(WireMalformed):
        log.open_context({}, moment(), [{"name": "x" * MAX_BODY}])
    assert (log.head().seq, log.open_contexts()) == (0, ())
    assert not list(log.path.parent.glob("*.key"))


def test_opening_that_cannot_be_written_leaves_nothing(log: EventLog) -> None:
    """Opening and people are one transaction."""
    log.close()
    with pytest.raises(RecordingLocked):
        log.open_context({}, moment(), people(3000))
    assert log.recheck() is None
    assert log.head().seq == 0


def test_parts_fill_events_to_the_brim() -> None:
    """Nobody is lost between two parts, and no part is empty."""
    bodies = roster_parts([{"name": "x" * 100_000}] * 5)
    assert [len(body["people"]) for body in bodies] == [2, 2, 1]
    assert roster_people(bodies) == ({"name": "x" * 100_000},) * 5
    assert roster_parts([]) == ()
    assert roster_people([]) == ()


@pytest.mark.parametrize(
    "bodies",
    [
        [{"part": 1, "parts": 2, "people": []}],
        [{"part": 2, "parts": 2, "people": []}],
        [{"part": 1, "parts": 1}],
        [{}],
    ],
    ids=["last-missing", "first-missing", "no-people", "empty"],
)
def test_incomplete_roster_is_refused(bodies: list[dict[str, object]]) -> None:
    """A list of people with a hole in it is never taken for the whole list."""
    with pytest.raises(LogDamaged):
        roster_people(bodies)
