"""`tramthe crl`: import, show and ask revocation lists."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import click

from crl.status import Purpose, Status, card_entry
from edge.clock import Clock
from edge.layout import StateLayout
from provisioning.cli import show
from provisioning.cli.common import at_option, moment, read_file, state_option
from provisioning.cli.held import holdings
from provisioning.cli.main import Exit
from provisioning.errors import OfficeInputInvalid
from reader.errors import MalformedData
from reader.lds import sod

# RFC 5280: up to 20 octets, and one more; as a number, or octets with colons as openssl has them.
_SERIAL = re.compile(r"(0[xX])?[0-9A-Fa-f]{1,42}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){1,20}")

_purpose = click.option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    required=True,
    help="What the list names: certificates, or the chips of a card family.",
)


_EXAMPLES = """
\b
Examples:
  tramthe crl show --state /var/lib/tramthe
  tramthe crl import --purpose card-status status.crl --state /var/lib/tramthe
  tramthe crl lookup --serial 0a1b --state /var/lib/tramthe
"""


@click.group(epilog=_EXAMPLES)
def crl() -> None:
    """Revocation lists: which certificates and which chips are no longer in force."""


@crl.command("import")
@state_option
@at_option
@_purpose
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_(state: Path, at: datetime | None, purpose: str, file: Path) -> None:
    """Take over a newer list from FILE (DER), complete or delta.

    Refused unless it is newer, from the same issuer, for the same scope, correctly signed, and a
    delta's base is held. The same list again is harmless.
    Exit status 0 if it is in force now, 3 if it was refused: then the lists before stay in force.
    """
    when = moment(state, at)
    held = holdings(state)
    header = held.import_list(file, when.at, Purpose(purpose))
    clock = Clock(StateLayout(state).floor)
    for sighting in held.revocation.sightings(when.at):
        clock.saw_verified_list(sighting)
    kind = "List" if header.base_number is None else f"Delta on {header.base_number:x},"
    click.echo(f"{kind} number {header.number:x} of {show.when(header.this_update)} is in force.")


@crl.command("show", short_help="Show the lists in force.")
@state_option
@at_option
def show_(state: Path, at: datetime | None) -> None:
    """Show the lists in force: number, dates, age, and which are not asked any more."""
    now = moment(state, at).at
    held = holdings(state)
    lists = held.lists()
    for key, header in lists.items():
        click.echo(f"{key.purpose.value}  number {header.number:x}  scope {key.scope or '-'}")
        complete, *deltas = held.list_stack(key)
        for delta in deltas:
            click.echo(f"  complete list {complete.number:x}, delta {delta.number:x}", nl=False)
            click.echo(f" on {delta.base_number or 0:x}")
        age = show.days(now - header.this_update)
        click.echo(f"  from {show.when(header.this_update)} ({age} old)", nl=False)
        click.echo(f", next by {show.when(header.next_update)}")
    show.lists_set_aside(held.revocation, now)
    if not lists:
        click.echo("No revocation list is held. Import one: tramthe crl import --help")


@crl.command()
@state_option
@at_option
@click.option("--serial", help="A certificate's serial number, in hexadecimal (0a1b or 0A:1B).")
@click.option(
    "--sod",
    "security_object",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A card's EF.SOD: ask for its chip.",
)
def lookup(
    state: Path, at: datetime | None, serial: str | None, security_object: Path | None
) -> int:
    """Ask the lists in force for a certificate's serial or for a chip.

    Exit status 0 if no list names it and each is fresh enough to say so, 1 otherwise.
    """
    purpose, entry = _asked(serial, security_object)
    held = holdings(state)
    now = moment(state, at).at
    answers = [held.lookup(key, entry, now) for key in held.lists() if key.purpose is purpose]
    for found in answers:
        click.echo(show.answer(found))
    if not answers:
        click.echo(f"not covered: no {purpose.value} list is held")
    good = bool(answers) and all(found.status is Status.GOOD for found in answers)
    return Exit.DONE if good else Exit.NO


def _asked(serial: str | None, security_object: Path | None) -> tuple[Purpose, int]:
    if (serial is None) == (security_object is None):
        raise click.UsageError("give exactly one of --serial and --sod")
    if security_object is not None:
        return Purpose.CARD_STATUS, card_entry(_signed_content(security_object))
    if not _SERIAL.fullmatch(serial or ""):
        raise click.UsageError("--serial takes a hexadecimal number such as 0a1b2c or 0A:1B:2C")
    return Purpose.CERTIFICATE, int((serial or "").replace(":", ""), 16)


def _signed_content(file: Path) -> bytes:
    try:
        return sod.parse(read_file(file, sod.MAX_SOD)).signed_content
    except MalformedData as error:
        raise OfficeInputInvalid(
            f"{file} is not a card's EF.SOD.",
            next_step="Give the file as the chip holds it, beginning with tag 77.",
        ) from error
