"""`tramthe centre`: run the centre, and what belongs to running it."""

from __future__ import annotations

import signal
import socket
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import FrameType

import click

from provisioning.centre.metrics import make_board
from provisioning.centre.nginx import AUTHORITIES, SITE, Site, bundle, configuration
from provisioning.centre.process import CentreFolder, listen, listen_unix, open_centre
from provisioning.centre.store import CentreStore
from provisioning.centre.workers import run_workers
from provisioning.cli.allocator import few_arenas
from provisioning.cli.centre_database import DATABASE, FOLDER
from provisioning.cli.common import PORT, Span, office_time
from provisioning.cli.lazy import LazyCommands
from provisioning.cli.logs import log_to_stderr
from provisioning.errors import OfficeInputInvalid

MAX_PROCESSES = 64
_LAZY = {
    "alarms": ("provisioning.cli.centre_alarms", "alarms"),
    "back-office": ("provisioning.cli.back_office", "back_office"),
    "catalogue": ("provisioning.cli.catalogue", "catalogue"),
    "check": ("provisioning.cli.centre_check", "check"),
    "claim": ("provisioning.cli.centre_claim", "claim"),
    "inbox": ("provisioning.cli.send", "inbox"),
    "open": ("provisioning.cli.centre_open", "open_"),
    "openings": ("provisioning.cli.centre_open", "openings"),
    "operator": ("provisioning.cli.operator", "operator"),
    "publish": ("provisioning.cli.publish", "publish"),
    "reverify": ("provisioning.cli.centre_open", "reverify"),
    "send": ("provisioning.cli.send", "send"),
    "support": ("provisioning.cli.centre_support", "support"),
}

_UNRESOLVED = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_AGAIN, socket.EAI_FAIL})
_ABSOLUTE = click.Path(path_type=Path, dir_okay=False, resolve_path=True)


class _Group(LazyCommands):
    """Imports what is not serving when it is named: serving needs none of it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in order."""
        return sorted(super().list_commands(ctx))


_EXAMPLES = """
\b
Examples:
  tramthe centre serve /srv/centre --socket /run/tramthe/centre.sock
  tramthe centre openings /srv/centre
  tramthe centre inbox /srv/centre tram-001
"""


@click.group(cls=_Group, lazy=_LAZY, epilog=_EXAMPLES)
def centre() -> None:
    """Take the terminals' records and acknowledge them."""


@centre.command(short_help="Serve the centre of FOLDER.")
@FOLDER
@DATABASE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8090, show_default=True, help="Port to listen on.")
@click.option(
    "--socket",
    "unix",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Listen on this Unix socket instead, with nginx before it (`tramthe centre nginx`).",
)
@click.option(
    "--socket-group",
    "group",
    metavar="GROUP",
    help="Let this group open the socket too: nginx's, such as www-data. By default only the"
    " account that runs the centre may.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, MAX_PROCESSES),
    default=1,
    show_default=True,
    help="How many share the work.",
)
@click.option(
    "--terminal-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Key of the terminals' authority, encrypted: certificates of approved terminals are"
    " issued at once. Without it an authority outside signs them, by files"
    " (`tramthe fleet requests`).",
)
@click.option(
    "--terminal-valid",
    "valid",
    type=Span(),
    default="730d",
    show_default=True,
    help="How long each certificate of that key is valid: more than 30m; a terminal asks for the"
    " next one at two thirds.",
)
@click.option(
    "--passphrase-fd",
    "descriptor",
    type=click.IntRange(0),
    metavar="N",
    help="Read that key's passphrase from this open file.",
)
def serve(
    folder: Path,
    database: str | None,
    host: str,
    port: int,
    unix: Path | None,
    group: str | None,
    processes: int,
    terminal_key: Path | None,
    valid: timedelta,
    descriptor: int | None,
) -> None:
    """Serve the centre of FOLDER: its signing key and terminal authorities, over a database.

    The database's schema is brought up to date first. TLS ends before it. Ends at SIGTERM or
    Ctrl-C with exit status 0; 3 if it cannot start.
    """
    log_to_stderr()
    few_arenas()
    held = CentreFolder.load(folder)
    issue = None
    if terminal_key is not None:
        from provisioning.cli.terminal_key import issuer  # a centre without that key loads none

        issue = issuer(terminal_key, descriptor, held.terminal_anchors, valid)
    url = held.database if database is None else database
    where = f"http://{host}:{port}/" if unix is None else str(unix)
    with closing(_listen(host, port) if unix is None else _listen_unix(unix, group)) as listening:
        if processes == 1:
            signal.signal(signal.SIGTERM, _stop)
            running = open_centre(held, url, listening, office_time, issue=issue)
            click.echo(f"centre {where}", err=True)
            running.serve()
        else:
            CentreStore(url).close()  # migrated, and known to answer, before there are several
            click.echo(f"centre {where}", err=True)
            board = make_board(processes)
            run_workers(
                processes,
                lambda place: open_centre(
                    held, url, listening, office_time, board, place, issue
                ).serve(),
            )


@centre.command(short_help="Write nginx's site for the centre of FOLDER.")
@FOLDER
@click.option(
    "--name",
    required=True,
    help="The centre's DNS name; terminals.NAME, lapsed.NAME, enrol.NAME too.",
)
@click.option("--certificate", type=_ABSOLUTE, required=True, help="TLS certificate chain, PEM.")
@click.option("--key", type=_ABSOLUTE, required=True, help="Its key, PEM.")
@click.option("--socket", "unix", type=_ABSOLUTE, required=True, help="Of `centre serve --socket`.")
@click.option("--port", type=PORT, default=443, show_default=True, help="Port for TLS.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False, exists=True, resolve_path=True),
    default=Path("/etc/nginx/conf.d"),
    show_default=True,
    help="Folder that the two files are written to.",
)
def nginx(
    folder: Path, name: str, certificate: Path, key: Path, unix: Path, port: int, output: Path
) -> None:
    """Write the site that ends TLS before the centre of FOLDER, and its terminal authorities.

    Terminals come by terminals.NAME with their certificate; by lapsed.NAME where it has run out; by
    enrol.NAME where they have none yet; people by NAME.
    """
    held = CentreFolder.load(folder)
    authorities = output / AUTHORITIES
    site = Site(name, certificate, key, authorities, unix, port)
    authorities.write_bytes(bundle(held.terminal_anchors))
    (output / SITE).write_text(configuration(site), encoding="ascii")
    click.echo(f"{output / SITE}, {authorities}: written")
    click.echo("Next: nginx -t, then reload nginx.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _listen_unix(path: Path, group: str | None) -> socket.socket:
    try:
        return listen_unix(path, group)
    except LookupError as error:
        raise OfficeInputInvalid(
            f"There is no group {group} on this machine.",
            next_step="Name the group that nginx runs under, such as www-data.",
        ) from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno not in _UNRESOLVED:
            raise
        raise OfficeInputInvalid(
            f"The name {host} cannot be resolved.",
            next_step="Give --host an address of this machine, such as 127.0.0.1.",
        ) from error
