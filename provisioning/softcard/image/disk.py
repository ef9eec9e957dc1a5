"""A card's folder: the description, the files, the private keys.

Lives here: what lies where, and that keys are their owner's alone. Not here: what the
description says (`toml`).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.softcard.image import toml
from provisioning.softcard.image.parts import MAX_FILE, ActiveAuth, ChipAuth, ChipAuthKey
from provisioning.softcard.image.toml import Description, invalid

if TYPE_CHECKING:
    from provisioning.softcard.image.card import CardImage

MAX_FILES = 64  # in one folder
MAX_CARD_TOML = 16 * 1024  # bytes
MAX_KEY = 8192  # bytes
OWNER_ONLY = 0o600
DESCRIPTION = "card.toml"
KEYS = "keys"
ACTIVE_KEY = "active-auth.der"
OTHER = "other"


def save(image: CardImage, folder: Path) -> None:
    """Write a card into a folder that does not exist yet, or is empty.

    Raises SoftCardInvalid where it is not, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise invalid(folder, "the folder", "it is not empty")
        for part, files in (("mf", image.mf_files), ("app", image.app_files)):
            target = folder / "files" / part
            target.mkdir(parents=True)
            for number, content in files.items():
                (target / f"{number:04X}.bin").write_bytes(content)
        keys = _keys_of(image)
        if keys:
            (folder / KEYS).mkdir()
        for name, content in keys.items():
            _write_secret(folder / KEYS / name, content)
        _write_secret(folder / DESCRIPTION, toml.write(image).encode())
        if image.other is not None:
            save(image.other, folder / OTHER)
    except OSError as error:
        raise invalid(folder, "the folder", f"it cannot be written ({error.strerror})") from error


def load(kind: type[CardImage], folder: Path, *, inside: bool = False) -> CardImage:
    """Read a card; `inside`: it is another card's `other`, and has none itself.

    Raises SoftCardInvalid naming the key or file at fault.
    """
    try:
        described = toml.read(folder, _read(folder / DESCRIPTION, MAX_CARD_TOML))
    except FileNotFoundError as error:
        raise invalid(folder, DESCRIPTION, "it is missing") from error
    except OSError as error:
        raise invalid(folder, DESCRIPTION, f"it cannot be read ({error.strerror})") from error
    has_other = not inside and (folder / OTHER).is_dir()
    try:
        return kind(
            name=described.name,
            title=described.title,
            atr=described.atr,
            aid=described.aid,
            mf_files=_read_files(folder, "mf", described.mf_files),
            app_files=_read_files(folder, "app", described.app_files),
            access=described.access,
            chip_auth=_read_chip_auth(folder, described),
            active_auth=_read_active_auth(folder, described),
            hidden=described.hidden,
            behaviour=described.behaviour,
            faults=described.faults,
            other=load(kind, folder / OTHER, inside=True) if has_other else None,
        )
    except OSError as error:
        raise invalid(folder, "a file", f"it cannot be read ({error.strerror})") from error


def _keys_of(image: CardImage) -> dict[str, bytes]:
    keys = {_chip_key(n): key.secret for n, key in enumerate(image.chip_auth.keys, start=1)}
    if image.active_auth is not None:
        keys[ACTIVE_KEY] = image.active_auth.key
    return keys


def _chip_key(number: int) -> str:
    return f"chip-auth-{number}.bin"


def _read_files(folder: Path, part: str, numbers: frozenset[int]) -> dict[int, bytes]:
    target = folder / "files" / part
    wanted = {f"{number:04X}.bin": number for number in numbers}
    found = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if len(wanted) > MAX_FILES or found != wanted.keys():
        raise invalid(
            folder, f"{part}_files", f"the files in {target.relative_to(folder)} are others"
        )
    return {number: _read(target / name, MAX_FILE) for name, number in wanted.items()}


def _read_chip_auth(folder: Path, described: Description) -> ChipAuth:
    return ChipAuth(
        tuple(
            ChipAuthKey(
                row.parameter_id, _read_key(folder, _chip_key(n)), row.key_id, row.protocols
            )
            for n, row in enumerate(described.chip_keys, start=1)
        )
    )


def _read_active_auth(folder: Path, described: Description) -> ActiveAuth | None:
    if described.active_auth is None:
        if (folder / KEYS / ACTIVE_KEY).exists():
            raise invalid(folder, "active_auth", f"it is missing, and {ACTIVE_KEY} is there")
        return None
    return ActiveAuth(_read_key(folder, ACTIVE_KEY), *described.active_auth)


def _read_key(folder: Path, name: str) -> bytes:
    path = folder / KEYS / name
    if not path.exists():
        raise invalid(folder, f"{KEYS}/{name}", "it is missing")
    if stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
        raise invalid(folder, f"{KEYS}/{name}", "others than its owner may read it")
    return _read(path, MAX_KEY)


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise invalid(path.parent, path.name, f"it is larger than {limit} bytes")
    return data


def _write_secret(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
