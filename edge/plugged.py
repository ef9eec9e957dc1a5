"""Which sticks are plugged in: what the system mounted below the folders of the configuration.

Lives here: the rule over the kernel's table of mounts. Not here: mounting (the system's udisks or a
udev rule does that), reading and writing a stick (`edge.stick`).
Source: proc(5), /proc/pid/mountinfo.

A folder that nothing is mounted on is no stick, whatever its name: what is copied there would stay
in the terminal. A stick's name is the last part of where it is mounted, which is its label where
it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.storage import MOUNTS, Mount, mounts

MAX_STICKS = 8  # offered at once


@dataclass(frozen=True, slots=True)
class Stick:
    """A mounted stick."""

    name: str
    path: Path
    read_only: bool


class Ports:
    """Where sticks show up. `roots`: folders such as /media; `table`: the kernel's mounts."""

    def __init__(self, roots: Sequence[Path], table: Path = MOUNTS) -> None:
        self._roots = tuple(roots)
        self._table = table

    def sticks(self) -> tuple[Stick, ...]:
        """Return the sticks plugged in now, by name; none where the table cannot be read."""
        try:
            text = self._table.read_text("utf-8", "surrogateescape")
        except OSError:
            return ()
        return find(text, self._roots)


def find(mountinfo: str, roots: Sequence[Path]) -> tuple[Stick, ...]:
    """Return the sticks of a table of mounts: what is mounted strictly below one of `roots`.

    Of several mounts at one place the last counts, as in the file system. Two of one name are
    told apart by a number.
    """
    at: dict[Path, Mount] = {}
    for mount in mounts(mountinfo):
        if any(root in mount.point.parents for root in roots):
            at[mount.point] = mount
    found: list[Stick] = []
    for point, mount in sorted(at.items()):
        name = _shown(point.name)
        twins = sum(1 for other in found if other.path.name == point.name)
        found.append(Stick(f"{name} ({twins + 1})" if twins else name, point, mount.read_only))
    return tuple(found[:MAX_STICKS])


def _shown(name: str) -> str:
    """Return a label as it can stand on a screen: what is no printable text becomes `?`."""
    return "".join(character if character.isprintable() else "?" for character in name)[:64]
