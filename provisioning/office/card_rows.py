"""Rows of a table as cards to be made, and what is written beside them.

Lives here: what the columns mean. Not here: reading a file (`tables`), making a card
(`personalise`), who may sign it (`provisioning.ceremony`).

`number` 9 digits, `name` with the surname first, `birth`, `sex` (Nam or Nữ), `personal_number` 12
digits, `home`, `residence`, `ethnicity`, `joined`, `official`, `organisation` 14 digits. Dates as
1980-05-19 or 19/05/1980. Optional: `can`, 6 digits, drawn where it is empty; `photo`, a file beside
the table.
"""

from __future__ import annotations

import csv
import io
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import NoReturn

from crl.status import card_entry
from provisioning.errors import OfficeInputInvalid
from provisioning.office import mrz, portrait
from provisioning.office.list_rows import entry_text
from provisioning.office.personalise import PartyRecord, Person
from provisioning.office.tables import Row
from provisioning.softcard.image import CardImage
from reader.lds import sod
from reader.lds.files import FileId

COLUMNS = (
    "number", "name", "birth", "sex", "personal_number", "home", "residence", "ethnicity",
    "joined", "official", "organisation",
)  # fmt: skip
OPTIONAL = ("can", "photo")
MADE_COLUMNS = ("number", "entry", "can", "expires")
MAX_BATCH = 5_000
"""Cards at once: what a batch holds is in memory, photos too."""
_SEX = {"nam": "M", "m": "M", "nữ": "F", "f": "F"}
_NUMBER, _PERSONAL, _ORGANISATION, _CAN = 9, 12, 14, 6  # digits


@dataclass(frozen=True, slots=True)
class Order:
    """One card to be made."""

    person: Person
    number: str = field(repr=False)
    can: str = field(repr=False)
    photo: bytes | None = field(repr=False)
    """JPEG, fitted; None where a face is to be drawn."""


@dataclass(frozen=True, slots=True)
class MadeCard:
    """What an office keeps of a card: no name. `entry` names the chip on a status list."""

    number: str = field(repr=False)
    entry: str
    can: str = field(repr=False)
    expires: date


def orders(
    rows: Iterable[Row],
    photo: Callable[[str], bytes] | None,
    draw_can: Callable[[], str] = lambda: f"{secrets.randbelow(10**_CAN):0{_CAN}d}",
) -> list[Order]:
    """Return the cards of a table's rows: all of them, or none.

    `photo` reads the file that a row names; None where faces are drawn. Raises OfficeInputInvalid,
    naming the first row that cannot be used.
    """
    found: list[Order] = []
    seen: set[str] = set()
    for row in rows:
        order = _order(row, photo, draw_can)
        if order.number in seen:
            _wrong(row, "its card number stands in an earlier row")
        seen.add(order.number)
        found.append(order)
        if len(found) > MAX_BATCH:
            raise OfficeInputInvalid(
                f"A batch has at most {MAX_BATCH} cards.", next_step="Divide the table."
            )
    return found


def made_card(order: Order, image: CardImage, expires: date) -> MadeCard:
    """Return what is kept of a card that was made."""
    content = sod.parse(image.app_files[FileId.SOD.fid]).signed_content
    return MadeCard(order.number, entry_text(card_entry(content)), order.can, expires)


def made_table(cards: Iterable[MadeCard]) -> bytes:
    """Return the table (CSV) of cards that were made."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(MADE_COLUMNS)
    for card in cards:
        writer.writerow((card.number, card.entry, card.can, card.expires.isoformat()))
    return out.getvalue().encode()


def _order(row: Row, photo: Callable[[str], bytes] | None, draw_can: Callable[[], str]) -> Order:
    cells = {name: unicodedata.normalize("NFC", text) for name, text in row.cells.items()}
    empty = [name for name in COLUMNS if not cells[name]]
    if empty:
        _wrong(row, f"{', '.join(empty)} is empty")
    number = _digits(row, cells, "number", _NUMBER)
    sex = _SEX.get(cells["sex"].lower())
    if sex is None:
        _wrong(row, "its sex is neither Nam nor Nữ")
    try:
        mrz.transliterate(cells["name"])
    except OfficeInputInvalid as error:
        _wrong(row, _within(error))
    return Order(
        person=Person(
            key=number,
            name=cells["name"],
            birth=_day(row, cells, "birth"),
            sex=sex,
            personal_number=_digits(row, cells, "personal_number", _PERSONAL),
            home=cells["home"],
            residence=cells["residence"],
            ethnicity=cells["ethnicity"],
            party=PartyRecord(
                number=number,
                joined=_day(row, cells, "joined"),
                official=_day(row, cells, "official"),
                organisation=_digits(row, cells, "organisation", _ORGANISATION),
            ),
        ),
        number=number,
        can=_digits(row, cells, "can", _CAN) if cells["can"] else draw_can(),
        photo=None if photo is None else _photo(row, cells["photo"], photo),
    )


def _photo(row: Row, name: str, read: Callable[[str], bytes]) -> bytes:
    path = PurePath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        _wrong(row, "it names no photo beside the table")
    try:
        return portrait.fit(read(name))
    except OSError:
        _wrong(row, "its photo cannot be read")
    except OfficeInputInvalid as error:
        _wrong(row, _within(error))


def _digits(row: Row, cells: dict[str, str], name: str, count: int) -> str:
    text = cells[name].replace(".", "") if name == "organisation" else cells[name]
    if len(text) != count or not (text.isascii() and text.isdecimal()):
        _wrong(row, f"its {name} has not {count} digits (a spreadsheet may have cut zeros)")
    return text


def _day(row: Row, cells: dict[str, str], name: str) -> date:
    text = cells[name]
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        _wrong(row, f"its {name} is not a date such as 1980-05-19")


def _within(error: OfficeInputInvalid) -> str:
    """Return an error's message to stand within a sentence."""
    return error.message[0].lower() + error.message[1:].rstrip(".")


def _wrong(row: Row, why: str) -> NoReturn:
    raise OfficeInputInvalid(
        f"Row {row.number} cannot be used: {why}.",
        next_step="Correct the row; no card was made.",
    )
