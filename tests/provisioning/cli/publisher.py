"""An office that signs and publishes by the command line, and a package for it to publish."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from provisioning.publish.keys import make_key
from tests.provisioning.quick import QUICK

if TYPE_CHECKING:
    from tests.provisioning.cli.conftest import Said, Tramthe

PASSPHRASE = "correct horse battery"  # noqa: S105 -- of keys made and thrown away here
OFFLINE = ("root-an", "root-binh", "targets-an")
ONLINE = ("lists", "snapshot", "timestamp")


def make_keys(folder: Path) -> None:
    """Make a key for everybody who signs, quick to open."""
    for name in (*OFFLINE, *ONLINE):
        make_key(folder / name, PASSPHRASE, cost=QUICK)


class Office:
    """The keys that lie in FOLDER/keys, and their publisher, by the command line."""

    def __init__(self, folder: Path, tramthe: Tramthe, patch: pytest.MonkeyPatch) -> None:
        self._run = tramthe
        self._patch = patch
        self.keys = folder / "keys"
        self.shop = folder / "publisher"

    def key(self, name: str) -> Path:
        """Make a key."""
        self.keys.mkdir(exist_ok=True)
        path = self.keys / name
        self._type(PASSPHRASE)
        done = self._run("centre", "publish", "key", path, "--stdin")
        assert done.status == 0, done.err
        return path

    def do(self, verb: str, *rest: object) -> Said:
        """Run a step on the publisher's folder."""
        return self._run("centre", "publish", verb, self.shop, *rest)

    def begin(self) -> Said:
        """Begin the repository: two must sign a root."""
        options: list[object] = ["--root-threshold", 2]
        for name in (*OFFLINE, *ONLINE):
            options += [f"--{name.partition('-')[0]}", f"{self.keys / name}.pub"]
        return self.do("init", *options)

    def sign(self, name: str, passphrase: str = PASSPHRASE) -> Said:
        """Sign with one key."""
        self._type(passphrase)
        return self.do("sign", "--key", self.keys / name, "--stdin")

    def _type(self, line: str) -> None:
        self._patch.setattr("sys.stdin", io.StringIO(line + "\n"))

    def sign_all(self) -> Said:
        """Sign with every key."""
        return [self.sign(name) for name in (*OFFLINE, *ONLINE)][-1]


def deb(
    package: str = "tramthe",
    version: str = "1.0",
    architecture: str = "all",
    *,
    packing: str = "xz",
    form: bytes = b"2.0\n",
    more: str = "",
) -> bytes:
    """Return a Debian package without a program in it."""
    names = f"Package: {package}\nVersion: {version}\nArchitecture: {architecture}\n"
    said = (names + more).encode()
    control = io.BytesIO()
    mode = f"w:{packing}" if packing else "w"
    with tarfile.open(fileobj=control, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("./control")
        entry.size = len(said)
        archive.addfile(entry, io.BytesIO(said))
    name = "control.tar" + (f".{packing}" if packing else "")
    members = ((b"debian-binary", form), (name.encode(), control.getvalue()))
    return b"!<arch>\n" + b"".join(_member(name, data) for name, data in members)


def _member(name: bytes, data: bytes) -> bytes:
    header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data))
    return header + data + b"\n" * (len(data) % 2)
