"""One frozen configuration, read once: `terminal.toml`, then `TRAMTHE_*` over it.

Lives here: every key, with its sentence, its kind and its default; all else about keys follows from
this (reading, the commented file, the schema). Not here: secrets (they lie in the state folder) and
what the terminal makes of a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.config import kinds
from edge.config.kinds import Keyboard, Kind

__all__ = ["Config", "Keyboard"]

PREFIX = "TRAMTHE_"
LOOPBACK = ("127.0.0.1", "localhost")
CATHODE, ANODE = "cathode", "anode"
WPA3 = "wpa3"
PASSIVE, ACTIVE = "passive", "active"
KEY_FILE, KEY_CREDENTIAL, KEY_TOKEN = "file", "systemd-creds", "pkcs11"
WORDS, KIND, EXAMPLE = "words", "kind", "example"


def _is(kind: Kind, words: str, example: object = None) -> dict[str, Any]:
    """Say what a key takes, what it is for, and what could stand there where no default does."""
    return {KIND: kind, WORDS: words, EXAMPLE: example}


@dataclass(frozen=True, slots=True)
class Config:
    """The terminal's configuration. Paths are absolute after reading."""

    terminal: str = field(
        metadata=_is(kinds.name(), "The terminal's name, as in its certificate.", "tram-001")
    )
    state: Path = field(
        metadata=_is(kinds.path(), "Folder of everything the terminal keeps.", "/var/lib/tramthe")
    )
    centre: str | None = field(
        default=None,
        metadata=_is(
            kinds.secure_address(),
            "Base URL of the centre, such as https://terminals.centre.example; without it nothing "
            "is sent. A terminal whose certificate has run out comes by `lapsed.` in place of "
            "`terminals.`.",
            "https://terminals.centre.example",
        ),
    )
    centre_roots: Path | None = field(
        default=None,
        metadata=_is(
            kinds.path(),
            "PEM file of the roots that the certificate of the centre's server is under; without "
            "it the system's.",
            "/etc/tramthe/centre-roots.pem",
        ),
    )
    key_kind: str = field(
        default=KEY_FILE,
        metadata=_is(
            kinds.choice(KEY_FILE, KEY_CREDENTIAL, KEY_TOKEN),
            "How the terminal keeps the next private key that it makes: in a file, in one that "
            "systemd seals to this machine, or in a token. A key that is there stays as it is.",
        ),
    )
    key_module: Path | None = field(
        default=None,
        metadata=_is(
            kinds.path(),
            "PKCS #11 module of the token.",
            "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        ),
    )
    key_token: str | None = field(
        default=None, metadata=_is(kinds.text(), "Label of the token.", "tramthe")
    )
    key_pin_file: Path | None = field(
        default=None,
        metadata=_is(
            kinds.path(),
            "File with the token's PIN, which only the service reads; without it the credential "
            "`pkcs11-pin` of its unit.",
            "/etc/tramthe/token.pin",
        ),
    )
    listen: str = field(
        default="127.0.0.1",
        metadata=_is(kinds.loopback(*LOOPBACK), "Address of the pages; loopback only."),
    )
    port: int = field(default=8080, metadata=_is(kinds.whole(1, 65535), "TCP port of the pages."))
    counter_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_is(
            kinds.host_values(),
            "Host values under which nginx on this machine hands requests from the counter's PCs "
            "on; `tramthe provision counter` writes the line. The first is shown for pairing.",
            ["tram-1.local:8443"],
        ),
    )
    centre_questions: bool = field(
        default=False,
        metadata=_is(
            kinds.flag(),
            "Whether back offices that cannot reach this terminal may ask for a card by way of the "
            "centre; which ones, the centre says.",
        ),
    )
    access_point: str | None = field(
        default=None,
        metadata=_is(
            kinds.private_address(),
            "Address of the terminal's own Wi-Fi, where phones that joined it may be desks. The "
            "network is put up when the desk first wants a phone and taken down with the meeting; "
            "the pages are listened for there while this machine runs it itself.",
            "192.168.50.1",
        ),
    )
    access_point_name: str | None = field(
        default=None,
        metadata=_is(
            kinds.ssid(),
            "Name of that Wi-Fi; without it `TramThe` and the terminal's name. Phones join by the "
            "QR code on the terminal's screen, under a passphrase that is made for each meeting "
            "and kept nowhere.",
            "TramThe 99-0417",
        ),
    )
    access_point_security: str | None = field(
        default=None,
        metadata=_is(
            kinds.choice(WPA3),
            "Declares that this Wi-Fi takes WPA3 (SAE) alone, as `provision` sets it up: nothing "
            "else protects a PIN on its way from a phone.",
            WPA3,
        ),
    )
    reader: str | None = field(
        default=None,
        metadata=_is(kinds.text(), "Part of a PC/SC reader's name; without it any.", "ACR1252"),
    )
    scanner: Path | Keyboard | None = field(
        default=None,
        metadata=_is(
            kinds.scanner(),
            "The scanner: a serial device's path; or `keyboard:` and the name, or the path under "
            "/dev/input/by-id, of one that types like a keyboard.",
            "/dev/ttyACM0",
        ),
    )
    lamp_pins: tuple[int, ...] = field(
        default=(),
        metadata=_is(
            kinds.pins(),
            "GPIO (BCM) numbers of the lamp's red, green and blue leads; "
            "one number for a lamp of one colour.",
            [17, 27, 22],
        ),
    )
    lamp_common: str = field(
        default=CATHODE,
        metadata=_is(
            kinds.choice(CATHODE, ANODE),
            "The lamp's common lead: `cathode` (lit by 3.3 V) or `anode` (lit by 0 V).",
        ),
    )
    buzzer_pin: int | None = field(
        default=None, metadata=_is(kinds.pin(), "GPIO (BCM) number of the buzzer.", 18)
    )
    buzzer: str = field(
        default=PASSIVE,
        metadata=_is(
            kinds.choice(PASSIVE, ACTIVE),
            "Kind: `passive` (a piezo, plays tones) or `active` (one tone, on and off).",
        ),
    )
    volume: int = field(
        default=100,
        metadata=_is(
            kinds.whole(1, 100),
            "Per cent; an active buzzer cannot sound softer, so it sounds shorter.",
        ),
    )
    silent: bool = field(
        default=False,
        metadata=_is(kinds.flag(), "Never sound the buzzer; the lamp tells all the same."),
    )
    button_pin: int | None = field(
        default=None,
        metadata=_is(
            kinds.pin(),
            "GPIO (BCM) number of the status button, which joins it to ground: held for 5 s, the "
            "terminal looks at itself and shows the result on lamp and screen.",
            23,
        ),
    )
    idle_minutes: int = field(
        default=10,
        metadata=_is(
            kinds.whole(1, 120), "Minutes after which a desk that nobody touches is locked."
        ),
    )
    test_card: str | None = field(
        default=None,
        metadata=_is(
            kinds.text(),
            "Number on the card that is kept for trying the terminal out: it is read and judged "
            "as any other, and never counts.",
            "000000000000",
        ),
    )
    volatile_state: bool = field(
        default=False,
        metadata=_is(
            kinds.flag(),
            "Record although the state folder does not outlive a power cut (in memory, an "
            "overlay): only to try the terminal out.",
        ),
    )
    sync_seconds: int = field(
        default=300,
        metadata=_is(kinds.whole(1, 86400), "Longest pause between two tries to reach the centre."),
    )
    sticks: tuple[Path, ...] = field(
        default=(Path("/media"), Path("/run/media")),
        metadata=_is(
            kinds.paths(),
            "Folders below which the system mounts sticks; on none other is copied.",
        ),
    )
    repository: str | None = field(
        default=None,
        metadata=_is(
            kinds.web_address(),
            "Base URL of the repository of lists, trust list and software; without it nothing is "
            "fetched, and they come by stick.",
            "https://repository.centre.example",
        ),
    )
    repository_roots: Path | None = field(
        default=None,
        metadata=_is(
            kinds.path(),
            "PEM file of the roots that the certificate of the repository's server is under; "
            "without it the system's.",
            "/etc/tramthe/repository-roots.pem",
        ),
    )
    repository_minutes: int = field(
        default=360,
        metadata=_is(kinds.whole(1, 10080), "Minutes between two looks into the repository."),
    )
    software: Path | None = field(
        default=None,
        metadata=_is(
            kinds.path(),
            "Folder where root keeps later versions of the program (docs/updates.md); without it "
            "the terminal asks for none.",
            "/var/lib/tramthe-software",
        ),
    )
