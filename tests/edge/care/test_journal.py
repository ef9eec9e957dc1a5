"""What is told of the journal: known sentences, small numbers, codes; and nothing else."""

from __future__ import annotations

import ast
import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

import edge
from edge.care import journal
from edge.care.journal import MAX_LINES, Journal, ask, reduced
from provisioning.cli.logs import JsonLines

ROOT = Path(edge.__file__).parents[1]
NAME = "Hà Văn Khiêm"
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def written(template: str, *values: object, logger: str = "tramthe.service") -> bytes:
    """Return the journal's entry of a line that the program logs."""
    record = logging.LogRecord(logger, logging.WARNING, "", 1, template, values, None)
    return entry(MESSAGE=JsonLines().format(record))


def entry(**fields: Any) -> bytes:
    """Return an entry as journald writes it."""
    whole = {
        "__REALTIME_TIMESTAMP": "1795000000000000",
        "_SYSTEMD_UNIT": "tramthe.service",
        "_PID": "731",
        **fields,
    }
    return json.dumps(whole).encode()


def test_sentence_with_its_numbers_and_codes() -> None:
    """As the running terminal logs a tap."""
    template = "tap: %s %s in %d ms, %d APDUs"
    (line,) = reduced([written(template, "REFUSED", "CARD_REPORTED_LOST", 412, 9)]).lines
    assert line == {
        "at": "2026-11-18T11:06:40+00:00",
        "unit": "tramthe.service",
        "level": "warning",
        "logger": "tramthe.service",
        "template": template,
        "values": ["REFUSED", "CARD_REPORTED_LOST", 412, 9],
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (NAME, None), ("HA VAN KHIEM", None), ("KHIEM", None), ("khiem", None), (987654, None),
        ("099061000017", None), (99999, 99999), ("1.25", 1.25), ("LOG_DISK_FULL", "LOG_DISK_FULL"),
        ("RecordingLocked", "RecordingLocked"), ("PermissionError", "PermissionError"),
        ("012345", None), ("0123", None), ("١٢٣", None), (0, 0), ("1.2345", None),
        ("", None), ("inf", None), (-5, -5), ("up-to-date", "up-to-date"),
    ],
)  # fmt: skip
def test_what_is_filled_in(value: object, told: object) -> None:
    """Small numbers, codes and kinds of errors; a name, a card's number, six digits: nothing."""
    (line,) = reduced([written("something: %s", value)]).lines
    assert line["values"] == [told]


@pytest.mark.parametrize(
    "strange",
    [
        b"", b"not json", b"[]", b"{}", b"[" * 5000,
        entry(MESSAGE="plain text of a browser"),
        entry(MESSAGE=[72, 97]),
        entry(MESSAGE="{}"),
        entry(MESSAGE='{"level": "info", "logger": "waitress", "message": "x", "template": "x"}'),
        entry(MESSAGE='{"level": "x", "logger": "edge", "message": "x", "template": "x"}'),
        entry(MESSAGE='{"level": "info", "logger": "edge.Khiêm", "message": "x", "template": "x"}'),
        entry(MESSAGE='{"level": "info", "logger": "edge", "message": "x", "template": 5}'),
        entry(MESSAGE='{"level": "info", "logger": "edge", "message": "x"}'),
        entry(MESSAGE='{"level": "info", "logger": "edge", "template": "x"}'),
        entry(MESSAGE="x", _SYSTEMD_UNIT="Khiêm.service"),
        entry(_PID="1", UNIT="Khiêm.service", EXIT_CODE="exited"),
        entry(_PID="1", UNIT="tramthe.service", MESSAGE=NAME),
        entry(_PID="1", UNIT="tramthe.service", EXIT_CODE=NAME),
    ],
)  # fmt: skip
def test_line_that_is_none_of_ours(strange: bytes) -> None:
    """Counted, and not told."""
    assert reduced([strange]) == Journal((), 1)


def test_message_that_does_not_fit_its_template() -> None:
    """The sentence is told, nothing of what was filled in."""
    line = {"level": "info", "logger": "edge", "message": f"{NAME} 7", "template": "x %s in %d"}
    (told,) = reduced([entry(MESSAGE=json.dumps(line))]).lines
    assert told["values"] == [None, None]


def test_what_systemd_says_of_a_unit() -> None:
    """How it ended, in systemd's own codes."""
    ended = entry(
        _PID="1", UNIT="tramthe.service", EXIT_CODE="exited", EXIT_STATUS="3", MESSAGE="x"
    )
    (line,) = reduced([ended]).lines
    assert (line["exit_code"], line["exit_status"]) == ("exited", "3")
    assert "MESSAGE" not in line


def test_exception_is_told_by_its_kind() -> None:
    """The text of an exception may hold a name; its class does not, where it is known."""
    record = logging.LogRecord("edge", logging.ERROR, "", 1, "failed", (), None)
    for kind, told in ((ValueError, True), (type(NAME, (Exception,), {}), False)):
        record.exc_info = (kind, kind(NAME), None)
        (line,) = reduced([entry(MESSAGE=JsonLines().format(record))]).lines
        assert ("exception" in line) is told


def test_newest_lines_go_in() -> None:
    """A talkative terminal does not make the bundle larger."""
    found = reduced(written("number %d", number) for number in range(MAX_LINES + 5))
    assert len(found.lines) == MAX_LINES
    assert found.lines[-1]["values"] == [MAX_LINES + 4]


def test_journald_that_answers_and_does_not(tmp_path: Path) -> None:
    """Its lines; or why there are none: not installed, it refuses, it is silent."""
    program = tmp_path / "journalctl"
    lines = tmp_path / "lines"
    lines.write_bytes(written("started in %d ms", 900) + b"\n")
    program.write_text(f"#!/bin/sh\nexec cat '{lines}'\n")
    program.chmod(stat.S_IRWXU)
    assert ask((str(program),)).lines[0]["values"] == [900]
    assert ask((str(tmp_path / "none"),)) == Journal((), 0, "absent")
    assert ask(("false",)) == Journal((), 0, "refused")
    assert ask(("sleep", "60"), patience=0.05) == Journal((), 0, "silent")


def test_every_sentence_that_is_logged_is_a_constant() -> None:
    """Nothing is put into it before it is logged: what stands in the code goes into a bundle."""
    found = []
    for package in ("edge", "reader", "verify", "crl", "provisioning"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text("utf-8")
            for node in ast.walk(ast.parse(text)) if "getLogger" in text else ():
                template = _template(node)
                if template is not None and not isinstance(template, ast.Constant):
                    found.append(f"{path.relative_to(ROOT)}:{template.lineno}")
    assert found == []


def _template(node: ast.AST) -> ast.expr | None:
    """Return what is logged, None for what logs nothing."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    on, method = node.func.value, node.func.attr
    if not isinstance(on, ast.Name) or on.id not in ("log", "_log", "logger", "_logger"):
        return None
    return node.args[method == "log"] if method in _LEVELS | {"log"} else None


def test_the_command_asks_for_the_terminals_units() -> None:
    """And for no others, so many lines, as JSON."""
    assert f"--unit={journal.UNITS}" in journal.COMMAND
    assert "--output=json" in journal.COMMAND
