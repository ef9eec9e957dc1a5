"""The centre takes every kind of event."""

from __future__ import annotations

import json
from pathlib import Path

from edge.identity.key import TerminalIdentity
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from edge.wire.segment import gather, sign_segment
from tests.edge.log.made import TERMINAL
from tests.provisioning.centre.made import Centre
from tests.provisioning.centre.test_segments import acked

VECTORS = Path(__file__).parents[3] / "docs" / "vectors" / "log.json"


def test_every_kind_is_taken(centre: Centre, identity: TerminalIdentity) -> None:
    """The published log, epoch by epoch: each event is held in its place, without an alarm."""
    lines = [event["line"] for event in json.loads(VECTORS.read_bytes())["events"]]
    events = [Event.from_bytes(line.encode()) for line in lines]
    assert {event.kind for event in events} == set(EventKind)
    assert identity.certificate is not None
    for epoch in dict.fromkeys(event.epoch for event in events):
        own = [event for event in events if event.epoch == epoch]
        segment = gather(own)
        assert segment is not None
        ack = acked(centre, sign_segment(segment, identity.key, identity.certificate))
        assert (ack.high_water, ack.set_aside, ack.alarms) == (len(own), (), ())
        assert centre.store.events(TERMINAL, epoch) == tuple(own)
