"""Rows of a table as entries of revocation lists.

Lives here: what the columns mean. Not here: reading a CSV file or a database (`tables`), which list
the entries go on (`provisioning.ceremony`).

A certificate: `serial` (hexadecimal), `since`. A card: `entry` (the 32 hexadecimal digits that
`tramthe personalise` wrote beside the card), `reason` (a word of REASONS), `since`. A date alone
means its midnight in UTC. Suspension of a member is no reason: it is a state of the roster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NoReturn

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office.signed_list import Entry
from provisioning.office.tables import Row

REASONS = {
    "lost": ReasonCode.CERTIFICATE_HOLD,
    "reissued": ReasonCode.SUPERSEDED,
    "withdrawn": ReasonCode.AFFILIATION_CHANGED,
    "deceased": ReasonCode.CESSATION_OF_OPERATION,
    "counterfeit": ReasonCode.KEY_COMPROMISE,
}
"""Why a card is on the status list. A card reported lost may come off again."""
CERTIFICATE_COLUMNS = ("serial", "since")
CARD_COLUMNS = ("entry", "reason", "since")

_SERIAL = re.compile(r"(0[xX])?[0-9A-Fa-f]{1,40}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){1,19}")
_ENTRY = re.compile(r"[0-7][0-9a-f]{31}")


def serial_of(text: str) -> int:
    """Return a certificate's serial number. Raises OfficeInputInvalid."""
    if not _SERIAL.fullmatch(text):
        raise OfficeInputInvalid(
            "A serial number is hexadecimal, such as 0a1b2c or 0A:1B:2C.",
            next_step="Copy it from: tramthe pki show FOLDER",
        )
    return int(text.replace(":", ""), 16)


def revoked_serials(rows: Iterable[Row]) -> dict[int, datetime]:
    """Return serials with since when. Raises OfficeInputInvalid, naming the row."""
    found: dict[int, datetime] = {}
    for row in rows:
        if not _SERIAL.fullmatch(row.cells["serial"]):
            _wrong(row, "its serial is not hexadecimal")
        serial = serial_of(row.cells["serial"])
        if serial in found:
            _wrong(row, "its serial stands in an earlier row")
        found[serial] = _since(row)
    return found


def card_entries(rows: Iterable[Row]) -> Iterator[Entry]:
    """Yield entries of the card status list, in the order of rows. Raises OfficeInputInvalid."""
    for row in rows:
        text, reason = row.cells["entry"].lower(), row.cells["reason"].lower()
        if not _ENTRY.fullmatch(text) or not int(text, 16):
            _wrong(row, "its entry is not 32 hexadecimal digits, the first below 8")
        if reason not in REASONS:
            _wrong(row, f"its reason is none of {', '.join(REASONS)}")
        yield int(text, 16), REASONS[reason], _since(row)


def entry_text(entry: int) -> str:
    """Return a card's entry as the column has it."""
    return f"{entry:032x}"


def _since(row: Row) -> datetime:
    try:
        at = datetime.fromisoformat(row.cells["since"])
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        _wrong(row, "its date is not one such as 2026-11-29")
    return at.replace(microsecond=0)


def _wrong(row: Row, why: str) -> NoReturn:
    raise OfficeInputInvalid(
        f"Row {row.number} cannot be used: {why}.",
        next_step="Correct the row; nothing was signed.",
    )
