"""`tramthe centre back-office`: who may ask terminals for a card by way of the centre."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from edge.errors import WireMalformed
from edge.wire.event import check_terminal
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time
from provisioning.errors import OfficeInputInvalid
from provisioning.relay.offices import TOKEN_SIZE, BackOffices, office_of

_ID = click.argument("office", metavar="OFFICE")

_EXAMPLES = """
\b
Examples:
  tramthe centre back-office add /srv/centre mot-cua-pha-hin --terminal tram-001 \\
    --name "Một cửa xã Pha Hín" --origin https://motcua.phahin.gov.vn
  tramthe centre back-office list /srv/centre
"""


@click.group("back-office", epilog=_EXAMPLES)
def back_office() -> None:
    """Say which back offices may ask terminals.

    They are servers that cannot reach a terminal, and ask for a card by way of the centre.

    A terminal takes such questions where its configuration says `centre_questions = true`, and
    shows who asks before a card is laid.
    """


@back_office.command(short_help="Let a back office ask, and print its token.")
@FOLDER
@_ID
@click.option("--name", required=True, help="What terminals show: the office and its counter.")
@click.option("--origin", required=True, help="Its https:// origin, which receipts say.")
@click.option(
    "--terminal", "terminals", multiple=True, required=True,
    help="A terminal that it may ask. Repeatable.",
)  # fmt: skip
@DATABASE
def add(
    folder: Path, office: str, name: str, origin: str, terminals: tuple[str, ...],
    database: str | None,
) -> None:  # fmt: skip
    """Let OFFICE (small letters, digits, hyphens) ask, and print its bearer token, this once."""
    try:
        for terminal in terminals:
            check_terminal(terminal)
    except WireMalformed as error:
        raise OfficeInputInvalid(
            error.message, next_step="Name terminals as their certificates do."
        ) from error
    made = office_of(office, name, origin.rstrip("/"))
    with opened(folder, database) as found:
        token = BackOffices(found).add(
            made, terminals, secrets.token_bytes(TOKEN_SIZE), office_time()
        )
    click.echo(f"{office} may ask {', '.join(sorted(set(terminals)))}. Its token:", err=True)
    click.echo(token)
    if sys.stdout.isatty():
        click.echo("It is not shown again.", err=True)


@back_office.command("list", short_help="List back offices; no token.")
@FOLDER
@DATABASE
def list_offices(folder: Path, database: str | None) -> None:
    """List who may ask which terminals, and who no longer may."""
    with opened(folder, database) as found:
        listed = BackOffices(found).all()
    for one in listed:
        state = "may ask" if one.revoked_at is None else f"revoked {one.revoked_at}"
        click.echo(f"{one.office.id:<24} {state:<32} {', '.join(one.terminals)}")
        click.echo(f"  {one.office.name}, {one.office.origin}")
    if not listed:
        click.echo("No back office yet. Add one: tramthe centre back-office add --help")


@back_office.command(short_help="Let a back office ask nothing more.")
@FOLDER
@_ID
@DATABASE
def revoke(folder: Path, office: str, database: str | None) -> None:
    """Let OFFICE ask nothing more, at once. Receipts that name it stay as they are."""
    with opened(folder, database) as found:
        BackOffices(found).revoke(office, office_time())
    click.echo(f"{office} may ask nothing more.")
