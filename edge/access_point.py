"""The terminal's own Wi-Fi: whether an address is that of an access point which this machine runs.

Lives here: looks at the machine's network interfaces, at the moment they are asked for. Not here:
what is listened on there (`edge.web.serving`), the words for people (`edge.web.words`), putting it
up under WPA3 and keeping others off the air (`edge.phones`).
Sources: netdevice(7), linux/wireless.h (SIOCGIWMODE), Linux sysfs class net.

Phones reach the pages in the clear over the air, so that whoever is on the same network could read
along. An address in somebody else's network, by cable or by joining it, is refused for that.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Callable
from enum import StrEnum, unique
from pathlib import Path

INTERFACES = Path("/sys/class/net")
MAX_INTERFACES = 64  # looked at
SIOCGIFADDR = 0x8915
SIOCGIWMODE = 0x8B07
MASTER = 3
"""IW_MODE_MASTER: the interface is the access point, and not one who joined it."""
_NAME_SIZE = 16  # bytes, IFNAMSIZ
_REQUEST_SIZE = 40  # bytes of a struct ifreq


@unique
class AccessPointFault(StrEnum):
    """Why the pages are not listened for at the address of an access point. Stable codes."""

    ABSENT = "ACCESS_POINT_ABSENT"
    """No interface of this machine has the address."""
    NOT_WIRELESS = "ACCESS_POINT_NOT_WIRELESS"
    JOINED = "ACCESS_POINT_JOINED"
    """This machine joined somebody's network there, and does not run it."""
    HELPER_ABSENT = "ACCESS_POINT_HELPER_ABSENT"
    """Nobody of this machine puts an access point up for the terminal."""
    NOT_STARTED = "ACCESS_POINT_NOT_STARTED"
    """It was asked for, and did not come up: no radio, or none that takes SAE."""
    NAMED_OTHERWISE = "ACCESS_POINT_NAMED_OTHERWISE"
    """It has another name than terminal.toml says, so that no QR code leads to it."""
    CLOSED = "ACCESS_POINT_CLOSED"
    """The pages cannot be listened for there."""
    LOST = "ACCESS_POINT_LOST"
    """It was up, and went down by itself."""


def address_of(interface: str) -> str | None:
    """Return the IPv4 address of an interface, None where it has none."""
    answer = _ask(interface, SIOCGIFADDR)
    return None if answer is None else socket.inet_ntoa(answer[20:24])


def mode_of(interface: str) -> int | None:
    """Return in which mode a wireless interface is, None for one that is not wireless."""
    answer = _ask(interface, SIOCGIWMODE)
    return None if answer is None else int(struct.unpack_from("=I", answer, _NAME_SIZE)[0])


def fault_of(
    address: str,
    *,
    interfaces: Path = INTERFACES,
    address_of: Callable[[str], str | None] = address_of,
    mode_of: Callable[[str], int | None] = mode_of,
) -> AccessPointFault | None:
    """Return why this is no address of an access point of ours, None where it is one."""
    try:
        names = sorted(one.name for one in interfaces.iterdir())[:MAX_INTERFACES]
    except OSError:
        return AccessPointFault.ABSENT
    own = next((name for name in names if address_of(name) == address), None)
    if own is None:
        return AccessPointFault.ABSENT
    mode = mode_of(own)
    if mode is None:
        return AccessPointFault.NOT_WIRELESS
    return None if mode == MASTER else AccessPointFault.JOINED


def _ask(interface: str, request: int) -> bytes | None:
    name = interface.encode()[: _NAME_SIZE - 1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            return fcntl.ioctl(asking, request, name.ljust(_REQUEST_SIZE, b"\0"))
        except OSError:
            return None
