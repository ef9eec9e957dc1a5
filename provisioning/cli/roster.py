"""`tramthe roster`: the standing roster of this terminal's organisation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from edge.meeting.roster import Roster
from edge.meeting.roster_rows import MAX_FILE, read
from edge.meeting.roster_table import Preview, preview
from edge.meeting.table import Problem, RowProblem
from provisioning.cli.common import at_option, moment, read_file, state_option
from provisioning.cli.held import holdings
from provisioning.errors import OfficeInputInvalid

_PROBLEMS = {
    Problem.NAME_MISSING: "the name is missing; fill it in or delete the row",
    Problem.MISSING: "the cell is empty; fill it in",
    Problem.TOO_LONG: "it is too long or holds what cannot be printed; type it again",
    Problem.NOT_A_DATE: "it is not a date; write 19/05/1980",
    Problem.NOT_DIGITS: "it holds something other than digits",
    Problem.WRONG_LENGTH: "it has another number of digits; a spreadsheet may have cut zeros",
    Problem.UNKNOWN_WORD: "the word is not known",
    Problem.REPEATED: "the number stands in an earlier row",
    Problem.SAME_NAME: "the name stands twice; add dates of birth or card numbers",
    Problem.CONTRADICTS: "an earlier row says another thing of the same organisation",
}
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


_EXAMPLES = """
\b
Examples:
  tramthe roster import roster.xlsx --preview --state /var/lib/tramthe
  tramthe roster import roster.xlsx --state /var/lib/tramthe
  tramthe roster show --state /var/lib/tramthe
"""


@click.group(epilog=_EXAMPLES)
def roster() -> None:
    """Import and show the standing roster: who belongs to the organisation."""


@roster.command("import", short_help="Take a roster from a CSV or XLSX FILE.")
@state_option
@at_option
@click.option("--organisation", help="Its name, where the terminal has no roster yet.")
@click.option("--code", help="Its 14-digit code, where the terminal has no roster yet.")
@click.option("--parent", help="The organisation above, as the head of a sheet names it.")
@click.option(
    "--preview", "only_preview", is_flag=True, help="Show what would change; take nothing."
)
@_file
def import_(
    state: Path,
    at: datetime | None,
    organisation: str | None,
    code: str | None,
    parent: str | None,
    only_preview: bool,
    file: Path,
) -> None:
    """Take the roster in FILE (CSV or XLSX): all of it, or nothing.

    Every row that cannot be taken is named. A running terminal takes the new roster up when it is
    started again; its own page takes it at once.

    Exit status 0 if it was taken, 1 if a row cannot be, 3 if the file cannot be read.
    """
    terminal = holdings(state)
    data = terminal.roster()
    held = None if data is None else Roster.from_bytes(data)
    rows = read(read_file(file, MAX_FILE))
    found = preview(rows, held, moment(state, at).at.date())
    _show(found)
    if not found.ok:
        click.get_current_context().exit(1)
    if only_preview:
        return
    new = _roster(found, held, organisation, code, parent)
    terminal.keep_roster(new.to_bytes())
    click.echo(f"{len(new.people)} people of {new.organisation} are in force.")


@roster.command("show", short_help="Show whose roster it is and its size.")
@state_option
def show_(state: Path) -> None:
    """Show the roster's organisation and how many people of each category it has; no names.

    Exit status 0 if there is one, 1 if there is none.
    """
    data = holdings(state).roster()
    if data is None:
        click.echo("There is no roster.")
        click.get_current_context().exit(1)
    held = Roster.from_bytes(data)
    click.echo(f"{held.organisation} ({held.code}), {len(held.people)} people")
    for category in sorted({person.category for person in held.people}):
        count = sum(1 for person in held.people if person.category is category)
        click.echo(f"  {category.value:<13}{count}")


def _show(found: Preview) -> None:
    for problem in found.problems:
        click.echo(_in_words(problem))
    for word, names in (("new", found.added), ("changed", found.changed), ("gone", found.gone)):
        click.echo(f"{word}: {len(names)}")
        for name in names:
            click.echo(f"  {name}")
    if found.unused:
        click.echo(f"columns without use: {', '.join(found.unused)}")


def _in_words(found: RowProblem) -> str:
    other = "" if found.other is None else f" (row {found.other})"
    return f"row {found.row}, {found.column.value}: {_PROBLEMS[found.problem]}{other}"


def _roster(
    found: Preview,
    held: Roster | None,
    organisation: str | None,
    code: str | None,
    parent: str | None,
) -> Roster:
    name = organisation or (held.organisation if held else "")
    shown = code or (held.code if held else "")
    digits = shown.replace(".", "")
    if not name or len(digits) != 14 or not (digits.isascii() and digits.isdigit()):
        raise OfficeInputInvalid(
            "The roster's organisation is not known to this terminal.",
            next_step="Give --organisation and --code (14 digits).",
        )
    return Roster(name, shown, found.people, parent or (held.parent if held else None))
