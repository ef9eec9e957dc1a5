"""`tramthe receipt`: receipts of verifications, for whoever keeps a dossier.

Not here: what is asked of a receipt (`provisioning.receipts`), those that a terminal keeps
(`receipts_kept`).
"""

from __future__ import annotations

import json
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from provisioning.cli.common import read_file
from provisioning.cli.main import Exit
from provisioning.cli.proven import FILE, authorities, given_key, say, trust_of, whose_key
from provisioning.cli.receipts_kept import export, listed
from provisioning.cli.show import when
from provisioning.errors import OfficeInputInvalid
from provisioning.proof import MAX_KEY_FILE, Answer, read_key
from provisioning.receipts import Findings, Given, Standing, examine, not_proven
from verify.receipt import ListLine, handed_digest
from verify.receipt_anchor import MAX_ANCHOR
from verify.receipt_jws import MAX_RECEIPT
from verify.trust import KeyUse, TrustList

_MAX_HANDED = 1024 * 1024  # bytes
_EXAMPLES = """
\b
Examples:
  tramthe receipt verify receipt.jws --authority terminal-ca.der
  tramthe receipt verify receipt.jws --ack word.jws --centre centre.pem --authority terminal-ca.der
  tramthe receipt verify receipt.jws --state /var/lib/tramthe --handed fields.json
"""


@click.group()
def receipt() -> None:
    """Check the receipt of a verification, today or years later; list and copy a terminal's."""


receipt.add_command(listed)
receipt.add_command(export)


@receipt.command(short_help="Check FILE, a receipt.", epilog=_EXAMPLES)
@click.argument("file", type=FILE)
@whose_key
@click.option("--ack", type=FILE, help="The centre's word on this receipt.")
@click.option(
    "--centre",
    "centre_files",
    type=FILE,
    multiple=True,
    help="Public key or certificate by which the centre signs; may be given again.",
)
@click.option("--nonce", help="What the back office sent along when it asked.")
@click.option("--handed", type=FILE, help="JSON of the fields that came with it: {fields, salt}.")
def verify(
    file: Path,
    key: Path | None,
    authority_files: tuple[Path, ...],
    ack: Path | None,
    centre_files: tuple[Path, ...],
    state: Path | None,
    nonce: str | None,
    handed: Path | None,
) -> int:
    """Check FILE, a receipt as a terminal signed it, and say what that proves.

    `signed`: a terminal of a known authority signed it. `anchored`: the centre says too that it had
    it, which holds when the terminal's key is long gone. What no check can show is said as well.

    Exit status 0 if it is signed or anchored and everything asked holds, 1 if not, 3 if FILE is no
    receipt.
    """
    trust = trust_of(state)
    found = examine(
        _text(file, MAX_RECEIPT),
        Given(
            key=given_key(key),
            authorities=authorities(authority_files, trust),
            anchor=None if ack is None else _text(ack, MAX_ANCHOR),
            centre=_centre(centre_files, trust),
            nonce=nonce,
            handed=None if handed is None else _handed(read_file(handed, _MAX_HANDED)),
        ),
    )
    _say(found)
    proven = found.standing in (Standing.SIGNED, Standing.ANCHORED)
    whole = all(one.answer is Answer.HOLDS for one in found.findings)
    return Exit.DONE if proven and whole else Exit.NO


def _centre(files: tuple[Path, ...], trust: TrustList | None) -> list[EllipticCurvePublicKey]:
    """Return the keys by which the centre signs that are given or in a trust list."""
    listed = () if trust is None else trust.centre_keys
    signing = (one.public for one in listed if one.use is KeyUse.SIGN)
    given = (read_file(file, MAX_KEY_FILE) for file in files)
    return [read_key(data).key for data in (*given, *signing)]


def _text(file: Path, limit: int) -> str:
    return read_file(file, limit).decode("ascii", "replace").strip()


def _handed(data: bytes) -> tuple[dict[str, str], bytes]:
    """Return the fields and their salt. Raises OfficeInputInvalid."""
    try:
        value = json.loads(data)
        fields, salt = value["fields"], bytes.fromhex(value["salt"])
        if not all(isinstance(one, str) for pair in fields.items() for one in pair):
            raise ValueError("a field is no text")
        handed_digest(fields, salt)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_fields() from error
    return fields, salt


def _no_fields() -> OfficeInputInvalid:
    return OfficeInputInvalid(
        "This file does not hold the fields that came with a receipt.",
        next_step='Give what the terminal answered: {"fields": {...}, "salt": "32 hex digits"}.',
    )


def _say(found: Findings) -> None:
    """Print what the receipt claims and what is proved of it; it names no person."""
    of = found.receipt
    click.echo(
        f"terminal {of.place.terminal}, procedure {of.request.procedure}: {of.outcome.value}"
    )
    click.echo(f"  dossier {of.request.dossier}, asked by {of.request.origin}")
    click.echo(f"  at {when(of.moment.at)} ({of.moment.quality.value}), event {of.place.seq}")
    click.echo(f"  profile {of.profile}, policy {of.policy}")
    click.echo(f"  signer's list {_list(of.signer_list)}, card status list {_list(of.card_list)}")
    click.echo(f"  fields {', '.join(of.request.fields) or 'none'}")
    for line in of.checks:
        word = line.step.name.lower().replace("_", " ")
        click.echo(
            f"  {line.step.value} {word:<16} {line.status.value} {line.reason or ''}".rstrip()
        )
    for finding in found.findings:
        say(finding)
    for fact in not_proven(found):
        click.echo(f"not proven  {fact}")
    colour = "green" if found.standing in (Standing.SIGNED, Standing.ANCHORED) else "red"
    click.secho(found.standing.value, fg=colour, bold=True)


def _list(line: ListLine | None) -> str:
    if line is None:
        return "not asked"
    number = "without a number" if line.number is None else f"number {line.number}"
    return f"{number}, {line.age.total_seconds() / 86_400:.1f} days old"
