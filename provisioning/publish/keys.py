"""A role's key: one encrypted file for its holder, one public file for everybody else.

Lives here: making, reading and naming keys (Ed25519). Not here: what is signed (`ceremony`). The
private file is encrypted under the holder's passphrase (`office.key_file`); each holder makes his
own, on a machine without a network, and gives only the public file away.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey

from provisioning.errors import OfficeInputInvalid
from provisioning.office import key_file
from provisioning.office.recovery import write_new

PUBLIC_SUFFIX = ".pub"
OWNER = "x-tramthe-owner"
"""Member of a key's metadata: whose it is, for people who sign; no rule reads it."""


def make_key(path: Path, passphrase: str, *, cost: int = key_file.COST) -> Path:
    """Make a key in `path` and its public part beside it; return the public file's path.

    `cost`: `office.key_file`'s. Raises OfficeInputInvalid for a short passphrase or a file that
    stands, OSError.
    """
    key = ed25519.Ed25519PrivateKey.generate()
    private = key_file.encrypt(key, passphrase, cost=cost)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    beside = path.with_name(path.name + PUBLIC_SUFFIX)
    try:
        write_new(path, private)
        write_new(beside, public)
    except FileExistsError as error:
        raise OfficeInputInvalid(
            f"{error.filename} stands already, and keys are never overwritten.",
            next_step="Use the key that lies there, or name a new file.",
        ) from error
    return beside


def load_public(path: Path) -> SSlibKey:
    """Return a public key; its owner is the file's name. Raises OfficeInputInvalid, OSError."""
    try:
        public = load_pem_public_key(path.read_bytes())
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise ValueError("another kind of key")
        key = SSlibKey.from_crypto(public)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise OfficeInputInvalid(
            f"{path} holds no public key of a role.",
            next_step="Give the .pub file that `tramthe centre publish key` made.",
        ) from error
    key.unrecognized_fields[OWNER] = path.name.removesuffix(PUBLIC_SUFFIX).removesuffix(".pem")
    return key


def load_signer(path: Path, passphrase: str) -> CryptoSigner:
    """Return what signs with a private file. Raises OfficeInputInvalid, OSError."""
    key = key_file.decrypt(path.read_bytes(), passphrase)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise OfficeInputInvalid(
            f"{path} is not a role's key.",
            next_step="Give the file that `tramthe centre publish key` made.",
        )
    return CryptoSigner(key)


def owner_of(key: object) -> str:
    """Return a key's owner, for people."""
    fields = getattr(key, "unrecognized_fields", {})
    return str(fields.get(OWNER) or getattr(key, "keyid", "?")[:12])
