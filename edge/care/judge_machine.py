"""What to make of the machine: disk, memory, heat, power, clocks, network, versions.

Rules and limits over facts (`facts`); no world is touched here.
"""

from __future__ import annotations

from datetime import timedelta

from edge.care.check import Check, attention, fault, ok, unknown
from edge.care.facts import (
    BatteryClock,
    Disk,
    Memory,
    Network,
    Power,
    Time,
    Versions,
    Written,
)
from edge.care.trouble import Trouble
from verify.moment import TimeQuality

MEGABYTE = 1_000_000
SPACE_LOW = 500 * MEGABYTE
SPACE_OUT = 50 * MEGABYTE
FILES_LOW = 0.05  # share of the files there is room for
WRITE_SLOW = 2.0  # seconds for a small file to reach the disk
MEMORY_LOW = 0.10  # share that is available
MEMORY_OUT = 0.04
WARM = 80.0  # °C: a Raspberry Pi slows itself down from here
HOT = 85.0  # and here it stands nearly still
BEHIND = timedelta(minutes=5)
"""How far the system's clock may be behind the time that is known to have come."""


def size(octets: float) -> str:
    """Return a size for people, in powers of ten, as disks are sold."""
    for unit in ("B", "kB", "MB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}"
        octets /= 1000
    return f"{octets:.1f} GB"


def disk(found: Disk, *, volatile: bool) -> Check:
    """Judge where the state folder lies; `volatile`: it may be lost, on purpose."""
    figure = found.kind or "of an unknown kind"
    if found.read_only:
        return fault("disk", f"{figure}, read-only", Trouble.DISK_READ_ONLY)
    if found.passing:
        figure = f"{figure}, lost with the power"
        judge = attention if volatile else fault
        return judge("disk", figure, Trouble.DISK_PASSING)
    return ok("disk", figure)


def space(found: Disk) -> Check:
    """Judge the room that is left for data and for files."""
    figure = f"{size(found.free)} free of {size(found.total)}"
    if found.free < SPACE_OUT or found.files_free == 0:
        return fault("space", figure, Trouble.DISK_FULL)
    if found.files_free < FILES_LOW:
        return attention("space", f"{figure}, room for few more files", Trouble.DISK_LOW)
    if found.free < SPACE_LOW:
        return attention("space", figure, Trouble.DISK_LOW)
    return ok("space", figure)


def writing(found: Written) -> Check:
    """Judge a write that was brought to the disk."""
    if found.error is not None:
        return fault("write", found.error, Trouble.DISK_REFUSES)
    figure = f"{found.seconds * 1000:.0f} ms to the disk"
    if found.seconds > WRITE_SLOW:
        return attention("write", figure, Trouble.DISK_SLOW)
    return ok("write", figure)


def memory(found: Memory) -> Check:
    """Judge what programs can still have."""
    figure = f"{size(found.available)} available of {size(found.total)}"
    share = found.available / found.total if found.total else 0.0
    if share < MEMORY_OUT:
        return fault("memory", figure, Trouble.MEMORY_LOW)
    if share < MEMORY_LOW:
        return attention("memory", figure, Trouble.MEMORY_LOW)
    return ok("memory", figure)


def swap(found: Memory) -> Check:
    """Judge whether memory, and with it names, can reach the disk (DESIGN section 8)."""
    if found.disk_swap:
        return attention("swap", f"{size(found.disk_swap)} on a disk", Trouble.SWAP_ON_DISK)
    return ok("swap", "none on a disk")


def heat(celsius: float | None) -> Check:
    """Judge the processor's temperature."""
    if celsius is None:
        return unknown("temperature", "the machine does not tell", Trouble.NOT_TOLD)
    figure = f"{celsius:.0f} °C"
    if celsius >= HOT:
        return fault("temperature", figure, Trouble.HOT)
    if celsius >= WARM:
        return attention("temperature", figure, Trouble.HOT)
    return ok("temperature", figure)


def power(found: Power) -> Check:
    """Judge the supply: a voltage that drops spoils cards and disks."""
    if found.low_now:
        return fault("power", "voltage too low now", Trouble.POWER_LOW)
    if found.was_low:
        return attention("power", "voltage was too low since the start", Trouble.POWER_WAS_LOW)
    if found.low_now is None:
        return unknown("power", "the board does not tell", Trouble.NOT_TOLD)
    return ok("power", "never too low since the start")


def clock(found: Time) -> Check:
    """Judge how well the time is known."""
    figure = f"{found.at:%Y-%m-%dT%H:%M:%SZ}, {found.quality.value}"
    if found.system < found.floor - BEHIND:
        return fault("clock", f"{figure}; the system's is behind", Trouble.CLOCK_BEHIND)
    if found.quality is TimeQuality.FLOOR_ONLY:
        return attention("clock", figure, Trouble.CLOCK_UNKNOWN)
    return ok("clock", figure)


def battery_clock(found: BatteryClock) -> Check:
    """Judge whether the time outlives a power cut."""
    if found.name is None:
        return attention("battery clock", "none", Trouble.BATTERY_CLOCK_ABSENT)
    if not found.sets_system:
        figure = f"{found.name}, not used at the start"
        return attention("battery clock", figure, Trouble.BATTERY_CLOCK_UNUSED)
    return ok("battery clock", found.name)


def network(found: Network, *, needed: bool) -> Check:
    """Judge the way out; `needed`: a centre or a repository is configured."""
    figure = ", ".join(found.up) or "no interface is up"
    if not needed:
        return ok("network", f"{figure}; none is needed")
    if not found.up:
        return attention("network", figure, Trouble.NETWORK_DOWN)
    if not found.route:
        return attention("network", f"{figure}, no way out", Trouble.NETWORK_NO_ROUTE)
    return ok("network", figure)


def versions(found: Versions) -> Check:
    """Say what runs here."""
    parts = [f"tramthe {found.program}", f"Python {found.python}", f"Linux {found.kernel}"]
    parts += [part for part in (found.system, found.board) if part]
    return ok("versions", ", ".join(parts))
