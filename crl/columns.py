"""Many entries of one form at once: checked and keyed column by column, at the speed of C.

Lives here: the form that entries of one length share (`Form`), the proof that a whole batch has
it, and the batch's index keys. What holds for an entry holds here by the same rules as in
`parse.read_entry`; whatever is not plainly right is left to it. Not here: finding the batches
(`runs`), the entry by entry walk (`parse`), where keys are kept (`index`).

A batch is `count` entries of `stride` octets one after the other. `batch[j::stride]` is column j:
a slice, a comparison or a `translate` costs less than a nanosecond an entry, and arithmetic on a
big integer whose 64-bit lanes are the entries even less.
Source: RFC 5280 section 5.1.2.6, ITU-T X.690 section 8.3.2 (integers in their shortest form).
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from functools import cache

from crl.der import head
from crl.extensions import ONLY_REASON
from crl.limits import CHUNK, MIN_ENTRY
from crl.runs import Batch
from crl.status import ReasonCode

LANES = CHUNK // MIN_ENTRY + 1
"""The most entries of one batch."""

_RECORD = struct.Struct("<II")
_DIGITS = 12  # of a time, from the tens of its year on
_CENTURY = b"20"  # whose every fourth year is a leap year
_CODES = frozenset(int(code) for code in ReasonCode)

KEY_BITS = 30
_KEY_SHIFT = 20
_FACTORS = (0x2545F491, 0x3C6EF35F, 0x1B873593, 0x27D4EB2F, 0x165667B1, 0x2C1B3C6D)
"""Odd, of 30 bits: a 32-bit word times one of them stays within its 64-bit lane."""


@dataclass(frozen=True, slots=True)
class Form:
    """Where the parts of an entry lie that may differ from the next one's. Offsets in octets."""

    stride: int
    serial: int
    size: int
    """Octets of the serial."""
    time: int
    """The tens of the year."""
    reason: int | None
    fixed: tuple[tuple[int, int], ...]
    """(offset, octet) of everything else."""


def form_of(entry: bytes) -> Form | None:
    """Return the form of a well-formed entry, None for one that only the walk understands.

    Extensions beside a lone reason code, and the century of a GeneralizedTime, are among what
    must be the same in all entries of the form.
    """
    _, inner, end = head(entry, 0, len(entry))
    _, serial, serial_end = head(entry, inner, end)
    _, moment, moment_end = head(entry, serial_end, end)
    time = moment_end - 1 - _DIGITS
    if time > moment and entry[moment:time] != _CENTURY:
        return None
    reason = end - 1 if entry[moment_end:-1] == ONLY_REASON else None
    free = {*range(serial, serial_end), *range(time, time + _DIGITS)} | {reason}
    fixed = tuple((at, octet) for at, octet in enumerate(entry) if at not in free)
    return Form(end, serial, serial_end - serial, time, reason, fixed)


def all_of_form(batch: bytes, count: int, form: Form, *, delta: bool) -> bool:
    """Return whether every entry of `batch` has `form` and is right by the rules of the walk.

    `delta`: removeFromCRL is among the reasons.
    """
    stride = form.stride
    return (
        all(batch[at::stride] == bytes([octet]) * count for at, octet in form.fixed)
        and _serials_shortest(batch, count, form)
        and _times_exist(batch, count, form)
        and (
            form.reason is None or not batch[form.reason :: stride].translate(None, _reasons(delta))
        )
    )


def records(batch: bytes, offsets: array[int], form: Form) -> bytes:
    """Return each entry's record; `offsets` are in array("I")."""
    stride, last, count = form.stride, form.serial + form.size - 1, len(offsets)
    mask = _lanes(0xFFFFFFFF)
    total = 0
    for low in range(0, form.size, 8):
        words = bytearray(8 * count)
        for octet in range(min(8, form.size - low)):
            words[octet::8] = batch[last - low - octet :: stride]
        lanes = int.from_bytes(words, "little")
        total ^= (lanes & mask) * _FACTORS[low // 4]
        if form.size - low > 4:
            total ^= (lanes >> 32 & mask) * _FACTORS[low // 4 + 1]
    shifted = (total >> _KEY_SHIFT & _lanes((1 << KEY_BITS) - 1)) << 32
    found = array("I", shifted.to_bytes(8 * count, "little"))
    found[::2] = offsets
    return found.tobytes()


def record(offset: int, serial: bytes) -> bytes:
    """Return one entry's record."""
    return _RECORD.pack(offset, key(serial))


def key(serial: bytes) -> int:
    """Return the key of a serial (contents of its INTEGER, at most 21 octets): 30 bits.

    Each 32-bit word, counted from the last octet, times its factor; the words' products joined.
    """
    number = int.from_bytes(serial, "big")
    total = 0
    for factor in _FACTORS:
        total ^= (number & 0xFFFFFFFF) * factor
        number >>= 32
        if not number:
            break
    return total >> _KEY_SHIFT & ((1 << KEY_BITS) - 1)


def serial_octets(serial: int) -> bytes:
    """Return the contents of a serial's INTEGER, in its shortest form."""
    return serial.to_bytes((serial + (serial < 0)).bit_length() // 8 + 1, "big", signed=True)


def split(batch: Batch) -> list[Batch]:
    """Return a batch's entries apart by all that is neither serial, time nor last octet."""
    if batch.stride < MIN_ENTRY:
        return [batch]
    entries = list(batch.entries())
    length = entries[0][1][1]
    size_at = 3 + (length & 0x7F if length >= 0x80 else 0)  # of the serial
    forms: dict[bytes, list[int]] = {}
    for index, (_, entry) in enumerate(entries):
        behind = size_at + 1 + entry[size_at]
        alike = entry[: size_at + 1] + entry[behind : behind + 2] + entry[behind + 15 : -1]
        forms.setdefault(alike, []).append(index)
    apart: list[Batch] = []
    for found in forms.values():
        part = Batch(batch.stride)
        part.add([entries[index][0] for index in found], [entries[index][1] for index in found])
        apart.append(part)
    return apart


@cache
def _lanes(word: int) -> int:
    """Return `word` in each of the 64-bit lanes."""
    return int.from_bytes(word.to_bytes(8, "little") * LANES, "little")


@cache
def _reasons(delta: bool) -> bytes:
    return bytes(_CODES if delta else _CODES - {ReasonCode.REMOVE_FROM_CRL})


# -- serials

_PADDING = bytes({0x00: 1, 0xFF: 2}.get(octet, 0) for octet in range(256))
_SIGN = bytes(4 * (octet >> 7) for octet in range(256))
_PADDED = (1, 2 + 4)
"""00 before a clear bit, FF before a set one: an integer not in its shortest form."""


def _serials_shortest(batch: bytes, count: int, form: Form) -> bool:
    first = batch[form.serial :: form.stride]
    if form.size == 1 or not (0x00 in first or 0xFF in first):
        return True
    second = batch[form.serial + 1 :: form.stride]
    both = _sum(count, first.translate(_PADDING), second.translate(_SIGN))
    return not any(padded in both for padded in _PADDED)


# -- times

_UNITS = bytes(octet - 0x30 if 0x30 <= octet <= 0x39 else 100 for octet in range(256))
_TENS = bytes(10 * unit if unit < 10 else 100 for unit in _UNITS)
"""What is no digit makes a number beyond 99."""
_SIXTY = b"012345"
_HOURS = bytes(range(24))
_LONG, _SHORT, _FEBRUARY = 0, 64, 128
_MONTHS = bytes(
    {2: _FEBRUARY, 4: _SHORT, 6: _SHORT, 9: _SHORT, 11: _SHORT}.get(month, _LONG)
    if 1 <= month <= 12
    else 0xC0  # reaches no day that exists
    for month in range(256)
)
_UP_TO_31 = bytes(range(1, 32))
_DAYS = bytes(
    [
        month + day
        for month, last in ((_LONG, 31), (_SHORT, 30), (_FEBRUARY, 29))
        for day in range(1, last + 1)
    ]
)
_LEAP_DAY = _FEBRUARY + 29
_COMMON = bytes(0 if year % 4 == 0 else 1 for year in range(256))
"""Of 1950 to 2049, and of 2000 to 2099, every fourth year is a leap year."""


def _times_exist(batch: bytes, count: int, form: Form) -> bool:
    columns = [batch[form.time + digit :: form.stride] for digit in range(_DIGITS)]
    month, day, hour = (_number(count, columns, at) for at in (2, 4, 6))
    if day.translate(None, _UP_TO_31):  # also, a larger one would spill into the next lane
        return False
    days = _sum(count, day, month.translate(_MONTHS))
    return not (
        days.translate(None, _DAYS)
        or hour.translate(None, _HOURS)
        or columns[8].translate(None, _SIXTY)
        or columns[10].translate(None, _SIXTY)
        or not all(columns[at].isdigit() for at in (0, 1, 9, 11))
        or (_LEAP_DAY in days and not _leap_days_exist(count, columns, days))
    )


def _leap_days_exist(count: int, columns: list[bytes], days: bytes) -> bool:
    leap_days = days.translate(bytes(int(day == _LEAP_DAY) for day in range(256)))
    common = _number(count, columns, 0).translate(_COMMON)
    return 2 not in _sum(count, leap_days, common)


def _number(count: int, columns: list[bytes], at: int) -> bytes:
    """Return the two-digit numbers at digit `at`."""
    return _sum(count, columns[at].translate(_TENS), columns[at + 1].translate(_UNITS))


def _sum(count: int, *columns: bytes | bytearray) -> bytes:
    """Return the columns added entry by entry; no sum passes 255."""
    return sum(int.from_bytes(column, "little") for column in columns).to_bytes(count, "little")
