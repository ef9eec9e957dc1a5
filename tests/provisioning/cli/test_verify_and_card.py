"""`tramthe verify` and `tramthe card`: readings judged again, and cards over PC/SC."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from provisioning import people
from provisioning.cli.common import office_time
from provisioning.demo.prepare import Stage
from provisioning.softcard.chip import Chip
from provisioning.softcard.hostile import Foreign, Garbage
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER
from tests.provisioning.cli.conftest import Tramthe
from verify.verdict import Outcome

ABSENT_READER = ("--reader", "no such reader", "--wait", "0.2")


def test_a_members_reading(tramthe: Tramthe, state: Path, evidence: dict[str, Path]) -> None:
    """Accepted: exit status 0, eight steps, the numbers behind it, nobody named."""
    said = tramthe("verify", "--state", state, evidence["member-1"])
    assert said.status == 0
    assert said.out.startswith("ACCEPTED\n")
    assert [line for line in said.out.splitlines() if re.match(r"  [1-8] .* passed", line)]
    assert len(re.findall(r"^  [1-8] ", said.out, re.MULTILINE)) == 8
    assert "card:   good" in said.out.lower()
    person = people.NGOC.person
    for text in (person.name, person.personal_number, people.NGOC.can):
        assert text not in said.out


def test_every_reading_of_the_cast(
    tramthe: Tramthe, state: Path, stage: Stage, evidence: dict[str, Path]
) -> None:
    """Exit status 0 if accepted, 1 if not, with the reason that the cast promises."""
    for card in stage.cast.cards:
        said = tramthe("verify", "--state", state, evidence[card.key])
        assert said.status == (0 if card.outcome is Outcome.ACCEPTED else 1), card.key
        if card.outcome is Outcome.REJECTED:
            assert said.out.startswith(f"REJECTED {card.reason}\n")


def test_judged_as_of_another_time(
    tramthe: Tramthe, state: Path, evidence: dict[str, Path]
) -> None:
    """Twenty days later the lists are too old to say yes."""
    later = (office_time() + timedelta(days=20)).isoformat()
    said = tramthe("verify", "--state", state, "--at", later, evidence["member-1"])
    assert said.status == 1
    assert said.out.startswith("INDETERMINATE SIGNER_STATUS_STALE")
    assert "asserted" in said.out


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01", "", "9" * 400])
def test_a_time_that_is_none(
    tramthe: Tramthe, state: Path, evidence: dict[str, Path], at: str
) -> None:
    """Says how a time is written."""
    said = tramthe("verify", "--state", state, "--at", at, evidence["member-1"])
    assert said.status == 2
    assert "2026-11-20T12:00:00Z" in said.err


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31T23:59:59-12:00", "9999-12-31"])
def test_a_time_at_the_edge(
    tramthe: Tramthe, state: Path, evidence: dict[str, Path], at: str
) -> None:
    """The first and last days of the calendar break nothing."""
    said = tramthe("verify", "--state", state, "--at", at, evidence["member-1"])
    assert said.status in (1, 2)


def test_not_a_reading(tramthe: Tramthe, state: Path, garbage: list[Path]) -> None:
    """One sentence and what to give instead."""
    for file in garbage:
        said = tramthe("verify", "--state", state, file)
        assert said.status == 3
        assert "card read --save" in said.err
        assert "Error" not in said.err


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\x00", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"{}", "a field is missing"),
        (b"[]", "a field has another form"),
        (b'{"v": 99}', "its version is 99"),
    ],
)
def test_why_it_is_not_a_reading(
    tramthe: Tramthe, state: Path, tmp_path: Path, data: bytes, why: str
) -> None:
    """In plain words."""
    file = tmp_path / "reading"
    file.write_bytes(data)
    assert why in tramthe("verify", "--state", state, file).err


def test_a_reading_of_an_unknown_family(
    tramthe: Tramthe, state: Path, evidence: dict[str, Path], tmp_path: Path
) -> None:
    """Names the families there are."""
    other = tmp_path / "other.json"
    text = evidence["changed-name"].read_text()
    other.write_text(text.replace('"profile":"dang-vien"', '"profile":"library"'))
    said = tramthe("verify", "--state", state, other)
    assert said.status in (1, 3)


@pytest.mark.parametrize("which", ["absent", "folder"])
def test_a_file_that_is_none(tramthe: Tramthe, state: Path, tmp_path: Path, which: str) -> None:
    """Exit status 2 and the path."""
    said = tramthe("verify", "--state", state, tmp_path / "no" if which == "absent" else tmp_path)
    assert said.status == 2
    assert str(tmp_path) in said.err


def test_an_endless_file(tramthe: Tramthe, state: Path) -> None:
    """A device that never ends is not read to its end."""
    assert tramthe("verify", "--state", state, "/dev/zero").status == 3


def test_a_folder_that_is_no_terminals(
    tramthe: Tramthe, tmp_path: Path, evidence: dict[str, Path]
) -> None:
    """Says that the root key is missing."""
    said = tramthe("verify", "--state", tmp_path, evidence["member-1"])
    assert said.status == 3
    assert "root key" in said.err


def test_no_reader(tramthe: Tramthe) -> None:
    """Says what was waited for."""
    said = tramthe("card", "read", *ABSENT_READER)
    assert said.status == 3
    assert "Nothing was read" in said.err


@pytest.mark.parametrize(
    "options",
    [
        ("--can", "12345"),
        ("--can", "abcdef"),
        ("--can", "١٢٣٤٥٦"),
        ("--mrz", "X"),
        ("--mrz", "a,b,c"),
        ("--mrz", ",,"),
        ("--can", "123456", "--mrz", "L898902C3,740812,120415"),
    ],
)
def test_a_password_that_is_none(tramthe: Tramthe, options: tuple[str, ...]) -> None:
    """Refused before any card is asked, and not repeated on the screen."""
    said = tramthe("card", "read", *ABSENT_READER, *options)
    assert said.status == 2
    assert "123456" not in said.err
    assert "card's" not in said.err


@pytest.mark.parametrize("wait", ["-1", "nan", "inf", "soon", ""])
def test_a_wait_that_is_none(tramthe: Tramthe, wait: str) -> None:
    """Refused when it is parsed, for both options that take seconds."""
    said = tramthe("card", "read", f"--wait={wait}")
    assert (said.status, "number of seconds" in said.err) == (2, True)
    assert tramthe("softcard", "insert", ".", f"--seconds={wait}").status == 2


# Over PC/SC


@pytest.fixture(scope="module")
def _slot(virtual_reader: tuple[str, int]) -> Iterator[VpcdSlot]:
    """Return the virtual reader's field; one slot keeps cards as far apart as hands do."""
    slot = VpcdSlot(*virtual_reader)
    yield slot
    slot.close()


@pytest.fixture
def slot(_slot: VpcdSlot) -> Iterator[VpcdSlot]:
    """Return the virtual reader's field, empty again afterwards."""
    yield _slot
    _slot.lift()


READ = ("card", "read", "--reader", VPCD_READER, "--wait", "10")


@pytest.mark.card
def test_read_kept_and_verified(
    tramthe: Tramthe, slot: VpcdSlot, stage: Stage, state: Path, tmp_path: Path
) -> None:
    """A card read over PC/SC, judged at once, kept for its owner only, and judged again."""
    card = stage.cast.cards[0]
    slot.lay(Chip(card.image))
    kept = tmp_path / "kept.json"
    said = tramthe(*READ, "--can", card.image.can, "--state", state, "--save", kept)
    assert said.status == 0
    assert "read as dang-vien" in said.out
    assert "ACCEPTED" in said.out
    assert card.holder not in said.out
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert tramthe("verify", "--state", state, kept).status == 0


@pytest.mark.card
def test_read_without_and_with_a_wrong_password(
    tramthe: Tramthe, slot: VpcdSlot, stage: Stage
) -> None:
    """Each ends with exit status 1 and what to give; one guess, and the tries that are left."""
    slot.lay(Chip(stage.cast.cards[0].image))
    said = tramthe(*READ)
    assert (said.status, "--can or --mrz" in said.out) == (1, True)
    said = tramthe(*READ, "--can", "000000")
    assert (said.status, "Tries left: 2" in said.out) == (1, True)
    said = tramthe(*READ, "--can", "000000")
    assert (said.status, "Tries left: 1" in said.out) == (1, True)
    said = tramthe(*READ, "--can", "000000")
    assert (said.status, "No guess was made" in said.out) == (1, True)


@pytest.mark.card
def test_a_card_that_is_not_accepted(
    tramthe: Tramthe, slot: VpcdSlot, stage: Stage, state: Path
) -> None:
    """Read well, judged badly: exit status 1."""
    clone = next(card for card in stage.cast.cards if card.key == "clone")
    slot.lay(Chip(clone.image))
    said = tramthe(*READ, "--can", clone.image.can, "--state", state)
    assert said.status == 1
    assert "REJECTED CHIP_AUTH_WITHHELD" in said.out


@pytest.mark.card
@pytest.mark.parametrize("kind", ["foreign", "garbage", "torn"])
def test_a_card_that_cannot_be_read(
    tramthe: Tramthe, slot: VpcdSlot, stage: Stage, kind: str
) -> None:
    """One sentence, exit status 3."""
    match kind:
        case "foreign":
            slot.lay(Foreign())
        case "garbage":
            slot.lay(Garbage())
        case _:
            slot.lay(Chip(stage.cast.cards[0].image), tear_after=4)
    said = tramthe(*READ, "--can", stage.cast.cards[0].image.can)
    assert said.status == 3


@pytest.mark.card
def test_kept_where_nothing_can_be(
    tramthe: Tramthe, slot: VpcdSlot, stage: Stage, tmp_path: Path
) -> None:
    """A path that cannot be written is named."""
    slot.lay(Chip(stage.cast.cards[0].image))
    said = tramthe(*READ, "--can", stage.cast.cards[0].image.can, "--save", tmp_path / "no" / "x")
    assert said.status == 3
    assert str(tmp_path / "no") in said.err
