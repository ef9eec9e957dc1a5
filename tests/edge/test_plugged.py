"""Which sticks are offered, as the kernel's table of mounts tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.plugged import MAX_STICKS, Ports, Stick, find

ROOTS = (Path("/media"), Path("/run/media"))


def line(point: str, kind: str = "vfat", options: str = "rw,relatime", of_disk: str = "rw") -> str:
    """Return a line of /proc/self/mountinfo."""
    return f"36 25 8:1 / {point} {options} shared:1 - {kind} /dev/sda1 {of_disk},fmask=0022"


SYSTEM = "\n".join(
    [line("/", "ext4"), line("/media", "tmpfs"), line("/run", "tmpfs"), line("/boot/firmware")]
)


def names(table: str) -> list[str]:
    """Return the names that are offered."""
    return [stick.name for stick in find(table, ROOTS)]


def test_a_stick_with_a_label() -> None:
    """It is offered by its label, wherever below the folders the system mounts it."""
    table = "\n".join([SYSTEM, line("/media/pi/GOI-XA"), line("/run/media/tramthe/DANG-UY")])
    assert names(table) == ["GOI-XA", "DANG-UY"]
    assert find(table, ROOTS)[0] == Stick("GOI-XA", Path("/media/pi/GOI-XA"), read_only=False)


def test_a_stick_without_a_label() -> None:
    """It goes by the number that the system mounts it under."""
    assert names(f"{SYSTEM}\n{line('/media/pi/1A2B-3C4D')}") == ["1A2B-3C4D"]


def test_a_folder_that_nothing_is_mounted_on() -> None:
    """It is no stick, and neither are the folders themselves nor the terminal's own disks."""
    assert names(SYSTEM) == []


def test_a_label_with_marks_and_spaces() -> None:
    """As the kernel writes it, and as it is shown; nothing that no screen can show."""
    for written, shown in {
        "G\u00f3i\\040x\u00e3": "G\u00f3i x\u00e3",
        "a\\033[31mb": "a\\033[31mb",
        "a\u202eb": "a?b",
    }.items():
        assert names(line("/media/pi/" + written)) == [shown]


def test_two_of_one_name() -> None:
    """A number tells them apart."""
    table = "\n".join([SYSTEM, line("/media/a/USB"), line("/media/b/USB")])
    assert names(table) == ["USB", "USB (2)"]


@pytest.mark.parametrize("where", ["mount", "disk"])
def test_a_stick_that_is_locked(where: str) -> None:
    """Its switch, or a file system with errors, makes it read-only."""
    locked = (
        line("/media/USB", options="ro,relatime")
        if where == "mount"
        else line("/media/USB", of_disk="ro")
    )
    assert find(locked, ROOTS)[0].read_only


def test_plugged_out_and_in() -> None:
    """Of two mounts at one place the later counts."""
    table = "\n".join([line("/media/USB", options="ro"), line("/media/USB")])
    assert [stick.read_only for stick in find(table, ROOTS)] == [False]


def test_a_hub_full_of_sticks() -> None:
    """No more are offered than a screen holds."""
    table = "\n".join(line(f"/media/{number:02}") for number in range(40))
    assert len(find(table, ROOTS)) == MAX_STICKS


def test_a_table_that_is_none(tmp_path: Path) -> None:
    """No stick is offered, and nothing fails."""
    assert Ports(ROOTS, tmp_path / "absent").sticks() == ()
    (tmp_path / "table").write_bytes(b"\xff\xfe nothing\n\n- - -\n")
    assert Ports(ROOTS, tmp_path / "table").sticks() == ()
    assert find("36 25 8:1 / /media/USB rw -", ROOTS) == ()


def test_the_kernels_own_table() -> None:
    """It is read; the root of the file system is among its mounts and is no stick."""
    assert Path("/") not in [stick.path for stick in Ports((Path("/"),)).sticks()]
