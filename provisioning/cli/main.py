"""`tramthe`: finds the command, and turns every error into one sentence and an exit status.

Lives here: the root command, lazy loading, exit statuses. Not here: any command's work.
"""

from __future__ import annotations

import errno
import gc
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum, unique
from typing import TYPE_CHECKING

import click

from crl.errors import CrlError
from edge.errors import EdgeError
from provisioning.cli.lazy import load
from provisioning.errors import ProvisioningError
from reader.errors import ReaderError
from verify.errors import VerifyError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


@unique
class Exit(IntEnum):
    """Exit statuses of every command."""

    DONE = 0
    NO = 1
    """The work was done and the answer is no: not accepted, revoked, not whole."""
    USAGE = 2
    FAILED = 3
    """The work could not be done; the message says what to do next."""
    INTERRUPTED = 130


OUR_ERRORS = (ReaderError, CrlError, VerifyError, EdgeError, ProvisioningError)

_COMMANDS = {
    "serve": ("provisioning.cli.serve", "serve", "Run the terminal: reader, board, desk, sync."),
    "config": (
        "provisioning.cli.config",
        "config",
        "Write, check and show a terminal's configuration.",
    ),
    "enrol": (
        "provisioning.cli.enrol",
        "enrol",
        "Get a terminal its certificate: by a claim, or by stick.",
    ),
    "diagnose": (
        "provisioning.cli.diagnose",
        "diagnose_",
        "Say what is wrong with a terminal, and what to do.",
    ),
    "support-bundle": (
        "provisioning.cli.support_bundle",
        "support_bundle",
        "Write what a colleague needs to find what is wrong; it names nobody.",
    ),
    "acceptance": (
        "provisioning.cli.acceptance",
        "acceptance",
        "Check the acceptance report of a terminal.",
    ),
    "demo": ("provisioning.cli.demo", "demo", "Show it all with software cards, end to end."),
    "card": ("provisioning.cli.card", "card", "Read a card, or watch cards come and go."),
    "softcard": (
        "provisioning.cli.softcard",
        "softcard",
        "Lay a software card on the reader, or make one.",
    ),
    "verify": (
        "provisioning.cli.verify",
        "verify_command",
        "Judge a kept reading, or examine a chain of certificates, offline.",
    ),
    "log": ("provisioning.cli.log", "log", "Check, read, copy and rescue the event log."),
    "sheet": ("provisioning.cli.sheet", "sheet", "Check a meeting's closing sheet."),
    "procedure": (
        "provisioning.cli.procedure",
        "procedure",
        "Show the catalogue of procedures, or check one.",
    ),
    "receipt": ("provisioning.cli.receipt", "receipt", "Check a verification's receipt."),
    "crl": ("provisioning.cli.crl", "crl", "Import, show and ask revocation lists."),
    "trust": ("provisioning.cli.trust", "trust", "Import and show the trust list."),
    "roster": ("provisioning.cli.roster", "roster", "Import and show the roster."),
    "people": ("provisioning.cli.people", "people", "PINs, and answering a forgotten one."),
    "clock": ("provisioning.cli.clock", "clock", "Show or correct what time it is at least."),
    "repository": (
        "provisioning.cli.repository",
        "repository",
        "Take lists and programs from the office's repository.",
    ),
    "update": (
        "provisioning.cli.update",
        "update",
        "Bring the program to another version, and back.",
    ),
    "courier": (
        "provisioning.cli.courier",
        "courier",
        "Carry records and lists on a stick, where there is no network.",
    ),
    "provision": (
        "provisioning.cli.provision",
        "provision",
        "Make terminals of blank cards; the door for a counter's PC.",
    ),
    "centre": ("provisioning.cli.centre", "centre", "Run the centre."),
    "fleet": (
        "provisioning.cli.fleet",
        "fleet",
        "The registry of terminals: approve, move, replace, retire, lost, wipe.",
    ),
    "personalise": (
        "provisioning.cli.personalise",
        "personalise_command",
        "Make party cards of a table's rows.",
    ),
    "pki": (
        "provisioning.cli.pki",
        "pki",
        "The office's authorities: keys, certificates, lists.",
    ),
    "completion": (
        "provisioning.cli.completion",
        "completion",
        "Make a shell complete commands and options.",
    ),
}

COMPLETE = "_TRAMTHE_COMPLETE"
"""The variable by which a shell asks what could follow; click's own name for it."""

STATUSES = """
\b
Exit status:
  0    done, and the answer is yes
  1    done, and the answer is no (not accepted, revoked, not whole)
  2    the command was not understood
  3    it could not be done; the message says what to do next
  130  interrupted
"""


_ANY_FILE = "Check the path, the permissions and the free space, then try again."
_ADDRESS = "Choose another port or address, or end the program that uses this one."
_NEXT_STEPS = {errno.EADDRINUSE: _ADDRESS, errno.EADDRNOTAVAIL: _ADDRESS}


@contextmanager
def _loading() -> Iterator[None]:
    """Load with the garbage collector at rest, and leave it what was loaded as never garbage.

    Importing makes tens of thousands of objects that live as long as the process: looking through
    them over and over costs a tenth of a terminal's start and finds nothing.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


class LazyGroup(click.Group):
    """Imports a command's module when it is named, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or None where there is none of this name."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        with _loading():
            return load(module, attribute)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, from the table, and the options."""
        from click.shell_completion import CompletionItem  # only a shell that asks needs it

        named = [
            CompletionItem(name, help=text)
            for name, (_, _, text) in _COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group(cls=LazyGroup, epilog=STATUSES, context_settings={"max_content_width": 100})
@click.version_option(package_name="tramthe", message="%(prog)s %(version)s")
def tramthe() -> None:
    """Trạm Thẻ: read chip cards, decide offline whether they are genuine, keep the record."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. What the screen cannot show is shown as a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; no traceback reaches a person."""
    try:
        result = tramthe.main(
            args=arguments, prog_name="tramthe", complete_var=COMPLETE, standalone_mode=False
        )
        return int(result) if isinstance(result, int) else Exit.DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except OUR_ERRORS as error:
        click.echo(f"tramthe: {error.message}", err=True)
        click.echo(f"  {error.next_step}", err=True)
        return Exit.FAILED
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        click.echo(f"tramthe: {error.strerror or error}{where}", err=True)
        click.echo(f"  {_NEXT_STEPS.get(error.errno or 0, _ANY_FILE)}", err=True)
        return Exit.FAILED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


if __name__ == "__main__":
    main()
