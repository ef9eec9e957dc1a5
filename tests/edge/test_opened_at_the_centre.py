"""What a terminal sealed is opened where the private key lies, recorded, and judged once more."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from crl.status import Purpose, ReasonCode
from edge.holdings import Holdings
from provisioning import people
from provisioning.cast import make_cast
from provisioning.centre.database import Database
from provisioning.centre.opening import records
from provisioning.centre.process import CentreFolder
from provisioning.cli.common import office_time
from provisioning.cli.main import run
from provisioning.demo.children import Child, free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.errors import OfficeInputInvalid
from provisioning.office import lists
from provisioning.office.pilot import STATUS_SCOPE
from tests.edge.test_service import Starter, start, wait

__all__ = ["start"]

NAME = people.NGOC.person.name
BY = ("--by", "Hoàng Văn Thái")


@dataclass
class Office:
    """A centre that holds one meeting with one uncertain check-in, and what opens it."""

    stage: Stage
    url: str
    context: str
    folder: Path
    said: pytest.CaptureFixture[str]

    @property
    def keys(self) -> Path:
        """Return the folder of private keys."""
        return self.stage.terminal.parent / "office"

    def run(self, what: str, *arguments: object) -> tuple[int, str]:
        """Run a command on the centre and return status and output."""
        self.said.readouterr()
        texts = [str(one) for one in arguments]
        status = run(["centre", what, str(self.stage.centre), *texts, "--database", self.url])
        return status, self.said.readouterr().out

    def open(self, *more: object) -> tuple[int, str]:
        """Open the meeting."""
        given = (*BY, "--because", "thẩm tra biên bản", "--keys", self.keys)
        return self.run("open", TERMINAL, self.context[:8], *given, *more)

    def fresh(self, *revoked: lists.Entry) -> Path:
        """Return holdings with lists of now, which name these chips."""
        folder = self.folder / f"holdings-{len(list(self.folder.glob('holdings-*')))}"
        shutil.copytree(self.stage.terminal / "holdings", folder)
        held, now = Holdings(folder), office_time()
        for item in make_cast(self.stage.pilot, now - timedelta(minutes=1)).lists:
            data = item.data
            if item.purpose is Purpose.CARD_STATUS:
                data = lists.issue_status_list(
                    self.stage.pilot.status_signer,
                    scope=STATUS_SCOPE,
                    number=int(now.timestamp()),
                    this_update=now - timedelta(minutes=1),
                    next_update=now + timedelta(days=5),
                    entries=revoked,
                )
            held.import_list(data, now, item.purpose)
        return folder

    def reverify(self, holdings: Path) -> tuple[int, str]:
        """Judge once more."""
        return self.run("reverify", *BY, "--keys", self.keys, "--holdings", holdings)


@pytest.fixture
def office(
    start: Starter, stale: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    """Return a centre to which a terminal with old lists brought its meeting."""
    port = free_port()
    database = f"sqlite:///{tmp_path / 'centre.db'}"
    arguments = ["provisioning.cli.main", "centre", "serve", str(stale.centre), "--port", str(port)]
    with Child("centre", [*arguments, "--database", database], tmp_path / "log") as child:
        url = f"http://127.0.0.1:{port}"
        child.wait_ready(f"{url}/v1/health")
        running = start(stale, centre=url, sync_seconds=1)
        running.service.open_meeting("regular")
        running.tap("member-1")
        context = running.service.book.require().context
        wait(lambda: running.service.status().unsent == 0)
        running.service.stop()
        yield Office(stale, database, context, tmp_path, capsys)


def test_bodies_open_with_the_private_key(office: Office) -> None:
    """Names are there, one event a line; contexts are listed without any key."""
    status, listed = office.run("open", TERMINAL)
    assert (status, listed.startswith(office.context)) == (0, True)
    assert NAME not in listed
    status, out = office.open()
    events = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert events[0]["kind"] == "context-opened"
    assert NAME in json.dumps(events, ensure_ascii=False)
    check_in = next(event for event in events if event["kind"] == "check-in")
    assert (check_in["outcome"], "evidence" in check_in["body"]) == ("UNCONFIRMED", True)


def test_written_to_a_file_of_ones_own(office: Office, tmp_path: Path) -> None:
    """A file that only its owner reads, and that was not there before."""
    file = tmp_path / "meeting.jsonl"
    status, out = office.open("--output", file)
    assert (status, out, file.stat().st_mode & 0o777) == (0, "", 0o600)
    assert NAME in file.read_text(encoding="utf-8")
    assert office.open("--output", file)[0] == 3


def test_nothing_opens_without_who_why_and_the_key(office: Office) -> None:
    """Asked for before anything is read, and nothing is recorded."""
    given = {"--by": "Thái", "--because": "thẩm tra", "--keys": str(office.keys)}
    for left_out in given:
        named = {name: value for name, value in given.items() if name != left_out}
        options = [part for pair in named.items() for part in pair]
        assert office.run("open", TERMINAL, office.context, *options) == (2, "")
    assert office.run("openings") == (0, "")


def test_what_cannot_be_opened(office: Office) -> None:
    """A context that is not held, or no reason that can be read: refused, with what to do."""
    reasons = ("thẩm tra", " ", "dòng\nmới", "x" * 201)
    for context, because in zip(("0" * 32, *[office.context] * 3), reasons, strict=True):
        given = (*BY, "--because", because, "--keys", office.keys)
        assert office.run("open", TERMINAL, context, *given)[0] == 3
    assert office.run("openings") == (0, "")


def test_each_opening_is_recorded(office: Office, tmp_path: Path) -> None:
    """Who, when, why and what; a record that is altered or taken out shows."""
    for _ in range(3):
        office.open()
    status, out = office.run("openings")
    assert status == 0
    assert len(out.splitlines()) == 3
    assert "Hoàng Văn Thái: thẩm tra biên bản" in out
    key = CentreFolder.load(office.stage.centre).signer.key.public_key()
    database = Database(office.url)
    assert [(r.number, r.whole) for r in records(database, key)] == [(n, True) for n in (1, 2, 3)]
    assert all(record.fields["bodies"] > 0 for record in records(database, key))
    path = tmp_path / "centre.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM opening WHERE number = 2")
    assert [record.whole for record in records(database, key)] == [True, False]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE opening SET compact = compact || 'x' WHERE number = 1")
    assert [record.whole for record in records(database, key)] == [False, False]
    assert office.run("openings")[0] == 1
    database.close()


def test_another_private_key_opens_nothing(office: Office, live: Stage) -> None:
    """A key that the terminal did not seal to is named, and nothing is recorded."""
    given = (*BY, "--because", "thẩm tra", "--keys", live.terminal.parent / "office")
    assert office.run("open", TERMINAL, office.context, *given)[0] == 3
    assert office.run("openings") == (0, "")


def test_the_serving_folder_never_holds_the_key(office: Office, tmp_path: Path) -> None:
    """Serving refuses to start where it does, and opening refuses to take it from there."""
    folder = tmp_path / "served"
    shutil.copytree(office.stage.centre, folder)
    CentreFolder.load(folder)
    name = "centre-seal-x25519.key.pem"
    shutil.copy(office.keys / name, folder / name)
    with pytest.raises(OfficeInputInvalid, match="opens names"):
        CentreFolder.load(folder)
    program = [sys.executable, "-m", "provisioning.cli.main", "centre", "serve", str(folder)]
    assert subprocess.run(program, check=False, capture_output=True).returncode == 3
    given = (*BY, "--because", "thẩm tra", "--keys", office.stage.centre)
    assert office.run("open", TERMINAL, office.context, *given)[0] == 3


def test_uncertain_check_in_is_judged_once_more(office: Office) -> None:
    """With lists of today the card proves genuine: the centre adds its event, once."""
    status, out = office.reverify(office.fresh())
    assert status == 0
    assert "accepted" in out
    assert out.endswith("1 added\n")
    assert office.reverify(office.fresh())[1] == "0 added\n"
    assert "re-verification" in office.run("openings")[1]


def test_still_uncertain_with_old_lists(office: Office) -> None:
    """Old lists say the same as at the door: it is added once, and asked again another time."""
    old = office.stage.terminal / "holdings"
    first, second = office.reverify(old)[1], office.reverify(old)[1]
    assert "indeterminate" in first
    assert first.endswith("1 added\n")
    assert "(as before)" in second
    assert second.endswith("0 added\n")
    assert "accepted" in office.reverify(office.fresh())[1]


def test_card_that_was_revoked(office: Office) -> None:
    """Lists of today name the chip: the centre's event says so, and since when."""
    check_in = next(
        event
        for event in map(json.loads, office.open()[1].splitlines())
        if event["kind"] == "check-in"
    )
    since = (office_time() - timedelta(days=3)).replace(microsecond=0)
    chip = int(check_in["body"]["chip"], 16)
    out = office.reverify(office.fresh((chip, ReasonCode.KEY_COMPROMISE, since)))[1]
    assert "rejected" in out
    with closing(sqlite3.connect(office.url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute("SELECT number, outcome, reason FROM reverification").fetchall()
        kept = connection.execute("SELECT data FROM event WHERE kind = 'check-in'").fetchall()
    assert [(number, outcome) for number, outcome, _ in rows] == [(1, "rejected")]
    assert rows[0][2] is not None
    assert len(kept) == 1  # what happened at the door stays as it was
    assert b'"outcome":"UNCONFIRMED"' in kept[0][0]
