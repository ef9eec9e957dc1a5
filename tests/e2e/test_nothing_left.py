"""After a meeting no name or number is left readable: on the terminal, at the centre, in logs."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import KeyDestroyed
from edge.log.forget import destroy_due
from edge.meeting.roster import Roster
from edge.web.papers import knowledge
from edge.wire.kinds import ExportOutcome, HandReason
from tests.e2e.conftest import Centre, Starter, wait

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


def patterns(roster: Roster) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """Yield what must not be found: names in both normal forms, numbers standing alone."""
    for person in roster.people:
        for form in ("NFC", "NFD"):
            name = unicodedata.normalize(form, person.name)
            for encoding in ENCODINGS:
                yield f"the name of {person.id}", re.compile(re.escape(name.encode(encoding)))
        for number in (person.number, person.personal_number, person.can):
            if number is None:
                continue
            for encoding in ENCODINGS:
                digits = re.escape(number.encode(encoding))
                # Six digits also happen inside hexadecimal and base64.
                alone = rb"(?<![0-9A-Za-z+/_-])" + digits + rb"(?![0-9A-Za-z+/_-])"
                exact = digits if len(number) > 6 else alone
                yield f"a number of {person.id}", re.compile(exact)


def found_in(folder: Path, roster: Roster) -> list[str]:
    """Return what of the roster is readable in the folder's files, and where."""
    wanted = list(patterns(roster))
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = str(file).encode() + file.read_bytes()
            found += [f"{what} in {file}" for what, pattern in wanted if pattern.search(content)]
    return found


def test_the_search_finds(tmp_path: Path, start: Starter) -> None:
    """The search itself: each name and number is found in each encoding where it is written."""
    roster = start().stage.cast.roster
    person = roster.people[0]
    for text in (person.name, person.number, person.personal_number, person.can):
        for encoding in ENCODINGS:
            folder = tmp_path / "search"
            folder.mkdir(exist_ok=True)
            (folder / "file").write_bytes(b"\x00" + (text or "").encode(encoding) + b"\x00\x00")
            assert found_in(folder, roster), (text, encoding)


def test_nothing_is_left(
    start: Starter, state: Path, centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    """Searched during the meeting, after it was closed, and after the service ended."""
    caplog.set_level(logging.DEBUG)
    centre.start()
    terminal = start(centre.port)
    roster = terminal.stage.cast.roster
    terminal.service.open_meeting("regular")
    for card in terminal.stage.cast.cards:
        terminal.tap(card.key)
    assert (state / "log.sqlite-wal").stat().st_size
    assert found_in(state, roster) == []
    terminal.service.close_meeting()
    wait(lambda: terminal.service.status().unsent == 0)
    assert found_in(state, roster) == []
    terminal.service.stop()
    centre.stop()
    assert found_in(state, roster) == []
    assert found_in(centre.folder, roster) == []
    assert found_in(centre.log.parent, roster) == []
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert said
    for _, pattern in patterns(roster):
        assert not pattern.search(said.encode())


def test_a_signed_and_exported_meeting(start: Starter, state: Path, centre: Centre) -> None:
    """Its key is destroyed once the secretary says so, and no name was ever on the disk."""
    centre.start()
    service = start(centre.port).service
    roster = service.desk.standing_roster
    assert roster is not None
    service.open_meeting("regular")
    context = service.desk.require().context
    service.desk.hand_entry(roster.people[0].id, HandReason.FORGOTTEN, late=False)
    service.close_meeting()
    signed = service.sheets.sign(context, knowledge(service.status()))
    assert roster.people[0].name in {line.name for line in signed.sheet.people}
    service.sheets.exported(context, 0, ExportOutcome.CSV)
    assert destroy_due(service.log, service.clock.now()) == ()
    service.sheets.forget(context)
    with pytest.raises(KeyDestroyed):
        service.sheets.get(context, 0)
    service.stop()
    centre.stop()
    assert found_in(state, roster) == []
    assert found_in(centre.folder, roster) == []
