"""The boot partition of a flashed Raspberry Pi OS: recognised, written, put back.

Lives here: which files of the partition become what. Not here: what stands in them (`cloud_init`,
`first_run`, `settings`). Source: pi-gen (stage1 00-boot-files, stage2 04-cloud-init, export-image).

A card that was started is refused: a terminal's log may lie on it. What stood there before lies in
`tramthe/before/` until the first start, and `restore` puts it back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path

from edge.files import erase_file, replace_file
from provisioning.errors import BootPartitionUnfit
from provisioning.image import bundle as bundles
from provisioning.image import cloud_init, first_run, settings
from provisioning.image.bundle import Bundle
from provisioning.image.machine import Machine

BEFORE = "before"
CMDLINE, CONFIG, ISSUE = "cmdline.txt", "config.txt", "issue.txt"
USER_DATA, NETWORK_CONFIG, META_DATA = "user-data", "network-config", "meta-data"
MAX_SMALL = 64 * 1024  # bytes of a file that is read
SPARE = 8 * 1024 * 1024  # bytes that stay free
_REPLACED = (CMDLINE, USER_DATA, NETWORK_CONFIG, META_DATA, first_run.FIRST_RUN)


@unique
class FirstStart(StrEnum):
    """How a Raspberry Pi OS is told what to do at its first start."""

    CLOUD_INIT = "cloud-init"
    """Images of Trixie since November 2025."""
    FIRST_RUN = "firstrun.sh"
    """Images of Bookworm, and the first of Trixie."""


@dataclass(frozen=True, slots=True)
class Boot:
    """A boot partition that can be written; `cmdline` as the image had it."""

    folder: Path
    kind: FirstStart
    cmdline: str
    issue: str
    """Which image it is, by its own words."""


def recognise(folder: Path) -> Boot:
    """Return the boot partition mounted at a folder. Raises BootPartitionUnfit, OSError."""
    cmdline, config = _text(folder / CMDLINE), _text(folder / CONFIG)
    issue = _text(folder / ISSUE)
    kernels = any(folder.glob("kernel*.img"))
    if cmdline is None or config is None or not kernels or "root=" not in cmdline:
        raise _unfit(
            f"{folder} is no boot partition of a Raspberry Pi OS.",
            "Name the folder where the flashed card's first partition, `bootfs`, is mounted.",
        )
    if issue is None or "pi-gen" not in issue:
        raise _unfit(
            f"{folder} is of another system than Raspberry Pi OS.",
            "Flash Raspberry Pi OS Lite (64-bit). A Debian that runs: tramthe provision here.",
        )
    before = folder / settings.FOLDER / BEFORE
    cmdline = _text(before / CMDLINE) or cmdline
    if (folder / settings.FOLDER / settings.RESULT).exists() or not first_run.is_unstarted(cmdline):
        raise _unfit(
            f"The card at {folder} was started before; its records would be lost.",
            "Flash it anew if it holds nothing that is needed.",
        )
    if all((folder / name).exists() for name in (USER_DATA, META_DATA)):
        kind = FirstStart.CLOUD_INIT
    elif "auto_initramfs=1" in config.split():
        kind = FirstStart.FIRST_RUN
    else:
        raise _unfit(
            f"The system at {folder} is older than Bookworm.",
            "Flash Raspberry Pi OS Lite (64-bit) of Trixie or Bookworm.",
        )
    return Boot(folder, kind, cmdline, issue.splitlines()[0])


def top_files(machine: Machine, kind: FirstStart, cmdline: str) -> dict[str, bytes]:
    """Return what stands beside the kernel, by name; without what the image has already."""
    first = kind is FirstStart.FIRST_RUN
    line = first_run.command_line(cmdline, first_run=first, keeps_room=machine.read_only_root)
    found = {CMDLINE: line} if line.split() != cmdline.split() else {}
    if first:
        found[first_run.FIRST_RUN] = first_run.first_run_script()
    else:
        found[USER_DATA] = cloud_init.user_data(machine)
        found[NETWORK_CONFIG] = cloud_init.network_config(machine)
        found[META_DATA] = cloud_init.meta_data(machine)
    return {name: text.encode() for name, text in found.items()}


def write(boot: Boot, machine: Machine, bundle: Bundle, tell: Callable[[str], None]) -> None:
    """Write all that one machine needs onto its boot partition, and read the packages back.

    What names the rest (cmdline.txt, user-data) is written last: a card pulled out half-way starts
    as it was flashed. Raises BootPartitionUnfit where there is no room, OSError.
    """
    check(machine, bundle)
    restore(boot.folder, keep_packages=True)
    _room(boot.folder, bundle)
    folder = boot.folder / settings.FOLDER
    top = top_files(machine, boot.kind, boot.cmdline)
    (folder / BEFORE).mkdir(parents=True, exist_ok=True)
    for name in top:
        if (boot.folder / name).exists():
            replace_file(folder / BEFORE / name, (boot.folder / name).read_bytes())
    write_folder(folder, machine, bundle, tell, wifi_here=boot.kind is FirstStart.FIRST_RUN)
    for name in sorted(top, key=lambda name: name == CMDLINE):
        replace_file(boot.folder / name, top[name])


def write_folder(
    folder: Path, machine: Machine, bundle: Bundle, tell: Callable[[str], None], *, wifi_here: bool
) -> None:
    """Write the folder that setup.sh works from. Raises OSError, OfficeInputInvalid."""
    folder.mkdir(parents=True, exist_ok=True)
    bundles.copy(bundle, folder / settings.PACKAGES, tell)
    found = settings.small_files(machine, bundle, wifi_here=wifi_here)
    for name, data in found.items():
        replace_file(folder / name, data)


def check(machine: Machine, bundle: Bundle) -> None:
    """Refuse what setup.sh could not do with these packages. Raises BootPartitionUnfit."""
    if machine.kiosk and not bundle.has_screen:
        raise _unfit(
            "A screen needs the packages cage and chromium, which are not both in the folder.",
            "Add them and what they depend on, or say --no-kiosk.",
        )


def restore(folder: Path, *, keep_packages: bool = False) -> bool:
    """Put back what stood on a boot partition before it was written; say whether there was any.

    What was secret is overwritten. Raises OSError.
    """
    ours = folder / settings.FOLDER
    before = ours / BEFORE
    if not before.is_dir():
        return False
    for name in _REPLACED:
        if (before / name).exists():
            if name == NETWORK_CONFIG:
                erase_file(folder / name)
            replace_file(folder / name, (before / name).read_bytes())
        elif name == first_run.FIRST_RUN:
            (folder / name).unlink(missing_ok=True)
    for name in settings.SECRET:
        erase_file(ours / name)
    for path in ours.iterdir():
        if path.is_file():
            path.unlink()
        elif not (keep_packages and path.name == settings.PACKAGES):
            shutil.rmtree(path)
    if not keep_packages:
        ours.rmdir()
    return True


def _room(folder: Path, bundle: Bundle) -> None:
    have = shutil.disk_usage(folder).free
    there = folder / settings.FOLDER / settings.PACKAGES
    lying = sum(path.stat().st_size for path in there.glob("*.deb")) if there.is_dir() else 0
    if have + lying < bundle.size + SPARE:
        raise _unfit(
            f"The boot partition has room for {(have + lying) >> 20} MB, and the packages are "
            f"{bundle.size >> 20} MB.",
            "Flash an image whose boot partition has 512 MB, or take out packages not needed.",
        )


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SMALL).decode("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _unfit(message: str, next_step: str) -> BootPartitionUnfit:
    return BootPartitionUnfit(message, next_step=next_step)
