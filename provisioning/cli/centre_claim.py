"""`tramthe centre claim`: what a blank terminal is given, so that it may ask for its certificate.

Not here: making claims (`provisioning.enrol.give`), what becomes of them (`provisioning.fleet`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import click

from edge.wire.claim import MAX_ANCHORS, Claim
from edge.wire.event import timestamp
from provisioning.centre.process import CentreFolder
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import PORT, Span, office_time
from provisioning.cli.pki_common import examples
from provisioning.enrol.give import MAX_AT_ONCE, Office, Wanted, give_out, qr_svg
from provisioning.errors import OfficeInputInvalid
from provisioning.fleet import claims
from provisioning.office.authority import read_certificate
from provisioning.office.first_pins import claim_file, people_for, sheet
from provisioning.office.recovery import load_key
from provisioning.office.tables import csv_rows

COLUMNS = ("terminal", "organisation", "technician")
HTTPS = 443
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group(
    epilog=examples(
        "tramthe centre claim new /srv/centre 99-0417 --organisation 01234567890123 \\",
        '  --technician "Hoa" --name centre.example.vn --anchor root.pem --output claims',
        "tramthe centre claim new /srv/centre --list box.csv --name centre.example.vn \\",
        "  --anchor root.pem --output claims --qr",
        "tramthe centre claim list /srv/centre",
    )
)
def claim() -> None:
    """Give out, show and take back the claims of blank terminals.

    A claim lets one terminal ask for its certificate, once: the first key that shows it wins. It
    waits for approval all the same: tramthe fleet approve.
    """


@claim.command(short_help="Make claims, a file for each terminal.")
@FOLDER
@click.argument("terminal", required=False)
@click.option("--organisation", help="Of TERMINAL: its code, 14 digits.")
@click.option("--technician", help="Who sets it up; also of a list that does not say.")
@click.option(
    "--list",
    "file",
    type=_FILE,
    help=f"Make one for each row of this CSV instead; columns: {', '.join(COLUMNS)}; at most"
    f" {MAX_AT_ONCE} rows.",
)
@click.option("--name", required=True, help="The centre's DNS name, as for `centre nginx`.")
@click.option("--port", type=PORT, default=HTTPS, show_default=True, help="Its port for TLS.")
@click.option(
    "--anchor",
    "anchors",
    type=_FILE,
    multiple=True,
    required=True,
    help="Certificate that nginx's own chains to; again. The terminals' authorities are added.",
)
@click.option(
    "--valid",
    type=Span(),
    default="7d",
    show_default=True,
    help="How long it may be used for the first time: hours or days, such as 48h.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for TERMINAL.claim.json, mode 0600.",
)
@click.option("--qr", is_flag=True, help="Write TERMINAL.claim.svg beside it: one QR code.")
@click.option(
    "--pins",
    is_flag=True,
    help="Draw a first PIN for each role: in the claim, and in TERMINAL.pins.txt for its people.",
)
@click.option(
    "--recovery-key",
    type=_FILE,
    help="The office's recovery key: the claim brings the terminal its secret for forgotten PINs.",
)
@click.option("--by", help="Who makes them; goes into the record.")
@DATABASE
def new(
    folder: Path,
    terminal: str | None,
    organisation: str | None,
    technician: str | None,
    file: Path | None,
    name: str,
    port: int,
    anchors: tuple[Path, ...],
    valid: timedelta,
    output: Path,
    qr: bool,
    pins: bool,
    recovery_key: Path | None,
    by: str | None,
    database: str | None,
) -> None:
    """Make a claim for TERMINAL, or one for each row of a list, all or none.

    An earlier claim of the same terminal that was not used is taken back. Whoever has the file may
    enrol in the terminal's place: it goes to the technician as a key would. PINs and the secret for
    forgotten ones outlive the claim: give them where the card stays in known hands until the first
    start, and set them at the terminal (tramthe people) where it does not.
    """
    if (terminal is None) is (file is None):
        raise click.UsageError("Give TERMINAL or --list, one of them.")
    if terminal is not None and (organisation is None or technician is None):
        raise click.UsageError("TERMINAL needs --organisation and --technician.")
    if file is not None:
        wanted = list(_rows(file, technician))
    else:
        wanted = [Wanted(str(terminal), str(organisation), str(technician))]
    held = CentreFolder.load(folder)
    office = Office(_address(name, port), _anchors(anchors, held.terminal_anchors))
    key = None if recovery_key is None else load_key(recovery_key)
    output.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opened(folder, database) as found, _all_or_none() as written:
        with found.writing() as connection:
            made = give_out(connection, wanted, office, office_time(), valid=valid, operator=by)
            files = []
            for one in made:
                people = people_for(one.terminal, pins=pins, recovery_key=key)
                files.append(claim_file(one, people))
                _write(_file(output, one, "json"), files[-1], written)
                if people is not None and people.pins:
                    _write(output / f"{one.terminal}.pins.txt", sheet(people), written)
        if qr:  # the database is not kept from others meanwhile
            for one, data in zip(made, files, strict=True):
                _write(_file(output, one, "svg"), qr_svg(data, one.terminal), written)
    for one in made:
        click.echo(f"{_file(output, one, 'json')}  until {one.until}")
    click.echo(f"{len(made)} made. Next, once they have asked: tramthe fleet approve")


@claim.command("list", short_help="Show claims, and what became of them.")
@FOLDER
@click.argument("terminal", required=False)
@DATABASE
def list_(folder: Path, terminal: str | None, database: str | None) -> None:
    """Show the claims of TERMINAL, or those of every terminal, oldest first.

    One line each: terminal, claim, organisation, technician, until when, and whether it is open,
    used (by which key), taken back or over, and how many wrong secrets were shown for it.
    """
    now = timestamp(office_time())
    with opened(folder, database) as found, found.reading() as connection:
        for one in claims.claims(connection, terminal):
            click.echo(
                f"{one.terminal}  {one.id}  {one.organisation}  {one.technician}  {one.until}"
                f"  {became(one, now)}"
            )


@claim.command(short_help="Take back the claims of a terminal.")
@FOLDER
@click.argument("terminals", metavar="TERMINALS", nargs=-1, required=True)
@click.option("--by", help="Who takes them back; goes into the record.")
@DATABASE
def revoke(folder: Path, terminals: tuple[str, ...], by: str | None, database: str | None) -> int:
    """Take back the claims of TERMINALS that nobody used yet.

    One that was used is no longer what lets the terminal in: refuse its request, or retire it
    (tramthe fleet). Exit status 1 where a terminal had no claim to take back.
    """
    status = 0
    with opened(folder, database) as found:
        for terminal in terminals:
            with found.writing() as connection:
                taken = claims.withdraw(connection, terminal, office_time(), by)
            click.echo(f"{terminal}: {', '.join(taken) if taken else 'no claim that is open'}")
            status = status if taken else 1
    return status


def became(one: claims.Claim, now: str) -> str:
    """Return what became of a claim, and what was tried with it."""
    if one.key is not None:
        said = f"used {one.used_at} by key {one.key[:16]}"
    elif one.withdrawn_at is not None:
        said = f"taken back {one.withdrawn_at}"
    else:
        said = "open" if now < one.until else "over"
    return said + (f", {one.wrong} wrong secrets" if one.wrong else "")


def _rows(file: Path, technician: str | None) -> Iterator[Wanted]:
    needed = COLUMNS if technician is None else COLUMNS[:2]
    with csv_rows(file, needed, COLUMNS[2:]) as rows:
        for number, row in enumerate(rows, start=1):
            if number > MAX_AT_ONCE:
                break  # one too many, which `give_out` refuses
            cells = row.cells
            yield Wanted(
                cells["terminal"], cells["organisation"], cells["technician"] or technician or ""
            )


def _address(name: str, port: int) -> str:
    return f"https://enrol.{name}" + ("" if port == HTTPS else f":{port}")


def _anchors(files: tuple[Path, ...], authorities: tuple[bytes, ...]) -> tuple[bytes, ...]:
    every = dict.fromkeys([*(read_certificate(file) for file in files), *authorities])
    if len(every) > MAX_ANCHORS:
        raise OfficeInputInvalid(
            f"A claim carries at most {MAX_ANCHORS} certificates, with the terminals' authorities.",
            next_step="Give the one that nginx's certificate chains to, and no other.",
        )
    return tuple(every)


def _file(folder: Path, one: Claim, form: str) -> Path:
    return folder / f"{one.terminal}.claim.{form}"


def _write(path: Path, data: bytes, written: list[Path]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    written.append(path)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


@contextmanager
def _all_or_none() -> Iterator[list[Path]]:
    """Give a list of the files that were made; where the block fails, they are taken away."""
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise
