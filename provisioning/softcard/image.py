"""A software card at rest: a folder with `card.toml`, the files and the chip's private key.

Lives here: the value and its form on disk, written by `provisioning.office.personalise` and read
by `chip`. Not here: the chip's behaviour.

    card.toml            name, title, passwords, PACE parameters, which files there are (0600)
    files/mf/011C.bin    files of the master file, by identifier
    files/app/0101.bin   files of the application
    key.der              active authentication's private key, PKCS#8 DER (0600), if there is one

The two folders are apart because identifiers are not: 011D is EF.CardSecurity in the master file
and EF.SOD in the application (Doc 9303-10 section 4).
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.pace import PROTOCOL
from reader import curves

MAX_FILE = 65_535  # bytes: a size is two bytes in a chip's file description
MAX_FILES = 64  # in one folder
MAX_CARD_TOML = 16 * 1024  # bytes
MAX_KEY = 4096  # bytes
MAX_TITLE = 200  # characters
OWNER_ONLY = 0o600

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_CAN = re.compile(r"[0-9]{6}")  # Doc 9303-11 section 4.4: six digits
_MRZ = re.compile(r"[A-Z0-9<]{9,40}")
_FILE_NAME = re.compile(r"[0-9A-F]{4}")
_REQUIRED = {
    "name": str,
    "title": str,
    "atr": str,
    "aid": str,
    "pace_parameter_id": int,
    "pace_protocol": str,
    "mf_files": list,
    "app_files": list,
    "hidden": list,
}
_OPTIONAL = {"can": str, "mrz_information": str, "can_tries": int}


@dataclass(frozen=True, slots=True)
class CardImage:
    """Everything a chip of the eMRTD kind carries. Raises SoftCardInvalid naming the field.

    `mf_files` and `app_files` map file identifiers (0x011C) to contents; `hidden` names
    application files that SELECT and READ answer with 6A82 though personalised.
    `mrz_information` is document number, birth and expiry with check digits.
    `active_auth_key` is a PKCS#8 DER private key, None for a chip without one.
    """

    name: str
    title: str
    atr: bytes
    aid: bytes
    mf_files: Mapping[int, bytes] = field(repr=False)
    app_files: Mapping[int, bytes] = field(repr=False)
    can: str | None = field(default=None, repr=False)
    mrz_information: str | None = field(default=None, repr=False)
    pace_parameter_id: int = 12
    pace_protocol: str = PROTOCOL
    active_auth_key: bytes | None = field(default=None, repr=False)
    hidden: frozenset[int] = frozenset()
    can_tries: int | None = 3
    """Tries that a chip counts down on a wrong CAN; None for a chip that does not count."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mf_files", MappingProxyType(dict(self.mf_files)))
        object.__setattr__(self, "app_files", MappingProxyType(dict(self.app_files)))
        _check(self)

    def save(self, folder: Path) -> None:
        """Write the card into a folder that does not exist yet, or is empty.

        Raises SoftCardInvalid where it is not, or cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise _invalid(folder, "the folder", "it is not empty")
            for part, files in (("mf", self.mf_files), ("app", self.app_files)):
                target = folder / "files" / part
                target.mkdir(parents=True)
                for number, content in files.items():
                    (target / f"{number:04X}.bin").write_bytes(content)
            if self.active_auth_key is not None:
                _write_secret(folder / "key.der", self.active_auth_key)
            _write_secret(folder / "card.toml", _to_toml(self).encode())
        except OSError as error:
            raise _invalid(
                folder, "the folder", f"it cannot be written ({error.strerror})"
            ) from error

    @classmethod
    def load(cls, folder: Path) -> CardImage:
        """Read a card. Raises SoftCardInvalid naming the key or file at fault."""
        fields = _parse_toml(folder)
        lists = {
            key: frozenset(_file_number(folder, key, item) for item in fields.pop(key))
            for key in ("mf_files", "app_files", "hidden")
        }
        try:
            return cls(
                **{key: fields.pop(key) for key in ("name", "title", "can", "mrz_information")},
                atr=_hex(folder, "atr", fields["atr"]),
                aid=_hex(folder, "aid", fields["aid"]),
                mf_files=_read_files(folder, "mf", lists["mf_files"]),
                app_files=_read_files(folder, "app", lists["app_files"]),
                pace_parameter_id=fields["pace_parameter_id"],
                pace_protocol=fields["pace_protocol"],
                active_auth_key=_read_key(folder),
                hidden=lists["hidden"],
                can_tries=fields["can_tries"],
            )
        except OSError as error:
            raise _invalid(folder, "a file", f"it cannot be read ({error.strerror})") from error


def _check(image: CardImage) -> None:
    files = [*image.mf_files.items(), *image.app_files.items()]
    rules: tuple[tuple[str, bool, str], ...] = (
        ("name", bool(_NAME.fullmatch(image.name)), "small letters, digits and hyphens, up to 60"),
        (
            "title",
            0 < len(image.title) <= MAX_TITLE and image.title.isprintable(),
            f"1 to {MAX_TITLE} printable characters",
        ),
        ("atr", 2 <= len(image.atr) <= 33 and image.atr[0] in {0x3B, 0x3F}, "an ISO 7816-3 ATR"),
        ("aid", 5 <= len(image.aid) <= 16, "5 to 16 bytes"),
        ("can", image.can is None or bool(_CAN.fullmatch(image.can)), "six digits"),
        (
            "mrz_information",
            image.mrz_information is None or bool(_MRZ.fullmatch(image.mrz_information)),
            "document number, birth and expiry with check digits",
        ),
        (
            "pace_parameter_id",
            curves.by_parameter_id(image.pace_parameter_id) is not None,
            "an id of Doc 9303-11 section 9.5.1 with an elliptic curve",
        ),
        ("pace_protocol", image.pace_protocol == PROTOCOL, f"{PROTOCOL}, which the chip speaks"),
        ("can_tries", image.can_tries is None or image.can_tries > 0, "at least 1, or absent"),
        (
            "mf_files or app_files",
            all(0 < number < 0x10000 and len(content) <= MAX_FILE for number, content in files),
            f"two-byte identifiers, contents up to {MAX_FILE} bytes",
        ),
    )
    for key, holds, wanted in rules:
        if not holds:
            raise SoftCardInvalid(
                f"The software card's {key} cannot be used: it has to be {wanted}.",
                next_step="Correct it, or personalise the card again.",
            )


def _to_toml(image: CardImage) -> str:
    values: dict[str, str | int | list[str] | None] = {
        "name": image.name,
        "title": image.title,
        "atr": image.atr.hex(),
        "aid": image.aid.hex(),
        "pace_parameter_id": image.pace_parameter_id,
        "pace_protocol": image.pace_protocol,
        "can": image.can,
        "mrz_information": image.mrz_information,
        "can_tries": image.can_tries,
        "mf_files": [f"{number:04X}" for number in sorted(image.mf_files)],
        "app_files": [f"{number:04X}" for number in sorted(image.app_files)],
        "hidden": [f"{number:04X}" for number in sorted(image.hidden)],
    }
    # Printable text quoted as JSON is a TOML basic string, and lists of such are TOML arrays.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in values.items()
        if value is not None
    ]
    return "\n".join(lines) + "\n"


def _parse_toml(folder: Path) -> dict[str, Any]:
    path = folder / "card.toml"
    try:
        fields = tomllib.loads(_read(path, MAX_CARD_TOML).decode())
    except FileNotFoundError as error:
        raise _invalid(folder, "card.toml", "it is missing") from error
    except OSError as error:
        raise _invalid(folder, "card.toml", f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise _invalid(folder, "card.toml", "it is not a text file") from error
    except tomllib.TOMLDecodeError as error:
        raise _invalid(folder, "card.toml", str(error)) from error
    except RecursionError as error:
        raise _invalid(folder, "card.toml", "it is nested too deeply") from error
    known = _REQUIRED | _OPTIONAL
    for key, value in fields.items():
        if key not in known:
            raise _invalid(folder, key, "there is no such key")
        if type(value) is not known[key]:
            raise _invalid(folder, key, "it has the wrong type")
    for key in _REQUIRED:
        if key not in fields:
            raise _invalid(folder, key, "it is missing")
    return dict.fromkeys(_OPTIONAL) | fields


def _file_number(folder: Path, key: str, item: object) -> int:
    if not isinstance(item, str) or not _FILE_NAME.fullmatch(item):
        raise _invalid(folder, key, "its entries are four hexadecimal digits in capitals")
    return int(item, 16)


def _hex(folder: Path, key: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise _invalid(folder, key, "it is not hexadecimal") from error


def _read_files(folder: Path, part: str, numbers: frozenset[int]) -> dict[int, bytes]:
    key = f"{part}_files"
    target = folder / "files" / part
    wanted = {f"{number:04X}.bin": number for number in numbers}
    found = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if len(wanted) > MAX_FILES or found != wanted.keys():
        raise _invalid(folder, key, f"the files in {target.relative_to(folder)} are others")
    return {number: _read(target / name, MAX_FILE) for name, number in wanted.items()}


def _read_key(folder: Path) -> bytes | None:
    path = folder / "key.der"
    if not path.exists():
        return None
    if stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
        raise _invalid(folder, "key.der", "others than its owner may read it")
    return _read(path, MAX_KEY)


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _invalid(path.parent, path.name, f"it is larger than {limit} bytes")
    return data


def _write_secret(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _invalid(folder: Path, key: str, why: str) -> SoftCardInvalid:
    return SoftCardInvalid(
        f"The software card in {folder.name} cannot be used, {key}: {why}.",
        next_step="Correct it, or personalise the card again into an empty folder.",
    )
