"""The quick way through a payload says what the slow way says, or nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import EdgeError
from edge.wire import canonical
from edge.wire.event import Event
from edge.wire.segment import Segment, gather
from provisioning.centre.batch import Batch
from provisioning.centre.ingest import _sort
from provisioning.centre.read_payload import read_payload
from verify import jws
from verify.errors import VerifyError

VECTORS = Path(__file__).parents[3] / "docs" / "vectors" / "log.json"
LINES = [event["line"] for event in json.loads(VECTORS.read_bytes())["events"]]
EVENTS = [Event.from_bytes(line.encode()) for line in LINES]


def segments() -> list[Segment]:
    """Return the published log, epoch by epoch."""
    made = [
        gather([event for event in EVENTS if event.epoch == epoch])
        for epoch in dict.fromkeys(event.epoch for event in EVENTS)
    ]
    return [segment for segment in made if segment is not None]


def payload(segment: Segment) -> bytes:
    """Return what is signed."""
    return canonical.encode(segment.to_payload())


def slowly(data: bytes) -> Batch:
    """Read a payload event by event."""
    return _sort(Segment.from_payload(jws.payload_object(data)))


@pytest.mark.parametrize("segment", segments(), ids=lambda segment: segment.epoch[:4])
def test_published_log_is_read_quickly(segment: Segment) -> None:
    """Every kind of event goes the quick way, with the slow way's result."""
    quick = read_payload(payload(segment))
    assert quick is not None
    slow = slowly(payload(segment))
    assert quick == replace(slow, events=list(slow.events), aside=(), alarms=())
    assert (slow.aside, slow.alarms) == ([], [])


@pytest.mark.parametrize("first", [1, 2, 5])
def test_part_of_an_epoch(first: int) -> None:
    """A segment may begin anywhere."""
    events = [event for event in EVENTS if event.epoch == EVENTS[0].epoch][first - 1 : first + 3]
    segment = gather(events)
    assert segment is not None
    quick = read_payload(payload(segment))
    assert quick is not None
    assert (quick.first, quick.last, len(quick.events)) == (first, first + 3, 4)


def replaced(**changes: Any) -> bytes:
    """Return a payload whose third event has other fields, its hash untouched."""
    segment = segments()[0]
    events = [dict(event) for event in segment.events]
    events[2].update(changes)
    return payload(replace(segment, events=tuple(events)))


@pytest.mark.parametrize(
    "changes",
    [
        {"at": "2026-02-30T00:00:00.000Z"},
        {"at": "2026-11-21T12:00:60.000Z"},
        {"body": "A"},
        {"body": "AB"},
        {"body": ""},
        {"context": "0" * 31},
        {"extra": None},
        {"hash": "A" * 43},
        {"kind": "check-out"},
        {"kind": "epoch-begun"},
        {"outcome": "có"},
        {"prev": "A" * 43},
        {"quality": "good"},
        {"sealed": "AAAA"},
        {"seq": 4},
        {"seq": 0},
        {"tag": "A" * 42},
        {"terminal": "x"},
    ],
    ids=lambda changes: "-".join(map(str, next(iter(changes.items())))),
)
def test_what_is_amiss_goes_the_slow_way(changes: dict[str, Any]) -> None:
    """Nothing that the slow way sets aside or raises an alarm for passes the quick way."""
    data = replaced(**changes)
    assert read_payload(data) is None
    slow = slowly(data)
    assert slow.aside or slow.alarms


PAYLOADS = [payload(segment) for segment in segments()]


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_one_byte_changed(data: st.DataObject) -> None:
    """Where the quick way still reads a changed payload, the slow way reads the same from it."""
    whole = data.draw(st.sampled_from(PAYLOADS))
    places = [match.start() for match in re.finditer(rb'[0-9":,{}\[\]A-Za-z]', whole)]
    place = data.draw(st.sampled_from(places))
    byte = data.draw(st.sampled_from(list(b'0129aAzZ_-"\\,:{}[] \n\x00\xff')))
    bent = whole[:place] + bytes([byte]) + whole[place + 1 :]
    quick = read_payload(bent)
    if quick is None:
        return
    slow = slowly(bent)
    assert (slow.events, slow.aside, slow.alarms) == (quick.events, [], [])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data + b" ",
        lambda data: data.replace(b",", b", ", 1),
        lambda data: data.replace(b'"count":', b'"count":0', 1),
        lambda data: data.replace(b'},{"at"', b'},,{"at"', 1),
        lambda data: data.replace(b'},{"at"', b'}x{"at"', 1),
        lambda data: data.replace(b'"events":[', b'"events":[1,', 1),
        lambda data: b"",
        lambda data: b"{}",
    ],
)
def test_another_spelling_is_no_quick_way(spoil: Any) -> None:
    """What is not canonical JSON of the documented form is left to the slow way, which refuses."""
    bent = spoil(PAYLOADS[0])
    assert read_payload(bent) is None
    with pytest.raises((VerifyError, EdgeError)):
        slowly(bent)
