"""What it costs to open a key that guards nothing.

Files of keys are slow to open by design (`office.key_file`); where a test is about something else,
its keys are made at this cost instead. That commands make them at the whole cost has its own tests.
"""

from __future__ import annotations

import re

QUICK = 2  # scrypt's N, the least there is
_WHOLE = re.compile(r":4000\n.*:08\n.*:05\n.*:20\n")  # N 16,384, r 8, p 5, 32 bytes


def at_whole_cost(form: str) -> bool:
    """Whether a key's file is as slow to open as it has to be, by what `openssl asn1parse` says."""
    return _WHOLE.search(form) is not None
