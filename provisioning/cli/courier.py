"""`tramthe courier`: records and lists on a stick, at the terminal and at the centre.

Lives here: the commands and their options; which side it is decides what is imported. Not here:
the terminal's side (`courier_terminal`), the centre's (`courier_centre`). The terminal's status
page has two buttons that do the same.
"""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from provisioning.cli.main import Exit

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_DIR = click.argument("folder", metavar="DIR", type=_FOLDER)
_STATE = click.option(
    "--state",
    type=_FOLDER,
    envvar="TRAMTHE_STATE",
    help="At a terminal: its state folder. [env: TRAMTHE_STATE]",
)
_CENTRE = click.option(
    "--centre",
    type=_FOLDER,
    help="At the centre: its folder, as `centre serve` is given.",
)
_DATABASE = click.option(
    "--database",
    metavar="URL",
    envvar="TRAMTHE_CENTRE_DATABASE",
    help="At the centre: its database, as `centre serve` is given. [env: TRAMTHE_CENTRE_DATABASE]",
)


_EXAMPLES = """
\b
Examples:
  tramthe courier export /media/stick --state /var/lib/tramthe
  tramthe courier import /media/stick --state /var/lib/tramthe
  tramthe courier export /media/stick --repository /srv/repository/public
"""


@click.group(epilog=_EXAMPLES)
def courier() -> None:
    """Carry records and lists on a stick where there is no network.

    DIR is where the stick is mounted, such as /media/USB; all lies in its folder `tramthe`. The
    files are those that go over the network, and are checked in the same way: whoever carries
    the stick can neither read nor change them. Either command may be repeated at will; one that
    was cut short goes on where it was.
    """


@courier.command(short_help="Copy onto the stick in DIR what waits for the other side.")
@_DIR
@_STATE
@click.option(
    "--repository",
    type=_FOLDER,
    help="At the centre: the folder `public` of what is published for all terminals.",
)
def export(folder: Path, state: Path | None, repository: Path | None) -> Exit:
    """Copy onto the stick in DIR what waits for the other side.

    At a terminal (--state): all records that the centre has not acknowledged, also while the
    terminal runs. At the centre (--repository): what is published for all terminals.
    Exit status 0 where all is on the stick, 1 where not all of it found room.
    """
    if _at_terminal(state, repository) and state is not None:
        from provisioning.cli.courier_terminal import export_log

        return export_log(folder, state)
    if repository is None:
        raise click.UsageError("Give --state at a terminal, or --repository at the centre.")
    from provisioning.cli.courier_centre import export_published

    return export_published(folder, repository)


@courier.command("import", short_help="Take from the stick in DIR what the other side copied.")
@_DIR
@_STATE
@_CENTRE
@_DATABASE
def import_(folder: Path, state: Path | None, centre: Path | None, database: str | None) -> Exit:
    """Take from the stick in DIR what the other side copied.

    At a terminal (--state): lists and programs for all, acknowledgements for this one; the
    terminal's service must not run, for its status page does the same. At the centre (--centre):
    every terminal's records; what the centre holds then is written back to the stick.
    Exit status 0 where all of it was taken, 1 where something was not.
    """
    if _at_terminal(state, centre) and state is not None:
        from provisioning.cli.courier_terminal import import_down

        return import_down(folder, state)
    if centre is None:
        raise click.UsageError("Give --state at a terminal, or --centre at the centre.")
    from provisioning.cli.courier_centre import import_up

    return import_up(folder, centre, database)


def _at_terminal(state: Path | None, office: Path | None) -> bool:
    """Return which side this is. A state folder of the environment yields to the centre's own."""
    named = click.get_current_context().get_parameter_source("state")
    if office is not None and state is not None and named is ParameterSource.COMMANDLINE:
        raise click.UsageError("Give --state at a terminal, or --centre at the centre.")
    if not office is not None and state is None:
        raise click.UsageError("Give --state at a terminal, or --centre at the centre.")
    return office is None
