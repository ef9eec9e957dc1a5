"""Root's part of the Wi-Fi for phones: the script, with an nmcli that only says how it was called.

That a phone joins what NetworkManager then puts up, and with which passphrase, `make proof-phones`
shows on a machine with two radios.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.phones.wifi import DIGITS
from provisioning.image.access_point import keyfile, of_config
from tests.provisioning.image.test_access_point import CONFIG
from tests.provisioning.package.conftest import FILES

SCRIPT = FILES / "access-point"
GIVEN = "0821733300195520"
POINT = of_config("wlan1", CONFIG)


@dataclass(frozen=True)
class Machine:
    """The folders of a machine, and what its nmcli was called with."""

    root: Path

    @property
    def network(self) -> Path:
        """Return the file that says what network there may be."""
        return self.root / "etc/tramthe/access-point.nmconnection"

    @property
    def put(self) -> Path:
        """Return the file that NetworkManager is given."""
        return self.root / "run/NetworkManager/system-connections/tramthe-phones.nmconnection"

    @property
    def calls(self) -> list[str]:
        """Return each call of nmcli, its words in one line."""
        return (self.root / "calls").read_text().splitlines()

    @contextmanager
    def up(self, given: str, status: int = 0) -> Iterator[subprocess.Popen[str]]:
        """Run the script as systemd does for a connection, on which `given` is said."""
        with subprocess.Popen(
            [SCRIPT, "up"], env=self._environment(status), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as running:  # fmt: skip
            assert running.stdin is not None
            running.stdin.write(given)
            running.stdin.flush()
            yield running

    def down(self, status: int = 0) -> int:
        """Run the script as systemd does afterwards."""
        environment = self._environment(status)
        done = subprocess.run(
            [SCRIPT, "down"], env=environment, check=False, stderr=subprocess.DEVNULL
        )
        return done.returncode

    def _environment(self, status: int) -> dict[str, str]:
        return {
            **os.environ, "ROOT": str(self.root), "STATUS": str(status),
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "CALLS": str(self.root / "calls"),
        }  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine that was provisioned."""
    made = Machine(tmp_path)
    made.network.parent.mkdir(parents=True)
    made.network.write_text(keyfile(POINT))
    program = tmp_path / "bin/nmcli"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$*" >>"$CALLS"\nexit "$STATUS"\n')
    program.chmod(0o755)
    (tmp_path / "calls").write_text("")
    return made


def test_up_for_as_long_as_the_line_is_open(machine: Machine) -> None:
    """The passphrase is in root's file below /run and in no command; the network's name is told."""
    with machine.up(f"{GIVEN}\n") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == f"up {POINT.wifi.octets}\n"
        assert machine.put.read_text().endswith(f"[wifi-security]\npsk={GIVEN}\n")
        assert machine.put.stat().st_mode & 0o777 == 0o600
        ready, load, up = machine.calls
        assert ready.endswith("device show wlan1")
        assert ("connection load" in load, "connection up" in up) == (True, True)
        assert GIVEN not in "".join(machine.calls)
        assert running.poll() is None
    assert running.returncode == 0


def test_down(machine: Machine) -> None:
    """Network and passphrase are gone, and so is what DHCP noted of the phones; twice is fine."""
    leases = machine.root / "var/lib/NetworkManager/dnsmasq-wlan1.leases"
    other = leases.with_name("dnsmasq-eth0.leases")
    leases.parent.mkdir(parents=True)
    for one in (leases, other):
        one.write_text("1 02:00:00:00:01:00 192.168.50.17 iPhone-cua-Nga *\n")
    with machine.up(f"{GIVEN}\n") as running:
        assert running.stdout is not None
        running.stdout.readline()
    assert machine.down() == 0
    assert "connection delete uuid" in machine.calls[-1]
    assert (machine.put.exists(), leases.exists(), other.exists()) == (False, False, True)
    assert machine.down(status=10) == 0


@pytest.mark.parametrize(
    "given",
    [
        "\n", GIVEN[1:] + "\n", GIVEN + "1\n", "a" * DIGITS + "\n", GIVEN[:-1] + ";\n",
        f"{GIVEN[:8]}\n{GIVEN[8:]}\n", f"{GIVEN}\nkey-mgmt=none\n", f" {GIVEN}\n", "9" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_passphrase(machine: Machine, given: str) -> None:
    """Is refused before anything is written: one value of one form comes in, and nothing else."""
    with machine.up(given) as running:
        assert running.stdout is not None
        assert running.stdout.read() == "refused\n"
    assert running.returncode != 0
    assert machine.calls == []
    assert not machine.put.exists()


@pytest.mark.parametrize(
    ("before", "after"), [("key-mgmt=sae", "key-mgmt=wpa-psk"), ("pmf=3", "pmf=2"), ("pmf=3\n", "")]
)
def test_a_network_that_is_not_of_wpa3_alone(machine: Machine, before: str, after: str) -> None:
    """Is not put up, whoever wrote the file so."""
    machine.network.write_text(machine.network.read_text().replace(before, after))
    with machine.up(f"{GIVEN}\n") as running:
        assert running.stdout is not None
        assert running.stdout.read() == "failed\n"
    assert machine.calls == []


def test_networkmanager_cannot(machine: Machine) -> None:
    """No radio, or none that takes SAE: the terminal hears that it failed."""
    with machine.up(f"{GIVEN}\n", status=4) as running:
        assert running.stdout is not None
        assert running.stdout.read() == "failed\n"
    assert running.returncode != 0
