"""What the tray says of its cards, on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.catalogue import TrayCard, load_catalogue, save_catalogue

ROW: dict[str, Any] = {
    "key": "lo-thi-do",
    "title": "Lò Thị Dợ",
    "number": "99.104031",
    "family": {"vi": "Thẻ đảng viên", "en": "Party member card"},
    "note": {"vi": "", "en": ""},
    "expected_state": "accepted",
    "expected_words": {"vi": "Có mặt", "en": "Present"},
}


def test_saved_and_loaded(tmp_path: Path) -> None:
    """The tray comes back as it was, in its order."""
    cards = (TrayCard(**ROW), TrayCard(**ROW | {"key": "the-lac", "tear_after": 7}))
    save_catalogue(tmp_path, cards)
    assert load_catalogue(tmp_path) == cards


def _without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda row: {name: value for name, value in row.items() if name != key}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda row: row | {"key": "../etc"}, "key"),
        (lambda row: row | {"key": 3}, "key"),
        (lambda row: row | {"expected_state": "green"}, "expected_state"),
        (lambda row: row | {"family": {"vi": "Thẻ"}}, "family"),
        (lambda row: row | {"note": "text"}, "note"),
        (lambda row: row | {"note": {"vi": 1, "en": 2}}, "note"),
        (lambda row: row | {"tear_after": -1}, "tear_after"),
        (lambda row: row | {"tear_after": True}, "tear_after"),
        (lambda row: row | {"colour": "red"}, "cards"),
        (_without("title"), "cards"),
        (lambda _row: [], "cards"),
    ],
)
def test_a_card_with_a_fault(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], named: str
) -> None:
    """The error names the field."""
    (tmp_path / "tray.json").write_text(json.dumps({"cards": [change(ROW)]}))
    with pytest.raises(SoftCardInvalid, match=named):
        load_catalogue(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cards": []}', '{"cards": 1}', "[" * 20_000])
def test_a_file_that_is_no_tray(tmp_path: Path, text: str) -> None:
    """Anything but a list of cards is refused."""
    (tmp_path / "tray.json").write_text(text)
    with pytest.raises(SoftCardInvalid):
        load_catalogue(tmp_path)


def test_two_cards_of_one_key(tmp_path: Path) -> None:
    """A key names one card."""
    (tmp_path / "tray.json").write_text(json.dumps({"cards": [ROW, ROW]}))
    with pytest.raises(SoftCardInvalid, match="key"):
        load_catalogue(tmp_path)


def test_no_tray_there(tmp_path: Path) -> None:
    """A folder without tray.json says so."""
    with pytest.raises(SoftCardInvalid, match=r"tray\.json"):
        load_catalogue(tmp_path)
