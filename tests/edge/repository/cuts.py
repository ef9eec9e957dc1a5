"""Ends a pass before each of its file operations in turn, and looks at what is left.

A program of its own: it forks, which a test process with threads must not. Usage: STATE NEW OLD
WORK. Prints how many cuts were made; fails where a promise was broken.
"""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from edge.repository.outcome import RepositoryState
from tests.edge.repository.made import PACKAGE, Taker

_CALLS = frozenset({"fsync", "replace", "rename", "unlink", "write", "truncate", "mkdir"})
_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect"})
CUT = 77  # exit status


class Counter:
    """Ends the process before operation number `last`; None counts only."""

    def __init__(self, inside: str, last: int) -> None:
        self._inside = inside
        self._last = last
        self.count = 0

    def _step(self) -> None:
        if self.count == self._last:
            os._exit(CUT)
        self.count += 1

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _EVENTS and str(arguments[0]).startswith(self._inside):
            self._step()

    def profile(self, _frame: FrameType, event: str, argument: Any) -> None:
        if event != "c_call" or argument.__name__ not in _CALLS:
            return
        if not isinstance(argument.__self__, str | datetime):  # they have a `replace` too
            self._step()


def _reopened(state: Path) -> Taker:
    return Taker(state, (state / "repository" / "root.json").read_bytes())


def _cut(state: Path, new: Path, at: int) -> bool:
    """Run a pass up to its operation `at`; whether it was cut."""
    child = os.fork()
    if child == 0:
        taker = _reopened(state)
        counter = Counter(str(state), at)
        sys.addaudithook(counter.audit)
        sys.setprofile(counter.profile)
        result = taker.take(new)
        sys.setprofile(None)
        os._exit(0 if result.state is RepositoryState.UP_TO_DATE else 1)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, CUT):
        raise SystemExit(f"the pass that was to be cut at {at} ended with {code}")
    return code == CUT


def _has(taker: Taker) -> dict[str, object]:
    """Return what the terminal has: the package, and the number of each list."""
    numbers = taker.rooms.holdings.list_numbers()
    return {"package": taker.delivered(PACKAGE), **{str(key): n for key, n in numbers.items()}}


def main(state: Path, new: Path, old: Path, work: Path) -> int:
    """Cut at every operation and check; return the number of cuts."""
    before = _has(_reopened(Path(shutil.copytree(state, work / "before", symlinks=True))))
    whole = _reopened(Path(shutil.copytree(state, work / "whole", symlinks=True)))
    require(whole.take(new).state is RepositoryState.UP_TO_DATE, 0, "no pass even uncut")
    after = _has(whole)
    require(before.keys() == after.keys() and before != after, 0, "nothing to take")
    at = 0
    while True:
        copy = Path(shutil.copytree(state, work / str(at), symlinks=True))
        cut = _cut(copy, new, at)
        taker = _reopened(copy)
        has = _has(taker)
        require(has.keys() == before.keys(), at, "something is lost")
        for key, value in has.items():
            require(value in (before[key], after[key]), at, f"half of {key}")
        accepted = (copy / "repository" / "metadata" / "timestamp.json").read_bytes()
        moved = accepted != (old / "metadata" / "timestamp.json").read_bytes()
        if moved:
            require(taker.take(old).state is RepositoryState.REFUSED, at, "went back")
        require(taker.take(new).state is RepositoryState.UP_TO_DATE, at, "does not go on")
        require(_has(taker) == after, at, "not all was taken")
        require(taker.take(old).state is RepositoryState.REFUSED, at, "went back in the end")
        shutil.rmtree(copy)
        if not cut:
            return at
        at += 1


def require(holds: bool, at: int, why: str) -> None:
    """Raise SystemExit where a promise is broken."""
    if not holds:
        raise SystemExit(f"cut before operation {at}: {why}")


if __name__ == "__main__":
    sys.stdout.write(str(main(*map(Path, sys.argv[1:5]))))
