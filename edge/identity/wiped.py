"""A terminal whose keys were destroyed by the office's order: what is left in its folder.

Lives here: keeping the signed word and destroying all the rest, so that a power cut at any moment
ends in the same state. Not here: the order and the word itself (`edge.wire.wipe`), who does it
(`edge.care.wipe`), bringing the word to the centre (`edge.sync.farewell`).

    wiped.jws    what the terminal signed before its key went; nothing else is left beside it

The word is durable before the first key goes. Where it is found at a start, what was begun is
finished, and no new identity is made in its place: the folder is to be removed by hand, which says
that somebody sets up another terminal.
"""

from __future__ import annotations

from pathlib import Path

from edge.files import erase_file, replace_file, sync_folder
from edge.identity import place as places
from edge.wire.wipe import MAX_STATEMENT

STATEMENT_FILE = "wiped.jws"
KEYS = ("terminal-key", "next-key", "old-key")


def statement(folder: Path) -> str | None:
    """Return the word of a terminal that was wiped, None for any other. Raises OSError."""
    try:
        with (folder / STATEMENT_FILE).open("rb") as file:
            return file.read(MAX_STATEMENT).decode("ascii", "replace")
    except FileNotFoundError:
        return None


def wipe(folder: Path, word: str) -> None:
    """Keep the signed word, then destroy every key of the folder. Raises OSError."""
    replace_file(folder / STATEMENT_FILE, word.encode("ascii"), mode=0o644)
    destroy(folder)


def destroy(folder: Path) -> None:
    """Destroy all but the word; harmless when repeated. Raises OSError."""
    for name in KEYS:
        places.destroy(folder, name)  # in its token too
    for path in sorted(folder.iterdir()):
        if path.name != STATEMENT_FILE and path.is_file() and not path.is_symlink():
            erase_file(path)
    sync_folder(folder)
