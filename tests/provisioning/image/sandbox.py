"""A root folder that is no machine's, and commands that only say that they were called."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STUBS = (
    "apt-get", "blkid", "chown", "dnsmasq", "dpkg-query", "findmnt", "getent", "hostname", "iw",
    "locale-gen", "lsblk", "mkfs.ext4", "mount", "mountpoint", "nmcli", "partx", "resize2fs",
    "rfkill", "runuser", "systemctl", "tramthe", "udevadm",
)  # fmt: skip
FACTS = {
    "etc/os-release": 'ID=debian\nVERSION_CODENAME=trixie\n',
    "etc/hosts": "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n",
    "etc/hostname": "raspberrypi\n",
    "etc/locale.gen": "# vi_VN UTF-8\n# vi_VN.TCVN TCVN5712-1\nen_GB.UTF-8 UTF-8\n",
    "etc/fstab": "PARTUUID=0123abcd-02 / ext4 defaults,noatime 0 1\n",
    "usr/share/zoneinfo/Asia/Ho_Chi_Minh": "TZif",
    "etc/NetworkManager/NetworkManager.conf": "",
    "etc/cloud/cloud.cfg": "",
    "usr/share/tramthe/readonly/fstab": "LABEL=rootfs / ext4 ro 0 1\n",
    "usr/share/tramthe/readonly/apt.conf": "// apt\n",
    "usr/share/tramthe/readonly/journald.conf": "[Journal]\n",
    "etc/rpi/swap.conf": "[Main]\n",
    "var/lib/systemd/rfkill/platform-3f300000.mmcnr:wlan": "1\n",
}  # fmt: skip


@dataclass
class Sandbox:
    """`answers`: status and output of a command by its whole line; others succeed in silence."""

    folder: Path
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Return where paths begin."""
        return self.folder / "root"

    @property
    def boot(self) -> Path:
        """Return the boot partition as the running system has it."""
        return self.root / "boot" / "firmware"

    def prepare(self) -> None:
        """Lay out the root and the commands."""
        for name, text in FACTS.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text, "utf-8")
        (self.folder / "bin").mkdir()
        home = "kythuat:x:1000:1000::/home/kythuat:/bin/bash\n"
        self.answers |= {
            "systemctl cat dphys-swapfile.service": (1, ""),
            "getent passwd kythuat": (0, home),
            "dpkg-query -W -f ${Status} tramthe": (0, "install ok installed"),
            "mountpoint -q " + str(self.root / "var/lib/tramthe"): (1, ""),
        }

    def read(self, name: str) -> str:
        """Return a file of the root."""
        return (self.root / name).read_text("utf-8")

    def mode(self, name: str) -> int:
        """Return a file's permissions."""
        return (self.root / name).stat().st_mode & 0o777

    def run(
        self, *command: str | Path, more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a script with this root and these commands."""
        return subprocess.run(
            command,
            env={**self.environment(), **(more or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """Return what a process sees that works in this root; what was called is forgotten."""
        for name in STUBS:
            self._stub(name)
        (self.folder / "calls").write_text("")
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "TRAMTHE_ROOT": str(self.root),
            "CALLS": str(self.folder / "calls"),
        }

    def calls(self) -> list[str]:
        """Return what was called in the last run, in order."""
        return (self.folder / "calls").read_text("utf-8").splitlines()

    def files(self) -> dict[str, str]:
        """Return every file of the root, by name."""
        return {
            str(path.relative_to(self.root)): path.read_bytes().decode("utf-8", "replace")
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }

    def _stub(self, name: str) -> None:
        cases = ""
        for line, (status, out) in self.answers.items():
            called, _, words = line.partition(" ")
            if called == name:
                said = f"printf '%s' {shlex.quote(out)}; exit {status}"
                cases += f"  {shlex.quote(words)}) {said} ;;\n"
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"$CALLS"\ncase "$*" in\n{cases}esac\n')
        path.chmod(0o755)
