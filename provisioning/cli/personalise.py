"""`tramthe personalise`: rows of a table become chips, signed by a document signer."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from edge.files import replace_file
from provisioning.ceremony import document_signer
from provisioning.ceremony.folder import opened
from provisioning.cli.common import Time, office_time, read_file
from provisioning.cli.pki_common import act_options, carry_out, examples
from provisioning.errors import OfficeInputInvalid
from provisioning.office.card_rows import COLUMNS, OPTIONAL, made_card, made_table, orders
from provisioning.office.personalise import Family, personalise
from provisioning.office.pki import PARTY_DOCUMENT_CODE, Authority
from provisioning.office.portrait import MAX_PHOTO
from provisioning.office.tables import csv_rows

VALIDITY = timedelta(days=3650)
TABLE = "cards.csv"


@click.command(
    "personalise",
    short_help="Make party cards of a table's rows.",
    epilog=examples(
        "tramthe personalise /srv/ds-2026-4 --csv batch-17.csv --out batch-17",
        "tramthe softcard insert batch-17/991040137",
    ),
)
@click.argument("signer", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--csv",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help=f"The table; columns: {', '.join(COLUMNS)}; also {', '.join(OPTIONAL)}.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder."
)
@click.option("--expires", type=Time(), help="Last day of the cards; default in ten years.")
@click.option(
    "--drawn-faces", is_flag=True, help="No photos: the cards are of people who do not exist."
)
@act_options
def personalise_command(
    signer: Path,
    file: Path,
    out: Path,
    expires: datetime | None,
    drawn_faces: bool,
    descriptor: int | None,
    yes: bool,
) -> None:
    """Make a chip for each row of a table, signed by the document signer of folder SIGNER.

    All rows are checked first; one that cannot be used stops the batch. The number of cards stands
    in the signer's ledger before the first is signed: it signs 100,000, in three months. OUT gets
    a folder for each card, and cards.csv with each card's entry for the status list.

    The chips are images for `tramthe softcard`. OUT holds personal data and is its owner's alone.
    """
    at = office_time()
    last = (expires or at + VALIDITY).date()
    if last <= at.date():
        raise click.UsageError("--expires is a day to come")
    photo = None if drawn_faces else lambda name: read_file(file.parent / name, MAX_PHOTO)
    with csv_rows(file, COLUMNS, OPTIONAL) as rows:
        batch = orders(rows, photo)
    if out.exists() and any(out.iterdir()):
        raise OfficeInputInvalid(
            f"{out} is not empty, and no card is overwritten.", next_step="Name a new folder."
        )
    taken: list[Authority] = []
    with opened(signer) as held:
        if PARTY_DOCUMENT_CODE not in document_signer.request(held).document_types:
            raise OfficeInputInvalid(
                f"This document signer does not sign documents of type {PARTY_DOCUMENT_CODE}.",
                next_step="Make one that does: tramthe pki document-signer --help",
            )
        act = document_signer.reserve(held, len(batch), last, at, taken.append)
        carry_out(held, act, descriptor=descriptor, yes=yes)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for order in batch:
        image = personalise(
            order.person,
            Family.PARTY,
            taken[0],
            at=at,
            expires=last,
            can=order.can,
            photo=order.photo,
        )
        image.save(out / order.number)
        made.append(made_card(order, image, last))
    replace_file(out / TABLE, made_table(made))
    click.echo(f"{len(made)} cards in {out}; {out / TABLE} names each chip for the status list.")
