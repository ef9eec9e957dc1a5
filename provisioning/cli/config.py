"""`tramthe config`: look into a terminal's configuration before the terminal does.

Not here: keys, rules and words (`edge.config`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from edge.config.document import describe_keys, example, explain, in_toml, schema
from edge.config.findings import Placed, Weight
from edge.config.read import KEYS, Examined, examine
from edge.config.unknown import nearest
from edge.config.world import around
from provisioning.cli.main import Exit

FILE = click.Path(path_type=Path, dir_okay=False)
_LAST = 1 << 32  # after every line
_COUNTED = {Weight.STOPS: "fault", Weight.FAULT: "fault", Weight.REMARK: "remark"}
_EXAMPLES = """
\b
Examples:
  tramthe config example > terminal.toml
  tramthe config check terminal.toml
  tramthe config show /etc/tramthe/terminal.toml
  tramthe config explain lamp_pins
"""


@click.group(epilog=_EXAMPLES)
def config() -> None:
    """Write, check and show a terminal's configuration, terminal.toml."""


@config.command(short_help="Say all that is wrong with a configuration.")
@click.argument("file", type=FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for a program that reads it.")
def check(file: Path | None, as_json: bool) -> Exit:
    """Say all that is wrong with FILE and the TRAMTHE_* variables over it, and how to mend it.

    What the configuration names (folders, files, devices) is looked for on this machine, so ask at
    the terminal itself. A remark is no fault: it works, but is probably not what was meant.

    Exit status 0 where there is no fault, 1 where there is one, 3 where FILE cannot be read.
    """
    examined = examine(file, os.environ)
    found = sorted((*examined.found, *around(examined)), key=lambda one: one.line or _LAST)
    faults = [one for one in found if one.finding.weight is not Weight.REMARK]
    if as_json:
        click.echo(json.dumps([_in_json(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            click.echo(f"{_COUNTED[one.finding.weight]:<7} {one.place}: {one.finding.message}")
            click.echo(f"        {one.finding.next_step}")
        click.echo(_sum(found))
    return Exit.NO if faults else Exit.DONE


def _sum(found: list[Placed]) -> str:
    faults = sum(1 for one in found if _COUNTED[one.finding.weight] == "fault")
    remarks = len(found) - faults
    count = f"{_number(faults, 'fault')}, {_number(remarks, 'remark')}"
    stopped = any(one.finding.weight is Weight.STOPS for one in found)
    return f"{count}.{' The terminal does not start with this.' if stopped else ''}"


def _number(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"


def _in_json(one: Placed) -> dict[str, str | int | None]:
    return {
        "weight": one.finding.weight.value,
        "source": one.source,
        "line": one.line,
        "key": one.finding.key,
        "message": one.finding.message,
        "next_step": one.finding.next_step,
    }


@config.command(short_help="Show each key's value and where it comes from.")
@click.argument("file", type=FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for a program that reads it.")
def show(file: Path | None, as_json: bool) -> Exit:
    """Show what holds after FILE and the TRAMTHE_* variables: each key, its value, its source.

    Exit status 0; 1 where the terminal would not start with it: then `?` stands for what cannot be
    used, and `tramthe config check` says why. 3 where FILE cannot be read.
    """
    examined = examine(file, os.environ)
    rows = {key: (_value(examined, key), *_source(examined, key)) for key in KEYS}
    if as_json:
        named = ("value", "from", "line")
        out = {key: dict(zip(named, row, strict=True)) for key, row in rows.items()}
        click.echo(json.dumps(out, ensure_ascii=False, indent=2))
    else:
        width = max(len(key) for key in rows)
        values = {key: _written(examined, key, row[0]) for key, row in rows.items()}
        wide = max(len(value) for value in values.values())
        for key, (_, source, line) in rows.items():
            where = source if line is None else f"{source}, line {line}"
            click.echo(f"{key:<{width}}  {values[key]:<{wide}}  {where}")
    stopped = any(one.finding.weight is Weight.STOPS for one in examined.found)
    if stopped:
        click.echo("The terminal does not start with this; see `tramthe config check`.", err=True)
    return Exit.NO if stopped else Exit.DONE


def _value(examined: Examined, key: str) -> object:
    value = examined.values.get(key)
    return None if value is None else json.loads(in_toml(value))


def _written(examined: Examined, key: str, value: object) -> str:
    if key not in examined.values:
        return "?"
    return "-" if value is None else in_toml(value)


def _source(examined: Examined, key: str) -> tuple[str, int | None]:
    """Return where a value comes from, and its line in the file."""
    if key in examined.given:
        return examined.source(key)
    return ("default" if key in examined.values else "missing"), None


def _keys(_context: click.Context, _argument: click.Parameter, begun: str) -> list[str]:
    """Return the keys that a shell may complete to."""
    return [key for key in KEYS if key.startswith(begun)]


@config.command("explain", short_help="Say what a key is for and what it takes.")
@click.argument("key", required=False, shell_complete=_keys)
def explain_(key: str | None) -> None:
    """Say what KEY is for, what it takes and what holds without it; without KEY, list all."""
    if key is None:
        width = max(len(name) for name, _ in describe_keys())
        for name, words in describe_keys():
            click.echo(f"{name:<{width}}  {words}")
        return
    if key not in KEYS:
        near = nearest(key, list(KEYS))
        meant = "" if near is None else f" Did you mean {near}?"
        raise click.UsageError(
            f"There is no key {key!r}.{meant} `tramthe config explain` lists all."
        )
    click.echo(explain(key))


@config.command("example", short_help="Write a commented terminal.toml.")
def example_() -> None:
    """Write a commented terminal.toml with every key to standard output."""
    click.echo(example(), nl=False)


@config.command("schema", short_help="Write the JSON Schema of terminal.toml.")
def schema_() -> None:
    """Write the JSON Schema of terminal.toml to standard output, for editors that know one."""
    click.echo(json.dumps(schema(), ensure_ascii=False, indent=2))
