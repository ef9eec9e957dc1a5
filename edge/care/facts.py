"""What probes find out, as values. Sizes in bytes, durations in seconds, times in UTC.

Not here: finding out (`probe_*`), what to make of it (`judge_*`). No fact names a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.errors import Obstacle
from verify.freshness import Tier
from verify.moment import TimeQuality
from verify.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system of the state folder, None of what cannot be told."""

    kind: str | None
    passing: bool
    """It does not outlive a power cut."""
    read_only: bool
    total: int
    free: int
    """For whoever is not root."""
    files_free: float
    """Share of the files that it has room for; 1 where it has no such limit."""


@dataclass(frozen=True, slots=True)
class Written:
    """A small file written, brought to the disk and removed again."""

    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """The machine's memory. `disk_swap`: swap that lies on a disk."""

    total: int
    available: int
    disk_swap: int


@dataclass(frozen=True, slots=True)
class Power:
    """What the board says of its supply, None where it says nothing."""

    low_now: bool | None
    was_low: bool | None


@dataclass(frozen=True, slots=True)
class BatteryClock:
    """A clock that runs without power; `name` is None where there is none."""

    name: str | None
    sets_system: bool
    """The system's clock was set from it at the start."""


@dataclass(frozen=True, slots=True)
class Time:
    """What time the terminal goes by. `system`: the machine's own clock."""

    at: datetime
    quality: TimeQuality
    system: datetime
    floor: datetime


@dataclass(frozen=True, slots=True)
class Network:
    """Interfaces by name, without loopback; `route`: a way to other networks."""

    up: tuple[str, ...]
    down: tuple[str, ...]
    route: bool


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs here; None of what cannot be told."""

    program: str
    python: str
    kernel: str
    system: str | None
    board: str | None


@dataclass(frozen=True, slots=True)
class Screen:
    """Sockets for screens; `connected`: those with a screen, and its size where it is told."""

    sockets: tuple[str, ...]
    connected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """The Debian package of the program; `version` is None where there is none."""

    version: str | None
    whole: bool
    """It is installed, not half unpacked or half configured."""


@dataclass(frozen=True, slots=True)
class UsbReader:
    """A smart card reader on USB, whether or not PC/SC took it. `firmware` as in bcdDevice."""

    name: str
    firmware: str | None


@dataclass(frozen=True, slots=True)
class Readers:
    """PC/SC and its readers."""

    library: bool
    """pyscard is installed."""
    answered: bool
    names: tuple[str, ...]
    usb: tuple[UsbReader, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A certificate that was asked for and has not come, since `day`.

    `key`: the fingerprint of the key that the office has to approve; `why`: the fault's code or
    what was said, where asking failed: it is one or the other.
    """

    day: str
    key: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The terminal's own keys and certificate. `damaged`: why they cannot be used."""

    name: str | None
    """The name in the certificate, None without one."""
    not_after: datetime | None
    damaged: str | None = None
    asking: Asking | None = None
    """For the first certificate or the next one."""
    wiped: bool = False
    """The office had the keys destroyed."""


@dataclass(frozen=True, slots=True)
class HeldList:
    """One revocation list in force; `refused`: why its signer is believed no more."""

    purpose: str
    number: str
    this_update: datetime
    tier: Tier
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What the terminal goes by. `trust`: the trust list's number, None without one."""

    trust: str | None
    lists: tuple[HeldList, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """The log's chain, checked from end to end; `why` is None where it is whole."""

    present: bool
    events: int
    why: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Queue:
    """What the centre has not acknowledged; `oldest`: since when the first of it waits."""

    unsent: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question over the network and its answer. `obstacle`: why none came."""

    seconds: float
    status: int | None
    error: str | None = None
    advice: str = ""
    obstacle: Obstacle | None = None


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """The terminal's own Wi-Fi for phones: its name, this machine's wireless interfaces.

    `helper`: whether something is there that puts it up.
    """

    name: str
    radios: tuple[str, ...]
    helper: bool


@dataclass(frozen=True, slots=True)
class CounterDoor:
    """What nginx shows to the counter's PCs: where, and until when; None: it does not answer."""

    place: str
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class Service:
    """What the running terminal says on its own page; None of what it was not asked."""

    answered: bool
    seconds: float
    locked: str | None = None
    """Why it records nothing, as its code."""


@dataclass(frozen=True, slots=True)
class CardTry:
    """One card read and judged. `profile` and `outcome` are None where the password did not fit."""

    seconds: float
    profile: str | None
    outcome: Outcome | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Device:
    """A file of a device: there, and open to whoever runs this."""

    place: str
    present: bool
    usable: bool
