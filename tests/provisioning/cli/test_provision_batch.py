"""`tramthe provision batch`: many cards from one list."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.cli.main import Exit
from provisioning.image.boot import FirstStart
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.image.conftest import PASSPHRASE, Card, anchor, card, claim, packages
from tests.repository_root import first_root

__all__ = ["anchor", "card", "claim", "first_root", "packages"]

NAMES = ("99-0417", "99-0418", "99-0419")


@pytest.fixture
def claims(tmp_path: Path, claim: Callable[..., bytes]) -> Path:
    """Return a folder of claims."""
    folder = tmp_path / "claims"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.claim.json").write_bytes(claim(name))
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a list of three: one with a Wi-Fi of its own, one with a host name of its own."""
    path = tmp_path / "list.csv"
    path.write_text(
        "hostname;terminal;wifi;wifi_passphrase;organisation;technician\n"
        f";{NAMES[0]};Nhà văn hoá;{PASSPHRASE};99168053000004;Pâng\n"
        f"hoi-truong;{NAMES[1]};;;;\n;{NAMES[2]};;;;\n",
        "utf-8",
    )
    return path


def answer(monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Have somebody change the card and press Enter whenever that is asked for."""

    def asked(_: str) -> str:
        what()
        return ""

    monkeypatch.setattr("click.termui.visible_prompt_func", asked)


def test_one_card_after_the_other(
    tramthe: Tramthe, card: Card, packages: Path, claims: Path, table: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A card left in and a card that was started are asked for again; nobody's is written over."""
    place = card()
    kept: list[Path] = []

    def change() -> None:
        turn = len(kept)
        if turn in {0, 2}:  # at the first turn the new card lies there; once nobody changes it
            kept.append(tmp_path)
            return
        kept.append(tmp_path / f"card-{turn}")
        shutil.move(place, kept[-1])
        card()
        if turn == 1:
            (place / "cmdline.txt").write_text("root=PARTUUID=0123abcd-02\n")

    answer(monkeypatch, change)
    said = tramthe(
        "provision", "batch", table, "--claims", claims, "--packages", packages, "--card", place,
        "--labels", tmp_path / "labels.html",
    )  # fmt: skip
    assert said.status == Exit.DONE
    assert "started before" in said.out
    assert said.out.endswith("3 cards written.\n")
    cards = [path for path in kept if path != tmp_path] + [place]
    written = {
        path: (path / "tramthe" / "claim.json").read_bytes()
        for path in cards
        if (path / "tramthe" / "claim.json").exists()
    }
    assert sorted(written.values()) == sorted(
        (claims / f"{name}.claim.json").read_bytes() for name in NAMES
    )
    labels = (tmp_path / "labels.html").read_text("utf-8")
    assert all(f">{name}<" in labels for name in NAMES)
    assert PASSPHRASE not in said.out + said.err + labels


def test_a_card_that_is_left_in(
    tramthe: Tramthe, card: Card, packages: Path, claims: Path, table: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Is not written a second time; the list can be gone on with later."""
    place = card()
    turns = iter([None, None])

    def same() -> None:
        if next(turns, 0) == 0:
            raise KeyboardInterrupt

    answer(monkeypatch, same)
    said = tramthe("provision", "batch", table, "--claims", claims, "--packages", packages,
                   "--card", place)  # fmt: skip
    assert said.status == Exit.INTERRUPTED
    assert "written already" in said.out
    assert NAMES[0].encode() in (place / "tramthe" / "claim.json").read_bytes()
    shutil.rmtree(place)
    place = card()
    turns = iter([None])
    said = tramthe("provision", "batch", table, "--claims", claims, "--packages", packages,
                   "--card", place, "--from", NAMES[2])  # fmt: skip
    assert said.out.endswith("1 cards written.\n")
    assert NAMES[2].encode() in (place / "tramthe" / "claim.json").read_bytes()


@pytest.mark.parametrize("kind", list(FirstStart))
def test_a_folder_for_each(
    tramthe: Tramthe, card: Card, packages: Path, claims: Path, table: Path, tmp_path: Path,
    first_root: bytes, kind: FirstStart,
) -> None:  # fmt: skip
    """Copied onto a flashed card it is what `provision image` writes; packages are there once."""
    (tmp_path / "1.root.json").write_bytes(first_root)
    whose = ("--repository-root", tmp_path / "1.root.json")
    said = tramthe(
        "provision", "batch", table, "--claims", claims, "--packages", packages, *whose,
        "--like", card(kind), "--output", tmp_path / "cards",
    )  # fmt: skip
    assert said.status == Exit.DONE
    assert said.out.startswith("updates: lists and programs by stick, under root version 1\n")
    assert {path.name for path in (tmp_path / "cards").iterdir()} == set(NAMES)
    one = card(kind, "one")
    by_hand = tramthe(
        "provision", "image", one, "--claim", claims / f"{NAMES[1]}.claim.json",
        "--packages", packages, "--hostname", "hoi-truong", *whose,
    )  # fmt: skip
    assert by_hand.status == Exit.DONE
    copied = card(kind, "copied")
    shutil.copytree(tmp_path / "cards" / NAMES[1], copied, dirs_exist_ok=True)
    shutil.rmtree(one / "tramthe" / "before")
    assert tree(copied) == tree(one)
    wifi = [n for n, data in tree(tmp_path / "cards").items() if wifi_key().encode() in data]
    assert [path.split("/")[0] for path in wifi] == [NAMES[0]]
    deb = "tramthe/packages/tramthe_0.1.0_arm64.deb"
    first, second = (tmp_path / "cards" / name / deb for name in NAMES[:2])
    assert first.stat().st_ino == second.stat().st_ino
    again = tramthe(
        "provision", "batch", table, "--claims", claims, "--packages", packages,
        "--like", card(kind, "other"), "--output", tmp_path / "cards",
    )  # fmt: skip
    assert again.status == Exit.FAILED
    assert "is there already" in again.err


def wifi_key() -> str:
    """Return the key of the Wi-Fi in the list."""
    network = "Nhà văn hoá".encode()
    return hashlib.pbkdf2_hmac("sha1", PASSPHRASE.encode(), network, 4096, 32).hex()


def tree(folder: Path) -> dict[str, bytes]:
    """Return what lies in a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not name the columns"),
        ("name\n99-0417\n", "does not name the columns"),
        ("terminal,terminal\na,b\n", "does not name the columns"),
        ("terminal,wlan\n99-0417,x\n", "no column 'wlan'"),
        ("terminal\n", "no terminal"),
        (
            "terminal\n99-0417\n\n99-0417\n",
            "Line 4 of the list cannot be used: line 2 has the same",
        ),
        ("terminal\ntram_1\ntram.1\n", "the same host name"),
        ("terminal,wifi\n99-0417\n", "1 cells and not 2"),
        ("terminal,wifi,wifi_passphrase\n99-0417,x,short\n", "Line 2 .*8 to 63"),
        ("terminal,claim\n99-0417,none.json\n", "no claim"),
        ("terminal\n99 0417\n", "no terminal's name"),
        ('terminal\n"99-0417\n', "no CSV"),
        ("terminal\n" + "x\n" * 600_000, "too large"),
    ],
)
def test_a_list_with_a_fault(
    tramthe: Tramthe, card: Card, packages: Path, tmp_path: Path, text: str, why: str
) -> None:
    """Is named by its line, and no card is touched."""
    path = tmp_path / "list.csv"
    path.write_text(text)
    place = card()
    said = tramthe("provision", "batch", path, "--packages", packages, "--card", place)
    assert said.status == Exit.FAILED
    assert re.search(why, said.err)
    assert "short" not in said.err
    assert not (place / "tramthe").exists()


def test_another_terminals_claim(
    tramthe: Tramthe, card: Card, packages: Path, claims: Path, tmp_path: Path
) -> None:
    """Is found out before the first card."""
    path = tmp_path / "list.csv"
    path.write_text(f"terminal,claim\n{NAMES[0]},claims/{NAMES[1]}.claim.json\n")
    said = tramthe("provision", "batch", path, "--packages", packages, "--card", card())
    assert said.status == Exit.FAILED
    assert "Line 2 of the list: The claim is that of terminal 99-0418" in said.err


@pytest.mark.parametrize(
    "arguments", [(), ("--output", "x"), ("--card", "x", "--output", "y", "--like", "."),
                  ("--card", "x", "--from", "none")],
)  # fmt: skip
def test_one_way_or_the_other(
    tramthe: Tramthe, packages: Path, table: Path, arguments: tuple[str, ...]
) -> None:
    """Cards or folders."""
    said = tramthe("provision", "batch", table, "--packages", packages, *arguments)
    assert said.status == Exit.USAGE
