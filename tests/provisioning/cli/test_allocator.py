"""The allocator's setting: a server with many threads holds little of what it has given back."""

from __future__ import annotations

import re
import subprocess
import sys

from provisioning.cli.allocator import ARENAS

_THREADS = 12
_CODE = f"""
import ctypes, threading
from provisioning.cli.allocator import few_arenas
if {{few}}:
    assert few_arenas()
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier({_THREADS})
def work():
    together.wait()
    for _ in range(20_000):
        library.malloc(24)  # outside of Python's lock, so that the threads meet
    together.wait()
threads = [threading.Thread(target=work) for _ in range({_THREADS})]
[one.start() for one in threads]
[one.join() for one in threads]
library.malloc_stats()
"""


def arenas(*, few: bool) -> int:
    """Return how many arenas a process of many threads ended with, as malloc_stats(3) says."""
    code = [sys.executable, "-c", _CODE.format(few=few)]
    done = subprocess.run(code, check=True, capture_output=True, text=True)
    return len(re.findall(r"^Arena \d+:", done.stderr, re.MULTILINE))


def test_many_threads_share_few_arenas() -> None:
    """Without the setting each thread that meets others gets one of its own."""
    assert arenas(few=True) <= ARENAS < arenas(few=False)
