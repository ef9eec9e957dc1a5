"""`tramthe crl`: complete and delta lists as a technician takes them over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crl.parse import parse_header
from crl.status import Purpose, ReasonCode, card_entry
from provisioning.cli.main import Exit, run
from provisioning.demo.prepare import Stage, prepare
from provisioning.office.lists import issue_status_list
from provisioning.office.pilot import STATUS_SCOPE
from reader.lds import sod
from reader.lds.files import FileId

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)

Tramthe = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a provisioned terminal, as of AT; never written to."""
    return prepare(tmp_path_factory.mktemp("pilot"), AT)


@pytest.fixture
def tramthe(stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tramthe:
    """Return the command line of `tramthe crl`: exit status, output, errors."""
    state = Path(shutil.copytree(stage.terminal, tmp_path / "terminal"))

    def command(name: str, *arguments: object) -> tuple[int, str, str]:
        at = ["--state", str(state), "--at", LATER.isoformat()]
        status = run(["crl", name, *at, *map(str, arguments)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return command


def held(stage: Stage) -> int:
    """Return the number of the card status list that the terminal was given."""
    (status,) = (item for item in stage.cast.lists if item.purpose is Purpose.CARD_STATUS)
    return parse_header(status.data).number


def delta(stage: Stage, path: Path, base: int, number: int) -> Path:
    """Write a delta that takes the lost card off the list."""
    lost = next(card.image for card in stage.cast.cards if card.key == "lost")
    serial = card_entry(sod.parse(lost.app_files[FileId.SOD.fid]).signed_content)
    path.write_bytes(
        issue_status_list(
            stage.pilot.status_signer,
            scope=STATUS_SCOPE,
            number=number,
            base_number=base,
            this_update=LATER,
            next_update=LATER + timedelta(days=30),
            entries=[(serial, ReasonCode.REMOVE_FROM_CRL, LATER)],
        )
    )
    return path


def test_delta_is_taken_and_shown(stage: Stage, tramthe: Tramthe, tmp_path: Path) -> None:
    """With the list it lies on; the card that was found is no longer named."""
    lost = next(card.image for card in stage.cast.cards if card.key == "lost")
    security_object = tmp_path / "lost.sod"
    security_object.write_bytes(lost.app_files[FileId.SOD.fid])
    assert tramthe("lookup", "--sod", security_object)[0] == Exit.NO

    base = held(stage)
    file = delta(stage, tmp_path / "delta.crl", base, base + 1)
    status, said, _ = tramthe("import", "--purpose", Purpose.CARD_STATUS.value, file)
    assert (status, f"Delta on {base:x}, number {base + 1:x}" in said) == (Exit.DONE, True)
    _, shown, _ = tramthe("show")
    assert f"complete list {base:x}, delta {base + 1:x} on {base:x}" in shown
    assert tramthe("lookup", "--sod", security_object)[0] == Exit.DONE


def test_delta_on_a_list_that_is_not_held(stage: Stage, tramthe: Tramthe, tmp_path: Path) -> None:
    """Refused, with what to fetch instead."""
    base = held(stage) + 5
    file = delta(stage, tmp_path / "delta.crl", base, base + 1)
    status, _, said = tramthe("import", "--purpose", Purpose.CARD_STATUS.value, file)
    assert status != Exit.DONE
    assert "builds on" in said
    assert "complete list" in said
