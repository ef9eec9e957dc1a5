"""A connection that is cut at each byte of a segment, or of its answer, and what then arrives."""

from __future__ import annotations

from tests.faults.office import Terminal
from tests.faults.proxy import Proxy
from tests.torture.ledger import Violation

UP, DOWN = "up", "down"


def sweep(terminal: Terminal, proxy: Proxy, way: str, step: int) -> int:
    """Cut at every `step`th byte, each time followed by a pass that is not cut.

    Returns how many cuts there were; the terminal has recorded that many events and two more, and
    an opening. Raises Violation.
    """
    terminal.tap(1)
    _passes(terminal, "up-to-date")
    cuts = 0
    while True:
        terminal.tap(1)
        count = cuts * step
        proxy.behave = proxy.cut_up(count) if way == UP else proxy.cut_down(count)
        last = proxy.requests[-1]
        if count >= len(last if way == UP else proxy.forward(last)):
            break
        # An answer cut within its header looks like one without a body, so like a stranger's.
        _passes(terminal, "unreachable", "refused")
        proxy.behave = proxy.forward
        _passes(terminal, "up-to-date")
        cuts += 1
        del proxy.requests[:-1]
    proxy.behave = proxy.forward
    _passes(terminal, "up-to-date")
    terminal.comes_home()
    return cuts


def _passes(terminal: Terminal, *states: str) -> None:
    said = terminal.once()
    if said["state"] not in states:
        raise Violation(f"a pass ended {said}, not {states}")
