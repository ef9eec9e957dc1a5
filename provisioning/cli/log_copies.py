"""`tramthe log backup|restore|rescue`: copies of a log, and what is left of a damaged one.

Not here: the work (`edge.log.backup`, `edge.log.restore`, `edge.log.rescue`).
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from edge.files import replace_file
from edge.log.backup import back_up, manifest_path
from edge.log.rescue import RescuedEpoch, RescueReport
from edge.log.rescue import rescue as rescue_file
from edge.log.restore import restore as restore_file
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.errors import OfficeInputInvalid

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_NEW_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Copy FILE into folder DIR, also while the terminal runs.")
@click.argument("file", type=_FILE)
@click.argument("dir", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--keys",
    is_flag=True,
    help="Copy the keys of living contexts too, still wrapped by the terminal's own key.",
)
def backup(file: Path, dir: Path, keys: bool) -> int:  # noqa: A002 -- the argument's name on screen
    """Copy FILE into folder DIR, also while the terminal runs, with a manifest beside the copy.

    Without --keys the copy opens no name: only the centre can. With it, whoever also has the
    terminal's identity folder can, so delete such a copy once the terminal has moved.
    Exit status 1 if the log is not whole; it is copied all the same.
    """
    manifest = back_up(file, dir, office_time(), keys=keys)
    click.echo(
        f"{dir / manifest.file}: {manifest.events} events, {manifest.size} bytes,"
        f" {manifest.keys} keys"
    )
    if manifest.whole:
        return Exit.DONE
    click.echo("NOT WHOLE: the copy is as damaged as the log. Run `tramthe log verify`.")
    return Exit.NO


@click.command(short_help="Put COPY in the place of FILE while the terminal is stopped.")
@click.argument("copy", type=_FILE)
@click.argument("file", type=_NEW_FILE)
def restore(copy: Path, file: Path) -> int:
    """Put COPY, from `log backup` or `log rescue`, in the place of FILE.

    The terminal must be stopped. A log that is there is set aside, not deleted. The terminal then
    goes on in a new epoch, so that no number is given twice. Meetings that COPY does not know
    lose their keys: rescue the old log first, if it is damaged.
    """
    aside = restore_file(copy, file)
    click.echo(f"{file}: put back from {copy.name}")
    if aside is not None:
        click.echo(f"  The log that was there is {aside.name}, for as long as you keep it.")
    return Exit.DONE


@click.command(short_help="Save what is left of FILE, a damaged log or an image, to NEW.")
@click.argument("file", type=_FILE)
@click.argument("new", type=_NEW_FILE)
@click.option("--terminal", metavar="ID", help="The terminal, where FILE no longer names it.")
@click.option("--epoch", metavar="ID", help="The first epoch's id, where FILE no longer names it.")
def rescue(file: Path, new: Path, terminal: str | None, epoch: str | None) -> int:
    """Save what is left of FILE to NEW, a log again, and say what is missing.

    FILE is a damaged log (its FILE-wal beside it is read too), or the image of a medium that held
    one. It is only read. Each event found is whole: its hash holds. NEW.json is the report.
    NEW can be verified, shown, exported, and if nothing is missing, put back by `log restore`.
    Exit status 1 if something is missing, 3 if nothing was found.
    """
    if new.suffix == ".json":
        raise OfficeInputInvalid(
            "NEW is to be a log, and its report is to be called .json.",
            next_step="Name it something like rescued.sqlite.",
        )
    report = rescue_file(file, new, terminal=terminal, epoch=epoch)
    text = json.dumps(report.to_object(), indent=2) + "\n"
    replace_file(manifest_path(new), text.encode(), mode=0o644)
    click.echo(_told(report))
    return Exit.DONE if report.whole else Exit.NO


def _told(report: RescueReport) -> str:
    lines = [f"{report.events} events of {report.terminal}, out of {report.pages} pages"]
    lines += [_of_epoch(epoch) for epoch in report.epochs]
    if report.unproven:
        lines.append(f"  {report.unproven} events are damaged, or of an unknown epoch: left out")
    if report.second:
        lines.append(f"  {report.second} whole events stood in the place of another: left out")
    lines.append("whole: nothing is known to be missing" if report.whole else "NOT WHOLE")
    return "\n".join(lines)


def _of_epoch(epoch: RescuedEpoch) -> str:
    runs = ", ".join(
        str(first) if first == last else f"{first} to {last}" for first, last in epoch.missing
    )
    told = f"  epoch {epoch.epoch}: {epoch.events} events to number {epoch.last}"
    return f"{told}; missing: {runs}" if runs else told
