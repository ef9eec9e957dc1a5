"""One frozen configuration, read once: `terminal.toml`, then `TRAMTHE_*` over it.

Lives here: every key, its type and its default. Not here: secrets (they lie in the state folder)
and what the values mean. The only place of `edge` that reads the environment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from edge.errors import ConfigInvalid

MAX_CONFIG = 64 * 1024  # bytes
MAX_DIGITS = 9  # of a number
PREFIX = "TRAMTHE_"
LOOPBACK = ("127.0.0.1", "localhost")
KEYBOARD = "keyboard:"
CATHODE, ANODE = "cathode", "anode"
PASSIVE, ACTIVE = "passive", "active"
_WORDS = "words"


def _says(words: str) -> dict[str, str]:
    """Give a key its sentence for people."""
    return {_WORDS: words}


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A scanner that types like a keyboard: its device's name, or a path."""

    place: str


@dataclass(frozen=True, slots=True)
class Config:
    """The terminal's configuration. Paths are absolute after reading."""

    terminal: str = field(metadata=_says("The terminal's name, as in its certificate."))
    state: Path = field(metadata=_says("Folder of everything the terminal keeps."))
    centre: str | None = field(
        default=None,
        metadata=_says(
            "Base URL of the centre, such as https://terminals.centre.example; without it nothing "
            "is sent. A terminal whose certificate has run out comes by `lapsed.` in place of "
            "`terminals.`."
        ),
    )
    centre_roots: Path | None = field(
        default=None,
        metadata=_says(
            "PEM file of the roots that the certificate of the centre's server is under; without "
            "it the system's."
        ),
    )
    listen: str = field(default="127.0.0.1", metadata=_says("Address of the pages; loopback only."))
    port: int = field(default=8080, metadata=_says("TCP port of the pages."))
    reader: str | None = field(
        default=None, metadata=_says("Part of a PC/SC reader's name; without it any.")
    )
    scanner: Path | Keyboard | None = field(
        default=None,
        metadata=_says(
            "The scanner: a serial device's path; or `keyboard:` and the name, or the path under "
            "/dev/input/by-id, of one that types like a keyboard."
        ),
    )
    lamp_pins: tuple[int, ...] = field(
        default=(),
        metadata=_says(
            "GPIO (BCM) numbers of the lamp's red, green and blue leads; "
            "one number for a lamp of one colour."
        ),
    )
    lamp_common: str = field(
        default=CATHODE,
        metadata=_says("The lamp's common lead: `cathode` (lit by 3.3 V) or `anode` (lit by 0 V)."),
    )
    buzzer_pin: int | None = field(default=None, metadata=_says("GPIO (BCM) number of the buzzer."))
    buzzer: str = field(
        default=PASSIVE,
        metadata=_says(
            "Kind: `passive` (a piezo, plays tones) or `active` (one tone, on and off)."
        ),
    )
    volume: int = field(
        default=100,
        metadata=_says("Per cent; an active buzzer cannot sound softer, so it sounds shorter."),
    )
    silent: bool = field(
        default=False, metadata=_says("Never sound the buzzer; the lamp tells all the same.")
    )
    idle_minutes: int = field(
        default=10, metadata=_says("Minutes after which a desk that nobody touches is locked.")
    )
    test_card: str | None = field(
        default=None,
        metadata=_says(
            "Number on the card that is kept for trying the terminal out: it is read and judged "
            "as any other, and never counts."
        ),
    )
    volatile_state: bool = field(
        default=False,
        metadata=_says(
            "Record although the state folder does not outlive a power cut (in memory, an "
            "overlay): only to try the terminal out."
        ),
    )
    sync_seconds: int = field(
        default=300, metadata=_says("Longest pause between two tries to reach the centre.")
    )
    sticks: tuple[Path, ...] = field(
        default=(Path("/media"), Path("/run/media")),
        metadata=_says("Folders below which the system mounts sticks; on none other is copied."),
    )
    repository: str | None = field(
        default=None,
        metadata=_says(
            "Base URL of the repository of lists, trust list and software; without it nothing is "
            "fetched, and they come by stick."
        ),
    )
    repository_roots: Path | None = field(
        default=None,
        metadata=_says(
            "PEM file of the roots that the certificate of the repository's server is under; "
            "without it the system's."
        ),
    )
    repository_minutes: int = field(
        default=360, metadata=_says("Minutes between two looks into the repository.")
    )


def describe_keys() -> list[tuple[str, str]]:
    """Return each key with what it means and its default, for a person who writes the file."""
    return [(key.name, f"{key.metadata[_WORDS]}{_default(key.default)}") for key in fields(Config)]


def _default(value: object) -> str:
    if value is MISSING:
        return " [required]"
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return f" [default: {', '.join(str(one) for one in value)}]"
    return f" [default: {str(value).lower() if isinstance(value, bool) else value}]"


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration. Raises ConfigInvalid naming key, fault and fix."""
    values: dict[str, Any] = {}
    if path is not None:
        values.update(_file(path))
    known = {field.name for field in fields(Config)}
    for name, text in environ.items():
        key = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and key in known:
            values[key] = text
    for key in values:
        if key not in known:
            raise ConfigInvalid(
                f"The key `{key}` is not known.",
                next_step=f"Remove it, or use one of: {', '.join(sorted(known))}.",
            )
    for key in ("terminal", "state"):
        if key not in values:
            raise ConfigInvalid(
                f"The key `{key}` is missing.",
                next_step=f"Set `{key}` in terminal.toml or {PREFIX}{key.upper()}.",
            )
    return Config(**{key: _convert(key, value) for key, value in values.items()})


def _file(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigInvalid(
            f"{path} cannot be read ({error.strerror}).",
            next_step="Name the configuration file with --config.",
        ) from error
    if len(data) > MAX_CONFIG:
        raise ConfigInvalid(f"{path} is too large.", next_step="Give a terminal.toml file.")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigInvalid(
            f"{path} is not a text file.", next_step="Give a terminal.toml file, in UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"{path}: {error}.", next_step="Mend that line.") from error
    except RecursionError as error:
        raise ConfigInvalid(
            f"{path} is nested too deeply.", next_step="Give a terminal.toml file."
        ) from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("a text on one line")
    return value.strip()


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        text = str(value).strip() if isinstance(value, int | str) else ""
        number = int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None
        if number is None or not low <= number <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return number

    return convert


def _path(value: Any) -> Path:
    try:
        return Path(_text(value)).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("a path; the home folder after its `~` is not known") from error


def _paths(value: Any) -> tuple[Path, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise ValueError("a list of paths")
    return tuple(_path(part) for part in parts)


def _scanner(value: Any) -> Path | Keyboard:
    text = _text(value)
    if not text.startswith(KEYBOARD):
        return _path(text)
    place = text.removeprefix(KEYBOARD).strip()
    if not place:
        raise ValueError(f"a device's name or path after `{KEYBOARD}`")
    return Keyboard(place)


def _loopback(value: Any) -> str:
    """Pages without TLS and without a login are for this machine alone (DESIGN section 10)."""
    text = _text(value)
    if text not in LOOPBACK:
        raise ValueError(f"one of {', '.join(LOOPBACK)}; other machines come through a TLS proxy")
    return text


def _url(value: Any) -> str:
    text = _text(value)
    if not text.startswith(("http://", "https://")):
        raise ValueError("an address beginning http:// or https://")
    return text.rstrip("/")


def _pins(value: Any) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) not in (0, 1, 3):
        raise ValueError("a list of three GPIO numbers (red, green, blue), or of one")
    pins = tuple(_whole(0, 27)(part) for part in parts)
    if len(set(pins)) < len(pins):
        raise ValueError("GPIO numbers that differ")
    return pins


def _one_of(*known: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        text = _text(value)
        if text not in known:
            raise ValueError(f"one of {', '.join(known)}")
        return text

    return convert


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "1", "yes"):
        return True
    if value in ("false", "0", "no"):
        return False
    raise ValueError("true or false")


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "terminal": _text,
    "state": _path,
    "centre": _url,
    "centre_roots": _path,
    "repository_roots": _path,
    "listen": _loopback,
    "port": _whole(1, 65535),
    "reader": _text,
    "scanner": _scanner,
    "lamp_pins": _pins,
    "lamp_common": _one_of(CATHODE, ANODE),
    "buzzer_pin": _whole(0, 27),
    "buzzer": _one_of(PASSIVE, ACTIVE),
    "volume": _whole(1, 100),
    "silent": _flag,
    "idle_minutes": _whole(1, 120),
    "test_card": _text,
    "volatile_state": _flag,
    "sync_seconds": _whole(1, 86400),
    "sticks": _paths,
    "repository": _url,
    "repository_minutes": _whole(1, 10080),
}


def _convert(key: str, value: Any) -> Any:
    try:
        return _CONVERT[key](value)
    except ValueError as error:
        raise ConfigInvalid(
            f"The key `{key}` has a value that cannot be used.",
            next_step=f"It needs {error}.",
        ) from error
