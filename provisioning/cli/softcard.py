"""`tramthe softcard`: lay a software card on the virtual reader."""

from __future__ import annotations

import time
from pathlib import Path

import click

from provisioning.cli.common import PORT, Seconds
from provisioning.softcard.faults import card_of
from provisioning.softcard.image import CardImage
from provisioning.softcard.kind import describe
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_HOST, VPCD_PORT


@click.group()
def softcard() -> None:
    """Lay a chip in software on the virtual reader of vsmartcard-vpcd."""


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
