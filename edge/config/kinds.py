"""What a key of `terminal.toml` takes: type, form and range, said once for everybody who asks.

Lives here: the kinds of value, each as a conversion, as words for people, and as JSON Schema. Not
here: which key is of which kind (`edge.config`), where a value came from (`edge.config.read`).
Source: TOML 1.0; JSON Schema, draft 2020-12.

A file's value has the type that TOML gives it and is taken as no other: `"8080"` is a text and no
port. A variable's is text, which `parse` turns into what a file would have held.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEYBOARD = "keyboard:"
MAX_DIGITS = 9  # of a number
MAX_HOSTS = 16
MAX_SSID = 32  # bytes (IEEE 802.11-2020 section 9.4.2.2)
GPIO = 27  # the highest BCM number on the header
_ON_ONE_LINE = r"^[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(:[0-9]{1,5})?"
_HOST_VALUE = (
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]+\])"
    r"(:(?!443$)[1-9][0-9]{0,4})?$"
)
_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PRIVATE = rf"^(10\.{_BYTE}|172\.(1[6-9]|2[0-9]|3[01])|192\.168)\.{_BYTE}\.{_BYTE}$"
_SSID = rf"^(?! )[ -~]{{1,{MAX_SSID}}}(?<! )$"
_PATH = r"(/[^\s?#]*)?$"
_HERE = r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?"
_ANYWHERE = rf"^https?://{_HOST}{_PATH}"
_SECURE = rf"^(https://{_HOST}|http://{_HERE}){_PATH}"
_INPUTS = "/dev/input/"
_SERIAL = "/dev/tty"
_SCANNER = (
    rf"^(?!\s*{_INPUTS})(?!\s*{KEYBOARD}\s*$)(?!\s*{KEYBOARD}\s*{_SERIAL})"
    rf"{_ON_ONE_LINE.removeprefix('^')}"
)


@dataclass(frozen=True, slots=True)
class Keyboard:
    """A scanner that types like a keyboard: its device's name, or a path."""

    place: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value."""

    needs: str
    """What a value has to be, as it goes on after "It needs"."""
    convert: Callable[[Any], Any]
    """Return what the terminal makes of a file's value. Raises ValueError with what it needs."""
    parse: Callable[[str], Any]
    """Return what a file would hold in place of a variable's text."""
    schema: Mapping[str, Any]
    """JSON Schema of a file's value."""


def _same(text: str) -> str:
    return text.strip()


def _matching(pattern: str, needs: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if not isinstance(value, str) or not value.isprintable() or not re.search(pattern, value):
            raise ValueError(needs)
        return value

    return convert


def _of_text(needs: str, pattern: str, finish: Callable[[str], Any] = _same) -> Kind:
    check = _matching(pattern, needs)
    return Kind(
        needs, lambda value: finish(check(value)), _same, {"type": "string", "pattern": pattern}
    )


def _in_words(plain: Kind, needs: str) -> Kind:
    """Return a kind that takes the same, in other words."""

    def convert(value: Any) -> Any:
        try:
            return plain.convert(value)
        except ValueError:
            raise ValueError(needs) from None

    return Kind(needs, convert, plain.parse, plain.schema)


def text() -> Kind:
    """Return the kind of one line of text."""
    return _of_text("a text on one line, in quotes", _ON_ONE_LINE)


def name() -> Kind:
    """Return the kind of a terminal's name, as it stands in events and certificates."""
    return _of_text("up to 64 Latin letters, digits and `.`, `-`, `_`, no spaces, in quotes", _NAME)


def path() -> Kind:
    """Return the kind of a path; `~` is the home folder of whoever runs the terminal."""
    return _of_text("a path, in quotes", _ON_ONE_LINE, _absolute)


def _absolute(value: str) -> Path:
    try:
        return Path(value.strip()).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("a path; the home folder after its `~` is not known") from error


def paths() -> Kind:
    """Return the kind of a list of paths; in a variable, with commas between them."""
    one = path()
    needs = "a list of paths, each in quotes, in square brackets"

    def convert(value: Any) -> tuple[Path, ...]:
        if not isinstance(value, list):
            raise ValueError(needs)
        return tuple(one.convert(part) for part in value)

    return Kind(needs, convert, _split, {"type": "array", "items": one.schema})


def host_values() -> Kind:
    """Return the kind of a list of exact Host values (RFC 9110 section 7.2)."""
    needs = (
        f"a list of at most {MAX_HOSTS} names or addresses as they stand in the browser's address "
        "bar, in small letters, each with its port unless that is 443, in quotes, in square "
        'brackets: ["tram-1.local:8443"]'
    )
    one = _matching(_HOST_VALUE, needs)

    def convert(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > MAX_HOSTS:
            raise ValueError(needs)
        found = tuple(one(part) for part in value)
        if len(set(found)) < len(found):
            raise ValueError(needs)
        return found

    items = {"type": "string", "pattern": _HOST_VALUE}
    schema = {"type": "array", "items": items, "maxItems": MAX_HOSTS, "uniqueItems": True}
    return Kind(needs, convert, _split, schema)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")] if value.strip() else []


def whole(low: int, high: int) -> Kind:
    """Return the kind of a whole number from `low` to `high`."""
    needs = f"a whole number from {low} to {high}, without quotes"

    def convert(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(needs)
        return value

    return Kind(needs, convert, _number, {"type": "integer", "minimum": low, "maximum": high})


def _number(value: str) -> int | str:
    digits = value.strip()
    return int(digits) if digits.isdecimal() and len(digits) <= MAX_DIGITS else value


def pins() -> Kind:
    """Return the kind of a lamp's leads."""
    needs = (
        f"three GPIO (BCM) numbers that differ, red, green and blue, or one: [17, 27, 22]; each "
        f"from 0 to {GPIO}, which are not the numbers of the header's pins"
    )
    schema = {
        "type": "array",
        "items": {"type": "integer", "minimum": 0, "maximum": GPIO},
        "uniqueItems": True,
        "anyOf": [{"maxItems": 1}, {"minItems": 3, "maxItems": 3}],
    }

    def convert(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) not in (0, 1, 3):
            raise ValueError(needs)
        try:
            found = tuple(pin().convert(part) for part in value)
        except ValueError:
            raise ValueError(needs) from None
        if len(set(found)) < len(found):
            raise ValueError(needs)
        return found

    return Kind(needs, convert, lambda value: [_number(one) for one in _split(value)], schema)


def pin() -> Kind:
    """Return the kind of one GPIO number."""
    return _in_words(
        whole(0, GPIO),
        f"a GPIO (BCM) number from 0 to {GPIO}, without quotes, which is not the number of the "
        "header's pin",
    )


def choice(*known: str) -> Kind:
    """Return the kind of one of some words."""
    needs = f"one of {', '.join(known)}, in quotes"

    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(needs)
        return value

    return Kind(needs, convert, _same, {"enum": list(known)})


def loopback(*hosts: str) -> Kind:
    """Return the kind of the pages' address: without TLS and login they are for this machine."""
    plain = choice(*hosts)
    return _in_words(plain, f"{plain.needs}; other machines come through a TLS proxy")


def private_address() -> Kind:
    """Return the kind of an IPv4 address of a private network (RFC 1918)."""
    return _of_text(
        "an IPv4 address in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, in quotes", _PRIVATE
    )


def ssid() -> Kind:
    """Return the kind of a Wi-Fi's name that every phone's camera reads alike from a QR code."""
    return _of_text(
        f"1 to {MAX_SSID} Latin letters without accents, digits and signs, no space at either end, "
        "in quotes",
        _SSID,
        str,
    )


def flag() -> Kind:
    """Return the kind of yes and no."""
    needs = "true or false, in small letters and without quotes"
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

    def convert(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(needs)
        return value

    return Kind(needs, convert, lambda value: words.get(value.strip(), value), {"type": "boolean"})


def web_address() -> Kind:
    """Return the kind of an address whose goods are signed: it need not be secret."""
    return _of_text(
        "an address beginning https:// or http://, without a login or a question mark, in quotes",
        _ANYWHERE,
        _base,
    )


def secure_address() -> Kind:
    """Return the kind of an address that TLS protects, save on this machine itself."""
    return _of_text(
        "an address beginning https:// (http:// on this machine alone), without a login or a "
        "question mark, in quotes",
        _SECURE,
        _base,
    )


def _base(value: str) -> str:
    return value.strip().rstrip("/")


def scanner() -> Kind:
    """Return the kind of where a scanner is: a serial device, or a keyboard."""
    return _of_text(
        f"a serial device's path such as /dev/ttyACM0, or `{KEYBOARD}` and a device's name or its "
        f"path under {_INPUTS}, in quotes",
        _SCANNER,
        _place,
    )


def _place(value: str) -> Path | Keyboard:
    place = value.strip()
    if place.startswith(KEYBOARD):
        return Keyboard(place.removeprefix(KEYBOARD).strip())
    return _absolute(place)
