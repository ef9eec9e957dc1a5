"""`tramthe log`: check, read and sum up a terminal's event log.

Lives here: commands that change nothing. Not here: making and putting back copies (`log_copies`).
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

import click

from edge.errors import EdgeError, SealBroken
from edge.identity.key import WRAP_FILE
from edge.log.chain import verify_file
from edge.log.keys import WRAP_KEY_SIZE
from edge.log.look import Look, Unreadable, look_at
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from provisioning.cli.common import read_file
from provisioning.cli.log_copies import backup, rescue, restore
from provisioning.cli.log_stats import stats
from provisioning.cli.main import Exit
from provisioning.errors import OfficeInputInvalid

Command = TypeVar("Command", bound=Callable[..., object])

LOG_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


_EXAMPLES = """
\b
Examples:
  tramthe log verify /var/lib/tramthe/log.sqlite
  tramthe log backup /var/lib/tramthe/log.sqlite /media/stick
  tramthe log rescue dead-disk.img rescued.sqlite
  tramthe log restore rescued.sqlite /var/lib/tramthe/log.sqlite
"""


@click.group(epilog=_EXAMPLES)
def log() -> None:
    """Check, read, copy and rescue a terminal's event log.

    FILE is log.sqlite in the terminal's state folder, also while the terminal runs. None of these
    commands but `restore` changes it.
    """


def _to_a_pipe(command: Command) -> Command:
    """End quietly where whoever reads the output has read enough."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> object:
        try:
            result = command(*arguments, **options)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Exit.DONE
        return result

    return run  # type: ignore[return-value]


def _chosen(command: Command) -> Command:
    """Add the options that choose events."""
    for option in (
        click.option(
            "--after", type=click.IntRange(min=0), default=0, help="Only events above this number."
        ),
        click.option("--context", metavar="ID", help="Only this context; its first digits do."),
        click.option("--epoch", metavar="ID", help="Only this epoch; its first digits do."),
    ):
        command = option(command)
    return command


@log.command(short_help="Check that FILE, a terminal's log, is whole.")
@click.argument("file", type=LOG_FILE)
def verify(file: Path) -> int:
    """Check that FILE, a terminal's log, is whole: every event present, in order, unaltered.

    Needs no key. Exit status 0 if it is whole, 1 if it is not, 3 if it cannot be read as a log.
    """
    report = verify_file(file)
    if report.ok:
        epochs = f" in {report.epochs} epochs" if report.epochs > 1 else ""
        click.echo(f"whole: {report.events} events{epochs}")
        return Exit.DONE
    if report.first_bad_seq is None:
        raise OfficeInputInvalid(
            f"This is not a terminal's log. {report.why}",
            next_step="Give log.sqlite of a terminal. If this is one, it is damaged: keep it as it"
            " is and run `tramthe log rescue`.",
        )
    epoch = f" of epoch {report.epoch[:8]}" if report.epoch and report.epochs > 1 else ""
    click.echo(f"NOT WHOLE at event {report.first_bad_seq}{epoch}: {report.why}")
    click.echo("  Keep the file as it is and call the technician; `tramthe log rescue` saves what")
    click.echo("  is left of it to a new file.")
    return Exit.NO


@log.command(short_help="List the events of FILE.")
@click.argument("file", type=LOG_FILE)
@_chosen
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([kind.value for kind in EventKind]),
    metavar="KIND",
    multiple=True,
    help="Only events of this kind; may be given again.",
)
@click.option("--last", type=click.IntRange(min=1), help="Only the last so many of those chosen.")
@click.option("--bodies", is_flag=True, help="Open what is sealed, names and numbers with it.")
@click.option(
    "--identity",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The terminal's identity folder, for --bodies. [default: `identity` beside FILE]",
)
@_to_a_pipe
def show(
    file: Path,
    epoch: str | None,
    context: str | None,
    after: int,
    kinds: tuple[str, ...],
    last: int | None,
    bodies: bool,
    identity: Path | None,
) -> int:
    """List the events of FILE: number, time and its quality, kind, outcome, reason, context.

    What stands in the clear is shown: codes, no name. With --bodies what is sealed is opened too,
    where the context's key still lives on this disk and the terminal's own key is at hand.
    Exit status 1 if an event cannot be read.
    """
    wrap_key = wrap_key_of(identity or file.parent / "identity") if bodies else None
    unreadable = False
    with look_at(file, wrap_key) as look:
        if bodies:
            click.echo("Names and numbers of people follow.", err=True)
        found = (
            event
            for event in _select(look, epoch, context, after)
            if isinstance(event, Unreadable) or not kinds or event.kind in kinds
        )
        of = look.epochs[0].id
        for event in deque(found, last) if last else found:
            if event.epoch != of:
                of = event.epoch
                click.echo(f"epoch {of}")
            click.echo(_line(event))
            unreadable = unreadable or isinstance(event, Unreadable)
            if bodies and isinstance(event, Event) and event.body is not None:
                click.echo(f"          {_body(look, event)}")
    return Exit.NO if unreadable else Exit.DONE


@log.command(short_help="Write the events of FILE as lines of canonical JSON.")
@click.argument("file", type=LOG_FILE)
@_chosen
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, whole or not at all. [default: standard output]",
)
@_to_a_pipe
def export(
    file: Path, epoch: str | None, context: str | None, after: int, output: Path | None
) -> int:
    """Write the events of FILE, one a line, as canonical JSON: as they were hashed, and `hash`.

    Bodies stay sealed. docs/events.md says how to check such a file without this program.
    Exit status 1 if an event cannot be read and was left out.
    """
    written = unreadable = 0
    with look_at(file) as look, _sink(output) as sink:
        for event in _select(look, epoch, context, after):
            if isinstance(event, Unreadable):
                unreadable += 1
                click.echo(f"left out: {event.why}", err=True)
                continue
            sink.write(event.to_bytes() + b"\n")
            written += 1
    click.echo(f"{written} events", err=True)
    return Exit.NO if unreadable else Exit.DONE


def _select(
    look: Look, epoch: str | None, context: str | None, after: int
) -> Iterator[Event | Unreadable]:
    chosen = [one for one in look.epochs if epoch is None or one.id.startswith(epoch)]
    if not chosen:
        raise OfficeInputInvalid(
            "No epoch of this log begins so.",
            next_step=f"It has {', '.join(one.id for one in look.epochs)}.",
        )
    for one in chosen:
        yield from (event for event in look.events(one, after) if _is_of(event, context))


def _is_of(event: Event | Unreadable, context: str | None) -> bool:
    if context is None or isinstance(event, Unreadable):
        return True
    return event.context is not None and event.context.startswith(context)


def _line(event: Event | Unreadable) -> str:
    if isinstance(event, Unreadable):
        return f"{event.seq:>8}  UNREADABLE: {event.why}"
    context = event.context[:8] if event.context else "-"
    return (
        f"{event.seq:>8}  {event.at}  {event.quality:<12}  {context:<8}  {event.kind:<22}"
        f"  {event.outcome or '-'}  {event.reason or '-'}"
    ).rstrip(" -")


def _body(look: Look, event: Event) -> str:
    try:
        return json.dumps(look.view.body(event), ensure_ascii=False, sort_keys=True)
    except EdgeError as error:
        return f"(sealed: {error.message})"


def wrap_key_of(identity: Path) -> bytes:
    """Return the terminal's own key of its identity folder. Raises SealBroken, OSError."""
    try:
        key = read_file(identity / WRAP_FILE, WRAP_KEY_SIZE)
    except OSError as error:
        raise SealBroken(
            f"The terminal's own key cannot be read from {identity} ({error.strerror}).",
            next_step="Bodies open only with the identity folder of the terminal that wrote them.",
        ) from error
    return key


@contextmanager
def _sink(output: Path | None) -> Iterator[IO[bytes]]:
    """Give standard output, or a file that is there only once all was written."""
    if output is None:
        yield sys.stdout.buffer
        return
    half = output.with_name(f".{output.name}.new")
    try:
        with half.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)


for _command in (stats, backup, restore, rescue):
    log.add_command(_command)
