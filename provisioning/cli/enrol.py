"""`tramthe enrol`: a terminal's certificate, by a claim over the network or by stick."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from edge.clock import Clock
from edge.config.read import examine
from edge.enrol.by_stick import MAX_ANSWER, answer_in, read_answer, request_out
from edge.enrol.check import name_of
from edge.enrol.faults import EnrolFault, refused
from edge.enrol.first import FirstEnrolment
from edge.enrol.kept import EnrolFiles, State
from edge.enrol.renewal import Centre, Renewal
from edge.errors import CentreBusy, CentreUnreachable, ConfigInvalid
from edge.files import replace_file
from edge.holdings import Holdings
from edge.identity import place as places
from edge.identity.key import KEY, load_or_create
from edge.identity.place import FILE, KeyPlace, place_of
from edge.identity.wiped import statement
from edge.layout import StateLayout
from edge.people.claim import Claim as PeopleClaim
from edge.sync.repeat import fraction
from edge.wire.claim import MAX_FILE as MAX_CLAIM
from edge.wire.claim import Claim, people_part
from provisioning.cli.common import Seconds, read_file, state_option
from provisioning.cli.main import Exit
from provisioning.cli.people import take_claim
from provisioning.cli.show import when
from verify import certificate

FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
"""Seconds between two askings where the centre does not say how long; doubled each time."""
SPREAD = 0.5
"""Part of a wait by which chance may lengthen it: a box of terminals is switched on at once."""
_STDIN = "-"
_RESTART = "Restart the service where it runs."
_EXAMPLES = """
\b
Examples:
  tramthe enrol --state /var/lib/tramthe --claim /boot/firmware/claim.json
  tramthe enrol --state /var/lib/tramthe --claim -
  tramthe enrol --state /var/lib/tramthe
  tramthe enrol status --state /var/lib/tramthe
  tramthe enrol request stick/99-0417.csr --state /var/lib/tramthe \\
      --terminal 99-0417 --organisation 01234567890123
  tramthe enrol accept stick/99-0417.pem --state /var/lib/tramthe
"""

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
FILE_IN = click.Path(path_type=Path, dir_okay=False, exists=True)
FILE_OUT = click.Path(path_type=Path, dir_okay=False)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="terminal.toml: how keys are kept, and the terminal's name to compare with.",
)


@click.group(epilog=_EXAMPLES, invoke_without_command=True)
@click.option(
    "--state",
    type=FOLDER,
    envvar="TRAMTHE_STATE",
    help="The terminal's state folder. [env: TRAMTHE_STATE]",
)
@click.option(
    "--claim",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The office's claim for this terminal; - reads the text of its QR code. Erased after use.",
)
@config_option
@click.option(
    "--wait",
    type=Seconds(),
    help="Seconds to wait for the office's approval; by default as long as it takes.",
)
@click.pass_context
def enrol(
    context: click.Context,
    state: Path | None,
    claim: Path | None,
    config: Path | None,
    wait: float | None,
) -> Exit | None:
    """Get this terminal its certificate: show a claim to the centre, wait until it is approved.

    May be interrupted at any moment and run again, without --claim too: the same key asks again.
    The claim is overwritten and removed once the certificate is kept, or when it is refused; on
    flash the old block may stay out of reach of the file system. Exit status 1: not approved yet.
    """
    if context.invoked_subcommand is not None:
        return None
    if state is None:
        raise click.UsageError("Missing option '--state'.", context)
    return _Enrolling(state, config).run(claim, wait)


class _Enrolling:
    def __init__(self, state: Path, config: Path | None) -> None:
        self._state = state
        self._name, place = _configured(config)
        self._clock = Clock(StateLayout(state).floor)
        self._files = EnrolFiles(StateLayout(state).identity)
        self._first = FirstEnrolment(
            StateLayout(state).identity, lambda: self._clock.floor, place=place
        )

    def run(self, claim: Path | None, wait: float | None) -> Exit:
        if claim is not None:
            self._take(claim)
        ends = None if wait is None else time.monotonic() + wait
        pauses = _pauses()
        told = False
        while True:
            after = None
            try:
                step = self._first.ask(self._clock.now())
            except (CentreUnreachable, CentreBusy) as error:
                after = error.after if isinstance(error, CentreBusy) else None
                pause = next(pauses) if after is None else after
                if _over(ends, pause):
                    raise
                click.echo(error.message, err=True)
            else:
                if step.state is State.ENROLLED:
                    return self._enrolled(step.source_left)
                if not told:
                    click.echo(f"The office has to approve the key {self._asking()}.")
                told, pause = True, next(pauses) if step.after is None else step.after
                if _over(ends, pause):
                    click.echo("It is not approved yet; run this again, without --claim.")
                    return Exit.NO
            time.sleep(pause * (1 + SPREAD * fraction()))

    def _take(self, file: Path) -> None:
        if str(file) == _STDIN:
            data, source = sys.stdin.buffer.read(MAX_CLAIM + 1), None
        elif not file.exists() and self._files.claim() is not None:
            return  # erased meanwhile, and kept by an earlier run: gone on with
        else:
            data, source = read_file(file, MAX_CLAIM), file
        self._require_ours(Claim.read(data).terminal)
        self._first.begin(data, self._clock.now(), source)
        part = people_part(data)
        if part is not None:
            take_claim(self._state, PeopleClaim.from_bytes(part))

    def _require_ours(self, named: str) -> None:
        if self._name not in (None, named):
            raise ConfigInvalid(
                f"The claim is for terminal {named}, and this one is {self._name}.",
                next_step="Use the claim of this terminal, or correct `terminal` in terminal.toml.",
            )

    def _asking(self) -> str:
        progress = self._files.progress()
        return (None if progress is None else progress.key) or "?"

    def _enrolled(self, source_left: str | None) -> Exit:
        _say_certificate(self._state)
        if source_left is not None:
            click.echo(f"{source_left} could not be erased: destroy it, it holds a secret.")
        click.echo(_RESTART)
        return Exit.DONE


@enrol.command(short_help="Show how far enrolment has come; no secret.")
@state_option
def status(state: Path) -> Exit:
    """Show whether there is a certificate, until when, and how the last asking ended.

    Exit status 1 where there is no certificate.
    """
    folder = StateLayout(state).identity
    progress = EnrolFiles(folder).progress()
    kind = places.held(folder, KEY)
    if statement(folder) is not None:
        click.echo("wiped        by the office's order; to set it up anew, remove its state folder")
        return Exit.NO
    click.echo(f"key          {'none' if kind is None else kind.value}")
    if progress is not None:
        click.echo(f"enrolment    {progress.state.value}, since {progress.at}")
        if progress.key is not None:
            click.echo(f"fingerprint  {progress.key}")
        if progress.why is not None:
            click.echo(f"why          {progress.why} {progress.next_step or ''}".rstrip())
    if kind is None or load_or_create(folder, "").certificate is None:
        click.echo("certificate  none")
        return Exit.NO
    _say_certificate(state)
    return Exit.DONE


@enrol.command("request", short_help="By stick: write a request for the office.")
@state_option
@config_option
@click.option("--terminal", help="The terminal's name, where it has no certificate yet.")
@click.option("--organisation", help="Its organisation's 14 digits, likewise.")
@click.argument("out", type=FILE_OUT)
def request_(
    state: Path, config: Path | None, terminal: str | None, organisation: str | None, out: Path
) -> None:
    """Write this terminal's request (PKCS #10, PEM) into the file OUT.

    The key stays here. Asked again, it is the same key until the answer was accepted.
    """
    name, place = _configured(config)
    pem, known_by = request_out(
        StateLayout(state).identity,
        Clock(StateLayout(state).floor).now(),
        terminal=terminal or name,
        organisation=organisation,
        place=place,
    )
    replace_file(out, pem, mode=0o644)
    click.echo(f"{out} is for the office. It compares the key's fingerprint:")
    click.echo(known_by)


@enrol.command(short_help="By stick: take the office's certificate.")
@state_option
@config_option
@click.option(
    "--authority",
    type=FILE_IN,
    multiple=True,
    help="Certificate of the office's authority, where the trust list does not name it yet.",
)
@click.argument("answer", type=FILE_IN)
def accept(state: Path, config: Path | None, authority: tuple[Path, ...], answer: Path) -> None:
    """Take the certificate in the file ANSWER (PEM, DER or PKCS #7), which the office made.

    It is kept only if it is for a key of this terminal's and an authority that is known here, or
    given with --authority, signed it.
    """
    given = [one for file in authority for one in read_answer(read_file(file, MAX_ANSWER))]
    answer_in(
        StateLayout(state).identity,
        read_file(answer, MAX_ANSWER),
        Clock(StateLayout(state).floor).now(),
        terminal=_configured(config)[0],
        authorities=(*given, *_trusted(state)()),
    )
    _say_certificate(state)
    click.echo(_RESTART)


@enrol.command(short_help="Ask for the next certificate now.")
@state_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="terminal.toml: the centre's address.",
)
def renew(state: Path, config: Path) -> Exit:
    """Ask the centre for the next certificate, with a new key; due or not.

    The running service does this by itself from two thirds of the certificate's life on. Where
    systemd seals the key it has the same key certified again, since only root may seal another:
    run this as root for a new one. Exit status 1: not approved yet.
    """
    settings = examine(config, os.environ).require()
    if settings.centre is None:
        raise refused(EnrolFault.NO_SERVER, "There is no `centre` in terminal.toml.")
    layout = StateLayout(state)
    clock = Clock(layout.floor)
    centre = Centre(settings.centre, lambda: clock.floor, settings.centre_roots, _trusted(state))
    identity = load_or_create(layout.identity, settings.terminal)
    renewal = Renewal(
        layout.identity, identity, centre, monotonic=time.monotonic, place=place_of(settings)
    )
    before = identity.key
    if renewal.ask(clock.now()).state is not State.ENROLLED:
        click.echo("It is not approved yet; run this again.")
        return Exit.NO
    _say_certificate(state)
    if identity.key is before:
        click.echo("It is for the same key: no new one could be made here.")
    click.echo(_RESTART)
    return Exit.DONE


def _configured(config: Path | None) -> tuple[str | None, KeyPlace]:
    if config is None:
        return None, FILE
    settings = examine(config, os.environ).require()
    return settings.terminal, place_of(settings)


def _trusted(state: Path) -> Callable[[], tuple[bytes, ...]]:
    """Return who may name terminals by the trust list; nobody where there is none yet."""
    return Holdings(StateLayout(state).holdings, start_anyway=True).terminal_authorities


def _over(ends: float | None, pause: float) -> bool:
    return ends is not None and time.monotonic() + pause > ends


def _pauses() -> Iterator[float]:
    """Yield how long to wait where the centre does not say."""
    pause = FIRST_WAIT
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_WAIT)


def _say_certificate(state: Path) -> None:
    own = load_or_create(StateLayout(state).identity, "").certificate
    if own is None:
        return
    found = certificate.parse(own)
    click.echo(f"certificate  {name_of(own)}, {when(found.not_before)} to {when(found.not_after)}")
