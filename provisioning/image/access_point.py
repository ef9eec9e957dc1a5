"""What lets a terminal put up a Wi-Fi of its own: two small files of root's.

Lives here: NetworkManager's file of the network, without a passphrase, and the rules that let
phones in. Not here: putting them in their places (setup.sh), the passphrase, which comes with each
meeting (the script `access-point` of the package, `edge.phones`).
Sources: nm-settings-keyfile(5), nm-settings-nmcli(5); IEEE 802.11-2020 section 12.4 (SAE) and
11.13 (protected management frames, which SAE needs); dnsmasq(8).
"""

from __future__ import annotations

import re
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path

from edge.config import Config
from edge.phones.wifi import OwnWifi, name_of
from provisioning.errors import OfficeInputInvalid

KEYFILE, RULES = "access-point.nmconnection", "access-point.nft"
PREFIX = 24  # bits of the network's addresses
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
_UUID = uuid.uuid5(uuid.UUID("6e1f6a1b-0d0b-5a53-9c5e-0f8a3a4d2c11"), "tramthe-phones")


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A network to put up: what terminal.toml says of it, by which of the machine's radios."""

    interface: str
    wifi: OwnWifi


def check_interface(name: str) -> str:
    """Return an interface's name. Raises OfficeInputInvalid."""
    if not _INTERFACE.fullmatch(name):
        raise OfficeInputInvalid(
            f"{name!r} is no name of a network interface such as wlan0.",
            next_step="Write it as `ip link` shows it.",
        )
    return name


def of_config(interface: str, config: str) -> AccessPoint:
    """Return the network that a terminal's own terminal.toml tells of.

    Raises OfficeInputInvalid where it tells of none.
    """
    keys = tomllib.loads(config)
    address = keys.get("access_point")
    if address is None:
        raise OfficeInputInvalid(
            "The configuration tells of no Wi-Fi for phones.",
            next_step="Put access_point and access_point_security into the file of --config, or "
            "leave --access-point out.",
        )
    name = keys.get("access_point_name") or name_of(keys["terminal"])
    port = keys.get("port", Config(keys["terminal"], Path(keys["state"])).port)
    return AccessPoint(interface, OwnWifi(name, f"{address}:{port}"))


def keyfile(point: AccessPoint) -> str:
    """Return NetworkManager's file of the network, to which a passphrase is added at each start.

    Phones get addresses and no way on: the terminal's firewall passes nothing through, and the
    access point nothing from one phone to another.
    """
    return f"""\
# Written by `tramthe provision`. No passphrase stands here: each meeting has its own.
[connection]
id=tramthe-phones
uuid={_UUID}
type=wifi
interface-name={point.interface}
autoconnect=false

[wifi]
mode=ap
ap-isolation=1
band=bg
ssid={point.wifi.octets}

[wifi-security]
key-mgmt=sae
pmf=3
proto=rsn;
pairwise=ccmp;
group=ccmp;

[ipv4]
method=shared
address1={point.wifi.address}/{PREFIX}

[ipv6]
method=disabled
"""


def rules(point: AccessPoint) -> str:
    """Return what the firewall lets in from phones: asking for an address, and the pages."""
    rule = f'add rule inet tramthe open iifname "{point.interface}"'
    port = point.wifi.host.rpartition(":")[2]
    here = f"ip daddr {point.wifi.address} tcp dport {port}"
    return f"{rule} udp dport 67 accept\n{rule} {here} accept\n"
