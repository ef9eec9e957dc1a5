"""`tramthe pki csca`, `link`, `sign`, `crl`: the country signing authority."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from provisioning.ceremony import certificate_list, terminal_ca
from provisioning.ceremony import csca as acts
from provisioning.ceremony.csca import CSCA
from provisioning.ceremony.folder import opened
from provisioning.ceremony.parts import Name
from provisioning.ceremony.terminal_ca import TERMINAL_CA
from provisioning.cli.common import office_time, read_file
from provisioning.cli.pki_common import (
    FILE,
    FOLDER,
    act_options,
    carry_out,
    examples,
    make,
    name_options,
)
from provisioning.cli.rows import rows_options, taken_rows
from provisioning.office.certificates import Whereabouts
from provisioning.office.list_rows import CERTIFICATE_COLUMNS, revoked_serials, serial_of
from provisioning.office.requests import MAX_REQUEST, read_request


@click.command(
    short_help="Make a country signing authority (CSCA) in FOLDER.",
    epilog=examples(
        'tramthe pki csca /media/root/csca --name "CSCA the dang vien" --parts 2 \\',
        '--organisation "Co quan cap chung thu" --contact mailto:csca@example.vn \\',
        "--crl-at https://crl.example.vn/csca.crl",
    ),
)
@FOLDER
@name_options
@click.option("--state", "state", default="VNM", show_default=True, help="Its code in the MRZ.")
@click.option("--contact", required=True, help="URI at which it is reached, such as mailto:.")
@click.option("--crl-at", required=True, help="Address (http, https, ldap) of its list.")
@act_options
def csca(
    folder: Path,
    name: Name,
    state: str,
    contact: str,
    crl_at: str,
    descriptor: int | None,
    yes: bool,
) -> None:
    """Make a country signing authority: a key for five years, its certificate for sixteen.

    On a machine without a network; FOLDER on a medium that is locked away afterwards.
    """
    act = acts.create(name, Whereabouts(state, contact, crl_at), office_time())
    make(folder, act, descriptor=descriptor, yes=yes)


@click.command(
    short_help="Give the authority of FOLDER a new key, linked to the old.",
    epilog=examples(
        "tramthe pki link /media/root/csca",
    ),
)
@FOLDER
@click.option("--name", "common_name", help="A new name, where it has to change.")
@act_options
def link(folder: Path, common_name: str | None, descriptor: int | None, yes: bool) -> None:
    """Give a country signing authority its next key, and a certificate that links it to the last.

    Every three to five years. The new key is left alone for two days, in which the old one still
    signs: put the new certificate on the trust list at once, and leave the old one there.
    """
    with opened(folder) as held:
        held.require_role(CSCA)
        act = acts.link(held, office_time(), common_name)
        carry_out(held, act, descriptor=descriptor, yes=yes)


@click.command(
    short_help="Sign a request (PKCS #10) in REQUEST.",
    epilog=examples(
        "tramthe pki sign /media/root/csca /media/stick/request.pem",
    ),
)
@FOLDER
@click.argument("request", type=FILE)
@act_options
def sign(folder: Path, request: Path, descriptor: int | None, yes: bool) -> None:
    """Sign a request: of a document signer by a CSCA, of a terminal by a terminal authority.

    Compare the digest of its public key with the record from the other machine before agreeing.
    """
    asked = read_request(read_file(request, MAX_REQUEST))
    with opened(folder) as held:
        held.require_role(CSCA, TERMINAL_CA)
        by = acts.sign if held.role == CSCA else terminal_ca.sign
        act = by(held, asked, office_time())
        carry_out(held, act, descriptor=descriptor, yes=yes)


@click.command(
    short_help="Issue the list of revoked certificates.",
    epilog=examples(
        "tramthe pki crl /media/root/csca",
        "tramthe pki crl /media/root/csca --revoke 5f3a90c1d2e4a1b2c3d4e5f60718293a",
        "tramthe pki crl /srv/terminal-ca --csv revoked.csv",
    ),
)
@FOLDER
@click.option("--revoke", "serials", multiple=True, help="Serial (hex) to revoke from now; again.")
@rows_options("serial (hex), since")
@click.option(
    "--days",
    type=click.IntRange(1, certificate_list.LIST_DAYS),
    default=certificate_list.LIST_DAYS,
    show_default=True,
    help="For how many days it holds.",
)
@act_options
def crl(
    folder: Path,
    serials: tuple[str, ...],
    file: Path | None,
    database: str | None,
    table: str | None,
    days: int,
    descriptor: int | None,
    yes: bool,
) -> None:
    """Issue the authority's list of revoked certificates, a number above the last.

    What was revoked stays revoked. The centre says which terminals' certificates are to be revoked:
    tramthe fleet revoked. Issue one at least every 90 days, and within two days after a
    certificate is to be trusted no more.
    """
    at = office_time()
    revoke: dict[int, datetime] = {serial_of(text): at.replace(microsecond=0) for text in serials}
    with taken_rows(file, database, table, CERTIFICATE_COLUMNS) as rows:
        revoke |= revoked_serials(rows)
    with opened(folder) as held:
        held.require_role(CSCA, TERMINAL_CA)
        act = certificate_list.crl(held, revoke, at, days)
        carry_out(held, act, descriptor=descriptor, yes=yes)
