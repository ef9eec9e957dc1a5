"""How the program came here, and what else a machine says: trees of files as a machine has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.care import probe_machine as machine
from edge.care import probe_package
from edge.care.facts import Package, Screen
from tests.edge.care.test_probes import place

_STATUS = """Package: tram
Status: install ok installed
Version: 9.9

Package: tramthe
Status: {status}
Priority: optional
Description: a terminal
 Package: other
Version: 1.2.0-1

Package: zlib1g
Status: install ok installed
Version: 1:1.2.13
"""


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("install ok installed", Package("1.2.0-1", True)),
        ("install ok half-configured", Package("1.2.0-1", False)),
        ("install reinstreq half-installed", Package("1.2.0-1", False)),
        ("deinstall ok config-files", Package(None, False)),
    ],
)
def test_package_as_dpkg_knows_it(tmp_path: Path, status: str, expected: Package) -> None:
    """Its own stanza among others, and how far it is installed."""
    place(tmp_path, "var/lib/dpkg/status", _STATUS.format(status=status))
    assert probe_package.package(tmp_path) == expected


@pytest.mark.parametrize("content", ["", "Package: tramthe", b"\xff" * 10_000, "\n\n\n"])
def test_list_of_packages_that_tells_nothing(tmp_path: Path, content: str | bytes) -> None:
    """Without the package, cut off, nonsense: there is none."""
    assert probe_package.package(tmp_path) == Package(None, False)
    place(tmp_path, "var/lib/dpkg/status", content)
    assert probe_package.package(tmp_path) == Package(None, False)


def test_what_the_repository_delivered(tmp_path: Path) -> None:
    """Versions of the program's packages; other files are none."""
    assert probe_package.delivered(tmp_path / "none") == ()
    for name in ("tramthe_1.3.0_arm64.deb", "tramthe_1.2.0_amd64.deb", "other_1_all.deb", "x.deb"):
        place(tmp_path, f"software/{name}", "")
    assert probe_package.delivered(tmp_path) == ("1.2.0", "1.3.0")


def test_screens(tmp_path: Path) -> None:
    """Each socket by the kernel's name; of one with a screen the first size."""
    assert machine.screen(tmp_path) == Screen((), ())
    drm = "sys/class/drm/card1"
    place(tmp_path, f"{drm}-HDMI-A-1/status", "connected\n")
    place(tmp_path, f"{drm}-HDMI-A-1/modes", "1920x1080\n1280x720\n")
    place(tmp_path, f"{drm}-HDMI-A-2/status", "disconnected\n")
    place(tmp_path, f"{drm}-DSI-1/status", "connected\n")
    place(tmp_path, f"{drm}-Writeback-1/status", "unknown\n")
    assert machine.screen(tmp_path) == Screen(
        ("DSI-1", "HDMI-A-1", "HDMI-A-2"), ("DSI-1", "HDMI-A-1 1920x1080")
    )


def test_serial_number_of_the_board(tmp_path: Path) -> None:
    """As the firmware hands it on; what is no number is none."""
    assert machine.serial(tmp_path) is None
    place(tmp_path, "proc/device-tree/serial-number", "10000000abcdef01\0")
    assert machine.serial(tmp_path) == "10000000abcdef01"
    place(tmp_path, "proc/device-tree/serial-number", "two words")
    assert machine.serial(tmp_path) is None
