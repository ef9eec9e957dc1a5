"""What back offices' servers find at the centre, as OpenAPI 3.1, served at /api/v1/openapi.json.

Lives here: the routes with their bodies. Not here: the terminals' side (`provisioning.centre.
openapi`), checking a body (`edge.wire.question`). The same document lies in docs/relay.json.
Source: OpenAPI 3.1.1, RFC 6750, RFC 7516, RFC 9457.
"""

from __future__ import annotations

from typing import Any

from edge.wire.question import MAX_WAIT
from provisioning.centre.openapi import PROBLEM
from provisioning.centre.problem import MEDIA_TYPE
from verify.receipt import MAX_FIELDS

MAX_VERSION = 2**53 - 1


def document() -> dict[str, Any]:
    """Return the document, ready to be written as JSON."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Trạm Thẻ: a terminal asked by way of the centre",
            "version": "1",
            "summary": "For back offices whose server cannot reach the terminal.",
            "description": "In words: docs/server-to-server.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/terminals/{terminal}/verifications": {
                "parameters": [_parameter("terminal", {"type": "string", "maxLength": 64})],
                "post": _ask(),
            },
            "/api/v1/verifications/{question}": {
                "parameters": [_parameter("question", _text("^[0-9a-f]{32}$"))],
                "get": _of(),
                "delete": _cancel(),
            },
            "/api/v1/openapi.json": {"get": _itself()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Asked": _ASKED, "ReplyKey": _REPLY_KEY, "Verification": _VERIFICATION,
                "Result": _RESULT, "Problem": PROBLEM,
            },
        },
    }  # fmt: skip


def _text(pattern: str, words: str | None = None) -> dict[str, Any]:
    described = {} if words is None else {"description": words}
    return {"type": "string", "pattern": pattern, **described}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_DIGITS = _text("^[0-9]{6}$")
_COORDINATE = _text("^[A-Za-z0-9_-]{43}$")
_WHEN = {"type": "string", "format": "date-time"}
_CODE = _or_null(_text("^[A-Za-z0-9_]{1,64}$"))
_REPLY_KEY = {
    **_object({"kty": {"const": "EC"}, "crv": {"const": "P-256"}, "x": _COORDINATE,
               "y": _COORDINATE}),
    "description": "A public key, JWK (RFC 7517): what the card gave comes back under it.",
}  # fmt: skip
_ACCESS = {
    "description": "What opens the chip, where the office knows it; tried once.",
    "anyOf": [
        {"type": "null"},
        _object({"can": _DIGITS}),
        _object({"mrz": _object({"document_number": _text("^[A-Z0-9<]{1,9}$"), "birth": _DIGITS,
                                 "expiry": _DIGITS})}),
    ],
}  # fmt: skip
_ASKED = _object(
    {
        "procedure": _text("^[A-Za-z0-9_.-]{1,64}$", "A code of the terminal's catalogue."),
        "dossier": _text(r"^[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}$"),
        "nonce": _text("^[A-Za-z0-9_-]{8,88}$", "Drawn anew for each question."),
        "fields": {
            "type": "array",
            "maxItems": MAX_FIELDS,
            "uniqueItems": True,
            "items": _text("^[A-Za-z0-9_.-]{1,64}$"),
        },
        "access": _ACCESS,
        "reply_key": _ref("ReplyKey"),
    },
    "access",
)
_RESULT = _object(
    {
        "outcome": {"enum": ["ACCEPTED", "REJECTED", "INDETERMINATE"]},
        "reason": _CODE,
        "sealed": _or_null(
            {"type": "string", "description": "Compact JWE, ECDH-ES and A256GCM, of {id, fields,"
             " salt}; null where nothing is handed over."}
        ),
        "receipt": {"type": "string", "description": "Compact JWS: keep it with the dossier."},
        "receipt_number": _text("^BN [0-9A-Z ]{4,40}$"),
    }
)  # fmt: skip
_VERIFICATION = _object(
    {
        "id": _text("^[0-9a-f]{32}$"),
        "state": {"enum": ["sent", "waiting", "reading", "done", "cancelled", "expired", "failed",
                           "refused"]},
        "version": {"type": "integer", "minimum": 1},
        "asked": _WHEN,
        "deadline": {**_or_null(_WHEN), "description": "Of what it waits for now: the terminal,"
                     " then the card."},
        "hint": _CODE,
        "why": _CODE,
        "holder": _or_null({"type": "string", "description": "Who has the reader."}),
        "result": _or_null(_ref("Result")),
    }
)  # fmt: skip


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, most: int, words: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "maximum": most}
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _answer(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _problems(**words: str) -> dict[str, Any]:
    """Return answers that are problems, each by its status."""
    every = {"s401": "The token is none of a back office.", "s503": "The database fails.", **words}
    content = {MEDIA_TYPE: {"schema": _ref("Problem")}}
    return {key[1:]: {"description": text, "content": content} for key, text in every.items()}


def _ask() -> dict[str, Any]:
    return {
        "operationId": "ask",
        "summary": "Ask a terminal for the next card",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Asked")}},
        },
        "responses": {
            "202": {
                **_answer("It waits for its terminal.", _ref("Verification")),
                "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
            },
            **_problems(
                s400="The body is no question.",
                s404="This office does not ask this terminal, or it has never called.",
                s409="As many questions wait at this terminal as may.",
                s413="The body is too large.",
            ),
        },
    }  # fmt: skip


def _of() -> dict[str, Any]:
    return {
        "operationId": "verification",
        "summary": "How it stands, at once or once that changes",
        "parameters": [
            _query("wait", MAX_WAIT, "Seconds to wait for a change beyond `after`."),
            _query("after", MAX_VERSION, "The version seen last."),
        ],
        "responses": {
            "200": _answer("As it stands.", _ref("Verification")),
            **_problems(s400="The query is none.", s404="It is not this office's, or gone."),
        },
    }


def _cancel() -> dict[str, Any]:
    return {
        "operationId": "cancel",
        "summary": "Cancel it; one that is over stays as it is",
        "responses": {
            "204": {"description": "Nobody waits for it any more."},
            **_problems(s404="It is not this office's, or gone."),
        },
    }


def _itself() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "security": [],
        "responses": {"200": _answer("OpenAPI 3.1.", {"type": "object"})},
    }
