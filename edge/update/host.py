"""The machine under an update: its terminal stopped and started, asked, and let see to its data.

Lives here: systemd, the status page, and running a version's own program as the terminal's user.
Not here: in what order (`install`). `Host` is the seam: whoever runs the terminal otherwise gives
another one.
Source: systemctl(1).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edge.errors import EdgeError, UpdateFailed
from edge.net.http import request
from edge.update.places import SOFTWARE

UNIT = "tramthe.service"
STATUS, BOARD = "/api/v1/status", "/bang"
"""What every version answers: the programs' page, and the one that stands on the screen."""
ASK_SECONDS = 5.0
UNIT_SECONDS = 180.0
DATA_SECONDS = 1800.0  # for the databases of a terminal on a slow card
MAX_STATUS = 256 * 1024  # bytes
MAX_PAGE = 4 * 1024 * 1024  # bytes
_SYSTEMCTL = "/usr/bin/systemctl"
_OK = 200


class Host(Protocol):
    """What an update does to the machine."""

    def stop(self) -> None:
        """Stop the terminal and return when it has ended. Raises UpdateFailed."""

    def start(self) -> None:
        """Start the terminal; what becomes of it, `status` says. Never raises."""

    def status(self) -> Mapping[str, Any] | None:
        """Return what the status page says, None where it or the board does not answer."""

    def data(self, program: Path, verb: str) -> bool:
        """Let a version see to the terminal's data: keep, carry, check, forget, hand.

        Return whether it did.
        """


def asked(address: str) -> Mapping[str, Any] | None:
    """Return what the status page at `http://HOST:PORT` says, None unless the board is too."""
    try:
        said = request("GET", address + STATUS, None, deadline=ASK_SECONDS, max_bytes=MAX_STATUS)
        page = request("GET", address + BOARD, None, deadline=ASK_SECONDS, max_bytes=MAX_PAGE)
        found = json.loads(said.body)
    except (EdgeError, ValueError, RecursionError):
        return None
    well = said.status == _OK and page.status == _OK
    return found if well and isinstance(found, dict) else None


def see_to(program: Path, verb: str, state: Path, software: Path) -> bool:
    """Run a version's `update data VERB` as the owner of the state folder; whether it succeeded.

    The program lies where it was unpacked, so that its interpreter is named and not its first
    line, which says where dpkg would have put it.
    """
    owner = state.stat()
    switched = os.geteuid() == 0 and owner.st_uid != 0
    command = [
        str(program / "bin" / "python3"), "-I", str(program / "bin" / "tramthe"),
        "update", "data", verb, "--state", str(state), "--software", str(software),
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 -- a version that was verified, or dpkg's
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=DATA_SECONDS,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            user=owner.st_uid if switched else None,
            group=owner.st_gid if switched else None,
            extra_groups=[] if switched else None,
            umask=0o077,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


@dataclass(frozen=True, slots=True)
class SystemHost:
    """A terminal that systemd runs. `address`: of its pages; `state`: its state folder."""

    address: str
    state: Path
    software: Path = SOFTWARE
    unit: str = UNIT

    def stop(self) -> None:
        """Stop the unit, as `Host.stop`."""
        if not self._systemctl("stop"):
            raise UpdateFailed(
                "The terminal could not be stopped.",
                next_step=f"Look at it: systemctl status {self.unit}. Nothing was changed.",
                fault="NOT_STOPPED",
            )

    def start(self) -> None:
        """Start the unit; it is not waited for, since a bad one never comes up."""
        self._systemctl("start", "--no-block")

    def status(self) -> Mapping[str, Any] | None:
        """Ask the pages, as `Host.status`."""
        return asked(self.address)

    def data(self, program: Path, verb: str) -> bool:
        """Run a version's program, as `Host.data`."""
        return see_to(program, verb, self.state, self.software)

    def _systemctl(self, verb: str, *options: str) -> bool:
        try:
            done = subprocess.run(  # noqa: S603 -- a program of the system
                [_SYSTEMCTL, verb, *options, self.unit], check=False, timeout=UNIT_SECONDS
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0
