"""Lists gone over in batches: the same lists are taken and refused as entry by entry."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crl import columns, limits
from crl.errors import CrlError, ListMalformed, ListRefused, ListTooLarge, ListUnreadable
from crl.ingest import ingest
from crl.parse import outline, parse
from crl.source import Memory
from crl.status import ReasonCode
from tests.crl.made import (
    DELTA,
    ECDSA_SHA256,
    NOW,
    REASON,
    Recipe,
    der,
    entry,
    extension,
    integer,
    moment,
)
from tests.crl.test_parse import BAD_ENTRIES

UNKNOWN = "550463"
DELTA_OF_4 = extension(DELTA, integer(4), critical=True)


def unsigned(recipe: Recipe) -> bytes:
    """Return a list whose signature nobody checks."""
    return der(0x30, recipe.tbs(), ECDSA_SHA256, der(0x03, b"\x00sig"))


def gone_over(data: bytes) -> set[tuple[int, int]]:
    """Return the records of a list: (offset, key)."""
    records = bytearray()
    hasher = hashlib.sha256()
    copy = io.BytesIO()
    found = outline(Memory(data))
    count = ingest(found, Memory(data), hasher, records.extend, copy)
    begin, end = found.signed
    assert hasher.digest() == hashlib.sha256(data[begin:end]).digest()
    assert copy.getvalue() == data
    assert len(records) == 8 * count
    return set(struct.iter_unpack("<II", records))


def walked(data: bytes) -> set[tuple[int, int]]:
    """Return what `gone_over` must return, from the entry by entry walk."""
    at = outline(Memory(data)).entries[0]
    records = set()
    for found in parse(data).entries():
        records.add((at, columns.key(columns.serial_octets(found.serial))))
        length, more = data[at + 1], 0
        if length >= 0x80:
            more = length & 0x7F
            length = int.from_bytes(data[at + 2 : at + 2 + more], "big")
        at += 2 + more + length
    return records


def check(entries: Sequence[bytes], extra: Sequence[bytes] = ()) -> None:
    """Go over a list of these entries in both ways."""
    data = unsigned(Recipe(entries=entries, extra=extra))
    assert gone_over(data) == walked(data)


def noted(serial: int, note: bytes) -> bytes:
    """Return an entry with an extension that nobody needs to know."""
    extensions = der(0x30, extension(REASON, integer(1, 0x0A)), extension(UNKNOWN, note))
    return der(0x30, integer(serial), moment(NOW), extensions)


def test_one_long_run() -> None:
    """Entries of one form, over several chunks."""
    check([entry(2**120 + 77 * n, ReasonCode.SUPERSEDED) for n in range(30_000)])


def test_runs_cut_by_single_shorter_entries() -> None:
    """As in the card status list, where one serial in 256 is an octet shorter."""
    check([entry(2 ** (112 if n % 256 == 5 else 120) + n, ReasonCode(1)) for n in range(5_000)])


def test_lengths_that_change_all_the_time() -> None:
    """Serials of 1 to 20 octets, with reasons and without."""
    check(
        [
            entry(2 ** (8 * (n * 7 % 20)) + n % 100, ReasonCode.SUPERSEDED if n % 3 else None)
            for n in range(20_000)
        ]
    )


def test_entries_of_128_octets_and_more() -> None:
    """Their lengths take two or three octets."""
    notes = [bytes(90), bytes(91), bytes(300), bytes(900)]
    check([noted(2**100 + n, notes[n // 50 % 4]) for n in range(400)])
    check([noted(2**100 + n, notes[n % 4]) for n in range(400)])


def test_one_length_in_several_forms() -> None:
    """A serial longer by what the reason code takes makes the same length."""
    check([entry(2**8 + n, ReasonCode(1)) if n % 2 else entry(2**120 + n) for n in range(100)])


def test_serials_below_zero_and_zero() -> None:
    """Some authorities have them; they are odd, not ill-formed."""
    check([*(entry(-(2**63) + n, ReasonCode(1)) for n in range(50)), entry(0), entry(-1)])


def test_times_of_both_forms() -> None:
    """From 2050 on GeneralizedTime is due, and before it is understood."""
    late = datetime(2051, 3, 1, tzinfo=UTC)
    check([entry(1000 + n, ReasonCode(1), late) for n in range(50)])
    later = datetime(2100, 3, 1, tzinfo=UTC)
    check([entry(1000 + n, ReasonCode(1), later if n % 2 else late) for n in range(50)])
    no_leap_year = moment(later).replace(b"0301", b"0229")
    entries = [der(0x30, integer(1000 + n), no_leap_year) for n in range(50)]
    with pytest.raises(ListMalformed):
        gone_over(unsigned(Recipe(entries=entries)))


def test_removals_in_a_delta() -> None:
    """A reason like any other there."""
    entries = [entry(1000 + n, ReasonCode.REMOVE_FROM_CRL) for n in range(50)]
    check(entries, [DELTA_OF_4])
    with pytest.raises(ListMalformed, match="removeFromCRL"):
        gone_over(unsigned(Recipe(entries=entries)))


@pytest.mark.parametrize("bad", BAD_ENTRIES.values(), ids=BAD_ENTRIES.keys())
@pytest.mark.parametrize("copies", [1, 100])
def test_bad_entry_in_a_long_list_is_refused(bad: bytes, copies: int) -> None:
    """Alone among good ones, or in a batch of its own."""
    good = [entry(2**120 + n, ReasonCode.SUPERSEDED) for n in range(500)]
    data = unsigned(Recipe(entries=[*good[:250], *[bad] * copies, *good[250:]]))
    with pytest.raises(ListMalformed):
        gone_over(data)


TIMES = {
    b"280229000000Z": True,
    b"270229000000Z": False,
    b"000229000000Z": True,
    b"500229000000Z": False,
    b"520229000000Z": True,
    b"261131000000Z": False,
    b"261231235959Z": True,
    b"261231240000Z": False,
    b"261231236000Z": False,
    b"261231235960Z": False,
    b"260031000000Z": False,
    b"261331000000Z": False,
    b"261200000000Z": False,
    b"261232000000Z": False,
    b"26129900000:Z": False,
    b"2612990000000": False,
    b"/61201000000Z": False,
    b"2:1201000000Z": False,
    b"261201000/00Z": False,
    b"26120100000:Z": False,
    b"261201 10000Z": False,
    b"26-101010000Z": False,
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffZ": False,
}


@pytest.mark.parametrize(("text", "exists"), TIMES.items(), ids=[str(t) for t in TIMES])
def test_time_in_a_batch_exists_or_the_list_is_refused(text: bytes, exists: bool) -> None:
    """Beside neighbours of every kind: no entry's time spills into another's."""
    entries = [entry(2**120 + n, ReasonCode(1)) for n in range(100)]
    odd = entries[50].replace(moment(NOW)[2:], text)
    entries[50] = odd
    data = unsigned(Recipe(entries=entries))
    if exists:
        assert gone_over(data) == walked(data)
    else:
        for way in (gone_over, walked):
            with pytest.raises(ListMalformed):
                way(data)


@settings(max_examples=300)
@given(data=st.data())
def test_damaged_octets_are_judged_alike(data: st.DataObject) -> None:
    """Whatever one to three octets become, both ways agree on the list."""
    tail = ReasonCode(1) if data.draw(st.booleans()) else None
    octets = bytearray(unsigned(Recipe(entries=[entry(2**120 + n, tail) for n in range(24)])))
    begin, end = outline(Memory(bytes(octets))).entries
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(begin, end - 1))] = data.draw(st.integers(0, 255))
    results: list[set[tuple[int, int]] | None] = []
    for way in (gone_over, walked):
        try:
            results.append(way(bytes(octets)))
        except CrlError:
            results.append(None)
    assert results[0] == results[1]


@given(
    serials=st.lists(st.integers(-(2**159), 2**159), min_size=8, max_size=40),
    reason=st.sampled_from([None, ReasonCode.KEY_COMPROMISE]),
)
def test_keys_of_a_batch_are_those_of_its_serials(
    serials: list[int], reason: ReasonCode | None
) -> None:
    """The same key from a column and from a number."""
    check([entry(serial, reason) for serial in serials])


def test_unknown_critical_extension_in_a_run_is_refused() -> None:
    """As in `parse`: such a list must not be used at all."""
    value = der(0x30, extension(UNKNOWN, b"\x05\x00", critical=True))
    entries = [der(0x30, integer(2**100 + n), moment(NOW), value) for n in range(50)]
    with pytest.raises(ListRefused):
        gone_over(unsigned(Recipe(entries=entries)))


def test_more_entries_than_the_cap_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count is held during the pass."""
    monkeypatch.setattr(limits, "MAX_ENTRIES", 99)
    with pytest.raises(ListTooLarge):
        gone_over(unsigned(Recipe(entries=[entry(2**120 + n) for n in range(100)])))


def test_entry_beyond_its_cap_is_refused() -> None:
    """Before it is gathered."""
    with pytest.raises(ListTooLarge):
        gone_over(unsigned(Recipe(entries=[noted(1, bytes(limits.MAX_ENTRY))])))


def test_entry_cut_short_by_the_end_of_the_table_is_refused() -> None:
    """Every octet is accounted for."""
    for bad in (b"\x30", b"\x30\x80", entry(5)[:-1], b"\x30\x82\x01"):
        with pytest.raises(CrlError):
            gone_over(unsigned(Recipe(entries=[*[entry(n) for n in range(20)], bad])))


class _Pulled(Memory):
    """A stick that is pulled after the outline was read."""

    def into(self, view: memoryview, offset: int) -> int:
        """Fail."""
        raise OSError(5, "Input/output error")


class _Shrunk(Memory):
    """A file that grew shorter."""

    def into(self, view: memoryview, offset: int) -> int:
        """Give too little."""
        return super().into(view[:-1], offset)


def test_file_that_fails_meanwhile() -> None:
    """Says that the file cannot be read, or that it was cut short."""
    data = unsigned(Recipe())
    found = outline(Memory(data))
    with pytest.raises(ListUnreadable) as pulled:
        ingest(found, _Pulled(data), hashlib.sha256(), bytearray().extend)
    assert pulled.value.next_step
    with pytest.raises(ListMalformed):
        ingest(found, _Shrunk(data), hashlib.sha256(), bytearray().extend)
