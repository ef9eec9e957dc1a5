"""A diagnosis out of JSON that somebody else made: every form and size checked before it counts.

Not here: whose it is (`acceptance`, `edge.wire.support`), making one (`diagnosis`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from edge.care.check import Check, State
from edge.care.diagnosis import VERSION, Diagnosis
from edge.care.said import Figure, Part, Said, in_english
from edge.care.trouble import Trouble
from edge.wire.canonical import malformed
from edge.wire.event import check_terminal
from verify.moment import Moment, TimeQuality

MAX_CHECKS = 200
MAX_TEXT = 1000  # characters of one text
MAX_PARTS = 40
_KEYS = frozenset(("v", "terminal", "at", "quality", "state", "checks"))
_CHECK = frozenset(("name", "state", "figure", "parts", "trouble", "next_step"))
_PATTERN = re.compile(r"(?:[^%]|%\([a-z]{1,20}\)s)+")
_GAP = re.compile(r"%\(([a-z]+)\)s")


def read_diagnosis(value: Any) -> Diagnosis:
    """Return the diagnosis that an object of JSON says. Raises WireMalformed."""
    if not isinstance(value, dict) or set(value) != _KEYS or value["v"] != VERSION:
        raise malformed("The diagnosis has not the documented form.")
    checks = value["checks"]
    if not isinstance(checks, list) or not 0 < len(checks) <= MAX_CHECKS:
        raise malformed(f"A diagnosis has 1 to {MAX_CHECKS} checks.")
    terminal = value["terminal"]
    found = Diagnosis(
        None if terminal is None else check_terminal(terminal),
        Moment(_time(value["at"]), _quality(value["quality"])),
        tuple(_check(one) for one in checks),
    )
    if found.to_object() != value:
        raise malformed("The diagnosis says one thing in two ways that differ.")
    return found


def _check(value: Any) -> Check:
    if not isinstance(value, dict) or set(value) != _CHECK:
        raise malformed("A check has not exactly the documented fields.")
    code = value["trouble"]
    try:
        state = State(value["state"])
        trouble = None if code is None else Trouble(code)
    except ValueError as error:
        raise malformed("A check has a state or a trouble that this version knows not.") from error
    if (trouble is None) is not (state is State.OK):
        raise malformed("A check says why it is well, or not why it is not.")
    next_step = value["next_step"]
    advice = "" if next_step is None else _text(next_step)
    return Check(_text(value["name"]), state, _figure(value["parts"]), trouble, advice)


def _figure(value: Any) -> Figure:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_PARTS:
        raise malformed(f"A figure has 1 to {MAX_PARTS} parts.")
    figure = tuple(_part(one) for one in value)
    if len(in_english(figure)) > MAX_TEXT:
        raise malformed("A figure is too long.")
    return figure


def _part(value: Any) -> Part:
    if not isinstance(value, dict):
        return _text(value)
    if set(value) != {"says", "values"} or not isinstance(value["values"], Mapping):
        raise malformed("A part of a figure has not its form.")
    pattern, values = _text(value["says"]), value["values"]
    if _PATTERN.fullmatch(pattern) is None or set(_GAP.findall(pattern)) != set(values):
        raise malformed("A sentence has other gaps than values.")
    return Said(pattern, {name: _text(text, empty=True) for name, text in values.items()})


def _text(value: Any, *, empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not (value or empty):
        raise malformed("A text of the diagnosis is none, or too long.")
    if not value.isprintable():
        raise malformed("A text of the diagnosis has signs that nobody can read.")
    return value


def _quality(value: Any) -> TimeQuality:
    try:
        return TimeQuality(value)
    except ValueError as error:
        raise malformed("The time quality is unknown.") from error


def _time(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise malformed("A time of the diagnosis is no time.") from error
    if at.utcoffset() != timedelta(0):
        raise malformed("A time of the diagnosis is not in UTC.")
    return at
