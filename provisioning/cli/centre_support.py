"""`tramthe centre support`: the support bundles that terminals were asked for.

Lives here: the list, and opening one with the centre's private key, in a process of its own. Not
here: asking for one (`tramthe centre send command ... send-support`), rows (`centre.support`).
"""

from __future__ import annotations

from pathlib import Path

import click

from edge.files import replace_file
from edge.wire.support import kept_bundle
from provisioning.centre import support as bundles
from provisioning.centre.support import KeptBundle
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.centre_open import private_seal_key
from provisioning.cli.pki_common import PASSPHRASE
from provisioning.errors import OfficeInputInvalid

_EXAMPLES = """
\b
Examples:
  tramthe centre send command /srv/centre tram-001 send-support
  tramthe centre support /srv/centre
  tramthe centre support /srv/centre tram-001 --keys /media/keys --output tram-001.zip
"""


@click.command(short_help="Show support bundles, or open one.", epilog=_EXAMPLES)
@FOLDER
@click.argument("terminal", required=False)
@DATABASE
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the centre's private seal key; never FOLDER itself.",
)
@click.option("--order", type=click.IntRange(min=1), help="Which one. [default: the newest]")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the ZIP to this file."
)
@PASSPHRASE
def support(
    folder: Path,
    terminal: str | None,
    database: str | None,
    keys: Path | None,
    order: int | None,
    output: Path | None,
    descriptor: int | None,
) -> None:
    """List the bundles that came; with --keys and --output open the newest of TERMINAL.

    A bundle names no member. It is sealed because it says what is out of date at a terminal.
    """
    with opened(folder, database) as store:
        found = bundles.kept(store, terminal)
    if keys is None and output is None:
        for one in found:
            click.echo(
                f"{one.terminal}  order {one.order}  made {one.at}  received {one.received_at}"
            )
        if not found:
            click.echo("No support bundle came.")
        return
    if keys is None or output is None or terminal is None:
        raise click.UsageError("Opening asks for TERMINAL, --keys and --output.")
    bundle = kept_bundle(_chosen(found, order).compact)
    kid, private = private_seal_key(keys, folder, descriptor)
    if kid != bundle.kid:
        raise OfficeInputInvalid(
            f"This bundle is sealed to the key {bundle.kid}, and the folder has {kid}.",
            next_step="Give --keys the folder of that key.",
        )
    replace_file(output, bundle.open(private))
    click.echo(f"{output}: order {bundle.order} of {bundle.terminal}, made {bundle.at}")


def _chosen(found: tuple[KeptBundle, ...], order: int | None) -> KeptBundle:
    for one in found:
        if order in (None, one.order):
            return one
    raise OfficeInputInvalid(
        "There is no such bundle of this terminal.",
        next_step="Ask for one: `tramthe centre send command FOLDER TERMINAL send-support`.",
    )
