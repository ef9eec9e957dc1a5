"""`tramthe diagnose`: what is wrong with this terminal, in one table.

Not here: looking and judging (`edge.care`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from edge.care.check import Check, State
from edge.care.diagnose import Terminal, diagnose
from edge.config.findings import Weight
from edge.config.read import examine
from edge.config.world import around
from provisioning.cli.main import Exit

_EXAMPLES = """
\b
Examples:
  tramthe diagnose --config /etc/tramthe/terminal.toml
  tramthe diagnose --config /etc/tramthe/terminal.toml --can 123456
  tramthe diagnose --config /etc/tramthe/terminal.toml --json
"""
_MARKS = {
    State.OK: "ok",
    State.ATTENTION: "ATTENTION",
    State.FAULT: "FAULT",
    State.UNKNOWN: "unknown",
}
_NAME = 18  # columns


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
def diagnose_(config: Path | None, can: str | None, as_json: bool) -> Exit:
    """Look at everything that this terminal needs, and say how it is and what to do.

    Runs beside the terminal or without it, changes nothing, and goes on past what fails. Best asked
    as the terminal's own user, so that rights are judged as the terminal has them. Names nobody.

    Exit status 0 where there is no fault, 1 where there is one, 3 where the configuration cannot
    be read.
    """
    examined = examine(config, os.environ)
    found = [*examined.found, *around(examined)]
    remarks = sum(1 for one in found if one.finding.weight is Weight.REMARK)
    checks = []
    terminal = Terminal(examined.values, len(found) - remarks, remarks, can=can)
    for check in diagnose(terminal):
        checks.append(check)
        if not as_json:
            _show(check)
    if as_json:
        click.echo(json.dumps([_in_json(one) for one in checks], ensure_ascii=False, indent=2))
    else:
        click.echo(_sum(checks))
    return Exit.NO if any(one.state is State.FAULT for one in checks) else Exit.DONE


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


def _in_json(check: Check) -> dict[str, str | None]:
    return {
        "name": check.name,
        "state": check.state.value,
        "figure": check.figure,
        "trouble": None if check.trouble is None else check.trouble.value,
        "next_step": check.next_step or None,
    }
