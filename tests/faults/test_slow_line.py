"""A far commune's line: slow, long and lossy, between two network namespaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.front import NGINX, allowed

ROOT = Path(__file__).parents[2]
EVENTS = 140  # of an evening


def test_backlog_comes_home(tmp_path: Path) -> None:
    """An evening's events, over 64 kbit/s, 800 ms and 5 % loss each way: each arrives once."""
    prefix = ["unshare", "--net", "--mount"]
    if NGINX is None:
        pytest.fail("nginx (Debian: nginx) is not installed")
    if not allowed(prefix) or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        pytest.skip("network namespaces and tun devices need to be root here")
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "tests.faults.slow_line", str(tmp_path), str(EVENTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["events"] == EVENTS + 1
    assert figures["lost"] > 0
