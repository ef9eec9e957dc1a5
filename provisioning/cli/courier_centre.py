"""`tramthe courier` at the centre: records from a stick, and onto it what is for all.

Not here: taking (`provisioning.centre.courier`), copying (`provisioning.publish.stick`).
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from edge.stick import open_folder
from edge.wire.bundle import ROOT
from provisioning.centre.courier import CentreCourier, Taken, open_courier
from provisioning.centre.process import CentreFolder
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.publish.stick import copy_repository

MAX_TOLD = 50  # lines of what was not taken


def import_up(folder: Path, centre: Path, database: str | None) -> Exit:
    """Take every terminal's records, and write back what is held of them."""
    held = CentreFolder.load(centre)
    with closing(CentreStore(held.database if database is None else database)) as store:
        courier: CentreCourier = open_courier(
            store, held.terminal_anchors, held.signer, office_time
        )
        with open_folder(folder) as stick, stick.folder(ROOT) as root:
            if root is None:
                click.echo("The stick has nothing for the centre.")
                return Exit.DONE
            taken = courier.take(root)
    return Exit.DONE if _tell(taken) else Exit.NO


def export_published(folder: Path, repository: Path) -> Exit:
    """Copy what is published onto a stick."""
    with open_folder(folder) as stick, stick.existing(ROOT) as root:
        done = copy_repository(repository, root)
    click.echo(
        f"repository: {done.written} files copied, {done.already} there already,"
        f" {done.removed} old ones removed"
    )
    click.echo("Next: at a terminal, the status page's button, or tramthe courier import DIR")
    return Exit.DONE


def _tell(taken: Taken) -> bool:
    """Say what was taken; return whether that was all."""
    again = f", {taken.known} of them taken before" if taken.known else ""
    click.echo(
        f"{taken.segments} segments of {len(taken.terminals)} terminals;"
        f" {taken.bundles} bundles{again}"
    )
    told = [
        *(f"NOT TAKEN  {one.place}/{one.name}: {one.why}" for one in taken.refused),
        *(f"MISSING    {one.place}/{one.name}: {one.why}" for one in taken.missing),
        *(f"NO ANSWER  {terminal}: the stick took none" for terminal in sorted(taken.unanswered)),
    ]
    for line in told[:MAX_TOLD]:
        click.echo(line)
    if len(told) > MAX_TOLD:
        click.echo(f"... and {len(told) - MAX_TOLD} more")
    if taken.stopped is not None:
        click.echo(f"tramthe: {taken.stopped.message}", err=True)
        click.echo(f"  {taken.stopped.next_step}", err=True)
    elif taken.segments:
        click.echo("Next: the stick goes back; each terminal takes its acknowledgement from it.")
    return not told and taken.stopped is None
