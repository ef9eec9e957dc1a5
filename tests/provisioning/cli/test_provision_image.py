"""`tramthe provision image`, from the command line to the card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.cli.main import Exit
from provisioning.image.boot import FirstStart
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.image.conftest import (
    PASSPHRASE,
    SSH_KEY,
    SSID,
    Card,
    anchor,
    card,
    claim,
    packages,
)
from tests.repository_root import first_root

__all__ = ["anchor", "card", "claim", "first_root", "packages"]


@pytest.fixture
def files(tmp_path: Path, claim: Callable[..., bytes]) -> Path:
    """Return a folder with what a technician has at hand."""
    folder = tmp_path / "hand"
    folder.mkdir()
    (folder / "claim.json").write_bytes(claim())
    (folder / "key.pub").write_text(f"{SSH_KEY}\n")
    (folder / "wifi").write_text(f"{PASSPHRASE}\n")
    return folder


@pytest.mark.parametrize("kind", list(FirstStart))
def test_a_card(
    tramthe: Tramthe, card: Card, packages: Path, files: Path, kind: FirstStart
) -> None:
    """It says what it made, and nothing of passphrase, key or claim."""
    folder = card(kind)
    said = tramthe(
        "provision", "image", folder, "--claim", files / "claim.json", "--packages", packages,
        "--wifi", SSID, "--wifi-passphrase", files / "wifi", "--ssh-key", files / "key.pub",
    )  # fmt: skip
    assert said.status == Exit.DONE
    assert "terminal  99-0417, 99-0417 on the network" in said.out
    assert f"first start by {kind}" in said.out
    assert "SSH by key" in said.out
    assert "updates   none by themselves: --repository-root says whose" in said.out
    key = hashlib.pbkdf2_hmac("sha1", PASSPHRASE.encode(), SSID.encode(), 4096, 32).hex()
    for secret in (PASSPHRASE, key, '"secret"'):
        assert secret not in said.out + said.err
    assert (folder / "tramthe" / "claim.json").read_bytes() == (files / "claim.json").read_bytes()
    assert tramthe("provision", "image-undo", folder).out == f"{folder}: as it was flashed.\n"
    assert tramthe("provision", "image-undo", folder).out.endswith("nothing of ours lies there.\n")


def test_the_passphrase_is_asked(
    tramthe: Tramthe, card: Card, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file has it; it is not shown."""
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: PASSPHRASE)
    said = tramthe(
        "provision", "image", card(), "--terminal", "99-0418", "--packages", packages,
        "--wifi", SSID,
    )  # fmt: skip
    assert said.status == Exit.DONE
    assert PASSPHRASE not in said.out + said.err
    assert "claim     none" in said.out


def test_a_wifi_for_phones(tramthe: Tramthe, card: Card, packages: Path, tmp_path: Path) -> None:
    """As the shared configuration tells of it, by the terminal's own name; else refused."""
    shared = tmp_path / "shared.toml"
    shared.write_text('access_point = "192.168.50.1"\naccess_point_security = "wpa3"\n')
    folder = card()
    asked = (
        "provision", "image", folder, "--terminal", "99-0418", "--packages", packages,
        "--access-point", "wlan1",
    )  # fmt: skip
    refused = tramthe(*asked)
    assert refused.status == Exit.FAILED
    assert "no Wi-Fi for phones" in refused.err
    assert not (folder / "tramthe").exists()
    said = tramthe(*asked, "--config", shared)
    assert said.status == Exit.DONE
    assert "phones    Wi-Fi TramThe 99-0418 by wlan1, at meetings" in said.out
    assert (folder / "tramthe" / "access-point.nmconnection").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--claim"),
        (("--terminal", "99-0417", "--wifi-hidden"), "--wifi"),
        (("--terminal", "99-0417", "--repository", "https://a.example"), "--repository-root"),
        (("--terminal", "99-0417", "--no-updates"), "--repository-root"),
        (
            ("--terminal", "99-0417", "--wifi", "x", "--access-point", "wlan0"),
            "another radio",
        ),
    ],
)
def test_what_is_left_out(
    tramthe: Tramthe, card: Card, packages: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Is named, and the card is left alone."""
    folder = card()
    answer = tramthe("provision", "image", folder, "--packages", packages, *arguments)
    assert answer.status == Exit.USAGE
    assert said in answer.err
    assert not (folder / "tramthe").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--repository", "https://a.example"), "from https://a.example, or by stick, under root"),
        ((), "lists and programs by stick, under root version 1"),
        (("--no-updates",), "updates   lists by stick"),
    ],
)
def test_whose_programs_it_takes(
    tramthe: Tramthe, card: Card, packages: Path, tmp_path: Path, first_root: bytes,
    arguments: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    """The root lies on the card, the configuration names the source, and it is said."""
    root = tmp_path / "1.root.json"
    root.write_bytes(first_root)
    folder = card()
    answer = tramthe(
        "provision", "image", folder, "--terminal", "99-0417", "--packages", packages,
        "--repository-root", root, *arguments,
    )  # fmt: skip
    assert answer.status == Exit.DONE, answer.err
    assert said in answer.out
    assert (folder / "tramthe" / "repository-root.json").read_bytes() == first_root
    config = (folder / "tramthe" / "terminal.toml").read_text()
    assert ('software = "/var/lib/tramthe-software"' in config) is ("--no-updates" not in arguments)
    assert ('repository = "https://a.example"' in config) is ("--repository" in arguments)


def test_a_repository_that_all_share_and_nobody_vouches_for(
    tramthe: Tramthe, card: Card, packages: Path, tmp_path: Path
) -> None:
    """Is told of: nothing of it would be believed."""
    (tmp_path / "shared.toml").write_text('repository = "https://a.example"\n')
    said = tramthe(
        "provision", "image", card(), "--terminal", "99-0417", "--packages", packages,
        "--config", tmp_path / "shared.toml",
    )  # fmt: skip
    assert "none from https://a.example: --repository-root says whose" in said.out


def test_a_folder_that_is_no_card(tramthe: Tramthe, tmp_path: Path, packages: Path) -> None:
    """Says what to name."""
    said = tramthe("provision", "image", tmp_path, "--terminal", "a", "--packages", packages)
    assert said.status == Exit.FAILED
    assert "no boot partition" in said.err
    assert "bootfs" in said.err
