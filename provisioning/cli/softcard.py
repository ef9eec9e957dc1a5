"""`tramthe softcard`: lay a software card on the virtual reader, or make one to try a terminal."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import click

from provisioning.cli.common import PORT, Seconds, office_time
from provisioning.matrix import MATRIX
from provisioning.matrix import make as make_card
from provisioning.office.pilot import PilotPki
from provisioning.softcard.faults import card_of
from provisioning.softcard.image import CardImage
from provisioning.softcard.kind import describe
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_HOST, VPCD_PORT

VALIDITY = timedelta(days=3650)
_NUMBER, _BIRTH, _EXPIRY = slice(0, 9), slice(10, 16), slice(17, 23)
"""Where they stand in the MRZ information of a document number of nine characters."""


_EXAMPLES = """
\b
Examples:
  tramthe softcard kinds
  tramthe softcard insert pilot/cards/member-1 --seconds 20
"""


@click.group(epilog=_EXAMPLES)
def softcard() -> None:
    """Lay a chip in software on the virtual reader of vsmartcard-vpcd, or make one."""


@softcard.command(short_help="Lay the card of FOLDER on the virtual reader.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--host", default=VPCD_HOST, show_default=True, help="Where the virtual reader is.")
@click.option("--port", type=PORT, default=VPCD_PORT, show_default=True, help="Its TCP port.")
@click.option("--seconds", type=Seconds(), help="Lift the card after so long; default at Ctrl-C.")
def insert(folder: Path, host: str, port: int, seconds: float | None) -> None:
    """Lay the card of FOLDER (with `card.toml`) on the virtual reader and answer for it.

    Exit status 0 once it is lifted, 3 if there is no virtual reader or another program holds it.
    """
    image = CardImage.load(folder)
    slot = VpcdSlot(host, port)
    try:
        slot.lay(card_of(image))
        click.echo(f"laid: {image.title} (Ctrl-C lifts it)")
        for line in describe(image).values():
            click.echo(f"  {line}")
        started = time.monotonic()
        while slot.occupied and (seconds is None or time.monotonic() - started < seconds):
            time.sleep(0.1)
    finally:
        slot.close()


@softcard.command(short_help="Make a card with a chip of KIND in FOLDER.")
@click.argument("kind", type=click.Choice(sorted(MATRIX)), metavar="KIND")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--office",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="The pilot's keys: folder `office` of a kept demonstration.",
)
def make(kind: str, folder: Path, office: Path) -> None:
    """Make a card of a person who does not exist, to see how a terminal takes its chip.

    KIND is a name of `tramthe softcard kinds`. Prints what opens the card.
    """
    at = office_time()
    image = make_card(kind, PilotPki.load(office), at=at, expires=(at + VALIDITY).date())
    image.save(folder)
    click.echo(f"made: {folder}")
    for line in describe(image).values():
        click.echo(f"  {line}")
    click.echo(f"  opens with: {_password(image)}")


@softcard.command(short_help="Name the kinds of chips that can be made.")
def kinds() -> None:
    """Name the kinds of chips that `make` knows, one on each line."""
    for name in MATRIX:
        click.echo(name)


def _password(image: CardImage) -> str:
    """Return the option of `tramthe card read` that opens a card."""
    if image.can is not None:
        return f"--can {image.can}"
    zone = image.mrz_information or ""
    return f"--mrz {zone[_NUMBER]},{zone[_BIRTH]},{zone[_EXPIRY]}"
