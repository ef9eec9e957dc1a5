"""The roster's form and its look-ups."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge.errors import RosterInvalid
from edge.meeting.roster import MAX_ROSTER, Category, Person, Roster, person_key

ROW: dict[str, Any] = {
    "id": "r1",
    "name": "Lò Thị Dợ",
    "category": "official",
    "birth": "1970-02-03",
    "number": "990000017",
    "personal_number": "099170000017",
    "can": "123456",
}


def _document(*rows: dict[str, Any]) -> bytes:
    return json.dumps(
        {"v": 2, "organisation": "Chi bộ", "code": "99168053000001", "people": list(rows)}
    ).encode()


def test_round_trip() -> None:
    """A roster read, written and read again is the same."""
    roster = Roster.from_bytes(_document(ROW))
    assert Roster.from_bytes(roster.to_bytes()) == roster


def test_person_is_found_by_either_number() -> None:
    """The personal number names a person across cards; the card number finds the same one."""
    roster = Roster.from_bytes(_document(ROW))
    assert roster.by_key("personal_number:099170000017") == roster.by_key("number:990000017")
    assert roster.by_id("r1") == roster.people[0]
    assert roster.people[0].person_key == "personal_number:099170000017"


def test_person_without_numbers() -> None:
    """A guest is still told from others, by the roster entry itself."""
    person = Person("g1", "Khách", Category.GUEST)
    assert person.person_key == person_key("roster", "g1")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"{", "head"),
        (b"[]", "head"),
        (b'{"v":3,"organisation":"a","code":"b","people":[]}', "head"),
        (_document({**ROW, "name": ""}), "row 1"),
        (_document({**ROW, "id": "pin:secretary"}), "row 1"),
        (_document(ROW, {**ROW, "id": "r2", "category": "x"}), "row 2"),
        (_document({**ROW, "can": "12a456"}), "row 1"),
        (_document({**ROW, "birth": "12/03/1961"}), "row 1"),
        (_document(ROW, {**ROW, "id": "r2"}), "share a number"),
        (_document(ROW, {**ROW, "number": None, "personal_number": None}), "share an id"),
        (b" " * (MAX_ROSTER + 1), "larger"),
    ],
)
def test_roster_that_cannot_be_used(data: bytes, named: str) -> None:
    """Each fault is named by its row or place, without anybody's name in the message."""
    with pytest.raises(RosterInvalid) as caught:
        Roster.from_bytes(data)
    assert named in str(caught.value)
    assert "Dợ" not in str(caught.value)
