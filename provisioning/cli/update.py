"""`tramthe update`: the program itself, brought to another version and back.

Lives here: what is said, and which part runs as whom. Not here: rules and steps (`edge.update`).
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from edge.clock import Clock
from edge.files import replace_file
from edge.layout import StateLayout
from edge.repository.kept import FIRST_ROOT
from edge.update.handing import installed
from edge.update.journal import Last, Outcome, read_record
from edge.update.places import SOFTWARE, Software
from edge.update.trees import running_tree
from provisioning.cli.common import read_file, state_option
from provisioning.cli.main import Exit
from provisioning.cli.repository import MAX_ROOT

_EXAMPLES = """
\b
Examples:
  tramthe update status
  tramthe update check --state /var/lib/tramthe
  tramthe update install --config /etc/tramthe/terminal.toml
  tramthe update install --config /etc/tramthe/terminal.toml --from /media/stick/public
  tramthe update return --config /etc/tramthe/terminal.toml
"""

_SOFTWARE = click.option(
    "--software",
    type=click.Path(path_type=Path, file_okay=False),
    default=SOFTWARE,
    show_default=True,
    help="Where later versions of the program lie.",
)
_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="terminal.toml of the terminal on this machine.",
)


@click.group(epilog=_EXAMPLES)
def update() -> None:
    """Bring the program to another version, verified, and back where it is not well.

    A terminal asks for the version that its repository offers by itself. `install`, `return` and
    `trust` are for root.
    """


@update.command(short_help="Say which version runs, and how the last update ended.")
@_SOFTWARE
def status(software: Path) -> Exit:
    """Say which version runs, which one before, what is under way, and how the last one ended.

    Exit status 1 where a version was left, 0 otherwise.
    """
    places = Software(software)
    record = read_record(places.record)
    under_way = places.journal.exists()
    click.echo(f"runs       {running_tree(places) or 'as dpkg installed it'}")
    if record.previous is not None:
        click.echo(f"before     {record.previous}")
    if record.floor is not None:
        click.echo(f"floor      {record.floor}")
    for one in record.left:
        click.echo(f"left       {one}")
    if under_way:
        click.echo("under way  an update; it ends by itself")
    if record.last is None:
        return Exit.DONE
    last = record.last
    why = "" if last.why is None else f", {last.why}"
    click.echo(f"last       {last.version} {last.outcome.value} at {last.at}{why}")
    return Exit.NO if last.outcome is Outcome.RETURNED else Exit.DONE


@update.command(short_help="Say which versions are on offer, and which one would be taken.")
@state_option
@_SOFTWARE
def check(state: Path, software: Path) -> Exit:
    """Say of each version that the terminal's repository offers whether it would be taken.

    What the terminal accepted last is asked; `tramthe repository update` looks for news. Exit
    status 0 where a version is to be gone to, 1 where none is.
    """
    from edge.update.handing import on_offer
    from edge.update.offer import choose, why_not

    here = installed(Software(software), _running(Software(software)))
    releases = [one.release for one in on_offer(state) if one.release is not None]
    chosen = choose(releases, here)
    for one in sorted(releases, key=lambda release: release.order):
        why = why_not(one, here)
        said = "take" if one == chosen else "-" if why is None else why.value
        click.echo(f"{one.version:<16} {one.architecture:<6} {','.join(one.suites):<18} {said}")
        for line in one.notes.splitlines():
            click.echo(f"{'':<16} {line}")
    click.echo(f"runs {here.version}; " + (f"to {chosen.version}" if chosen else "nothing newer"))
    return Exit.DONE if chosen is not None else Exit.NO


@update.command(short_help="Install the version on offer, and go back if it is not well.")
@_CONFIG
@_SOFTWARE
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A repository's folder, such as a stick's; without it what the terminal fetched.",
)
@click.option("--again", is_flag=True, help="Also a version that was tried before and left.")
def install(config: Path, software: Path, source: Path | None, again: bool) -> Exit:
    """Install the version on offer as root: verify, keep the databases, switch, watch.

    Where the terminal is not well with it in time, the version before runs again, with all that was
    recorded. Exit status 0 installed, 1 gone back, 3 nothing was changed.
    """
    from provisioning.cli.update_root import Root

    return _said(Root(config, software).install(source, again=again))


@update.command("return", short_help="Go back to the version that ran before.")
@_CONFIG
@_SOFTWARE
def return_(config: Path, software: Path) -> Exit:
    """Go back to the version that ran before, with all that was recorded since, as root."""
    from provisioning.cli.update_root import Root

    last = Root(config, software).give_back()
    click.echo(f"Version {last.previous} runs again.")
    return Exit.DONE


@update.command(short_help="Tell root whose software to install.")
@_SOFTWARE
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def trust(software: Path, file: Path) -> None:
    """Give root FILE, the repository's first root metadata, got from the office by hand.

    Root keeps a memory of its own, so that a terminal that was taken over cannot make it install
    anything else.
    """
    from edge.repository.client import require_root

    data = read_file(file, MAX_ROOT)
    number = require_root(data)
    places = Software(software)
    places.root.mkdir(mode=0o755, parents=True, exist_ok=True)
    places.repository.mkdir(mode=0o700, exist_ok=True)
    replace_file(places.repository / FIRST_ROOT, data)
    click.echo(f"Software signed under root version {number} is installed from now on.")


@update.command(hidden=True)
@_CONFIG
@_SOFTWARE
def run(config: Path, software: Path) -> Exit:
    """For tramthe-update.service: bring what is under way to its end, else do what was asked."""
    from provisioning.cli.update_root import Root

    last = Root(config, software).run()
    return Exit.DONE if last is None else _said(last)


@update.command(hidden=True)
@_CONFIG
@_SOFTWARE
def starting(config: Path, software: Path) -> None:
    """For tramthe.service, before each start while an update is under way."""
    from provisioning.cli.update_root import Root

    phase = Root(config, software).settle()
    if phase is not None:
        click.echo(f"tramthe: an update was found {phase.value}", err=True)


@update.command(hidden=True)
@click.argument("verb", type=click.Choice(["keep", "carry", "check", "forget", "hand"]))
@state_option
@_SOFTWARE
def data(verb: str, state: Path, software: Path) -> Exit:
    """For root, who lets each version see to its own data, as the terminal's user."""
    from edge.log.chain import verify_file
    from edge.update import handing, keep

    match verb:
        case "keep":
            at = Clock(StateLayout(state).floor).now().at
            keep.keep(state, at)
        case "carry":
            for one in keep.carry_back(state):
                lost = "" if one.whole else "; a copy came in, the newer file lies beside it"
                click.echo(f"{one.name}: {'carried' if one.changed else 'as it was'}{lost}")
        case "check":
            log = StateLayout(state).log
            return Exit.DONE if not log.exists() or verify_file(log).ok else Exit.NO
        case "forget":
            keep.forget_copies(state)
        case _:
            places = Software(software)
            handing.hand(state, installed(places, _running(places)))
    return Exit.DONE


def _running(software: Software) -> str:
    """Return the version that runs: of the tree, else this one, which dpkg installed."""
    return running_tree(software) or version("tramthe")


def _said(last: Last) -> Exit:
    if last.outcome is Outcome.INSTALLED:
        click.echo(f"Version {last.version} is installed; before it ran {last.previous}.")
        return Exit.DONE
    click.echo(f"Version {last.version} was left ({last.why}); {last.previous} runs again.")
    return Exit.NO
