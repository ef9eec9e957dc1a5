"""A machine whose card was written and that has just been switched on, in a root of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.image.boot import FirstStart, recognise, write
from provisioning.image.bundle import open_bundle
from provisioning.image.machine import Machine
from tests.provisioning.image.conftest import Card
from tests.provisioning.image.sandbox import Sandbox

Started = Callable[..., Sandbox]


@pytest.fixture
def started(tmp_path: Path, card: Card, packages: Path, full: Machine) -> Started:
    """Return a maker of machines whose card was written and that have just been switched on."""

    def make(kind: FirstStart = FirstStart.CLOUD_INIT, machine: Machine = full) -> Sandbox:
        folder = card(kind)
        write(recognise(folder), machine, open_bundle(packages), lambda _: None)
        sandbox = Sandbox(tmp_path)
        sandbox.prepare()
        sandbox.boot.parent.mkdir(parents=True)
        shutil.move(folder, sandbox.boot)
        return sandbox

    return make


def set_up(sandbox: Sandbox, *words: str) -> subprocess.CompletedProcess[str]:
    """Run setup.sh as the unit does."""
    return sandbox.run("sh", sandbox.boot / "tramthe" / "setup.sh", *(words or ("--card",)))
