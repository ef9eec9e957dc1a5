"""Writing YAML 1.1 as cloud-init and netplan read it. Not here: reading any.

A text is put in quotes as JSON has them unless it cannot be taken for anything else, so that `no`
stays a text and a name with a quotation mark closes nothing. Source: YAML 1.1 sections 5.7, 9.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

Value = str | bool | int | None | Sequence["Value"] | Mapping[str, "Value"]

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*")
_TAKEN = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}
)  # YAML 1.1 makes no text of these


def dump(value: Mapping[str, Value]) -> str:
    """Return a mapping as a document in block style."""
    return "\n".join(_mapping(value, "")) + "\n"


def _mapping(value: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        yield from _entry(f"{indent}{_text(key)}:", inner, indent)


def _sequence(value: Sequence[Value], indent: str) -> Iterator[str]:
    for inner in value:
        yield from _entry(f"{indent}-", inner, indent)


def _entry(head: str, value: Value, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, str) and "\n" in value:
        yield f"{head} |"
        for line in value.removesuffix("\n").split("\n"):
            yield f"{indent}  {line}" if line else ""
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield head
        yield from _sequence(value, f"{indent}  ")
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: Value) -> str:
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)  # true, false, null, numbers, and what is empty


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN:
        return text
    return json.dumps(text, ensure_ascii=False)  # YAML knows no pairs of \uXXXX beyond the BMP
