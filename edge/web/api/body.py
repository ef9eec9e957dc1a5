"""The body of a request as a value: strict JSON, one object, nothing twice.

Lives here: type, size, depth and spelling. Not here: which members an object has (`schemas`).
Source: RFC 8259, RFC 7493 (I-JSON) sections 2.1 to 2.3.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from edge.web.api.problem import Code, refuse

MAX_BODY = 16 * 1024  # bytes
MAX_DEPTH = 6
"""Of brackets within brackets; no request of ours needs more than three."""
MAX_INTEGER = 2**53 - 1
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
"""To its end, or to that of a text which leaves it open: each letter is looked at once."""
_BRACKET = re.compile(r"[\[\]{}]")
_TYPE = re.compile(r"application/json(?:\s*;\s*charset=(?:utf-8|\"utf-8\"))?", re.IGNORECASE)


def is_json(content_type: str | None) -> bool:
    """Return whether this Content-Type is JSON, with no parameter but `charset=utf-8`.

    A form and plain text, which a page sends anywhere without being asked, are not.
    """
    return content_type is not None and _TYPE.fullmatch(content_type.strip()) is not None


def read_object() -> dict[str, Any]:
    """Return the object in this request's body. Raises ApiRefused, RequestEntityTooLarge."""
    environ = request.environ
    if not is_json(environ.get("CONTENT_TYPE")):
        raise refuse(Code.NOT_JSON)
    data = get_input_stream(environ).read(MAX_BODY + 1)
    if len(data) > MAX_BODY:
        raise RequestEntityTooLarge
    return parse(data)


def parse(data: bytes) -> dict[str, Any]:
    """Return the object in `data`. Raises ApiRefused (BODY_MALFORMED)."""
    try:
        text = data.decode("utf-8")
        if _depth(text) > MAX_DEPTH:
            raise ValueError("too deep")
        value = _DECODER.decode(text)
        if "\\u" in text:  # the one way to a lone surrogate, which UTF-8 has not
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise refuse(Code.BODY_MALFORMED) from error
    if not isinstance(value, dict):
        raise refuse(Code.BODY_MALFORMED)
    return value


def _depth(text: str) -> int:
    """Return how deep brackets stand within brackets, strings left out."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 17 or not -MAX_INTEGER <= int(digits) <= MAX_INTEGER:
        raise ValueError("a number that not every program reads alike")
    return int(digits)


def _none(_: str) -> Any:
    raise ValueError("a number that no request of ours has")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_integer, parse_float=_none, parse_constant=_none
)
