"""`tramthe pki status-signer`, `status-list`: which cards are no longer in force."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.ceremony import status_signer as acts
from provisioning.ceremony.folder import opened
from provisioning.ceremony.parts import Name
from provisioning.ceremony.status_signer import MAX_DAYS, STATUS_SIGNER
from provisioning.cli.common import office_time
from provisioning.cli.pki_common import FOLDER, act_options, carry_out, examples, make, name_options
from provisioning.cli.rows import rows_options, taken_rows
from provisioning.office.entry_table import entry_table
from provisioning.office.list_rows import CARD_COLUMNS, REASONS, card_entries
from provisioning.office.pilot import STATUS_SCOPE

DAYS = 10
"""A terminal calls a list fresh for so long, unless its policy says otherwise."""


@click.command(
    "status-signer",
    short_help="Make the signer of a card status list in FOLDER.",
    epilog=examples(
        'tramthe pki status-signer /srv/status --name "Trang thai the dang vien" \\',
        '  --organisation "Co quan cap chung thu"',
    ),
)
@FOLDER
@name_options
@click.option(
    "--scope", default=STATUS_SCOPE, show_default=True, help="The list's, as the profile names it."
)
@act_options
def status_signer(folder: Path, name: Name, scope: str, descriptor: int | None, yes: bool) -> None:
    """Make the key that signs the card status list, and its certificate for five years.

    It stands under no other authority: its certificate goes on the trust list. FOLDER keeps the
    lists of the last month, from which deltas are made.
    """
    act = acts.create(name, scope, office_time())
    make(folder, act, descriptor=descriptor, yes=yes)


@click.command(
    "status-list",
    short_help="Issue the card status list and its deltas.",
    epilog=examples(
        "tramthe pki status-list /srv/status --csv cards.csv",
        "tramthe pki status-list /srv/status --table revoked_cards \\",
        "  --database postgresql+psycopg://office@db.example.vn/cards",
    ),
)
@FOLDER
@rows_options(f"entry, reason ({', '.join(REASONS)}), since")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    default=DAYS,
    show_default=True,
    help="The next list comes within so many days.",
)
@act_options
def status_list(
    folder: Path,
    file: Path | None,
    database: str | None,
    table: str | None,
    days: int,
    descriptor: int | None,
    yes: bool,
) -> None:
    """Issue the list of all cards that are not in force, complete, and deltas for terminals.

    The rows are the whole list each time; deltas begin at the lists of a day, a week and a month
    ago. A card that was put on it for good never comes off: rows that lack one are refused, so that
    half a file cannot bring back every card. Only what was reported lost may be found again.
    """
    if file is None and database is None:
        raise click.UsageError("give --csv, or --database and --table")
    with opened(folder) as held, entry_table() as entries:
        held.require_role(STATUS_SIGNER)
        with taken_rows(file, database, table, CARD_COLUMNS) as rows:
            act = acts.issue(held, entries, card_entries(rows), office_time(), days)
        carry_out(held, act, descriptor=descriptor, yes=yes)
