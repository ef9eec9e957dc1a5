"""`tramthe fleet` by files: the inventory, requests to an outside authority and its answers.

Not here: the authority itself (`pki terminal`), the claim that a terminal enrols with.
"""

from __future__ import annotations

import csv
import io
import sys
from datetime import datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.files import replace_file
from provisioning import terminals
from provisioning.centre.process import CentreFolder
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time, read_file
from provisioning.cli.fleet_common import BY, each
from provisioning.errors import FleetRefused, TerminalUnknown
from provisioning.fleet import decisions, inventory, registry, verbs
from provisioning.fleet import requests as asking
from provisioning.fleet.requests import RequestState
from provisioning.office.requests import MAX_REQUEST, read_request
from provisioning.office.tables import csv_rows
from verify.errors import VerifyError

MAX_CERTIFICATE = 16 * 1024  # bytes
_EXISTING = click.Path(path_type=Path, dir_okay=False, exists=True)
_FILES = click.argument("files", nargs=-1, required=True, type=_EXISTING, metavar="FILES")
_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file; default standard output.",
)


@click.command(short_help="Write the inventory as CSV.")
@FOLDER
@_OUTPUT
@DATABASE
def export(folder: Path, output: Path | None, database: str | None) -> None:
    """Write every terminal of the registry as a row of CSV, in UTF-8."""
    with opened(folder, database) as store, store.reading() as connection:
        rows = [inventory.row(one) for one in registry.every(connection)]
    _write(output, inventory.COLUMNS, rows)


@click.command("import", short_help="Take an inventory from CSV.")
@FOLDER
@click.argument("file", type=_EXISTING)
@BY
@DATABASE
def import_(folder: Path, file: Path, by: str, database: str | None) -> None:
    """Take FILE, whole or not at all. Columns: name, organisation; label, technician, note.

    A terminal that the registry does not have is expected from now on. Of the others what people
    write about them is changed; an empty cell changes nothing. Other columns are left out, so that
    what `export` wrote comes back.
    """
    with (
        csv_rows(file, inventory.NEEDED, inventory.WRITTEN) as rows,
        opened(folder, database) as store,
        store.writing() as connection,
    ):
        numbered = ((row.number, row.cells) for row in rows)
        done = inventory.take(connection, numbered, by, office_time())
    click.echo(f"{done.expected} expected, {done.changed} changed, {done.same} as they were.")


@click.command(short_help="Take requests that came as files.")
@FOLDER
@_FILES
@click.option("--organisation", help="Its code of 14 digits.")
@click.option("--technician", help="Who brings it.")
@BY
@DATABASE
def bring(
    folder: Path,
    files: tuple[Path, ...],
    organisation: str | None,
    technician: str | None,
    by: str,
    database: str | None,
) -> int:
    """Take requests for certificates (PKCS #10) from FILES, as a stick brings them; they wait.

    The terminal is the one that the request names.
    """
    found = [(file.name, read_request(read_file(file, MAX_REQUEST))) for file in files]
    at = office_time()
    with opened(folder, database) as store:
        return each(
            store,
            found,
            lambda connection, one: asking.bring(
                *(connection, one.common_name, one.der, registry.key_fingerprint(one.key), at),
                organisation=organisation,
                technician=technician,
                operator=by,
            ),
            "taken, and waits",
        )


@click.command(short_help="Write approved requests for an authority outside.")
@FOLDER
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@DATABASE
def requests(folder: Path, out: Path, database: str | None) -> None:
    """Write every approved request that has no answer yet to the folder OUT, as PEM.

    The authority's answers come back with tramthe fleet certify.
    """
    with opened(folder, database) as store, store.reading() as connection:
        found = asking.requests(connection, RequestState.APPROVED)
    out.mkdir(parents=True, exist_ok=True)
    for one in found:
        pem = x509.load_der_x509_csr(one.csr).public_bytes(Encoding.PEM)
        replace_file(out / f"{one.terminal}-{one.number}.csr", pem, mode=0o644)
    click.echo(f"{len(found)} requests in {out}.")


@click.command(short_help="Take certificates of an authority outside.")
@FOLDER
@_FILES
@DATABASE
def certify(folder: Path, files: tuple[Path, ...], database: str | None) -> int:
    """Take certificates (PEM or DER) from FILES as the answers to approved requests.

    Each has to be of an authority of this centre, valid now, for the key that asked. The terminal
    is given it when it asks again.
    """
    at, anchors = office_time(), CentreFolder.load(folder).terminal_anchors
    found = [(file.name, _certificate(file, anchors, at)) for file in files]
    with opened(folder, database) as store:
        return each(
            store,
            found,
            lambda connection, der: decisions.answered(connection, terminals.name_of(der), der, at),
            "taken",
        )


@click.command(short_help="Enter terminals that were certified outside the registry.")
@FOLDER
@_FILES
@click.option("--organisation", help="Its code of 14 digits.")
@BY
@DATABASE
def adopt(
    folder: Path,
    files: tuple[Path, ...],
    organisation: str | None,
    by: str,
    database: str | None,
) -> int:
    """Enter the terminals of the certificates in FILES as approved, by their certificates' names.

    For terminals that the authority certified by hand, from before there was a registry.
    """
    at, anchors = office_time(), CentreFolder.load(folder).terminal_anchors
    found = [(file.name, _certificate(file, anchors, at)) for file in files]
    with opened(folder, database) as store:
        return each(
            store,
            found,
            lambda connection, der: verbs.adopt(
                *(connection, der, terminals.name_of(der), by, at), organisation=organisation
            ),
            "entered",
        )


@click.command(short_help="Write revoked certificates for the authority's list.")
@FOLDER
@_OUTPUT
@DATABASE
def revoked(folder: Path, output: Path | None, database: str | None) -> None:
    """Write the serials that the authority is to revoke, as CSV: serial, since.

    This centre does not take them whatever the list says; it is for whoever else trusts the
    authority: tramthe pki crl.
    """
    with opened(folder, database) as store, store.reading() as connection:
        found = registry.ended(connection, at=office_time())
    rows = [{"serial": one.serial, "since": one.ended_at or ""} for one in found]
    _write(output, ("serial", "since"), rows)


def _certificate(file: Path, anchors: tuple[bytes, ...], at: datetime) -> bytes:
    data = read_file(file, MAX_CERTIFICATE)
    try:
        pem = b"-----BEGIN" in data
        load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
        der = load(data).public_bytes(Encoding.DER)
        terminals.check(der, anchors, at)
    except (ValueError, VerifyError) as error:
        raise FleetRefused(
            f"{file.name} is no certificate of a terminal.",
            next_step="Give the file that the authority wrote.",
        ) from error
    except TerminalUnknown as error:
        raise FleetRefused(f"{file.name}: {error.message}", next_step=error.next_step) from error
    return der


def _write(output: Path | None, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if output is None:
        sys.stdout.write(text.getvalue())
    else:
        replace_file(output, text.getvalue().encode(), mode=0o644)
