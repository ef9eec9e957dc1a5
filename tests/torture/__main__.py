"""`make torture`: kills, full disks, damaged files. Exit status 1 where a promise did not hold.

The folder of a violation stays in `build/torture`; the seed repeats the draws, not the timing.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import click

from tests.torture import damage
from tests.torture.acts import ACTS
from tests.torture.disk import full_disk
from tests.torture.kills import run
from tests.torture.ledger import Violation

BUILD = Path(__file__).parents[2] / "build" / "torture"


@click.command()
@click.option("--kills", default=1000, show_default=True, help="Processes to kill.")
@click.option("--step", default=97, show_default=True, help="Bytes between two damaged places.")
@click.option("--room", default=4096, show_default=True, help="Bytes between two full disks.")
@click.option("--seed", default="1", show_default=True, help="Of every random draw.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=BUILD,
    help="Where the logs are made. [default: build/torture]",
)
def main(kills: int, step: int, room: int, seed: str, folder: Path) -> None:
    """Torture the log."""
    begun = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        kill(folder, kills, seed)
        for how in ("tmpfs", "limit"):
            click.echo(f"disk full ({how}): {full_disk(room, how)}")
        for outcome, count in sorted(damage.sweep(folder / "damage", step).items()):
            click.echo(f"{outcome}: {count}")
    except (Violation, AssertionError) as error:
        click.echo(f"BROKEN: {error}")
        sys.exit(1)
    shutil.rmtree(folder)
    click.echo(f"all held, in {time.monotonic() - begun:.0f} s")


def kill(folder: Path, kills: int, seed: str) -> None:
    """Kill processes and print what it came to."""
    result = run(folder, kills, seed)
    for name in ACTS:
        click.echo(
            f"{name:<12}{result.kills[name]:>6} kills,"
            f" {result.before_ready[name]:>5} of them while opening,"
            f" {result.acknowledged[name]:>8} events acknowledged"
        )
    click.echo(
        f"{sum(result.kills.values())} kills, {result.torn} with blocks nobody wrote behind the"
        f" last write, largest log {result.largest} events: 0 lost, 0 numbers twice, chains whole"
    )


if __name__ == "__main__":
    main()
