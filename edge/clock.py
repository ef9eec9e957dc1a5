"""What time it is, and how well that is known: the one place that reads the wall clock.

Lives here: the floor under the system clock and the quality of the result, as pure rules, and
the thin shell that reads the system clock and keeps the floor on disk. Not here: what a verdict
makes of it (`verify`). Design: DESIGN section 7.

The floor is moved by lists whose signature held, never by a card; one such advance without a
nonce-bound time is capped, so that a signer's slip cannot push every terminal years ahead.
"""

from __future__ import annotations

import ctypes
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.files import replace_file
from verify.moment import Moment, TimeQuality

BUILD_TIME = datetime(2026, 11, 1, tzinfo=UTC)
"""No terminal of this version can live before it."""
MAX_ADVANCE = timedelta(days=400)
"""Of the floor, at one time, by a list."""


def effective(system: datetime, floor: datetime, *, synchronised: bool, held: bool) -> Moment:
    """Return max(system, floor) with its quality.

    A system clock behind the floor is known to be wrong: the floor is all that is left. One that
    nobody set since power-on and no battery kept is worth no more than that either.
    """
    if system < floor:
        return Moment(floor, TimeQuality.FLOOR_ONLY)
    if synchronised:
        return Moment(system, TimeQuality.SYNCHRONISED)
    return Moment(system, TimeQuality.HELD if held else TimeQuality.FLOOR_ONLY)


def advanced(floor: datetime, this_update: datetime) -> datetime:
    """Return the floor after a list of `this_update` was verified: never back, never too far."""
    if this_update <= floor:
        return floor
    return min(this_update, floor + MAX_ADVANCE)


class Clock:
    """The terminal's clock. `floor_file` holds one JSON object {"floor": RFC 3339}."""

    def __init__(
        self,
        floor_file: Path,
        *,
        system: Callable[[], datetime] | None = None,
        synchronised: Callable[[], bool] | None = None,
        held: Callable[[], bool] | None = None,
    ) -> None:
        self._file = floor_file
        self._system = system or system_time
        self._synchronised = synchronised or kernel_synchronised
        self._held = held or has_battery_clock
        self._lock = threading.Lock()
        self._floor = max(BUILD_TIME, _read_floor(floor_file))

    @property
    def floor(self) -> datetime:
        """Return the time before which it cannot be."""
        return self._floor

    def now(self) -> Moment:
        """Return the effective time with its quality."""
        return effective(
            self._system(), self._floor, synchronised=self._synchronised(), held=self._held()
        )

    def saw_verified_list(self, this_update: datetime) -> None:
        """Move the floor to the thisUpdate of a list whose signature held.

        The floor counts in memory even where the disk refuses it: it is learnt again at the
        next start, from the lists themselves.
        """
        with self._lock:
            moved = advanced(self._floor, this_update)
            if moved == self._floor:
                return
            self._floor = moved
            data = json.dumps({"floor": moved.isoformat()}).encode()
            try:
                replace_file(self._file, data, mode=0o600)
            except OSError:
                return


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
    try:
        libc = ctypes.CDLL(None)
        state = _Timex()
        if libc.adjtimex(ctypes.byref(state)) < 0:
            return False
    except (OSError, AttributeError):
        return False
    return not state.status & _STA_UNSYNC


def has_battery_clock() -> bool:
    """Return whether the system clock was set from a hardware clock at power-on."""
    try:
        return Path("/sys/class/rtc/rtc0/hctosys").read_text("ascii").strip() == "1"
    except OSError:
        return False


def _read_floor(file: Path) -> datetime:
    try:
        value = datetime.fromisoformat(json.loads(file.read_bytes())["floor"])
        return value.astimezone(UTC) if value.tzinfo else BUILD_TIME
    except (OSError, ValueError, KeyError, TypeError):
        return BUILD_TIME
