"""`tramthe receipt list` and `export`: what a terminal keeps, for whoever asks by a number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.identity.key import load_or_create
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.procedure.slip import spoken
from edge.wire.event import Event
from tests.edge.log.made import SEAL, moment, receipt, verification
from tests.provisioning.cli.conftest import Tramthe
from verify import receipt_jws

GOLDEN = Path(__file__).parents[1] / "golden"
RECEIPT = (GOLDEN / "receipt-1.jws").read_text("ascii").strip()
WORD = (GOLDEN / "receipt-1-ack.jws").read_text("ascii").strip()
DIGEST = receipt_jws.digest(RECEIPT)
NUMBER = spoken(DIGEST)
FILE = NUMBER.replace(" ", "-")
TERMINAL = "99-0417"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a terminal's state folder."""
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
def log(state: Path) -> Iterator[EventLog]:
    """Return its log, held by the running service, with two receipts of a day."""
    layout = StateLayout(state)
    wrap_key = load_or_create(layout.identity, TERMINAL).wrap_key
    made = EventLog(layout.log, TERMINAL, wrap_key, (SEAL.kid, SEAL.public))
    hand_out(made, RECEIPT)
    hand_out(made, "e30.e30.AAAA")
    yield made
    made.close()


def hand_out(log: EventLog, compact: str) -> Event:
    """Record a receipt on the counter's day."""
    days = log.open_contexts()
    day = days[0] if days else log.open_context({"kind": "counter"}, moment())
    return receipt(log, day, verification(log, day, 1), compact)


def test_listed(tramthe: Tramthe, state: Path, log: EventLog) -> None:
    """One a line, with whether the centre has it; beside the running service."""
    log.record_anchors({DIGEST: WORD})
    said = tramthe("receipt", "list", "--state", state)
    first, second = said.out.splitlines()
    assert said.status == 0
    assert first.startswith(f"{NUMBER}  2026-11-21T12:00:02Z  event 3  anchored 20")
    assert second.endswith("event 5  the centre's word has not come")
    said = tramthe("receipt", "list", "--unanchored", "--state", state)
    assert said.out.splitlines() == [second]


@pytest.mark.parametrize("word", ["e30.e30.AAAA", WORD[1:], WORD])
def test_word_that_is_damaged(tramthe: Tramthe, state: Path, log: EventLog, word: str) -> None:
    """One that says nothing of its receipt hides no other receipt, and is shown as what it is."""
    other = receipt_jws.digest("e30.e30.AAAA")
    log.record_anchors({DIGEST: WORD, other: word})
    said = tramthe("receipt", "list", "--state", state)
    first, second = said.out.splitlines()
    assert (said.status, first.startswith(NUMBER)) == (0, True)
    assert second.endswith("event 5  the centre's word is kept, and damaged")
    said = tramthe("receipt", "list", "--unanchored", "--state", state)
    assert said.out.splitlines() == [second]


def test_exported(tramthe: Tramthe, state: Path, log: EventLog, tmp_path: Path) -> None:
    """Receipt and word as they are: what `receipt verify --ack` is given next."""
    log.record_anchors({DIGEST: WORD})
    said = tramthe("receipt", "export", NUMBER.lower(), tmp_path, "--state", state)
    assert said.status == 0
    assert (tmp_path / f"{FILE}.jws").read_text("ascii") == RECEIPT
    assert (tmp_path / f"{FILE}-ack.jws").read_text("ascii") == WORD
    said = tramthe(
        *("receipt", "verify", tmp_path / f"{FILE}.jws", "--ack", tmp_path / f"{FILE}-ack.jws"),
        *("--authority", GOLDEN / "terminal-ca.pem", "--centre", GOLDEN / "centre.pem"),
    )
    assert (said.status, said.out.splitlines()[-1]) == (0, "anchored")


def test_word_has_not_come(tramthe: Tramthe, state: Path, log: EventLog, tmp_path: Path) -> None:
    """The receipt is copied, and it is said that the word is missing: exit status 1."""
    assert log.anchor(DIGEST) is None
    said = tramthe("receipt", "export", NUMBER, tmp_path, "--state", state)
    assert said.status == 1
    assert "has not come yet" in said.err
    assert (tmp_path / f"{FILE}.jws").exists()
    assert not (tmp_path / f"{FILE}-ack.jws").exists()


def test_names_of_the_day_are_gone(
    tramthe: Tramthe, state: Path, log: EventLog, tmp_path: Path
) -> None:
    """The word alone is copied, and why: exit status 1."""
    log.record_anchors({DIGEST: WORD})
    (day,) = log.open_contexts()
    log.close_context(day, moment(10))
    log.destroy_key(day)
    said = tramthe("receipt", "export", NUMBER, tmp_path, "--state", state)
    assert said.status == 1
    assert "sealed to the centre by now" in said.err
    assert not (tmp_path / f"{FILE}.jws").exists()
    assert (tmp_path / f"{FILE}-ack.jws").read_text("ascii") == WORD


def test_two_of_one_receipt(tramthe: Tramthe, state: Path, log: EventLog, tmp_path: Path) -> None:
    """All that a number names are copied, each under a name of its own."""
    hand_out(log, RECEIPT)
    log.record_anchors({DIGEST: WORD})
    said = tramthe("receipt", "export", NUMBER, tmp_path, "--state", state)
    assert said.status == 0
    assert {file.name for file in tmp_path.glob("BN-*.jws")} == {
        *(f"{FILE}.jws", f"{FILE}-ack.jws", f"{FILE}-2.jws", f"{FILE}-2-ack.jws"),
    }


@pytest.mark.parametrize("number", ["BN 0000 0000", "no number", ""])
def test_number_of_no_receipt(
    tramthe: Tramthe, state: Path, log: EventLog, tmp_path: Path, number: str
) -> None:
    """Nothing is copied, and it says where numbers stand: exit status 3."""
    assert log.fault is None
    said = tramthe("receipt", "export", number, tmp_path, "--state", state)
    assert said.status == 3
    assert "receipt list" in said.err
    assert list(tmp_path.glob("*.jws")) == []


def test_no_log(tramthe: Tramthe, state: Path) -> None:
    """A folder without a log is no terminal's: exit status 3."""
    assert tramthe("receipt", "list", "--state", state).status == 3
