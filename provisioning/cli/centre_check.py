"""`tramthe centre check`: examine any centre from outside."""

from __future__ import annotations

import secrets
from pathlib import Path

import click
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.cli.common import office_time, read_file
from provisioning.cli.main import Exit
from provisioning.cli.pem import CERTIFICATE, read_objects
from provisioning.conformance.bench import Bench
from provisioning.conformance.examine import RULES, examine
from provisioning.conformance.identity import Identity, enrol, shown
from provisioning.conformance.line import Line
from provisioning.conformance.rule import Finding, Outcome
from provisioning.errors import OfficeInputInvalid
from provisioning.office.pki import Authority
from provisioning.terminals import name_of
from verify.jws import certificate_key

MAX_FILE = 16 * 1024  # bytes of a key or certificate
PAGE = "docs/protocol.md"
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_TOGETHER = "Give --terminal-key with --terminal-certificate, or --authority-key with --authority."


@click.command(short_help="Examine any centre from outside.")
@click.argument("url")
@click.option("--authority", type=_FILE, help="Certificate of a terminal authority it knows.")
@click.option("--authority-key", type=_FILE, help="Its key, PEM: terminals are made for the check.")
@click.option("--terminal-key", type=_FILE, help="Key of an enrolled terminal, PEM, instead.")
@click.option("--terminal-certificate", type=_FILE, help="Certificate of that terminal.")
@click.option("--centre-key", type=_FILE, help="The key that acknowledgements hold under, PEM.")
@click.option("--centre-kid", help="Its key id in the trust list.")
@click.option("--root", type=_FILE, help="Roots to trust over TLS instead of the system's, PEM.")
@click.option("--connect", metavar="ADDRESS", help="Connect there, whatever URL's name stands for.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([rule.name for rule in RULES]),
    metavar="RULE",
    help="Ask this rule and no other; may be repeated.",
)
@click.pass_context
def check(
    context: click.Context,
    url: str,
    authority: Path | None,
    authority_key: Path | None,
    terminal_key: Path | None,
    terminal_certificate: Path | None,
    centre_key: Path | None,
    centre_kid: str | None,
    root: Path | None,
    connect: str | None,
    only: tuple[str, ...],
) -> None:
    """Examine the centre at URL by every rule of docs/protocol.md, whoever wrote it.

    It is sent segments of a test terminal: good, repeated, out of order, with gaps, forked,
    poisoned, too large, badly signed. One line for each rule. What it takes stays there for ever,
    under the test terminal: use an identity made for this. Exit status 1 if a rule is broken.
    """
    line, at = Line(url, root, connect), office_time()
    issuer = None
    if authority is not None and authority_key is not None:
        issuer = Authority(*_pair(authority, authority_key))
    if terminal_key is not None and terminal_certificate is not None:
        certificate, key = _pair(terminal_certificate, terminal_key)
        who = Identity(name_of(certificate), key, certificate)
    elif issuer is not None:
        who = enrol(issuer, f"check-{secrets.token_hex(6)}", at)
    else:
        raise OfficeInputInvalid("No identity to ask with is given.", next_step=_TOGETHER)
    known = None if centre_key is None else (centre_kid, _public(centre_key))
    with shown(who) as pem:
        bench = Bench(line, who, at, known, issuer, pem if line.secure else None)
        outcomes = [_print(finding) for finding in examine(bench, only)]
    counts = ", ".join(f"{outcomes.count(one)} {one}" for one in Outcome)
    click.echo(f"{len(outcomes)} rules: {counts}.")
    if Outcome.FAILED in outcomes:
        context.exit(Exit.NO)


def _print(finding: Finding) -> Outcome:
    rule = finding.rule
    click.echo(f"{finding.outcome:<9}  {rule.name:<20}  {rule.says}")
    if finding.outcome is Outcome.FAILED:
        # A centre's own words may be in it: nothing that a screen would obey.
        why = "".join(letter if letter.isprintable() else "?" for letter in finding.why)
        click.echo(f"{'':11}{why}.")
        click.echo(f"{'':11}To do: {rule.advice} ({PAGE}, section {rule.section})")
    elif finding.outcome is Outcome.NOT_ASKED:
        click.echo(f"{'':11}{finding.why}")
    return finding.outcome


def _pair(certificate: Path, secret: Path) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
    """Return a certificate (DER) and its key."""
    der, key = read_objects(certificate, CERTIFICATE, MAX_FILE)[0], _private(secret)
    if certificate_key(der) != key.public_key():
        raise OfficeInputInvalid(
            f"{secret} does not hold the key of {certificate}.",
            next_step="Give the certificate and the key of one terminal, or of one authority.",
        )
    return der, key


def _private(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(read_file(file, MAX_FILE), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _not_a_key(file) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _not_a_key(file)
    return key


def _public(file: Path) -> ec.EllipticCurvePublicKey:
    """Return the public key in a file, that of a private one too."""
    data = read_file(file, MAX_FILE)
    if b"PRIVATE KEY" in data:
        return _private(file).public_key()
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _not_a_key(file) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _not_a_key(file)
    return key


def _not_a_key(file: Path) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{file} holds no key on P-256 in PEM.", next_step="Give the key's file without password."
    )
