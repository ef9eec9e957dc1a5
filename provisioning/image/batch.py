"""Many terminals from one list: the list, and a folder for each terminal's card.

Lives here: reading the list, all of it before anything is written; the folders. Not here: writing
a card that is mounted (`boot`), asking for the next one (the command).
Source: RFC 4180, or with semicolons; the first row names the columns, in any order.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.files import replace_file
from provisioning.errors import OfficeInputInvalid
from provisioning.image import boot, settings
from provisioning.image.boot import Boot, FirstStart
from provisioning.image.bundle import Bundle
from provisioning.image.machine import Machine, Wifi, check_host, check_terminal, host_name, join

COLUMNS = (
    "terminal", "hostname", "claim", "wifi", "wifi_passphrase", "organisation", "technician",
)  # fmt: skip
MAX_LIST = 1024 * 1024  # bytes
MAX_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """One terminal of the list. `claim`: the file, None where there is none."""

    line: int
    terminal: str
    hostname: str
    claim: Path | None
    wifi: Wifi | None = field(repr=False)


def read_list(path: Path, claims: Path | None) -> list[Row]:
    """Return the rows of a list, in its order. Raises OfficeInputInvalid naming the line, OSError.

    The list that claims were made of will do: what only they need is left to them. A claim is
    looked for beside the list; where the column is empty or absent, as TERMINAL.claim.json in the
    folder of claims.
    """
    with path.open("rb") as file:
        data = file.read(MAX_LIST + 1)
    if len(data) > MAX_LIST:
        raise _unfit(None, "it is too large")
    try:
        text = data.decode("utf-8-sig")
        between = ";" if ";" in text.partition("\n")[0] else ","  # as spreadsheets here write it
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=between))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unfit(None, "it is no CSV in UTF-8") from error
    if not rows or "terminal" not in rows[0] or len(set(rows[0])) != len(rows[0]):
        raise _unfit(1, "it does not name the columns, `terminal` among them")
    odd = [name for name in rows[0] if name not in COLUMNS]
    if odd:
        raise _unfit(1, f"there is no column {odd[0]!r}; there are {', '.join(COLUMNS)}")
    if len(rows) - 1 > MAX_ROWS:
        raise _unfit(None, f"it has more than {MAX_ROWS} rows")
    found = [
        _row(line, rows[0], cells, path.parent, claims)
        for line, cells in enumerate(rows[1:], 2)
        if any(cells)
    ]
    _once(found, "terminal", [row.terminal.lower() for row in found])
    _once(found, "host name", [row.hostname for row in found])
    if not found:
        raise _unfit(None, "it names no terminal")
    return found


def write_folders(
    output: Path, machines: list[Machine], like: Boot, bundle: Bundle, tell: Callable[[str], None]
) -> None:
    """Write a folder for each terminal with exactly what its card's boot partition needs.

    `like`: a card flashed with the same image as all the others. Packages are links to one copy
    where the disk can, so that forty folders take the room of one. Raises OSError,
    BootPartitionUnfit; a folder that is there is refused.
    """
    for one in machines:
        boot.check(one, bundle)
        if (output / one.terminal).exists():
            raise OfficeInputInvalid(
                f"{output / one.terminal} is there already.",
                next_step="Remove it, or name another folder: nothing is written over.",
            )
    for one in machines:
        folder = output / one.terminal
        ours = folder / settings.FOLDER
        (ours / settings.PACKAGES).mkdir(parents=True, mode=0o700)
        for name in bundle.sums:
            _link(bundle.folder / name, ours / settings.PACKAGES / name)
        boot.write_folder(ours, one, bundle, tell, wifi_here=like.kind is FirstStart.FIRST_RUN)
        for name, data in boot.top_files(one, like.kind, like.cmdline).items():
            replace_file(folder / name, data)


def _row(line: int, columns: list[str], cells: list[str], beside: Path, claims: Path | None) -> Row:
    if len(cells) != len(columns):
        raise _unfit(line, f"it has {len(cells)} cells and not {len(columns)}")
    said = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
    try:
        terminal = check_terminal(said["terminal"])
        host = said.get("hostname")
        hostname = check_host(host) if host else host_name(terminal)
        wifi = None
        if said.get("wifi"):
            wifi = join(said["wifi"], said.get("wifi_passphrase", ""))
    except OfficeInputInvalid as error:
        raise _unfit(line, error.message) from error
    return Row(line, terminal, hostname, _claim(line, said, beside, claims), wifi)


def _claim(line: int, said: dict[str, str], beside: Path, claims: Path | None) -> Path | None:
    if said.get("claim"):
        path = beside / said["claim"]
    elif claims is not None:
        path = claims / f"{said['terminal']}.claim.json"
    else:
        return None
    if not path.is_file():
        raise _unfit(line, f"there is no claim {path}")
    return path


def _once(rows: list[Row], what: str, values: list[str]) -> None:
    seen: dict[str, Row] = {}
    for row, value in zip(rows, values, strict=True):
        if value in seen:
            raise _unfit(row.line, f"line {seen[value].line} has the same {what}")
        seen[value] = row


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)


def _unfit(line: int | None, why: str) -> OfficeInputInvalid:
    where = "The list" if line is None else f"Line {line} of the list"
    return OfficeInputInvalid(
        f"{where} cannot be used: {why.rstrip('.')}.",
        next_step="Correct it and try again; nothing was written.",
    )
