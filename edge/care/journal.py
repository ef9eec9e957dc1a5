"""What the terminal's units wrote into the journal, reduced to what names nobody.

Lives here: asking journald, and taking of each line only what is known to be harmless: when, which
unit, how grave, which sentence of the program (`template`, a constant of its code), and of what was
filled into it small numbers and codes of ours. Not here: writing log lines
(`provisioning.cli.logs`), the bundle (`support`).

Nothing is searched for and struck out: what is not on the list does not go in. A line of another
program (a browser's, say) is counted and no more.
Source: journalctl(1), systemd.journal-fields(7).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from edge import errors
from edge.access_point import AccessPointFault
from edge.care.trouble import Trouble
from edge.log.fault import LogFault
from edge.repository.outcome import RepositoryState
from edge.stick import StickFault
from edge.sync.inbox import Aside
from edge.sync.uplink import UplinkState
from edge.tap.admit import Admission, AdmitReason
from edge.tap.fault import Fault
from edge.wire.kinds import EventKind
from verify.moment import TimeQuality
from verify.reasons import Reason

UNITS = "tramthe*"
SINCE = "-14d"
MAX_LINES = 2000  # of the newest
MAX_OUTPUT = 16 * 1024 * 1024  # bytes of journald's answer that are looked at
PATIENCE = 20.0  # seconds
MAX_TEMPLATE = 300  # characters
SMALL = 100_000
"""Numbers below this are counts and milliseconds; a card's or a person's has more digits."""
COMMAND = (
    "journalctl", f"--unit={UNITS}", f"--since={SINCE}", f"--lines={MAX_LINES}",
    "--output=json", "--no-pager", "--quiet",
)  # fmt: skip

_OURS = ("tramthe", "edge", "reader", "verify", "crl", "provisioning")
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})
_UNIT = re.compile(r"tramthe[a-z0-9@-]{0,40}\.[a-z]{3,9}")
_GAP = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[sdrfx]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,4})(?:\.[0-9]{1,3})?", re.ASCII)
"""A count or a measure; what begins with a zero is a number on a card."""
_CODE = re.compile(r"[a-z0-9-]{1,20}")
_SYSTEMD = ("EXIT_CODE", "EXIT_STATUS", "UNIT_RESULT", "JOB_RESULT", "JOB_TYPE")
_CODES = (
    Trouble, Reason, AdmitReason, Admission, Fault, LogFault, StickFault,
    AccessPointFault, UplinkState, RepositoryState, Aside, TimeQuality, EventKind,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Journal:
    """Lines by what is known of each, oldest first; `others` were counted and left out."""

    lines: tuple[Mapping[str, Any], ...]
    others: int
    missing: str | None = None
    """Why there is none, as a word; None where there is one."""


def ask(command: tuple[str, ...] = COMMAND, patience: float = PATIENCE) -> Journal:
    """Return what journald has of the terminal's units. Never raises for want of it."""
    try:
        done = subprocess.run(  # noqa: S603 -- a constant
            command, capture_output=True, timeout=patience, check=False
        )
    except OSError:
        return Journal((), 0, "absent")
    except subprocess.TimeoutExpired:
        return Journal((), 0, "silent")
    if done.returncode:
        return Journal((), 0, "refused")
    return reduced(done.stdout[-MAX_OUTPUT:].splitlines())


def reduced(entries: Iterable[bytes]) -> Journal:
    """Return what may be told of journald's entries, one JSON object a line."""
    lines: deque[Mapping[str, Any]] = deque(maxlen=MAX_LINES)
    others = 0
    for entry in entries:
        found = _reduced(_object(entry))
        if found is None:
            others += 1
        else:
            lines.append(found)
    return Journal(tuple(lines), others)


def _reduced(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    told: dict[str, Any] = {"at": _time(entry.get("__REALTIME_TIMESTAMP"))}
    by_systemd = {
        name.lower(): value
        for name in _SYSTEMD
        if isinstance(value := entry.get(name), str) and _CODE.fullmatch(value)
    }
    if entry.get("_PID") == "1":
        unit = entry.get("UNIT")
        if not by_systemd or not isinstance(unit, str) or _UNIT.fullmatch(unit) is None:
            return None
        return {**told, "unit": unit, **by_systemd}
    unit, message = entry.get("_SYSTEMD_UNIT"), entry.get("MESSAGE")
    if not isinstance(unit, str) or _UNIT.fullmatch(unit) is None or not isinstance(message, str):
        return None
    line = _line(_object(message.encode("utf-8", "replace")))
    return None if line is None else {**told, "unit": unit, **line}


def _line(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what may be told of one log line of ours, None for what is none."""
    level, logger = said.get("level"), said.get("logger")
    template, message = said.get("template"), said.get("message")
    if level not in _LEVELS or not isinstance(logger, str) or not isinstance(message, str):
        return None
    if logger.split(".")[0] not in _OURS or re.fullmatch(r"[a-z_.]{1,80}", logger) is None:
        return None
    if not isinstance(template, str) or len(template) > MAX_TEMPLATE:
        return None
    line: dict[str, Any] = {"level": level, "logger": logger, "template": template}
    values = _values(template, message)
    if values:
        line["values"] = values
    exception = said.get("exception")
    if isinstance(exception, str) and exception in _known():
        line["exception"] = exception
    return line


def _values(template: str, message: str) -> list[int | float | str | None]:
    """Return what was filled in: small numbers, codes of ours; None for all else."""
    parts = _GAP.split(template.replace("%%", "\0"))
    pattern = "(.*?)".join(re.escape(part.replace("\0", "%")) for part in parts)
    found = re.fullmatch(pattern, message, re.DOTALL)
    if found is None:
        return [None] * (len(parts) - 1)
    return [_value(text) for text in found.groups()]


def _value(text: str) -> int | float | str | None:
    if text in _known():
        return text
    if _NUMBER.fullmatch(text) is None:
        return None
    number = float(text) if "." in text else int(text)
    return number if abs(number) < SMALL else None


@cache
def _known() -> frozenset[str]:
    """Return every code that a log line may carry, and the names of errors."""
    codes = {one.value for family in _CODES for one in family}
    ours = {name for name, value in vars(errors).items() if isinstance(value, type)}
    builtin = {one.__name__ for one in _subclasses(Exception) if one.__module__ == "builtins"}
    return frozenset(codes | ours | builtin)


def _subclasses(of: type[BaseException]) -> Iterable[type[BaseException]]:
    for one in of.__subclasses__():
        yield one
        yield from _subclasses(one)


def _time(value: object) -> str | None:
    if not isinstance(value, str) or not value.isdecimal() or len(value) > 17:
        return None
    return datetime.fromtimestamp(int(value) / 1_000_000, UTC).isoformat(timespec="seconds")


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
