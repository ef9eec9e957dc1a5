"""Sending by command: what waits is shown, and what cannot be sent is refused with a way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from provisioning.centre.process import make_folder
from provisioning.cli.common import office_time
from tests.edge.log.made import TERMINAL
from tests.edge.sync.inbox_made import NOW, Wired, roster
from tests.provisioning.centre.made import KID, Centre
from tests.provisioning.cli.conftest import Said, Tramthe

MEETING = ("meeting", "--kind", "thematic", "--title", "học tập")


@dataclass
class Office:
    """A centre's folder and the terminal that called there."""

    folder: Path
    wired: Wired
    tramthe: Tramthe

    def send(self, what: str, *more: object, terminal: str = TERMINAL) -> Said:
        """Send by command."""
        return self.tramthe("centre", "send", what, self.folder, terminal, *more)

    def inbox(self, *more: object) -> Said:
        """Show the inboxes."""
        return self.tramthe("centre", "inbox", self.folder, *more)


@pytest.fixture
def office(tmp_path: Path, tramthe: Tramthe) -> Iterator[Office]:
    """Return an office with one terminal that has called."""
    folder = tmp_path / "centre"
    made = Centre(f"sqlite:///{tmp_path / 'first.db'}")
    make_folder(folder, made.sign_key, KID, [made.ca.certificate])
    made.stop()
    made.database = f"sqlite:///{folder / 'centre.sqlite'}"
    made.start()
    wired = Wired(made, made.enrol(tmp_path / "identity"), tmp_path)
    wired.call()
    yield Office(folder, wired, tramthe)
    made.store.close()


def test_each_kind_is_sent_and_shown(office: Office, tmp_path: Path) -> None:
    """Numbers in their order, kinds and how many wait; after the terminal's call none does."""
    file = tmp_path / "roster.json"
    file.write_bytes(roster("Lò Thị Mai").to_bytes())
    begins = (office_time() + timedelta(days=1)).isoformat()
    called = office.send(*MEETING, "--begins", begins, "--place", "nhà văn hoá")
    name = called.out.splitlines()[-1].removeprefix("meeting ")
    assert called.out.startswith(f"number 1 to {TERMINAL}: meeting\n")
    assert office.send(*MEETING[:3], "--id", name).status == 0
    assert office.send("roster", file).status == 0
    assert office.send("command", "cancel-meeting", "--meeting", name).status == 0
    assert office.send("acknowledgement").out == f"Nothing is held of {TERMINAL}.\n"
    shown = office.inbox(TERMINAL)
    assert f"{TERMINAL}: 4 sent, 4 waiting" in shown.out
    assert [line.split()[-1] for line in shown.out.splitlines()[1:]] == [
        *("meeting", "meeting", "roster", "command"),
    ]
    office.wired.call(NOW)
    assert "0 waiting" in office.inbox().out
    assert office.wired.store.meetings() == ()


def test_roster_from_a_table(office: Office, tmp_path: Path) -> None:
    """A CSV says nobody's name but the people's, so the organisation is asked for."""
    file = tmp_path / "roster.csv"
    file.write_text("Họ và tên,Ngày sinh\nLò Thị Mai,19/05/1980\n", encoding="utf-8")
    assert office.send("roster", file).status == 3
    named = ("--organisation", "Chi bộ", "--code", "01234567890123")
    assert office.send("roster", file, *named).status == 0
    file.write_text("Họ và tên,Ngày sinh\nLò Thị Mai,hôm qua\n", encoding="utf-8")
    assert office.send("roster", file, *named).status == 3
    assert "1 sent" in office.inbox().out


@pytest.mark.parametrize(
    ("what", "more", "status"),
    [
        ("meeting", ("--kind", "picnic"), 2),
        ("meeting", ("--kind", "regular", "--id", "1"), 3),
        ("meeting", ("--kind", "regular", "--title", "x" * 121), 3),
        ("command", ("self-destruct",), 2),
        ("command", ("cancel-meeting",), 2),
        ("command", ("check-log", "--meeting", "0" * 32), 2),
        ("command", ("cancel-meeting", "--meeting", "x"), 3),
    ],
)
def test_what_cannot_be_sent(office: Office, what: str, more: tuple[str, ...], status: int) -> None:
    """Refused before a number is given out."""
    assert office.send(what, *more).status == status
    assert "0 sent" in office.inbox().out


def test_terminal_that_never_called(office: Office) -> None:
    """Nothing is sealed to nobody; what is shown says that it has not called."""
    said = office.send("command", "check-log", terminal="TT-0009")
    assert said.status == 3
    assert "has not told" in said.err
    assert office.inbox("TT-0009").out == "TT-0009 has not called.\n"


CARDS = "Số thẻ mới,Họ và tên,Chi bộ\n991043660,Lò Thị Mai,Chi bộ bản Pá Hộc\n"


def test_list_of_cards(office: Office, tmp_path: Path) -> None:
    """Sent as a table that is good; its batch is named, and can be corrected under that name."""
    file = tmp_path / "cards.csv"
    file.write_text(CARDS)
    batch = ("--title", "đợt 3", "--target", "2026-12-31")
    sent = office.send("handover", file, *batch)
    assert sent.status == 0
    name = sent.out.splitlines()[-1].removeprefix("batch ")
    assert (
        office.send("handover", file, *batch, "--id", name).out.splitlines()[-1] == f"batch {name}"
    )
    office.wired.call()
    (what, body), *_ = office.wired.acts.did
    assert (what, body["batch"], body["title"], body["citizen_card"]) == (
        "batch", name, "đợt 3", False,
    )  # fmt: skip
    assert body["rows"][1] == ["991043660", "Lò Thị Mai", "Chi bộ bản Pá Hộc"]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (CARDS.replace("991043660", "12"), ()),
        (CARDS.splitlines()[0], ()),
        (CARDS, ("--title", "x" * 81)),
        (CARDS, ("--id", "xyz")),
        (CARDS, ("--citizen-card",)),
    ],
    ids=["bad row", "no row", "title", "id", "no personal number"],
)
def test_list_of_cards_that_is_not_sent(
    office: Office, tmp_path: Path, text: str, more: tuple[str, ...]
) -> None:
    """Refused at the office, before any terminal is asked to take it."""
    file = tmp_path / "cards.csv"
    file.write_text(text)
    said = office.send("handover", file, "--title", "đợt 3", "--target", "2026-12-31", *more)
    assert said.status == 3
    assert "handover" not in office.inbox(TERMINAL).out
