"""What is made of the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.care import judge_machine as judge
from edge.care.check import Check, State
from edge.care.facts import (
    BatteryClock,
    Disk,
    Memory,
    Network,
    Package,
    Power,
    Screen,
    Time,
    Versions,
    Written,
)
from edge.care.trouble import Trouble
from verify.moment import TimeQuality

_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
_GB = 1_000_000_000
_OK = (State.OK, None)


def judged(check: Check) -> tuple[State, Trouble | None]:
    """Return how it was judged, and that it says what to do where it is not well."""
    assert check.figure
    assert bool(check.next_step) is (check.state is not State.OK)
    return check.state, check.trouble


def _disk(**other: object) -> Disk:
    values = {
        "kind": "ext4", "passing": False, "read_only": False, "total": 32 * _GB, "free": 20 * _GB,
        "files_free": 0.9,
    }  # fmt: skip
    return Disk(**{**values, **other})  # type: ignore[arg-type]


def test_disk() -> None:
    """A disk is well; memory is a fault unless it is meant; read-only is one in any case."""
    memory = _disk(kind="tmpfs", passing=True)
    assert judged(judge.disk(_disk(), volatile=False)) == _OK
    assert judged(judge.disk(memory, volatile=False)) == (State.FAULT, Trouble.DISK_PASSING)
    assert judged(judge.disk(memory, volatile=True)) == (State.ATTENTION, Trouble.DISK_PASSING)
    torn = _disk(read_only=True)
    assert judged(judge.disk(torn, volatile=True)) == (State.FAULT, Trouble.DISK_READ_ONLY)
    assert judged(judge.disk(_disk(kind=None), volatile=False)) == _OK


@pytest.mark.parametrize(
    ("free", "files", "expected"),
    [
        (judge.SPACE_LOW, 0.5, _OK),
        (judge.SPACE_LOW - 1, 0.5, (State.ATTENTION, Trouble.DISK_LOW)),
        (judge.SPACE_OUT, 0.5, (State.ATTENTION, Trouble.DISK_LOW)),
        (judge.SPACE_OUT - 1, 0.5, (State.FAULT, Trouble.DISK_FULL)),
        (20 * _GB, 0.04, (State.ATTENTION, Trouble.DISK_LOW)),
        (20 * _GB, 0.0, (State.FAULT, Trouble.DISK_FULL)),
    ],
)
def test_space(free: int, files: float, expected: object) -> None:
    """Low is to be seen to, out is a fault; so with room for files."""
    assert judged(judge.space(_disk(free=free, files_free=files))) == expected


def test_write() -> None:
    """A refusal is a fault, a disk that takes long is worn."""
    assert judged(judge.writing(Written(0.02))) == _OK
    assert judged(judge.writing(Written(5.0))) == (State.ATTENTION, Trouble.DISK_SLOW)
    refused = judge.writing(Written(0.0, "Input/output error"))
    assert judged(refused) == (State.FAULT, Trouble.DISK_REFUSES)
    assert refused.figure == "Input/output error"


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        (0.5, _OK),
        (0.09, (State.ATTENTION, Trouble.MEMORY_LOW)),
        (0.03, (State.FAULT, Trouble.MEMORY_LOW)),
    ],
)
def test_memory(available: float, expected: object) -> None:
    """By the share that programs can still have."""
    assert judged(judge.memory(Memory(_GB, int(_GB * available), 0))) == expected


def test_memory_that_the_kernel_does_not_tell() -> None:
    """No division by nothing."""
    assert judge.memory(Memory(0, 0, 0)).state is State.FAULT


def test_swap() -> None:
    """None may lie on a disk."""
    assert judged(judge.swap(Memory(_GB, _GB, 0))) == _OK
    assert judged(judge.swap(Memory(_GB, _GB, 100))) == (State.ATTENTION, Trouble.SWAP_ON_DISK)


@pytest.mark.parametrize(
    ("celsius", "expected"),
    [
        (55.0, _OK),
        (80.0, (State.ATTENTION, Trouble.HOT)),
        (85.0, (State.FAULT, Trouble.HOT)),
        (None, (State.UNKNOWN, Trouble.NOT_TOLD)),
    ],
)
def test_temperature(celsius: float | None, expected: object) -> None:
    """At the points where a board slows down, and where it stands nearly still."""
    assert judged(judge.heat(celsius)) == expected


@pytest.mark.parametrize(
    ("power", "expected"),
    [
        (Power(False, False), _OK),
        (Power(False, None), _OK),
        (Power(True, True), (State.FAULT, Trouble.POWER_LOW)),
        (Power(False, True), (State.ATTENTION, Trouble.POWER_WAS_LOW)),
        (Power(None, None), (State.UNKNOWN, Trouble.NOT_TOLD)),
    ],
)
def test_power(power: Power, expected: object) -> None:
    """Too low now is a fault; once since the start is to be seen to."""
    assert judged(judge.power(power)) == expected


def test_clock() -> None:
    """Well where the time is known; behind what is proved is a fault."""
    floor = _AT - timedelta(days=3)
    well = Time(_AT, TimeQuality.SYNCHRONISED, _AT, floor)
    assert judged(judge.clock(well)) == _OK
    alone = Time(_AT, TimeQuality.FLOOR_ONLY, _AT, floor)
    assert judged(judge.clock(alone)) == (State.ATTENTION, Trouble.CLOCK_UNKNOWN)
    behind = Time(floor, TimeQuality.HELD, floor - timedelta(hours=1), floor)
    assert judged(judge.clock(behind)) == (State.FAULT, Trouble.CLOCK_BEHIND)


def test_battery_clock() -> None:
    """There and used."""
    assert judged(judge.battery_clock(BatteryClock("ds3231", True))) == _OK
    unused = judge.battery_clock(BatteryClock("ds3231", False))
    assert judged(unused) == (State.ATTENTION, Trouble.BATTERY_CLOCK_UNUSED)
    absent = judge.battery_clock(BatteryClock(None, False))
    assert judged(absent) == (State.ATTENTION, Trouble.BATTERY_CLOCK_ABSENT)


def test_network() -> None:
    """Asked of those terminals alone that go over one."""
    none, caught = Network((), ("eth0",), False), Network(("wlan0",), (), False)
    assert judged(judge.network(none, needed=False)) == _OK
    assert judged(judge.network(none, needed=True)) == (State.ATTENTION, Trouble.NETWORK_DOWN)
    lost = judge.network(caught, needed=True)
    assert judged(lost) == (State.ATTENTION, Trouble.NETWORK_NO_ROUTE)
    assert judged(judge.network(Network(("eth0",), (), True), needed=True)) == _OK


def test_versions() -> None:
    """All that is told, nothing that is not."""
    figure = judge.versions(Versions("1.0", "3.13.5", "6.12", None, "Raspberry Pi 5")).figure
    assert figure == "tramthe 1.0, Python 3.13.5, Linux 6.12, Raspberry Pi 5"


@pytest.mark.parametrize(
    ("octets", "words"),
    [(0, "0 B"), (999, "999 B"), (50_000, "50 kB"), (2_500_000, "2 MB"), (32 * _GB, "32.0 GB")],
)
def test_size(octets: int, words: str) -> None:
    """As disks are sold."""
    assert judge.size(octets) == words


def test_screen() -> None:
    """One is enough; sockets without one are to be seen to; without sockets it is unknown."""
    assert judged(judge.screen(Screen(("HDMI-A-1",), ("HDMI-A-1 800x480",)))) == _OK
    empty = Screen(("HDMI-A-1", "HDMI-A-2"), ())
    assert judged(judge.screen(empty)) == (State.ATTENTION, Trouble.SCREEN_ABSENT)
    assert judged(judge.screen(Screen((), ()))) == (State.UNKNOWN, Trouble.NOT_TOLD)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Package(None, False), _OK),
        (Package("1.2.0", True), _OK),
        (Package("1:1.2.0-3~deb13u1", True), _OK),
        (Package("1.3.0", True), (State.ATTENTION, Trouble.PACKAGE_OTHER)),
        (Package("1.2.0", False), (State.FAULT, Trouble.PACKAGE_BROKEN)),
    ],
)
def test_package(found: Package, expected: object) -> None:
    """Of a package or not; what is installed is what runs, and is wholly installed."""
    assert judged(judge.package(found, "1.2.0")) == expected


def test_update() -> None:
    """What was delivered and runs already waits no more."""
    assert judged(judge.update((), "1.2.0")) == _OK
    assert judged(judge.update(("1.2.0",), "1.2.0")) == _OK
    waiting = judge.update(("1.2.0", "1.3.0"), "1.2.0")
    assert judged(waiting) == (State.ATTENTION, Trouble.UPDATE_WAITS)
    assert waiting.figure == "1.3.0 waits"
