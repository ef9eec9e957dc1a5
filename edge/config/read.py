"""Reading the configuration: the file, the variables over it, and all that is wrong with them.

Lives here: from bytes and environment to a `Config`, with where each value came from. The only
place of `edge` that is handed the environment. Not here: what a value may be
(`edge.config.kinds`); the line of a key (`lines`) and the words for what is unknown or no TOML
(`unknown`, `syntax`), which only what is wrong loads.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from edge.config import KIND, PREFIX, Config
from edge.config.findings import Finding, Placed, Weight
from edge.config.rules import combinations
from edge.errors import ConfigInvalid

MAX_CONFIG = 64 * 1024  # bytes
KEYS = {key.name: key for key in fields(Config)}
_OTHERS = frozenset({"TRAMTHE_TRACE", "TRAMTHE_CENTRE_DATABASE"})
"""Variables that other commands read."""
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number with a point",
    str: "a text in quotes",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True, slots=True)
class Given:
    """The value of one key, as file or variable has it; `variable` is None for the file's."""

    value: Any = field(repr=False)
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """A configuration and all that is wrong with it, as far as its own text tells."""

    path: Path | None
    text: str = field(repr=False)
    given: Mapping[str, Given]
    values: Mapping[str, Any]
    """Converted, defaults included; a key whose value is missing or cannot be used is left out."""
    found: tuple[Placed, ...]

    def require(self) -> Config:
        """Return the configuration. Raises ConfigInvalid where something stops the terminal."""
        refuse(self.found)
        return Config(**self.values)

    def placed(self, found: Iterable[Finding]) -> tuple[Placed, ...]:
        """Return findings with where their keys stand."""
        return tuple(Placed(*self.source(one.key), one) for one in found)

    def source(self, key: str | None) -> tuple[str, int | None]:
        """Return the file or variable that sets a key, and the line where that is certain."""
        given = None if key is None else self.given.get(key)
        if given is not None and given.variable is not None:
            return given.variable, None
        if given is None or key is None:
            return _name(self.path), None
        from edge.config.lines import line_of

        return _name(self.path), line_of(self.text, key)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the configuration. Raises ConfigInvalid naming place, key, fault and fix."""
    return examine(path, environ).require()


def refuse(found: Iterable[Placed]) -> None:
    """Raise ConfigInvalid with the first of what stops the terminal, and how many more."""
    stops = [one for one in found if one.finding.weight is Weight.STOPS]
    if stops:
        more = f" ({len(stops) - 1} more: `tramthe config check`.)" if len(stops) > 1 else ""
        raise ConfigInvalid(
            f"{stops[0].place}: {stops[0].finding.message}",
            next_step=f"{stops[0].finding.next_step}{more}",
        )


def examine(path: Path | None, environ: Mapping[str, str]) -> Examined:
    """Return the configuration and all that is wrong with it.

    Raises ConfigInvalid only where the file cannot be read at all.
    """
    data = b"" if path is None else _read(path)
    if len(data) > MAX_CONFIG:
        return _unusable(path, "", None, _file_fault("The file is too large."))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return _unusable(path, "", None, _file_fault("The file is not a text file in UTF-8."))
    try:
        table = tomllib.loads(text)
    except RecursionError:
        return _unusable(path, text, None, _file_fault("The file is nested too deeply."))
    except ValueError as error:  # tomllib's own, and that of a number with too many digits
        from edge.config.syntax import no_toml

        return _unusable(path, text, *no_toml(text, error))
    return _examine(path, text, table, environ)


def _examine(
    path: Path | None, text: str, table: Mapping[str, Any], environ: Mapping[str, str]
) -> Examined:
    given = {key: Given(value) for key, value in table.items()}
    for key, known in KEYS.items():
        variable = PREFIX + key.upper()
        if variable in environ:
            given[key] = Given(known.metadata[KIND].parse(environ[variable]), variable)
    values: dict[str, Any] = {}
    found = list(_unknown(table))
    for key, known in KEYS.items():
        if key not in given:
            if known.default is MISSING:
                found.append(_missing(key))
            else:
                values[key] = known.default
            continue
        try:
            values[key] = known.metadata[KIND].convert(given[key].value)
        except ValueError as error:
            found.append(_unfit(key, given[key], error))
    found += combinations(values, {key: one.value for key, one in given.items()})
    bare = Examined(path, text, given, values, ())
    return Examined(path, text, given, values, (*bare.placed(found), *_variables(environ)))


def _unknown(table: Mapping[str, Any]) -> Iterator[Finding]:
    names = [name for name in table if name not in KEYS]
    if names:
        from edge.config.unknown import unknown_key, unknown_table

        for name in names:
            value = table[name]
            heads = isinstance(value, dict) or (
                isinstance(value, list) and bool(value) and isinstance(value[0], dict)
            )
            if heads:
                inside = list(value) if isinstance(value, dict) else []
                yield unknown_table(name, inside, list(KEYS))
            else:
                yield unknown_key(name, list(KEYS))


def _variables(environ: Mapping[str, str]) -> Iterator[Placed]:
    ours = {PREFIX + key.upper() for key in KEYS} | _OTHERS
    odd = sorted(name for name in environ if name.startswith(PREFIX) and name not in ours)
    if odd:
        from edge.config.unknown import shown, unknown_variable

        for name in odd:
            said = unknown_variable(name.removeprefix(PREFIX), list(KEYS))
            yield Placed(shown(name), None, said)


def _missing(key: str) -> Finding:
    return Finding(
        Weight.STOPS,
        key,
        f"The key `{key}` is missing.",
        f"Set `{key}` in terminal.toml or {PREFIX}{key.upper()}.",
    )


def _unfit(key: str, given: Given, error: ValueError) -> Finding:
    wanted = KEYS[key].metadata[KIND].schema.get("type")
    have = {bool: "boolean", int: "integer", str: "string", list: "array"}.get(type(given.value))
    said = "has a value that cannot be used"
    if given.variable is None and wanted is not None and have != wanted:
        said = f"has a value of the wrong type: {_TYPES.get(type(given.value), 'a date or time')}"
    return Finding(Weight.STOPS, key, f"The key `{key}` {said}.", f"It needs {error}.")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_CONFIG + 1)
    except OSError as error:
        raise ConfigInvalid(
            f"{path} cannot be read ({error.strerror}).",
            next_step="Name the configuration file, and see that you may read it.",
        ) from error


def _file_fault(message: str) -> Finding:
    return Finding(
        Weight.STOPS,
        None,
        message,
        "Give a terminal.toml file; `tramthe config example` writes one.",
    )


def _unusable(path: Path | None, text: str, line: int | None, finding: Finding) -> Examined:
    return Examined(path, text, {}, {}, (Placed(_name(path), line, finding),))


def _name(path: Path | None) -> str:
    return "without a file" if path is None else str(path)
