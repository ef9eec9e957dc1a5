"""The package's material, and a machine's folders with its units in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "provisioning" / "package"
DEBIAN, FILES = PACKAGE / "debian", PACKAGE / "files"
PROGRAMS = (
    "opt/tramthe/bin/tramthe",
    "usr/bin/nmcli",
    "usr/lib/tramthe/access-point",
    "usr/lib/tramthe/claim",
    "usr/lib/tramthe/current",
    "usr/lib/tramthe/kiosk",
    "usr/lib/tramthe/stick",
    "usr/sbin/nft",
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def run() -> Run:
    """Return a runner of programs, which says how each ended."""

    def runs(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(one) for one in command],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
        )

    return runs


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a machine's folders: systemd's own units, ours, and programs of their names."""
    root = tmp_path_factory.mktemp("root")
    units = root / "usr/lib/systemd/system"
    shutil.copytree("/usr/lib/systemd/system", units, symlinks=True)
    for unit in (one for kind in ("service", "path", "socket") for one in DEBIAN.glob(f"*.{kind}")):
        shutil.copy(unit, units / unit.name)
    (units / "tramthe.service.d").mkdir()
    shutil.copy(FILES / "50-update.conf", units / "tramthe.service.d")
    for name in PROGRAMS:
        program = root / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return root


def settings(unit: str) -> dict[str, list[str]]:
    """Return what a unit sets, each key with its values in order."""
    found: dict[str, list[str]] = {}
    for line in (DEBIAN / unit).read_text("utf-8").splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found
