"""A centre with something on every page: organisations, terminals, meetings, alarms, things aside.

Rows are written as `store`, `tally` and `reports` would; names and numbers are synthetic.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from waitress.server import create_server

from edge.wire.ack import AlarmCode
from edge.wire.event import timestamp
from provisioning.centre import catalogue
from provisioning.centre.database import Database
from provisioning.centre.inbox import InboxAlarm
from provisioning.centre.inbox_tables import INBOX_ALARM, REVERIFICATION
from provisioning.centre.lineage import Standing
from provisioning.centre.office_tables import EPOCH_LINK, MEETING, REPORT
from provisioning.centre.tables import ALARM, ASIDE, EPOCH, EVENT
from provisioning.fleet import requests, verbs, wipe
from tests.provisioning.centre.fleet.made import Device, asked, enrolled

BASE = "99168053000000"
ORGANISATIONS = """ma;tu;den;ten;truc_thuoc
99.000.000.000.000;2020-01-01;;Đảng bộ tỉnh (mẫu);
99.168.000.000.000;2020-01-01;2025-07-01;Đảng bộ huyện Mường Khoa;
99.168.000.000.000;2025-07-01;;Đảng bộ khu vực Mường Khoa;
99.170.000.000.000;2020-01-01;;Đảng bộ khu vực Cẩm Lũ;
99.168.053.000.000;2020-01-01;2025-07-01;Đảng bộ xã Nậm Khoai;99.170.000.000.000
99.168.053.000.000;2025-07-01;;Đảng bộ xã Mường Khoa;
99.168.053.000.001;2020-01-01;;Chi bộ bản Nậm Khoai;
99.168.053.000.002;2020-01-01;;Chi bộ bản Pá Hộc;
99.168.053.000.003;2020-01-01;;Chi bộ Đồn biên phòng Pha Hín;
99.170.011.000.000;2020-01-01;;Đảng bộ xã Cẩm Lũ;
99.170.011.000.001;2020-01-01;;Chi bộ Trạm y tế xã Cẩm Lũ;
99.170.011.000.002;2020-01-01;;Chi bộ thôn Bái Thượng;
"""
TERMINALS = """tram;tu;den;ma
99-0417;2025-01-01;;99.168.053.000.001
99-0512;2025-01-01;;99.168.053.000.002
99-0418;2025-01-01;;99.168.053.000.003
99-0231;2025-01-01;;99.170.011.000.001
99-0388;2025-01-01;;99.170.011.000.002
99-0701;2025-01-01;2026-11-15;99.170.011.000.001
"""
SILENT_DAYS = {"99-0388": 0.1, "99-0231": 0.6, "99-0512": 0.02, "99-0417": 9, "99-0418": 41}
POISON = b'{"kind":"check-in","seq":977}'


def epoch(terminal: str) -> str:
    """Return the epoch of a terminal here."""
    return hashlib.sha256(terminal.encode()).hexdigest()[:32]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve pages to a browser until the block ends; give their address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[listening])
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.close()


def fill(database: Database, at: datetime) -> None:
    """Fill a database that is up to date."""
    organisations = catalogue.read_organisations(ORGANISATIONS.encode())
    catalogue.keep_organisations(database, organisations, "to-chuc.csv", at)
    places = catalogue.read_places(TERMINALS.encode())
    catalogue.keep_places(database, places, "tram.csv", at)
    with database.writing() as connection:
        for number, terminal in enumerate([*SILENT_DAYS, "99-0702", "99-0703"]):
            _terminal(connection, terminal, number, at)
        _alarms(connection, at)
        _meetings(connection, at)


def _terminal(connection: sa.Connection, terminal: str, number: int, at: datetime) -> None:
    seen = at - timedelta(days=SILENT_DAYS.get(terminal, 2))
    aside = 1 if terminal == "99-0512" else 0
    connection.execute(
        sa.insert(EPOCH).values(
            terminal=terminal,
            epoch=epoch(terminal),
            high_water=310 + 517 * number,
            highest=310 + 517 * number + (4 if terminal == "99-0703" else 0),
            head=None,
            events=310 + 517 * number,
            aside=aside,
            alarms=0,
            last_seen=timestamp(seen),
        )
    )
    if terminal != "99-0703":
        connection.execute(
            sa.insert(EPOCH_LINK).values(
                terminal=terminal, epoch=epoch(terminal), standing=Standing.FIRST.value, seen=0
            )
        )
    if terminal in ("99-0418", "99-0703"):
        return  # has not reported of itself yet
    wrong = timedelta(hours=7) if terminal == "99-0702" else timedelta(seconds=2)
    connection.execute(
        sa.insert(REPORT).values(
            terminal=terminal,
            received_at=timestamp(seen),
            at=timestamp(seen + wrong),
            quality=("synchronised", "held", "asserted", "floor-only")[number % 4],
            version="0.1.0",
            epoch=epoch(terminal),
            seq=310 + 517 * number,
            queued=0 if number % 3 else 64,
            list_number=f"{421 - number % 3:x}",
            list_at=timestamp(at - timedelta(days=number % 3, hours=9)),
        )
    )


def _alarms(connection: sa.Connection, at: datetime) -> None:
    for terminal, seq, code in (
        ("99-0388", 2071, AlarmCode.SEQ_REUSED),
        ("99-0231", 4121, AlarmCode.CHAIN_FORKED),
        ("99-0512", 977, AlarmCode.EVENT_HASH_DIFFERS),
    ):
        connection.execute(
            sa.insert(ALARM).values(
                terminal=terminal,
                epoch=epoch(terminal),
                seq=seq,
                code=code.value,
                raised_at=timestamp(at - timedelta(hours=2)),
            )
        )
    connection.execute(
        sa.insert(ASIDE).values(
            terminal="99-0512",
            epoch=epoch("99-0512"),
            seq=977,
            digest=hashlib.sha256(POISON).digest(),
            why=AlarmCode.EVENT_HASH_DIFFERS.value,
            data=json.dumps(json.loads(POISON)).encode(),
            received_at=timestamp(at - timedelta(hours=2)),
        )
    )


def fill_more(database: Database, at: datetime) -> None:
    """Add what the centre itself says: alarms about inboxes, cards that were judged once more."""
    with database.writing() as connection:
        for terminal, code, detail in (
            ("99-0417", InboxAlarm.KEY_REUSED, "inbox-d84d450ef0477436"),
            ("99-0703", InboxAlarm.NUMBER_AHEAD, "12"),
        ):
            connection.execute(
                sa.insert(INBOX_ALARM).values(
                    terminal=terminal,
                    code=code.value,
                    detail=detail,
                    raised_at=timestamp(at - timedelta(hours=1)),
                )
            )
        for seq, outcomes in enumerate(JUDGED, start=200):
            _judged(connection, seq, outcomes, at)


JUDGED = (
    (("indeterminate", "LIST_TOO_OLD"), ("rejected", "CARD_REVOKED")),
    (("indeterminate", "LIST_TOO_OLD"),),
    (("accepted", None),),
    (("NO_EVIDENCE", None),),
)
"""What the centre said, time after time, of check-ins at 99-0231."""


def _judged(
    connection: sa.Connection, seq: int, said: tuple[tuple[str, str | None], ...], at: datetime
) -> None:
    place = {"terminal": "99-0231", "epoch": epoch("99-0231"), "seq": seq}
    laid = timestamp(at - timedelta(days=2, minutes=seq))
    connection.execute(
        sa.insert(EVENT).values(
            **place, hash=bytes(32), prev=bytes(32), data=b"{}", received_at=laid,
            kind="check-in", at=laid,
        )
    )  # fmt: skip
    for number, (outcome, reason) in enumerate(said, start=1):
        connection.execute(
            sa.insert(REVERIFICATION).values(
                **place, number=number, at=timestamp(at - timedelta(hours=9 - number)),
                outcome=outcome, reason=reason, compact="",
            )
        )  # fmt: skip


def _meetings(connection: sa.Connection, at: datetime) -> None:
    terminals = [*SILENT_DAYS, "99-0702"]
    for back in range(60):
        day: date = (at - timedelta(days=back)).date()
        for number, terminal in enumerate(terminals):
            if (back * 5 + number) % 7 > (2 if day.day <= 7 else 0):
                continue
            opened = at - timedelta(days=back, minutes=30 + number)
            present = 14 + (back * 3 + number * 5) % 17
            by_hand = (back + number) % 5
            connection.execute(
                sa.insert(MEETING).values(
                    context=hashlib.sha256(f"{terminal} {back}".encode()).hexdigest()[:32],
                    terminal=terminal,
                    day=day.isoformat(),
                    opened_at=timestamp(opened),
                    closed_at=timestamp(opened + timedelta(minutes=95)) if back else None,
                    doors=1,
                    present=present,
                    by_card=present - by_hand,
                    by_hand=by_hand,
                    left_early=0,
                    excused=(back + number) % 4,
                    unexcused=(back + number) % 2,
                    exempt=1,
                    undecided=0,
                    refused=(back + number) % 3,
                )
            )


def fill_registry(database: Database, at: datetime) -> None:
    """Fill the registry: two that wait, one name with two keys, one of each other end."""
    with database.writing() as connection:
        for number in range(4):
            device = Device(f"99-080{number}")
            enrolled(connection, device, at)
        verbs.rename(connection, "99-0802", "Nhà văn hóa thôn 3", "lan", at)
        verbs.replace(connection, "99-0800", "99-0802", "lan", at)
        verbs.lost(connection, "99-0801", "lan", at)
        wipe.order(connection, "99-0803", "lan", at)
        for name in ("99-0810", "99-0811"):
            asked(connection, Device(name), at)
        twin = Device("99-0811")
        requests.bring(connection, twin.name, twin.csr, twin.fingerprint, at)
