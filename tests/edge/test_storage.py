"""Which file system a folder lies on, by the kernel's table of mounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge import storage
from edge.storage import PASSING, file_system, outlives_power_cut

TABLE = r"""22 1 179:2 / / ro,noatime - overlay overlay rw,lowerdir=/ro,upperdir=/rw
23 22 179:3 / /var/lib/tramthe rw,noatime shared:5 - ext4 /dev/mmcblk0p3 rw
24 22 0:21 / /var/cache rw,nosuid shared:6 master:2 - tmpfs tmpfs rw
25 22 8:1 / /media/a\040b rw - vfat /dev/sda1 rw
26 22 0:22 / /srv rw - tmpfs tmpfs rw
27 22 8:2 / /srv rw - ext4 /dev/sda2 rw
28 22 0:3
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/pi/state", "overlay"),
        ("/var/lib/tramthe", "ext4"),
        ("/var/lib/tramthe/log/events.db", "ext4"),
        ("/var/lib/tramthe-old", "overlay"),
        ("/var/cache/state", "tmpfs"),
        ("/media/a b/state", "vfat"),
        ("/srv/state", "ext4"),
    ],
)
def test_the_deepest_mount_above_a_folder(path: str, kind: str) -> None:
    """Its type, and of two at one place the last one's; names are cut at their parts only."""
    assert file_system(TABLE, Path(path)) == kind


@pytest.mark.parametrize("table", ["", "nonsense", "1 2 3 4 / - ", "- - - - - -"])
def test_a_table_that_says_nothing(table: str) -> None:
    """No type, and no error."""
    assert file_system(table, Path("/state")) is None


def test_a_root_in_memory_and_a_partition_of_its_own() -> None:
    """What a terminal with a read-only root has: only its own partition outlives a power cut."""
    places = ("/home", "/var/cache", "/var/lib/tramthe")
    durable = [one for one in places if file_system(TABLE, Path(one)) not in PASSING]
    assert durable == ["/var/lib/tramthe"]


def test_a_table_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No terminal is locked on a guess."""
    monkeypatch.setattr(storage, "MOUNTS", tmp_path / "absent")
    assert outlives_power_cut(Path("/dev/shm"))  # noqa: S108 -- asked about, not written to


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    """Lies where it will be made."""
    assert outlives_power_cut(tmp_path / "a" / "b") is outlives_power_cut(tmp_path)
