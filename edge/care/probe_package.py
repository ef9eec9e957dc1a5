"""How the program came here: its Debian package, and what the repository delivered of it.

Lives here: reading dpkg's own list and the folder of what was delivered. Not here: what to make of
it (`judge_machine`). Source: deb-control(5), dpkg(1), `/var/lib/dpkg/status`.
"""

from __future__ import annotations

import re
from pathlib import Path

from edge.care.facts import Package
from edge.care.probe_machine import ROOT

NAME = "tramthe"
_STATUS = "var/lib/dpkg/status"
_WHOLE = "ok installed"
_GONE = ("config-files", "not-installed")
_MAX_LINE = 4096  # bytes; what is longer is no field that is looked for
_MAX_LINES = 2_000_000  # a machine with everything installed has half of that
_DELIVERED = re.compile(rf"{NAME}_([0-9][0-9A-Za-z.+~-]*)_[a-z0-9]+\.deb")


def package(root: Path = ROOT) -> Package:
    """Return the package as dpkg knows it."""
    fields: dict[bytes, str] = {}
    try:
        with (root / _STATUS).open("rb") as file:
            for _ in range(_MAX_LINES):
                line = file.readline(_MAX_LINE)
                if not line or (line == b"\n" and _ours(fields)):
                    break
                if line == b"\n":
                    fields.clear()
                elif line.startswith((b"Package:", b"Status:", b"Version:")):
                    key, _, value = line.partition(b":")
                    fields[key] = value.decode("utf-8", "replace").strip()
    except OSError:  # no Debian
        return Package(None, False)
    status = fields.get(b"Status", "")
    if not _ours(fields) or b"Version" not in fields or status.endswith(_GONE):
        return Package(None, False)
    return Package(fields[b"Version"], status.endswith(_WHOLE))


def _ours(fields: dict[bytes, str]) -> bool:
    return fields.get(b"Package") == NAME


def delivered(folder: Path) -> tuple[str, ...]:
    """Return the versions of the program that the repository delivered into `folder`."""
    found = (_DELIVERED.fullmatch(path.name) for path in folder.rglob("*.deb"))
    return tuple(sorted(one[1] for one in found if one is not None))
