"""The Wi-Fi for phones: what a machine gets so that its terminal may put one up."""

from __future__ import annotations

from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.errors import OfficeInputInvalid
from provisioning.image import access_point
from provisioning.image.access_point import KEYFILE, RULES, check_interface, of_config
from provisioning.image.boot import FirstStart
from provisioning.image.bundle import open_bundle
from provisioning.image.machine import Machine
from provisioning.image.settings import small_files
from tests.provisioning.image.sandbox import Sandbox
from tests.provisioning.image.starting import Started, set_up, started

__all__ = ["started"]

CONFIG = """\
terminal = "99-0417"
state = "/var/lib/tramthe"
access_point = "192.168.50.1"
access_point_security = "wpa3"
"""
NETWORK = "etc/tramthe/access-point.nmconnection"
FIREWALL = "etc/tramthe/firewall.d/access-point.nft"
QUIET = "etc/NetworkManager/dnsmasq-shared.d/tramthe.conf"


@pytest.fixture
def with_phones(full: Machine) -> Machine:
    """Return a machine whose terminal may put a Wi-Fi up."""
    return replace(full, config=CONFIG, access_point=of_config("wlan1", CONFIG))


def test_a_network_of_wpa3_alone() -> None:
    """SAE, protected management frames, no passphrase; up only when it is asked for."""
    read = ConfigParser(interpolation=None)
    read.read_string(access_point.keyfile(of_config("wlan1", CONFIG)))
    security = read["wifi-security"]
    assert (security["key-mgmt"], security["pmf"], security["proto"]) == ("sae", "3", "rsn;")
    assert "psk" not in security
    assert (read["connection"]["autoconnect"], read["wifi"]["mode"]) == ("false", "ap")
    assert read["wifi"]["ap-isolation"] == "1"  # no phone reaches another
    assert read["ipv4"]["address1"] == "192.168.50.1/24"
    octets = read["wifi"]["ssid"].rstrip(";").split(";")
    assert bytes(map(int, octets)) == b"TramThe 99-0417"


def test_what_the_firewall_lets_in() -> None:
    """By that radio alone: asking for an address, and the pages at the terminal's own."""
    named = f'{CONFIG}access_point_name = "Tram"\nport = 8081\n'
    assert access_point.rules(of_config("wlan1", named)) == (
        'add rule inet tramthe open iifname "wlan1" udp dport 67 accept\n'
        'add rule inet tramthe open iifname "wlan1" ip daddr 192.168.50.1 tcp dport 8081 accept\n'
    )


def test_a_configuration_without_one() -> None:
    """Nothing is put up that terminal.toml does not tell of."""
    with pytest.raises(OfficeInputInvalid, match="no Wi-Fi for phones"):
        of_config("wlan1", 'terminal = "99-0417"\nstate = "/var/lib/tramthe"\n')


@pytest.mark.parametrize("name", ["", "wlan 0", "a" * 16, 'w"lan', "../x"])
def test_what_is_no_interface(name: str) -> None:
    """Never comes into a file or a rule."""
    with pytest.raises(OfficeInputInvalid, match="network interface"):
        check_interface(name)


def test_on_a_card(started: Started, with_phones: Machine) -> None:
    """The network is root's alone; the rules, and silence about phones, are in their places."""
    sandbox = started(FirstStart.CLOUD_INIT, with_phones)
    done = _set_up(sandbox)
    assert done == (0, "")
    assert sandbox.mode(NETWORK) == 0o600
    assert "key-mgmt=sae" in sandbox.read(NETWORK)
    assert "udp dport 67" in sandbox.read(FIREWALL)
    assert "quiet-dhcp\n" in sandbox.read(QUIET)
    assert "systemctl enable tramthe-access-point.socket" in sandbox.calls()


def test_asked_for_no_more(started: Started, with_phones: Machine, full: Machine) -> None:
    """A machine that is set up again without it puts none up, and its firewall is shut."""
    sandbox = started(FirstStart.CLOUD_INIT, with_phones)
    assert _set_up(sandbox) == (0, "")
    for name in (KEYFILE, RULES):
        (sandbox.boot / "tramthe" / name).unlink()
    sums = sandbox.boot / "tramthe" / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(one for one in lines if "access-point" not in one))
    assert _set_up(sandbox) == (0, "")
    assert not (sandbox.root / NETWORK).exists()
    assert not (sandbox.root / FIREWALL).exists()


def test_a_machine_without_networkmanager(started: Started, with_phones: Machine) -> None:
    """Says so and stops: an access point that nobody puts up is no door."""
    sandbox = started(FirstStart.CLOUD_INIT, replace(with_phones, wifi=None))
    (sandbox.root / "etc/NetworkManager/NetworkManager.conf").unlink()
    (sandbox.root / "etc/NetworkManager").rmdir()
    status, said = _set_up(sandbox)
    assert status != 0
    assert "NetworkManager is not here" in said


def test_nobody_else_gets_it(full: Machine, packages: Path) -> None:
    """A terminal that it was not asked for has none of the files."""
    files = small_files(full, open_bundle(packages), wifi_here=False)
    assert not {KEYFILE, RULES} & set(files)


def _set_up(sandbox: Sandbox) -> tuple[int, str]:
    done = set_up(sandbox)
    return done.returncode, done.stderr
