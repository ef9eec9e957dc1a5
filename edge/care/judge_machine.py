"""What to make of the machine: disk, memory, heat, power, clocks, network, versions.

Rules and limits over facts (`facts`); no world is touched here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from edge.care.check import Check, attention, fault, ok, unknown
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
from edge.care.said import Part, say
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


_QUALITIES = {
    TimeQuality.SYNCHRONISED: say("synchronised"),
    TimeQuality.HELD: say("held"),
    TimeQuality.ASSERTED: say("set by hand"),
    TimeQuality.FLOOR_ONLY: say("unknown, but not earlier"),
}


def size(octets: float) -> str:
    """Return a size for people, in powers of ten, as disks are sold."""
    for unit in ("B", "kB", "MB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}"
        octets /= 1000
    return f"{octets:.1f} GB"


def disk(found: Disk, *, volatile: bool) -> Check:
    """Judge where the state folder lies; `volatile`: it may be lost, on purpose."""
    kind = found.kind or say("of an unknown kind")
    if found.read_only:
        return fault("disk", (kind, say("read-only")), Trouble.DISK_READ_ONLY)
    if found.passing:
        judge = attention if volatile else fault
        return judge("disk", (kind, say("lost with the power")), Trouble.DISK_PASSING)
    return ok("disk", kind)


def space(found: Disk) -> Check:
    """Judge the room that is left for data and for files."""
    figure = say("%(free)s free of %(total)s", free=size(found.free), total=size(found.total))
    if found.free < SPACE_OUT or found.files_free == 0:
        return fault("space", figure, Trouble.DISK_FULL)
    if found.files_free < FILES_LOW:
        return attention("space", (figure, say("room for few more files")), Trouble.DISK_LOW)
    if found.free < SPACE_LOW:
        return attention("space", figure, Trouble.DISK_LOW)
    return ok("space", figure)


def writing(found: Written) -> Check:
    """Judge a write that was brought to the disk."""
    if found.error is not None:
        return fault("write", found.error, Trouble.DISK_REFUSES)
    figure = say("%(time)s ms to the disk", time=f"{found.seconds * 1000:.0f}")
    if found.seconds > WRITE_SLOW:
        return attention("write", figure, Trouble.DISK_SLOW)
    return ok("write", figure)


def memory(found: Memory) -> Check:
    """Judge what programs can still have."""
    sizes = {"free": size(found.available), "total": size(found.total)}
    figure = say("%(free)s available of %(total)s", **sizes)
    share = found.available / found.total if found.total else 0.0
    if share < MEMORY_OUT:
        return fault("memory", figure, Trouble.MEMORY_LOW)
    if share < MEMORY_LOW:
        return attention("memory", figure, Trouble.MEMORY_LOW)
    return ok("memory", figure)


def swap(found: Memory) -> Check:
    """Judge whether memory, and with it names, can reach the disk (DESIGN section 8)."""
    if found.disk_swap:
        return attention(
            "swap", say("%(size)s on a disk", size=size(found.disk_swap)), Trouble.SWAP_ON_DISK
        )
    return ok("swap", say("none on a disk"))


def heat(celsius: float | None) -> Check:
    """Judge the processor's temperature."""
    if celsius is None:
        return unknown("temperature", say("the machine does not tell"), Trouble.NOT_TOLD)
    figure = f"{celsius:.0f} °C"
    if celsius >= HOT:
        return fault("temperature", figure, Trouble.HOT)
    if celsius >= WARM:
        return attention("temperature", figure, Trouble.HOT)
    return ok("temperature", figure)


def power(found: Power) -> Check:
    """Judge the supply: a voltage that drops spoils cards and disks."""
    if found.low_now:
        return fault("power", say("voltage too low now"), Trouble.POWER_LOW)
    if found.was_low:
        return attention("power", say("voltage was too low since the start"), Trouble.POWER_WAS_LOW)
    if found.low_now is None:
        return unknown("power", say("the board does not tell"), Trouble.NOT_TOLD)
    return ok("power", say("never too low since the start"))


def clock(found: Time) -> Check:
    """Judge how well the time is known."""
    figure = (f"{found.at:%Y-%m-%dT%H:%M:%SZ}", _QUALITIES[found.quality])
    if found.system < found.floor - BEHIND:
        behind = (*figure, say("the system's clock is behind"))
        return fault("clock", behind, Trouble.CLOCK_BEHIND)
    if found.quality is TimeQuality.FLOOR_ONLY:
        return attention("clock", figure, Trouble.CLOCK_UNKNOWN)
    return ok("clock", figure)


def battery_clock(found: BatteryClock) -> Check:
    """Judge whether the time outlives a power cut."""
    if found.name is None:
        return attention("battery clock", say("none"), Trouble.BATTERY_CLOCK_ABSENT)
    if not found.sets_system:
        figure = (found.name, say("not used at the start"))
        return attention("battery clock", figure, Trouble.BATTERY_CLOCK_UNUSED)
    return ok("battery clock", found.name)


def network(found: Network, *, needed: bool) -> Check:
    """Judge the way out; `needed`: a centre or a repository is configured."""
    figure: tuple[Part, ...] = found.up or (say("no interface is up"),)
    if not needed:
        return ok("network", (*figure, say("none is needed")))
    if not found.up:
        return attention("network", figure, Trouble.NETWORK_DOWN)
    if not found.route:
        return attention("network", (*figure, say("no way out")), Trouble.NETWORK_NO_ROUTE)
    return ok("network", figure)


def versions(found: Versions) -> Check:
    """Say what runs here."""
    parts = [f"tramthe {found.program}", f"Python {found.python}", f"Linux {found.kernel}"]
    parts += [part for part in (found.system, found.board) if part]
    return ok("versions", tuple(parts))


def screen(found: Screen) -> Check:
    """Judge whether somebody can see what the terminal says."""
    if found.connected:
        return ok("screen", tuple(found.connected))
    if not found.sockets:
        return unknown("screen", say("the machine does not tell"), Trouble.NOT_TOLD)
    return attention(
        "screen",
        say("none on %(sockets)s", sockets=", ".join(found.sockets)),
        Trouble.SCREEN_ABSENT,
    )


def package(found: Package, running: str) -> Check:
    """Judge how the program came here, and whether what runs is what is installed."""
    if found.version is None:
        return ok("package", say("not of a package"))
    if not found.whole:
        figure = (found.version, say("not wholly installed"))
        return fault("package", figure, Trouble.PACKAGE_BROKEN)
    if plain_version(found.version) != running:
        figure = (found.version, say("version %(running)s runs", running=running))
        return attention("package", figure, Trouble.PACKAGE_OTHER)
    return ok("package", found.version)


def update(delivered: Sequence[str], running: str) -> Check:
    """Judge whether the repository delivered a program that is not in use yet."""
    waiting = [one for one in delivered if plain_version(one) != running]
    if not waiting:
        return ok("update", say("none waits"))
    return attention(
        "update", say("%(version)s waits", version=", ".join(waiting)), Trouble.UPDATE_WAITS
    )


def plain_version(package: str) -> str:
    """Return the program's own version in a package's: no epoch, no revision of the packaging."""
    return package.rpartition(":")[2].partition("-")[0]
