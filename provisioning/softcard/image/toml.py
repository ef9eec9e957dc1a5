"""`card.toml`: a card's description as text, without its files and keys.

Lives here: writing and reading it, key by key. Not here: files and keys (`disk`), what values are
allowed (`parts`, `card`).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.image.parts import (
    Access,
    Behaviour,
    Faults,
    FileEnd,
    PaceOffer,
    Signature,
)
from provisioning.softcard.protocols import ChipAuthProtocol, PaceProtocol

if TYPE_CHECKING:
    from provisioning.softcard.image.card import CardImage

_FILE_NAME = re.compile(r"[0-9A-F]{4}")
_Types = Mapping[str, type]

_TOP: _Types = {
    "name": str,
    "title": str,
    "atr": str,
    "aid": str,
    "mf_files": list,
    "app_files": list,
    "hidden": list,
    "access": dict,
}
_TOP_OPTIONAL: _Types = {"chip_auth": dict, "active_auth": dict, "behaviour": dict, "faults": dict}
_ACCESS: _Types = {
    "can": str,
    "mrz_information": str,
    "bac": bool,
    "can_tries": int,
    "can_tries_left": int,
    "wrong_delay": float,
    "pace": list,
}
_OFFER: _Types = {"protocol": str, "parameter_id": int}
_CHIP_KEY: _Types = {"parameter_id": int}
_CHIP_KEY_OPTIONAL: _Types = {"key_id": int, "protocols": list}
_ACTIVE: _Types = {"hash": str, "signature": str}
_BEHAVIOUR: _Types = {
    "master_file": bool,
    "no_short_identifiers": str,
    "extended_length": bool,
    "max_le": int,
    "command_buffer": int,
    "answer_buffer": int,
    "command_chaining": bool,
    "response_block": int,
    "read_limit": int,
    "file_end": str,
    "odd_read": bool,
    "odd_read_from": int,
    "wait": float,
    "wait_at": int,
}
_FAULTS: _Types = {
    "stall_at": int,
    "endless_at": int,
    "bare_status_at": int,
    "bare_status": str,
    "wrong_checksum_at": int,
    "swap_at": int,
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One of `chip_auth.keys`, without the private number."""

    parameter_id: int
    key_id: int | None
    protocols: tuple[ChipAuthProtocol, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What card.toml says. Files are named by identifier; `active_auth` is hash and encoding."""

    name: str
    title: str
    atr: bytes
    aid: bytes
    mf_files: frozenset[int]
    app_files: frozenset[int]
    hidden: frozenset[int]
    access: Access
    chip_keys: tuple[KeyRow, ...]
    active_auth: tuple[str, Signature] | None
    behaviour: Behaviour
    faults: Faults


def write(image: CardImage) -> str:
    """Return a card's description; what has its default is left out."""
    return "\n".join(_lines(image)) + "\n"


def read(folder: Path, data: bytes) -> Description:
    """Read a description. Raises SoftCardInvalid naming the folder and the key at fault."""
    try:
        document = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise invalid(folder, "card.toml", "it is not a text file") from error
    except tomllib.TOMLDecodeError as error:
        raise invalid(folder, "card.toml", str(error)) from error
    except RecursionError as error:
        raise invalid(folder, "card.toml", "it is nested too deeply") from error
    table = _Table(folder, "", document)
    table.check(_TOP, _TOP_OPTIONAL)
    return Description(
        name=document["name"],
        title=document["title"],
        atr=table.octets("atr"),
        aid=table.octets("aid"),
        mf_files=table.identifiers("mf_files"),
        app_files=table.identifiers("app_files"),
        hidden=table.identifiers("hidden"),
        access=_access(table.inner("access")),
        chip_keys=_chip_keys(table.inner("chip_auth")),
        active_auth=_active_auth(table),
        behaviour=_behaviour(table.inner("behaviour")),
        faults=Faults(**table.inner("faults").check({}, _FAULTS)),
    )


def invalid(folder: Path, key: str, why: str) -> SoftCardInvalid:
    """Return the error about a key or file of the card in `folder`."""
    return SoftCardInvalid(
        f"The software card in {folder.name} cannot be used, {key}: {why}.",
        next_step="Correct it, or personalise the card again into an empty folder.",
    )


def _lines(image: CardImage) -> Iterator[str]:
    yield from _pairs(
        {
            "name": image.name,
            "title": image.title,
            "atr": image.atr.hex(),
            "aid": image.aid.hex(),
            "mf_files": [f"{number:04X}" for number in sorted(image.mf_files)],
            "app_files": [f"{number:04X}" for number in sorted(image.app_files)],
            "hidden": [f"{number:04X}" for number in sorted(image.hidden)],
        }
    )
    yield "\n[access]"
    yield from _pairs(_changed(image.access, "pace"))
    for offer in image.access.pace:
        yield "\n[[access.pace]]"
        yield from _pairs({"protocol": offer.protocol.name, "parameter_id": offer.parameter_id})
    for key in image.chip_auth.keys:
        yield "\n[[chip_auth.keys]]"
        yield from _pairs({"parameter_id": key.parameter_id, "key_id": key.key_id})
        yield from _pairs({"protocols": [protocol.name for protocol in key.protocols]})
    if image.active_auth is not None:
        yield "\n[active_auth]"
        active = image.active_auth
        yield from _pairs({"hash": active.hash, "signature": active.signature})
    for name, part in (("behaviour", image.behaviour), ("faults", image.faults)):
        changed = _changed(part)
        if changed:
            yield f"\n[{name}]"
            yield from _pairs(changed)


def _changed(part: Access | Behaviour | Faults, *left_out: str) -> dict[str, Any]:
    """Return the fields that have not their default."""
    values = {f: getattr(part, f.name) for f in fields(part) if f.name not in left_out}
    return {f.name: value for f, value in values.items() if value != f.default}


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    # Printable text quoted as JSON is a TOML basic string, and lists of such are TOML arrays.
    for key, value in values.items():
        if value is not None:
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}"


class _Table:
    """One table of the document, with the place it stands at for errors."""

    def __init__(self, folder: Path, path: str, values: Mapping[str, Any]) -> None:
        self.folder = folder
        self._path = path
        self.values = values

    def error(self, key: str, why: str) -> SoftCardInvalid:
        return invalid(self.folder, self._path + key, why)

    def check(self, required: _Types, optional: _Types) -> dict[str, Any]:
        """Return the values, each of its type, none unknown, none of `required` missing."""
        known = {**required, **optional}
        checked: dict[str, Any] = {}
        for key, value in self.values.items():
            if key not in known:
                raise self.error(key, "there is no such key")
            whole = known[key] is float and type(value) is int
            if type(value) is not known[key] and not whole:
                raise self.error(key, "it has the wrong type")
            checked[key] = float(value) if whole else value
        for key in required:
            if key not in checked:
                raise self.error(key, "it is missing")
        return checked

    def inner(self, key: str) -> _Table:
        return _Table(self.folder, f"{self._path}{key}.", self.values.get(key, {}))

    def rows(self, key: str) -> Iterator[_Table]:
        for row in self.values.get(key, []):
            if not isinstance(row, dict):
                raise self.error(key, "it has to be tables")
            yield _Table(self.folder, f"{self._path}{key}.", row)

    def octets(self, key: str) -> bytes:
        try:
            return bytes.fromhex(self.values[key])
        except ValueError as error:
            raise self.error(key, "it is not hexadecimal") from error

    def identifiers(self, key: str) -> frozenset[int]:
        items = self.values[key]
        if not all(isinstance(item, str) and _FILE_NAME.fullmatch(item) for item in items):
            raise self.error(key, "its entries are four hexadecimal digits in capitals")
        return frozenset(int(item, 16) for item in items)


def _access(table: _Table) -> Access:
    values = table.check({}, _ACCESS)
    values["pace"] = tuple(_offer(row) for row in table.rows("pace"))
    return Access(**values)


def _offer(row: _Table) -> PaceOffer:
    values = row.check(_OFFER, {})
    protocol = PaceProtocol.by_name(values["protocol"])
    if protocol is None:
        raise row.error("protocol", "the standard has no variant of PACE with that name")
    return PaceOffer(protocol, values["parameter_id"])


def _chip_keys(table: _Table) -> tuple[KeyRow, ...]:
    table.check({}, {"keys": list})
    return tuple(_chip_key(row) for row in table.rows("keys"))


def _chip_key(row: _Table) -> KeyRow:
    values = row.check(_CHIP_KEY, _CHIP_KEY_OPTIONAL)
    protocols = []
    for name in values.get("protocols", []):
        protocol = ChipAuthProtocol.by_name(name) if isinstance(name, str) else None
        if protocol is None:
            raise row.error("protocols", "the standard has no such variant")
        protocols.append(protocol)
    return KeyRow(values["parameter_id"], values.get("key_id"), tuple(protocols))


def _active_auth(table: _Table) -> tuple[str, Signature] | None:
    if "active_auth" not in table.values:
        return None
    inner = table.inner("active_auth")
    values = inner.check({}, _ACTIVE)
    try:
        signature = Signature(values.get("signature", Signature.PLAIN))
    except ValueError as error:
        raise inner.error("signature", f"it has to be one of {', '.join(Signature)}") from error
    return values.get("hash", "sha256"), signature


def _behaviour(table: _Table) -> Behaviour:
    values = table.check({}, _BEHAVIOUR)
    try:
        end = FileEnd(values.get("file_end", FileEnd.WARN))
    except ValueError as error:
        raise table.error("file_end", f"it has to be one of {', '.join(FileEnd)}") from error
    return Behaviour(**{**values, "file_end": end})
