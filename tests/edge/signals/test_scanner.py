"""The serial scanner on a real pseudo-terminal."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import queue
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.scanner import MAX_LINE, Scanner, ScannerLine, ScannerState, Source
from edge.signals.serial_port import LineCutter, attach

SOON = 5.0  # seconds; far beyond what the thread needs


class Rig:
    """A scanner program on one end, a hand on the other; the port can be pulled and plugged."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scanner"
        self.lines: queue.Queue[ScannerLine] = queue.Queue()
        self.stop = threading.Event()
        self.times = iter(float(n) for n in range(100, 200))
        self.scanner = Scanner(
            lambda: attach(self.path),
            self.lines.put,
            self.stop,
            monotonic=lambda: next(self.times),
            retry_after=0.01,
            quiet=0.05,
        )
        self.thread = threading.Thread(target=self.scanner.run)
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        """Connect a new device at the path and wait until it is read."""
        self._ends = os.openpty()
        link = self.path.with_suffix(".new")
        link.symlink_to(os.ttyname(self._ends[1]))
        link.replace(self.path)
        self.wait(self.ready)

    def ready(self) -> bool:
        """Return whether the device is read."""
        return self.scanner.state is ScannerState.READY

    def pull(self) -> None:
        """Take the device away and wait until that is noticed."""
        assert self._ends is not None
        self.path.unlink()
        for end in self._ends:
            os.close(end)
        self._ends = None
        self.wait(lambda: self.scanner.state is ScannerState.ABSENT)

    def scan(self, data: bytes) -> None:
        """Send what a scanner sends."""
        assert self._ends is not None
        os.write(self._ends[0], data)

    def line(self) -> ScannerLine:
        """Return the next line."""
        return self.lines.get(timeout=SOON)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + SOON
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.002)

    def close(self) -> None:
        """End the thread and close the ends."""
        self.stop.set()
        if self.thread.is_alive():
            self.thread.join()
        for end in self._ends or ():
            os.close(end)

    def settings(self) -> list[object]:
        """Return the port's terminal settings."""
        assert self._ends is not None
        return termios.tcgetattr(self._ends[1])


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Return a running scanner with no device yet."""
    made = Rig(tmp_path)
    made.thread.start()
    yield made
    made.close()


def test_scanned_code_arrives_as_a_timed_line(rig: Rig) -> None:
    """Text without its end, at the injected clock's time."""
    rig.plug()
    rig.scan("001199000001||Nguyễn Thị Ánh|01021970|Nữ|Hà Nội|01082025\r\n".encode())
    line = rig.line()
    assert line.text == "001199000001||Nguyễn Thị Ánh|01021970|Nữ|Hà Nội|01082025"
    assert line.at_monotonic == 100.0
    rig.scan(b"second\r")
    assert rig.line() == ScannerLine("second", 101.0)


def test_line_in_pieces_is_one_line(rig: Rig) -> None:
    """9600 baud come in drops."""
    rig.plug()
    for piece in (b"a", b"b", b"", b"c\n"):
        rig.scan(piece)
    assert rig.line().text == "abc"


def test_control_characters_are_not_taken_for_commands(rig: Rig) -> None:
    """The port is raw: ^C, ^D, ^S and ^Z are data."""
    rig.plug()
    rig.scan(b"a\x03b\x04c\x13d\x1ae\n")
    assert rig.line().text == "a\x03b\x04c\x13d\x1ae"


def test_port_is_set_to_9600_8n1(rig: Rig) -> None:
    """What serial scanners speak out of the box."""
    rig.plug()
    settings = rig.settings()
    assert settings[4:6] == [termios.B9600, termios.B9600]
    control = settings[tty.CFLAG]
    assert isinstance(control, int)
    assert control & termios.CSIZE == termios.CS8
    assert not control & (termios.PARENB | termios.CSTOPB)


def test_scan_from_before_the_port_was_opened_is_dropped(rig: Rig) -> None:
    """A code of the last meeting must not open the first card of this one."""
    ends = os.openpty()
    tty.setraw(ends[1])
    os.write(ends[0], b"old\n")
    select.select([ends[1]], [], [], SOON)  # it has come through
    rig._ends = ends
    rig.path.symlink_to(os.ttyname(ends[1]))
    rig.wait(rig.ready)
    rig.scan(b"new\n")
    assert rig.line().text == "new"


def test_unplugged_scanner_is_found_again(rig: Rig) -> None:
    """Pulled in the middle of a line and plugged in again: the next scan is whole."""
    rig.plug()
    rig.scan(b"half a li")
    rig.pull()
    rig.plug()
    rig.scan(b"whole\n")
    assert rig.line().text == "whole"


class Pipe:
    """A source over a pipe that says when it was told to forget."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._cutter = LineCutter()
        self.forgot = threading.Event()

    def fileno(self) -> int:
        return self._end

    def take(self) -> list[str]:
        return self._cutter.feed(os.read(self._end, 100))

    def forget(self) -> None:
        self._cutter.forget()
        self.forgot.set()


def test_half_a_line_is_not_waited_for() -> None:
    """What a scanner never ended is not glued to the next scan."""
    end, hand = os.pipe()
    source = Pipe(end)
    lines: queue.Queue[ScannerLine] = queue.Queue()
    stop = threading.Event()
    scanner = Scanner(lambda: nullcontext(source), lines.put, stop, quiet=0.01)
    thread = threading.Thread(target=scanner.run)
    try:
        os.write(hand, b"half a li")
        thread.start()
        assert source.forgot.wait(SOON)
        os.write(hand, b"whole\n")
        assert lines.get(timeout=SOON).text == "whole"
    finally:
        stop.set()
        thread.join()
        os.close(end)
        os.close(hand)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), ScannerState.DENIED),
        (OSError(errno.EBUSY, "Device or resource busy"), ScannerState.TAKEN),
        (ModuleNotFoundError("evdev"), ScannerState.NO_DRIVER),
    ],
)
def test_scanner_that_cannot_be_had(error: Exception, state: ScannerState) -> None:
    """Said as what it is, since plugging it in again would not help; and tried again."""
    tried: queue.Queue[None] = queue.Queue()

    def refuse() -> AbstractContextManager[Source]:
        tried.put(None)
        raise error

    stop = threading.Event()
    scanner = Scanner(refuse, lambda _: None, stop, retry_after=0.01)
    thread = threading.Thread(target=scanner.run)
    thread.start()
    for _ in range(3):
        tried.get(timeout=SOON)
    assert scanner.state is state
    stop.set()
    thread.join()


def test_path_that_is_no_tty_is_waited_out(rig: Rig) -> None:
    """A wrong path in the configuration stops nothing; a right one is then taken."""
    rig.path.write_bytes(b"not a port\n")
    assert not rig.ready()
    rig.path.unlink()
    rig.plug()
    rig.scan(b"here\n")
    assert rig.line().text == "here"


def test_stop_ends_the_thread_without_a_device(rig: Rig) -> None:
    """And with one, see every other test."""
    rig.stop.set()
    rig.thread.join(timeout=SOON)
    assert not rig.thread.is_alive()


def test_line_beyond_the_cap_is_dropped_whole(rig: Rig) -> None:
    """Never the first 512 octets of something longer."""
    rig.plug()
    rig.scan(b"x" * (MAX_LINE + 1) + b"\n" + b"y" * MAX_LINE + b"\n")
    assert rig.line().text == "y" * MAX_LINE


def test_line_that_is_not_utf8_is_dropped(rig: Rig) -> None:
    """A scanner set to another code page gives nothing rather than wrong names."""
    rig.plug()
    rig.scan(b"Nguy\xean\nafter\n")
    assert rig.line().text == "after"


def test_no_content_stands_in_log_or_repr(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A line carries a person's number and name."""
    with caplog.at_level(logging.DEBUG):
        rig.plug()
        rig.scan(b"SECRET\n" + b"SECRET" * 200 + b"\nSECRET\xff\n")
        line = rig.line()
        rig.pull()
    assert "SECRET" not in caplog.text
    assert "SECRET" not in repr(line)


@given(
    lines=st.lists(st.text(alphabet="abcđễ|", min_size=1, max_size=20), max_size=6),
    ends=st.sampled_from([b"\r", b"\n", b"\r\n"]),
    cuts=st.lists(st.integers(0, 200), max_size=6),
)
def test_cutting_does_not_depend_on_how_octets_arrive(
    lines: list[str], ends: bytes, cuts: list[int]
) -> None:
    """The same stream in any pieces gives the same lines."""
    stream = b"".join(line.encode() + ends for line in lines)
    cutter = LineCutter()
    found: list[str] = []
    bounds = [0, *sorted(min(c, len(stream)) for c in cuts), len(stream)]
    for start, stop in itertools.pairwise(bounds):
        found += cutter.feed(stream[start:stop])
    assert found == lines
