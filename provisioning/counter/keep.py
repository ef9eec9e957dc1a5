"""Where the pilot keeps its organisations' counter authorities: a folder each, below the pilot's.

    counter/CODE/root.pem      what PCs install; its private key was never written
    counter/CODE/issuing.pem
    counter/CODE/issuing.key.pem

Lives here: the files. Not here: what the certificates say (`authority`). An authority is never
overwritten: a new one gets its number behind the code, and the newest is the one in use.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.counter import authority, confined
from provisioning.counter.authority import CounterAuthority
from provisioning.counter.hosts import Hosts
from provisioning.errors import OfficeInputInvalid
from provisioning.office.certificates import to_pem
from provisioning.office.pilot import create_file
from provisioning.office.pki import Authority, Rng, key_pem

FOLDER = "counter"
ROOT, ISSUING, KEY = "root.pem", "issuing.pem", "issuing.key.pem"
MAX_FILE = 16 * 1024  # bytes of each
MAX_AUTHORITIES = 99  # of one organisation


def in_use(office: Path, code: str) -> CounterAuthority | None:
    """Return the organisation's newest authority, None where it has none.

    Raises OfficeInputInvalid for one that cannot be used.
    """
    newest = None
    for number in range(1, MAX_AUTHORITIES + 1):
        folder = _folder(office, code, number)
        if not folder.is_dir():
            break
        newest = folder
    return None if newest is None else _load(newest)


def make(
    office: Path, code: str, hosts: Hosts, *, at: datetime, rng: Rng = os.urandom
) -> CounterAuthority:
    """Make another authority of the organisation and keep it.

    Raises OfficeInputInvalid, OSError.
    """
    made = authority.create(code, hosts, at=at, rng=rng)
    for number in range(1, MAX_AUTHORITIES + 1):
        folder = _folder(office, code, number)
        try:
            folder.parent.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        create_file(folder / KEY, key_pem(made.issuing.key), 0o600)
        create_file(folder / ISSUING, to_pem(made.issuing.certificate), 0o644)
        create_file(folder / ROOT, to_pem(made.root), 0o644)
        return made
    raise OfficeInputInvalid(
        f"The organisation {code} has {MAX_AUTHORITIES} counter authorities already.",
        next_step="Put those away that no PC has any more.",
    )


def _folder(office: Path, code: str, number: int) -> Path:
    return office / FOLDER / (code if number == 1 else f"{code}_{number}")


def _load(folder: Path) -> CounterAuthority:
    try:
        root = x509.load_pem_x509_certificate(_read(folder / ROOT))
        issuing = x509.load_pem_x509_certificate(_read(folder / ISSUING))
        key = serialization.load_pem_private_key(_read(folder / KEY), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(folder, "a file is missing or damaged") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or issuing.public_key() != key.public_key():
        raise _unusable(folder, "the private key is another one's")
    if not confined.is_confined(root) or not confined.is_confined(issuing):
        raise _unusable(folder, "it is not confined to a counter's names")
    return CounterAuthority(
        root.public_bytes(Encoding.DER), Authority(issuing.public_bytes(Encoding.DER), key)
    )


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE)


def _unusable(folder: Path, why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The counter authority in {folder} cannot be used: {why}.",
        next_step="Restore the folder from its copy, or make a new one with --new-authority.",
    )
