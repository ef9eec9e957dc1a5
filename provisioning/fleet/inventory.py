"""The registry as rows: what is shown as JSON, and the inventory that goes out and in as a table.

Lives here: the columns, and what a table that comes in changes. Not here: reading a file
(`provisioning.office.tables`), commands. A table is taken whole or not at all. A terminal that the
registry does not have becomes an expected one; of one that it has, what people write about it is
changed: label, organisation, technician, note. State, keys and links are nobody's to write.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from edge.wire.event import TERMINAL as NAME_FORM
from provisioning.centre.catalogue import read_code
from provisioning.errors import FleetRefused
from provisioning.fleet import registry, verbs
from provisioning.fleet.claims import MAX_TECHNICIAN
from provisioning.fleet.history import Verb, note
from provisioning.fleet.registry import ENDED, State, Terminal
from provisioning.fleet.tables import TERMINAL

NEEDED = ("name", "organisation")
WRITTEN = ("label", "technician", "note")
"""Columns that may be there when a table comes in."""
COLUMNS = (
    *("name", "label", "organisation", "state", "since", "technician", "note"),
    *("key", "serial", "not_after", "replaces", "replaced_by"),
)
MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table changed."""

    expected: int
    changed: int
    same: int


def row(terminal: Terminal) -> dict[str, str]:
    """Return a terminal as cells, empty where there is nothing."""
    of = _flat(terminal)
    return {name: "" if of[name] is None else str(of[name]) for name in COLUMNS}


def as_json(terminal: Terminal) -> dict[str, Any]:
    """Return a terminal as JSON has it: no certificate's bytes."""
    return {name: _flat(terminal)[name] for name in COLUMNS}


def _flat(terminal: Terminal) -> dict[str, Any]:
    held = terminal.certificate
    own = {name: getattr(terminal, name) for name in COLUMNS if hasattr(terminal, name)}
    own["state"] = terminal.state.value
    return own | {
        "key": None if held is None else held.key,
        "serial": None if held is None else held.serial,
        "not_after": None if held is None else held.not_after,
    }


def plain(value: Any, *left_out: str) -> dict[str, Any]:
    """Return a row of the registry as JSON has it, without these members."""
    return {name: found for name, found in asdict(value).items() if name not in left_out}


def take(
    connection: sa.Connection,
    rows: Iterable[tuple[int, Mapping[str, str]]],
    operator: str,
    at: datetime,
) -> Taken:
    """Take a table's rows, numbered; a cell that is empty says nothing. Raises FleetRefused."""
    expected = changed = same = 0
    seen: set[str] = set()
    for number, cells in rows:
        name, code = cells["name"], read_code(cells["organisation"])
        if number > MAX_ROWS:
            raise _wrong(number, f"there are more than {MAX_ROWS} rows")
        if NAME_FORM.fullmatch(name) is None:
            raise _wrong(number, "this is no terminal's id")
        if name in seen:
            raise _wrong(number, f"{name} stands there twice")
        if code is None and cells["organisation"]:
            raise _wrong(number, "an organisation's code has 14 digits")
        seen.add(name)
        known = registry.find(connection, name)
        if known is None:
            if code is None:
                raise _wrong(number, "a terminal that is expected has an organisation")
            registry.enter(connection, name, State.EXPECTED, at, organisation=code)
            note(connection, at, operator, Verb.EXPECTED, name)
            known = registry.get(connection, name)
            expected += 1
            _change(connection, known, code, cells, operator, at, number)
        elif _change(connection, known, code, cells, operator, at, number):
            changed += 1
        else:
            same += 1
    return Taken(expected, changed, same)


def _change(
    connection: sa.Connection,
    known: Terminal,
    code: str | None,
    cells: Mapping[str, str],
    operator: str,
    at: datetime,
    number: int,
) -> bool:
    done = False
    texts = {name: unicodedata.normalize("NFC", cells.get(name, "")) for name in WRITTEN}
    try:
        if texts["label"] and texts["label"] != known.label:
            verbs.rename(connection, known.name, texts["label"], operator, at)
            done = True
        if texts["note"] and texts["note"] != known.note:
            verbs.annotate(connection, known.name, texts["note"], operator, at)
            done = True
        if code is not None and code != known.organisation and known.state not in ENDED:
            since = verbs.day(at)
            verbs.move(connection, known.name, code, since, operator, at)
            done = True
        elif code is not None and code != known.organisation:
            raise _wrong(number, f"{known.name} is {known.state} and stands nowhere")
    except FleetRefused as error:
        raise _wrong(number, error.message.rstrip(".")) from error
    who = texts["technician"]
    if who and who != known.technician:
        if len(who) > MAX_TECHNICIAN:
            raise _wrong(number, f"a technician's name has up to {MAX_TECHNICIAN} characters")
        connection.execute(
            sa.update(TERMINAL).where(TERMINAL.c.name == known.name).values(technician=who)
        )
        done = True
    return done


def _wrong(number: int, what: str) -> FleetRefused:
    return FleetRefused(f"Row {number}: {what}.", next_step="Correct it; nothing was taken.")
