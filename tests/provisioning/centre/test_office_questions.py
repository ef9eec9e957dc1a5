"""What pages ask about terminals, alarms, things aside and meetings, on both engines."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from provisioning.centre import alarms, fleet, meetings
from provisioning.centre.catalogue import prefix
from provisioning.centre.database import Database
from provisioning.centre.fleet import Show
from provisioning.centre.local_time import day_of
from provisioning.centre.meetings import Period
from provisioning.centre.office_tables import MEETING
from provisioning.centre.store import CentreStore
from tests.edge.log.made import START
from tests.provisioning.centre.pages.stage import BASE, POISON, epoch, fill

DAY = START.date().isoformat()
ALL = Period("2000-01-01", DAY)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a database with something for every question."""
    store = CentreStore(database_url)
    fill(store.database, START)
    yield store.database
    store.close()


def test_terminals_with_what_is_known_of_them(database: Database) -> None:
    """Organisation of the day, report, alarms, what is missing; unknown stays unknown."""
    rows = {row.terminal: row for row in fleet.terminals(database, START, DAY)}
    assert len(rows) == 7
    clone = rows["99-0388"]
    assert (clone.organisation, clone.code) == ("Chi bộ thôn Bái Thượng", "99170011000002")
    assert (clone.open_alarms, clone.queued, clone.version) == (1, 64, "0.1.0")
    assert clone.offset == timedelta(seconds=2)
    assert (rows["99-0702"].offset, rows["99-0702"].organisation) == (timedelta(hours=7), None)
    silent = rows["99-0418"]
    assert (silent.version, silent.queued, silent.offset, silent.list_number) == (None,) * 4
    assert rows["99-0703"].missing == 4
    assert rows["99-0512"].aside == 1


def test_terminals_that_are_shown(database: Database) -> None:
    """Those to look at, those silent longest first, those sought by id, name or code."""

    def names(**what: object) -> list[str]:
        return [row.terminal for row in fleet.terminals(database, START, DAY, **what)]  # type: ignore[arg-type]

    assert set(names(show=Show.LOOK)) == {"99-0388", "99-0231", "99-0512"}
    assert names(show=Show.SILENT) == ["99-0418", "99-0417"]
    assert names(sought="0702") == ["99-0702"]
    assert set(names(sought="cam lu")) == {"99-0231"}
    assert set(names(sought="99.168")) == {"99-0417", "99-0418", "99-0512"}
    assert names(sought="%") == []
    assert len(names(limit=3)) == 3
    assert names(skip=6) == names()[6:]


def test_counts(database: Database) -> None:
    """The figures at the head of the page, and its bars."""
    assert fleet.counts(database, START) == fleet.Counts(7, 2, 3, 3)
    assert fleet.seen_ago(database, START) == (3, 2, 0, 1, 1)
    assert sum(count for *_, count in fleet.lists_in_use(database)) == 5
    rest = fleet.lists_in_use(database, most=1)
    assert (len(rest), rest[-1][0], sum(row[2] for row in rest)) == (2, None, 5)


def test_alarm_that_somebody_looked_at(database: Database) -> None:
    """Stays, with who and what; counts no more; is not settled twice."""
    key = ("99-0388", epoch("99-0388"), 2071, "SEQ_REUSED")
    assert alarms.settle(database, key, "lan", "Đã gọi trạm", START)
    assert not alarms.settle(database, key, "mai", "Lại gọi", START)
    assert not alarms.settle(database, (*key[:2], 1, key[3]), "lan", "", START)
    (row,) = alarms.alarms(database, settled=True)
    assert (row.operator, row.note) == ("lan", "Đã gọi trạm")
    assert len(alarms.alarms(database, settled=False)) == 2
    assert len(alarms.alarms(database)) == 3
    assert fleet.counts(database, START).alarms == 2


def test_alarm_that_several_look_at_at_once(database: Database) -> None:
    """One of them is noted; the others hear that it was, and nothing fails."""
    key = ("99-0388", epoch("99-0388"), 2071, "SEQ_REUSED")
    several, ready = 8, threading.Barrier(8)

    def look(number: int) -> bool:
        ready.wait()
        return alarms.settle(database, key, f"lan{number}", "", START)

    with ThreadPoolExecutor(several) as pool:
        assert sorted(pool.map(look, range(several))) == [False] * (several - 1) + [True]


def test_what_was_set_aside(database: Database) -> None:
    """Listed, and shown as it came, beside what is held in its place."""
    (row,) = alarms.aside(database)
    both = alarms.aside_one(database, row.terminal, row.epoch, row.seq, row.digest)
    assert both is not None
    assert json.loads(both.data) == json.loads(POISON)
    assert '"seq": 977' in both.data
    assert both.held is None
    assert alarms.aside_one(database, row.terminal, row.epoch, 1, row.digest) is None


def test_sums_agree(database: Database) -> None:
    """By day, by month, by organisation and one by one: the same meetings, added up."""
    total = meetings.total(meetings.by_time(database, ALL, monthly=False))
    rows = meetings.meetings(database, ALL, limit=1000)
    assert total.meetings == len(rows) > 20
    assert total.present == sum(row.present for row in rows)
    for parts in (
        meetings.by_time(database, ALL, monthly=False),
        meetings.by_time(database, ALL, monthly=True),
        meetings.by_organisation(database, ALL, DAY),
    ):
        assert sum(one.meetings for one in parts) == total.meetings
        assert sum(one.present for one in parts) == total.present
        assert sum(one.excused for one in parts) == total.excused


def test_days_are_those_of_vietnam(database: Database) -> None:
    """One by one or added up: a meeting stands on the same day, to the last moment of it."""
    with database.writing() as connection:
        row = connection.execute(sa.select(MEETING)).mappings().first()
        assert row is not None
        for number, opened in enumerate(("2001-03-04T16:59:59.999Z", "2001-03-04T17:00:00.000Z")):
            values = dict(row) | {"opened_at": opened, "day": day_of(opened)}
            connection.execute(sa.insert(MEETING).values(values | {"context": f"{number:032x}"}))
    for day in ("2001-03-03", "2001-03-04", "2001-03-05", "2001-03-06", DAY):
        period = Period(day, day)
        rows = meetings.meetings(database, period, limit=1000)
        (summed,) = meetings.by_time(database, period, monthly=False) or (meetings.total(()),)
        assert len(rows) == summed.meetings
        assert {row.day for row in rows} <= {day}
    assert len(meetings.meetings(database, Period("2001-03-04", "2001-03-05"))) == 2


def test_below_an_organisation(database: Database) -> None:
    """Figures of a commune are those of its cells, and each level leads to the next."""
    commune = Period(ALL.since, ALL.until, BASE)
    rows = meetings.meetings(database, commune, limit=1000)
    assert {row.terminal for row in rows} == {"99-0417", "99-0418", "99-0512"}
    parts = meetings.by_organisation(database, ALL, DAY)
    assert [one.key for one in parts] == ["99000000000000", None]
    province = meetings.by_organisation(database, Period(ALL.since, ALL.until, parts[0].key), DAY)
    assert [one.key for one in province] == ["99168000000000", "99170000000000"]
    assert province[0].name == "Đảng bộ khu vực Mường Khoa"


def test_prefix_of_a_code() -> None:
    """Without its last groups of zeros; a province keeps its two digits."""
    assert prefix("99168053000001") == "99168053000001"
    assert prefix("99168053000000") == "99168053"
    assert prefix("99000000000000") == "99"


def test_meeting_belongs_to_where_its_terminal_stood(database: Database) -> None:
    """Of its own day, not of today: a terminal that moved leaves its meetings where they were."""
    week = Period((START.date() - timedelta(days=6)).isoformat(), DAY)
    assert {row.code for row in meetings.meetings(database, week)} <= {
        *("99168053000001", "99168053000002", "99168053000003"),
        *("99170011000001", "99170011000002"),
        None,
    }
