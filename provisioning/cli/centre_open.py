"""`tramthe centre open`, `openings` and `reverify`: what needs the centre's private key.

Lives here: the commands. They run where that key lies, in a process of their own: never in one
that serves. Not here: opening (`centre.opening`), judging once more (`centre.again`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.holdings import Holdings
from edge.wire.event import Event
from provisioning.centre.again import verify_again
from provisioning.centre.opening import Opened, Opener, Purpose, contexts, records
from provisioning.centre.process import CentreFolder
from provisioning.ceremony.centre_keys import seal_key
from provisioning.ceremony.folder import is_authority
from provisioning.ceremony.folder import opened as authority
from provisioning.ceremony.parts import passphrase_parts
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.cli.pki_common import PASSPHRASE, ask
from provisioning.errors import OfficeInputInvalid
from provisioning.office.pilot import load_seal_key

_KEYS = click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder with the centre's private seal key; never FOLDER itself.",
)
_BY = click.option("--by", required=True, help="Who opens; goes into the record.")


@click.command("open", short_help="Open the bodies of a meeting, and record it.")
@FOLDER
@click.argument("terminal")
@click.argument("context", required=False)
@DATABASE
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the centre's private seal key; never FOLDER itself.",
)
@click.option("--by", help="Who opens; goes into the record.")
@click.option("--because", help="Why; goes into the record.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this new file, mode 0600. [default: standard output]",
)
@PASSPHRASE
def open_(
    folder: Path,
    terminal: str,
    context: str | None,
    database: str | None,
    keys: Path | None,
    by: str | None,
    because: str | None,
    output: Path | None,
    descriptor: int | None,
) -> None:
    """List the contexts of TERMINAL; with CONTEXT write its events with what was sealed in them.

    One JSON object a line. Names and numbers of people stand in it: who opened it, when and why is
    recorded and signed first, and cannot be taken back. The first digits of CONTEXT do.
    """
    with opened(folder, database) as store:
        found = contexts(store, terminal)
        if context is None:
            for event in found:
                click.echo(f"{event.context}  {event.at}  {event.epoch} {event.seq}")
            if not found:
                click.echo(f"Nothing of {terminal} is held.")
            return
        if keys is None or by is None or because is None:
            raise click.UsageError("Opening asks for --keys, --by and --because.")
        wanted = _chosen(found, context)
        signer = CentreFolder.load(folder).signer
        opener = Opener(
            store, dict([private_seal_key(keys, folder, descriptor)]), signer.key, signer.kid
        )
        purpose = Purpose(by, because)
        with _sink(output) as sink:
            for one in opener.open_context(terminal, wanted, purpose, office_time()):
                sink.write(_line(one) + "\n")


@click.command(short_help="Show who opened bodies, when and why.")
@FOLDER
@DATABASE
def openings(folder: Path, database: str | None) -> int:
    """Show every record of an opening, and check that none was altered or taken out.

    Exit status 1 where one was. The newest records could be missing unseen: keep this list.
    """
    key = CentreFolder.load(folder).signer.key.public_key()
    whole = True
    with opened(folder, database) as store:
        for record in records(store, key):
            fields = record.fields
            whole = whole and record.whole
            click.echo(
                f"{record.number:>6}  {fields.get('at', '-')}  {fields.get('by', '-')}:"
                f" {fields.get('because', '-')}  {fields.get('terminal', '-')}"
                f" {fields.get('context') or 're-verification'}  {fields.get('bodies', '-')} bodies"
                + ("" if record.whole else "  NOT WHOLE")
            )
    return Exit.DONE if whole else Exit.NO


@click.command(short_help="Judge uncertain check-ins once more, with fresh lists.")
@FOLDER
@DATABASE
@_KEYS
@_BY
@click.option(
    "--holdings",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder with the trust list and fresh lists, as a terminal has it.",
)
@PASSPHRASE
def reverify(
    folder: Path,
    database: str | None,
    keys: Path,
    by: str,
    holdings: Path,
    descriptor: int | None,
) -> None:
    """Judge each check-in that lacked certainty once more, and add the centre's event about it.

    What the terminal recorded stays as it is. Run it as often as wanted, after lists have come.
    """
    held = Holdings(holdings)
    signer = CentreFolder.load(folder).signer
    added = 0
    with opened(folder, database) as store:
        opener = Opener(
            store, dict([private_seal_key(keys, folder, descriptor)]), signer.key, signer.kid
        )
        purpose = Purpose(by, "re-verification")
        for found in verify_again(
            store, opener, held.judge, purpose, office_time(), key=signer.key, kid=signer.kid
        ):
            added += found.added
            click.echo(
                f"{found.terminal} {found.epoch[:8]} {found.seq}: {found.outcome}"
                f" {found.reason or ''}".rstrip()
                + ("" if found.added else "  (as before)")
            )
    click.echo(f"{added} added")


def private_seal_key(
    keys: Path, folder: Path, descriptor: int | None
) -> tuple[str, MLKEM768X25519PrivateKey]:
    """Return the private seal key and its id. Raises OfficeInputInvalid."""
    if keys.resolve() == folder.resolve():
        raise OfficeInputInvalid(
            "The private seal key may not lie in the folder that is served.",
            next_step="Move it to a machine or a folder of its own.",
        )
    if not is_authority(keys):
        return load_seal_key(keys)
    with authority(keys) as held:
        return seal_key(held, ask(passphrase_parts(held), descriptor))


def _chosen(found: tuple[Event, ...], context: str) -> str:
    names = {event.context for event in found if (event.context or "").startswith(context)}
    name = next(iter(names), None)
    if len(names) != 1 or name is None:
        raise OfficeInputInvalid(
            "No context of this terminal begins so, or several do.",
            next_step="`tramthe centre open FOLDER TERMINAL` lists them.",
        )
    return name


def _line(one: Opened) -> str:
    event = one.event
    fields = {
        "terminal": event.terminal,
        "epoch": event.epoch,
        "seq": event.seq,
        "kind": event.kind.value,
        "at": event.at,
        "outcome": event.outcome,
        "reason": event.reason,
        "body": one.body,
    }
    return json.dumps(fields if one.why is None else {**fields, "why": one.why}, ensure_ascii=False)


@contextmanager
def _sink(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        yield file
