"""The folder `tramthe/` that setup.sh works from: its small files, as bytes by name.

Lives here: what stands in it for one machine, and its sums. Not here: the packages beside it
(`bundle`), where it is written (`boot`, `here`).
"""

from __future__ import annotations

import hashlib
import shlex
from functools import cache
from importlib.resources import files

from provisioning.image import access_point
from provisioning.image.bundle import Bundle
from provisioning.image.first_run import FIRST_START_UNIT, unit_text, wifi_keyfile
from provisioning.image.machine import (
    ACCOUNT,
    CHARSET,
    COUNTRY,
    LOCALE,
    TIME_ZONE,
    Machine,
)

FOLDER = "tramthe"
PACKAGES = "packages"
SETUP, SETTINGS, SUMS = "setup.sh", "settings", "SHA256SUMS"
CLAIM, WIFI, RESULT = "claim.json", "wifi.nmconnection", "RESULT.txt"
REPOSITORY_ROOT, SERVER_ROOTS = "repository-root.json", "repository-roots.pem"
SECRET = frozenset({CLAIM, WIFI})
"""What is overwritten once it was used; setup.sh could not check their sums a second time."""


def small_files(machine: Machine, bundle: Bundle, *, wifi_here: bool) -> dict[str, bytes]:
    """Return the files by name. `wifi_here`: setup.sh joins the network, and not cloud-init."""
    found = {
        SETUP: setup_script(),
        SETTINGS: _settings(machine, bundle).encode(),
        FIRST_START_UNIT: unit_text().encode(),
        "terminal.toml": machine.config.encode(),
    }
    if machine.ssh_keys:
        found["authorized_keys"] = "".join(f"{key}\n" for key in machine.ssh_keys).encode()
    if machine.centre_roots is not None:
        found["centre-roots.pem"] = machine.centre_roots.encode()
    if machine.repository is not None:
        found[REPOSITORY_ROOT] = machine.repository.root
        if machine.repository.server_roots is not None:
            found[SERVER_ROOTS] = machine.repository.server_roots.encode()
    if machine.wifi is not None and wifi_here:
        found[WIFI] = wifi_keyfile(machine.wifi).encode()
    if machine.access_point is not None:
        found[access_point.KEYFILE] = access_point.keyfile(machine.access_point).encode()
        found[access_point.RULES] = access_point.rules(machine.access_point).encode()
    if machine.claim is not None:
        found[CLAIM] = machine.claim
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    listed = {name: sum_ for name, sum_ in sums.items() if name not in SECRET}
    listed |= {f"{PACKAGES}/{name}": sum_ for name, sum_ in bundle.sums.items()}
    found[SUMS] = "".join(f"{sum_}  {name}\n" for name, sum_ in sorted(listed.items())).encode()
    return found


@cache
def setup_script() -> bytes:
    """Return setup.sh, the same for every machine."""
    return (files("provisioning.image") / SETUP).read_bytes()


def _settings(machine: Machine, bundle: Bundle) -> str:
    values = {
        "hostname": machine.hostname,
        "locale": LOCALE,
        "charset": CHARSET,
        "timezone": TIME_ZONE,
        "country": COUNTRY,
        "keyboard": machine.keyboard,
        "account": ACCOUNT,
        "ssh": _yes(machine.ssh_keys),
        "kiosk": _yes(machine.kiosk),
        "read_only_root": _yes(machine.read_only_root),
        "updates": _yes(machine.repository is not None and machine.repository.updates),
        "wanted": " ".join(bundle.wanted(kiosk=machine.kiosk)),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _yes(value: object) -> str:
    return "yes" if value else "no"
