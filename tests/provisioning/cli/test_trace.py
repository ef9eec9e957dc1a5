"""`--trace`: what passes between reader and card, on standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from provisioning.cli.trace import traced
from provisioning.demo.prepare import Stage
from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER
from reader.trace import LOGGER, WARNING, TracedWatcher
from tests.provisioning.cli.conftest import Tramthe

READ = ("card", "read", "--reader", VPCD_READER, "--wait", "10")


@pytest.fixture(autouse=True)
def _logger_as_before() -> Iterator[None]:
    """Leave no handler behind that writes to this test's standard error."""
    logger = logging.getLogger(LOGGER)
    before = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before


@pytest.fixture
def slot(virtual_reader: tuple[str, int]) -> Iterator[VpcdSlot]:
    """Return the virtual reader's field."""
    slot = VpcdSlot(*virtual_reader)
    yield slot
    slot.close()


@pytest.mark.card
def test_a_reading_looked_on(tramthe: Tramthe, slot: VpcdSlot, stage: Stage) -> None:
    """A line for each exchange and nothing of the holder; payloads, after a warning, if asked."""
    card = stage.cast.cards[0]
    slot.lay(Chip(card.image))
    said = tramthe(*READ, "--trace", "--can", card.image.can)
    assert said.status == 0
    lines = said.err.splitlines()
    assert lines[0].startswith(f"card laid on {VPCD_READER}")
    assert f"{len(lines) - 1} APDUs" in said.out
    assert any("SM READ BINARY sfi 1D offset 0" in line for line in lines)
    assert all(line.endswith("ok") or "of file" in line for line in lines[1:])
    assert card.image.can is not None
    assert card.image.can not in said.err
    whole = tramthe(*READ, "--trace=traffic", "--can", card.image.can)
    assert whole.err.startswith(WARNING + "\n")
    rows = whole.err.removeprefix(WARNING + "\n").splitlines()
    assert [row[:1] for row in rows[1:4]] == [">", "<", "R"]
    assert bytes.fromhex(rows[1][2:])[:3] == bytes.fromhex("00B09C")


@pytest.mark.card
def test_by_the_environment(
    tramthe: Tramthe, slot: VpcdSlot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRAMTHE_TRACE asks for it as the option does."""
    monkeypatch.setenv("TRAMTHE_TRACE", "commands")
    slot.lay(Chip(stage.cast.cards[0].image))
    assert "READ BINARY sfi 1C" in tramthe(*READ).err


def test_nothing_else_is_taken(tramthe: Tramthe) -> None:
    """A level that is none is a mistake of usage, said before any card is asked."""
    said = tramthe(*READ, "--trace=all")
    assert said.status == 2
    assert "commands" in said.err


def test_not_asked_for() -> None:
    """The watcher is the very same: a tap pays nothing for a trace that nobody reads."""
    reader = DirectReader()
    assert traced(reader, None) is reader
    assert isinstance(traced(reader, "commands"), TracedWatcher)


def test_the_terminal_warns_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever command turns payloads on, the box comes first."""
    traced(DirectReader(), "traffic")
    assert capsys.readouterr().err == WARNING + "\n"


@pytest.mark.parametrize("command", [("serve",), ("card", "read")])
def test_the_help_says_so(tramthe: Tramthe, command: tuple[str, ...]) -> None:
    """Both commands that read cards have it."""
    assert "--trace" in tramthe(*command, "--help").out
