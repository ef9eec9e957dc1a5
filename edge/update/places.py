"""Where versions of the program lie, and what is remembered of them. Names only.

Lives here: names. Not here: what is written there (`journal`, `trees`, `keep`). Two folders on
purpose: `software` is root's, and nothing in it is believed to come from the terminal; `handed` is
the terminal's, in its state folder, and root believes nothing in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SOFTWARE = Path("/var/lib/tramthe-software")
"""Where a terminal that was installed from the package keeps later versions."""
PROGRAM = Path("opt/tramthe")
"""Of the program inside a package, and so inside a tree."""
BASE = Path("/") / PROGRAM
"""Where the package that dpkg installed has it."""


@dataclass(frozen=True, slots=True)
class Software:
    """Root's folder, mode 0755: one tree for each version, what was verified, what is under way."""

    root: Path = SOFTWARE

    @property
    def current(self) -> Path:
        """Return the link to the tree that runs; absent where the base does."""
        return self.root / "current"

    @property
    def journal(self) -> Path:
        """Return the file that is there while an update is under way."""
        return self.root / "journal.json"

    @property
    def record(self) -> Path:
        """Return the file of what became of updates; everybody may read it."""
        return self.root / "record.json"

    @property
    def repository(self) -> Path:
        """Return root's own memory of the repository, mode 0700."""
        return self.root / "repository"

    def tree(self, version: str) -> Path:
        """Return the tree of a version: the package, unpacked."""
        return self.root / "versions" / version


@dataclass(frozen=True, slots=True)
class Handed:
    """The terminal's part, in its state folder."""

    state: Path

    @property
    def root(self) -> Path:
        """Return the folder of everything below."""
        return self.state / "update"

    @property
    def request(self) -> Path:
        """Return the small repository that root takes the package from."""
        return self.root / "request"

    @property
    def go(self) -> Path:
        """Return the file whose appearance starts root's part."""
        return self.root / "go"

    @property
    def kept(self) -> Path:
        """Return the folder of the databases as they were before an update."""
        return self.root / "before"
