"""A receipt as people hold it: its number, what its QR code carries, the paper it goes on.

Lives here: values and rules. Not here: the receipt (`verify.receipt`), its words
(`receipt_words`), the page that is printed (`edge.web.slip_page`). A slip names no person, as the
receipt does not.
Source: ISO/IEC 18004 table 7 (what a QR code holds); Crockford's base 32 for the number.

A receipt of ordinary length goes whole into the code, so that a scanner feeds the offline page
`receipt.html` from paper alone. One that is too long leaves its hash there: that finds the file
again and tells whether it is this one, and proves nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from edge import crockford
from edge.procedure_form import Procedure
from verify import receipt_jws
from verify.errors import VerifyError
from verify.receipt import Receipt
from verify.receipt_anchor import unproven

PREFIX = "BN"
NUMBER = 8  # characters: 40 bits
MAX_QR = 2953  # bytes in a code of version 40, level L
QR_PREFIX = "TRAMTHE:RECEIPT:"
_HASH = 52  # characters that hold 256 bits
_SPARE = bytes(1)  # 52 characters are 260 bits


@unique
class Paper(StrEnum):
    """What a slip is printed on."""

    ROLL = "80mm"
    A6 = "a6"
    A4 = "a4"


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt, with what is known of it besides."""

    compact: str = field(repr=False)
    """The signed receipt itself, compact JWS."""
    receipt: Receipt
    procedure: Procedure | None
    """None where the catalogue has it no longer."""
    anchored_at: datetime | None
    """When the centre had it, by its word; None while that is not here."""

    @property
    def digest(self) -> bytes:
        """Return its SHA-256, as events and the centre name it."""
        return receipt_jws.digest(self.compact)

    @property
    def number(self) -> str:
        """Return its number as people say it: BN 7Q4K 19ZD."""
        return spoken(self.digest)

    @property
    def is_whole(self) -> bool:
        """Whether the code carries the receipt itself."""
        return len(self.compact) <= MAX_QR

    @property
    def qr_text(self) -> str:
        """Return what the code carries: the receipt, or its whole hash under our prefix."""
        if self.is_whole:
            return self.compact
        return QR_PREFIX + crockford.encode(self.digest + _SPARE, _HASH)


def of_receipt(
    compact: str, procedure: Procedure | None = None, anchored_at: datetime | None = None
) -> Slip:
    """Return the slip of the terminal's own receipt; its signature is not checked here.

    Raises verify.errors.VerifyError for what is no receipt, ValueError for another procedure's.
    """
    receipt = receipt_jws.unproven(compact)
    if procedure is not None and procedure.code != receipt.request.procedure:
        raise ValueError("the receipt is of another procedure")
    return Slip(compact, receipt, procedure, anchored_at)


def said_at(word: str, digest: bytes) -> datetime | None:
    """Return when the centre had a receipt, by its word as it is kept; no signature is checked.

    None where that is no word on the receipt of this SHA-256: a disk may lose a bit of it.
    """
    try:
        said = unproven(word)
    except VerifyError:
        return None
    return said.at if said.receipt == digest else None


def spoken(digest: bytes) -> str:
    """Return the number of the receipt with this SHA-256: its first 40 bits, in groups."""
    return f"{PREFIX} {crockford.grouped(crockford.encode(digest, NUMBER))}"


def is_number_of(typed: str, digest: bytes) -> bool:
    """Whether what a person typed or a scanner read names the receipt with this SHA-256.

    The number with or without BN, or the hash of a code; case, blanks and hyphens do not count,
    O is 0, I and L are 1. A number is short: two receipts may share one, so show all that match.
    """
    whole = crockford.encode(digest + _SPARE, _HASH)
    if typed.strip().upper().startswith(QR_PREFIX):
        return crockford.canonical(typed.strip()[len(QR_PREFIX) :]) == whole
    read = crockford.canonical(typed)
    return read is not None and read in (whole[:NUMBER], PREFIX + whole[:NUMBER])
