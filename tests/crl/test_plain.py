"""The pattern of plain entries: what it proves at once is what the walk finds one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crl import limits, plain
from crl.errors import CrlError
from crl.parse import Entry, parse, plain_entry, walk_entry
from crl.rules import ListHeader
from crl.status import ReasonCode
from tests.crl.made import DELTA, NOW, Recipe, der, entry, extension, integer, moment
from tests.crl.test_ingest import unsigned
from tests.crl.test_parse import BAD_ENTRIES
from tests.crl.test_rules import NEW

COMPLETE = NEW
OF_DELTA = NEW._replace(base_number=5)
FIRST_DAY = datetime(1950, 1, 1, tzinfo=UTC)
LAST_DAY = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)


def walked(octets: bytes, header: ListHeader) -> tuple[Entry, int] | None:
    """Return what the walk finds, None where it refuses."""
    try:
        return walk_entry(octets, 0, len(octets), header)
    except CrlError:
        return None


@pytest.mark.parametrize("octets", range(1, limits.MAX_SERIAL + 1))
@pytest.mark.parametrize("reason", [None, *ReasonCode])
def test_serial_of_any_size_with_any_reason(octets: int, reason: ReasonCode | None) -> None:
    """Every ordinary entry is plain; one that takes a certificate off, in a delta only."""
    for first in (0x01, 0x7F, 0x80, 0xFE):
        serial = int.from_bytes(bytes([first]) + bytes(octets - 1), "big", signed=True)
        one = entry(serial, reason)
        removed = reason is ReasonCode.REMOVE_FROM_CRL
        assert plain.all_plain(one, delta=False) is not removed
        assert plain.all_plain(one, delta=True)
        assert plain_entry(one) == walked(one, OF_DELTA)


def test_serial_with_the_padding_that_it_needs() -> None:
    """A sign's octet before another one is the shortest form; `BAD_ENTRIES` has one too many."""
    for serial in (127, 128, 255, 256, 1 << 63, -1, -128, -129, -(1 << 63)):
        assert plain.all_plain(entry(serial), delta=False)


def test_every_day_of_a_hundred_years() -> None:
    """Each day that there is passes, the 29th of February in the years that have one."""
    day = FIRST_DAY
    while day <= LAST_DAY:
        one = entry(5, since=day)
        assert plain.all_plain(one, delta=False)
        assert plain_entry(one) == (Entry(5, day, ReasonCode.UNSPECIFIED), len(one))
        day += timedelta(days=1)


def test_every_octet_in_every_place() -> None:
    """What passes with any one octet changed is what the walk finds, for either kind of list."""
    whole = entry(1 << 118 | 0x55AA, ReasonCode.SUPERSEDED, since=datetime(2024, 2, 29, tzinfo=UTC))
    for at in range(len(whole)):
        for octet in range(256):
            changed = whole[:at] + bytes([octet]) + whole[at + 1 :]
            for header in (COMPLETE, OF_DELTA):
                if plain.all_plain(changed, delta=header.base_number is not None):
                    assert plain_entry(changed) == walked(changed, header) is not None


@pytest.mark.parametrize("bad", BAD_ENTRIES.values(), ids=BAD_ENTRIES.keys())
def test_bad_entry_among_good_ones(bad: bytes) -> None:
    """One entry that the walk refuses spoils the whole, wherever it stands."""
    good = [entry(number, ReasonCode.SUPERSEDED) for number in range(1, 9)]
    assert plain.all_plain(b"".join(good), delta=False)
    for place in (0, 4, 8):
        octets = b"".join([*good[:place], bad, *good[place:]])
        assert not plain.all_plain(octets, delta=False)


def test_cut_short() -> None:
    """An entry that is not there to its end is not plain."""
    whole = entry(7) + entry(8, ReasonCode.SUPERSEDED)
    for size in range(1, len(whole)):
        assert plain.all_plain(whole[:size], delta=False) is (size == len(entry(7)))


def test_forms_that_are_left_to_the_walk() -> None:
    """Right, and not plain: a later date, another extension, a length of two octets."""
    late = der(0x30, integer(1), moment(NOW.replace(year=2050)))
    issuer = extension("550463", der(0x04, b"x"))
    other = der(0x30, integer(1), moment(NOW), der(0x30, issuer))
    for one in (late, other):
        assert not plain.all_plain(one, delta=False)
        assert walked(one, COMPLETE) is not None


def test_more_than_fits_at_once() -> None:
    """Above the cap nothing is looked at: the walk has it."""
    one = entry(1 << 118)
    many = one * (plain.MAX_AT_ONCE // len(one))
    assert plain.all_plain(many, delta=False)
    assert not plain.all_plain(many + one, delta=False)


def test_list_tells_whether_its_entries_are_plain() -> None:
    """A list gives its entries' octets only where each is right in a list of its kind."""
    taken_off = [entry(3), entry(4, ReasonCode.REMOVE_FROM_CRL)]
    ordinary = parse(unsigned(Recipe(entries=[entry(3), entry(4)])))
    assert ordinary.plain_entries() == entry(3) + entry(4)
    assert parse(unsigned(Recipe(entries=taken_off))).plain_entries() is None
    as_delta = Recipe(
        number=9, entries=taken_off, extra=[extension(DELTA, integer(4), critical=True)]
    )
    assert parse(unsigned(as_delta)).plain_entries() == b"".join(taken_off)
