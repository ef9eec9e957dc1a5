"""`tramthe pki document-signer`, `accept`: keys that sign cards."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.ceremony import document_signer as acts
from provisioning.ceremony.document_signer import DOCUMENT_SIGNER
from provisioning.ceremony.folder import begun, opened
from provisioning.ceremony.parts import Name
from provisioning.cli.common import office_time
from provisioning.cli.pki_common import (
    FILE,
    FOLDER,
    act_options,
    carry_out,
    examples,
    name_options,
)
from provisioning.office.authority import read_certificate
from provisioning.office.pki import PARTY_DOCUMENT_CODE


@click.command(
    "document-signer",
    short_help="Make a document signer's key and request in FOLDER.",
    epilog=examples(
        'tramthe pki document-signer /srv/ds-2026-4 --name "DS the dang vien 2026-4" \\',
        '--organisation "Co quan cap chung thu"',
    ),
)
@FOLDER
@name_options
@click.option(
    "--type",
    "types",
    multiple=True,
    default=[PARTY_DOCUMENT_CODE],
    show_default=True,
    help="MRZ document code that it signs for; again.",
)
@act_options
def document_signer(
    folder: Path,
    common_name: str,
    organisation: str,
    country: str,
    parts: int,
    types: tuple[str, ...],
    descriptor: int | None,
    yes: bool,
) -> None:
    """Make a document signer's key, on the machine that personalises cards, and its request.

    Carry the request to the authority, ours (`tramthe pki sign`) or an outside one, and bring the
    certificate back (`tramthe pki accept`). It signs for three months or 100,000 cards.
    """
    act = acts.create(Name(common_name, organisation, country, parts), types)
    with begun(folder) as held:
        carry_out(held, act, descriptor=descriptor, yes=yes, parts=parts)


@click.command(
    short_help="Take the CERTIFICATE that came back for a request.",
    epilog=examples(
        "tramthe pki accept /srv/ds-2026-4 certificate.pem --issuer csca.pem",
    ),
)
@FOLDER
@click.argument("certificate", type=FILE)
@click.option("--issuer", type=FILE, required=True, help="The certificate of who signed it.")
@act_options
def accept(
    folder: Path, certificate: Path, issuer: Path, descriptor: int | None, yes: bool
) -> None:
    """Take the certificate that an authority made of FOLDER's request, once it is checked.

    It must be of this key and this name, signed by ISSUER, in time, for these documents and for
    nothing else: whatever an outside authority sends is held to the same.
    """
    answer, above = read_certificate(certificate), read_certificate(issuer)
    with opened(folder) as held:
        held.require_role(DOCUMENT_SIGNER)
        act = acts.accept(held, answer, above, office_time())
        carry_out(held, act, descriptor=descriptor, yes=yes)
