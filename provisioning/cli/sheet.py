"""`tramthe sheet`: the closing sheets of meetings, for whoever holds the signed file.

Not here: what is asked of a sheet (`provisioning.sheets`), making paper and tables of it (`edge`).
"""

from __future__ import annotations

from pathlib import Path

import click

from edge.files import replace_file
from edge.meeting.sheet_jws import MAX_SHEET, SignedSheet
from edge.meeting.sheet_table import to_csv
from edge.meeting.sheet_xlsx import to_xlsx
from edge.web.sheet_page import document
from provisioning.cli.common import read_file
from provisioning.cli.main import Exit
from provisioning.cli.proven import FILE, authorities, given_key, say, trust_of, whose_key
from provisioning.cli.show import when
from provisioning.errors import OfficeInputInvalid
from provisioning.proof import Findings
from provisioning.sheets import examine, not_known

_NEW_FILE = click.Path(path_type=Path, dir_okay=False)
_EXAMPLES = """
\b
Examples:
  tramthe sheet verify bien-ban.json --key terminal.pem --html bien-ban.html
  tramthe sheet verify bien-ban.json --authority terminal-ca.der --code "7Q4K 19ZD M2VX 08TF"
  tramthe sheet verify bien-ban.json --state /var/lib/tramthe --csv bien-ban.csv
"""


@click.group()
def sheet() -> None:
    """Check the closing sheet of a meeting, and make paper and tables of it again."""


@sheet.command(short_help="Check FILE, a signed closing sheet.", epilog=_EXAMPLES)
@click.argument("file", type=FILE)
@whose_key
@click.option("--code", help="The code on the paper, short or as the QR code has it, to compare.")
@click.option("--html", type=_NEW_FILE, help="Write the sheet as a page to print.")
@click.option("--csv", type=_NEW_FILE, help="Write the list as CSV.")
@click.option("--xlsx", type=_NEW_FILE, help="Write the list and the sums as XLSX.")
def verify(
    file: Path,
    key: Path | None,
    authority_files: tuple[Path, ...],
    state: Path | None,
    code: str | None,
    html: Path | None,
    csv: Path | None,
    xlsx: Path | None,
) -> int:
    """Check FILE, a closing sheet as a terminal signed it, and say what that proves.

    FILE alone shows that it is whole. Whose it is, --key, --authority or --state show. With --html,
    --csv and --xlsx the very sheet that the terminal printed is made again, names and all; of a
    file that is false nothing is made.

    Exit status 0 if everything asked is proven, 1 if something is false or remains unproven,
    3 if FILE is no closing sheet.
    """
    _apart(file, html, csv, xlsx)
    known = authorities(authority_files, trust_of(state))
    found = examine(_compact(file), given=given_key(key), authorities=known, code=code)
    _say(found)
    if found.false:
        click.secho("FALSE: nothing is made of this file. Keep it and ask the terminal's office.")
        return Exit.NO
    for path, data in _made(found.signed, html, csv, xlsx):
        replace_file(path, data)
        click.echo(f"{path}: written, with names")
    return Exit.DONE if found.proven else Exit.NO


def _apart(*paths: Path | None) -> None:
    """Raise UsageError where what is written would take the place of FILE or of each other."""
    known = [path.resolve() for path in paths if path is not None]
    if len(set(known)) != len(known):
        raise click.UsageError("FILE and what is written of it are different files")


def _compact(file: Path) -> str:
    """Return the signed form in a file. Raises OfficeInputInvalid for the forms made of it."""
    data = read_file(file, MAX_SHEET)
    head = data[:400].lstrip().lower()
    for beginning, what in _MADE_OF_IT:
        if head.startswith(beginning):
            raise OfficeInputInvalid(
                f"{file.name} is {what}: it carries no signature.",
                next_step="Give the signed form, which the terminal calls signed JSON.",
            )
    return data.decode("ascii", "replace").strip()


_MADE_OF_IT = (
    (b"\xef\xbb\xbf", "a table (CSV)"),
    (b"pk\x03\x04", "a table (XLSX)"),
    (b"<!doctype", "a page (HTML)"),
    (b"%pdf", "a page (PDF)"),
)


def _made(
    signed: SignedSheet, html: Path | None, csv: Path | None, xlsx: Path | None
) -> list[tuple[Path, bytes]]:
    made = []
    if html is not None:
        made.append((html, document(signed.sheet, signed.digest).encode()))
    if csv is not None:
        made.append((csv, to_csv(signed.sheet, signed.digest)))
    if xlsx is not None:
        made.append((xlsx, to_xlsx(signed.sheet, signed.digest)))
    return made


def _say(found: Findings[SignedSheet]) -> None:
    """Print what the sheet is and what is proved of it; no name of a person."""
    of, meeting, figures = (
        found.signed.sheet,
        found.signed.sheet.meeting,
        found.signed.sheet.figures,
    )
    number = f"supplement {of.number} of " if of.number else ""
    click.echo(f"{number}terminal {meeting.terminal}, meeting {meeting}: {of.organisation}")
    click.echo(f"  {figures.present} of {figures.summoned} present, {figures.guests} guests")
    click.echo(f"  closed {when(of.closed)}, signed {when(of.signed)}")
    click.echo(f"  code {found.signed.code}")
    if of.practice:
        click.secho("  PRACTICE: a sheet of no meeting", fg="yellow")
    for finding in found.findings:
        say(finding)
    for fact in not_known(found.signed):
        click.echo(f"not known   when it was signed: {fact}")
