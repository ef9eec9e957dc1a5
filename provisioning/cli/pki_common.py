"""What the commands of `tramthe pki` share: passphrases, agreeing to an act, saying what was done.

Not here: any command. A passphrase comes from the terminal or a file descriptor, never from the
command line or the environment, where other processes of the machine can read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path

import click

from provisioning.ceremony.folder import RECORDS, Act, AuthorityFolder, begun
from provisioning.ceremony.ledger import Entry
from provisioning.ceremony.parts import PARTS as PARTS_FACT
from provisioning.ceremony.parts import Name, passphrase_parts
from provisioning.ceremony.record import grouped
from provisioning.cli.common import Command, office_time
from provisioning.errors import OfficeInputInvalid
from provisioning.office.key_file import MOST_PASSPHRASE, require_passphrase

MAX_PARTS = 4
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
PASSPHRASE = click.option(
    "--passphrase-fd",
    "descriptor",
    type=click.IntRange(0),
    metavar="N",
    help="Read the passphrase from this open file, one line for each part of it.",
)
PARTS = click.option(
    "--parts",
    type=click.IntRange(1, MAX_PARTS),
    default=1,
    show_default=True,
    help="How many people hold a part of the passphrase.",
)
_BYTES = 4 * MOST_PASSPHRASE + 2  # of one line


def examples(*lines: str) -> str:
    """Return the end of a command's help: how it is typed."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def act_options(command: Command) -> Command:
    """Add `--yes` and `--passphrase-fd N`, which every act takes."""
    command = click.option("--yes", is_flag=True, help="Agree to what is shown without asking.")(
        command
    )
    return PASSPHRASE(command)


def name_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add what names a new authority, which the command takes as one `name` (`Name`)."""

    @wraps(command)
    def named(
        *, common_name: str, organisation: str, country: str, parts: int, **rest: object
    ) -> object:
        return command(name=Name(common_name, organisation, country, parts), **rest)

    added: Callable[..., object] = named
    for option in (
        PARTS,
        click.option("--country", default="VN", show_default=True, help="Two letters."),
        click.option("--organisation", required=True, help="Whose authority it is."),
        click.option("--name", "common_name", required=True, help="The authority's own name."),
    ):
        added = option(added)
    return added


def make(folder: Path, act: Act, *, descriptor: int | None, yes: bool) -> None:
    """Carry out the act that makes an authority, in a new folder. Raises as `carry_out` does."""
    with begun(folder) as held:
        carry_out(held, act, descriptor=descriptor, yes=yes)


def carry_out(folder: AuthorityFolder, act: Act, *, descriptor: int | None, yes: bool) -> Entry:
    """Show an act, have people agree, ask for the passphrase, do it, and say what was made.

    The act that makes an authority says in how many parts its passphrase is held; else the folder.
    Raises click.Abort where they do not agree, and as `AuthorityFolder.carry_out` does.
    """
    at = office_time()
    announce(folder, act, at)
    if not yes:
        click.confirm("Do this?", abort=True, err=True)
    passphrase = ""
    if act.keyed:
        new = not folder.ledger.entries
        parts = int(act.shown[PARTS_FACT]) if new else passphrase_parts(folder)
        passphrase = ask(parts, descriptor, new=new)
    entry = folder.carry_out(act, passphrase, at)
    report(folder, entry)
    return entry


def announce(folder: AuthorityFolder, act: Act, at: datetime) -> None:
    """Show what is about to be done."""
    click.echo(f"{act.name}, in {folder.path}")
    click.echo(f"  {'by this clock:':<24} {at:%Y-%m-%d %H:%M:%S} UTC")
    for fact, text in act.shown.items():
        click.echo(f"  {fact + ':':<24} {text}")


def report(folder: AuthorityFolder, entry: Entry) -> None:
    """Say what was made, and where the record lies."""
    click.echo(f"Done: act {entry.number}.")
    for name in entry.files:
        label = "record, to print and sign: " if name.startswith(f"{RECORDS}/") else ""
        click.echo(f"  {label}{folder.path / name}")
    click.echo(f"  ledger now: {grouped(entry.digest[:32])}")


def ask(parts: int, descriptor: int | None, *, new: bool = False) -> str:
    """Return a passphrase, its parts joined by a space. Raises OfficeInputInvalid."""
    if descriptor is not None:
        given = _lines(descriptor, parts)
    else:
        given = [_typed(number, parts, new) for number in range(1, parts + 1)]
    if new:
        for part in given:
            require_passphrase(part)
    return " ".join(given)


def _typed(number: int, parts: int, new: bool) -> str:
    prompt = "Passphrase" if parts == 1 else f"Part {number} of {parts} of the passphrase"
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True))


def _lines(descriptor: int, count: int) -> list[str]:
    """Read lines byte by byte: what follows them belongs to somebody else."""
    try:
        lines = [_line(descriptor) for _ in range(count)]
        return [line.decode() for line in lines]
    except (OSError, UnicodeDecodeError) as error:
        raise OfficeInputInvalid(
            f"No passphrase can be read from the open file {descriptor}.",
            next_step="Open one for the command, such as: --passphrase-fd 3 3< PIPE",
        ) from error


def _line(descriptor: int) -> bytes:
    line = bytearray()
    while len(line) < _BYTES and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
        line += byte
    return bytes(line).removesuffix(b"\r")
