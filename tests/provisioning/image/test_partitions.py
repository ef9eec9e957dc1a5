"""A root that is never written: what stands beside it on the card, and what is left alone."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

from provisioning.image.machine import Machine
from tests.provisioning.image.sandbox import Sandbox
from tests.provisioning.image.starting import Started, set_up, started
from tests.tools import needed

__all__ = ["started"]


def flashed(disk: Path) -> Path:
    """Return a card of 32 GB, without its bytes, as it is after flashing."""
    disk.touch()
    os.truncate(disk, 32 << 30)
    table = "label: dos\nstart=16384,size=1048576,type=c\nstart=1064960,size=4194304,type=83\n"
    subprocess.run([needed("sfdisk", "fdisk"), "-q", disk], input=table, text=True, check=True)
    return disk


def card_of(sandbox: Sandbox, *missing: str, drive: str, root: str) -> Path:
    """Put a flashed card in; partitions with labels `missing` are not on it. Return the disk."""
    disk = flashed(sandbox.folder / "disk")
    sandbox.answers |= {f"blkid -L {label}": (2, "") for label in missing}
    sandbox.answers |= {
        f"findmnt -n -o SOURCE {sandbox.root}": (0, f"/dev/{root}"),
        f"lsblk -n -d -o PKNAME /dev/{root}": (0, drive),
    }
    return disk


def switched_on(sandbox: Sandbox, disk: Path) -> subprocess.CompletedProcess[str]:
    """Run setup.sh as the unit does, on that disk."""
    setup = sandbox.boot / "tramthe" / "setup.sh"
    return sandbox.run("sh", setup, "--card", more={"TRAMTHE_DISK": str(disk)})


def test_a_root_that_is_only_read(started: Started, full: Machine) -> None:
    """Records and later versions get partitions behind the root, on a real table of partitions."""
    sandbox = started(machine=replace(full, read_only_root=True))
    assert "resize" not in (sandbox.boot / "cmdline.txt").read_text().split()
    disk = card_of(sandbox, "tramthe", "tramthe-later", drive="mmcblk0", root="mmcblk0p2")
    done = switched_on(sandbox, disk)
    assert (done.returncode, done.stderr) == (0, "")
    said = subprocess.run(
        [needed("sfdisk", "fdisk"), "--json", disk], capture_output=True, check=True
    )
    parts = json.loads(said.stdout)["partitiontable"]["partitions"]
    places = [(part["start"], part["size"]) for part in parts]
    assert places[:2] == [(16384, 1048576), (1064960, 8 << 21)]
    later = 1064960 + (8 << 21)
    assert places[2:] == [(later, 2 << 21), (later + (2 << 21), (32 << 21) - later - (2 << 21))]
    calls = sandbox.calls()
    made = [f"mkfs.ext4 -q -L tramthe-later {disk}3", f"mkfs.ext4 -q -L tramthe {disk}4"]
    assert [call for call in calls if call.startswith("mkfs")] == made
    assert calls.index("resize2fs /dev/mmcblk0p2") < calls.index(made[0])
    assert f"mount -L tramthe {sandbox.root}/var/lib/tramthe" in calls
    assert sandbox.read("etc/fstab") == "LABEL=rootfs / ext4 ro 0 1\n"
    assert sandbox.read("etc/apt/apt.conf.d/90tramthe-readonly") == "// apt\n"
    assert (sandbox.root / "etc/systemd/journald.conf.d/60-tramthe-readonly.conf").exists()
    assert os.readlink(sandbox.root / "etc/resolv.conf") == "/run/NetworkManager/resolv.conf"
    masked = "apt-daily.timer apt-daily-upgrade.timer man-db.timer dpkg-db-backup.timer"
    assert f"systemctl mask {masked}" in sandbox.calls()


def test_the_partitions_are_there_already(started: Started, full: Machine) -> None:
    """A second start makes no others, and mounts each where it belongs."""
    sandbox = started(machine=replace(full, read_only_root=True))
    software = sandbox.root / "var/lib/tramthe-software"
    sandbox.answers[f"mountpoint -q {software}"] = (1, "")
    for _ in range(2):
        assert set_up(sandbox).returncode == 0
        assert not [call for call in sandbox.calls() if call.startswith(("mkfs", "partx"))]
        mounted = [call for call in sandbox.calls() if call.startswith("mount -L")]
        assert mounted == [
            f"mount -L tramthe {sandbox.root}/var/lib/tramthe",
            f"mount -L tramthe-later {software}",
        ]


def test_the_power_is_cut_between_two_of_them(started: Started, full: Machine) -> None:
    """What is made already is left, what is missing is made."""
    sandbox = started(machine=replace(full, read_only_root=True))
    disk = card_of(sandbox, "tramthe", drive="sda", root="sda2")
    done = switched_on(sandbox, disk)
    assert (done.returncode, done.stderr) == (0, "")
    made = [call for call in sandbox.calls() if call.startswith("mkfs")]
    assert made == [f"mkfs.ext4 -q -L tramthe {disk}4"]


def test_a_package_that_knows_no_such_root(started: Started, full: Machine) -> None:
    """The root stays as it is, and the card says why."""
    sandbox = started(machine=replace(full, read_only_root=True))
    (sandbox.root / "usr/share/tramthe/readonly/fstab").unlink()
    done = set_up(sandbox)
    assert done.returncode == 1
    assert "knows no root" in done.stderr
    assert "0123abcd" in sandbox.read("etc/fstab")


def test_a_partition_that_somebody_uses(started: Started, full: Machine) -> None:
    """Is never formatted."""
    sandbox = started(machine=replace(full, read_only_root=True))
    disk = card_of(sandbox, "tramthe", "tramthe-later", drive="sda", root="sda2")
    sandbox.answers[f"blkid -p -o value -s TYPE {disk}3"] = (0, "ext4")
    done = switched_on(sandbox, disk)
    assert done.returncode == 1
    assert "is not touched" in done.stderr
    assert not [call for call in sandbox.calls() if call.startswith("mkfs")]
