"""card.toml and the values behind it: each fault is told by the key it stands at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.image import (
    Access,
    ActiveAuth,
    Behaviour,
    CardImage,
    ChipAuth,
    ChipAuthKey,
    Faults,
    PaceOffer,
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
IM = PaceProtocol(Agreement.ECDH, PaceMapping.INTEGRATED, Suite.AES_128)
CAM = PaceProtocol(Agreement.ECDH, PaceMapping.CHIP_AUTHENTICATION, Suite.AES_128)
DH = PaceProtocol(Agreement.DH, PaceMapping.GENERIC, Suite.AES_128)
CA = ChipAuthProtocol(Agreement.ECDH, Suite.AES_128)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('name = "test-card"\n', "", "name: it is missing"),
        ("can_tries = 3", 'can_tries = "3"', r"access\.can_tries: .*type"),
        ("can_tries = 3", "can_tries = true", r"access\.can_tries"),
        ("can_tries = 3", "can_tries = 0", r"access\.can_tries"),
        ("can_tries = 3", "can_tries_left = 1", r"access\.can_tries_left"),
        ("can_tries = 3", "wrong_delay = -1", r"access\.wrong_delay"),
        ("can_tries = 3", "wrong_delay = nan", r"access\.wrong_delay"),
        ("can_tries = 3", "pin = 3", r"access\.pin: there is no such key"),
        ('atr = "3b', 'atr = "xx', "atr"),
        ('atr = "3b', 'atr = "00', "atr"),
        ('"010E"', '"10E"', "app_files"),
        ('"010E", ', "", "app_files"),
        ('"011D"]', '"011D", "011E"]', "mf_files"),
        ("parameter_id = 12", "parameter_id = 7", r"access\.pace\.parameter_id"),
        ("parameter_id = 12", "parameter_id = 0", r"access\.pace\.parameter_id"),
        ("parameter_id = 12", "", r"access\.pace\.parameter_id: it is missing"),
        ("id-PACE-ECDH-GM-AES", "id-PACE-ECDH-GM-AEX", r"access\.pace\.protocol"),
        ("[[access.pace]]", "[access.pace]", r"access\.pace"),
        ("[[access.pace]]", "[[access.place]]", r"access\.place"),
        ('can = "123456"', 'can = "12345"', r"access\.can"),
        ('can = "123456"', 'can = "١٢٣٤٥٦"', r"access\.can"),
        ("T22000", "t22000", r"access\.mrz_information"),
        ("hidden = []", "hidden = [270]", "hidden"),
        ("hidden = []", "hidden = []\ncolour = 1", "colour"),
        ("hidden = []", "hidden = [", r"card\.toml"),
        ("[active_auth]\n", "[active_auth]\nsalt = 3\n", r"active_auth\.salt"),
        ("[active_auth]", "[active_authentication]", "active_authentication"),
        ('"sha256"', '"md5"', r"active_auth\.hash"),
        ('"plain"', '"pss"', r"active_auth\.signature"),
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


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("[behaviour]\nmaster_file = 1", r"behaviour\.master_file"),
        ("[behaviour]\nspeed = 1", r"behaviour\.speed"),
        ('[behaviour]\nfile_end = "abrupt"', r"behaviour\.file_end"),
        ("[behaviour]\nmax_le = 255", r"behaviour\.max_le"),
        ("[behaviour]\nwait_at = 0", r"behaviour\.wait_at"),
        ("[faults]\nstall_at = 0", r"faults\.stall_at"),
        ("[faults]\nswap_at = 4", r"faults\.swap_at"),
        ('[faults]\nbare_status = "OK"', r"faults\.bare_status"),
        ("[faults]\nexplode_at = 4", r"faults\.explode_at"),
        ("[chip_auth]\nkey = 1", r"chip_auth\.key"),
        ("[chip_auth]\nkeys = [1]", r"chip_auth\.keys"),
        ("[[chip_auth.keys]]\nkey_id = 1", r"chip_auth\.keys\.parameter_id"),
        ("[[chip_auth.keys]]\nparameter_id = 12\nprotocols = [1]", r"chip_auth\.keys\.protocols"),
        ("[[chip_auth.keys]]\nparameter_id = 12", r"keys/chip-auth-1\.bin"),
    ],
)
def test_a_table_with_a_fault(
    make_image: MakeImage, tmp_path: Path, table: str, named: str
) -> None:
    """The tables that may be left out are checked as the others are."""
    make_image().save(tmp_path)
    path = tmp_path / "card.toml"
    path.write_text(f"{path.read_text()}\n{table}\n")
    with pytest.raises(SoftCardInvalid, match=named):
        CardImage.load(tmp_path)


def test_a_card_of_an_older_kind(tmp_path: Path, make_image: MakeImage) -> None:
    """A description without the table of access says which table it lacks."""
    make_image().save(tmp_path)
    path = tmp_path / "card.toml"
    path.write_text(path.read_text().split("[access]")[0])
    with pytest.raises(SoftCardInvalid, match="access: it is missing"):
        CardImage.load(tmp_path)


def test_a_description_of_another_time(tmp_path: Path, make_image: MakeImage) -> None:
    """A key file without the table that says how it signs is refused."""
    make_image().save(tmp_path)
    path = tmp_path / "card.toml"
    path.write_text(path.read_text().split("[active_auth]")[0])
    with pytest.raises(SoftCardInvalid, match="active_auth: it is missing"):
        CardImage.load(tmp_path)


def _key(**changes: Any) -> ChipAuthKey:
    fields: dict[str, Any] = {"parameter_id": 12, "secret": b"\x05", "protocols": (CA,)}
    return ChipAuthKey(**fields | changes)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (Access, "access"),
        (lambda: Access(bac=True), "bac"),
        (lambda: Access(pace=(PaceOffer(GM, 12),) * 2), "pace"),
        (lambda: PaceOffer(GM, 19), "parameter_id"),
        (lambda: PaceOffer(DH, 12), "parameter_id"),
        (lambda: PaceOffer(IM, 10), "parameter_id"),
        (lambda: _key(parameter_id=5), "parameter_id"),
        (lambda: _key(secret=b"\x00"), "keys"),
        (lambda: _key(secret=b"\xff" * 32), "keys"),
        (lambda: _key(key_id=-1), "key_id"),
        (lambda: _key(parameter_id=0), "protocols"),
        (lambda: ChipAuth((_key(key_id=1), _key(key_id=1))), "key_id"),
        (lambda: ChipAuth((_key(key_id=1), _key())), "key_id"),
        (lambda: ActiveAuth(b"", "md5"), "hash"),
        (lambda: Behaviour(no_short_identifiers="6D00"), "no_short_identifiers"),
        (lambda: Behaviour(response_block=8), "response_block"),
        (lambda: Behaviour(read_limit=0), "read_limit"),
        (lambda: Behaviour(command_buffer=10), "command_buffer"),
        (lambda: Behaviour(answer_buffer=70_000), "answer_buffer"),
        (lambda: Behaviour(wait=1e9), "wait"),
        (lambda: Faults(wrong_checksum_at=-1), "wrong_checksum_at"),
    ],
)
def test_parts_that_cannot_be(make: Callable[[], object], named: str) -> None:
    """No part is made that the chip could not run."""
    with pytest.raises(SoftCardInvalid, match=named):
        make()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"pace": (PaceOffer(CAM, 12),)}, "CAM"),
        (
            {"pace": (PaceOffer(CAM, 12),), "chip_auth": ChipAuth((_key(key_id=1),))},
            "CAM",
        ),
        ({"pace": (PaceOffer(DH, 1),), "behaviour": Behaviour(extended_length=False)}, "extended"),
    ],
)
def test_parts_that_do_not_go_together(
    make_image: MakeImage, changes: dict[str, Any], named: str
) -> None:
    """Mapping needs its key; public keys of 2048 bits need extended length."""
    with pytest.raises(SoftCardInvalid, match=named):
        make_image(**changes)


def test_a_card_in_a_card_in_a_card(make_image: MakeImage) -> None:
    """Only one other card can take a card's place."""
    inner = make_image(faults=Faults(swap_at=1), other=make_image())
    with pytest.raises(SoftCardInvalid, match="other"):
        make_image(faults=Faults(swap_at=1), other=inner)
