"""`tramthe procedure`: what cards are asked for at a counter, as the catalogue has it.

Not here: what a procedure says (`edge.procedure_form`), and the catalogue (`edge.procedure`).
"""

from __future__ import annotations

from pathlib import Path

import click

from edge.errors import ProcedureInvalid
from edge.files import replace_file
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.procedure.catalogue import FOLDER, Catalogue, CatalogueFiles, builtin_procedures
from edge.procedure.fields import WORDS, consent
from edge.procedure_form import MAX_BYTES, Procedure, Words, parse_procedure
from provisioning.cli.common import read_file, state_option
from provisioning.cli.main import Exit
from provisioning.errors import OfficeInputInvalid
from reader.profile import BUILTIN

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_EXAMPLES = """
\b
Examples:
  tramthe procedure check cap-giay-gioi-thieu.toml
  tramthe procedure import --state /var/lib/tramthe cap-giay-gioi-thieu.toml
  tramthe procedure list --state /var/lib/tramthe
"""

_known_state = click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="TRAMTHE_STATE",
    help="A terminal's state folder; without it, what ships. [env: TRAMTHE_STATE]",
)


@click.group(epilog=_EXAMPLES)
def procedure() -> None:
    """Procedures: why a card is laid at a counter, and which fields that needs."""


@procedure.command("list", short_help="List the procedures in force.")
@_known_state
def list_(state: Path | None) -> Exit:
    """List the procedures in force, in the order in which the counter offers them.

    Exit status 0, 1 where a delivered file is left out: then it says which and why.
    """
    catalogue = _catalogue(state)
    for one in catalogue.procedures:
        click.echo(f"{one.code:<28} {one.kind:<9} {one.title.vi}")
    for left in catalogue.left_out:
        click.echo(f"LEFT OUT  {left.name}: {left.why}")
    return Exit.NO if catalogue.left_out else Exit.DONE


@procedure.command(short_help="Show one procedure.")
@_known_state
@click.argument("code")
def show(state: Path | None, code: str) -> None:
    """Show the procedure CODE as it is in force."""
    catalogue = _catalogue(state)
    found = catalogue.find(code)
    if found is None:
        raise OfficeInputInvalid(
            f"There is no procedure {code!r}.",
            next_step=f"Use one of: {', '.join(one.code for one in catalogue.procedures)}.",
        )
    _say(found)


@procedure.command(short_help="Check FILE, a procedure, before it is published.")
@_known_state
@click.argument("file", type=_FILE)
def check(state: Path | None, file: Path) -> Exit:
    """Check FILE, a procedure named CODE.toml, and show what a terminal would make of it.

    With a terminal's state folder, card profiles that were delivered to it count as known.
    Exit status 0 if terminals take it, 1 if not: then it says which key and why.
    """
    try:
        _say(_parsed(file, state))
    except ProcedureInvalid as error:
        click.echo(f"NOT TAKEN  {file.name}: {error.message}")
        click.echo(f"  {error.next_step}")
        return Exit.NO
    return Exit.DONE


@procedure.command("import", short_help="Add FILE, a procedure, to one terminal.")
@state_option
@click.argument("file", type=_FILE)
def import_(state: Path, file: Path) -> None:
    """Add FILE, a procedure named CODE.toml, to one terminal; it counts at once.

    One that bears a built-in procedure's code stands in for it. For all terminals, publish it in
    the repository instead: what comes from there replaces what was added by hand.
    """
    found = _parsed(file, state)
    folder = StateLayout(state).delivered / FOLDER
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    replace_file(folder / file.name, read_file(file, MAX_BYTES), mode=0o644)
    click.echo(f"{found.code} is in force.")


def _catalogue(state: Path | None) -> Catalogue:
    if state is None:
        return Catalogue(builtin_procedures())
    return CatalogueFiles(StateLayout(state).delivered, _profiles(state)).current()


def _profiles(state: Path | None) -> frozenset[str]:
    """Return the names of the card profiles that a terminal will know from its next start on."""
    if state is None:
        return frozenset(BUILTIN)
    held = Holdings(StateLayout(state).holdings, start_anyway=True)
    return frozenset(one.name for one in held.profiles)


def _parsed(file: Path, state: Path | None) -> Procedure:
    if file.suffix != ".toml":
        raise OfficeInputInvalid(
            f"{file.name} is not named as a procedure's file is.",
            next_step="Name it CODE.toml, after the name that stands in it.",
        )
    return parse_procedure(read_file(file, MAX_BYTES), file.stem, _profiles(state))


def _say(one: Procedure) -> None:
    """Print what a procedure makes the terminal do."""
    click.echo(f"{one.code}: {_both(one.title)}")
    said = consent(one, one.fields)
    rows = {
        "purpose": _both(one.purpose),
        "legal source": one.legal_source or "none confirmed",
        "carried out": one.kind,
        "cards": ", ".join(one.profiles),
        "fields": ", ".join(f"{name} ({WORDS[name].vi})" for name in one.fields),
        "photo": one.photo,
        "never read": ", ".join(words.vi for words in said.never),
        "receipt": _both(one.receipt),
        "dossier": "any number" if one.dossier is None else " or ".join(one.dossier.forms),
    }
    if one.dossier is not None:
        rows["told of it"] = _both(one.dossier.hint)
    for label, text in rows.items():
        click.echo(f"  {label:<13} {text}")


def _both(words: Words) -> str:
    return f"{words.vi} / {words.en}"
