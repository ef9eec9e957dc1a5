"""Options and words of the commands that say what a signed file proves.

Lives here: `--key`, `--authority`, `--state`, what they bring, how a finding is printed. Not here:
the questions (`provisioning.sheets`, `provisioning.receipts`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from provisioning.cli.common import read_file
from provisioning.cli.held import holdings
from provisioning.proof import MAX_KEY_FILE, Answer, Finding, GivenKey, read_authority, read_key
from verify.trust import AnchorPurpose, TrustList

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_COLOURS = {Answer.HOLDS: "green", Answer.FAILS: "red", Answer.UNPROVEN: "yellow"}

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS = (
    click.option(
        "--key", type=FILE, help="The terminal's public key or certificate, got from elsewhere."
    ),
    click.option(
        "--authority",
        "authority_files",
        type=FILE,
        multiple=True,
        help="Certificate of a terminal authority; may be given again.",
    ),
    click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        envvar="TRAMTHE_STATE",
        help="A terminal's state folder: whom its trust list names. [env: TRAMTHE_STATE]",
    ),
)


def whose_key(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the parameters `key`, `authority_files` and `state`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given_key(key: Path | None) -> GivenKey | None:
    """Return the key in a file. Raises what `proof.read_key` does, OSError."""
    return None if key is None else read_key(read_file(key, MAX_KEY_FILE))


def trust_of(state: Path | None) -> TrustList | None:
    """Return the trust list of a terminal's state folder."""
    return None if state is None else holdings(state).trust


def authorities(files: tuple[Path, ...], trust: TrustList | None) -> list[bytes]:
    """Return the certificates of terminal authorities that are given or in a trust list."""
    given = [read_authority(read_file(file, MAX_KEY_FILE)) for file in files]
    anchors = () if trust is None else trust.anchors_for(AnchorPurpose.TERMINAL)
    return [*given, *(anchor.certificate for anchor in anchors)]


def say(finding: Finding) -> None:
    """Print one answer."""
    mark = click.style(f"{finding.answer.value:<10}", fg=_COLOURS[finding.answer])
    click.echo(f"{mark}  {finding.says}")
