"""The published schemas say what the program takes and writes, no less and no more."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from edge.log.backup import back_up
from edge.tap.admit import Admission
from edge.wire.kinds import (
    FORMS,
    AbsenceOutcome,
    AnnulReason,
    CloseReason,
    EpochReason,
    EventKind,
    ExportOutcome,
    HandOutcome,
    HandoverOutcome,
    HandoverReason,
    HandReason,
    Need,
    SheetOutcome,
    VerificationOutcome,
)
from tests.docs import plain_log, schemas
from tests.docs.test_log_vectors import EVENTS, VECTORS
from tests.edge.log.made import START, fill, make_log

CODES: dict[tuple[EventKind, str], type[StrEnum]] = {
    (EventKind.CHECK_IN, "outcome"): Admission,
    (EventKind.HAND_ENTRY, "outcome"): HandOutcome,
    (EventKind.ABSENCE, "outcome"): AbsenceOutcome,
    (EventKind.SHEET, "outcome"): SheetOutcome,
    (EventKind.EXPORTED, "outcome"): ExportOutcome,
    (EventKind.VERIFICATION, "outcome"): VerificationOutcome,
    (EventKind.HANDED_OVER, "outcome"): HandoverOutcome,
    (EventKind.HANDED_OVER, "reason"): HandoverReason,
    (EventKind.HAND_ENTRY, "reason"): HandReason,
    (EventKind.DEPARTURE, "reason"): HandReason,
    (EventKind.ANNULLED, "reason"): AnnulReason,
    (EventKind.CONTEXT_CLOSED, "reason"): CloseReason,
    (EventKind.EPOCH_BEGUN, "reason"): EpochReason,
}
FIELDS = ("context", "outcome", "reason", "tag", "body")


def of_kind(kind: EventKind) -> dict[str, Any]:
    """Return what the schema says of one kind."""
    (found,) = (
        one["properties"]
        for one in schemas.schema("event")["oneOf"]
        if one["properties"]["kind"] == {"const": kind.value}
    )
    properties: dict[str, Any] = found
    return properties


def takes(rule: dict[str, Any], value: object) -> bool:
    """Tell whether a part of the event's schema takes a value."""
    whole = {"$defs": schemas.schema("event")["$defs"], **rule}
    return bool(Draft202012Validator(whole).is_valid(value))


@pytest.mark.parametrize("path", sorted(schemas.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_schema_is_one(path: Path) -> None:
    """Each file is a valid schema of the draft that it names."""
    Draft202012Validator.check_schema(json.loads(path.read_bytes()))


@pytest.mark.parametrize("kind", EventKind)
def test_fields_of_a_kind(kind: EventKind) -> None:
    """The schema demands and forbids the fields that the program does, and lists every code."""
    rules = of_kind(kind)
    example = {"context": "00" * 16, "tag": "A" * 43, "body": "AAAA"}
    for name in FIELDS:
        need = getattr(FORMS[kind], name)
        codes = CODES.get((kind, name))
        value = next(iter(codes)).value if codes else example.get(name, "SOME_CODE")
        assert takes(rules[name], None) is (need is not Need.ALWAYS)
        assert takes(rules[name], value) is (need is not Need.NEVER)
        if codes is not None:
            assert [code for code in rules[name]["enum"] if code] == [code.value for code in codes]
            assert not takes(rules[name], "SOME_CODE")
    assert takes(rules["sealed"], "AAAA") is (kind is EventKind.CONTEXT_OPENED)


def test_every_kind_has_its_body() -> None:
    """A kind that may have a body says what it holds, and no other."""
    with_body = {kind.value for kind in EventKind if FORMS[kind].body is not Need.NEVER}
    described = set(schemas.schema("bodies")["$defs"])
    parts = {"answer", "person", "new-card", "differs", "code", "sha256", "reference"}
    assert described - parts == with_body


def test_published_events() -> None:
    """The vectors' events, bodies, segment and acknowledgement are what the schemas say."""
    for event, described in zip(EVENTS, VECTORS["events"], strict=True):
        schemas.check("event", event)
        if described["body"] is not None:
            schemas.check_body(event["kind"], described["body"])
    for name in ("segment", "acknowledgement"):
        schemas.check(name, json.loads(plain_log.unpadded(VECTORS[name].split(".")[1])))


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"seq": "1"},
        {"kind": "party"},
        {"at": "2026-11-21"},
        {"quality": "good"},
        {"tag": None},
        {"hash": "AAAA"},
        {"outcome": "Nguyễn Văn An"},
        {"more": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_event_outside_the_schema(change: dict[str, Any]) -> None:
    """What the program refuses the schema refuses as well."""
    schemas.check("event", EVENTS[2])
    with pytest.raises(ValidationError):
        schemas.check("event", {**EVENTS[2], **change})


def test_body_outside_the_schema() -> None:
    """A body without what its kind needs is none of that kind."""
    for kind, body in (
        ("check-in", {}),
        ("withdrawn", {"person": "p", "name": "n", "of": 5}),
        ("roster-part", {"part": 1, "parts": 1, "people": [{"id": "p"}]}),
        ("sheet", {"number": 0, "sha256": "short"}),
        ("receipt", {"of": {"epoch": "00" * 16, "seq": 1}, "receipt": "no signed object"}),
        ("handed-over", {"name": "n"}),
    ):
        with pytest.raises(ValidationError):
            schemas.check_body(kind, body)


def test_manifest_of_a_copy(tmp_path: Path) -> None:
    """A real one is what its schema says."""
    log = make_log(tmp_path / "log.db")
    fill(log, 1)
    log.close()
    schemas.check("log-copy", back_up(log.path, tmp_path / "stick", START).to_object())
