"""One frozen configuration, read once: `terminal.toml`, then `TRAMTHE_*` over it.

Lives here: every key, its type and its default. Not here: secrets (they lie in the state folder)
and what the values mean. The only place of `edge` that reads the environment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from edge.errors import ConfigInvalid

MAX_CONFIG = 64 * 1024  # bytes
PREFIX = "TRAMTHE_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Config:
    """The terminal's configuration. Paths are absolute after reading."""

    terminal: str
    """The terminal's name, as in its certificate."""
    state: Path
    """Folder of everything the terminal keeps."""
    centre: str | None = None
    """Base URL of the centre; None for a terminal that never syncs by network."""
    listen: str = "127.0.0.1"
    port: int = 8080
    reader: str | None = None
    """Part of a PC/SC reader's name; None takes the first."""
    scanner: Path | None = None
    """Serial scanner's device."""
    lamp_pins: tuple[int, ...] = ()
    """GPIO (BCM) numbers of the red, green and blue leads; empty without a lamp."""
    buzzer_pin: int | None = None
    silent: bool = False
    sync_seconds: int = 300
    """Longest pause between two tries to reach the centre."""


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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: {error}.", next_step="Mend that line.") from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("a text on one line")
    return value.strip()


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        number = int(value) if not isinstance(value, bool) else -1
        if not low <= number <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return number

    return convert


def _path(value: Any) -> Path:
    return Path(_text(value)).expanduser().absolute()


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
    pins = tuple(_whole(0, 27)(part) for part in parts)
    if len(pins) not in (0, 3):
        raise ValueError("three GPIO numbers: red, green, blue")
    return pins


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
    "listen": _loopback,
    "port": _whole(1, 65535),
    "reader": _text,
    "scanner": _path,
    "lamp_pins": _pins,
    "buzzer_pin": _whole(0, 27),
    "silent": _flag,
    "sync_seconds": _whole(1, 86400),
}


def _convert(key: str, value: Any) -> Any:
    try:
        return _CONVERT[key](value)
    except (ValueError, TypeError) as error:
        raise ConfigInvalid(
            f"The key `{key}` has a value that cannot be used.",
            next_step=f"It needs {error}.",
        ) from error
