"""`tramthe diagnose`: what is wrong with this terminal, in one table.

Not here: looking and judging (`edge.care`), checking a signed report (`acceptance`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from edge.care import acceptance
from edge.care import probe_keeping as keeping
from edge.care.acceptance import Acceptance, SignedAcceptance
from edge.care.check import Check, State
from edge.care.diagnose import Terminal, diagnose
from edge.care.diagnosis import Diagnosis
from edge.care.probe_machine import serial
from edge.clock import Clock, system_time
from edge.config.findings import Weight
from edge.config.read import examine
from edge.config.world import around, no_folder
from edge.errors import ConfigInvalid
from edge.files import replace_file
from edge.layout import StateLayout
from edge.meeting.sheet_jws import terminal_signer
from provisioning.cli.main import Exit
from verify.moment import Moment, TimeQuality

_EXAMPLES = """
\b
Examples:
  tramthe diagnose --config /etc/tramthe/terminal.toml
  tramthe diagnose --config /etc/tramthe/terminal.toml --can 123456
  tramthe diagnose --config /etc/tramthe/terminal.toml --json
  tramthe diagnose --config /etc/tramthe/terminal.toml --can 123456 --report accepted.jws
"""
_MARKS = {
    State.OK: "ok",
    State.ATTENTION: "ATTENTION",
    State.FAULT: "FAULT",
    State.UNKNOWN: "unknown",
}
_NAME = 18  # columns
_NEW_FILE = click.Path(path_type=Path, dir_okay=False)
_MODE = 0o644  # nobody is named in it


def _six_digits(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == 6 and value.isascii() and value.isdigit()):
        raise click.BadParameter("six digits are needed, such as 123456")
    return value


@click.command("diagnose", epilog=_EXAMPLES)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="terminal.toml; `TRAMTHE_*` variables outrank it.",
)
@click.option(
    "--can",
    callback=_six_digits,
    help="Also read and judge the card that lies on the reader: six digits printed on it.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for a program that reads it.")
@click.option(
    "--report", type=_NEW_FILE, help="Write an acceptance report that the terminal signs."
)
@click.option("--paper", type=_NEW_FILE, help="Write that report as a page to print, too.")
def diagnose_(
    config: Path | None, can: str | None, as_json: bool, report: Path | None, paper: Path | None
) -> Exit:
    """Look at everything that this terminal needs, and say how it is and what to do.

    Runs beside the terminal or without it, changes nothing, and goes on past what fails. Best asked
    as the terminal's own user, so that rights are judged as the terminal has them. Names nobody.
    `tramthe acceptance verify` checks what --report writes.

    Exit status 0 where there is no fault, 1 where there is one, 3 where the configuration cannot
    be read.
    """
    if paper is not None and report is None:
        raise click.UsageError("--paper goes with --report, whose code stands on it.")
    examined = examine(config, os.environ)
    found = [*examined.found, *around(examined)]
    remarks = sum(1 for one in found if one.finding.weight is Weight.REMARK)
    checks = []
    values = examined.values
    for check in diagnose(Terminal(values, len(found) - remarks, remarks, can=can)):
        checks.append(check)
        if not as_json:
            _show(check)
    made = Diagnosis(values.get("terminal"), now(values), tuple(checks))
    if as_json:
        click.echo(json.dumps(made.to_object(), ensure_ascii=False, indent=2))
    else:
        click.echo(_sum(checks))
    if report is not None:
        _write(_signed(made, values), report, paper)
    return Exit.NO if made.count(State.FAULT) else Exit.DONE


def now(values: Mapping[str, Any]) -> Moment:
    """Return the time that the terminal goes by, else the system's."""
    state: Path | None = values.get("state")
    if state is None or no_folder(state) is not None:
        return Moment(system_time(), TimeQuality.HELD)
    return Clock(StateLayout(state).floor).now()


def _signed(made: Diagnosis, values: Mapping[str, Any]) -> SignedAcceptance:
    state: Path | None = values.get("state")
    identity = None if state is None else keeping.keys(StateLayout(state), made.terminal)
    if identity is None or made.terminal is None:
        raise ConfigInvalid(
            "The terminal has no key to sign an acceptance report with.",
            next_step="Start it once, or enrol it; `terminal` and `state` stand in terminal.toml.",
        )
    signer = terminal_signer(identity.key, identity.certificate)
    return acceptance.sign(Acceptance(made, serial()), signer)


def _write(signed: SignedAcceptance, report: Path, paper: Path | None) -> None:
    """Write the report, and paper of it; what is said goes to a person, never into the JSON."""
    replace_file(report, f"{signed.compact}\n".encode(), mode=_MODE)
    if paper is not None:
        from edge.web.acceptance_page import document  # the pages, for paper alone

        replace_file(paper, document(signed).encode(), mode=_MODE)
    click.echo(f"{report}: signed by {signed.report.terminal}", err=True)
    if not signed.report.acceptable:
        click.echo("  There is a fault, or no card was read (--can): it says so.", err=True)


def _show(check: Check) -> None:
    click.echo(f"{_MARKS[check.state]:<9}  {check.name:<{_NAME}}  {check.figure}")
    if check.next_step:
        click.echo(f"{'':<9}  {'':<{_NAME}}  > {check.next_step}")


def _sum(checks: list[Check]) -> str:
    counts = {state: sum(1 for one in checks if one.state is state) for state in State}
    return (
        f"{counts[State.FAULT]} faults, {counts[State.ATTENTION]} to see to, "
        f"{counts[State.UNKNOWN]} unknown, {counts[State.OK]} well."
    )
