"""Which version of the program runs.

Lives here: looking it up, once: every page and every report says it, and each look reads the
folders on the path. Not here: which version is on offer (`edge.repository.release`).
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def running() -> str:
    """Return the version of the installed program, which stays the same while it runs."""
    return version("tramthe")
