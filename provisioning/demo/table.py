"""The demonstration's table, in words. Not here: what stands in it (`play`)."""

from __future__ import annotations

from collections.abc import Sequence

from edge.tap.access import PasswordSource
from edge.tap.admit import Admission
from provisioning.demo.play import Row
from verify.verdict import Outcome

_SOURCES = {
    PasswordSource.SCANNER: "scanned",
    PasswordSource.CHOICE: "name touched",
    PasswordSource.KEYPAD: "typed",
}
_OUTCOMES = {
    Outcome.ACCEPTED: "genuine, in force",
    Outcome.REJECTED: "rejected",
    Outcome.INDETERMINATE: "undecided",
}
_ADMISSIONS = {
    Admission.ADMITTED: "admitted",
    Admission.ALREADY: "already here",
    Admission.IDENTIFIED: "identified only",
    Admission.NOT_EXPECTED: "not expected here",
    Admission.NOT_ENTITLED: "not entitled",
    Admission.UNCONFIRMED: "to be confirmed",
    Admission.REFUSED: "refused",
}
_HEAD = (
    "card", "password", "verdict", "admission", "reason",
    "ms", "APDUs", "event", "acked", "as expected",
)  # fmt: skip
_RIGHT = frozenset({5, 6, 7})


def lines(rows: Sequence[Row], acknowledged: int) -> list[str]:
    """Return the table's lines; `acknowledged` is the centre's high water."""
    cells = [_HEAD, *(_cells(row, acknowledged) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    ruled = [_line(line, widths) for line in cells]
    return [ruled[0], "  ".join("-" * width for width in widths), *ruled[1:]]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        text.rjust(width) if column in _RIGHT else text.ljust(width)
        for column, (text, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _cells(row: Row, acknowledged: int) -> tuple[str, ...]:
    result = row.result
    verdict, decision = result.verdict, result.decision
    admission = _ADMISSIONS[decision.admission] if decision else "not read"
    if row.card.withdrawn:
        admission += ", then withdrawn"
    return (
        row.card.title,
        _SOURCES[result.source] if result.source else "none",
        "-" if verdict is None else _OUTCOMES[verdict.outcome],
        admission,
        row.reason or "-",
        f"{result.seconds * 1000:.0f}",
        str(result.apdus),
        "-" if result.seq is None else str(result.seq),
        "yes" if result.seq is not None and result.seq <= acknowledged else "NO",
        "yes" if row.as_expected else "NO",
    )
