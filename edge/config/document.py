"""The configuration as documents: the commented file, its JSON Schema, one key in words.

All of it follows from the keys (`edge.config`), so that none of it can say another thing than what
the terminal takes. Not here: what a configuration says (`edge.config.read`).
Source: TOML 1.0; JSON Schema, draft 2020-12.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from edge.config import EXAMPLE, KIND, PREFIX, WORDS, Config, Keyboard
from edge.config.kinds import KEYBOARD

WIDTH = 96  # columns of a comment
_HEAD = """\
terminal.toml: the configuration of one terminal of Trạm Thẻ.

Each key stands on a line of its own: key = value. A line that begins with # says nothing to the \
terminal; the keys behind such a mark stand at their defaults, or are left out. Remove the mark to \
set one. A variable TRAMTHE_KEY of the service's environment outranks the file.

Afterwards: tramthe config check FILE.

Secrets never stand here: anybody on this machine may read this file."""


def describe_keys() -> list[tuple[str, str]]:
    """Return each key with what it means and its default, for a person who writes the file."""
    return [(key.name, f"{key.metadata[WORDS]}{_default(key.default)}") for key in fields(Config)]


def _default(value: object) -> str:
    if value is MISSING:
        return " [required]"
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return f" [default: {', '.join(str(one) for one in value)}]"
    return f" [default: {str(value).lower() if isinstance(value, bool) else value}]"


def in_toml(value: object) -> str:
    """Return a value as it stands in the file."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(in_toml(one) for one in value)}]"
    if isinstance(value, Keyboard):
        value = f"{KEYBOARD}{value.place}"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(value, ensure_ascii=False)  # texts of one line, numbers, true and false


def explain(key: str) -> str:
    """Return all that is to be known of a key, in lines. Raises KeyError for one there is not."""
    known = _key(key)
    return "\n".join(
        [
            f"{key} = {in_toml(_shown(known))}",
            "",
            *textwrap.wrap(known.metadata[WORDS], WIDTH),
            "",
            *textwrap.wrap(f"It takes {known.metadata[KIND].needs}.", WIDTH),
            f"Without it: {_without(known)}.",
            f"Variable that outranks the file: {PREFIX}{key.upper()}",
        ]
    )


def _key(name: str) -> Field[Any]:
    return {key.name: key for key in fields(Config)}[name]


def _shown(key: Field[Any]) -> object:
    """Return what stands for a value: the default, or an example where there is none."""
    empty = key.default is MISSING or key.default in (None, ())
    return key.metadata[EXAMPLE] if empty else key.default


def _without(key: Field[Any]) -> str:
    if key.default is MISSING:
        return "the terminal does not start"
    if key.default in (None, ()):
        return "nothing is set"
    return in_toml(key.default)


def example() -> str:
    """Return the commented file: what has to be set as an example, all else behind a mark."""
    return "\n".join(_example())


def _example() -> Iterator[str]:
    for paragraph in _HEAD.split("\n"):
        yield from _comment(paragraph)
    for key in fields(Config):
        yield ""
        yield from _comment(key.metadata[WORDS])
        yield from _comment(f"It takes {key.metadata[KIND].needs}.")
        mark = "" if key.default is MISSING else "#"
        yield f"{mark}{key.name} = {in_toml(_shown(key))}"
    yield ""


def _comment(words: str) -> Iterator[str]:
    for line in textwrap.wrap(words, WIDTH, break_on_hyphens=False) or [""]:
        yield f"# {line}".rstrip()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors that know one."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tramthe:schema:terminal:1",
        "title": "terminal.toml, the configuration of one terminal",
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in fields(Config) if key.default is MISSING],
        "properties": {key.name: _property(key) for key in fields(Config)},
    }


def _property(key: Field[Any]) -> dict[str, Any]:
    said = {"description": key.metadata[WORDS], **key.metadata[KIND].schema}
    if key.default is not MISSING and key.default not in (None, ()):
        said["default"] = json.loads(in_toml(key.default))
    return said
