"""`tramthe card`: read a card, or watch cards come and go."""

from __future__ import annotations

import time
from pathlib import Path

import click

from edge.clock import Clock
from edge.files import replace_file
from edge.layout import StateLayout
from provisioning.cli import profiles_of, show
from provisioning.cli.common import Seconds
from provisioning.cli.held import holdings
from provisioning.cli.logs import show_plainly
from provisioning.cli.main import Exit
from provisioning.cli.trace import trace_option, traced
from reader.errors import MalformedData
from reader.evidence import NeedsPassword, Password, PasswordKind, PasswordState
from reader.laid import laid
from reader.lds.dg1 import mrz_information
from reader.profile import builtin_profiles
from reader.read import Reading, read
from reader.trace import LOGGER
from reader.transport import PcscWatcher
from reader.watch import CardLaid, CardLifted, ReaderReady, WaitingFor
from verify.verdict import Outcome

_reader = click.option("--reader", help="Part of the reader's name; default any.")


_EXAMPLES = """
\b
Examples:
  tramthe card read --can 123456
  tramthe card read --mrz AB1234567,700101,350101 --state /var/lib/tramthe
  tramthe card watch
"""


@click.group(epilog=_EXAMPLES)
def card() -> None:
    """Read cards over PC/SC."""


@card.command("read")
@_reader
@click.option("--can", help="The card access number: six digits printed on the card.")
@click.option(
    "--mrz",
    metavar="NUMBER,BIRTH,EXPIRY",
    help="From the machine-readable zone; dates as YYMMDD.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="TRAMTHE_STATE",
    help="Also judge the card with what this terminal holds. [env: TRAMTHE_STATE]",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the reading for `tramthe verify`. It holds personal data: mode 0600.",
)
@click.option(
    "--profile",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Try this profile of a card family before the built-in ones; may be repeated.",
)
@click.option(
    "--wait", type=Seconds(), default=10.0, show_default=True, help="Seconds to wait for a card."
)
@trace_option
def read_(
    reader: str | None,
    can: str | None,
    mrz: str | None,
    state: Path | None,
    save: Path | None,
    files: tuple[Path, ...],
    wait: float,
    trace: str | None,
) -> int:
    """Read the card that lies on the reader; one guess, never a second.

    Prints sizes and what happened, never a name or number. Exit status 0 if the card was read
    (with --state: and accepted), 1 if it needs another password or is not accepted.
    """
    password = _password(can, mrz)
    if files and state is not None:
        raise click.UsageError("--state judges by the profiles it holds: leave --profile out")
    profiles = (*map(profiles_of.load, files), *builtin_profiles())
    if trace is not None:
        show_plainly(LOGGER)
    with laid(traced(PcscWatcher(reader), trace), wait) as connection:
        started = time.monotonic()
        got = read(connection, profiles, password)
        seconds = time.monotonic() - started
    if isinstance(got, NeedsPassword):
        _explain(got)
        return Exit.NO
    _summary(got, seconds)
    if files:
        profiles_of.fields(got.evidence, profiles)
    if save is not None:
        replace_file(save, got.evidence.to_bytes(), mode=0o600)
        click.echo(f"kept in {save}")
    if state is None:
        return Exit.DONE
    verdict = holdings(state).judge(got.evidence, Clock(StateLayout(state).floor).now())
    show.verdict(verdict)
    return Exit.DONE if verdict.outcome is Outcome.ACCEPTED else Exit.NO


@card.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def profile(file: Path) -> None:
    """Check the profile of a card family, and say what it does."""
    profiles_of.show(profiles_of.load(file))


@card.command()
@_reader
def watch(reader: str | None) -> None:
    """Say when readers and cards come and go, until Ctrl-C."""
    watcher = PcscWatcher(reader)
    try:
        while True:
            match watcher.next_event(1.0):
                case WaitingFor(what="pcsc"):
                    click.echo("waiting for the PC/SC service (start pcscd)")
                case WaitingFor():
                    click.echo("waiting for a card reader (plug one in)")
                case ReaderReady(name=name):
                    click.echo(f"reader ready: {name}")
                case CardLaid(connection=connection):
                    click.echo(f"card laid, ATR {connection.atr.hex()}")
                    connection.close()
                case CardLifted():
                    click.echo("card lifted")
                case None:
                    pass
    finally:
        watcher.close()


def _password(can: str | None, mrz: str | None) -> Password | None:
    if can is not None and mrz is not None:
        raise click.UsageError("give --can or --mrz, not both")
    if can is not None:
        if not (len(can) == 6 and can.isascii() and can.isdigit()):
            raise click.UsageError("--can takes six digits")
        return Password(PasswordKind.CAN, can)
    if mrz is None:
        return None
    parts = mrz.split(",")
    if len(parts) != 3:
        raise click.UsageError("--mrz takes NUMBER,BIRTH,EXPIRY with dates as YYMMDD")
    try:
        return Password(PasswordKind.MRZ, mrz_information(*parts))
    except MalformedData as error:
        raise click.UsageError(
            "--mrz takes letters, digits and fillers (<) as printed, and dates as YYMMDD"
        ) from error


def _explain(need: NeedsPassword) -> None:
    kinds = " or ".join(sorted(f"--{kind.value}" for kind in need.kinds))
    tries = "" if need.tries_left is None else f" Tries left: {need.tries_left}."
    match need.state:
        case PasswordState.NONE_GIVEN:
            click.echo(f"The card needs a password: give {kinds}.")
        case PasswordState.WRONG:
            click.echo(f"That password does not open this card.{tries}")
            click.echo(f"  Check the number on the card and give {kinds} again.")
        case PasswordState.TOO_FEW_TRIES:
            click.echo(f"No guess was made: the card has too few tries left.{tries}")
            click.echo("  Use the other password, or have the card reset where it was issued.")


def _summary(got: Reading, seconds: float) -> None:
    evidence = got.evidence
    click.echo(f"read as {evidence.profile}: {got.apdus} APDUs, {seconds * 1000:.0f} ms")
    for name, data in evidence.files.items():
        click.echo(f"  EF.{name.value:<12} {len(data):>6} bytes")
    for name, sw in evidence.refused.items():
        click.echo(f"  EF.{name.value:<12} not given (status {sw:04X})")
