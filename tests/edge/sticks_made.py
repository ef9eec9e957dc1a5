"""Sticks for tests: small file systems that are really mounted, where this machine lets us.

A stick is FAT32 by the kernel where it knows it, else by FUSE; a full one is a tmpfs of a given
size. Where nothing may be mounted the test is skipped and says why.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tools import needed

FAT_MEGABYTES = 40  # FAT32 needs 65,525 clusters
SOON = 10.0  # seconds


def _run(*command: object) -> str | None:
    """Run a command; return why it failed, None where it did not."""
    tool = needed(str(command[0]))
    done = subprocess.run(
        [tool, *(str(part) for part in command[1:])], capture_output=True, text=True, check=False
    )
    said = (done.stderr or done.stdout).strip().splitlines()
    return None if done.returncode == 0 else f"{command[0]}: {said[:1]}"


@contextmanager
def _mounted(point: Path, *ways: tuple[object, ...]) -> Iterator[Path]:
    point.mkdir(parents=True, exist_ok=True)
    whys: list[str] = []
    for way in ways:
        why = _run(*way)
        if why is None and _is_mount(point):
            break
        whys.append(why or f"{way[0]}: nothing was mounted")
    else:
        pytest.skip("no rights to mount a stick here: " + "; ".join(whys))
    try:
        yield point
    finally:
        subprocess.run(["umount", str(point)], check=False, capture_output=True)


def _is_mount(point: Path) -> bool:
    deadline = time.monotonic() + SOON
    while not point.is_mount() and time.monotonic() < deadline:
        time.sleep(0.02)
    return point.is_mount()


@contextmanager
def small(point: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a stick of this size."""
    with _mounted(
        point, ("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", point)
    ) as found:
        yield found


@contextmanager
def fat32(point: Path, image: Path) -> Iterator[Path]:
    """Mount a stick with a FAT32 file system, which tells no capitals apart and has no links."""
    with image.open("wb") as file:
        file.truncate(FAT_MEGABYTES * 1024 * 1024)
    make = [needed("mkfs.vfat", "dosfstools"), "-F", "32", "-n", "GOI-XA", str(image)]
    subprocess.run(make, check=True, capture_output=True)
    with _mounted(
        point,
        ("mount", "-t", "vfat", "-o", "loop,umask=022", image, point),
        ("fusefat", "-o", "rw+", image, point),
    ) as found:
        yield found
