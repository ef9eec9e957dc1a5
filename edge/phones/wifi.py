"""The terminal's own Wi-Fi as phones meet it: its name, a passphrase for one meeting, the QR text.

Lives here: rules over values. Not here: putting it on the air (`helper`), drawing (`edge.web`).
Sources: IEEE 802.11-2020 section 9.4.2.2 (SSID) and 12.4 (SAE); WPA3 Specification 3.3, section 7
(`WIFI:` URI), in the form that phones' cameras read: `T:SAE` for a network of SAE alone, and a
backslash before what the URI gives a meaning (ZXing, "Barcode Contents").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DIGITS = 16
"""53 bits. SAE lets somebody try one passphrase with each handshake and none afterwards, and this
one is good for one meeting: what counts beyond that is that it can be read aloud, in any accent,
and typed on a phone without changing the keyboard."""
MAX_SSID = 32  # bytes
_CALLED = "TramThe "
_RANDOM = 16  # bytes: what is left over beyond 10 ** DIGITS favours no passphrase
_MEANT = str.maketrans({sign: f"\\{sign}" for sign in '\\;,:"'})


@dataclass(frozen=True, slots=True)
class OwnWifi:
    """The network as terminal.toml has it: its name (SSID), and the Host value of phones on it."""

    name: str
    host: str

    @property
    def address(self) -> str:
        """Return the terminal's address there."""
        return self.host.rpartition(":")[0]

    @property
    def octets(self) -> str:
        """Return the name as NetworkManager's files have it (nm-settings-keyfile(5))."""
        return "".join(f"{byte};" for byte in self.name.encode())


def name_of(terminal: str) -> str:
    """Return what the network is called where nothing else is said: two in one hall differ."""
    room = MAX_SSID - len(_CALLED)
    return f"{_CALLED}{terminal[-room:]}"


def make_passphrase(randomness: Callable[[int], bytes]) -> str:
    """Return `DIGITS` digits. `randomness` returns so many bytes."""
    return f"{int.from_bytes(randomness(_RANDOM)) % 10**DIGITS:0{DIGITS}d}"


def qr_text(name: str, passphrase: str) -> str:
    """Return what a phone's camera joins a network of SAE alone by."""
    return f"WIFI:T:SAE;S:{name.translate(_MEANT)};P:{passphrase.translate(_MEANT)};;"
