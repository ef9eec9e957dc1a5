"""`tramthe softcard make` and `kinds`: cards to try a terminal with."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.demo.prepare import Stage
from provisioning.matrix import MATRIX
from provisioning.softcard.image import CardImage
from reader.evidence import Password, PasswordKind
from reader.lds.dg1 import mrz_information
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.laid import read_laid


def _office(stage: Stage) -> Path:
    return stage.cards.parent / "office"


def test_the_kinds_there_are(tramthe: Tramthe) -> None:
    """Every name of the table, one on each line."""
    assert tramthe("softcard", "kinds").out.splitlines() == list(MATRIX)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("bac-alone", "BAC; active authentication ECDSA/SHA256 (secp256r1)"),
        ("ca-and-aa", "PACE-GM/AES-128 (secp256r1); chip authentication ECDH/AES-128"),
    ],
)
def test_a_card_is_made_and_opens(
    tramthe: Tramthe, stage: Stage, tmp_path: Path, kind: str, line: str
) -> None:
    """It says what it is and what opens it, and that does."""
    said = tramthe("softcard", "make", kind, tmp_path / "card", "--office", _office(stage))
    assert said.status == 0
    assert line in said.out
    option, value = said.out.splitlines()[-1].removeprefix("  opens with: ").split()
    if option == "--can":
        password = Password(PasswordKind.CAN, value)
    else:
        password = Password(PasswordKind.MRZ, mrz_information(*value.split(",")))
    image = CardImage.load(tmp_path / "card")
    assert image.name == kind
    assert read_laid(image, password).evidence.refused == {}


def test_what_cannot_be_made(tramthe: Tramthe, stage: Stage, tmp_path: Path) -> None:
    """A kind that is none; a folder in use; an office without keys."""
    office = ("--office", _office(stage))
    assert tramthe("softcard", "make", "best-of-all", tmp_path / "card", *office).status == 2
    (tmp_path / "file").write_text("")
    used = tramthe("softcard", "make", "pilot", tmp_path, *office)
    assert used.status == 3
    assert "not empty" in used.err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert tramthe("softcard", "make", "pilot", tmp_path / "card", "--office", empty).status == 3
