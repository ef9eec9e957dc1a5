"""`tramthe clock`: what time the terminal believes it is, and correcting its floor."""

from __future__ import annotations

from pathlib import Path

import click

from edge.clock import Clock
from edge.layout import StateLayout
from provisioning.cli.common import read_file, state_option
from provisioning.cli.held import holdings
from provisioning.cli.show import when
from verify.correction import MAX_CORRECTION

_EXAMPLES = """
\b
Examples:
  tramthe clock show --state /var/lib/tramthe
  tramthe clock correct correction.jws --state /var/lib/tramthe
"""


@click.group(epilog=_EXAMPLES)
def clock() -> None:
    """Time on the terminal: its clock, and the time before which it cannot be."""


@clock.command("show", short_help="Show the time to judge by, and the floor.")
@state_option
def show_(state: Path) -> None:
    """Show the time to judge by, how well it is known, and the floor under it."""
    held = Clock(StateLayout(state).floor)
    now = held.now()
    click.echo(f"time   {when(now.at)} ({now.quality.value})")
    click.echo(f"floor  {when(held.floor)}")


@clock.command(short_help="Apply a signed correction of the floor.")
@state_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def correct(state: Path, file: Path) -> None:
    """Lower the floor by FILE, a time correction (a compact JWS signed by the root).

    For terminals that a list from the future has pushed ahead. Refused unless this terminal's
    root key signed it and its number is new; it never moves the clock forward.
    """
    compact = read_file(file, MAX_CORRECTION).decode("ascii", "replace").strip()
    floor = Clock(StateLayout(state).floor).correct(compact, holdings(state).require_root())
    click.echo(f"The terminal now knows that it is not before {when(floor)}.")
