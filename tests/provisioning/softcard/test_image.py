"""A software card's folder: what is written is what is read, and nothing else is read."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.image import MAX_FILE, CardImage

MakeImage = Callable[..., CardImage]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"can": None, "can_tries": None, "active_auth_key": None},
        {"mrz_information": None, "hidden": frozenset({0x010E, 0x010F}), "can_tries": 5},
        {"title": 'H’Ƀlăm "Niê" \\', "pace_parameter_id": 13, "mf_files": {}},
    ],
)
def test_saved_and_loaded(make_image: MakeImage, tmp_path: Path, changes: dict[str, Any]) -> None:
    """A card comes back as it was."""
    image = make_image(**changes)
    image.save(tmp_path / "card")
    assert CardImage.load(tmp_path / "card") == image


def test_secrets_are_the_owners_alone(make_image: MakeImage, tmp_path: Path) -> None:
    """Key and passwords lie in files of mode 0600."""
    make_image().save(tmp_path)
    for name in ("key.der", "card.toml"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_the_representation_tells_no_secret(make_image: MakeImage) -> None:
    """Neither CAN nor MRZ nor contents show in repr."""
    text = repr(make_image(can="987654"))
    assert "987654" not in text
    assert "T2200012936" not in text
    assert "x07" not in text


def test_a_folder_that_is_not_empty(make_image: MakeImage, tmp_path: Path) -> None:
    """A card is never mixed into another."""
    make_image().save(tmp_path)
    with pytest.raises(SoftCardInvalid, match="not empty"):
        make_image().save(tmp_path)


def test_a_folder_that_cannot_be_written(make_image: MakeImage, tmp_path: Path) -> None:
    """The file system's refusal comes as one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SoftCardInvalid, match="cannot be written"):
        make_image().save(tmp_path / "file" / "card")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('name = "test-card"\n', "", "name"),
        ("can_tries = 3", 'can_tries = "3"', "can_tries"),
        ("can_tries = 3", "can_tries = true", "can_tries"),
        ("can_tries = 3", "can_tries = 0", "can_tries"),
        ('atr = "3b', 'atr = "xx', "atr"),
        ('atr = "3b', 'atr = "00', "atr"),
        ('"010E"', '"10E"', "app_files"),
        ('"010E", ', "", "app_files"),
        ('"011D"]', '"011D", "011E"]', "mf_files"),
        ("pace_parameter_id = 12", "pace_parameter_id = 1", "pace_parameter_id"),
        ('"0.4.0.127.0.7.2.2.4.2.2"', '"0.4.0.127.0.7.2.2.4.2.4"', "pace_protocol"),
        ('can = "123456"', 'can = "12345"', "can"),
        ('can = "123456"', 'can = "١٢٣٤٥٦"', "can"),
        ("hidden = []", "hidden = [270]", "hidden"),
        ("hidden = []", "hidden = []\ncolour = 1", "colour"),
        ("hidden = []", "hidden = [", "card.toml"),
    ],
)
def test_card_toml_with_a_fault(
    make_image: MakeImage, tmp_path: Path, old: str, new: str, named: str
) -> None:
    """The error names the key at fault."""
    make_image().save(tmp_path)
    path = tmp_path / "card.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(SoftCardInvalid, match=named):
        CardImage.load(tmp_path)


def test_a_stray_or_missing_file(make_image: MakeImage, tmp_path: Path) -> None:
    """The folders hold exactly the files that card.toml lists."""
    make_image().save(tmp_path)
    stray = tmp_path / "files" / "mf" / "notes.txt"
    stray.write_text("")
    with pytest.raises(SoftCardInvalid, match="mf_files"):
        CardImage.load(tmp_path)
    stray.unlink()
    (tmp_path / "files" / "app" / "0101.bin").unlink()
    with pytest.raises(SoftCardInvalid, match="app_files"):
        CardImage.load(tmp_path)


def test_a_file_that_is_too_large(make_image: MakeImage, tmp_path: Path) -> None:
    """No more than the limit is read."""
    make_image().save(tmp_path)
    (tmp_path / "files" / "app" / "0101.bin").write_bytes(bytes(MAX_FILE + 1))
    with pytest.raises(SoftCardInvalid, match=r"0101\.bin"):
        CardImage.load(tmp_path)
    with pytest.raises(SoftCardInvalid, match="app_files"):
        make_image(app_files={0x0101: bytes(MAX_FILE + 1)})


def test_a_key_that_others_may_read(make_image: MakeImage, tmp_path: Path) -> None:
    """A key open to others is refused, by its file's name."""
    make_image().save(tmp_path)
    (tmp_path / "key.der").chmod(0o644)
    with pytest.raises(SoftCardInvalid, match=r"key\.der"):
        CardImage.load(tmp_path)


def test_no_card_in_the_folder(tmp_path: Path) -> None:
    """An empty folder is no card."""
    with pytest.raises(SoftCardInvalid, match=r"card\.toml"):
        CardImage.load(tmp_path)
