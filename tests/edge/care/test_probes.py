"""Probes: trees of files as a machine has them, a disk, a loopback server."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.care import probe_disk, probe_line
from edge.care import probe_keeping as keeping
from edge.care import probe_machine as machine
from edge.care.facts import Asking, BatteryClock, Identity, Memory, Network, Power, UsbReader
from edge.care.probe_reader import readers
from edge.enrol.kept import EnrolFiles, Progress, State
from edge.errors import Obstacle
from edge.identity.key import load_or_create
from edge.identity.wiped import wipe
from edge.layout import StateLayout
from edge.net.tls import Tls
from provisioning.demo.children import free_port
from reader.errors import PcscUnavailable

AT = "2026-11-20T08:00:00.000Z"


def put(root: Path, **files: str | bytes) -> None:
    """Write files by their path, `/` written as `__`."""
    for name, content in files.items():
        place(root, name.replace("__", "/"), content)


def place(root: Path, name: str, content: str | bytes) -> None:
    """Write one file below a root."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_machine_that_tells_nothing(tmp_path: Path) -> None:
    """Every probe answers on an empty tree."""
    assert machine.memory(tmp_path) == Memory(0, 0, 0)
    assert machine.celsius(tmp_path) is None
    assert machine.power(tmp_path) == Power(None, None)
    assert machine.battery_clock(tmp_path) == BatteryClock(None, False)
    assert machine.network(tmp_path) == Network((), (), False)
    assert machine.usb_readers(tmp_path) == ()
    assert machine.versions(tmp_path).board is None
    assert not machine.gpio(tmp_path).present


@pytest.mark.parametrize(
    ("progress", "asking"),
    [
        (None, None),
        (Progress(State.BEGUN, AT), None),
        (Progress(State.ENROLLED, AT, key="ab"), None),
        (Progress(State.WAITING, AT, key="ab"), Asking("2026-11-20", key="ab")),
        (Progress(State.WAITING, AT), Asking("2026-11-20", key="?")),
        (Progress(State.FAILED, AT, key="ab", why="No line.", fault="ENROL_NO_SERVER"),
         Asking("2026-11-20", why="ENROL_NO_SERVER")),
        (Progress(State.FAILED, AT, why="No line."), Asking("2026-11-20", why="No line.")),
    ],
)  # fmt: skip
def test_how_far_a_certificate_is(
    tmp_path: Path, progress: Progress | None, asking: Asking | None
) -> None:
    """As the last asking ended; nothing where it is not under way."""
    layout = StateLayout(tmp_path)
    load_or_create(layout.identity, "tram-1")
    if progress is not None:
        EnrolFiles(layout.identity).keep_progress(progress)
    assert keeping.identity(layout) == Identity(None, None, asking=asking)


def test_terminal_that_was_wiped(tmp_path: Path) -> None:
    """It is neither without a certificate nor damaged, and nothing is made in its place."""
    layout = StateLayout(tmp_path)
    load_or_create(layout.identity, "tram-1")
    wipe(layout.identity, "a.b.c")
    assert keeping.identity(layout) == Identity(None, None, wiped=True)
    assert keeping.keys(layout, "tram-1") is None


def test_files_that_hold_nonsense(tmp_path: Path) -> None:
    """What is no number counts as not told."""
    put(
        tmp_path,
        proc__meminfo=b"\xff\x00MemTotal\nMemAvailable: many kB\n:",
        proc__swaps="Filename\n/dev/sda2 partition\n\n",
        proc__net__route="Iface\nx\n",
        proc__net__ipv6_route="00\n",
        sys__class__rtc__rtc0__hctosys="perhaps",
    )
    place(tmp_path, "sys/class/thermal/thermal_zone0/temp", "warm")
    place(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", "zz")
    assert machine.memory(tmp_path) == Memory(0, 0, 0)
    assert machine.celsius(tmp_path) is None
    assert machine.power(tmp_path) == Power(None, None)
    assert machine.battery_clock(tmp_path) == BatteryClock(None, False)
    assert not machine.network(tmp_path).route


def test_memory_and_swap(tmp_path: Path) -> None:
    """Available memory, and swap on disks without that in memory."""
    put(
        tmp_path,
        proc__meminfo="MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n",
        proc__swaps="Filename Type Size Used Priority\n/dev/zram0 partition 500 0 100\n"
        "/var/swap file 200 0 -2\n",
    )
    assert machine.memory(tmp_path) == Memory(1_024_000, 409_600, 204_800)


def test_hottest_zone(tmp_path: Path) -> None:
    """Of several the hottest."""
    for number, text in enumerate(("41000\n", "62313\n")):
        place(tmp_path, f"sys/class/thermal/thermal_zone{number}/temp", text)
    assert machine.celsius(tmp_path) == 62.313


@pytest.mark.parametrize(
    ("bits", "expected"),
    [("0", Power(False, False)), ("50005", Power(True, True)), ("50000", Power(False, True))],
)
def test_power_by_the_firmware(tmp_path: Path, bits: str, expected: Power) -> None:
    """Bit 0 is now, bit 16 since the start; the others are of other things."""
    place(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits}\n")
    assert machine.power(tmp_path) == expected


@pytest.mark.parametrize(("alarm", "low"), [("0", False), ("1", True), ("", None)])
def test_power_by_the_sensor(tmp_path: Path, alarm: str, low: bool | None) -> None:
    """Where the firmware's file is not there, the kernel's voltage alarm."""
    place(tmp_path, "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    place(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    place(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    assert machine.power(tmp_path) == Power(low, None)


def test_battery_clock(tmp_path: Path) -> None:
    """Its name, and whether the system was set from it."""
    put(tmp_path, sys__class__rtc__rtc0__name="rtc-ds1307 1-0068\n")
    put(tmp_path, sys__class__rtc__rtc0__hctosys="1\n")
    assert machine.battery_clock(tmp_path) == BatteryClock("rtc-ds1307 1-0068", True)


def test_network(tmp_path: Path) -> None:
    """Interfaces that carry, those that do not, loopback never; a way out by either protocol."""
    for name, state in (("lo", "unknown"), ("eth0", "down"), ("wlan0", "up")):
        place(tmp_path, f"sys/class/net/{name}/operstate", state)
    place(tmp_path, "sys/class/net/lo/carrier", "1")
    place(tmp_path, "sys/class/net/wg0/carrier", "1")
    assert machine.network(tmp_path) == Network(("wg0", "wlan0"), ("eth0",), False)
    head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    local = "wlan0 0002A8C0 00000000 0001 0 0 600 00FFFFFF 0 0 0\n"
    put(tmp_path, proc__net__route=head + local)
    assert not machine.network(tmp_path).route
    out = "wlan0 00000000 0102A8C0 0003 0 0 600 00000000 0 0 0\n"
    put(tmp_path, proc__net__route=head + local + out)
    assert machine.network(tmp_path).route
    put(tmp_path, proc__net__route=head)
    none, gate = "0" * 32, "fe80" + "0" * 28
    lost = f"{none} 00 {none} 00 {none} ffffffff 00000001 00000000 00200200       lo\n"
    put(tmp_path, proc__net__ipv6_route=lost)
    assert not machine.network(tmp_path).route
    six = f"{none} 00 {none} 00 {gate} 00000400 00000001 00000000 00000003    wlan0\n"
    put(tmp_path, proc__net__ipv6_route=lost + six)
    assert machine.network(tmp_path).route


def test_radios(tmp_path: Path) -> None:
    """Interfaces that a wireless driver made, and no other."""
    assert machine.radios(tmp_path) == ()
    place(tmp_path, "sys/class/net/eth0/operstate", "up")
    for name in ("wlan1", "wlan0"):
        place(tmp_path, f"sys/class/net/{name}/phy80211/name", "phy")
    assert machine.radios(tmp_path) == ("wlan0", "wlan1")


def _usb(root: Path, device: str, product: str, code: str, interfaces: dict[str, str]) -> None:
    bus = "sys/bus/usb/devices"
    place(root, f"{bus}/{device}/product", product)
    place(root, f"{bus}/{device}/manufacturer", "ACS\n")
    place(root, f"{bus}/{device}/bcdDevice", code)
    for name, kind in interfaces.items():
        place(root, f"{bus}/{device}:{name}/bInterfaceClass", kind)


def test_readers_on_usb(tmp_path: Path) -> None:
    """Told by the interface's class; one device with two slots is one reader."""
    _usb(tmp_path, "1-1.2", "ACR1252 Dual Reader\n", "0106\n", {"1.0": "0b\n", "1.1": "0b\n"})
    _usb(tmp_path, "1-1.3", "Keyboard\n", "0100\n", {"1.0": "03\n"})
    _usb(tmp_path, "1-2", "", "odd", {"1.0": "0B\n"})
    assert machine.usb_readers(tmp_path) == (
        UsbReader("ACS ACR1252 Dual Reader", "1.06"),
        UsbReader("ACS", None),
    )


def test_what_pcsc_says(tmp_path: Path) -> None:
    """No library, no answer, no reader and a reader are told apart."""

    def absent() -> tuple[str, ...] | None:
        raise PcscUnavailable("pyscard is not installed.", next_step="Install it.")

    assert not readers(tmp_path, absent).library
    silent = readers(tmp_path, lambda: None)
    assert (silent.library, silent.answered) == (True, False)
    assert readers(tmp_path, lambda: ()).answered
    assert readers(tmp_path, lambda: ("A", "B")).names == ("A", "B")


def test_versions(tmp_path: Path) -> None:
    """System and board as they name themselves."""
    put(
        tmp_path,
        proc__sys__kernel__osrelease="6.12.47+rpt-rpi-2712\n",
    )
    place(tmp_path, "etc/os-release", 'NAME=x\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
    place(tmp_path, "proc/device-tree/model", b"Raspberry Pi 5 Model B Rev 1.0\0")
    found = machine.versions(tmp_path)
    assert found.system == "Debian GNU/Linux 13 (trixie)"
    assert (found.board, found.kernel) == ("Raspberry Pi 5 Model B Rev 1.0", "6.12.47+rpt-rpi-2712")


def test_device(tmp_path: Path) -> None:
    """There or not; the first of several chips."""
    assert not machine.gpio(tmp_path).present
    place(tmp_path, "dev/gpiochip4", b"")
    assert machine.gpio(tmp_path).place.endswith("dev/gpiochip4")
    place(tmp_path, "dev/gpiochip0", b"")
    assert machine.gpio(tmp_path).place.endswith("dev/gpiochip0")
    assert machine.gpio(tmp_path).usable


def test_disk(tmp_path: Path) -> None:
    """Kind, room, and whether it is kept, by the kernel's table."""
    table = tmp_path / "mountinfo"
    table.write_text("1 0 8:1 / / rw - ext4 /dev/a rw\n")
    found = probe_disk.disk(tmp_path, table)
    assert (found.kind, found.passing) == ("ext4", False)
    assert 0 <= found.free <= found.total
    table.write_text(f"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:9 / {tmp_path} rw - tmpfs t rw\n")
    assert probe_disk.disk(tmp_path, table).passing
    with pytest.raises(FileNotFoundError):
        probe_disk.disk(tmp_path / "absent", table)


def test_write(tmp_path: Path) -> None:
    """Leaves nothing behind; a place that takes no file says why."""
    assert probe_disk.write(tmp_path).error is None
    assert list(tmp_path.iterdir()) == []
    assert probe_disk.write(Path("/proc")).error
    assert probe_disk.write(tmp_path / "absent").error == "No such file or directory"


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    """Answer every question in the same way, and say on which port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as above
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [200, 404, 503])
def test_centre_answers(status: int) -> None:
    """Its status, whatever it is."""
    with answering(status, b'{"ok":true}') as port:
        found = probe_line.centre(f"http://127.0.0.1:{port}", Tls())
    assert (found.status, found.error, found.obstacle) == (status, None, None)


def test_centre_is_out_of_reach() -> None:
    """Told apart from one that refuses."""
    found = probe_line.centre(f"http://127.0.0.1:{free_port()}", Tls())
    assert (found.status, found.obstacle) == (None, Obstacle.NOBODY)
    assert found.error


def test_centre_with_roots_that_are_not_there(tmp_path: Path) -> None:
    """An error of this terminal's, with its own advice."""
    url = f"https://127.0.0.1:{free_port()}"
    found = probe_line.centre(url, Tls(ca_file=tmp_path / "absent.pem"))
    assert (found.obstacle, found.status) == (None, None)
    assert "PEM" in found.advice


@pytest.mark.parametrize(
    ("body", "answered", "locked"),
    [
        (b'{"locked": null}', True, None),
        (b'{"locked": "LOG_FULL"}', True, "LOG_FULL"),
        (b"<html>", False, None),
        (b"[]", False, None),
        (b"{}", False, None),
        (b"[" * 100_000, False, None),
        (b"\xff", False, None),
    ],
)
def test_the_terminals_own_page(body: bytes, answered: bool, locked: str | None) -> None:
    """Another program on the port is no terminal."""
    with answering(200, body) as port:
        found = probe_line.service("127.0.0.1", port)
    assert (found.answered, found.locked) == (answered, locked)


def test_nobody_listens() -> None:
    """Said so, at once."""
    assert not probe_line.service("127.0.0.1", free_port()).answered


def test_a_counters_door_that_is_shut() -> None:
    """Nobody listens, or somebody who speaks no TLS: no answer, and no error."""
    place = f"tram-1.local:{free_port()}"
    assert probe_line.counter_door(place).not_after is None
    with answering(200, b"{}") as port:
        assert probe_line.counter_door(f"[fd00::1]:{port}").not_after is None
