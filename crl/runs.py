"""Entries of one length, found and gathered: what `columns` then checks at once.

Lives here: the cutting of a chunk of entries into batches, at the cost of a few operations for a
long run of equal lengths and of one short loop turn for an entry among lengths that change all
the time. Not here: what the entries say (`columns`, `parse`).

Only the length octet is looked at. As long as it stays the same the next entry begins one stride
further; that the other octets are right is checked afterwards, batch by batch.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache

from crl.der import malformed, too_large
from crl.limits import MAX_ENTRY

_SHORT_FORM = 0x80  # lengths below take one octet
_LOOK = 64  # entries looked at first for a run
_CHOPPY = 6  # entries; shorter runs cost more than single steps
_MANY = 4096  # entries; their offsets are added up at once
_STEPS = 16 * 1024  # single steps before runs are looked for again

_ONE = tuple(bytes([octet]) for octet in range(256))


class Batch:
    """Entries of one length, one after the other, and where each stands in the file."""

    def __init__(self, stride: int) -> None:
        self.stride = stride
        self._parts: list[bytes | memoryview] = []
        self._offsets: array[int] = array("I")

    def __len__(self) -> int:
        return len(self._offsets)

    def add_run(self, octets: memoryview, offset: int) -> None:
        """Take entries that follow each other in the file from `offset` on."""
        self._parts.append(octets)
        self._offsets += _progression(offset, len(octets) // self.stride, self.stride)

    def add(self, offsets: Sequence[int], entries: Sequence[bytes | bytearray]) -> None:
        """Take entries that stand anywhere."""
        self._parts.append(b"".join(entries))
        self._offsets.extend(offsets)

    def octets(self) -> bytes:
        """Return the entries one after the other."""
        if len(self._parts) != 1 or not isinstance(self._parts[0], bytes):
            self._parts = [b"".join(self._parts)]
        return bytes(self._parts[0])

    def offsets(self) -> array[int]:
        """Return where each entry stands, in array("I")."""
        return self._offsets

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield (offset, octets) one by one."""
        octets = self.octets()
        for index, offset in enumerate(self._offsets):
            yield offset, octets[index * self.stride : (index + 1) * self.stride]


def cut(buffer: bytearray, filled: int, base: int) -> tuple[list[Batch], int]:
    """Return the whole entries in the first `filled` octets by length, and where they end.

    `base` is the file offset of the buffer's first octet. Raises ListMalformed where no entry can
    begin, ListTooLarge for one of more than MAX_ENTRY octets.
    """
    batches: dict[int, Batch] = {}
    at, look, view = 0, _LOOK, memoryview(buffer)
    while (stride := _stride(buffer, at, filled)) and at + stride <= filled:
        count = _run(buffer, at, filled, stride, look)
        batch = batches.setdefault(stride, Batch(stride))
        stop = at + count * stride
        batch.add_run(view[at:stop], base + at)
        at = stop
        if count == look:
            look *= 2
        else:
            look = _LOOK
            if count < _CHOPPY:
                at = _step(buffer, at, filled, base, batches)
    return list(batches.values()), at


def _stride(buffer: bytearray, at: int, filled: int) -> int:
    """Return the octets of the entry at `at`, 0 where its length is not in the buffer yet."""
    if at + 2 > filled:
        return 0
    length = buffer[at + 1]
    if length < _SHORT_FORM:
        return length + 2
    width = length & 0x7F
    if at + 2 + width > filled:
        return 0
    if not 0 < width <= 2:
        raise (
            too_large(f"an entry of more than {MAX_ENTRY} octets")
            if width
            else malformed("an entry's length is indefinite")
        )
    stride = 2 + width + int.from_bytes(buffer[at + 2 : at + 2 + width], "big")
    if stride > MAX_ENTRY:
        raise too_large(f"an entry of more than {MAX_ENTRY} octets")
    return stride


def _run(buffer: bytearray, at: int, filled: int, stride: int, look: int) -> int:
    """Return how many entries from `at` on, of at most `look`, have the length of the first."""
    stop = min(at + look * stride, filled - (filled - at) % stride)
    count = look
    for column in range(at + 1, at + 2 + _more_length(buffer[at + 1])):
        lengths = buffer[column:stop:stride]
        count = min(count, len(lengths) - len(lengths.lstrip(_ONE[buffer[column]])))
    return count


def _more_length(octet: int) -> int:
    return octet & 0x7F if octet >= _SHORT_FORM else 0


def _step(buffer: bytearray, at: int, filled: int, base: int, batches: dict[int, Batch]) -> int:
    """Take entries one by one, as long as their lengths are short; return where they end."""
    places: list[list[int]] = [[] for _ in range(_SHORT_FORM)]
    put = [place.append for place in places] + [_stop] * (256 - _SHORT_FORM)
    with suppress(_LongForm):
        while steps := min(_STEPS, (filled - at) // (_SHORT_FORM + 1)):  # none ends beyond
            for _ in range(steps):
                length = buffer[at + 1]
                put[length](at)
                at += length + 2
            if steps == _STEPS:
                break
    for length, found in enumerate(places):
        if found:
            stride = length + 2
            batches.setdefault(stride, Batch(stride)).add(
                [base + start for start in found],
                [buffer[start : start + stride] for start in found],
            )
    return at


class _LongForm(Exception):
    """An entry's length takes more than one octet."""


def _stop(at: int) -> None:
    raise _LongForm


def _progression(first: int, count: int, step: int) -> array[int]:
    """Return `count` numbers from `first` on in array("I"); many at once by one addition."""
    if count < _MANY:
        return array("I", range(first, first + count * step, step))
    numbers = _multiples(count, step) + first * _ones(count)
    return array("I", numbers.to_bytes(4 * count, "little"))


@lru_cache(maxsize=64)
def _multiples(count: int, step: int) -> int:
    """Return the multiples of `step` as the 32-bit lanes of one integer."""
    return int.from_bytes(array("I", range(0, count * step, step)).tobytes(), "little")


@lru_cache(maxsize=64)
def _ones(count: int) -> int:
    return int.from_bytes(b"\x01\x00\x00\x00" * count, "little")
