"""What travels: segments up, acknowledgements down, each under its own type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import WireMalformed
from edge.wire import ack as acks
from edge.wire import segment as segments
from edge.wire.ack import Ack, Alarm, open_ack, sign_ack
from edge.wire.event import Event
from edge.wire.segment import MAX_EVENT_BYTES, MAX_EVENTS, MAX_SEGMENT, Segment, gather
from tests.edge.wire.test_event import EPOCH, make_event
from verify import jws
from verify.errors import BadSignature, MalformedObject

KEY = ec.generate_private_key(ec.SECP256R1())
ACK = Ack(
    terminal="TT-0001",
    epoch=EPOCH,
    high_water=7,
    gaps=((9, 9), (12, 20)),
    head=bytes(32),
    set_aside=(3,),
    alarms=(Alarm(3, "EVENT_HASH_DIFFERS"),),
)


def chain(count: int, **changes: Any) -> list[Event]:
    """Return consecutive events."""
    made = [make_event(**changes)]
    while len(made) < count:
        made.append(make_event(seq=made[-1].seq + 1, prev=made[-1].hash, **changes))
    return made


def test_segment_carries_consecutive_events() -> None:
    """First, last, count, the hash before and the head follow from the events."""
    events = chain(3)
    segment = gather(events)
    assert segment is not None
    assert (segment.first, segment.last) == (1, 3)
    assert (segment.prev, segment.head) == (events[0].prev, events[2].hash)
    assert Segment.from_payload(segment.to_payload()) == segment
    assert [Event.from_object(fields) for fields in segment.events] == events


def test_nothing_to_send_is_no_segment() -> None:
    """No event, no segment."""
    assert gather([]) is None


def test_segment_stops_at_its_caps() -> None:
    """Never more than MAX_EVENTS or MAX_EVENT_BYTES; the largest event still goes, alone."""
    by_count = gather(chain(MAX_EVENTS + 1))
    assert by_count is not None
    assert len(by_count.events) == MAX_EVENTS
    large = gather(chain(4, body=bytes(250_000)))
    assert large is not None
    assert len(large.events) == MAX_EVENT_BYTES // 334_000
    compact = jws.sign(large.to_payload(), typ=segments.TYP, key=KEY)
    assert len(compact) <= MAX_SEGMENT


@pytest.mark.parametrize(
    "change",
    [
        {"count": 3},
        {"last": 3},
        {"first": 0},
        {"events": []},
        {"events": [{}] * (MAX_EVENTS + 1)},
        {"events": ["text", "text"]},
        {"events": None},
        {"prev": "AA"},
        {"head": None},
        {"terminal": "../x"},
        {"epoch": 5},
        {"more": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_segment_outside_its_form_is_refused(change: dict[str, Any]) -> None:
    """The envelope is strict; what is inside is judged event by event elsewhere."""
    segment = gather(chain(2))
    assert segment is not None
    with pytest.raises(WireMalformed):
        Segment.from_payload(segment.to_payload() | change)


def test_ack_comes_back_with_its_signed_form() -> None:
    """Signed and opened, an acknowledgement is the same and keeps its proof."""
    compact = sign_ack(ACK, KEY, "sign-1")
    opened = open_ack(compact, lambda _: KEY.public_key())
    assert opened == ACK
    assert opened.compact == compact


def test_ack_signed_by_another_key_is_refused() -> None:
    """A forged acknowledgement moves nothing."""
    forged = sign_ack(ACK, ec.generate_private_key(ec.SECP256R1()), "sign-1")
    with pytest.raises(BadSignature):
        open_ack(forged, lambda _: KEY.public_key())


def test_types_do_not_stand_for_each_other() -> None:
    """A trust list, or any other object the same key signed, is no acknowledgement."""
    other = jws.sign(ACK.to_payload(), typ="tramthe-trust-list+jws", key=KEY)
    with pytest.raises(MalformedObject):
        open_ack(other, lambda _: KEY.public_key())


def test_ack_beyond_its_size_is_refused() -> None:
    """An answer is capped before it is parsed."""
    with pytest.raises(MalformedObject):
        open_ack("x" * (acks.MAX_ACK + 1), lambda _: KEY.public_key())


def test_ack_without_a_head() -> None:
    """Nothing held, or the last one set aside: there is no head to compare."""
    empty = replace(ACK, high_water=0, head=None, gaps=(), set_aside=(), alarms=())
    assert Ack.from_payload(empty.to_payload()) == empty


@pytest.mark.parametrize(
    "change",
    [
        {"high_water": -1},
        {"high_water": "7"},
        {"gaps": [[7, 8]]},
        {"gaps": [[9, 8]]},
        {"gaps": [[9, 10], [10, 11]]},
        {"gaps": [[9]]},
        {"gaps": [9]},
        {"gaps": None},
        {"set_aside": [0]},
        {"set_aside": [1] * 101},
        {"head": "AA"},
        {"alarms": [{"seq": 1}]},
        {"alarms": [{"seq": 1, "code": ""}]},
        {"alarms": [{"seq": 1, "code": 5}]},
        {"terminal": None},
        {"more": 1},
    ],
    ids=lambda change: f"{next(iter(change.items()))!s:.30}",
)
def test_ack_outside_its_form_is_refused(change: dict[str, Any]) -> None:
    """Numbers in order, lists short, nothing unknown."""
    with pytest.raises(WireMalformed):
        Ack.from_payload(ACK.to_payload() | change)
