"""What bodies of the local API look like, in JSON Schema: for the document, and for validation.

Lives here: one schema for each object that is sent or told, and checking one that came. Not here:
the routes (`openapi`), strict JSON (`body`), rules that a schema does not say, such as which fields
a procedure allows (`edge.procedure.counter`). Sources: JSON Schema 2020-12, ECMA-262 patterns.

A pattern holds for the whole text: each begins with `^` and ends with `$`, and no line end is
slipped in before that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from edge.procedure.offer import CHECK_DIGITS, CODE_LENGTH, PIN_DIGITS
from edge.procedure.pairing import MAX_NAME, MAX_ORIGIN
from edge.web.api.problem import TYPE, Code, refuse
from verify.receipt import MAX_FIELDS

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

MAX_TOLD = 8
"""Faults of one body that a problem tells."""
_ID = "^[0-9a-f]{32}$"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_B64 = "A-Za-z0-9_-"
Schema = Mapping[str, Any]


def _object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {**required, **optional},
    }


def _text(pattern: str, *, longest: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "maxLength": longest, **more}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> dict[str, str]:
    """Return a reference to one of the schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


_WHEN = {"type": "string", "format": "date-time"}
_NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
_ORIGIN = {"type": "string", "maxLength": MAX_ORIGIN}

_PAIRING_ASKED = _object(
    {
        "code": {
            "type": "string",
            "maxLength": 4 * CODE_LENGTH,
            "description": f"{CODE_LENGTH} characters as the terminal shows them, or the QR"
            " code's fragment; case, spaces and hyphens do not count.",
            "examples": ["7KQ4 M2XB"],
        },
        "pin": {"type": "string", "maxLength": 2 * PIN_DIGITS, "examples": ["402917"]},
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_NAME,
            "description": "What the terminal shows: the office and its counter.",
            "examples": ["Một cửa xã Pha Hín, quầy 1"],
        },
    }
)
_PAIRING = {
    "id": _text("^[0-9a-f]{16}$", longest=16),
    "name": _NAME,
    "origin": _ORIGIN,
    "state": {
        "enum": ["waiting", "paired"],
        "description": "`waiting`: the desk has not agreed yet, and the token opens nothing.",
    },
    "made": _WHEN,
    "used": _or_null(_WHEN),
}
_PAIRING_GRANTED = _object(
    {
        **_PAIRING,
        "check": _text(
            f"^[0-9]{{{CHECK_DIGITS}}}$",
            longest=CHECK_DIGITS,
            description="To be shown by the page: the desk compares it.",
        ),
        "token": _text(f"^[{_B64}]{{43}}$", longest=43, description="Told this once."),
    }
)
_DATE = _text("^[0-9]{6}$", longest=6, description="YYMMDD, as in the machine-readable zone.")
_MRZ = _object(
    {
        "document_number": _text("^[A-Z0-9<]{1,9}$", longest=9),
        "birth": _DATE,
        "expiry": _DATE,
    }
)
_ACCESS = {
    "description": "What opens the chip, where the page knows it; tried once.",
    "oneOf": [
        _object({"can": _text("^[0-9]{6}$", longest=6)}),
        _object({"mrz": _MRZ}),
    ],
}
_VERIFICATION_ASKED = _object(
    {
        "procedure": _text(
            "^[a-z0-9][a-z0-9-]{0,59}$", longest=60, examples=["chuyen-sinh-hoat-chinh-thuc"]
        ),
        "dossier": _text(
            f"^[^{_CONTROLS}]{{1,64}}$", longest=64, minLength=1, examples=["CSH-2026-0147"]
        ),
        "nonce": _text(
            f"^[{_B64}]{{8,88}}$",
            longest=88,
            description="Drawn anew by the page for each question; the receipt carries it.",
            examples=["b3J2bmRva2h1bmFtZQ"],
        ),
        "fields": {
            "type": "array",
            "maxItems": MAX_FIELDS,
            "uniqueItems": True,
            "items": _text("^[a-z_]{1,40}$", longest=40),
            "description": "What the page wants to know; no more than the procedure allows.",
            "examples": [["name", "number"]],
        },
    },
    access=_ACCESS,
)
_RESULT = _object(
    {
        "outcome": {"enum": ["ACCEPTED", "REJECTED", "INDETERMINATE"]},
        "reason": _or_null({"type": "string", "description": "A stable code: docs/verdicts.md."}),
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Those asked for that the card has; none of a card that was not"
            " accepted, but for one in doubt for nothing more than the age of a list.",
        },
        "salt": _or_null(
            _text("^[0-9a-f]{32}$", longest=32, description="Binds the fields to the receipt.")
        ),
        "receipt": {
            "type": "string",
            "description": "Compact JWS: keep it with the dossier. `tramthe receipt verify`.",
        },
        "receipt_number": {
            "type": "string",
            "description": "As on the slip, for people: the first bits of its SHA-256.",
            "examples": ["BN 7Q4K 19ZD"],
        },
        "anchor": _or_null(
            {
                "type": "string",
                "description": "The centre's word that it had the receipt, compact JWS, once it"
                " came: keep it beside the receipt.",
            }
        ),
    }
)
_VERIFICATION = _object(
    {
        "id": _text(_ID, longest=32),
        "state": {"enum": ["waiting", "reading", "done", "cancelled", "expired", "failed"]},
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "Grows with every change; given as `after` to wait for the next.",
        },
        "asked": _WHEN,
        "deadline": {**_WHEN, "description": "Until when it waits for a card."},
        "hint": _or_null(
            {"type": "string", "description": "Why the last laying came to nothing: a code."}
        ),
        "why": _or_null({"type": "string", "description": "Why it ended without a result."}),
        "result": _or_null(ref("Result")),
    }
)
_HOLDER = _object({"name": {"type": "string"}, "since": _WHEN})
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457, with a code for programs and what a person does now.",
    "required": ["type", "title", "status", "detail", "code", "next_step"],
    "properties": {
        "type": {"type": "string", "pattern": f"^{TYPE}[a-z-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"enum": [code.value for code in Code]},
        "next_step": {"type": "string"},
        "holder": ref("Holder"),
        "fields": {"type": "array", "items": {"type": "string"}},
        "errors": {"type": "array", "items": ref("Fault")},
    },
}
_FAULT = _object(
    {
        "pointer": {
            "type": "string",
            "description": "RFC 6901, into the body; empty for the whole.",
        },
        "rule": {"type": "string", "description": "The keyword of the schema that it breaks."},
    }
)

SCHEMAS: Mapping[str, Schema] = {
    "PairingAsked": _PAIRING_ASKED,
    "PairingGranted": _PAIRING_GRANTED,
    "Pairing": _object(_PAIRING),
    "VerificationAsked": _VERIFICATION_ASKED,
    "Verification": _VERIFICATION,
    "Result": _RESULT,
    "Problem": _PROBLEM,
    "Holder": _HOLDER,
    "Fault": _FAULT,
}
"""Under `components.schemas` of the document."""


def check(name: str, value: Mapping[str, Any]) -> None:
    """Check a body. Raises ApiRefused (BODY_INVALID) that tells where, and never what."""
    found = list(faults(name, value))
    if found:
        raise refuse(Code.BODY_INVALID, errors=found[:MAX_TOLD])


def faults(name: str, value: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield what is wrong with a value, each as pointer and rule."""
    for error in _validator(name).iter_errors(value):
        yield {"pointer": _pointer(error.instance_path), "rule": error.kind.name}


def _pointer(path: Sequence[str | int]) -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in parts)


@cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema_rs import Draft202012Validator  # few terminals are ever asked anything

    return Draft202012Validator({**SCHEMAS[name], "components": {"schemas": SCHEMAS}})
