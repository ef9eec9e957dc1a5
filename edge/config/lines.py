"""On which line of a TOML text a key stands; None where that is not certain.

Lives here: finding a line by what the TOML reader itself says of the text before it. Not here: what
is wrong there. A line that is only guessed sends a technician to the wrong place, so none is.
Source: TOML 1.0.

TOML is read from the left. If all the text before a line is whole by itself, then a statement
begins on that line, and no string or list from above runs through it. A key put at that place to
try it then shows whether a table's heading stands above.
"""

from __future__ import annotations

import re
import tomllib

TRIES = 16
"""Lines that look like the key's; a text with more is not worth the time."""
_TRIED = "tried-here"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def line_of(text: str, key: str) -> int | None:
    """Return the line, from 1, where a top-level key is set, or its table's heading stands."""
    if _BARE.fullmatch(key) is None:
        return None
    written = f"(?:{key}|\"{key}\"|'{key}')"
    looks = re.compile(rf"[ \t]*(?:{written}[ \t]*[=.]|(\[)\[?[ \t]*{written}[ \t]*[\].])")
    lines = text.replace("\r\n", "\n").split("\n")
    likely = [(number, found) for number, line in enumerate(lines) if (found := looks.match(line))]
    for number, found in likely[:TRIES]:
        heading = found[1] is not None
        if _begins(lines[:number], at_top=not heading):
            return number + 1
    return None


def _begins(before: list[str], *, at_top: bool) -> bool:
    """Whether a statement begins after these lines, and (`at_top`) above any table's heading."""
    tried = "\n".join([*before, f"{_TRIED} = 0", ""])
    try:
        found = tomllib.loads(tried)
    except (ValueError, RecursionError):
        return False
    return _TRIED in found or not at_top
