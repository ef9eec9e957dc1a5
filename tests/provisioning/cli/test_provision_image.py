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

__all__ = ["anchor", "card", "claim", "packages"]


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--claim"),
        (("--terminal", "99-0417", "--wifi-hidden"), "--wifi"),
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


def test_a_folder_that_is_no_card(tramthe: Tramthe, tmp_path: Path, packages: Path) -> None:
    """Says what to name."""
    said = tramthe("provision", "image", tmp_path, "--terminal", "a", "--packages", packages)
    assert said.status == Exit.FAILED
    assert "no boot partition" in said.err
    assert "bootfs" in said.err
