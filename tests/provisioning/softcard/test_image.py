"""A software card's folder: what is written is what is read, and nothing else is read."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.image import (
    MAX_FILE,
    ActiveAuth,
    Behaviour,
    CardImage,
    ChipAuth,
    ChipAuthKey,
    Faults,
    FileEnd,
    PaceOffer,
    Signature,
)
from provisioning.softcard.protocols import (
    Agreement,
    ChipAuthProtocol,
    PaceMapping,
    PaceProtocol,
)
from provisioning.softcard.suite import Suite

MakeImage = Callable[..., CardImage]

GM = PaceProtocol(Agreement.ECDH, PaceMapping.GENERIC, Suite.AES_128)
DH_IM = PaceProtocol(Agreement.DH, PaceMapping.INTEGRATED, Suite.TDES)
CAM = PaceProtocol(Agreement.ECDH, PaceMapping.CHIP_AUTHENTICATION, Suite.AES_256)
CA_AES = ChipAuthProtocol(Agreement.ECDH, Suite.AES_192)
CA_DH = ChipAuthProtocol(Agreement.DH, Suite.TDES)
KEYS = ChipAuth(
    (
        ChipAuthKey(16, bytes(range(1, 49)), 16),
        ChipAuthKey(13, b"\x05\x00", 13, (CA_AES,)),
        ChipAuthKey(0, b"\x07", 300, (CA_DH,)),
    )
)
ALL_BEHAVIOUR = Behaviour(
    master_file=False,
    no_short_identifiers="6A82",
    max_le=256,
    command_buffer=1000,
    answer_buffer=998,
    command_chaining=True,
    response_block=200,
    read_limit=100,
    file_end=FileEnd.EXACT,
    odd_read=False,
    odd_read_from=32_768,
    wait=0.25,
    wait_at=7,
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"can": None, "can_tries": None, "active_auth": None},
        {"mrz_information": None, "hidden": frozenset({0x010E, 0x010F}), "can_tries": 5},
        {"title": 'H’Ƀlăm "Niê" \\', "pace": (PaceOffer(GM, 13),), "mf_files": {}},
        {"pace": (), "bac": True, "wrong_delay": 2.5, "can_tries_left": 0},
        {"pace": (PaceOffer(GM, 12), PaceOffer(DH_IM, 0), PaceOffer(CAM, 16)), "chip_auth": KEYS},
        {"active_auth": ActiveAuth(b"key", "sha1", Signature.RECOVERY_SMALLER)},
        {"behaviour": ALL_BEHAVIOUR},
        {"faults": Faults(1, 2, 3, "6988", 4)},
    ],
)
def test_saved_and_loaded(make_image: MakeImage, tmp_path: Path, changes: dict[str, Any]) -> None:
    """A card comes back as it was."""
    image = make_image(**changes)
    image.save(tmp_path / "card")
    assert CardImage.load(tmp_path / "card") == image


def test_a_card_with_another_in_it(make_image: MakeImage, tmp_path: Path) -> None:
    """The card that takes its place lies in a folder of its own inside."""
    image = make_image(faults=Faults(swap_at=9), other=make_image(name="the-other"))
    image.save(tmp_path / "card")
    assert CardImage.load(tmp_path / "card") == image
    assert CardImage.load(tmp_path / "card" / "other").name == "the-other"


def test_what_has_its_default_is_not_written(make_image: MakeImage, tmp_path: Path) -> None:
    """The description of an ordinary card is short."""
    make_image().save(tmp_path)
    text = (tmp_path / "card.toml").read_text()
    assert "[behaviour]" not in text
    assert "[faults]" not in text
    assert "bac" not in text


def test_secrets_are_the_owners_alone(make_image: MakeImage, tmp_path: Path) -> None:
    """Keys and passwords lie in files of mode 0600."""
    make_image(chip_auth=KEYS).save(tmp_path)
    secrets = [tmp_path / "card.toml", *(tmp_path / "keys").iterdir()]
    assert len(secrets) == 5
    for path in secrets:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_representation_tells_no_secret(make_image: MakeImage) -> None:
    """Neither CAN nor MRZ nor key nor contents show in repr."""
    keys = ChipAuth((ChipAuthKey(12, b"secret number"),))
    text = repr(make_image(can="987654", chip_auth=keys, active_auth=ActiveAuth(b"secret key")))
    assert "987654" not in text
    assert "T2200012936" not in text
    assert "secret" not in text.replace("access", "")
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


@pytest.mark.parametrize("name", ["active-auth.der", "chip-auth-2.bin"])
def test_a_key_that_others_may_read(make_image: MakeImage, tmp_path: Path, name: str) -> None:
    """A key open to others is refused, by its file's name; so is one that is not there."""
    make_image(chip_auth=KEYS).save(tmp_path)
    path = tmp_path / "keys" / name
    path.chmod(0o644)
    with pytest.raises(SoftCardInvalid, match=f"keys/{name}.*others"):
        CardImage.load(tmp_path)
    path.unlink()
    with pytest.raises(SoftCardInvalid, match=f"keys/{name}.*missing"):
        CardImage.load(tmp_path)


def test_no_card_in_the_folder(tmp_path: Path) -> None:
    """An empty folder is no card."""
    with pytest.raises(SoftCardInvalid, match=r"card\.toml"):
        CardImage.load(tmp_path)
