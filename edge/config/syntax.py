"""What to say of a file that is no TOML: the line, and what people mostly get wrong there.

Lives here: words, from the reader's error and the line it points at; a value is not repeated.
Source: TOML 1.0; the messages of Python's tomllib ("… (at line 3, column 8)").
"""

from __future__ import annotations

import re
import tomllib

from edge.config.findings import Finding, Weight

_AT = re.compile(r"\(at line (\d+), column \d+\)$")
_TWICE = ("Cannot overwrite a value", "Cannot declare")
_KEY = r"\s*([A-Za-z0-9_-]+)\s*"
_OPEN = "a quote or a square bracket that is opened and never closed"
_QUOTES = "“”„‘’«»"


def no_toml(text: str, error: ValueError) -> tuple[int | None, Finding]:
    """Return the line, from 1, and what is wrong; None where the error names no line."""
    number = _line(text, error)
    line = "" if number is None else text.split("\n")[number - 1]
    if isinstance(error, tomllib.TOMLDecodeError) and str(error).startswith(_TWICE):
        key = re.match(_KEY, line)
        what = f"The key `{key[1]}`" if key else "This"
        return number, _finding(f"{what} stands a second time.", "Keep one of the two.")
    if not isinstance(error, tomllib.TOMLDecodeError):  # Python's own limit
        return None, _finding("A number has too many digits.", "Write it anew.")
    return number, _finding(
        "This is not written as TOML, and what follows was not read.", _fix(line, number)
    )


def _line(text: str, error: ValueError) -> int | None:
    found = _AT.search(str(error))
    lines = text.split("\n")
    if found is None or not 1 <= int(found[1]) <= len(lines):
        return None
    return int(found[1])


def _fix(line: str, number: int | None) -> str:
    if number is None:
        return f"Look for {_OPEN}."
    if _whole(line):
        return f"The line itself is right: look above it for {_OPEN}."
    if any(quote in line for quote in _QUOTES):
        return 'Use straight quotes: "…".'
    before, equals, after = line.partition("=")
    if not equals:
        return "Write `key = value`; a line that is only a remark begins with #."
    if re.fullmatch(_KEY, before) is None:
        return "Left of `=` stands one key: Latin letters and `_`, no spaces."
    return _fix_value(after.split("#")[0].strip())


def _fix_value(value: str) -> str:
    if value.lower() in {"true", "false", "yes", "no", "on", "off"}:
        return "Write true or false, in small letters and without quotes."
    if not value:
        return "A value is missing after `=`: give one, or remove the line."
    if value[0] in "\"'" and value.count(value[0]) % 2 == 1:
        return "A quote is opened and never closed."
    if value[0] == "[":
        return "A list has square brackets around it and commas between: [17, 27, 22]."
    if "\\" in value:
        return r"A backslash inside quotes is written twice: \\."
    if value[0].isdigit():
        return "A number stands alone: without a unit, a comma or a zero in front."
    if value[0] not in "\"'":
        return 'Put text in quotes: key = "value". A number stands without.'
    return "Put one value after `=`, and nothing behind it but a remark that begins with #."


def _whole(line: str) -> bool:
    try:
        tomllib.loads(line)
    except ValueError:
        return False
    return bool(line.strip())


def _finding(message: str, next_step: str) -> Finding:
    return Finding(Weight.STOPS, None, message, next_step)
