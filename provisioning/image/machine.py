"""What one machine is to become: its values, checked, and what follows from them.

Lives here: name, network, keys, configuration of one terminal's machine. Not here: the files that
say so (`cloud_init`, `first_run`, `settings`), where they are written (`boot`).
Sources: RFC 1123 section 2.1 (host names); IEEE 802.11-2020 annex J.4.1 (passphrase to PSK);
sshd(8), "AUTHORIZED_KEYS FILE FORMAT".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from edge.errors import EdgeError
from edge.wire.claim import Claim
from provisioning.errors import OfficeInputInvalid
from provisioning.image.access_point import AccessPoint
from provisioning.image.repository import Repository

LOCALE, CHARSET = "vi_VN", "UTF-8"
TIME_ZONE = "Asia/Ho_Chi_Minh"
COUNTRY = "VN"
KEYBOARD = "us"
"""XKB layout. `vn` turns the row of digits into letters, and a scanner that types with it."""
ACCOUNT = "kythuat"
"""Who logs in to look after the machine; without a key nobody can."""
STATE = "/var/lib/tramthe"
CENTRE_ROOTS = "/etc/tramthe/centre-roots.pem"

MAX_SSID = 32  # bytes
PSK_SIZE = 32  # bytes
_PSK_ROUNDS = 4096
_PASSPHRASE = re.compile(r"[ -~]{8,63}")
_PSK = re.compile(r"[0-9A-Fa-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_KEYBOARD = re.compile(r"[a-z]{2,8}")
_SSH_KINDS = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
)
_MAX_SSH_KEY = 8192  # characters of a line


@dataclass(frozen=True, slots=True)
class Wifi:
    """A network to join. `psk`: 64 hexadecimal digits; the passphrase itself is kept nowhere."""

    ssid: str
    psk: str = field(repr=False)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """One terminal's machine; made by `of`."""

    terminal: str
    hostname: str
    config: str = field(repr=False)
    """terminal.toml."""
    wifi: Wifi | None = None
    ssh_keys: tuple[str, ...] = ()
    """Lines of authorized_keys. None: SSH stays off."""
    claim: bytes | None = field(default=None, repr=False)
    """The claim's file, as it came."""
    centre_roots: str | None = field(default=None, repr=False)
    """PEM of what the centre's server is under."""
    repository: Repository | None = None
    """Whose lists and programs it takes; None: nobody's, until somebody tells it there."""
    keyboard: str = KEYBOARD
    kiosk: bool = True
    read_only_root: bool = False
    access_point: AccessPoint | None = None
    """The Wi-Fi for phones; None: the terminal cannot put one up."""


def join(ssid: str, passphrase: str, *, hidden: bool = False) -> Wifi:
    """Return a network to join by passphrase, or by 64 hexadecimal digits of PSK.

    Raises OfficeInputInvalid, which repeats neither.
    """
    if not 0 < len(ssid.encode()) <= MAX_SSID or not ssid.isprintable():
        raise _unfit(f"A network's name has 1 to {MAX_SSID} bytes, none of them a control.")
    if _PSK.fullmatch(passphrase):
        return Wifi(ssid, passphrase.lower(), hidden)
    if not _PASSPHRASE.fullmatch(passphrase):
        raise _unfit("A Wi-Fi passphrase has 8 to 63 letters, digits and signs of ASCII.")
    key = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), ssid.encode(), _PSK_ROUNDS, PSK_SIZE)
    return Wifi(ssid, key.hex(), hidden)


def host_name(terminal: str) -> str:
    """Return the host name that follows from a terminal's name. Raises OfficeInputInvalid."""
    return check_host(re.sub(r"[._]+", "-", terminal.lower()).strip("-"))


def check_host(name: str) -> str:
    """Return a host name. Raises OfficeInputInvalid."""
    if not _HOST.fullmatch(name):
        raise _unfit(f"{name!r} is no host name: 1 to 63 small letters, digits and hyphens.")
    return name


def check_terminal(name: str) -> str:
    """Return a terminal's name. Raises OfficeInputInvalid."""
    if not _NAME.fullmatch(name):
        raise _unfit(f"{name!r} is no terminal's name: up to 64 letters, digits, `.`, `-`, `_`.")
    return name


def check_keyboard(layout: str) -> str:
    """Return an XKB layout's name. Raises OfficeInputInvalid."""
    if not _KEYBOARD.fullmatch(layout):
        raise _unfit(f"{layout!r} is no keyboard layout such as `us`.")
    return layout


def ssh_keys(text: str) -> tuple[str, ...]:
    """Return the public keys of a .pub file, one a line. Raises OfficeInputInvalid.

    Options before a key are refused: they would be carried unseen.
    """
    lines = [line.strip() for line in text.splitlines()]
    keys = tuple(line for line in lines if line and not line.startswith("#"))
    if "PRIVATE KEY" in text:
        raise _unfit("That is a private SSH key; it must stay where it is. Give the .pub file.")
    if not keys or not all(_is_ssh_key(key) for key in keys):
        raise _unfit("That is no file of public SSH keys, such as id_ed25519.pub.")
    return keys


def read_claim(data: bytes, terminal: str | None, at: datetime) -> Claim:
    """Return a claim that is still good, of this terminal where one is named.

    Raises OfficeInputInvalid.
    """
    try:
        claim = Claim.read(data)
    except EdgeError as error:
        raise OfficeInputInvalid(error.message, next_step="Ask the office for another.") from error
    if datetime.fromisoformat(claim.until) <= at:
        raise OfficeInputInvalid(
            f"The claim of terminal {claim.terminal} was good until {claim.until}.",
            next_step="Ask the office for another.",
        )
    if terminal is not None and claim.terminal != terminal:
        raise OfficeInputInvalid(
            f"The claim is that of terminal {claim.terminal}, not of {terminal}.",
            next_step="Take this terminal's claim.",
        )
    return claim


def centre_of(claim: Claim) -> str:
    """Return the centre's address for terminals: `terminals.` in place of `enrol.`."""
    return claim.enrol.replace("https://enrol.", "https://terminals.", 1)


def roots_of(claim: Claim) -> str:
    """Return the claim's anchors as PEM."""
    return "".join(
        "-----BEGIN CERTIFICATE-----\n"
        f"{base64.encodebytes(anchor).decode('ascii')}"
        "-----END CERTIFICATE-----\n"
        for anchor in claim.anchors
    )


def _is_ssh_key(line: str) -> bool:
    kind, _, rest = line.partition(" ")
    blob = rest.partition(" ")[0]
    if len(line) > _MAX_SSH_KEY or not line.isprintable() or not _SSH_KINDS.fullmatch(kind):
        return False
    try:
        data = base64.b64decode(blob, validate=True)
    except (ValueError, binascii.Error):
        return False
    name = kind.encode()
    return data.startswith(len(name).to_bytes(4, "big") + name)


def _unfit(message: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(message, next_step="Correct it and try again; nothing was written.")
