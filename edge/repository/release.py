"""What the repository says of a program beside its bytes: for which machine, and after what.

Lives here: the form, and what a machine is. Not here: whether to take one (`edge.update.offer`).

A release is a package under `software/NAME_VERSION_ARCH.deb` with a `custom` object that says the
rest; both are signed by those who sign `targets`. A package without one is only delivered, for a
technician.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edge.deb_version import DebVersion, is_version

PROGRAM = "tramthe"
"""Name of our own package."""
FORM = 1
MAX_NOTES = 2000  # characters
MAX_SUITES = 10
SUITE = re.compile(r"[a-z]{1,20}")
_PATH = re.compile(rf"software/{PROGRAM}_([^_/]+)_([a-z0-9-]+)\.deb")
_KEYS = frozenset({"release", "suites", "unpacked", "minimum", "recalls", "notes"})
_MAX_UNPACKED = 4 * 1024**3  # bytes


@dataclass(frozen=True, slots=True)
class Machine:
    """What packages are made for: Debian's name of the suite and of the architecture."""

    suite: str
    architecture: str

    def takes(self, architecture: str) -> bool:
        """Whether a package of an architecture runs here."""
        return architecture in ("all", self.architecture)


@dataclass(frozen=True, slots=True)
class Release:
    """One version of the program. `suites`: of Debian, for which it is made.

    `unpacked`: bytes that it takes on the disk.
    `minimum`: the version that must run, or a later one, for this to be installed; None: any.
    `recalls`: this one takes the place of later ones, up to that version. `notes`: for people.
    """

    version: str
    suites: tuple[str, ...]
    architecture: str
    unpacked: int
    minimum: str | None = None
    recalls: str | None = None
    notes: str = ""

    @property
    def order(self) -> DebVersion:
        """Return what it is ordered by."""
        return DebVersion(self.version)

    @property
    def path(self) -> str:
        """Return the target's path."""
        return f"software/{PROGRAM}_{self.version}_{self.architecture}.deb"

    def is_for(self, machine: Machine) -> bool:
        """Whether it is made for a machine like this."""
        return machine.suite in self.suites and machine.takes(self.architecture)

    def to_custom(self) -> dict[str, object]:
        """Return the target's `custom` object."""
        return {
            "release": FORM,
            "suites": list(self.suites),
            "unpacked": self.unpacked,
            "minimum": self.minimum,
            "recalls": self.recalls,
            "notes": self.notes,
        }


def read_release(path: str, custom: object) -> Release | None:
    """Return the release at a target's path; None where path or `custom` has not that form."""
    found = _PATH.fullmatch(path)
    if found is None or not is_version(found[1]):
        return None
    if not isinstance(custom, Mapping) or set(custom) != _KEYS or custom["release"] != FORM:
        return None
    suites, unpacked, notes = custom["suites"], custom["unpacked"], custom["notes"]
    versions = custom["minimum"], custom["recalls"]
    if (
        not isinstance(suites, list)
        or not 0 < len(suites) <= MAX_SUITES
        or not all(isinstance(one, str) and SUITE.fullmatch(one) for one in suites)
        or type(unpacked) is not int
        or not 0 < unpacked <= _MAX_UNPACKED
        or not isinstance(notes, str)
        or len(notes) > MAX_NOTES
        or not all(one is None or is_version(one) for one in versions)
    ):
        return None
    return Release(found[1], tuple(suites), found[2], unpacked, *versions, notes)
