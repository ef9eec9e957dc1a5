"""`tramthe verify`: judge a kept reading again, offline."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from provisioning.cli import show
from provisioning.cli.common import at_option, holdings, moment, read_file, state_option
from provisioning.cli.main import Exit
from reader.evidence import MAX_EVIDENCE, CardEvidence
from verify.verdict import Outcome


@click.command("verify")
@state_option
@at_option
@click.argument("evidence", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def verify_command(state: Path, at: datetime | None, evidence: Path) -> int:
    """Judge EVIDENCE, a reading kept by `tramthe card read --save`, with what this terminal holds.

    The same eight steps as at the door. Exit status 0 if the card is accepted, 1 if it is not.
    """
    kept = CardEvidence.from_bytes(read_file(evidence, MAX_EVIDENCE))
    verdict = holdings(state).judge(kept, moment(state, at))
    show.verdict(verdict)
    return Exit.DONE if verdict.outcome is Outcome.ACCEPTED else Exit.NO
