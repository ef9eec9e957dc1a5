"""A terminal's machine as a test can have many: a table of hosts, a pcscd and a reader of its own.

Lives here: the name space of mounts in which they are that machine's alone, and commands run there.
Not here: what runs on it (`far`). The network is this machine's: loopback.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from provisioning.softcard.slot import Card
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import missing
from tests.e2e.conftest import wait
from tests.tools import needed

LOOPBACK = "127.0.0.1"
_NOWHERE = "255.255.255.255"
"""What connects there is told at once that there is no network."""
_DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_BEGIN = (
    'mount --bind "$1" /etc/hosts && mount -t tmpfs tmpfs /run && mkdir /run/pcscd'
    ' && exec "$2" --foreground --config "$3"'
)
_PORTS = range(20_000, 32_000, 2)
"""Below those that the system gives out: of each pair one is asked for and both are taken."""


class Machine:
    """One machine; `folder` is its own. `names` are the hosts that it reaches by its network."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._names = names
        self._hosts = folder / "hosts"
        self.plug_in()
        port = _free_pair()
        why = missing()
        assert why is None, f"no virtual card reader: {why} (run .ci/setup dev)"
        drivers = folder / "readers"
        drivers.mkdir()
        (drivers / "vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{port}\n'
            f"LIBPATH {_DRIVER}\nCHANNELID {port:#x}\n"
        )
        self._slot = VpcdSlot(LOOPBACK, port)
        # Whoever is not root is so in a name space of its own.
        self._user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        mapped = ["--map-root-user"] if self._user else []
        begin = [needed("unshare", "util-linux"), "--mount", *mapped, "sh", "-c", _BEGIN, "sh"]
        with (folder / "pcscd.log").open("wb") as said:
            self._pcscd = subprocess.Popen(
                [*begin, str(self._hosts), needed("pcscd"), str(drivers)],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        wait(self._listens)

    def inside(self, *command: str) -> list[str]:
        """Return the command that runs this one on this machine, in the same process."""
        entered = [needed("nsenter", "util-linux"), "--target", str(self._pcscd.pid), "--mount"]
        return [*entered, *self._user, *command]

    def plug_in(self) -> None:
        """Let there be a network."""
        self._write_hosts(LOOPBACK)

    def unplug(self) -> None:
        """Let there be none, for connections that are made from now on."""
        self._write_hosts(_NOWHERE)

    def lay(self, card: Card) -> None:
        """Lay a card on the reader."""
        self._slot.lay(card)

    def lift(self) -> None:
        """Lift it."""
        self._slot.lift()

    def close(self) -> None:
        """Switch it off."""
        self._slot.close()
        self._pcscd.terminate()
        self._pcscd.wait(20)

    def _listens(self) -> bool:
        assert self._pcscd.poll() is None, "pcscd does not start"
        return Path(f"/proc/{self._pcscd.pid}/root/run/pcscd/pcscd.comm").exists()

    def _write_hosts(self, address: str) -> None:
        # In its place: a mount holds on to the file, and not to its name.
        self._hosts.write_text(f"{LOOPBACK} localhost\n{address} {' '.join(self._names)}\n")


def _free_pair() -> int:
    """Return the first of two ports that are free: each entry of vpcd is a reader of two slots."""
    while True:
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        with suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind((LOOPBACK, port))
            other.bind((LOOPBACK, port + 1))
            return port
