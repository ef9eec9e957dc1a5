"""Waiting for one card, for a command that serves one and ends.

Not here: watching readers (`transport`), what is said to the card (`read`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from reader.apdu import CardConnection
from reader.errors import NoCard
from reader.watch import CardLaid, ReaderReady, WaitingFor, Watcher

_LOOK = 0.2  # seconds between looks


@contextmanager
def laid(watcher: Watcher, seconds: float) -> Iterator[CardConnection]:
    """Give the card that lies on a reader or is laid within `seconds`; the watcher ends with it.

    Raises NoCard, which says what was missing: the service, a reader, or the card.
    """
    deadline = time.monotonic() + seconds
    waiting = "no card was laid"
    try:
        while time.monotonic() < deadline:
            match watcher.next_event(_LOOK):
                case CardLaid(connection=connection):
                    yield connection
                    return
                case WaitingFor(what="pcsc"):
                    waiting = "the PC/SC service does not answer"
                case WaitingFor():
                    waiting = "no card reader is connected"
                case ReaderReady():
                    waiting = "no card was laid"
                case _:
                    pass
    finally:
        watcher.close()
    raise NoCard(
        f"Nothing was read: {waiting}.",
        next_step="Start pcscd, connect the reader, lay the card, and try again.",
    )
