"""The terminal's identity folder: made once, on the terminal, and read at each start.

Lives here: the files and their permissions. Not here: asking for a certificate (enrolment), what
the keys sign and wrap (`edge.wire`, `edge.log`).

    terminal-key.pem   EC P-256 private key, PKCS #8; never leaves the terminal
    wrap.key           32 random bytes that wrap the keys of living contexts
    terminal.der       the certificate, once issued
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import ConfigInvalid, RecordingLocked
from edge.files import replace_file
from edge.log.fault import LogFault
from edge.log.keys import WRAP_KEY_SIZE

KEY_FILE = "terminal-key.pem"
WRAP_FILE = "wrap.key"
CERTIFICATE_FILE = "terminal.der"
MAX_FILE = 16 * 1024  # bytes of each

_FOLDER_MODE = 0o700
_NEXT_STEP = "Restore the identity folder from the terminal's disk, or enrol the terminal anew."


@dataclass(frozen=True, slots=True)
class TerminalIdentity:
    """The terminal's own keys. `certificate` is DER, None until one is issued."""

    terminal_id: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes | None = field(repr=False)
    wrap_key: bytes = field(repr=False)


def load_or_create(
    folder: Path, terminal_id: str, rng: Callable[[int], bytes] = os.urandom
) -> TerminalIdentity:
    """Return the identity in `folder`, made now where the folder holds none.

    Raises RecordingLocked (LOG_KEY_MISSING) where a file is missing, damaged or unreadable: a
    new key in its place would make the log of an open meeting unreadable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        with suppress(OSError):  # a read-only disk: the keys are still good for reading
            folder.chmod(_FOLDER_MODE)
        if not (folder / KEY_FILE).exists():
            _create(folder, rng)
        return _load(folder, terminal_id)
    except OSError as error:
        raise _missing("The terminal's identity folder cannot be read or made.") from error


def store_certificate(
    folder: Path, identity: TerminalIdentity, certificate: bytes
) -> TerminalIdentity:
    """Keep the certificate (DER) issued for this terminal's key and return the identity with it.

    Raises ConfigInvalid for a certificate of another key, RecordingLocked where the disk refuses.
    """
    if _public_key(certificate) != identity.key.public_key():
        raise ConfigInvalid(
            "The certificate is not for this terminal's key.",
            next_step="Ask the office for the certificate of this terminal.",
        )
    try:
        replace_file(folder / CERTIFICATE_FILE, certificate, mode=0o644)
    except OSError as error:
        raise _missing("The terminal's certificate cannot be kept.") from error
    return TerminalIdentity(identity.terminal_id, identity.key, certificate, identity.wrap_key)


def _create(folder: Path, rng: Callable[[int], bytes]) -> None:
    """Write the private key last: its presence says that the folder is complete."""
    if not (folder / WRAP_FILE).exists():
        replace_file(folder / WRAP_FILE, rng(WRAP_KEY_SIZE))
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    replace_file(folder / KEY_FILE, pem)


def _load(folder: Path, terminal_id: str) -> TerminalIdentity:
    try:
        key = serialization.load_pem_private_key(_read(folder / KEY_FILE), password=None)
    except (ValueError, TypeError) as error:
        raise _missing("The terminal's private key is damaged.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _missing("The terminal's private key is not on P-256.")
    wrap_key = _read(folder / WRAP_FILE)
    if len(wrap_key) != WRAP_KEY_SIZE:
        raise _missing("The terminal's wrap key is damaged.")
    certificate = None
    if (folder / CERTIFICATE_FILE).exists():
        certificate = _read(folder / CERTIFICATE_FILE)
        if _public_key(certificate) != key.public_key():
            raise _missing("The terminal's certificate is not that of its key.")
    return TerminalIdentity(terminal_id, key, certificate, wrap_key)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE)


def _public_key(certificate: bytes) -> object:
    try:
        return x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        return None


def _missing(message: str) -> RecordingLocked:
    return RecordingLocked(message, next_step=_NEXT_STEP, fault=LogFault.KEY_MISSING.value)
