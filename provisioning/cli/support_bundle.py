"""`tramthe support-bundle`: what a colleague elsewhere needs, in one file that names nobody.

Not here: what goes in (`edge.care.support`), asking a terminal for it from the centre (`send`).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import click

from edge.care import journal
from edge.care.diagnose import Terminal, diagnose
from edge.care.diagnosis import Diagnosis
from edge.care.support import make
from edge.care.support_facts import facts
from edge.config.findings import Weight
from edge.config.read import examine
from edge.config.world import around
from edge.files import replace_file
from provisioning.cli.diagnose import now

_EXAMPLES = """
\b
Examples:
  tramthe support-bundle tram-001.zip --config /etc/tramthe/terminal.toml
"""
_MODE = 0o600  # nobody is named in it, but it says what is out of date


@click.command("support-bundle", epilog=_EXAMPLES)
@click.argument("output", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="terminal.toml; `TRAMTHE_*` variables outrank it.",
)
def support_bundle(output: Path, config: Path | None) -> None:
    """Write OUTPUT, a ZIP of at most 256 kB, for a colleague who is to find what is wrong.

    Versions, what the configuration says without any text that somebody typed, the diagnosis, sums
    and heads of the log, ages of lists, what waits, and from the journal which sentences the
    terminal logged when. Built of a list of facts none of which names a member; what is filled into
    a sentence goes in only where it is a small number or a code. Runs beside the terminal or
    without it. Ask as root, or as a user who may read the journal.
    """
    examined = examine(config, os.environ)
    found = [*examined.found, *around(examined)]
    remarks = sum(1 for one in found if one.finding.weight is Weight.REMARK)
    values = examined.values
    checks = tuple(diagnose(Terminal(values, len(found) - remarks, remarks)))
    lines = journal.ask()
    made = Diagnosis(values.get("terminal"), now(values), checks)
    data = make(made, facts(values), lines)
    replace_file(output, data, mode=_MODE)
    click.echo(f"{output}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    if lines.missing is not None:
        click.echo(f"  without the journal, which is {lines.missing}", err=True)
