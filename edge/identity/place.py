"""Where a terminal's private key lies: in a file, in a file that systemd opens, or in a token.

Lives here: the three kinds as values, and the one way to make a key and to find it again. Not here:
what the key signs (whoever asks for it), certificates (`key`), the kinds themselves (`key_file`,
`key_credential`, `key_token`).

A key's file names its kind by its suffix, so that a folder says by itself how it is read:

    .pem    EC P-256 private key, PKCS #8
    .cred   the same, sealed by `systemd-creds encrypt`
    .token  JSON: which key in which token of which PKCS #11 module

What comes out is an `ec.EllipticCurvePrivateKey` for all three: whoever signs cannot tell them
apart. Only the first two can be shown to OpenSSL for TLS (`exportable`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.config import Config
from edge.errors import KeyUnusable
from edge.files import erase_file, replace_file, sync_folder

MAX_FILE = 16 * 1024  # bytes of a key's file


@unique
class KeyKind(StrEnum):
    """The kinds."""

    FILE = "file"
    CREDENTIAL = "systemd-creds"
    TOKEN = "pkcs11"  # noqa: S105 -- a kind of key


SUFFIXES = {KeyKind.FILE: ".pem", KeyKind.CREDENTIAL: ".cred", KeyKind.TOKEN: ".token"}


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """How new keys are made. `module`, `token` and `pin_file` are those of a token."""

    kind: KeyKind = KeyKind.FILE
    module: Path | None = None
    token: str | None = None
    pin_file: Path | None = None


FILE = KeyPlace()


def place_of(config: Config) -> KeyPlace:
    """Return how a terminal of this configuration makes its keys."""
    return KeyPlace(
        KeyKind(config.key_kind), config.key_module, config.key_token, config.key_pin_file
    )


def held(folder: Path, name: str) -> KeyKind | None:
    """Return the kind of the key `name` in `folder`, None where there is none. Raises OSError."""
    found = [kind for kind, suffix in SUFFIXES.items() if (folder / (name + suffix)).exists()]
    return found[0] if found else None


def make(folder: Path, name: str, place: KeyPlace) -> ec.EllipticCurvePrivateKey:
    """Make a key and keep it in `folder` under `name`, durably; then return it.

    Raises KeyUnusable where the kind cannot be had here, OSError.
    """
    match place.kind:
        case KeyKind.FILE:
            key = ec.generate_private_key(ec.SECP256R1())
            data = to_pem(key)
        case KeyKind.CREDENTIAL:
            from edge.identity import key_credential  # few terminals have it

            key = ec.generate_private_key(ec.SECP256R1())
            data = key_credential.seal(to_pem(key))
        case KeyKind.TOKEN:
            from edge.identity import key_token  # as above

            key, data = key_token.make(place)
    replace_file(folder / (name + SUFFIXES[place.kind]), data)
    return key


def load(folder: Path, name: str, kind: KeyKind) -> ec.EllipticCurvePrivateKey:
    """Return the key `name` of this kind in `folder`. Raises KeyUnusable, OSError."""
    data = _read(folder / (name + SUFFIXES[kind]))
    match kind:
        case KeyKind.FILE:
            return from_pem(data)
        case KeyKind.CREDENTIAL:
            from edge.identity import key_credential  # few terminals have it

            given = name == key_credential.NAME
            return from_pem(key_credential.open_sealed(data, given=given))
        case KeyKind.TOKEN:
            from edge.identity import key_token  # as above

            return key_token.load(data)


def move(folder: Path, name: str, to: str, aside: str) -> None:
    """Let the key `name` take the place of the key `to`, which is kept as `aside`.

    At no moment is there neither; may be done again after it was cut short. Raises OSError.
    """
    kind = held(folder, name)
    if kind is None:
        return
    for suffix in SUFFIXES.values():
        with suppress(FileNotFoundError, FileExistsError):
            (folder / (aside + suffix)).hardlink_to(folder / (to + suffix))
    sync_folder(folder)
    own = SUFFIXES[kind]
    (folder / (name + own)).replace(folder / (to + own))
    for suffix in SUFFIXES.values():
        if suffix != own:
            (folder / (to + suffix)).unlink(missing_ok=True)
    sync_folder(folder)


def destroy(folder: Path, name: str) -> None:
    """Erase the key `name`, where there is one, in its token too. Raises OSError."""
    token = folder / (name + SUFFIXES[KeyKind.TOKEN])
    if token.exists():
        from edge.identity import key_token  # few terminals have it

        with suppress(KeyUnusable):  # a token that is gone keeps what is worthless without it
            key_token.destroy(_read(token))
    for suffix in SUFFIXES.values():
        erase_file(folder / (name + suffix))


def exportable(key: ec.EllipticCurvePrivateKey) -> bool:
    """Return whether OpenSSL can be handed the key: one in a token cannot leave it."""
    return not getattr(key, "stays_in_token", False)


def to_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as PKCS #8."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def from_pem(data: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key in PKCS #8. Raises KeyUnusable."""
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise unusable("The terminal's private key is damaged.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise unusable("The terminal's private key is not on P-256.")
    return key


def unusable(message: str) -> KeyUnusable:
    """Return the error of a key that cannot be used."""
    return KeyUnusable(
        message,
        next_step="Restore the identity folder from the disk, or enrol the terminal anew.",
    )


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE)
