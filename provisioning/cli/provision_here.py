"""`tramthe provision here`: the running machine becomes a terminal.

Not here: looking at it and the steps (`provisioning.image.here`).
"""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.cli.provision_image import (
    FILE,
    Shared,
    make_machine,
    shared_options,
    tell,
    updates_of,
)
from provisioning.errors import MachineUnfit
from provisioning.image import here as machines

ROOT = Path("/")
WORK = Path("/var/tmp")  # noqa: S108 -- the folder made there is root's alone, and has a name of chance
_EXAMPLES = """
\b
Examples:
  tramthe provision here --claim 99-0417.claim.json --packages tramthe-amd64 --dry-run
  sudo tramthe provision here --claim 99-0417.claim.json --packages tramthe-amd64
"""


@click.command(epilog=_EXAMPLES, short_help="Make a terminal of this Debian machine.")
@click.option("--claim", "claim_file", type=FILE, help="The terminal's claim, from the office.")
@click.option("--terminal", help="The terminal's name, where no claim says it.")
@click.option("--hostname", help="Name on the network; follows from the terminal's unless told.")
@click.option("--dry-run", is_flag=True, help="Say each step, and change nothing.")
@shared_options
def here(
    claim_file: Path | None,
    terminal: str | None,
    hostname: str | None,
    dry_run: bool,
    shared: Shared,
) -> None:
    """Make a terminal of the machine that this runs on: Debian 12 or 13, or Raspberry Pi OS.

    Does what a card's first start does, from the same packages and without a network. Each step
    looks first and may be done again; a machine that is not known well enough is refused before
    the first. Accounts, SSH and partitions stay as they are. It has to be run as root, but for
    --dry-run.
    """
    if shared.ssh_keys or shared.read_only_root:
        raise click.UsageError("--ssh-key and --read-only-root are for cards, not for a machine "
                               "that runs already.")  # fmt: skip
    if not dry_run and not machines.is_root():
        raise MachineUnfit(
            "Only root can make a terminal of this machine.",
            next_step="Put sudo before it, or look first with --dry-run.",
        )
    one = make_machine(shared, terminal, claim_file, hostname)
    machines.require(machines.look(ROOT), one, shared.bundle)
    click.echo(f"updates: {updates_of(one)}")
    machines.carry_out(one, shared.bundle, tell, dry_run=dry_run, work=WORK)
    if dry_run:
        click.echo("Nothing was changed.")
    else:
        click.echo(f"This machine is terminal {one.terminal}. Look at it: tramthe diagnose")
