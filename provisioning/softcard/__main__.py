"""`python -m provisioning.softcard`: the card tray as a child process of the demonstration.

Exit status: 0 ended by a signal, 1 could not be set up (one sentence on standard error), 2 wrong
usage.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from provisioning.errors import ProvisioningError
from provisioning.softcard import vpcd
from provisioning.softcard.process import serve

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
PORT = click.IntRange(1, 65_535)


@click.command()
@click.argument("cards", type=FOLDER)
@click.option("--port", type=PORT, required=True, help="Port of the page, on 127.0.0.1.")
@click.option("--static", type=FOLDER, required=True, help="Folder of the screens' style sheets.")
@click.option("--vpcd-host", default=vpcd.HOST, show_default=True, help="Virtual reader's host.")
@click.option("--vpcd-port", type=PORT, default=vpcd.PORT, show_default=True, help="And its port.")
@click.option("--terminal-url", help="Where board and desk are, to lead there.")
def main(
    cards: Path, port: int, static: Path, vpcd_host: str, vpcd_port: int, terminal_url: str | None
) -> None:
    """Serve the cards of folder CARDS (tray.json and one folder each) as a tray to click on."""
    signal.signal(signal.SIGTERM, _end)
    try:
        serve(
            cards,
            port=port,
            static_folder=static,
            vpcd=(vpcd_host, vpcd_port),
            terminal_url=terminal_url,
        )
    except ProvisioningError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(
            f"Port {port} cannot be used ({error.strerror}). Choose another with --port.", err=True
        )
        sys.exit(1)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
