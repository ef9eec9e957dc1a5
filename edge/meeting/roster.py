"""The people of an organisation, as the standing roster has them.

Lives here: the values, their JSON form and the look-ups. Not here: how the roster is sealed on
disk (`edge.holdings`) and who of them is present (`attendance`).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, unique
from typing import Any

from edge.errors import RosterInvalid
from edge.people.sessions import BY_PIN

MAX_PEOPLE = 20_000
MAX_ROSTER = 16 * 1024 * 1024  # bytes of the JSON form
MAX_TEXT = 200  # characters of one field
VERSION = 2


@unique
class Category(StrEnum):
    """What somebody is to the organisation (TERMS, Người)."""

    OFFICIAL = "official"  # đảng viên chính thức
    PROBATIONARY = "probationary"  # đảng viên dự bị: has no card
    TEMPORARY = "temporary"  # đảng viên sinh hoạt tạm thời tại chi bộ
    GUEST = "guest"  # khách mời
    OBSERVER = "observer"  # dự thính
    DELEGATE = "delegate"  # đại biểu


@unique
class Standing(StrEnum):
    """Whether a member is called to meetings at present (TERMS, Người)."""

    ACTIVE = "active"
    EXEMPT = "exempt"  # được miễn công tác và sinh hoạt đảng
    ELSEWHERE = "elsewhere"  # sinh hoạt tạm thời nơi khác
    SUSPENDED = "suspended"  # bị đình chỉ sinh hoạt đảng: never said aloud


MEMBERS = frozenset({Category.OFFICIAL, Category.PROBATIONARY, Category.TEMPORARY})
"""Who is counted among the organisation's members."""


@dataclass(frozen=True, slots=True)
class Person:
    """One roster entry. `birth` is an ISO date; numbers are digit strings or None.

    `post` is what somebody holds in the committee, as the organisation writes it (bí thư, chi
    uỷ viên); `committee` says whose card opens the desk.
    """

    id: str
    name: str = field(repr=False)
    category: Category
    birth: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    personal_number: str | None = field(default=None, repr=False)
    can: str | None = field(default=None, repr=False)
    standing: Standing = Standing.ACTIVE
    committee: bool = False
    post: str | None = None

    @property
    def member(self) -> bool:
        """Whether the person counts among the organisation's members."""
        return self.category in MEMBERS

    @property
    def summoned(self) -> bool:
        """Whether the person is called to a meeting of the organisation."""
        return self.category in _CALLED and self.standing is Standing.ACTIVE

    @property
    def person_key(self) -> str:
        """Return what names this person across card families and entries by hand."""
        if self.personal_number:
            return person_key("personal_number", self.personal_number)
        if self.number:
            return person_key("number", self.number)
        return person_key("roster", self.id)


_CALLED = MEMBERS | {Category.DELEGATE}


def person_key(kind: str, value: str) -> str:
    """Return the canonical person key: the field it comes from and its value."""
    return f"{kind}:{value}"


@dataclass(frozen=True, slots=True)
class Roster:
    """The standing roster of one organisation. ValueError for an id or number that repeats."""

    organisation: str
    code: str
    """14-digit organisation code, 2.3.3.3.3."""
    people: tuple[Person, ...] = field(repr=False)
    parent: str | None = None
    """The organisation above, as the head of a sheet names it."""
    _by_id: dict[str, Person] = field(init=False, repr=False, compare=False)
    _by_key: dict[str, Person] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_id = {p.id: p for p in self.people}
        by_key: dict[str, Person] = {}
        for person in self.people:
            keys = {person.person_key}
            if person.number:
                keys.add(person_key("number", person.number))
            for key in keys:
                if key in by_key:
                    raise ValueError("two people of the roster share a number")
                by_key[key] = person
        if len(by_id) != len(self.people):
            raise ValueError("two people of the roster share an id")
        object.__setattr__(self, "_by_id", by_id)
        object.__setattr__(self, "_by_key", by_key)

    def with_person(self, person: Person) -> Roster:
        """Return the roster with one person more. ValueError where the id or number is taken."""
        return Roster(self.organisation, self.code, (*self.people, person), self.parent)

    def by_id(self, person_id: str) -> Person | None:
        """Return the person of this roster id."""
        return self._by_id.get(person_id)

    def by_key(self, key: str) -> Person | None:
        """Return the person of this person key (`personal_number:...` or `number:...`)."""
        return self._by_key.get(key)

    def to_parts(self) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
        """Return the head of the JSON form and its people, apart."""
        people = tuple(
            {
                "id": p.id,
                "name": p.name,
                "category": p.category.value,
                "birth": p.birth,
                "number": p.number,
                "personal_number": p.personal_number,
                "can": p.can,
                "standing": p.standing.value,
                "committee": p.committee,
                "post": p.post,
            }
            for p in self.people
        )
        head = {
            "v": VERSION,
            "organisation": self.organisation,
            "code": self.code,
            "parent": self.parent,
        }
        return head, people

    def to_bytes(self) -> bytes:
        """Return the JSON form, UTF-8, NFC."""
        head, people = self.to_parts()
        document = {**head, "people": people}
        return unicodedata.normalize("NFC", json.dumps(document, ensure_ascii=False)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Roster:
        """Read the JSON form. Raises RosterInvalid naming the row at fault."""
        if len(data) > MAX_ROSTER:
            raise _invalid(f"it is larger than {MAX_ROSTER} bytes")
        try:
            document = json.loads(data)
            rows = document["people"]
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _invalid(f"{type(error).__name__} in its head") from error
        return cls.from_parts(document, rows)

    @classmethod
    def from_parts(cls, head: Mapping[str, Any], people: Any) -> Roster:
        """Read head and people, apart. Raises RosterInvalid naming the row at fault."""
        try:
            organisation, code = _text(head["organisation"]), _text(head["code"])
            parent = _optional(head.get("parent"))
            if head["v"] != VERSION or not isinstance(people, list | tuple):
                raise ValueError("its version or its list of people")
        except (KeyError, TypeError, ValueError) as error:
            raise _invalid(f"{type(error).__name__} in its head") from error
        if len(people) > MAX_PEOPLE:
            raise _invalid(f"it has more than {MAX_PEOPLE} people")
        rows = tuple(_person(row, index) for index, row in enumerate(people, start=1))
        try:
            return cls(organisation, code, rows, parent)
        except ValueError as error:
            raise _invalid(str(error)) from error


def _person(row: Any, index: int) -> Person:
    try:
        return Person(
            id=_id(row["id"]),
            name=_text(row["name"]),
            category=Category(row["category"]),
            birth=_date(row.get("birth")),
            number=_digits(row.get("number")),
            personal_number=_digits(row.get("personal_number")),
            can=_digits(row.get("can")),
            standing=Standing(row.get("standing", Standing.ACTIVE)),
            committee=_truth(row.get("committee", False)),
            post=_optional(row.get("post")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(f"row {index} is not usable ({type(error).__name__})") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise ValueError("not a text of the allowed length")
    return unicodedata.normalize("NFC", value)


def _id(value: object) -> str:
    text = _text(value)
    if text.startswith(BY_PIN):
        raise ValueError("kept for desks that a PIN opened")
    return text


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not a truth value")
    return value


def _date(value: object) -> str | None:
    text = _optional(value)
    if text is not None:
        date.fromisoformat(text)
    return text


def _digits(value: object) -> str | None:
    text = _optional(value)
    if text is not None and not (text.isascii() and text.isdigit()):
        raise ValueError("not digits")
    return text


def _invalid(why: str) -> RosterInvalid:
    return RosterInvalid(
        f"The roster cannot be used: {why}.",
        next_step="Take the roster from the organisation's office again.",
    )
