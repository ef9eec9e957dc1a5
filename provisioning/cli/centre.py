"""`tramthe centre`: run the centre."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from types import FrameType

import click

from provisioning.centre.process import open_centre
from provisioning.cli.common import PORT, office_time
from provisioning.cli.logs import log_to_stderr
from provisioning.errors import OfficeInputInvalid

_UNRESOLVED = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_AGAIN, socket.EAI_FAIL})


@click.group()
def centre() -> None:
    """Take the terminals' records and acknowledge them."""


@centre.command(short_help="Serve the centre of FOLDER.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8090, show_default=True, help="Port to listen on.")
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the centre of FOLDER: its signing key, terminal authorities and SQLite database.

    TLS ends before it. Ends at SIGTERM or Ctrl-C with exit status 0; 3 if it cannot start.
    """
    log_to_stderr()
    try:
        running = open_centre(folder, host, port, office_time)
    except OSError as error:
        if error.errno not in _UNRESOLVED:
            raise
        raise OfficeInputInvalid(
            f"The name {host} cannot be resolved.",
            next_step="Give --host an address of this machine, such as 127.0.0.1.",
        ) from error

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    click.echo(f"centre http://{host}:{port}/", err=True)
    running.serve()
