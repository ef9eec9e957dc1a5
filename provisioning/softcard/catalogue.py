"""A folder of cards with what the tray says about each: `tray.json` beside the cards' folders.

Lives here: `TrayCard` and its form on disk. Not here: the cards themselves (`image`), the page
(`tray`).

    tray.json   {"cards": [{"key": "nguyen-thi-hong", "title": ..., ...}, ...]}, in the tray's order
    KEY/        the card (`image`)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from provisioning.errors import SoftCardInvalid

MAX_TRAY_JSON = 256 * 1024  # bytes
MAX_CARDS = 64  # in one tray
LANGUAGES = ("vi", "en")
STATES = frozenset(
    {"accepted", "already", "choose", "hold", "unconfirmed", "refused", "unexpected"}
)
"""Outcomes a card can lead to, by the `data-state` of the screens."""

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_FIELDS = (
    "key",
    "title",
    "number",
    "family",
    "note",
    "expected_state",
    "expected_words",
    "tear_after",
)


@dataclass(frozen=True, slots=True)
class TrayCard:
    """One card of the tray. `family`, `note` and `expected_words` are texts by language.

    `key` names the card's folder, `title` is what stands on its face, `expected_state` one of
    STATES. `tear_after`: the card leaves the reader by itself after so many APDUs.
    Raises SoftCardInvalid naming the field.
    """

    key: str
    title: str
    number: str
    family: Mapping[str, str]
    note: Mapping[str, str]
    expected_state: str
    expected_words: Mapping[str, str]
    tear_after: int | None = None

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise _invalid("key", "it has to be small letters, digits and hyphens, up to 60")
        if self.expected_state not in STATES:
            raise _invalid("expected_state", f"it has to be one of {', '.join(sorted(STATES))}")
        if self.tear_after is not None and self.tear_after < 0:
            raise _invalid("tear_after", "it cannot be negative")
        for name in ("family", "note", "expected_words"):
            text: Mapping[str, str] = getattr(self, name)
            if set(text) != set(LANGUAGES):
                raise _invalid(name, f"it needs a text for each of {', '.join(LANGUAGES)}")
            object.__setattr__(self, name, MappingProxyType(dict(text)))


def save_catalogue(folder: Path, cards: Sequence[TrayCard]) -> None:
    """Write `tray.json` into the folder of the cards' folders."""
    rows = [
        {
            name: dict(value) if isinstance(value, Mapping) else value
            for name in _FIELDS
            if (value := getattr(card, name)) is not None
        }
        for card in cards
    ]
    text = json.dumps({"cards": rows}, ensure_ascii=False, indent=1)
    (folder / "tray.json").write_text(text + "\n", encoding="utf-8")


def load_catalogue(folder: Path) -> tuple[TrayCard, ...]:
    """Read `tray.json`. Raises SoftCardInvalid naming the field at fault."""
    try:
        with (folder / "tray.json").open("rb") as file:
            data = file.read(MAX_TRAY_JSON + 1)
        document = json.loads(data) if len(data) <= MAX_TRAY_JSON else None
    except (OSError, ValueError, RecursionError) as error:
        raise _invalid("tray.json", f"{type(error).__name__} while reading it") from error
    rows = document.get("cards") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_CARDS:
        raise _invalid("cards", f"it has to be a list of 1 to {MAX_CARDS} cards")
    cards = tuple(_card(row) for row in rows)
    if len({card.key for card in cards}) != len(cards):
        raise _invalid("key", "two cards have the same one")
    return cards


def _card(row: Any) -> TrayCard:
    if not isinstance(row, dict) or not set(_FIELDS) - {"tear_after"} <= set(row) <= set(_FIELDS):
        raise _invalid("cards", f"each card has the fields {', '.join(_FIELDS)}")
    for name, value in row.items():
        if not _has_type(name, value):
            raise _invalid(name, "it has the wrong type")
    return TrayCard(**row)


def _has_type(name: str, value: object) -> bool:
    if name == "tear_after":
        return type(value) is int
    if name in {"family", "note", "expected_words"}:
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    return isinstance(value, str)


def _invalid(key: str, why: str) -> SoftCardInvalid:
    return SoftCardInvalid(
        f"The card tray's {key} cannot be used: {why}.",
        next_step="Correct tray.json, or make the cards again.",
    )
