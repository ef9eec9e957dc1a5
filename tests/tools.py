"""What the tests need of the machine: there, or the test fails and says how to get it.

A tool that `.ci/setup dev` installs is no reason to skip a test: without it, a promise would go
untested and nobody would notice. A test skips only for what no setup can give: rights, hardware, a
file system, vectors that others published.
"""

from __future__ import annotations

import os
import shutil

import pytest


def needed(command: str, package: str | None = None) -> str:
    """Return where a command lies; fail the test where it is not installed."""
    found = shutil.which(command, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.fail(f"{command} (Debian: {package or command}) is not installed; run .ci/setup dev")
    return found
