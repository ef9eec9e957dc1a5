"""The JSON form of a closing sheet: from the value and strictly back.

Lives here: names and order of nothing but fields. Not here: what fits together (`sheet`), the
signature (`sheet_jws`).
Form: canonical JSON (RFC 8785), every member always there, times RFC 3339 in UTC to the second,
digests base64url. A form is taken only if writing what was read gives the same again, so no member
is unknown, none is missing, and no text changes between signing and paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from edge.errors import EdgeError, SheetInvalid
from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import Figures, State
from edge.meeting.quorum import QuorumResult, QuorumRule
from edge.meeting.roster import MAX_PEOPLE, Category
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_parts import (
    MAX_LATER,
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
from edge.wire import canonical
from edge.wire.canonical import from_base64url, to_base64url
from edge.wire.event import HASH_SIZE
from edge.wire.kinds import HandReason
from verify.freshness import Standing as ListStanding
from verify.moment import TimeQuality

VERSION = 1

_SUMS = tuple(one.name for one in fields(Figures) if one.name != "quorums")


def to_object(sheet: Sheet) -> dict[str, Any]:
    """Return the JSON object."""
    return {
        "v": VERSION,
        "meeting": {
            "terminal": sheet.meeting.terminal,
            "context": sheet.meeting.context,
            "day": sheet.meeting.day.isoformat(),
            "running": sheet.meeting.running,
        },
        "organisation": {
            "name": sheet.organisation,
            "code": sheet.code,
            "parent": sheet.parent,
        },
        "kind": sheet.kind.value,
        "title": sheet.title,
        "place": sheet.place,
        "begins": _written(sheet.begins),
        "opened": _written(sheet.opened),
        "closed": _written(sheet.closed),
        "signed": _written(sheet.signed),
        "chair": sheet.chair,
        "secretary": sheet.secretary,
        "people": [_line_object(line) for line in sheet.people],
        "guests": [_line_object(line) for line in sheet.guests],
        "figures": {name: getattr(sheet.figures, name) for name in _SUMS},
        "quorums": [_quorum_object(result) for result in sheet.figures.quorums],
        "hand": {
            "entries": sheet.hand.entries,
            "confirmed": sheet.hand.confirmed,
            "at": _written(sheet.hand.at),
            "by": sheet.hand.by,
        },
        "announced": _announced_object(sheet.announced),
        "knowledge": knowledge_object(sheet.knowledge),
        "supplement": _supplement_object(sheet.supplement),
        "practice": sheet.practice,
    }


def to_bytes(sheet: Sheet) -> bytes:
    """Return the canonical bytes: what is signed, and what the digest is over."""
    return canonical.encode(to_object(sheet))


def from_object(value: Mapping[str, Any]) -> Sheet:
    """Read the JSON object. Raises SheetInvalid for any other form."""
    try:
        sheet = _read(value)
        same = to_bytes(sheet) == canonical.encode(value)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _invalid(_why(error)) from error
    except EdgeError as error:
        raise _invalid(error.message) from error
    if not same:
        raise _invalid("it has members that are unknown here, or written otherwise")
    return sheet


def _read(value: Mapping[str, Any]) -> Sheet:
    if value["v"] != VERSION:
        raise ValueError("it has the form of another version")
    meeting, organisation = value["meeting"], value["organisation"]
    people, guests = value["people"], value["guests"]
    if len(people) + len(guests) > MAX_PEOPLE:
        raise ValueError(f"a sheet has up to {MAX_PEOPLE} people")
    quorums = tuple(_quorum(one) for one in value["quorums"])
    return Sheet(
        meeting=MeetingId(
            meeting["terminal"],
            meeting["context"],
            date.fromisoformat(meeting["day"]),
            _whole(meeting["running"]),
        ),
        organisation=_text(organisation["name"]),
        code=_text(organisation["code"]),
        parent=_optional(organisation["parent"]),
        kind=Kind(value["kind"]),
        title=_text(value["title"]),
        place=_text(value["place"]),
        begins=_optional_time(value["begins"]),
        opened=_time(value["opened"]),
        closed=_time(value["closed"]),
        signed=_time(value["signed"]),
        chair=_optional(value["chair"]),
        secretary=_optional(value["secretary"]),
        people=tuple(_line(one) for one in people),
        guests=tuple(_line(one) for one in guests),
        figures=Figures(
            **{name: _whole(value["figures"][name]) for name in _SUMS}, quorums=quorums
        ),
        hand=_hand(value["hand"]),
        announced=_announced(value["announced"]),
        knowledge=knowledge_from(value["knowledge"]),
        supplement=_supplement(value["supplement"]),
        practice=_truth(value["practice"]),
    )


def _line_object(line: SheetLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "birth_year": line.birth_year,
        "category": line.category.value,
        "calling": line.calling.value,
        "state": line.state.value,
        "at": _written(line.at),
        "left": _written(line.left),
        "how": None if line.how is None else line.how.value,
        "reason": None if line.reason is None else line.reason.value,
        "roles": [role.value for role in line.roles],
    }


def _line(value: Mapping[str, Any]) -> SheetLine:
    year, how, reason = value["birth_year"], value["how"], value["reason"]
    return SheetLine(
        name=_text(value["name"]),
        birth_year=None if year is None else _whole(year),
        category=Category(value["category"]),
        calling=Calling(value["calling"]),
        state=State(value["state"]),
        at=_optional_time(value["at"]),
        left=_optional_time(value["left"]),
        how=None if how is None else How(how),
        reason=None if reason is None else HandReason(reason),
        roles=tuple(Role(role) for role in value["roles"]),
    )


def _quorum_object(result: QuorumResult) -> dict[str, Any]:
    return {
        "rule": result.rule.to_object(),
        "have": result.have,
        "need": result.need,
        "of": result.of,
    }


def _quorum(value: Mapping[str, Any]) -> QuorumResult:
    rule = QuorumRule.from_object(value["rule"])
    return QuorumResult(rule, _whole(value["have"]), _whole(value["need"]), _whole(value["of"]))


def _hand(value: Mapping[str, Any]) -> HandEntries:
    entries, confirmed = _whole(value["entries"]), _whole(value["confirmed"])
    return HandEntries(entries, confirmed, _optional_time(value["at"]), _optional(value["by"]))


def _announced_object(announced: ReadAloud | None) -> dict[str, Any] | None:
    if announced is None:
        return None
    return {"at": _written(announced.at), "figures": dict(announced.figures)}


def _announced(value: Mapping[str, Any] | None) -> ReadAloud | None:
    if value is None:
        return None
    return ReadAloud(_time(value["at"]), {k: _whole(v) for k, v in value["figures"].items()})


def knowledge_object(knowledge: Knowledge) -> dict[str, Any]:
    """Return the JSON object of what was known."""
    cards = knowledge.cards
    known = None
    if cards is not None:
        known = {"number": cards.number, "of": _written(cards.of), "standing": cards.standing.value}
    return {
        "cards": known,
        "time": knowledge.time.value,
        "checked": _written(knowledge.checked),
    }


def knowledge_from(value: Mapping[str, Any]) -> Knowledge:
    """Read it back. Raises KeyError, TypeError, ValueError for another form."""
    known = value["cards"]
    cards = None
    if known is not None:
        standing = ListStanding(known["standing"])
        cards = CardList(_text(known["number"]), _time(known["of"]), standing)
    return Knowledge(cards, TimeQuality(value["time"]), _optional_time(value["checked"]))


def _supplement_object(supplement: Supplement | None) -> dict[str, Any] | None:
    if supplement is None:
        return None
    return {
        "number": supplement.number,
        "of": to_base64url(supplement.of),
        "later": [
            {"at": _written(one.at), "kind": one.kind.value, "name": one.name, "code": one.code}
            for one in supplement.later
        ],
    }


def _supplement(value: Mapping[str, Any] | None) -> Supplement | None:
    if value is None:
        return None
    later = value["later"]
    if len(later) > MAX_LATER:
        raise ValueError(f"a supplement is about 1 to {MAX_LATER} events")
    of = from_base64url(value["of"], max_size=HASH_SIZE, what="A digest")
    return Supplement(_whole(value["number"]), of, tuple(_later(one) for one in later))


def _later(value: Mapping[str, Any]) -> Later:
    name, code = _optional(value["name"]), _optional(value["code"])
    return Later(_time(value["at"]), FactKind(value["kind"]), name, code)


def _written(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _time(value: Any) -> datetime:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _optional_time(value: Any) -> datetime | None:
    return None if value is None else _time(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a truth value")
    return value


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return "a member is missing"
    if type(error) is ValueError:
        return str(error)
    return "a member has not its documented form"


def _invalid(why: str) -> SheetInvalid:
    return SheetInvalid(
        f"This is not a closing sheet that can be used: {why.rstrip('.')}.",
        next_step="Take the sheet again from the terminal that signed it.",
    )
