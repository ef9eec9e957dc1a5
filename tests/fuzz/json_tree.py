"""JSON that is bent without losing its form, so that what is wrong lies in a member.

Choices come from `below`, as in `tree`. The result is canonical where the original was: the
parsers under test take nothing else, and would turn it away before they read it.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.fuzz.tree import Below

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    2**53,
    2**63,
    10**400,
    "",
    "A",
    "AA==",
    "=",
    "\x00",
    "ộ",
    "\ud800",
    "2026-11-21T12:00:00.000Z",
    "2026-11-21T12:00:00Z",
    "0000-00-00T00:00:00Z",
    "A" * 70,
    "0" * 32,
    [],
    {},
    [[]],
    [None],
    {"": 0},
)


def bend(data: bytes, below: Below) -> bytes:
    """Return the JSON with one to three members changed; `data` where it is no JSON."""
    try:
        root = {"": json.loads(data)}
    except (ValueError, RecursionError):
        return data
    for _ in range(1 + below(3)):
        places = list(_places(root, 0))
        holder, key = places[below(len(places))]
        source, source_key = places[below(len(places))]
        _act(holder, key, source[source_key], below)
        if not root:
            return b""
    try:
        text = json.dumps(root[""], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")
    except (ValueError, TypeError, RecursionError):
        return data


def bend_compact(data: bytes, below: Below) -> bytes:
    """Return a compact JWS with header or payload bent; `data` where it is none."""
    parts = data.split(b".")
    index = below(len(parts))
    try:
        raw = base64.urlsafe_b64decode(parts[index] + b"=" * (-len(parts[index]) % 4))
    except ValueError:
        return data
    bent = bend(raw, below)
    if bent == raw and raw:
        changed = bytearray(raw)
        changed[below(len(raw))] ^= 1 << below(8)
        bent = bytes(changed)
    parts[index] = base64.urlsafe_b64encode(bent).rstrip(b"=")
    return b".".join(parts)


def _places(holder: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    for key in keys:
        yield holder, key
        if isinstance(holder[key], dict | list) and depth < 40:
            yield from _places(holder[key], depth + 1)


def _act(holder: Any, key: Any, other: Any, below: Below) -> None:
    choice = below(6)
    value = holder[key]
    if choice == 0:
        holder[key] = copy.deepcopy(VALUES[below(len(VALUES))])
    elif choice == 1 and isinstance(value, str):
        holder[key] = _text(value, below)
    elif choice == 2:
        holder[key] = copy.deepcopy(other)
    elif choice == 3:
        del holder[key]
    elif choice == 4 and isinstance(value, list):
        value.extend(value[: 1 + below(3)])
    elif isinstance(value, dict):
        value[("", "jku", "crit", "zz")[below(4)]] = copy.deepcopy(other)
    else:
        holder[key] = [value, value]


def _text(value: str, below: Below) -> str:
    place = below(len(value) + 1)
    if below(2):
        return value[:place] + chr(below(0x3000)) + value[place + 1 :]
    return value[:place] + value[place + 1 + below(8) :]
