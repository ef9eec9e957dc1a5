"""A scanner that types like a keyboard: keys to lines, the device found, grabbed, lost, found."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import queue
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.signals.keyboard import (
    CHORDS,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYPAD_ENTER,
    MANGLED,
    PLAIN,
    PRESSED,
    RELEASED,
    SHIFTED,
    SHIFTS,
    SYN_DROPPED,
    KeyCutter,
    KeyEvent,
    attach,
    find,
    grabbed,
)
from edge.signals.scanner import MAX_LINE, Scanner, ScannerLine, ScannerState, Source
from edge.tap.access import PasswordSource, from_scanner
from reader.profile import builtin_profiles

SOON = 5.0  # seconds; far beyond what any thread here needs
LEFT_SHIFT, CAPS, LEFT_ALT, CONTROL = 42, 58, 56, 29
EVENT = struct.Struct("llHHi")  # struct input_event of this machine
CITIZEN = "099175004567||Hoang Thi Lua|30011975|Nu|Ban Nam Khoai|21102026"


@dataclass(frozen=True)
class Key:
    """One event as the kernel gives it."""

    type: int
    code: int
    value: int


def press(code: int) -> list[KeyEvent]:
    """Return a key going down and up again."""
    return [Key(EV_KEY, code, PRESSED), Key(EV_SYN, 0, 0), Key(EV_KEY, code, RELEASED)]


def held(code: int, events: list[KeyEvent]) -> list[KeyEvent]:
    """Return events while another key is down."""
    return [Key(EV_KEY, code, PRESSED), *events, Key(EV_KEY, code, RELEASED)]


def typed(text: str) -> list[KeyEvent]:
    """Return what a scanner of the US layout types for this text; LF is Enter."""
    events: list[KeyEvent] = []
    plain = {character: code for code, character in reversed(PLAIN.items())}
    shifted = {character: code for code, character in reversed(SHIFTED.items())}
    for character in text:
        if character == "\n":
            events += press(ENTER)
        elif character in plain:
            events += press(plain[character])
        else:
            events += held(LEFT_SHIFT, press(shifted[character]))
    return events


def test_a_code_is_typed() -> None:
    """Digits, capitals, small letters and signs, as they were printed."""
    text = "TRAMTHE1|DV|991000001|938150 abcxyz <>,./;':\"[]{}-_=+!@#$%^&*()`~\\?"
    assert KeyCutter().feed(typed(f"{text}\nsecond\n")) == [text, "second"]


def test_codes_are_those_of_linux() -> None:
    """The map against the names that evdev knows."""
    ecodes: Any = importlib.import_module("evdev.ecodes")
    names = {"-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE", ";": "SEMICOLON"}
    names |= {"'": "APOSTROPHE", "`": "GRAVE", "\\": "BACKSLASH", ",": "COMMA", ".": "DOT"}
    names |= {"/": "SLASH", " ": "SPACE"}
    keypad = {"+": "PLUS", "-": "MINUS", "*": "ASTERISK", "/": "SLASH", ".": "DOT"}
    for code, character in PLAIN.items():
        key = ecodes.KEY[code]
        known = {key} if isinstance(key, str) else set(key)
        plain, on_keypad = names.get(character, character), keypad.get(character, character)
        assert known & {f"KEY_{plain.upper()}", f"KEY_KP{on_keypad}"}
    assert (ecodes.EV_KEY, ecodes.EV_SYN, ecodes.SYN_DROPPED) == (EV_KEY, EV_SYN, SYN_DROPPED)
    assert (ecodes.KEY_ENTER, ecodes.KEY_KPENTER) == (ENTER, KEYPAD_ENTER)
    assert {ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT} == SHIFTS
    sides = [f"KEY_{side}{key}" for side in ("LEFT", "RIGHT") for key in ("CTRL", "ALT", "META")]
    assert {getattr(ecodes, name) for name in sides} == CHORDS


def test_events_of_evdev_are_understood() -> None:
    """Its own class carries what is read of an event."""
    evdev: Any = importlib.import_module("evdev")
    events = [evdev.InputEvent(0, 0, e.type, e.code, e.value) for e in typed("0991\n")]
    assert KeyCutter().feed(events) == ["0991"]


def test_digits_of_the_keypad_are_digits() -> None:
    """Some scanners type there, and end with its Enter."""
    keypad = {"7": 71, "5": 76, "0": 82}
    events = [event for digit in "7500" for event in press(keypad[digit])]
    assert KeyCutter().feed(events + press(KEYPAD_ENTER)) == ["7500"]


def test_alt_codes_are_no_digits() -> None:
    """Alt with 0 2 3 1 on the keypad is one letter: its digits never join the number's."""
    alt = held(LEFT_ALT, [event for code in (82, 80, 81, 79) for event in press(code)])
    assert KeyCutter().feed(typed("12") + alt + typed("34\n")) == ["12" + MANGLED * 4 + "34"]


@pytest.mark.parametrize("code", [86, 89, 15, 1, 59, 200])
def test_a_key_that_is_no_character_keeps_its_place(code: int) -> None:
    """Else the digits before and after it would be one number."""
    assert KeyCutter().feed(typed("12") + press(code) + typed("34\n")) == [f"12{MANGLED}34"]


def test_a_control_chord_keeps_its_place() -> None:
    """As scanners send for separators of their own."""
    events = typed("12") + held(CONTROL, press(36)) + typed("34\n")
    assert KeyCutter().feed(events) == [f"12{MANGLED}34"]


def test_a_held_key_is_typed_once() -> None:
    """The kernel's repeat is not the scanner's."""
    repeat: list[KeyEvent] = [Key(EV_KEY, 2, PRESSED), Key(EV_KEY, 2, 2), Key(EV_KEY, 2, 2)]
    assert KeyCutter().feed(repeat + press(ENTER)) == ["1"]


def test_caps_lock_says_nothing_of_the_line() -> None:
    """What it means depends on the host, and letters are not trusted by their case."""
    assert KeyCutter().feed(press(CAPS) + typed("a1\n") + press(CAPS)) == ["a1"]


def test_a_line_of_which_events_were_lost_is_dropped() -> None:
    """The kernel says so; the next line is whole."""
    lost: list[KeyEvent] = [Key(EV_SYN, SYN_DROPPED, 0)]
    assert KeyCutter().feed(typed("12") + lost + typed("34\n56\n")) == ["56"]


def test_a_line_beyond_the_cap_is_dropped_whole() -> None:
    """Never the first 512 characters of something longer."""
    events = typed("1" * (MAX_LINE + 1) + "\n" + "2" * MAX_LINE + "\n\n")
    assert KeyCutter().feed(events) == ["2" * MAX_LINE]


def test_other_events_are_no_keys() -> None:
    """Scan codes and lamps of the keyboard."""
    others: list[KeyEvent] = [Key(4, 4, 458792), Key(17, 1, 1), Key(1, 2, 0)]
    assert KeyCutter().feed(others + typed("1\n")) == ["1"]


@pytest.mark.parametrize("name", ["|", "~"])
def test_a_citizen_code_opens_its_card(name: str) -> None:
    """From keys to the card's password, through a clean keyboard and one of another layout."""
    profiles = {profile.name: profile for profile in builtin_profiles()}
    (line,) = KeyCutter().feed(typed(CITIZEN.replace("|", name) + "\n"))
    access = from_scanner(line, None, profiles)
    assert access is not None
    assert (access.password.value, access.source) == ("004567", PasswordSource.SCANNER)


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """Return sysfs as the kernel fills it for three devices."""
    for event, name in (("event2", "Power Button"), ("event10", "ACME Scan"), ("event3", "Mouse")):
        (tmp_path / event / "device").mkdir(parents=True)
        (tmp_path / event / "device" / "name").write_text(f"{name}\n", encoding="utf-8")
    (tmp_path / "event1").mkdir()
    (tmp_path / "mice").mkdir()
    return tmp_path


def test_the_device_of_this_name(names: Path) -> None:
    """Whatever number it was given this time."""
    assert find("ACME Scan", names=names, devices=Path("/dev/input")) == Path("/dev/input/event10")


def test_the_device_at_a_path(names: Path) -> None:
    """A path is taken as it is; udev keeps by-id paths steady."""
    path = "/dev/input/by-id/usb-ACME-event-kbd"
    assert find(path, names=names) == Path(path)


@pytest.mark.parametrize("name", ["ACME", "acme scan", ""])
def test_no_device_of_this_name(name: str, names: Path) -> None:
    """Part of a name is not a name: nobody's keyboard is grabbed by mistake."""
    with pytest.raises(FileNotFoundError):
        find(name, names=names)


def test_a_file_that_is_no_input_device(tmp_path: Path) -> None:
    """A wrong path in the configuration: not had, and nothing else happens."""
    importlib.import_module("evdev")
    path = tmp_path / "event0"
    path.write_bytes(b"")
    with pytest.raises(OSError, match="ioctl"), attach(str(path)):
        pytest.fail("it was attached")


class PipeDevice:
    """An input device over a pipe: events as the kernel lays them out."""

    def __init__(self, refuse_grab: OSError | None = None) -> None:
        self._end, self.hand = os.pipe()
        os.set_blocking(self._end, False)
        self._refuse_grab = refuse_grab
        self.grabbed = self.closed = False

    def fileno(self) -> int:
        return self._end

    def read(self) -> Iterable[KeyEvent]:
        data = os.read(self._end, EVENT.size * 64)
        if not data:
            raise OSError(errno.ENODEV, "No such device")
        return [Key(*event[2:]) for event in EVENT.iter_unpack(data)]

    def grab(self) -> None:
        if self._refuse_grab is not None:
            raise self._refuse_grab
        self.grabbed = True

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._end)

    def type(self, text: str) -> None:
        """Type as a scanner does."""
        for event in typed(text):
            os.write(self.hand, EVENT.pack(0, 0, event.type, event.code, event.value))

    def pull(self) -> None:
        """Take the device away."""
        os.close(self.hand)


class Rig:
    """A running scanner and whatever device is plugged in."""

    def __init__(self) -> None:
        self.device: PipeDevice | OSError = FileNotFoundError(errno.ENOENT, "none")
        self.lines: queue.Queue[ScannerLine] = queue.Queue()
        self.stop = threading.Event()
        self.scanner = Scanner(self._attach, self.lines.put, self.stop, retry_after=0.01)
        self.thread = threading.Thread(target=self.scanner.run)

    def _attach(self) -> AbstractContextManager[Source]:
        if isinstance(self.device, OSError):
            raise self.device
        return grabbed(self.device)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + SOON
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.002)

    def become(self, state: ScannerState) -> None:
        """Wait until the scanner is so."""
        self.wait(lambda: self.scanner.state is state)


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Return a running scanner with no device yet."""
    made = Rig()
    made.thread.start()
    yield made
    made.stop.set()
    made.thread.join()


def test_a_device_is_grabbed_before_a_key_is_read(rig: Rig) -> None:
    """So no digit of it reaches a browser; what was typed before is dropped."""
    device = PipeDevice()
    device.type("old\nhal")
    rig.device = device
    rig.become(ScannerState.READY)
    device.type("f\nnew\n")
    assert device.grabbed
    assert [rig.lines.get(timeout=SOON).text for _ in range(2)] == ["f", "new"]
    device.pull()


def test_a_device_that_another_program_holds_is_not_read(rig: Rig) -> None:
    """Ungrabbed, its digits would reach that program as well; said, and tried again."""
    device = PipeDevice(OSError(errno.EBUSY, "Device or resource busy"))
    device.type("123\n")
    rig.device = device
    rig.become(ScannerState.TAKEN)
    assert device.closed
    assert rig.lines.empty()
    os.close(device.hand)


def test_a_device_pulled_and_plugged_in_again(rig: Rig) -> None:
    """In the middle of a line: that line is dropped, the next one is whole."""
    first, second = PipeDevice(), PipeDevice()
    rig.device = first
    rig.become(ScannerState.READY)
    first.type("half a li")
    rig.device = FileNotFoundError(errno.ENOENT, "none")
    first.pull()
    rig.become(ScannerState.ABSENT)
    rig.device = second
    rig.become(ScannerState.READY)
    second.type("whole\n")
    assert rig.lines.get(timeout=SOON).text == "whole"
    second.pull()


def test_a_device_that_may_not_be_opened(rig: Rig) -> None:
    """The service's user is not in the group of input devices; granted, it is read."""
    rig.device = PermissionError(errno.EACCES, "Permission denied")
    rig.become(ScannerState.DENIED)
    device = PipeDevice()
    rig.device = device
    rig.become(ScannerState.READY)
    device.pull()


def test_no_digit_stands_in_the_log(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A line carries a person's number."""
    device = PipeDevice()
    with caplog.at_level(logging.DEBUG):
        rig.device = device
        rig.become(ScannerState.READY)
        device.type("4711" * 200 + "\n4711\n")
        assert rig.lines.get(timeout=SOON).text == "4711"
        rig.device = FileNotFoundError(errno.ENOENT, "none")
        device.pull()
        rig.become(ScannerState.ABSENT)
    assert "4711" not in caplog.text


@pytest.mark.skipif(not Path("/dev/uinput").exists(), reason="no /dev/uinput on this machine")
def test_a_real_input_device() -> None:
    """The kernel's own: found by name, grabbed, read; nobody else hears a key of it."""
    evdev: Any = importlib.import_module("evdev")
    name = "Tram The test scanner"
    lines: queue.Queue[ScannerLine] = queue.Queue()
    stop = threading.Event()
    scanner = Scanner(lambda: attach(name), lines.put, stop, retry_after=0.01)
    thread = threading.Thread(target=scanner.run)
    with evdev.UInput(name=name) as hand:
        other = evdev.InputDevice(hand.device.path)
        thread.start()
        try:
            deadline = time.monotonic() + SOON
            while scanner.state is not ScannerState.READY and time.monotonic() < deadline:
                time.sleep(0.002)
            for event in typed("099175004567\n"):
                hand.write(event.type, event.code, event.value)
                hand.syn()
            assert lines.get(timeout=SOON).text == "099175004567"
            assert other.read_one() is None
        finally:
            stop.set()
            thread.join()
            other.close()
