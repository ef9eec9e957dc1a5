"""What the machine says of itself, from /proc, /sys, /dev and /etc below a root folder.

Lives here: reading those files; one that is absent or says nothing is no error. Not here: what to
make of it (`judge_machine`). Source: proc(5); the kernel's documentation of sysfs (class/net,
class/rtc, class/thermal, class/hwmon) and of the Raspberry Pi's firmware (get_throttled).
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from edge import program
from edge.care.facts import (
    BatteryClock,
    Device,
    Memory,
    Network,
    Power,
    Screen,
    UsbReader,
    Versions,
)

ROOT = Path("/")
_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_LOW_NOW, _WAS_LOW = 1 << 0, 1 << 16
_CCID = "0b"  # USB class of smart card readers
_NOT_DISK = ("/dev/zram",)
_MAX = 64 * 1024  # bytes of one file
_MILLI = 1000.0
_MAX_SERIAL = 64  # characters
_ANYWHERE = "00000000"  # destination of the default route, IPv4
_FAR_6 = "0" * 32  # and IPv6


def memory(root: Path = ROOT) -> Memory:
    """Return total, available, and swap on disks; zeros where the kernel does not tell."""
    sizes = {}
    for line in _lines(root / "proc/meminfo"):
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdecimal():
            sizes[name] = int(words[0]) * 1024
    swap = 0
    for line in _lines(root / "proc/swaps")[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[2].isdecimal() and not fields[0].startswith(_NOT_DISK):
            swap += int(fields[2]) * 1024
    return Memory(sizes.get("MemTotal", 0), sizes.get("MemAvailable", 0), swap)


def celsius(root: Path = ROOT) -> float | None:
    """Return the hottest thermal zone's temperature, None where there is none."""
    found = [
        int(text) / _MILLI
        for zone in (root / "sys/class/thermal").glob("thermal_zone*")
        if (text := _text(zone / "temp")).lstrip("-").isdecimal()
    ]
    return max(found, default=None)


def power(root: Path = ROOT) -> Power:
    """Return what the Pi's firmware, or its voltage sensor, says of the supply."""
    try:
        bits = int(_text(root / _THROTTLED), 16)
    except ValueError:
        return Power(_low_by_sensor(root), None)
    return Power(bool(bits & _LOW_NOW), bool(bits & _WAS_LOW))


def _low_by_sensor(root: Path) -> bool | None:
    for sensor in (root / "sys/class/hwmon").glob("hwmon*"):
        if _text(sensor / "name") == "rpi_volt":
            return {"0": False, "1": True}.get(_text(sensor / "in0_lcrit_alarm"))
    return None


def battery_clock(root: Path = ROOT) -> BatteryClock:
    """Return the first real-time clock, and whether the system was set from it."""
    clock = root / "sys/class/rtc/rtc0"
    return BatteryClock(_text(clock / "name") or None, _text(clock / "hctosys") == "1")


def network(root: Path = ROOT) -> Network:
    """Return interfaces that carry and that do not, and whether there is a way out."""
    up: list[str] = []
    down: list[str] = []
    for interface in sorted((root / "sys/class/net").glob("*")):
        if interface.name == "lo" or not interface.is_dir():
            continue
        # A tunnel's state is "unknown" while it carries.
        carries = _text(interface / "carrier") == "1" or _text(interface / "operstate") == "up"
        (up if carries else down).append(interface.name)
    four = [line.split() for line in _lines(root / "proc/net/route")[1:]]
    six = [line.split() for line in _lines(root / "proc/net/ipv6_route")]
    route = any(len(fields) > 7 and fields[1] == fields[7] == _ANYWHERE for fields in four) or any(
        len(fields) > 9 and fields[0] == _FAR_6 and fields[1] == "00" and fields[9] != "lo"
        for fields in six
    )
    return Network(tuple(up), tuple(down), route)


def radios(root: Path = ROOT) -> tuple[str, ...]:
    """Return the wireless interfaces of this machine, by name."""
    found = (root / "sys/class/net").glob("*")
    return tuple(sorted(one.name for one in found if (one / "phy80211").exists()))


def usb_readers(root: Path = ROOT) -> tuple[UsbReader, ...]:
    """Return the smart card readers that hang on USB, by name."""
    bus = root / "sys/bus/usb/devices"
    found = {}
    for interface in bus.glob("*:*"):
        if _text(interface / "bInterfaceClass").lower() == _CCID:
            device = bus / interface.name.partition(":")[0]
            found[device] = _usb_reader(device)
    return tuple(found[device] for device in sorted(found))


def _usb_reader(device: Path) -> UsbReader:
    words = [_text(device / "manufacturer"), _text(device / "product")]
    code = _text(device / "bcdDevice")
    firmware = f"{code[:2].lstrip('0') or '0'}.{code[2:]}" if len(code) == 4 else None
    return UsbReader(" ".join(word for word in words if word) or device.name, firmware)


def versions(root: Path = ROOT) -> Versions:
    """Return what runs here."""
    named = {
        key: value.strip("\"'")
        for key, _, value in (line.partition("=") for line in _lines(root / "etc/os-release"))
    }
    return Versions(
        program=program.running(),
        python=platform.python_version(),
        kernel=_text(root / "proc/sys/kernel/osrelease") or platform.release(),
        system=named.get("PRETTY_NAME"),
        board=_text(root / "proc/device-tree/model").strip("\0") or None,
    )


def serial(root: Path = ROOT) -> str | None:
    """Return the board's serial number, None where it has none or one that is no number."""
    text = _text(root / "proc/device-tree/serial-number").strip("\0")
    return text if text.isascii() and text.isalnum() and len(text) <= _MAX_SERIAL else None


def screen(root: Path = ROOT) -> Screen:
    """Return the sockets for screens by the kernel's names, and what is plugged into them."""
    sockets: list[str] = []
    connected: list[str] = []
    for socket in sorted((root / "sys/class/drm").glob("card*-*")):
        name = socket.name.partition("-")[2]
        if name.startswith("Writeback"):
            continue
        sockets.append(name)
        if _text(socket / "status") == "connected":
            modes = _lines(socket / "modes")
            connected.append(f"{name} {modes[0]}" if modes else name)
    return Screen(tuple(sockets), tuple(connected))


def gpio(root: Path = ROOT) -> Device:
    """Return the GPIO of the header."""
    chips = sorted((root / "dev").glob("gpiochip*"))
    return device(chips[0] if chips else root / "dev/gpiochip0")


def device(path: Path) -> Device:
    """Return whether a device is there, and open to whoever asks."""
    return Device(str(path), path.exists(), os.access(path, os.R_OK | os.W_OK))


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    """Return a small file's text without the spaces around it, empty where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX).decode("utf-8", "replace").strip()
    except OSError:  # absent, or a sensor that does not answer now
        return ""
