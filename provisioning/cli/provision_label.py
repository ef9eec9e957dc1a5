"""`tramthe provision label`: a terminal's label, to print and to read aloud.

Not here: what stands on it (`provisioning.image.label`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from edge.care.probe_machine import serial as serial_of
from edge.identity.key import CERTIFICATE_FILE
from edge.layout import StateLayout
from provisioning import terminals
from provisioning.cli.common import read_file
from provisioning.cli.main import Exit
from provisioning.errors import OfficeInputInvalid
from provisioning.image import label as labels
from provisioning.image.label import Label, Paper
from provisioning.image.machine import check_terminal

MAX_CERTIFICATE = 64 * 1024  # bytes
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
STATE = click.Path(path_type=Path, file_okay=False, exists=True)
PAPER = click.option(
    "--paper",
    type=click.Choice([paper.value for paper in Paper]),
    default=Paper.SMALL.value,
    show_default=True,
    help="Labels of so many millimetres on a roll, or 24 on a sheet of A4.",
)
CONTACT = click.option(
    "--contact", help="Whom to call about a terminal that was found or does not work."
)
_EXAMPLES = """
\b
Examples:
  tramthe provision label --state /var/lib/tramthe --output label.html
  tramthe provision label --certificate 99-0417.pem --paper 89x36 --output label.html
  tramthe provision label --certificate 99-0417.pem --check "7Q4K 19ZD 4F7K 29QM"
"""


@click.command(epilog=_EXAMPLES, short_help="Print a terminal's label, or say its key's code.")
@click.option("--state", type=STATE, help="At the terminal: its state folder.")
@click.option(
    "--certificate",
    "certificates",
    type=FILE,
    multiple=True,
    help="At the office: a terminal's certificate, PEM or DER. Repeatable.",
)
@click.option("--fingerprint", help="At the office: of the key that asks for a certificate, hex.")
@click.option("--terminal", help="The terminal's name, where there is no certificate yet.")
@click.option("--serial", help="The machine's own number; on a Raspberry Pi it is found by itself.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File, HTML.")
@click.option("--check", "heard", help="Say whether this code, read out or scanned, is the key's.")
@PAPER
@CONTACT
def label(
    state: Path | None,
    certificates: tuple[Path, ...],
    fingerprint: str | None,
    terminal: str | None,
    serial: str | None,
    output: Path | None,
    heard: str | None,
    paper: str,
    contact: str | None,
) -> Exit:
    """Say the code of a terminal's key as it is read aloud, and write the label with it.

    The label has a QR code with name, serial and the key's whole fingerprint. The code is its
    first 80 bits: whoever sits at the office compares it, by telephone, before approving.

    Print at 100 %, without margins. With --check, exit status 1 where the code is another's.
    """
    if [state is not None, bool(certificates), fingerprint is not None].count(True) != 1:
        raise click.UsageError("give one of --state, --certificate and --fingerprint.")
    if state is not None:
        found = [_of_state(state, terminal)]
        serial = serial or serial_of()
    elif fingerprint is not None:
        found = [Label(_named(terminal), fingerprint=labels.check_fingerprint(fingerprint))]
    else:
        found = [_of_certificate(read_file(one, MAX_CERTIFICATE)) for one in certificates]
    whom = None if contact is None else labels.check_contact(contact)
    made = [Label(one.terminal, one.organisation, one.fingerprint, serial, whom) for one in found]
    if heard is not None:
        return _compare(made, heard)
    for one in made:
        click.echo(f"{one.terminal}  {one.code}")
        for group, words in zip((one.code or "").split(), one.words, strict=True):
            click.echo(f"  {group}  {' - '.join(words)}")
    if output is not None:
        from provisioning.image.label_page import page  # only what is printed needs it

        output.write_text(page(made, Paper(paper)), "utf-8")
        click.echo(f"{output}: print it at 100 %, without margins.")
    return Exit.DONE


def _compare(made: list[Label], heard: str) -> Exit:
    matching = [one for one in made if labels.is_code_of(heard, one.fingerprint or "")]
    for one in matching:
        click.echo(f"{one.terminal}: the code is that of its key.")
    if matching:
        return Exit.DONE
    click.echo("The code is that of another key: do not approve, and ask who reads it out.")
    return Exit.NO


def _of_state(state: Path, terminal: str | None) -> Label:
    kept = StateLayout(state).identity / CERTIFICATE_FILE
    if kept.exists():
        return _of_certificate(read_file(kept, MAX_CERTIFICATE))
    name = _named(terminal)
    from provisioning.cli.held import identity  # only before there is a certificate

    key = identity(state).key.public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Label(name, fingerprint=hashlib.sha256(spki).hexdigest())


def _named(terminal: str | None) -> str:
    if terminal is None:
        raise click.UsageError("there is no certificate yet: give --terminal.")
    return check_terminal(terminal)


def _of_certificate(data: bytes) -> Label:
    try:
        pem = data.lstrip().startswith(b"-----BEGIN")
        load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
        found = load(data)
        der = found.public_bytes(Encoding.DER)
        key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError as error:
        raise OfficeInputInvalid(
            "That is no certificate.", next_step="Give the terminal's certificate, PEM or DER."
        ) from error
    units = found.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    organisation = str(units[0].value) if units else None
    return Label(terminals.name_of(der), organisation, hashlib.sha256(key).hexdigest())
