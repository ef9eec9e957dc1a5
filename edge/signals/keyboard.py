"""A scanner that types like a keyboard, taken for the terminal alone.

Lives here: finding the device, grabbing it (EVIOCGRAB, so that no browser or console sees a
digit of what is scanned), and turning keys into lines by the US layout, whatever layout and input
method the machine has. Not here: when it is opened again (`scanner`), what a line means and how
far one is trusted whose letters came out wrong (`edge.tap.access`, `edge.tap.mangled`). Codes are
those of Linux, `linux/input-event-codes.h`; the device is read through `evdev`, which is optional.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from edge.signals.scanner import MAX_LINE

DEVICES = Path("/dev/input")
NAMES = Path("/sys/class/input")
MANGLED = "\ufffd"
"""A key that is no character of the US layout: Alt codes, Ctrl chords, keys of other layouts."""

EV_SYN, SYN_DROPPED = 0x00, 3
EV_KEY, PRESSED, RELEASED = 0x01, 1, 0
ENTER, KEYPAD_ENTER = 28, 96
SHIFTS = frozenset({42, 54})
CHORDS = frozenset({29, 97, 56, 100, 125, 126})
"""Ctrl, Alt and Meta, left and right."""
_SILENT = frozenset({58, 69, 70})
"""Caps, Num and Scroll Lock: say nothing about the line."""

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
)
_KEYPAD = {55: "*", 98: "/", 83: "."} | dict(enumerate("789-456+1230", 71))
PLAIN = {first + i: c for first, row, _ in _ROWS for i, c in enumerate(row)} | _KEYPAD
SHIFTED = {first + i: c for first, _, row in _ROWS for i, c in enumerate(row)} | _KEYPAD
"""Character of each key code."""

_log = logging.getLogger(__name__)


class KeyEvent(Protocol):
    """What is used of an `evdev.InputEvent`."""

    @property
    def type(self) -> int:
        """Return the kind: a key, a mark between events, another thing."""

    @property
    def code(self) -> int:
        """Return which key."""

    @property
    def value(self) -> int:
        """Return 1 for down, 0 for up, 2 for held."""


class KeyDevice(Protocol):
    """What is used of an `evdev.InputDevice`."""

    def fileno(self) -> int:
        """Return what to wait on."""

    def read(self) -> Iterable[KeyEvent]:
        """Return the events that have come. Raises OSError for a device lost."""

    def grab(self) -> None:
        """Take the device for this program alone. Raises OSError where another has it."""

    def close(self) -> None:
        """Give the device back."""


class KeyCutter:
    """Turns key events into lines; a line ends with Enter.

    A line is dropped that is empty, too long, or of which the kernel lost events.
    """

    def __init__(self) -> None:
        self._partial: list[str] = []
        self._down: set[int] = set()
        self._spoilt = False

    def feed(self, events: Iterable[KeyEvent]) -> list[str]:
        """Return the lines that `events` complete."""
        lines: list[str] = []
        for event in events:
            if event.type == EV_SYN and event.code == SYN_DROPPED:
                self._spoilt = True
                self._down.clear()
            if event.type != EV_KEY:
                continue
            if event.code in SHIFTS | CHORDS:
                (self._down.discard if event.value == RELEASED else self._down.add)(event.code)
            elif event.value == PRESSED and event.code not in _SILENT:
                line = self._press(event.code)
                if line:
                    lines.append(line)
        return lines

    def forget(self) -> None:
        """Begin a new line."""
        self._partial.clear()
        self._spoilt = False

    def _press(self, code: int) -> str | None:
        """Add the character of this key; return the line that it ends."""
        if code in (ENTER, KEYPAD_ENTER):
            text, spoilt = "".join(self._partial), self._spoilt
            self.forget()
            if spoilt:
                _log.info("a scanner line with keys lost, or too many of them, was dropped")
            return None if spoilt else text
        if self._down & CHORDS:
            character = MANGLED
        else:
            character = (SHIFTED if self._down & SHIFTS else PLAIN).get(code, MANGLED)
        if len(self._partial) < MAX_LINE:
            self._partial.append(character)
        else:
            self._spoilt = True
        return None


class Keyboard:
    """A grabbed device as a `scanner.Source`."""

    def __init__(self, device: KeyDevice) -> None:
        self._device = device
        self._cutter = KeyCutter()

    def fileno(self) -> int:
        """Return the device's file descriptor."""
        return self._device.fileno()

    def take(self) -> list[str]:
        """Return the lines that have come. Raises OSError for a device lost."""
        return self._cutter.feed(self._device.read())

    def forget(self) -> None:
        """Drop half a line."""
        self._cutter.forget()


def open_device(path: Path) -> KeyDevice:
    """Open an input device. Raises OSError, and ImportError where `evdev` is not installed."""
    from evdev import InputDevice  # optional: only a terminal with such a scanner needs it

    device: KeyDevice = InputDevice(str(path))
    return device


@contextmanager
def grabbed(device: KeyDevice) -> Iterator[Keyboard]:
    """Grab the device, drop what was typed before, and close it at the end. Raises OSError."""
    try:
        device.grab()
        _drop_earlier(device)
        yield Keyboard(device)
    finally:
        device.close()


@contextmanager
def attach(place: str) -> Iterator[Keyboard]:
    """Open and grab the keyboard at `place` (see `find`). Raises OSError, ImportError."""
    with grabbed(open_device(find(place))) as keyboard:
        yield keyboard


def find(place: str, *, names: Path = NAMES, devices: Path = DEVICES) -> Path:
    """Return the device at a path, or the first of this name. FileNotFoundError for none.

    Names are read from sysfs, which needs no right to the devices themselves.
    """
    if place.startswith("/"):
        return Path(place)
    for entry in sorted(names.glob("event*"), key=lambda entry: (len(entry.name), entry.name)):
        try:
            name = (entry / "device" / "name").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if name.strip() == place:
            return devices / entry.name
    raise FileNotFoundError("no input device of this name")


def _drop_earlier(device: KeyDevice) -> None:
    try:
        for _ in device.read():
            pass
    except BlockingIOError:
        return
