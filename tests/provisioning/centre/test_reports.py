"""What a terminal says of itself arrives, is its own word, and an old one changes nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.sync.report import EVERY, Reporter
from edge.wire.event import timestamp
from edge.wire.report import MAX_REPORT, Report, sign_report
from provisioning.centre import fleet, reports
from provisioning.centre.office_tables import REPORT as REPORT_TABLE
from tests.edge.log.made import START, TERMINAL, moment
from tests.provisioning.centre.made import Centre, signed
from verify.moment import Moment, TimeQuality

DAY = START.date().isoformat()
REPORT = Report(
    terminal=TERMINAL,
    at=timestamp(START + timedelta(minutes=3)),
    quality=TimeQuality.HELD,
    version="0.1.0",
    epoch="e" * 32,
    seq=4,
    queued=2,
    list_number="1a5",
    list_at=timestamp(START - timedelta(days=1)),
)


def told(centre: Centre, identity: TerminalIdentity, report: Report) -> int:
    """Send a report; return the status of the answer."""
    assert identity.certificate is not None
    compact = sign_report(report, identity.key, identity.certificate)
    return centre.app.test_client().post("/v1/reports", data=compact).status_code


def row(centre: Centre) -> fleet.TerminalRow:
    """Return the one terminal as the page shows it."""
    (found,) = fleet.terminals(centre.store.database, centre.now, DAY)
    return found


def test_what_it_says_stands_in_the_fleet(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Version, queue, clock and its offset, the card list and its day."""
    centre.post(signed(log, identity))
    assert row(centre).version is None
    assert told(centre, identity, REPORT) == 200
    found = row(centre)
    assert (found.version, found.queued, found.quality) == ("0.1.0", 2, "held")
    assert found.offset == timedelta(minutes=3)
    assert (found.list_number, found.list_at) == ("1a5", REPORT.list_at)


def test_report_alone_is_a_sign_of_life(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """A terminal with nothing to send is not silent."""
    centre.post(signed(log, identity))
    centre.now += timedelta(days=9)
    assert fleet.counts(centre.store.database, centre.now).silent == 1
    told(centre, identity, replace(REPORT, at=timestamp(centre.now)))
    assert row(centre).last_seen == timestamp(centre.now)
    assert fleet.counts(centre.store.database, centre.now).silent == 0
    assert fleet.seen_ago(centre.store.database, centre.now) == (1, 0, 0, 0, 0)


def test_older_report_changes_nothing(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """Whoever kept one on the way and sends it again tells nobody anything."""
    centre.post(signed(log, identity))
    told(centre, identity, REPORT)
    later = timestamp(START + timedelta(hours=1))
    told(centre, identity, replace(REPORT, at=later, version="0.2.0"))
    assert told(centre, identity, REPORT) == 200
    assert row(centre).version == "0.2.0"
    set_right = replace(REPORT, seq=5, version="0.3.0")
    told(centre, identity, set_right)
    assert row(centre).version == "0.3.0"
    told(centre, identity, replace(REPORT, epoch="f" * 32, seq=1, version="0.4.0"))
    assert row(centre).version == "0.4.0"


def test_first_reports_that_come_at_once(centre: Centre) -> None:
    """Every one is taken, and the newest is kept whichever comes last."""
    several, rounds = 8, 6
    database = centre.store.database
    with ThreadPoolExecutor(several) as pool:
        for number in range(rounds):
            of, ready = f"{TERMINAL}-{number}", threading.Barrier(several)

            def say(seq: int, of: str = of, ready: threading.Barrier = ready) -> None:
                ready.wait()
                with database.writing() as connection:
                    said = replace(REPORT, terminal=of, seq=seq, queued=seq)
                    reports.keep(connection, said, START)

            list(pool.map(say, range(several)))
    with database.reading() as connection:
        held = connection.execute(sa.select(REPORT_TABLE.c.seq, REPORT_TABLE.c.queued)).all()
    assert held == [(several - 1, several - 1)] * rounds


def test_report_of_another(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> None:
    """Neither for another terminal, nor signed by nobody we know, nor something else."""
    assert told(centre, identity, replace(REPORT, terminal="99-0002")) == 403
    stranger = Centre(f"sqlite:///{tmp_path / 'other.db'}")
    other = stranger.enrol(tmp_path / "other")
    assert told(centre, other, REPORT) == 403
    stranger.store.close()
    client = centre.app.test_client()
    assert client.post("/v1/reports", data=b"\xff").status_code == 403
    assert client.post("/v1/reports", data=b"x" * (MAX_REPORT + 1)).status_code == 403


def test_segment_is_no_report(centre: Centre, log: EventLog, identity: TerminalIdentity) -> None:
    """Each object has its own type."""
    answer = centre.app.test_client().post("/v1/reports", data=signed(log, identity))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2026-11-21"},
        {"at": None},
        {"quality": "good"},
        {"version": "a b"},
        {"version": 1},
        {"epoch": "x"},
        {"seq": -1},
        {"queued": True},
        {"list_number": "0x1"},
        {"list_number": None},
        {"list_at": "2026-13-21T12:00:00.000Z"},
        {"more": 1},
    ],
    ids=str,
)
def test_report_without_its_form(change: dict[str, object]) -> None:
    """Refused where it is read."""
    with pytest.raises(WireMalformed):
        Report.from_payload(REPORT.to_payload() | change)


def test_reporter_speaks_once_an_hour(
    centre: Centre, log: EventLog, identity: TerminalIdentity
) -> None:
    """After the first pass, then when an hour is over, or the clock was set back."""
    centre.post(signed(log, identity))
    reporter = Reporter(identity, centre.http, "http://centre", lambda _: REPORT)
    at = moment()
    assert reporter.after_a_pass(at)
    assert not reporter.after_a_pass(at)
    assert reporter.after_a_pass(Moment(at.at + EVERY, at.quality))
    assert reporter.after_a_pass(at)
    assert row(centre).version == "0.1.0"


def test_report_that_does_not_arrive(centre: Centre, identity: TerminalIdentity) -> None:
    """Is no failure: the next pass tries again."""
    reporter = Reporter(identity, centre.http, "http://centre", lambda _: REPORT)
    centre.down = True
    assert not reporter.after_a_pass(moment())
    centre.down = False
    assert reporter.after_a_pass(moment())
