"""Is a terminal well with a new version: the same, or better, than it was before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.update.health import Amiss, Facts, amiss, facts

STATUS: dict[str, Any] = {
    "version": "1.1",
    "reader": {"name": "a reader", "waiting_for": None},
    "locked": None,
    "log_events": 12,
    "lists": [{"purpose": "card-status"}, {"purpose": "certificate"}, {"purpose": "certificate"}],
    "troubles": ["NO_CERTIFICATE"],
    "meeting": None,
}
BEFORE = Facts(
    version="1.0",
    reader=True,
    events=12,
    lists=("card-status", "certificate"),
    troubles=("NO_CERTIFICATE",),
)
NOW = replace(BEFORE, version="1.1")


def test_an_answer_of_the_status_page() -> None:
    """Is read for what is compared, and no more."""
    assert facts(STATUS) == NOW
    assert facts({**STATUS, "meeting": {"kind": "regular"}}) == replace(NOW, meeting=True)


@pytest.mark.parametrize("changed", [{"reader": None}, {"log_events": "x"}, {"lists": 1}])
def test_an_answer_of_something_else(changed: dict[str, Any]) -> None:
    """Counts as none."""
    assert facts({**STATUS, **changed}) is None
    assert facts(None) is None
    assert facts({}) is None


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (NOW, None),
        (replace(NOW, events=13, troubles=(), lists=(*NOW.lists, "more")), None),
        (None, Amiss.NO_ANSWER),
        (BEFORE, Amiss.OTHER_VERSION),
        (replace(NOW, locked="LOG_DISK_FULL"), Amiss.LOCKED),
        (replace(NOW, events=11), Amiss.EVENTS_LOST),
        (replace(NOW, reader=False), Amiss.READER_LOST),
        (replace(NOW, lists=("certificate",)), Amiss.LISTS_LOST),
        (replace(NOW, troubles=("NO_CERTIFICATE", "MORE")), Amiss.TROUBLE),
    ],
)
def test_what_is_amiss(now: Facts | None, found: Amiss | None) -> None:
    """Whatever is worse than before has its code."""
    assert amiss(now, BEFORE, "1.1") is found


def test_what_was_amiss_before() -> None:
    """Does not make a version bad: no reader, a locked log, another trouble."""
    poor = replace(BEFORE, reader=False, locked="LOG_CHAIN_BROKEN", events=0, lists=())
    assert amiss(replace(poor, version="1.1"), poor, "1.1") is None


def test_nobody_knows_how_it_was() -> None:
    """Then it has to answer, as the version that it is."""
    assert amiss(replace(NOW, locked="LOG_DISK_FULL"), None, "1.1") is None
    assert amiss(None, None, "1.1") is Amiss.NO_ANSWER
    assert amiss(BEFORE, None, "1.1") is Amiss.OTHER_VERSION
