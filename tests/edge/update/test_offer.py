"""Which version a terminal goes to, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from edge.repository.release import Machine, Release, read_release
from edge.update.offer import (
    AROUND_A_MEETING,
    Hour,
    Installed,
    No,
    Wait,
    choose,
    waits_for,
    why_not,
)

PI = Machine("trixie", "arm64")
HERE = Installed(PI, version="1.2", floor="1.2")
NEXT = Release("1.3", ("bookworm", "trixie"), "arm64", 1000)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUIET = Hour(NOW, meeting_open=False, question_open=False, low_voltage=None)


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (NEXT, None),
        (replace(NEXT, architecture="all"), None),
        (replace(NEXT, minimum="1.2"), None),
        (replace(NEXT, suites=("bookworm",)), No.OTHER_SUITE),
        (replace(NEXT, architecture="amd64"), No.OTHER_ARCHITECTURE),
        (replace(NEXT, version="1.2"), No.RUNS_ALREADY),
        (replace(NEXT, version="1.3~rc1"), None),
        (replace(NEXT, version="1.2~rc1"), No.OLDER),
        (replace(NEXT, version="1.1"), No.OLDER),
        (replace(NEXT, version="1.1", recalls="1.2"), None),
        (replace(NEXT, version="1.1", recalls="1.1.9"), No.OLDER),
        (replace(NEXT, minimum="1.2.1"), No.TOO_FAR),
    ],
)
def test_what_may_be_taken(release: Release, why: No | None) -> None:
    """Later, for this machine, past no version that is needed; back where that was signed."""
    assert why_not(release, HERE) is why


def test_never_below_the_highest_that_was_kept() -> None:
    """A terminal that was brought back by hand does not go to what lies between."""
    assert why_not(NEXT, replace(HERE, version="1.1", floor="1.4")) is No.OLDER
    assert why_not(replace(NEXT, version="1.4"), replace(HERE, version="1.1", floor="1.4")) is None


def test_what_was_tried_and_left_is_not_tried_again() -> None:
    """Until a later one is there."""
    here = replace(HERE, left=("1.3",))
    assert why_not(NEXT, here) is No.TRIED
    assert choose([NEXT, replace(NEXT, version="1.3.1")], here) == replace(NEXT, version="1.3.1")


def test_the_highest_is_chosen() -> None:
    """Of those that may be; in Debian's order."""
    later, other = replace(NEXT, version="1.10"), replace(NEXT, version="2.0", suites=("bookworm",))
    assert choose([NEXT, later, other], HERE) == later
    assert choose([other], HERE) is None


def test_what_is_recalled_is_gone_to_no_more() -> None:
    """Neither by a terminal that runs it, nor by one that the recall has reached."""
    bad, good = NEXT, replace(NEXT, version="1.2", recalls="1.3")
    assert choose([bad, good], replace(HERE, version="1.3", floor="1.3")) == good
    assert choose([bad, good], replace(HERE, version="1.2", floor="1.2")) is None
    assert choose([bad, good, replace(NEXT, version="1.4")], HERE) == replace(NEXT, version="1.4")


@pytest.mark.parametrize(
    ("hour", "wait"),
    [
        (QUIET, None),
        (replace(QUIET, low_voltage=False), None),
        (replace(QUIET, meeting_open=True), Wait.MEETING),
        (replace(QUIET, question_open=True), Wait.QUESTION),
        (replace(QUIET, low_voltage=True), Wait.LOW_VOLTAGE),
        (
            replace(QUIET, meetings=(NOW - 9 * AROUND_A_MEETING, NOW + timedelta(hours=1))),
            Wait.MEETING_SOON,
        ),
        (replace(QUIET, meetings=(NOW - timedelta(hours=1),)), Wait.MEETING_SOON),
        (replace(QUIET, meetings=(NOW + AROUND_A_MEETING,)), None),
    ],
)
def test_when_it_waits(hour: Hour, wait: Wait | None) -> None:
    """Never in a meeting or before one, at a counter's question, or with a weak supply."""
    assert waits_for(hour) is wait


def test_a_release_is_read_as_it_was_written() -> None:
    """What an office says of a package is what a terminal reads."""
    whole = replace(NEXT, minimum="1.0", recalls="2.0", notes="Sửa lỗi đầu đọc.")
    assert read_release(whole.path, whole.to_custom()) == whole


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("software/other_1.3_arm64.deb", {}),
        ("software/tramthe_1:3_arm64.deb", {}),
        (NEXT.path, {"release": 2}),
        (NEXT.path, {"suites": []}),
        (NEXT.path, {"suites": "trixie"}),
        (NEXT.path, {"suites": ["../x"]}),
        (NEXT.path, {"unpacked": 0}),
        (NEXT.path, {"unpacked": True}),
        (NEXT.path, {"unpacked": 2**60}),
        (NEXT.path, {"minimum": "a"}),
        (NEXT.path, {"recalls": 1}),
        (NEXT.path, {"notes": "x" * 2001}),
        (NEXT.path, {"more": None}),
    ],
)
def test_what_is_no_release(path: str, changed: dict[str, object]) -> None:
    """A package that says less, or other things, is delivered and not installed by itself."""
    assert read_release(path, {**NEXT.to_custom(), **changed}) is None
    assert read_release(NEXT.path, None) is None
