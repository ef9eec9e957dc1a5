"""The form of an event: one spelling, nothing else taken."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import WireMalformed
from edge.wire import canonical
from edge.wire.event import MAX_BODY, MAX_EVENT, Event, event_hash, genesis
from edge.wire.kinds import EventKind
from verify.moment import Moment, TimeQuality

EPOCH = "00112233445566778899aabbccddeeff"
CONTEXT = "ffeeddccbbaa99887766554433221100"


def make_event(**changes: Any) -> Event:
    """Return a check-in whose hash fits."""
    fields: dict[str, Any] = {
        "terminal": "TT-0001",
        "epoch": EPOCH,
        "seq": 1,
        "kind": EventKind.CHECK_IN,
        "at": "2026-11-21T12:00:00.123Z",
        "quality": TimeQuality.SYNCHRONISED,
        "context": CONTEXT,
        "outcome": "ADMITTED",
        "reason": None,
        "tag": bytes(32),
        "body": b"nonce and ciphertext",
        "sealed": None,
        "prev": genesis("TT-0001", EPOCH),
        "hash": bytes(32),
        **changes,
    }
    event = Event(**fields)
    return replace(event, hash=event.computed_hash())


def test_event_comes_back_from_its_bytes() -> None:
    """Bytes to event and back loses nothing."""
    event = make_event()
    assert Event.from_bytes(event.to_bytes()) == event
    assert event.moment == Moment(event.moment.at, TimeQuality.SYNCHRONISED)
    assert event.moment.at.microsecond == 123_000


def test_hash_is_over_rfc_8785_of_all_other_fields() -> None:
    """The hash can be computed from the documents alone, with another encoder."""
    event = make_event()
    fields = event.to_object()
    claimed = fields.pop("hash")
    digest = hashlib.sha256(rfc8785.dumps(fields)).digest()
    assert canonical.to_base64url(digest) == claimed
    assert event_hash(event.header, event.tag, event.body, None, event.prev) == digest


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 2},
        {"terminal": "TT-0002"},
        {"epoch": CONTEXT},
        {"kind": EventKind.CONFIRMED, "outcome": None},
        {"at": "2026-11-21T12:00:00.124Z"},
        {"quality": TimeQuality.HELD},
        {"context": EPOCH},
        {"outcome": "REFUSED"},
        {"reason": "X"},
        {"tag": bytes([1] * 32)},
        {"body": b"another"},
        {"prev": bytes(32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_moves_the_hash(change: dict[str, Any]) -> None:
    """No field can change without the hash changing."""
    assert replace(make_event(), **change).computed_hash() != make_event().hash


@pytest.mark.parametrize(
    "change",
    [
        {"terminal": "Trạm 1"},
        {"terminal": ""},
        {"terminal": "x" * 65},
        {"epoch": EPOCH.upper()},
        {"context": "00"},
        {"seq": 0},
        {"seq": 2**53},
        {"seq": True},
        {"at": "2026-11-21T12:00:00Z"},
        {"at": "2026-13-21T12:00:00.000Z"},
        {"at": "2026-11-21T12:00:00.000+07"},
        {"outcome": "Nguyễn Văn An"},
        {"reason": ""},
        {"tag": b"short"},
        {"body": b""},
        {"body": bytes(MAX_BODY + 1)},
        {"prev": b""},
        {"hash": bytes(31)},
        {"context": None},
        {"sealed": b"key"},
        {"kind": EventKind.CONTEXT_OPENED},
    ],
    ids=lambda change: "-".join(f"{k}={v!s:.12}" for k, v in change.items()),
)
def test_value_outside_the_form_is_refused(change: dict[str, Any]) -> None:
    """An event is well-formed from birth or is not born."""
    with pytest.raises(WireMalformed):
        replace(make_event(), **change)


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data + b" ",
        lambda data: data.replace(b",", b", ", 1),
        lambda data: data.replace(b'"seq":1', b'"seq":1.0'),
        lambda data: data.replace(b'"seq":1', b'"seq":1,"seq":1'),
        lambda data: data.replace(b'"reason":null', b'"reason":null,"more":1'),
        lambda data: data.replace(b'"reason":null,', b""),
        lambda data: data.replace(b'"kind":"check-in"', b'"kind":"party"'),
        lambda data: data.replace(b'"kind":"check-in"', b'"kind":{}'),
        lambda data: data.replace(b"AAAA", b"AAA=", 1),
        lambda data: b"[" + data + b"]",
        lambda data: b"[" * 100_000,
        lambda data: b" " * (MAX_EVENT + 1),
        lambda data: b"\xff" + data,
    ],
)
def test_any_other_spelling_is_refused(edit: Any) -> None:
    """Spaces, a member twice, an unknown one, another number form: none is this event."""
    with pytest.raises(WireMalformed):
        Event.from_bytes(edit(make_event().to_bytes()))


def test_cut_bytes_are_refused() -> None:
    """Cut at any byte, an event gives our error and no other."""
    data = make_event().to_bytes()
    for end in range(len(data)):
        with pytest.raises(WireMalformed):
            Event.from_bytes(data[:end])


_VALUES = st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.booleans()
_JSON = st.recursive(_VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(st.dictionaries(st.text(st.characters(max_codepoint=126)), _VALUES))
def test_fast_encoder_is_rfc_8785(fields: dict[str, Any]) -> None:
    """For ASCII keys and no floats our encoder gives RFC 8785's bytes."""
    try:
        expected = rfc8785.dumps(fields)
    except rfc8785.CanonicalizationError:
        with pytest.raises(WireMalformed):
            canonical.encode(fields)
        return
    assert canonical.encode(fields) == expected


@given(st.dictionaries(st.sampled_from(sorted(make_event().to_object())), _JSON))
def test_any_json_object_is_an_event_or_refused(fields: dict[str, Any]) -> None:
    """Whatever a centre is sent, only our error comes out."""
    whole = json.loads(make_event().to_bytes()) | fields
    try:
        Event.from_object(whole)
    except WireMalformed:
        return
