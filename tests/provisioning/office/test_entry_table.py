"""Differences of lists taken on disk are those taken in memory; deltas begin where they should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office import deltas
from provisioning.office.entry_table import entry_table
from provisioning.office.lists import changes
from provisioning.office.signed_list import Entry

AT = datetime(2026, 11, 20, tzinfo=UTC)
DAY = timedelta(days=1)
HOLD, FINAL = ReasonCode.CERTIFICATE_HOLD, ReasonCode.SUPERSEDED

_serials = st.integers(1, 12) | st.integers(1 << 126, (1 << 127) - 1)
_lists = st.dictionaries(
    _serials,
    st.tuples(st.sampled_from([HOLD, FINAL]), st.sampled_from([AT, AT + DAY])),
    max_size=12,
)


def _entries(found: dict[int, tuple[ReasonCode, datetime]]) -> list[Entry]:
    return [(serial, reason, since) for serial, (reason, since) in found.items()]


@given(_lists, _lists)
def test_changes(
    base: dict[int, tuple[ReasonCode, datetime]], now: dict[int, tuple[ReasonCode, datetime]]
) -> None:
    """New, changed, gone: as the rule in memory says, in ascending order."""
    with entry_table() as table:
        table.fill(_entries(base), 7)
        table.fill(_entries(now))
        assert list(table.changes(7, AT)) == sorted(changes(_entries(base), _entries(now), AT))
        assert list(table.entries()) == sorted(_entries(now))
        assert table.count() == len(now)
        final = {serial for serial, (reason, _) in base.items() if reason is FINAL}
        kept = {serial for serial, (reason, _) in now.items() if reason is FINAL}
        assert list(table.lost_since(7)) == sorted(final - kept)
        dates = [since for _, since in now.values()]
        assert table.newest() == max(dates, default=None)


def test_entry_twice() -> None:
    """One card has one state."""
    with entry_table() as table, pytest.raises(OfficeInputInvalid, match="twice"):
        table.fill([(5, HOLD, AT), (6, HOLD, AT), (5, FINAL, AT)])


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([], []),
        ([0.1], [0.1]),
        ([1], [1]),
        ([0.95], [0.95]),
        ([1, 2, 3], [1, 3]),
        ([1, 2, 6.95, 8, 29, 29.95, 31], [1, 6.95, 29.95]),
        ([0.5, 40], [40]),
    ],
)
def test_where_deltas_begin(ages: list[float], expected: list[float]) -> None:
    """A day, a week, a month ago, an hour early or not; at the oldest where none is so old."""
    number = {age: 1000 - int(age * 10) for age in ages}
    earlier = {number[age]: AT - timedelta(days=age) for age in ages}
    assert deltas.bases(earlier, AT) == {number[age] for age in expected}
