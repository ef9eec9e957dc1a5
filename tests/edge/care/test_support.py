"""The support bundle: its cap, and what is told of a check and of the configuration."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from edge.care import support
from edge.care.check import fault, ok
from edge.care.diagnosis import Diagnosis
from edge.care.journal import Journal
from edge.care.said import say
from edge.care.support import MAX_BUNDLE, MAX_FACTS, make
from edge.care.support_facts import configuration, facts
from edge.care.trouble import Trouble
from verify.moment import Moment, TimeQuality

_AT = Moment(datetime(2026, 11, 29, 12, tzinfo=UTC), TimeQuality.HELD)
_FOUND = Diagnosis("tram-001", _AT, (ok("memory", "1 GB"),))


def _opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_talkative_journal() -> None:
    """The newest lines that there is room for; the manifest says how many were left out."""
    lines = tuple({"at": str(n), "template": os.urandom(200).hex()} for n in range(2000))
    data = make(_FOUND, {}, Journal(lines, 0))
    assert len(data) <= MAX_BUNDLE
    parts = _opened(data)
    kept = [json.loads(line) for line in parts["journal.jsonl"].splitlines()]
    assert tuple(kept) == lines[-len(kept) :]
    told = json.loads(parts["manifest.json"])["journal"]
    assert (told["lines"], told["left_out_for_room"]) == (len(kept), len(lines) - len(kept))
    assert kept


def test_facts_beyond_all_bounds() -> None:
    """Said to be too large, and the rest goes."""
    parts = _opened(make(_FOUND, {"x": "y" * MAX_FACTS}, Journal((), 0, "absent")))
    assert json.loads(parts["facts.json"])["left_out"] == "too large"
    assert json.loads(parts["manifest.json"])["journal"]["missing"] == "absent"


def test_same_terminal_gives_the_same_bytes() -> None:
    """No time of the archive's own stands in it."""
    assert make(_FOUND, {}, Journal((), 0)) == make(_FOUND, {}, Journal((), 0))


def test_figure_that_repeats_the_configuration() -> None:
    """Left out; code and advice stay."""
    there = say("there is no %(place)s", place="/dev/Khiêm")
    told = support.told(fault("scanner", there, Trouble.SCANNER_ABSENT))
    assert "Khiêm" not in json.dumps(told, ensure_ascii=False)
    assert (told["trouble"], told["state"]) == ("SCANNER_ABSENT", "fault")


def test_configuration_by_what_kind_a_value_is() -> None:
    """Numbers, words of a list and names of machines; of what somebody typed, that it is set."""
    told = configuration(
        {"port": 8080, "lamp_pins": (17, 27, 22), "test_card": "99.000001", "reader": None,
         "sticks": (Path("/media/Khiêm"),), "later_key": "Khiêm"}
    )  # fmt: skip
    assert told == {
        "port": 8080, "lamp_pins": [17, 27, 22], "test_card": "set", "reader": "not set",
        "sticks": "set", "later_key": "set",
    }  # fmt: skip


def test_state_folder_that_holds_nonsense(tmp_path: Path) -> None:
    """Each section that cannot be told says so by a kind of error, and the others are told."""
    state = tmp_path / "Khiêm"
    (state / "identity").mkdir(parents=True)
    (state / "identity/terminal-key.pem").write_text("Khiêm")
    (state / "log.sqlite").write_bytes(b"Khi\xc3\xaam" * 1000)
    found = facts({"state": state, "terminal": "tram-001"}, tmp_path)
    assert found["identity"] == {"unknown": "RecordingLocked"}
    assert set(found["log"]) == {"unknown"}
    assert found["files"]["log.sqlite"]["bytes"] == 6000
    assert found["versions"]["program"]
    assert "Khiêm" not in json.dumps(found, ensure_ascii=False)
