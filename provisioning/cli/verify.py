"""`tramthe verify`: judge a kept reading again, offline; examine a chain of certificates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from provisioning.cli import show
from provisioning.cli.chain import chain
from provisioning.cli.common import at_option, moment, read_file, state_option
from provisioning.cli.held import holdings
from provisioning.cli.main import Exit
from reader.evidence import MAX_EVIDENCE, CardEvidence
from verify.verdict import Outcome

_DEFAULT = "reading"
_EXAMPLES = """
\b
Examples:
  tramthe card read --can 123456 --save reading.json
  tramthe verify reading reading.json --state /var/lib/tramthe
  tramthe verify chain signer.der csca.der --anchor csca.der --crl csca.crl
"""


class _ReadingByDefault(click.Group):
    """A group whose first command may be left out: `tramthe verify FILE` judges a reading."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group("verify", cls=_ReadingByDefault, epilog=_EXAMPLES)
def verify_command() -> None:
    """Judge a kept reading again, or examine a chain of certificates. Nothing is asked online.

    `tramthe verify EVIDENCE` is short for `tramthe verify reading EVIDENCE`.
    """


@verify_command.command(_DEFAULT, short_help="Judge a kept reading.")
@state_option
@at_option
@click.argument("evidence", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def reading(state: Path, at: datetime | None, evidence: Path) -> int:
    """Judge EVIDENCE, a reading kept by `tramthe card read --save`, with what this terminal holds.

    The same eight steps as at the door. Exit status 0 if the card is accepted, 1 if it is not.
    """
    kept = CardEvidence.from_bytes(read_file(evidence, MAX_EVIDENCE))
    verdict = holdings(state).judge(kept, moment(state, at))
    show.verdict(verdict)
    return Exit.DONE if verdict.outcome is Outcome.ACCEPTED else Exit.NO


verify_command.add_command(chain)
