"""`tramthe demo`: all of it, with software cards and invented people."""

from __future__ import annotations

import os
import pty
import queue
import shutil
import signal
import socket
import tempfile
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click

from edge.config import Config
from edge.meeting.rules import Kind
from edge.service import Service
from edge.tap.errand import TapResult
from provisioning.cli.common import PORT, office_time
from provisioning.cli.ending import told_to_end
from provisioning.cli.logs import log_to_file
from provisioning.cli.main import Exit
from provisioning.demo import field as fields
from provisioning.demo import table
from provisioning.demo.children import Child, free_port
from provisioning.demo.play import Player, Row
from provisioning.demo.prepare import (
    OPERATOR,
    OPERATOR_PASSWORD,
    PIN,
    STYLES,
    TERMINAL,
    Stage,
    prepare,
)

ACKNOWLEDGED_SECONDS = 30.0
LOOPBACK = "127.0.0.1"
SYNC_SECONDS = 2  # longest pause; here the centre is next door


_EXAMPLES = """
\b
Examples:
  tramthe demo
  tramthe demo --once --keep pilot
"""


@click.command(epilog=_EXAMPLES)
@click.option("--once", is_flag=True, help="End after the table; exit status 1 if it went wrong.")
@click.option("--port", type=PORT, help="Port of board and desk.")
@click.option("--in-process", is_flag=True, help="Do not use PC/SC even where it can be had.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Make everything in this new or empty folder, and leave it there for other commands.",
)
def demo(once: bool, port: int | None, in_process: bool, keep: Path | None) -> int:
    """Mint a pilot, lay its software cards on the reader one by one, and show how each ends.

    Everything is made new in a temporary folder and removed at the end, unless --keep is given.
    Stays up until Ctrl-C, with a board, a desk and a tray of cards to click on, unless --once is
    given. Exit status 0 if every card ended as expected, 1 if not, 130 if it was interrupted.
    """
    if port is not None:
        socket.create_server((LOOPBACK, port)).close()  # taken: said before anything is made
    if keep is not None:
        _make_empty(keep)
    why = "asked for" if in_process else fields.why_in_process()
    if why is None:
        click.echo("Card stack: pcscd and vpcd, over PC/SC.")
    else:
        click.echo(f"Card stack: software card in process, WITHOUT PC/SC ({why}).")
    logs = Path(tempfile.mkdtemp(prefix="tramthe-demo-log-"))
    log_to_file(logs / "terminal.log")
    try:
        ended = _run(once, port, why, logs, keep)
    except KeyboardInterrupt:
        shutil.rmtree(logs)
        raise
    except BaseException:
        click.echo(f"What the processes said is kept in {logs}", err=True)
        raise
    if ended is Exit.NO:
        click.echo(f"What the processes said is kept in {logs}")
    else:
        shutil.rmtree(logs)
    return ended


def _make_empty(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise click.UsageError(f"--keep takes a new or empty folder; {folder} is not empty")


def _run(once: bool, port: int | None, why: str | None, logs: Path, keep: Path | None) -> Exit:
    """Set up, play, and stay; return how it ended."""
    stopped = threading.Event()
    with ExitStack() as stack, _until_interrupted(stopped):
        folder = keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="tramthe-demo-"))
        )
        stage = prepare(folder, office_time())
        centre_port = free_port()
        centre = stack.enter_context(_centre(stage, centre_port, logs))
        centre.wait_ready(f"http://127.0.0.1:{centre_port}/v1/health")
        port = port or free_port()
        pages = f"http://127.0.0.1:{port}"
        field = stack.enter_context(
            fields.in_process(stage.cards, STYLES, pages)
            if why is not None
            else fields.over_pcsc(stage.cards, STYLES, logs, pages)
        )
        scanner, device = stack.enter_context(_scanner())
        config = Config(
            terminal=TERMINAL,
            state=stage.terminal,
            centre=f"http://127.0.0.1:{centre_port}",
            port=port,
            scanner=device,
            sync_seconds=SYNC_SECONDS,
            volatile_state=True,  # a demonstration's folder is thrown away
        )
        results: queue.SimpleQueue[TapResult] = queue.SimpleQueue()
        service = Service(config, field.watcher, on_result=results.put)
        stack.callback(service.stop)
        service.start()
        service.open_meeting(Kind.REGULAR)
        rows = _play(stage, Player(service, field, results, scanner), stopped)
        if len(rows) < len(stage.cast.cards):
            return Exit.INTERRUPTED
        good = _report(rows, service)
        if not once:
            with told_to_end() as wait:
                if not stopped.is_set():
                    _addresses(config, field.tray_url, centre_port)
                    if keep is not None:
                        click.echo(f"What it made is in {keep}: terminal, centre, cards, office.")
                    wait()
    return Exit.DONE if good else Exit.NO


def _play(stage: Stage, player: Player, stopped: threading.Event) -> list[Row]:
    rows = []
    with click.progressbar(
        stage.cast.cards, label="Laying cards", width=0, item_show_func=_key
    ) as cards:
        for card in cards:
            if stopped.is_set():
                break
            rows.append(player.play(card))
    return rows


def _key(card: object) -> str:
    return str(getattr(card, "key", ""))


def _report(rows: list[Row], service: Service) -> bool:
    deadline = time.monotonic() + ACKNOWLEDGED_SECONDS
    while service.log.unsent() and time.monotonic() < deadline:
        time.sleep(0.05)
    for line in table.lines(rows, service.log.acknowledged()):
        click.echo(line)
    events, unsent = service.log.head().seq, service.log.unsent()
    wrong = [row.card.key for row in rows if not row.as_expected]
    click.echo(f"{len(rows)} cards, {events} events, {events - unsent} acknowledged by the centre.")
    if wrong:
        click.echo(f"NOT AS EXPECTED: {', '.join(wrong)}")
    return not wrong and not unsent


def _addresses(config: Config, tray: str, centre_port: int) -> None:
    base = f"http://127.0.0.1:{config.port}"
    click.echo()
    click.echo(f"  card tray  {tray}   click a card: it lies on the reader")
    click.echo(f"  board      {base}/bang")
    click.echo(f"  desk       {base}/ban   PIN {PIN}, or the card of a committee member")
    click.echo(f"  centre     http://127.0.0.1:{centre_port}/   {OPERATOR}, {OPERATOR_PASSWORD}")
    click.echo("Ctrl-C ends it.")


def _centre(stage: Stage, port: int, logs: Path) -> Child:
    arguments = ["provisioning.cli.main", "centre", "serve", str(stage.centre)]
    return Child("centre", [*arguments, "--port", str(port)], logs / "centre.log")


@contextmanager
def _scanner() -> Iterator[tuple[int, Path]]:
    """Give a serial scanner on a pseudo-terminal: the end to write to, and the device."""
    master, slave = pty.openpty()
    try:
        tty.setraw(slave)
        yield master, Path(os.ttyname(slave))
    finally:
        os.close(master)
        os.close(slave)


@contextmanager
def _until_interrupted(stopped: threading.Event) -> Iterator[None]:
    """Make SIGINT and SIGTERM set `stopped`, so that everything is put away in order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
