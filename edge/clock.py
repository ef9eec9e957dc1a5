"""What time it is, and how well that is known: the one place that reads the wall clock.

Lives here: the thin shell that reads the system clock and keeps the floor on disk. Not here: how
the floor moves and what the time is worth (`floor`), what a verdict makes of it (`verify`).
Design: DESIGN section 7.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.files import replace_file
from edge.floor import (
    BUILD_TIME,
    Floor,
    Sighting,
    advanced,
    corrected,
    effective,
    latest_said,
    latest_seen,
    merged,
)
from verify.correction import TimeCorrection
from verify.moment import Moment

MAX_FLOOR_FILE = 16 * 1024  # bytes
_SET_AT_POWER_ON = "/sys/class/rtc/rtc0/hctosys"
LAST_YEAR = 9000  # so that no sum of times overflows


class Clock:
    """The terminal's clock. `floor_file` holds one JSON object: the members of `floor.Floor`.

    Any number of processes share the file; what one writes, the others see at their next look.
    """

    def __init__(
        self,
        floor_file: Path,
        *,
        system: Callable[[], datetime] | None = None,
        synchronised: Callable[[], bool] | None = None,
        held: Callable[[], bool] | None = None,
    ) -> None:
        self._file = floor_file
        self._path = os.fspath(floor_file)  # asked for with every request and tap
        self._system = system or system_time
        self._synchronised = synchronised or kernel_synchronised
        self._held = held or has_battery_clock
        self._lock = threading.RLock()
        self._stamp: tuple[int, int] | None = None
        self._known = Floor()

    @property
    def floor(self) -> datetime:
        """Return the time before which it cannot be."""
        return self._look().at

    def now(self) -> Moment:
        """Return the effective time with its quality."""
        synchronised = self._synchronised()
        held = not synchronised and self._held()
        return effective(self._system(), self.floor, synchronised=synchronised, held=held)

    def time(self) -> datetime:
        """Return the effective time alone, where nobody asks how well it is known."""
        return max(self._system(), self.floor)

    def saw_verified_list(self, sighting: Sighting) -> None:
        """Move the floor by the thisUpdate of a list whose signature held.

        The floor counts in memory even where the disk refuses it: it is learnt again at the
        next start, from the lists themselves.
        """
        with self._lock, self._alone():
            before = self._look()
            self._known = advanced(before, sighting)
            if self._known == before:
                return
            try:
                self._keep(self._known)
            except OSError:
                return

    def correct(self, compact: str, root_key: ec.EllipticCurvePublicKey) -> datetime:
        """Apply a correction that the root signed and return the floor.

        Raises CorrectionRefused; OSError where it cannot be remembered, then nothing is changed.
        """
        correction = TimeCorrection.from_compact(compact, root_key)
        with self._lock, self._alone():
            lowered = corrected(self._look(), correction)
            self._keep(lowered)
            self._known = lowered
            return lowered.at

    def _look(self) -> Floor:
        """Return the floor, read again where the file is another than last time."""
        with self._lock:
            try:
                found = os.stat(self._path)
                stamp = (found.st_ino, found.st_mtime_ns)
                if stamp != self._stamp:
                    self._known = merged(self._known, _read(self._file))
                    self._stamp = stamp
            except (OSError, ValueError, OverflowError, RecursionError):
                pass  # absent or damaged: what is known stays, and lists teach it again
            return self._known

    def _keep(self, floor: Floor) -> None:
        document = {
            "floor": floor.at.isoformat(),
            "ground": floor.ground.isoformat(),
            "said": {witness: at.isoformat() for witness, at in floor.said.items()},
            "seen": [[one.at.isoformat(), one.witness] for one in sorted(floor.seen)],
            "correction": floor.correction,
        }
        replace_file(self._file, json.dumps(document).encode(), mode=0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing meanwhile, as far as the folder allows."""
        try:
            handle = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _read(file: Path) -> Floor:
    """Return the floor in the file; never before this version.

    Raises OSError, ValueError, OverflowError, RecursionError.
    """
    with file.open("rb") as opened:
        document = json.loads(opened.read(MAX_FLOOR_FILE + 1))
    try:
        at, ground = _time(document["floor"]), _time(document["ground"])
        said = [Sighting(_time(at), str(witness)) for witness, at in document["said"].items()]
        seen = [Sighting(_time(at), str(witness)) for at, witness in document["seen"]]
        correction = document["correction"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the documented form") from error
    if type(correction) is not int:
        raise ValueError("not the documented form")
    return Floor(
        max(BUILD_TIME, at),
        max(BUILD_TIME, ground),
        latest_said(said),
        latest_seen(seen),
        correction,
    )


def _time(text: Any) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.year > LAST_YEAR:
        raise ValueError("not the documented form")
    return at.astimezone(UTC)


def system_time() -> datetime:
    """Return the system clock, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 -- the one clock read of the terminal


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


_STA_UNSYNC = 0x40  # <sys/timex.h>


def kernel_synchronised() -> bool:
    """Return whether the kernel holds its clock synchronised (adjtimex(2), STA_UNSYNC clear)."""
    state = _Timex()
    try:
        if _libc().adjtimex(ctypes.byref(state)) < 0:
            return False
    except (OSError, AttributeError):
        return False
    return not state.status & _STA_UNSYNC


@cache
def _libc() -> ctypes.CDLL:
    """Return the C library, opened once: the time is asked for with every request and tap."""
    return ctypes.CDLL(None)


def has_battery_clock() -> bool:
    """Return whether the system clock was set from a hardware clock at power-on."""
    try:
        return _set_at_power_on()
    except OSError:
        return False


@cache
def _set_at_power_on() -> bool:
    """Return what the kernel says of the clock chip, for good; OSError until it knows of one."""
    handle = os.open(_SET_AT_POWER_ON, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(handle, 16).strip() == b"1"
    finally:
        os.close(handle)
