"""PC/SC and its readers, with those that hang on USB unseen by it.

Not here: what to make of it (`judge_terminal`), cards.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.care.facts import Readers
from edge.care.probe_machine import ROOT, usb_readers
from reader.errors import PcscUnavailable
from reader.transport import ask_readers


def readers(root: Path = ROOT, ask: Callable[[], tuple[str, ...] | None] = ask_readers) -> Readers:
    """Return what PC/SC says, and what USB does. `ask`: the names, None without an answer."""
    usb = usb_readers(root)
    try:
        names = ask()
    except PcscUnavailable:
        return Readers(library=False, answered=False, names=(), usb=usb)
    return Readers(library=True, answered=names is not None, names=names or (), usb=usb)
