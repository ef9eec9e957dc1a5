"""The store's memory as one small file: which lists are in force per key, and their numbers.

Lives here: its form and checksum. Not here: reading and writing files (`store`).
Form: JSON {"format", "lists": [...], "sha256"}; the checksum is over the list part in the same
JSON form. Numbers are hex strings, for they go beyond 2^53.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from crl.errors import StoreDamaged
from crl.limits import MAX_STATE
from crl.rules import ListKey, Part, Remembered
from crl.status import Purpose

_FORMAT = "tramthe-crl-store/2"


def encode(remembered: Iterable[Remembered]) -> bytes:
    """Return the file's octets."""
    lists = [
        {
            "purpose": item.key.purpose.value,
            "issuer": item.key.issuer.hex(),
            "scope": item.key.scope,
            "parts": [_fields(part) for part in item.parts],
        }
        for item in remembered
    ]
    return _json({"format": _FORMAT, "lists": lists, "sha256": _checksum(lists)})


def decode(data: bytes) -> Mapping[ListKey, Remembered]:
    """Return what the file remembers. Raises StoreDamaged."""
    if len(data) > MAX_STATE:
        raise damaged("its state file is too large")
    try:
        document = json.loads(data)
        lists = document["lists"]
        if document["format"] != _FORMAT or document["sha256"] != _checksum(lists):
            raise damaged("its state file fails its checksum")
        remembered = [_item(fields) for fields in lists]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged("its state file cannot be read") from error
    return {item.key: item for item in remembered}


def damaged(why: str) -> StoreDamaged:
    """Return the error for a store whose memory cannot be trusted."""
    return StoreDamaged(
        f"The store of revocation lists is damaged: {why}.",
        next_step="Move its folder aside and import the latest lists again.",
    )


def _fields(part: Part) -> dict[str, str | None]:
    key_id = part.authority_key_id
    return {
        "number": f"{part.number:x}",
        "base": None if part.base_number is None else f"{part.base_number:x}",
        "key": None if key_id is None else key_id.hex(),
        "fingerprint": part.fingerprint.hex(),
        "hash": part.hash,
        "digest": part.digest.hex(),
        "index": part.index.hex(),
    }


def _item(fields: Mapping[str, Any]) -> Remembered:
    scope = fields["scope"]
    if scope is not None:
        scope = _text(scope)
    key = ListKey(Purpose(fields["purpose"]), bytes.fromhex(fields["issuer"]), scope)
    complete, *deltas = (_part(part) for part in fields["parts"])
    return Remembered(key, complete, tuple(deltas))


def _part(fields: Mapping[str, Any]) -> Part:
    base, key_id = fields["base"], fields["key"]
    return Part(
        number=int(fields["number"], 16),
        base_number=None if base is None else int(base, 16),
        authority_key_id=None if key_id is None else bytes.fromhex(key_id),
        fingerprint=bytes.fromhex(fields["fingerprint"]),
        hash=_text(fields["hash"]),
        digest=bytes.fromhex(fields["digest"]),
        index=bytes.fromhex(fields["index"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _checksum(lists: Any) -> str:
    return hashlib.sha256(_json(lists)).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
