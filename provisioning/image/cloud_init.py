"""What Raspberry Pi OS with cloud-init reads from the boot partition at its first start.

Lives here: user-data, network-config and meta-data, as texts. Not here: the work itself, which
setup.sh does in each of the three ways (`settings`), where the files go (`boot`).
Sources: cloud-init 25.1 (modules users-groups, write-files, runcmd; datasource NoCloud;
distribution raspberry-pi-os), netplan reference, version 2.

The locale is `vi_VN` and not `vi_VN.UTF-8`: the distribution looks it up in the list of supported
locales, which has this name with UTF-8 behind it.
"""

from __future__ import annotations

import hashlib

from provisioning.image.first_run import FIRST_START_UNIT, UNIT_PATH, unit_text
from provisioning.image.machine import ACCOUNT, COUNTRY, LOCALE, TIME_ZONE, Machine
from provisioning.image.yaml_out import Value, dump


def user_data(machine: Machine) -> str:
    """Return user-data, in cloud-config form. Holds nothing secret."""
    account: dict[str, Value] = {"name": ACCOUNT, "shell": "/bin/bash", "lock_passwd": True}
    if machine.ssh_keys:
        account |= {
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "ssh_authorized_keys": list(machine.ssh_keys),
        }
    else:
        account["sudo"] = "ALL=(ALL) ALL"  # left out, the distribution's NOPASSWD would hold
    said: dict[str, Value] = {
        "hostname": machine.hostname,
        "manage_etc_hosts": False,
        "locale": LOCALE,
        "timezone": TIME_ZONE,
        "keyboard": {"model": "pc105", "layout": machine.keyboard},
        "ssh_pwauth": False,
        "user": account,
        "write_files": [
            {"path": UNIT_PATH, "permissions": "0644", "content": unit_text()},
        ],
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", FIRST_START_UNIT],
            ["systemctl", "start", "--no-block", FIRST_START_UNIT],
        ],
    }
    if machine.read_only_root:  # the room behind the root is for the terminal's state
        said |= {"growpart": {"mode": "off"}, "resize_rootfs": False}
    return f"#cloud-config\n{dump(said)}"


def network_config(machine: Machine) -> str:
    """Return network-config, version 2: the cable, and the Wi-Fi where there is one."""
    found: dict[str, Value] = {
        "version": 2,
        "ethernets": {"eth0": {"dhcp4": True, "dhcp6": True, "optional": True}},
    }
    if machine.wifi is not None:
        point: dict[str, Value] = {"password": machine.wifi.psk}
        if machine.wifi.hidden:
            point["hidden"] = True
        found["wifis"] = {
            "wlan0": {
                "dhcp4": True,
                "dhcp6": True,
                "optional": True,
                "regulatory-domain": COUNTRY,
                "access-points": {machine.wifi.ssid: point},
            }
        }
    return dump({"network": found})


def meta_data(machine: Machine) -> str:
    """Return meta-data: an instance of its own, so that a card written anew is taken as new."""
    digest = hashlib.sha256(f"{user_data(machine)}{machine.config}".encode())  # nothing secret
    return dump(
        {
            "dsmode": "local",
            "instance-id": f"tramthe-{machine.hostname}-{digest.hexdigest()[:12]}",
        }
    )
