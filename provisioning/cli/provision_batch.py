"""`tramthe provision batch`: the cards of many terminals, from one list.

Not here: the list and the folders (`provisioning.image.batch`), what one card holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from edge.wire.claim import Claim
from provisioning.cli.provision_image import (
    FOLDER,
    Shared,
    make_machine,
    shared_options,
    tell,
    updates_of,
)
from provisioning.cli.provision_label import CONTACT
from provisioning.errors import BootPartitionUnfit, OfficeInputInvalid
from provisioning.image import batch as batches
from provisioning.image import boot, settings
from provisioning.image.batch import Row
from provisioning.image.label import Label, Paper, check_contact
from provisioning.image.machine import Machine

_EXAMPLES = """
\b
Examples:
  tramthe provision batch list.csv --claims claims --packages tramthe-arm64 \\
    --card /media/me/bootfs --labels labels.html
  tramthe provision batch list.csv --packages tramthe-arm64 --like /media/me/bootfs --output cards
"""


@click.command(epilog=_EXAMPLES, short_help="Write the cards of many terminals from one list.")
@click.argument(
    "table", metavar="LIST", type=click.Path(path_type=Path, dir_okay=False, exists=True)
)
@click.option("--claims", type=FOLDER, help="Folder with a claim for each: TERMINAL.claim.json.")
@click.option(
    "--card",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where a flashed card's boot partition is mounted: one card after the other.",
)
@click.option("--from", "first", help="With --card: begin at this terminal of the list.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a folder of each terminal, to be copied onto its boot partition.",
)
@click.option("--like", type=FOLDER, help="With --output: boot partition of one such flashed card.")
@click.option(
    "--labels",
    "labels_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the labels, HTML.",
)
@click.option(
    "--paper",
    type=click.Choice([paper.value for paper in Paper]),
    default=Paper.A4.value,
    show_default=True,
    help="Labels of so many millimetres on a roll, or 24 on a sheet of A4.",
)
@CONTACT
@shared_options
def batch(
    table: Path,
    claims: Path | None,
    card: Path | None,
    first: str | None,
    output: Path | None,
    like: Path | None,
    labels_file: Path | None,
    paper: str,
    contact: str | None,
    shared: Shared,
) -> None:
    """Write the cards of the terminals in LIST, a CSV file, as `provision image` does one.

    Its columns: terminal; and, where wanted, hostname, claim (a file beside the list), wifi and
    wifi_passphrase. The list that claims were made of will do. What a row leaves out is taken from
    the options. The whole list is checked before the first card is written. A list with
    passphrases is as secret as they are.

    With --card, cards are taken one after the other: put one in, press Enter, take it out. With
    --output, each terminal gets a folder; copy what is in it onto a card flashed with the same
    image as --like.
    """
    if (card is None) == (output is None) or (like is None) != (output is None):
        raise click.UsageError("give --card, or --output together with --like.")
    whom = None if contact is None else check_contact(contact)
    rows = batches.read_list(table, claims)
    machines = [_machine(shared, row) for row in rows]
    for one in machines:
        boot.check(one, shared.bundle)
    click.echo(f"updates: {updates_of(machines[0])}")
    if labels_file is not None:
        from provisioning.image.label_page import page  # only what is printed needs it

        made = [_label(one, whom) for one in machines]
        labels_file.write_text(page(made, Paper(paper)), "utf-8")
        click.echo(f"{labels_file}: {len(made)} labels")
    if output is not None and like is not None:
        output.mkdir(parents=True, exist_ok=True, mode=0o700)
        batches.write_folders(output, machines, boot.recognise(like), shared.bundle, tell)
        click.echo(f"{output}: {len(machines)} folders, each for one card's boot partition")
    elif card is not None:
        _cards(card, _beginning(machines, first), shared)


def _machine(shared: Shared, row: Row) -> Machine:
    own = replace(shared, wifi=row.wifi or shared.wifi)
    try:
        return make_machine(own, row.terminal, row.claim, row.hostname)
    except OfficeInputInvalid as error:
        raise OfficeInputInvalid(
            f"Line {row.line} of the list: {error.message}", next_step=error.next_step
        ) from error


def _label(machine: Machine, contact: str | None) -> Label:
    claim = None if machine.claim is None else Claim.read(machine.claim)
    organisation = None if claim is None else claim.organisation
    return Label(machine.terminal, organisation, contact=contact)


def _beginning(machines: Sequence[Machine], first: str | None) -> Sequence[Machine]:
    names = [one.terminal for one in machines]
    if first is None:
        return machines
    if first not in names:
        raise click.UsageError(f"the list has no terminal {first}.")
    return machines[names.index(first) :]


def _cards(place: Path, machines: Sequence[Machine], shared: Shared) -> None:
    """Write one card after the other; a card that does not fit is asked for again."""
    for number, one in enumerate(machines, 1):
        while True:
            click.prompt(
                f"{number}/{len(machines)}  card for {one.terminal}, then Enter",
                default="",
                show_default=False,
                prompt_suffix=" ",
            )
            try:
                if _written(place):
                    click.echo("  This card is written already: take it out.")
                    continue
                boot.write(boot.recognise(place), one, shared.bundle, tell)
            except BootPartitionUnfit as error:
                click.echo(f"  {error.message} {error.next_step}")
                continue
            click.echo(f"  {one.terminal} is on the card: eject it, and mark it.")
            break
    click.echo(f"{len(machines)} cards written.")


def _written(place: Path) -> bool:
    return (place / settings.FOLDER / settings.SETTINGS).exists()
