"""The form of a meeting: what was typed becomes an opening, or says field by field what is wrong.

Lives here: reading the form and filling it again. Not here: the page (`sitting`), what a meeting
may be (`edge.meeting.opening`, `edge.meeting.quorum`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from edge.meeting.opening import MAX_LATE, MAX_TEXT, Opening, PhotoPolicy
from edge.meeting.quorum import MAX_PART, MAX_TOPIC, PRESETS, Base, Preset, QuorumRule
from edge.meeting.roster import Roster
from edge.meeting.rules import Kind
from edge.web.filters import HANOI
from edge.web.words import mark

_TEXT = mark("Tối đa 120 chữ trên một dòng: viết ngắn lại.")
_TIME = mark("Giờ viết như 19:00.")
_LATE = mark("Số phút từ 0 đến 240; để trống nếu không tính đến muộn.")
_PERSON = mark("Chọn một người trong danh sách.")
_FRACTION = mark("Phân số lớn hơn 0 và không quá 1, như 2/3; mẫu số không quá 100.")
_CHOICE = mark("Chọn một mục có trong trang.")


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it stands in the page: texts by field, and what is wrong with which."""

    texts: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Sentences in source language, by field."""


def filled(opening: Opening) -> Filled:
    """Return the form of an opening."""
    begins = opening.begins
    texts = {
        "kind": opening.kind.value,
        "title": opening.title,
        "place": opening.place,
        "begins": "" if begins is None else f"{begins.astimezone(HANOI):%H:%M}",
        "late": "" if opening.late_minutes is None else str(opening.late_minutes),
        "photo": opening.photo.value,
        "chair": opening.chair or "",
        "secretary": opening.secretary or "",
        "own-part": "",
        "own-whole": "",
        "own-base": Base.OFFICIAL.value,
    }
    for rule in opening.quorums:
        name = rule.preset.value
        texts[name] = "1"
        texts[f"{name}-topic"] = rule.topic
        if rule.preset is Preset.OWN:
            texts |= {"own-part": str(rule.part), "own-whole": str(rule.whole)}
            texts |= {"own-base": rule.base.value, "own-strict": "1" if rule.strict else ""}
    return Filled(texts)


def read(
    given: Mapping[str, str], *, kind: Kind | None, roster: Roster, today: datetime
) -> Opening | Filled:
    """Return the opening that a form asks for, or the form with what is wrong in it.

    `kind`: that of an open meeting, which does not change; None takes the form's. `today`: the
    local day of the hour that it gives.
    """
    texts = {name: " ".join(value.split()) for name, value in given.items()}
    wrong: dict[str, str] = {}
    found = kind or _kind(texts, wrong)
    opening = Opening(
        kind=found,
        title=_text(texts, "title", MAX_TEXT, wrong),
        place=_text(texts, "place", MAX_TEXT, wrong),
        begins=_begins(texts, today, wrong),
        late_minutes=_late(texts, wrong),
        photo=_photo(texts, wrong),
        quorums=_quorums(texts, wrong),
        chair=_person(texts, "chair", roster, wrong),
        secretary=_person(texts, "secretary", roster, wrong),
    )
    return Filled(texts, wrong) if wrong else opening


def _kind(texts: Mapping[str, str], wrong: dict[str, str]) -> Kind:
    if texts.get("kind") in frozenset(Kind):
        return Kind(texts["kind"])
    wrong["kind"] = _CHOICE
    return Kind.REGULAR


def _text(texts: Mapping[str, str], name: str, limit: int, wrong: dict[str, str]) -> str:
    text = texts.get(name, "")
    if len(text) > limit or not (text.isprintable() or not text):
        wrong[name] = _TEXT
        return ""
    return text


def _begins(texts: Mapping[str, str], today: datetime, wrong: dict[str, str]) -> datetime | None:
    text = texts.get("begins", "")
    if not text:
        return None
    try:
        hour = time.fromisoformat(text)
    except ValueError:
        hour = None
    if hour is None or hour.tzinfo is not None:
        wrong["begins"] = _TIME
        return None
    local = today.astimezone(HANOI)
    return datetime.combine(local.date(), hour, HANOI).astimezone(today.tzinfo)


def _late(texts: Mapping[str, str], wrong: dict[str, str]) -> int | None:
    text = texts.get("late", "")
    if not text:
        return None
    minutes = _whole(text)
    if minutes is None or minutes > MAX_LATE:
        wrong["late"] = _LATE
        return None
    return minutes


def _photo(texts: Mapping[str, str], wrong: dict[str, str]) -> PhotoPolicy:
    if texts.get("photo") in frozenset(PhotoPolicy):
        return PhotoPolicy(texts["photo"])
    wrong["photo"] = _CHOICE
    return PhotoPolicy.GLANCE


def _person(
    texts: Mapping[str, str], name: str, roster: Roster, wrong: dict[str, str]
) -> str | None:
    person_id = texts.get(name, "")
    if not person_id:
        return None
    if roster.by_id(person_id) is None:
        wrong[name] = _PERSON
    return person_id


def _quorums(texts: Mapping[str, str], wrong: dict[str, str]) -> tuple[QuorumRule, ...]:
    rules = []
    for preset in Preset:
        if texts.get(preset.value) != "1":
            continue
        topic = _text(texts, f"{preset.value}-topic", MAX_TOPIC, wrong)
        known = PRESETS[preset][0] if preset in PRESETS else _own(texts, wrong)
        if known is not None:
            rule = QuorumRule(
                preset, known.base, known.part, known.whole, strict=known.strict, topic=topic
            )
            rules.append(rule)
    return tuple(rules)


def _own(texts: Mapping[str, str], wrong: dict[str, str]) -> QuorumRule | None:
    part, whole = _whole(texts.get("own-part", "")), _whole(texts.get("own-whole", ""))
    base = texts.get("own-base", "")
    if part is None or whole is None or whole > MAX_PART or base not in frozenset(Base):
        wrong["own"] = _FRACTION
        return None
    try:
        return QuorumRule(Preset.OWN, Base(base), part, whole, texts.get("own-strict") == "1")
    except ValueError:
        wrong["own"] = _FRACTION
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None
