"""How the C library keeps the memory of a process with many threads.

Lives here: the one setting that a server wants. Not here: what takes the memory. glibc gives each
thread that finds the others at work an arena of its own, up to eight for each core, and what was
freed in one serves no other: threads that take turns at pieces of half a megabyte then hold them
several times over. Under Python's lock few threads allocate at once, so two arenas do.
Source: mallopt(3), M_ARENA_MAX.
"""

from __future__ import annotations

import ctypes

ARENAS = 2
_M_ARENA_MAX = -8  # <malloc.h>


def few_arenas() -> bool:
    """Keep to `ARENAS` arenas from now on, in this process and its copies.

    Before the threads. False where the C library knows no such setting; nothing is changed then.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS))
    except (OSError, AttributeError):
        return False
