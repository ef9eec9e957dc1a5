"""`tramthe acceptance`: the signed reports of `tramthe diagnose --report`, for whoever keeps them.

Not here: making one (`diagnose`), what is asked of one (`provisioning.acceptance`).
"""

from __future__ import annotations

from pathlib import Path

import click

from edge.care.acceptance import MAX_ACCEPTANCE, SignedAcceptance
from edge.care.check import State
from edge.files import replace_file
from edge.meeting.sheet_jws import short_code
from provisioning.acceptance import examine
from provisioning.cli.common import read_file
from provisioning.cli.main import Exit
from provisioning.cli.proven import FILE, authorities, given_key, say, trust_of, whose_key
from provisioning.cli.show import when
from provisioning.proof import Findings

_MODE = 0o644  # nobody is named in it
_EXAMPLES = """
\b
Examples:
  tramthe acceptance verify accepted.jws --authority terminal-ca.der
  tramthe acceptance verify accepted.jws --key terminal.pem --paper accepted.html
"""


@click.group()
def acceptance() -> None:
    """Check the acceptance report of a terminal, and make paper of it again."""


@acceptance.command(short_help="Check FILE, a signed acceptance report.", epilog=_EXAMPLES)
@click.argument("file", type=FILE)
@whose_key
@click.option(
    "--paper",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report as a page to print.",
)
def verify(
    file: Path,
    key: Path | None,
    authority_files: tuple[Path, ...],
    state: Path | None,
    paper: Path | None,
) -> int:
    """Check FILE, an acceptance report as a terminal signed it, and say what that proves.

    FILE alone shows that it is whole. Whose it is, --key, --authority or --state show. Of a file
    that is false no paper is made.

    Exit status 0 if everything asked is proven and the report has no fault and a card that was
    read, 1 if not, 3 if FILE is no acceptance report.
    """
    if paper is not None and paper.resolve() == file.resolve():
        raise click.UsageError("FILE and what is written of it are different files")
    known = authorities(authority_files, trust_of(state))
    text = read_file(file, MAX_ACCEPTANCE).decode("ascii", "replace").strip()
    found = examine(text, given=given_key(key), authorities=known)
    _say(found)
    if found.false:
        click.secho("FALSE: nothing is made of this file. Keep it and ask the terminal's office.")
        return Exit.NO
    if paper is not None:
        from edge.web.acceptance_page import document  # the pages, for paper alone

        replace_file(paper, document(found.signed).encode(), mode=_MODE)
        click.echo(f"{paper}: written")
    return Exit.DONE if found.proven and found.signed.report.acceptable else Exit.NO


def _say(found: Findings[SignedAcceptance]) -> None:
    signed = found.signed
    report, of = signed.report, signed.report.diagnosis
    click.echo(f"terminal {report.terminal}, board {report.serial or 'without a serial number'}")
    click.echo(f"  made {when(of.at.at)} ({of.at.quality.value}), code {short_code(signed.digest)}")
    for check in of.gravest_first:
        if check.state in (State.FAULT, State.ATTENTION):
            click.echo(f"  {check.state.value:<9}  {check.name}: {check.figure}")
    word = "acceptable" if report.acceptable else "NOT ACCEPTABLE: a fault, or no card was read"
    click.echo(f"  {word}")
    for finding in found.findings:
        say(finding)
