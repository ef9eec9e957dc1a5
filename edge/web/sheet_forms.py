"""In which forms a sheet leaves the terminal: a table, the signed form itself, a page for paper.

Lives here: each form's name in an address, its media type and what makes it. Not here: making it
(`edge.meeting.sheet_table`, `sheet_xlsx`, `sheet_page`), recording that it left (`papers`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edge.meeting.sheet_jws import SignedSheet
from edge.meeting.sheet_table import to_csv
from edge.web import sheet_page
from edge.wire.kinds import ExportOutcome


def _xlsx(signed: SignedSheet) -> bytes:
    from edge.meeting import sheet_xlsx  # not with the other forms: see there

    return sheet_xlsx.to_xlsx(signed.sheet, signed.digest)


FORMS: Mapping[str, tuple[ExportOutcome, str, Callable[[SignedSheet], bytes]]] = {
    "csv": (
        ExportOutcome.CSV,
        "text/csv; charset=utf-8",
        lambda signed: to_csv(signed.sheet, signed.digest),
    ),
    "xlsx": (
        ExportOutcome.XLSX,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _xlsx,
    ),
    "json": (ExportOutcome.JSON, "application/jose", lambda signed: signed.compact.encode()),
    "html": (
        ExportOutcome.PRINT,
        "text/html; charset=utf-8",
        lambda signed: sheet_page.document(signed.sheet, signed.digest).encode(),
    ),
}
"""What it is recorded as, its media type, and what makes it."""
