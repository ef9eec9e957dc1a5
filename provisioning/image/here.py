"""Making a terminal of the machine that this runs on, by the same steps as a card's first start.

Lives here: looking at the machine, and refusing one that is not known well enough; running
setup.sh. Not here: the steps (setup.sh), the command. Source: os-release(5), dpkg(1), sd_booted(3).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.files import erase_file
from provisioning.errors import MachineUnfit
from provisioning.image import boot, settings
from provisioning.image.bundle import Bundle
from provisioning.image.machine import Machine

SYSTEMS = ("debian", "raspbian")
RELEASES = ("bookworm", "trixie")
CONFIG = "etc/tramthe/terminal.toml"
MAX_FILE = 64 * 1024  # bytes of what is looked at
_MEMORY = ("overlay", "tmpfs", "ramfs")
"""File systems of a root that outlives no power cut."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a machine, as far as a terminal is to be made of it."""

    system: str
    """`ID` of os-release, empty where there is none."""
    release: str
    architecture: str
    """As dpkg names it, empty where there is no dpkg."""
    has_systemd: bool
    root: str
    """File system of the root."""
    unfinished: str
    """The first line of what dpkg says is half installed, empty where nothing is."""
    terminal: str | None
    """Whose configuration lies here already."""


def look(root: Path) -> Facts:
    """Return what is known of the machine whose files begin at `root`."""
    named = {
        key: value.strip("\"'")
        for key, _, value in (line.partition("=") for line in _lines(root / "etc/os-release"))
    }
    mounts = [line.split() for line in _lines(root / "proc/mounts")]
    roots = [row[2] for row in mounts if len(row) > 2 and row[1] == "/"]
    audit = _asked("dpkg", "--audit").strip()
    return Facts(
        system=named.get("ID", ""),
        release=named.get("VERSION_CODENAME", ""),
        architecture=_asked("dpkg", "--print-architecture").strip(),
        has_systemd=(root / "run/systemd/system").is_dir(),
        root=roots[-1] if roots else "",
        unfinished=audit.splitlines()[0] if audit else "",
        terminal=_terminal(root / CONFIG),
    )


def require(facts: Facts, machine: Machine, bundle: Bundle) -> None:
    """Raise MachineUnfit for a machine that is not known well enough, or is another terminal."""
    if facts.system not in SYSTEMS or facts.release not in RELEASES:
        raise MachineUnfit(
            f"This is {facts.system or 'no system'} {facts.release}".rstrip() + ", not known here.",
            next_step="Use Debian 12 or 13, or Raspberry Pi OS of Bookworm or Trixie.",
        )
    if facts.architecture != bundle.architecture:
        raise MachineUnfit(
            f"The packages are for {bundle.architecture}, this machine is {facts.architecture}.",
            next_step=f"Take the packages for {facts.architecture}.",
        )
    if not facts.has_systemd:
        raise MachineUnfit(
            "systemd does not run here, and the terminal's services are its.",
            next_step="Run this on the machine itself, and in no container.",
        )
    if facts.root in _MEMORY:
        raise MachineUnfit(
            f"The root lies in memory ({facts.root}): what is installed is gone with the power.",
            next_step="Turn the overlay off (raspi-config), start again, and repeat this.",
        )
    if facts.unfinished:
        raise MachineUnfit(
            f"Packages here are half installed: {facts.unfinished}",
            next_step="Run `dpkg --configure -a`, then repeat this.",
        )
    if facts.terminal not in {None, machine.terminal}:
        raise MachineUnfit(
            f"This machine is terminal {facts.terminal} already.",
            next_step="Retire that one first, or give its name.",
        )
    boot.check(machine, bundle)


def carry_out(
    machine: Machine, bundle: Bundle, tell: Callable[[str], None], *, dry_run: bool, work: Path
) -> None:
    """Run setup.sh on this machine, its words on standard output. `work`: for a folder of its own.

    Raises MachineUnfit where a step failed, OSError. What was secret in the folder is overwritten.
    """
    folder = Path(tempfile.mkdtemp(prefix="tramthe-setup-", dir=work))
    try:
        boot.write_folder(folder, machine, bundle, tell, wifi_here=True)
        words = ["--here", *(["--dry-run"] if dry_run else [])]
        command = ["/bin/sh", str(folder / settings.SETUP), *words]
        done = subprocess.run(command, check=False)  # noqa: S603 -- our own script, our own words
        if done.returncode != 0:
            raise MachineUnfit(
                "A step did not succeed; what was said last names it.",
                next_step="See to that, then repeat this: what is done already is left as it is.",
            )
    finally:
        for name in settings.SECRET:
            erase_file(folder / name)
        shutil.rmtree(folder)


def is_root() -> bool:
    """Whether this process may change the machine."""
    return os.geteuid() == 0


def _terminal(path: Path) -> str | None:
    try:
        name = tomllib.loads("\n".join(_lines(path))).get("terminal")
    except ValueError:
        return "(a configuration that cannot be read)"
    return name if isinstance(name, str) else None


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _asked(*command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 -- constants
            command, capture_output=True, text=True, check=False
        )
        return done.stdout
    except FileNotFoundError:
        return ""
