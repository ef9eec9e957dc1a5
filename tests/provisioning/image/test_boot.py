"""A flashed card's boot partition: recognised by what lies there, written, put back."""

from __future__ import annotations

import hashlib
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.errors import BootPartitionUnfit, OfficeInputInvalid
from provisioning.image import boot, bundle
from provisioning.image.boot import FirstStart, recognise, restore, write
from provisioning.image.bundle import open_bundle
from provisioning.image.machine import Machine
from tests.provisioning.image.conftest import PASSPHRASE, Card, index

KINDS = tuple(FirstStart)


def tree(folder: Path) -> dict[str, bytes]:
    """Return what lies in a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def silent(_: str) -> None:
    """Take what would be said."""


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_is(card: Card, kind: FirstStart) -> None:
    """By what lies there, and by its own words."""
    found = recognise(card(kind))
    assert found.kind is kind
    assert found.issue == "Raspberry Pi reference 2026-10-02"


@pytest.mark.parametrize("missing", ["cmdline.txt", "config.txt", "kernel8.img", "issue.txt"])
def test_no_such_partition(card: Card, missing: str) -> None:
    """Any other folder is left as it is."""
    folder = card()
    (folder / missing).unlink()
    with pytest.raises(BootPartitionUnfit):
        recognise(folder)


def test_another_system(card: Card) -> None:
    """A boot partition, but not of Raspberry Pi OS."""
    folder = card()
    (folder / "issue.txt").write_text("Another 1.0\n")
    with pytest.raises(BootPartitionUnfit, match="another system"):
        recognise(folder)


def test_a_file_in_place_of_a_folder(card: Card) -> None:
    """Is no partition."""
    with pytest.raises(BootPartitionUnfit):
        recognise(card() / "config.txt")


def test_older_than_bookworm(card: Card) -> None:
    """Its first start knows another place for everything."""
    folder = card(FirstStart.FIRST_RUN)
    (folder / "config.txt").write_text("# http://rpf.io/configtxt\n")
    with pytest.raises(BootPartitionUnfit, match="older than Bookworm"):
        recognise(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_that_was_started(card: Card, kind: FirstStart) -> None:
    """May hold a terminal's records: it is refused."""
    folder = card(kind)
    (folder / "cmdline.txt").write_text("console=tty1 root=PARTUUID=0123abcd-02 rootwait\n")
    with pytest.raises(BootPartitionUnfit, match="started before"):
        recognise(folder)


def test_a_terminals_card(card: Card) -> None:
    """Is known by its result, too."""
    folder = card()
    (folder / "tramthe").mkdir()
    (folder / "tramthe" / "RESULT.txt").write_text("FAILED while it slept\n")
    with pytest.raises(BootPartitionUnfit, match="started before"):
        recognise(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_written_and_put_back(card: Card, packages: Path, full: Machine, kind: FirstStart) -> None:
    """Every file is there with its sum; undone, the card is as it was flashed, to the byte."""
    folder = card(kind)
    before = tree(folder)
    write(recognise(folder), full, open_bundle(packages), silent)
    written = tree(folder)
    top = {"user-data", "network-config", "meta-data"} if kind is FirstStart.CLOUD_INIT else {
        "firstrun.sh", "cmdline.txt"
    }  # fmt: skip
    changed = {name for name in written if written[name] != before.get(name)}
    assert {name for name in changed if "/" not in name} == top
    sums = written["tramthe/SHA256SUMS"].decode().splitlines()
    for line in sums:
        sum_, name = line.split("  ")
        assert hashlib.sha256(written[f"tramthe/{name}"]).hexdigest() == sum_
    listed = {f"tramthe/{line.split('  ')[1]}" for line in sums}
    ours = {n for n in written if n.startswith("tramthe/") and not n.startswith("tramthe/before/")}
    secret = {"tramthe/claim.json", "tramthe/wifi.nmconnection"} & ours
    assert listed == ours - secret - {"tramthe/SHA256SUMS"}
    assert restore(folder)
    assert tree(folder) == before
    assert not (folder / "tramthe").exists()
    assert not restore(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_the_passphrase_is_nowhere(
    card: Card, packages: Path, full: Machine, kind: FirstStart
) -> None:
    """Only the key that follows from it, in one file, readable by its owner alone."""
    folder = card(kind)
    write(recognise(folder), full, open_bundle(packages), silent)
    assert full.wifi is not None
    holding = [name for name, data in tree(folder).items() if full.wifi.psk.encode() in data]
    place = "network-config" if kind is FirstStart.CLOUD_INIT else "tramthe/wifi.nmconnection"
    assert holding == [place]
    for name in (place, "tramthe/claim.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert not [n for n, data in tree(folder).items() if PASSPHRASE.encode() in data]


def test_written_again_for_another(card: Card, packages: Path, full: Machine) -> None:
    """Nothing of the first is left, and undoing goes back to the flashed card."""
    folder = card(FirstStart.FIRST_RUN)
    before = tree(folder)
    held = open_bundle(packages)
    write(recognise(folder), full, held, silent)
    other = replace(full, hostname="99-0418", wifi=None, claim=None, ssh_keys=())
    copied: list[str] = []
    write(recognise(folder), other, held, copied.append)
    assert copied == []
    assert "tramthe/wifi.nmconnection" not in tree(folder)
    assert "tramthe/claim.json" not in tree(folder)
    assert b"99-0418" in (folder / "tramthe" / "settings").read_bytes()
    restore(folder)
    assert tree(folder) == before


def test_packages_of_another_version(card: Card, packages: Path, full: Machine) -> None:
    """An older package on the card is not installed beside the new one."""
    folder = card()
    older = folder / "tramthe" / "packages" / "tramthe_0.0.9_arm64.deb"
    older.parent.mkdir(parents=True)
    older.write_bytes(b"old")
    write(recognise(folder), full, open_bundle(packages), silent)
    assert not older.exists()


def test_no_room(
    card: Card, packages: Path, full: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Says how much there is and how much it takes, before the card is touched."""
    folder = card()
    before = tree(folder)
    monkeypatch.setattr(boot, "SPARE", 1 << 60)
    with pytest.raises(BootPartitionUnfit, match="has room for"):
        write(recognise(folder), full, open_bundle(packages), silent)
    assert tree(folder) == before


def test_no_screen_without_a_browser(card: Card, tmp_path: Path, full: Machine) -> None:
    """Is found out before the card is touched; without a screen it will do."""
    folder = card()
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "tramthe_0.1.0_arm64.deb").write_bytes(b"x")
    index(tmp_path / "few")
    few = open_bundle(tmp_path / "few")
    with pytest.raises(BootPartitionUnfit, match="cage and chromium"):
        write(recognise(folder), full, few, silent)
    assert not (folder / "tramthe").exists()
    write(recognise(folder), replace(full, kiosk=False), few, silent)
    assert "wanted=tramthe\n" in (folder / "tramthe" / "settings").read_text()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ((), "no tramthe"),
        (("pcscd_1.9.9-2_arm64.deb",), "no tramthe"),
        (("tramthe_0.1.0_arm64.deb", "tramthe_0.2.0_arm64.deb"), "it has 2"),
        (("tramthe_0.1.0_arm64.deb", "pcscd_1.9.9-2_amd64.deb"), "another machine"),
        (("tramthe_0.1.0_arm64.deb", "x y.deb"), "no package's name"),
    ],
)
def test_no_packages(tmp_path: Path, names: tuple[str, ...], why: str) -> None:
    """A folder that would make no terminal is refused."""
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    index(tmp_path)
    with pytest.raises(OfficeInputInvalid, match=why):
        open_bundle(tmp_path)


def test_packages_that_are_not_what_their_index_says(tmp_path: Path, packages: Path) -> None:
    """Each has to be as listed, and be there; and there has to be a list."""
    folder = tmp_path / "packages"
    shutil.copytree(packages, folder)
    assert len(open_bundle(folder).sums) == 7
    one = folder / "pcscd_1.9.9-2_arm64.deb"
    data = one.read_bytes()
    one.write_bytes(b"another")
    with pytest.raises(OfficeInputInvalid, match=r"pcscd.* is not what its Packages says"):
        open_bundle(folder)
    one.unlink()
    with pytest.raises(OfficeInputInvalid, match=r"pcscd.* is not what its Packages says"):
        open_bundle(folder)
    one.write_bytes(data)
    (folder / "extra_1_all.deb").write_bytes(b"more")
    with pytest.raises(OfficeInputInvalid, match=r"extra.* is not what its Packages says"):
        open_bundle(folder)
    (folder / "Packages").unlink()
    with pytest.raises(OfficeInputInvalid, match="no Packages"):
        open_bundle(folder)


def test_an_index_beyond_all_measure(tmp_path: Path) -> None:
    """Is not read to its end."""
    (tmp_path / "tramthe_0.1.0_arm64.deb").write_bytes(b"x")
    (tmp_path / "Packages").write_bytes(bytes(bundle.MAX_INDEX + 1))
    with pytest.raises(OfficeInputInvalid, match="too large"):
        open_bundle(tmp_path)
