"""What Raspberry Pi OS without cloud-init runs at its first start, and how it is told to.

Lives here: firstrun.sh and the kernel's command line, as texts, and the unit that either kind of
first start leaves behind. Not here: the work itself (setup.sh), where the files go (`boot`).
Sources: kernel-command-line(7) of systemd (systemd.run=, systemd.unit=); NetworkManager's
nm-settings-keyfile(5); raspberrypi-sys-mods, its `firstboot` and the image's words for it.

firstrun.sh does the least: it runs before the machine is up. The work is a unit's, which goes on
at the next start where the power was cut.
"""

from __future__ import annotations

import uuid

from provisioning.image.machine import ACCOUNT, COUNTRY, Wifi

MOUNTED = "/boot/firmware"
"""Where the running system has the boot partition."""
FIRST_START_UNIT = "tramthe-first-start.service"
UNIT_PATH = f"/etc/systemd/system/{FIRST_START_UNIT}"
FIRST_RUN = "firstrun.sh"
_ADDED = (
    f"systemd.run={MOUNTED}/{FIRST_RUN}",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)
_GROWS = ("resize", "init=/usr/lib/raspberrypi-sys-mods/firstboot")
"""What makes a first start grow the root over the whole card (Trixie, Bookworm)."""
_REGION = "cfg80211.ieee80211_regdom="
_NAMESPACE = uuid.UUID("6e1f6a1b-0d0b-5a53-9c5e-0f8a3a4d2c11")


def is_unstarted(cmdline: str) -> bool:
    """Whether a card with this command line was never started: its root has still to grow."""
    return any(word in _GROWS for word in cmdline.split())


def command_line(cmdline: str, *, first_run: bool, keeps_room: bool) -> str:
    """Return the kernel's command line for the first start, one line.

    `first_run`: it runs firstrun.sh. `keeps_room`: the root is not grown, so that a partition for
    the terminal's state finds room behind it.
    """
    words = [word for word in cmdline.split() if not keeps_room or word not in _GROWS]
    if first_run:
        words = [word for word in words if not word.startswith(_REGION)]
        words += [f"{_REGION}{COUNTRY}", *_ADDED]
    return " ".join(words) + "\n"


def first_run_script() -> str:
    """Return firstrun.sh. Holds nothing secret; TRAMTHE_ROOT goes before every path, for tests."""
    return f"""\
#!/bin/sh
# Written by `tramthe provision image`; runs once, at the first start, and takes itself away.
# Whatever fails here, the machine starts: what is left undone, {FIRST_START_UNIT} says.
root=${{TRAMTHE_ROOT:-}}
boot=$root{MOUNTED}
if [ -x "$root/usr/lib/userconf-pi/userconf" ]; then
  "$root/usr/lib/userconf-pi/userconf" {ACCOUNT} '*' || true
fi
install -D -m 644 "$boot/tramthe/{FIRST_START_UNIT}" "$root{UNIT_PATH}"
systemctl enable {FIRST_START_UNIT}
rm -f "$boot/{FIRST_RUN}"
sed -i 's/ systemd\\.[a-z_]*=[^ ]*//g' "$boot/cmdline.txt"
sync
exit 0
"""


def unit_text() -> str:
    """Return the unit that runs setup.sh until it was done once."""
    return f"""\
[Unit]
Description=Trạm Thẻ: makes this machine a terminal, once
ConditionPathExists={MOUNTED}/tramthe/setup.sh
RequiresMountsFor={MOUNTED}
After=local-fs.target

[Service]
Type=oneshot
ExecStart=/bin/sh {MOUNTED}/tramthe/setup.sh --card
TimeoutStartSec=30min
StandardOutput=journal+console

[Install]
WantedBy=multi-user.target
"""


def wifi_keyfile(wifi: Wifi) -> str:
    """Return NetworkManager's file of a network: its name as bytes, so that none is special."""
    octets = "".join(f"{byte};" for byte in wifi.ssid.encode())
    return f"""\
[connection]
id=tramthe
uuid={uuid.uuid5(_NAMESPACE, wifi.ssid)}
type=wifi

[wifi]
mode=infrastructure
ssid={octets}
hidden={"true" if wifi.hidden else "false"}

[wifi-security]
key-mgmt=wpa-psk
psk={wifi.psk}

[ipv4]
method=auto

[ipv6]
method=auto
"""
