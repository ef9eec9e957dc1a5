"""`tramthe receipt list` and `export`: the receipts that a terminal keeps, by their numbers.

Not here: checking one (`receipt`), the log (`edge.log`), a receipt's number
(`edge.procedure.slip`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from edge.errors import KeyDestroyed
from edge.files import replace_file
from edge.layout import StateLayout
from edge.log.look import Look, look_at
from edge.log.read import KeptReceipt
from edge.procedure.slip import is_number_of, said_at, spoken
from edge.wire.event import Event
from provisioning.cli.common import state_option
from provisioning.cli.log import wrap_key_of
from provisioning.cli.main import Exit
from provisioning.cli.show import when
from provisioning.errors import OfficeInputInvalid


@click.command("list", short_help="List the receipts that a terminal keeps.")
@state_option
@click.option("--unanchored", is_flag=True, help="Only those that lack the centre's word.")
def listed(state: Path, unanchored: bool) -> int:
    """List the receipts in a terminal's log, also beside a running service.

    One a line: number, when, the event, since when the centre has it. Nothing sealed is opened.
    """
    with look_at(StateLayout(state).log) as look:
        for kept, event in _receipts(look):
            if kept.anchor is None:
                click.echo(f"{_line(kept, event)}  the centre's word has not come")
                continue
            at = said_at(kept.anchor, kept.digest)
            if at is None:
                click.echo(f"{_line(kept, event)}  the centre's word is kept, and damaged")
            elif not unanchored:
                click.echo(f"{_line(kept, event)}  anchored {when(at)}")
    return Exit.DONE


@click.command(short_help="Copy a receipt and the centre's word on it into FOLDER.")
@click.argument("number")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@state_option
def export(number: str, folder: Path, state: Path) -> int:
    """Copy the receipt NUMBER and the centre's word on it into FOLDER.

    NUMBER stands on the slip, `BN 7Q4K 19ZD`; what its QR code holds will do too. Written are
    `BN-7Q4K-19ZD.jws` and, once it has come, `BN-7Q4K-19ZD-ack.jws`: what `tramthe receipt verify
    FILE --ack FILE` takes. Two receipts that share a number are both copied.

    The receipt itself is readable at the terminal as long as the names of its day are, 30 days at
    most; after that the centre's word alone is copied, and the exit status is 1.
    """
    layout = StateLayout(state)
    whole = True
    with look_at(layout.log, wrap_key_of(layout.identity)) as look:
        found = [one for one in _receipts(look) if is_number_of(number, one[0].digest)]
        if not found:
            raise OfficeInputInvalid(
                f"No receipt of this terminal has the number {number}.",
                next_step="Read it from the slip again, or see `tramthe receipt list`.",
            )
        for order, (kept, event) in enumerate(found):
            name = spoken(kept.digest).replace(" ", "-") + (f"-{order + 1}" if order else "")
            whole = _copy(look, kept, event, folder / name) and whole
    return Exit.DONE if whole else Exit.NO


def _copy(look: Look, kept: KeptReceipt, event: Event, to: Path) -> bool:
    """Write a receipt and the word on it; return whether both are there."""
    try:
        compact = str(look.view.body(event)["receipt"])
    except KeyDestroyed:
        compact = ""
        click.echo("The receipt is sealed to the centre by now; the dossier has it.", err=True)
    parts = ((f"{to.name}.jws", compact), (f"{to.name}-ack.jws", kept.anchor or ""))
    for name, text in parts:
        if text:
            replace_file(to.with_name(name), text.encode())
            click.echo(f"wrote {to.with_name(name)}")
    if kept.anchor is None:
        click.echo("The centre's word has not come yet: it comes with what is sent.", err=True)
    return bool(compact) and kept.anchor is not None


def _receipts(look: Look) -> Iterator[tuple[KeptReceipt, Event]]:
    for kept in look.view.receipts():
        for event in look.view.events(after=kept.place - 1, limit=1):
            yield kept, event


def _line(kept: KeptReceipt, event: Event) -> str:
    return f"{spoken(kept.digest)}  {when(event.moment.at)}  event {event.seq}"
