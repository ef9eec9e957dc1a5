"""Files of the store that were altered: noticed, and never taken for "not revoked"."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from crl.errors import StoreDamaged
from crl.rules import ListKey
from crl.source import SMALL
from crl.status import Purpose, ReasonCode, Status
from crl.store import ListStore
from tests.crl.made import NOW, SCOPE, Office, Recipe, entry, name
from tests.crl.test_delta import KEY, ask, take

SERIALS = [2**120 + 3 * n for n in range(10_000)]
LARGE = Recipe(scope=SCOPE, entries=[entry(n, ReasonCode.SUPERSEDED) for n in SERIALS])
OTHER = Recipe(scope=SCOPE, number=6, entries=LARGE.entries[1:])


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Path:
    """Return a folder with a list too long to be kept in memory."""
    folder = tmp_path_factory.mktemp("altered") / "lists"
    take(ListStore(folder), office, LARGE)
    assert all(path.stat().st_size > SMALL for path in folder.glob("*-*"))
    return folder


def file(folder: Path, suffix: str) -> Path:
    """Return the only file of a kind."""
    (path,) = folder.glob("*" + suffix)
    return path


def flip(path: Path, place: int) -> None:
    """Alter one bit where the file lies: who has it open sees it too."""
    with path.open("r+b") as opened:
        opened.seek(place)
        octet = opened.read(1)[0]
        opened.seek(place)
        opened.write(bytes([octet ^ 1 << place % 8]))


@pytest.mark.parametrize("warm", [False, True], ids=["before opening", "while open"])
@pytest.mark.parametrize("place", range(0, 80_000, 7_999))
def test_altered_index_is_made_again(taken: Path, tmp_path: Path, place: int, warm: bool) -> None:
    """Wherever the bit is: every serial on the list is still found, and the file is mended."""
    folder = Path(shutil.copytree(taken, tmp_path / "lists"))
    store = ListStore(folder)
    if warm:
        assert ask(store, SERIALS[0]).status is Status.REVOKED
    index = file(folder, ".idx")
    good = index.read_bytes()
    flip(index, place)
    assert all(ask(store, serial).status is Status.REVOKED for serial in SERIALS)
    assert index.read_bytes() == good


def _swap(folder: Path, office: Office) -> None:
    """Put the index of another list in the place of the right one, correctly made."""
    other = folder.parent / "other"
    take(ListStore(other), office, OTHER)
    shutil.copy(file(other, ".idx"), file(folder, ".idx"))


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda folder, _: file(folder, ".idx").unlink(), id="lost"),
        pytest.param(lambda folder, _: file(folder, ".idx").write_bytes(b""), id="empty"),
        pytest.param(_swap, id="of another list"),
    ],
)
def test_index_that_is_not_the_lists_own_is_made_again(
    taken: Path, tmp_path: Path, office: Office, alter: Callable[[Path, Office], object]
) -> None:
    """It is derived from the list, which is checked by its own digest first."""
    folder = Path(shutil.copytree(taken, tmp_path / "lists"))
    alter(folder, office)
    assert ask(ListStore(folder), SERIALS[0]).status is Status.REVOKED
    assert ListStore(folder).header(KEY) is not None


def test_altered_index_on_a_disk_that_cannot_be_written_is_damage(
    taken: Path, tmp_path: Path
) -> None:
    """Then nothing is said about any serial of that page."""
    folder = Path(shutil.copytree(taken, tmp_path / "lists"))
    store = ListStore(folder)
    ask(store, SERIALS[0])
    index = file(folder, ".idx")
    for place in range(0, 80_000, 500):
        flip(index, place)
    (folder / "lock").unlink()
    (folder / "lock").mkdir()  # not even root opens a folder for writing
    for serial in SERIALS[:50]:
        with pytest.raises(StoreDamaged):
            ask(store, serial)


@pytest.mark.parametrize("place", range(0, 480_000, 39_973))
def test_altered_list_is_damage_at_the_next_start(taken: Path, tmp_path: Path, place: int) -> None:
    """The whole signed part is hashed when a list is opened."""
    folder = Path(shutil.copytree(taken, tmp_path / "lists"))
    flip(file(folder, ".crl"), place)
    with pytest.raises(StoreDamaged):
        ask(ListStore(folder), SERIALS[0])


def test_list_altered_while_open_never_says_good(taken: Path, tmp_path: Path) -> None:
    """The entry found must be the one that was indexed."""
    folder = Path(shutil.copytree(taken, tmp_path / "lists"))
    store = ListStore(folder)
    ask(store, SERIALS[0])
    path = file(folder, ".crl")
    begin = path.read_bytes().index(SERIALS[77].to_bytes(16, "big"))
    for place in range(begin, begin + 16):
        flip(path, place)
        with pytest.raises(StoreDamaged):
            ask(store, SERIALS[77])
        flip(path, place)
        assert ask(store, SERIALS[77]).status is Status.REVOKED


def test_damaged_list_of_another_key_does_not_matter(taken: Path, tmp_path: Path) -> None:
    """Damage stays where it is."""
    folder = Path(shutil.copytree(taken, tmp_path / "lists"))
    absent = ListKey(Purpose.CERTIFICATE, name("Status signer"), None)
    file(folder, ".crl").write_bytes(b"")
    answer = ListStore(folder).lookup(absent, 5, NOW, timedelta(days=1))
    assert answer.status is Status.NOT_COVERED
