"""`tramthe fleet retire`, `lost`, `release`, `wipe`, `delete`: a terminal's ends, all different.

Each says what it guarantees, and what it does not.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from edge.wire.inbox import MessageKind
from edge.wire.wipe import MAX_STATEMENT, order_body
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.inbox import CentreInbox
from provisioning.centre.process import CentreFolder
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time, read_file
from provisioning.cli.fleet_common import BY, NAME, NAMES, each
from provisioning.errors import OfficeInputInvalid
from provisioning.fleet import delete as deleting
from provisioning.fleet import release as releasing
from provisioning.fleet import verbs
from provisioning.fleet import wipe as wiping


@click.command(short_help="Take terminals out of service in good order.")
@FOLDER
@NAMES
@BY
@DATABASE
def retire(folder: Path, terminals: tuple[str, ...], by: str, database: str | None) -> int:
    """Take TERMINALS out of service: certificates end, claims and requests are withdrawn.

    What they had written until now is taken however late it comes; what they write later is set
    aside. Their history stays.
    """
    if not terminals:
        raise click.UsageError("name terminals")
    with opened(folder, database) as store:
        return each(
            store,
            [(name, name) for name in terminals],
            lambda connection, name: verbs.retire(connection, name, by, office_time()),
            "retired",
        )


@click.command(short_help="Report a terminal lost.")
@FOLDER
@NAME
@BY
@DATABASE
def lost(folder: Path, terminal: str, by: str, database: str | None) -> None:
    """Report TERMINAL lost: its certificates are revoked at once, here.

    Everything beyond what was acknowledged is held back for a person, whatever its time: whoever
    has the terminal sets its clock too. It is released with tramthe fleet release. Found again, it
    is enrolled anew by a claim, with another key.
    """
    with opened(folder, database) as store, store.writing() as connection:
        done = verbs.lost(connection, terminal, by, office_time())
    click.echo(f"{terminal} is lost. Revoked: {_serials(done)}.")
    click.echo(
        f"{done.epochs} epochs stand as they were acknowledged;"
        f" {done.held_back} records beyond that are held back, and all that come."
    )
    click.echo(
        "This centre takes none of its connections from now on. For others that trust the\n"
        f"authority, let it revoke them too: tramthe fleet revoked {folder}"
    )


@click.command(short_help="Let go what is held back of a terminal.")
@FOLDER
@NAME
@click.argument("epoch", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@BY
@DATABASE
def release(
    folder: Path,
    terminal: str,
    epoch: str | None,
    yes: bool,
    by: str,
    database: str | None,
) -> None:
    """Put what is held back of TERMINAL, or of one EPOCH of it, in its place: you believe it.

    Look at it first, on the page of what was set aside. A number that has another event meanwhile
    keeps that one, and the alarm for it is raised.
    """
    with opened(folder, database) as store:
        with store.reading() as connection:
            found = releasing.held(connection, terminal)
        chosen = [one for one in found if epoch in (None, one.epoch)]
        for one in chosen:
            click.echo(f"{one.epoch}: {one.records} records, {one.first} to {one.last}")
        if not chosen:
            click.echo("Nothing is held back.")
            return
        if not yes:
            click.confirm("Release them?", abort=True)
        for one in chosen:
            with store.writing() as connection:
                done = releasing.release(connection, terminal, one.epoch, by, office_time())
            click.echo(f"{one.epoch}: {done.records} released, {done.clashes} clash and stay aside")


@click.command(short_help="Revoke a terminal and order it to destroy its keys.")
@FOLDER
@NAME
@click.option("--yes", is_flag=True, help="Do not ask.")
@BY
@DATABASE
def wipe(folder: Path, terminal: str, yes: bool, by: str, database: str | None) -> None:
    """Revoke TERMINAL, and send it the order to destroy its keys when it next calls.

    The guarantee is the revocation, which holds at once and whether or not it is ever heard of
    again. The terminal's own word that its keys are destroyed, signed before they go, says what
    its software did; a copy made before that is not undone by it. Records that it has not sent are
    lost with its keys.
    """
    if not yes:
        click.confirm(f"Destroy the keys of {terminal}? What it has not sent is lost.", abort=True)
    at = office_time()
    signer = CentreFolder.load(folder).signer
    with opened(folder, database) as store:
        with store.writing() as connection:
            order, done = wiping.order(connection, terminal, by, at)
        click.echo(f"{terminal} is revoked: {_serials(done)}. This holds from now on.")
        inbox = CentreInbox(store, signer.key, signer.kid)
        try:
            number = inbox.send(terminal, MessageKind.WIPE, order_body(terminal, order), at)
        except OfficeInputInvalid as error:
            click.echo(f"The order cannot be sent: {error.message}")
            click.echo("What holds is the revocation. Nothing was told to the terminal.")
            return
    click.echo(f"The order {order} waits as number {number}.")
    click.echo(
        "It is done when the terminal calls, by the network or a stick. Until its signed word is\n"
        f"here its keys are to be taken for whole: tramthe fleet show {folder} {terminal}"
    )


@click.command(short_help="Take the word of a terminal that was wiped.")
@FOLDER
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@DATABASE
def wiped(folder: Path, file: Path, database: str | None) -> None:
    """Take FILE, the signed word of a terminal that was wiped and reaches no network.

    It lies in the terminal's identity folder as wiped.jws.
    """
    authorities = TerminalAuthorities(CentreFolder.load(folder).terminal_anchors)
    word = read_file(file, MAX_STATEMENT).decode("ascii", "replace").strip()
    with opened(folder, database) as store, store.writing() as connection:
        found = wiping.hear(connection, word, authorities, office_time())
    click.echo(f"{found.terminal} says that it was wiped: {', '.join(found.destroyed)}.")


@click.command(short_help="Delete a terminal after its retention period.")
@FOLDER
@NAME
@click.option(
    "--after-days",
    type=click.IntRange(deleting.SHORTEST.days),
    required=True,
    help="The retention period that your office is bound to, from the end of its service.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@DATABASE
def delete(folder: Path, terminal: str, after_days: int, yes: bool, database: str | None) -> None:
    """Delete TERMINAL: registry, history, records, inbox, alarms; refused before its time.

    The figures of past years stay, under a drawn name. So do the audit of the pages and the record
    of openings, which nobody can change: an id may stand in them, and no member's name.
    """
    if not yes:
        click.confirm(f"Delete {terminal} with all of its records, for good?", abort=True)
    with opened(folder, database) as store, store.writing() as connection:
        records = deleting.delete(connection, terminal, timedelta(days=after_days), office_time())
    click.echo(f"Deleted, with {records} records.")


def _serials(done: verbs.Lost) -> str:
    return ", ".join(one.serial for one in done.certificates) or "no certificate is known here"
