"""`tramthe repository`: take from the office's repository at a terminal, by hand.

The service does the same by itself where it has a network. Not here: a pass (`edge.repository`).
"""

from __future__ import annotations

from pathlib import Path

import click

from edge.clock import Clock
from edge.files import replace_file
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.net.tls import Tls
from edge.repository.apply import Rooms
from edge.repository.client import require_root
from edge.repository.fetch import FolderSource, HttpSource
from edge.repository.kept import FIRST_ROOT
from edge.repository.outcome import RepositoryState
from edge.repository.update import update as take
from provisioning.cli.common import read_file, state_option
from provisioning.cli.main import Exit

MAX_ROOT = 512 * 1024  # bytes


_EXAMPLES = """
\b
Examples:
  tramthe repository trust 1.root.json --state /var/lib/tramthe
  tramthe repository update --from https://repository.centre.example --state /var/lib/tramthe
"""


@click.group(epilog=_EXAMPLES)
def repository() -> None:
    """Take what the office publishes for all terminals: lists, trust list, software."""


@repository.command(short_help="Give a terminal the repository's first root.")
@state_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def trust(state: Path, file: Path) -> None:
    """Give a terminal FILE, the repository's root metadata, got from the office by hand.

    Whoever signed it is believed from then on; later roots follow from it by themselves.
    """
    data = read_file(file, MAX_ROOT)
    version = require_root(data)
    folder = StateLayout(state).repository
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(folder / FIRST_ROOT, data)
    click.echo(f"Root version {version} is trusted from now on.")
    click.echo(f"Next: tramthe repository update --state {state} --from URL")


@repository.command(short_help="Take what is new from a URL or a folder.")
@state_option
@click.option("--from", "where", required=True, help="A URL, or a folder such as a stick's.")
@click.option(
    "--ca", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Roots for TLS, PEM."
)
def update(state: Path, where: str, ca: Path | None) -> Exit:
    """Take what is new, and say what came into force. What was held stays, whatever happens.

    Exit status 0 where the terminal is up to date, 1 where something was not taken, 3 where the
    repository could not be reached or believed.
    """
    layout = StateLayout(state)
    clock = Clock(layout.floor)
    web = where.startswith(("https://", "http://"))
    tls = Tls(ca, floor=lambda: clock.floor)
    source = HttpSource(where, tls=tls) if web else FolderSource(Path(where))
    rooms = Rooms(Holdings(layout.holdings, start_anyway=True), clock, layout.delivered)
    result = take(layout.repository, source, rooms)
    for path in result.taken:
        click.echo(f"taken      {path}")
    for one in result.not_taken:
        click.echo(f"NOT TAKEN  {one.path}: {one.why} {one.next_step}")
    version = "" if result.version is None else f", version {result.version}"
    click.echo(f"{result.state.value}{version}")
    if result.why is not None and not result.not_taken:
        click.echo(f"tramthe: {result.why}", err=True)
        click.echo(f"  {result.next_step}", err=True)
    if result.state is RepositoryState.UP_TO_DATE:
        return Exit.DONE
    return Exit.NO if result.state is RepositoryState.PARTLY else Exit.FAILED
