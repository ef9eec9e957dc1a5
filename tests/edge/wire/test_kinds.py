"""Each kind of event has its fields and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.errors import WireMalformed
from edge.wire.event import Event
from edge.wire.kinds import FORMS, EventKind, Need
from tests.edge.wire.test_event import CONTEXT, make_event

FIELDS: dict[str, Any] = {
    "context": CONTEXT,
    "outcome": "SOME_OUTCOME",
    "reason": "SOME_REASON",
    "tag": bytes(32),
    "body": bytes(40),
}


def event_of(kind: EventKind, *, optional: bool = True) -> Event:
    """Return an event of a kind with every field that it must have, and those that it may."""
    form = FORMS[kind]
    wanted = (Need.ALWAYS, Need.MAY) if optional else (Need.ALWAYS,)
    fields = {name: FIELDS[name] if getattr(form, name) in wanted else None for name in FIELDS}
    sealed = b"\x01k" + bytes(40) if kind is EventKind.CONTEXT_OPENED else None
    return make_event(kind=kind, sealed=sealed, **fields)


def test_every_kind_has_its_form() -> None:
    """No kind is left out."""
    assert set(FORMS) == set(EventKind)


@pytest.mark.parametrize("kind", EventKind)
def test_event_of_a_kind_comes_back(kind: EventKind) -> None:
    """With all that it may have, and with no more than it must have."""
    for optional in (True, False):
        event = event_of(kind, optional=optional)
        assert Event.from_bytes(event.to_bytes()) == event


@pytest.mark.parametrize("kind", EventKind)
def test_field_too_many_or_too_few(kind: EventKind) -> None:
    """A field that the kind must have, taken away, or may not have, put in, is refused."""
    for name, value in FIELDS.items():
        need = getattr(FORMS[kind], name)
        if need is Need.MAY:
            continue
        wrong: dict[str, Any] = {name: None if need is Need.ALWAYS else value}
        with pytest.raises(WireMalformed):
            replace(event_of(kind, optional=False), **wrong)


@pytest.mark.parametrize("kind", EventKind)
def test_key_stands_in_the_opening_only(kind: EventKind) -> None:
    """No other kind carries a sealed key, and no opening is without one."""
    event = event_of(kind)
    with pytest.raises(WireMalformed):
        replace(event, sealed=None if event.sealed else b"\x01kkey")


def test_epoch_begins_once() -> None:
    """Only event 1 says that its epoch began."""
    with pytest.raises(WireMalformed):
        replace(event_of(EventKind.EPOCH_BEGUN), seq=2)
