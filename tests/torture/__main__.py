"""`make torture`: kills of log and centre, cuts of the way, full disks, damaged files.

Exit status 1 where a promise did not hold. The folder of a violation stays in `build/torture`;
the seed repeats the draws, not the timing.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import click

from tests.faults.cuts import DOWN, UP, sweep
from tests.faults.ledger import Ledger
from tests.faults.office import Office, Terminal
from tests.faults.proxy import Proxy
from tests.torture import centre, damage
from tests.torture.acts import ACTS
from tests.torture.disk import full_disk
from tests.torture.kills import run
from tests.torture.ledger import Violation

PARTS = ("log", "disk", "damage", "centre", "cuts")

BUILD = Path(__file__).parents[2] / "build" / "torture"


@click.command()
@click.option("--kills", default=1000, show_default=True, help="Processes to kill.")
@click.option("--centre-kills", default=1000, show_default=True, help="Centres to kill.")
@click.option("--cut", default=1, show_default=True, help="Bytes between two cuts of the way home.")
@click.option("--step", default=97, show_default=True, help="Bytes between two damaged places.")
@click.option("--room", default=4096, show_default=True, help="Bytes between two full disks.")
@click.option("--seed", default="1", show_default=True, help="Of every random draw.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Leave out the rest.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=BUILD,
    help="Where the logs are made. [default: build/torture]",
)
def main(
    kills: int,
    centre_kills: int,
    cut: int,
    step: int,
    room: int,
    seed: str,
    only: tuple[str, ...],
    folder: Path,
) -> None:
    """Torture the log and its way home."""
    begun = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for part in only or PARTS:
            match part:
                case "log":
                    kill(folder, kills, seed)
                case "disk":
                    for how in ("tmpfs", "limit"):
                        click.echo(f"disk full ({how}): {full_disk(room, how)}")
                case "damage":
                    for outcome, count in sorted(damage.sweep(folder / "damage", step).items()):
                        click.echo(f"{outcome}: {count}")
                case "centre":
                    kill_centre(folder, centre_kills, seed)
                case "cuts":
                    cuts(folder, cut)
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


def kill_centre(folder: Path, kills: int, seed: str) -> None:
    """Kill centres and print what it came to."""
    result = centre.run(folder, kills, seed)
    for engine in result.kills:
        click.echo(
            f"centre, {engine}: {result.kills[engine]} kills,"
            f" {result.before_ready[engine]} of them from its start on,"
            f" {result.terminals[engine]} terminals killed too,"
            f" {result.events[engine]} events recorded: each held once, each terminal knows"
        )


def cuts(folder: Path, step: int) -> None:
    """Cut the way home at each place and print what it came to."""
    for way in (UP, DOWN):
        place = folder / f"cuts-{way}"
        place.mkdir()
        office = Office(place, f"sqlite:///{place / 'centre.sqlite'}")
        ledger = Ledger(place / "ledger")
        office.start()
        proxy = Proxy(office.port)
        terminal = Terminal(office.enrol("TT-0001"), proxy.url, ledger)
        try:
            office.wait_ready()
            count = sweep(terminal.start(), proxy, way, step)
        finally:
            terminal.kill()
            proxy.close()
            office.kill()
        held = ledger.compare(office.database)
        click.echo(f"connection cut ({way}): {count} places, {held} events held once")


if __name__ == "__main__":
    main()
