"""Logs, moments and the centre's seal key for the tests of log, uplink and centre."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.log.append import EventLog
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from verify.moment import Moment, TimeQuality

TERMINAL = "TT-0001"
WRAP_KEY = bytes(range(32))
NAME = "Nguyễn Thị Ánh Tuyết"
NUMBER = "001185012345"
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def moment(seconds: int = 0) -> Moment:
    """Return a moment of the test's evening."""
    return Moment(START + timedelta(seconds=seconds), TimeQuality.SYNCHRONISED)


@dataclass(frozen=True)
class SealKey:
    """The centre's hybrid key pair."""

    private: MLKEM768X25519PrivateKey
    public: bytes
    kid: str = "seal-test"


def seal_key() -> SealKey:
    """Return a fresh pair."""
    mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return SealKey(MLKEM768X25519PrivateKey(mlkem, x25519), public)


SEAL = seal_key()


def make_log(path: Path, terminal: str = TERMINAL, wrap_key: bytes = WRAP_KEY) -> EventLog:
    """Open the log at `path`."""
    return EventLog(path, terminal, wrap_key, (SEAL.kid, SEAL.public))


def fill(log: EventLog, count: int) -> str:
    """Open a context and record `count` check-ins in it; return the context."""
    context = log.open_context({"kind": "regular", "chair": NAME}, moment())
    for number in range(count):
        check_in(log, context, number)
    return context


def check_in(log: EventLog, context: str, number: int) -> Event:
    """Record person `number` in a context."""
    return log.append(
        EventKind.CHECK_IN,
        context=context,
        at=moment(number + 1),
        outcome="ADMITTED",
        person_key=f"{NUMBER}{number}",
        body={"name": NAME, "number": f"{NUMBER}{number}"},
    )


def verification(log: EventLog, context: str, number: int) -> Event:
    """Record that the card of person `number` was judged at a counter."""
    return log.append(
        EventKind.VERIFICATION,
        context=context,
        at=moment(number + 1),
        outcome="ACCEPTED",
        person_key=f"{NUMBER}{number}",
        body={"procedure": "xac-nhan-tuoi-dang", "name": NAME},
    )


def receipt(log: EventLog, context: str, of: Event, compact: str | None = None) -> Event:
    """Record a receipt for a verification: `compact`, else one like it for the log's purposes."""
    return log.append(
        EventKind.RECEIPT,
        context=context,
        at=of.moment,
        body={
            "of": {"epoch": of.epoch, "seq": of.seq},
            "receipt": f"e30.{of.seq}.{of.epoch}" if compact is None else compact,
        },
    )


def copy_log(path: Path, to: Path) -> Path:
    """Copy a log as the disk has it now, its keys included; return the copy's path."""
    for file in path.parent.glob(f"{path.name}*"):
        if not file.name.endswith(("-shm", ".lock")):
            shutil.copy(file, to.with_name(to.name + file.name.removeprefix(path.name)))
    return to


def tamper(path: Path, *statements: str) -> None:
    """Change the file behind the log's back, as somebody with the disk in hand would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER event_is_never_changed")
        connection.execute("DROP TRIGGER event_is_never_removed")
        for statement in statements:
            connection.execute(statement)
