"""`tramthe pki terminal-ca`, `centre-keys`, `centre-folder`, `trust-root`, `trust-list`."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.ceremony import centre_keys as centre_acts
from provisioning.ceremony import terminal_ca as terminal_acts
from provisioning.ceremony import trust_root as acts
from provisioning.ceremony.centre_keys import CENTRE_KEYS, MAX_PUBLIC, read_public
from provisioning.ceremony.folder import opened
from provisioning.ceremony.parts import Name
from provisioning.ceremony.trust_root import TRUST_ROOT
from provisioning.cli.anchors import difference, show_difference, trust_rows
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
from provisioning.errors import OfficeInputInvalid
from provisioning.office.authority import read_certificate
from verify.trust import Anchor, AnchorPurpose, CentreKey


@click.command(
    "terminal-ca",
    short_help="Make the authority that names terminals in FOLDER.",
    epilog=examples(
        'tramthe pki terminal-ca /media/root/terminals --name "Tram The terminals" \\',
        '  --organisation "Van phong Trung uong"',
    ),
)
@FOLDER
@name_options
@act_options
def terminal_ca(folder: Path, name: Name, descriptor: int | None, yes: bool) -> None:
    """Make the authority that names terminals: its key, and its certificate for fifteen years.

    It signs a terminal's request by `tramthe pki sign`; its certificate goes on the trust list.
    """
    act = terminal_acts.create(name, office_time())
    make(folder, act, descriptor=descriptor, yes=yes)


@click.command(
    "centre-keys",
    short_help="Make the centre's keys in FOLDER.",
    epilog=examples(
        'tramthe pki centre-keys /media/root/centre --name "Trung tam" \\',
        '  --organisation "Van phong Trung uong" --parts 2',
    ),
)
@FOLDER
@name_options
@act_options
def centre_keys(folder: Path, name: Name, descriptor: int | None, yes: bool) -> None:
    """Make the key that opens what terminals seal, and the key that signs the centre's answers.

    `public/centre.json` goes on the trust list. FOLDER opens names and numbers: it lies where
    `tramthe centre open` runs, and never on a machine that serves.
    """
    act = centre_acts.create(name)
    make(folder, act, descriptor=descriptor, yes=yes)


@click.command(
    "centre-folder",
    short_help="Make the folder that a centre serves from.",
    epilog=examples(
        "tramthe pki centre-folder /media/root/centre /srv/centre --terminal-ca terminals.pem"
    ),
)
@FOLDER
@click.argument("centre", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--terminal-ca",
    "authorities",
    type=FILE,
    multiple=True,
    required=True,
    help="Certificate of an authority that names terminals; again.",
)
@act_options
def centre_folder(
    folder: Path, centre: Path, authorities: tuple[Path, ...], descriptor: int | None, yes: bool
) -> None:
    """Make the new folder CENTRE for `tramthe centre serve`, with the signing key of FOLDER.

    There the signing key lies in the clear, mode 0600: a centre starts without anybody. The key
    that opens what terminals seal is not given.
    """
    # The whole centre, which no other act of an authority needs.
    from provisioning.centre.process import make_folder

    anchors = [read_certificate(path) for path in authorities]
    if centre.exists():
        raise OfficeInputInvalid(
            f"{centre} stands already, and keys are never overwritten.",
            next_step="Name a new folder.",
        )
    taken: list[tuple[str, ec.EllipticCurvePrivateKey]] = []
    with opened(folder) as held:
        held.require_role(CENTRE_KEYS)
        act = centre_acts.hand_over(held, str(centre), lambda *pair: taken.append(pair))
        carry_out(held, act, descriptor=descriptor, yes=yes)
    for kid, key in taken:
        make_folder(centre, key, kid, anchors)
    click.echo(f"Next: tramthe centre serve {centre}")


@click.command(
    "trust-root",
    short_help="Make the root of trust in FOLDER.",
    epilog=examples(
        'tramthe pki trust-root /media/root/trust --name "Goc tin cay" \\',
        '  --organisation "Van phong Trung uong" --parts 2',
    ),
)
@FOLDER
@name_options
@act_options
def trust_root(folder: Path, name: Name, descriptor: int | None, yes: bool) -> None:
    """Make the key that signs the trust list. Its public half is all that a terminal is given.

    `public/root.pem` goes to every terminal by hand, when it is provisioned: whoever changes it
    there, or has this key, decides what a terminal believes.
    """
    act = acts.create(name)
    make(folder, act, descriptor=descriptor, yes=yes)


@click.command(
    "trust-list",
    short_help="Sign the list of everything that terminals believe.",
    epilog=examples(
        "tramthe pki trust-list /media/root/trust --document dang-vien=csca-1.pem \\",
        "  --document dang-vien=csca-2.pem --card-status status.pem \\",
        "  --terminal terminals.pem --centre centre.json",
    ),
)
@FOLDER
@click.option(
    "--document",
    "documents",
    multiple=True,
    metavar="PROFILES=FILE",
    help="An authority for the cards of these profiles, with commas between them; again.",
)
@click.option("--card-status", "status", type=FILE, multiple=True, help="A status signer; again.")
@click.option(
    "--terminal", "terminals", type=FILE, multiple=True, help="A terminals' authority; again."
)
@click.option("--centre", "centres", type=FILE, multiple=True, help="A centre.json; again.")
@act_options
def trust_list(
    folder: Path,
    documents: tuple[str, ...],
    status: tuple[Path, ...],
    terminals: tuple[Path, ...],
    centres: tuple[Path, ...],
    descriptor: int | None,
    yes: bool,
) -> None:
    """Sign the trust list: all of it, each time. What is left out is believed no more.

    Shows what comes and goes against the last list before anything is signed. Terminals take it by
    `tramthe trust import`, or from the repository as trust/trust-list.jws.
    """
    anchors = [
        *(_document(text) for text in documents),
        *(acts.status_anchor(read_certificate(path)) for path in status),
        *(Anchor(AnchorPurpose.TERMINAL, read_certificate(path)) for path in terminals),
    ]
    keys: list[CentreKey] = []
    for path in centres:
        keys += read_public(read_file(path, MAX_PUBLIC))
    with opened(folder) as held:
        held.require_role(TRUST_ROOT)
        act, made = acts.trust_list(held, anchors, keys, office_time())
        show_difference(*difference(trust_rows(acts.last_list(held)), trust_rows(made)))
        carry_out(held, act, descriptor=descriptor, yes=yes)


def _document(text: str) -> Anchor:
    profiles, _, file = text.partition("=")
    names = frozenset(name.strip() for name in profiles.split(",") if name.strip())
    if not names or not file:
        raise click.UsageError("--document takes PROFILES=FILE, such as dang-vien=csca.pem")
    return Anchor(AnchorPurpose.DOCUMENT, read_certificate(Path(file)), names)
