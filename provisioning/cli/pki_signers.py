"""`tramthe pki document-signer`, `accept`: keys that sign cards."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from provisioning.ceremony import document_signer as acts
from provisioning.ceremony.csca import CSCA, in_use, issued_path, sign
from provisioning.ceremony.document_signer import DOCUMENT_SIGNER
from provisioning.ceremony.folder import AuthorityFolder, opened
from provisioning.ceremony.parts import SERIAL, Name, load_certificate, to_der
from provisioning.cli.common import office_time
from provisioning.cli.pki_common import (
    FILE,
    FOLDER,
    act_options,
    carry_out,
    examples,
    make,
    name_options,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.office.authority import (
    AtHand,
    ByFiles,
    CertificateAuthority,
    read_certificate,
)
from provisioning.office.pki import PARTY_DOCUMENT_CODE
from provisioning.office.requests import Request


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
    folder: Path, name: Name, types: tuple[str, ...], descriptor: int | None, yes: bool
) -> None:
    """Make a document signer's key, on the machine that personalises cards, and its request.

    Carry the request to the authority, ours (`tramthe pki sign`) or an outside one, and bring the
    certificate back (`tramthe pki accept`). It signs for three months or 100,000 cards.
    """
    act = acts.create(name, types)
    make(folder, act, descriptor=descriptor, yes=yes)


@click.command(
    short_help="Take the CERTIFICATE that came back for a request.",
    epilog=examples(
        "tramthe pki accept /srv/ds-2026-4 certificate.pem --issuer csca.pem",
        "tramthe pki accept /srv/ds-2026-4 --csca /media/root/csca",
    ),
)
@FOLDER
@click.argument("certificate", type=FILE, required=False)
@click.option("--issuer", type=FILE, help="The certificate of who signed it.")
@click.option(
    "--csca",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Instead: have the authority in this folder sign the request now.",
)
@act_options
def accept(
    folder: Path,
    certificate: Path | None,
    issuer: Path | None,
    csca: Path | None,
    descriptor: int | None,
    yes: bool,
) -> None:
    """Take the certificate that an authority made of FOLDER's request, once it is checked.

    It must be of this key and this name, signed by ISSUER, in time, for these documents and for
    nothing else: whatever an outside authority sends is held to the same.
    """
    at = office_time()
    with ExitStack() as stack:
        held = stack.enter_context(opened(folder))
        held.require_role(DOCUMENT_SIGNER)
        authority: CertificateAuthority
        if csca is not None and certificate is None and issuer is None:
            root = stack.enter_context(opened(csca))
            root.require_role(CSCA)
            above = to_der(in_use(root, at).certificate)
            authority = AtHand(partial(_signed_by, root, descriptor, yes))
        elif csca is None and certificate is not None and issuer is not None:
            above = read_certificate(issuer)
            authority = ByFiles(folder / acts.REQUEST, certificate)
        else:
            raise click.UsageError("give CERTIFICATE with --issuer, or --csca alone")
        answer = authority.certify(acts.request_pem(held), at)
        if answer is None:
            raise OfficeInputInvalid(
                f"{certificate} is gone.", next_step="Give the file that the authority sent."
            )
        carry_out(held, acts.accept(held, answer, above, at), descriptor=descriptor, yes=yes)


def _signed_by(
    root: AuthorityFolder, descriptor: int | None, yes: bool, asked: Request, at: datetime
) -> bytes:
    """Have the authority whose folder is at hand sign a request."""
    entry = carry_out(root, sign(root, asked, at), descriptor=descriptor, yes=yes)
    return to_der(load_certificate(root, issued_path(int(entry.facts[SERIAL], 16))))
