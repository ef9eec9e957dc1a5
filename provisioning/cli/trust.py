"""`tramthe trust`: import and show the trust list."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography import x509

from provisioning.cli.common import holdings, read_file, state_option
from provisioning.cli.show import when
from verify.trust import MAX_TRUST_LIST


@click.group()
def trust() -> None:
    """Import and show the list of anchors: whom this terminal believes, and for what."""


@trust.command("import", short_help="Take over a newer trust list from FILE.")
@state_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def import_(state: Path, file: Path) -> None:
    """Take over a newer trust list from FILE (a compact JWS signed by the root).

    Refused unless it is signed by this terminal's root key and newer than the one in force.
    Exit status 0 if it is in force now, 3 if it was refused: then the one before stays.
    """
    new = holdings(state).apply_trust(_compact(file))
    click.echo(f"Trust list number {new.number} of {when(new.issued)} is in force.")


def _compact(file: Path) -> str:
    return read_file(file, MAX_TRUST_LIST).decode("ascii", "replace").strip()


@trust.command("list")
@state_option
def list_(state: Path) -> None:
    """Show the anchors of the trust list in force."""
    held = holdings(state).require_trust()
    click.echo(f"Trust list number {held.number} of {when(held.issued)}")
    for anchor in held.anchors:
        bound = ", ".join(sorted(anchor.profiles)) or anchor.scope or "-"
        click.echo(f"  {anchor.purpose.value:<12} {anchor.fingerprint[:16]}  {bound}")
        click.echo(f"  {'':<12} {_name(anchor.certificate)}")


def _name(certificate: bytes) -> str:
    """Return the subject as RFC 4514 writes it; real authorities have some that none can."""
    try:
        return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()
    except ValueError:
        return "(its name cannot be written)"
