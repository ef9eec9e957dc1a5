"""A sealed file of the terminal's own: whole, its own, or not opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import SealBroken
from edge.wrapped import WrappedFile

KEY = bytes(range(32))
LABEL = b"tramthe-test-v1"


def file(path: Path, key: bytes | None = KEY, label: bytes = LABEL) -> WrappedFile:
    """Return the file at this path."""
    return WrappedFile(path / "one.sealed", key, label=label, max_bytes=100)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    """Once kept; before that there is none, and after forgetting none again."""
    one = file(tmp_path)
    assert one.read() is None
    one.keep(b"content")
    one.keep(b"other")
    assert file(tmp_path).read() == b"other"
    assert b"other" not in (tmp_path / "one.sealed").read_bytes()
    one.forget()
    one.forget()
    assert one.read() is None


@pytest.mark.parametrize(("key", "label"), [(bytes(32), LABEL), (KEY, b"x"), (None, LABEL)])
def test_it_is_another_terminals_or_of_another_kind(
    key: bytes | None, label: bytes, tmp_path: Path
) -> None:
    """Does not open."""
    file(tmp_path).keep(b"content")
    with pytest.raises(SealBroken):
        file(tmp_path, key, label).read()


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 28, b"x" * 101])
def test_it_is_damaged(data: bytes, tmp_path: Path) -> None:
    """Cut short, altered, too large."""
    (tmp_path / "one.sealed").write_bytes(data)
    with pytest.raises(SealBroken):
        file(tmp_path).read()


def test_it_cannot_be_read(tmp_path: Path) -> None:
    """A folder in its place is no content, and no absent file either."""
    (tmp_path / "one.sealed").mkdir()
    with pytest.raises(SealBroken) as broken:
        file(tmp_path).read()
    assert broken.value.next_step
