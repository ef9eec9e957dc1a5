"""`tramthe serve`: run the terminal."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

from edge.config import PREFIX
from edge.config.document import describe_keys
from edge.config.read import examine, refuse
from edge.config.world import around
from edge.service import Service
from edge.watchdog import STOPPING, Supervisor
from provisioning.cli.ending import told_to_end
from provisioning.cli.logs import log_to_stderr
from provisioning.cli.trace import trace_option, traced
from reader.transport import PcscWatcher

log = logging.getLogger("tramthe.config")


def _keys() -> str:
    """Return the page's last part: the keys of terminal.toml."""
    keys = describe_keys()
    width = max(len(key) for key, _ in keys)
    lines = [f"  {key:<{width}}  {words}" for key, words in keys]
    head = f"Keys of terminal.toml; {PREFIX}PORT and the like outrank the file:"
    return "\n".join(["\b", head, *lines])


_EXAMPLES = """
\b
Examples:
  tramthe serve --config /etc/tramthe/terminal.toml
"""


@click.command(epilog=f"{_EXAMPLES}\n{_keys()}")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="terminal.toml; `TRAMTHE_*` variables outrank it.",
)
@trace_option
def serve(config: Path | None, trace: str | None) -> None:
    """Run the terminal: read cards, keep the log, show board and desk, reach the centre.

    Starts even where something is missing; the status page says what and what to do. Ends at
    SIGTERM or Ctrl-C, after what is being written, with exit status 0; 3 if it cannot start.
    `tramthe config check` says beforehand what is wrong with a configuration.
    """
    examined = examine(config, os.environ)
    settings = examined.require()
    beside = around(examined)
    refuse(beside)
    log_to_stderr()
    service = Service(settings, traced(PcscWatcher(settings.reader), trace))
    supervisor = Supervisor.of(os.environ, os.getpid())
    with told_to_end() as wait:
        service.start()
        for found in (*examined.found, *beside):
            log.warning("%s", found)
        click.echo(f"board  http://{settings.listen}:{settings.port}/", err=True)
        click.echo(f"status http://{settings.listen}:{settings.port}/trang-thai", err=True)
        if supervisor is not None:
            service.watched_by(supervisor)
        try:
            wait()
        finally:
            if supervisor is not None:
                supervisor.tell(STOPPING)
            service.stop()
