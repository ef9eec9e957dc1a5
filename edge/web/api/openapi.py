"""What the local API answers to, as OpenAPI 3.1: the document that it serves about itself.

Lives here: the routes with what each asks and answers. Not here: the objects (`schemas`), which
are the very ones that bodies are checked by. The same document lies in docs/api.json.
Source: OpenAPI 3.1.1, RFC 9457.
"""

from __future__ import annotations

from typing import Any

from edge.procedure.sessions import State
from edge.web.api.body import MAX_INTEGER
from edge.web.api.problem import MEDIA_TYPE, TABLE, Code
from edge.web.api.schemas import SCHEMAS, ref
from edge.web.api.verifications import MAX_WAIT

_DOOR = (
    *(Code.TOKEN_MISSING, Code.TOKEN_UNKNOWN, Code.ORIGIN_MISSING, Code.SITE_MISSING),
    *(Code.SITE_UNFIT, Code.TOKEN_ELSEWHERE, Code.PAIRING_WAITING, Code.PAIRINGS_DAMAGED),
    Code.TOO_MANY,
)
"""What the door may answer to whoever asks behind it."""
_BODY = (Code.BODY_MALFORMED, Code.TOO_LARGE, Code.NOT_JSON, Code.BODY_INVALID)
_DESCRIPTION = """\
Every call names its page: `Origin`, `Sec-Fetch-Site` and, once the page is paired, its token.
A browser sends the first two by itself, and no script can change them. A program that is no
browser sends the Origin that it was paired with, and `Sec-Fetch-Site: cross-site`. Neither may be
left out. Cookies are not looked at.

Pairing: the desk opens *Ghép trang nghiệp vụ*; the page sends the code and PIN that the terminal
shows, and shows the check number that it is told; the desk compares and agrees. A page that
meets a network error though the terminal is there is not paired, or not any more: a script of
another origin may read nothing.

A stream of events is read by `fetch`, since `EventSource` sends no token."""


def document() -> dict[str, Any]:
    """Return the document, ready to be written as JSON."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Trạm Thẻ: the local API",
            "version": "1",
            "summary": "A back office asks the card on this terminal's reader.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/api/v1/status": {"get": _status()},
            "/api/v1/openapi.json": {"get": _itself()},
            "/api/v1/pairings": {"post": _pair()},
            "/api/v1/pairings/current": {"get": _current()},
            "/api/v1/verifications": {"post": _ask()},
            "/api/v1/verifications/{verification}": {"get": _how(), "delete": _cancel()},
            "/api/v1/verifications/{verification}/events": {"get": _events()},
        },
        "components": {
            "schemas": dict(SCHEMAS),
            "parameters": {"Origin": _ORIGIN, "Site": _SITE, "Id": _ID},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_ORIGIN = {
    "name": "Origin",
    "in": "header",
    "required": True,
    "description": "The page's, as it was paired.",
    "schema": {"type": "string", "examples": ["https://motcua.example"]},
}
_SITE = {
    "name": "Sec-Fetch-Site",
    "in": "header",
    "required": True,
    "description": "How the page's origin stands to the terminal.",
    "schema": {"enum": ["cross-site", "same-site", "same-origin"]},
}
_ID = {
    "name": "verification",
    "in": "path",
    "required": True,
    "schema": SCHEMAS["Verification"]["properties"]["id"],
}


def _behind(*parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what every call behind the door has."""
    return {
        "security": [{"token": []}],
        "parameters": [_parameter("Origin"), _parameter("Site"), *parameters],
    }


def _status() -> dict[str, Any]:
    return {
        "operationId": "status",
        "summary": "How the terminal is; needs no token, and always answers",
        "responses": {
            "200": _json({"type": "object", "required": ["terminal", "now", "reader", "lists"]}),
            **_problems(),
        },
    }


def _itself() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This document; needs no token",
        "responses": {
            "200": _json({"type": "object", "required": ["openapi"]}),
            **_problems(),
        },
    }


def _pair() -> dict[str, Any]:
    fates = (
        *(Code.ORIGIN_MISSING, Code.SITE_MISSING, Code.SITE_UNFIT, Code.ORIGIN_UNFIT),
        *(Code.ORIGIN_NOT_SECURE, Code.PAIRING_WRONG, Code.PAIRING_CLOSED, Code.NAME_UNFIT),
        Code.TOO_MANY,
    )
    return {
        "operationId": "pair",
        "summary": "Meet the code and PIN that the desk shows; hear the token, once",
        "description": "Needs no token, and opens nothing before the desk has agreed. Three"
        " wrong tries end the offer.",
        "parameters": [_parameter("Origin"), _parameter("Site")],
        "requestBody": _body("PairingAsked"),
        "responses": {
            "201": _json(ref("PairingGranted"), "The token; the desk is asked now."),
            **_problems(*fates, *_BODY),
        },
    }


def _current() -> dict[str, Any]:
    return {
        **_behind(),
        "operationId": "currentPairing",
        "summary": "Whose the token is, and whether the desk has agreed",
        "responses": {"200": _json(ref("Pairing")), **_problems(*_DOOR)},
    }


def _ask() -> dict[str, Any]:
    fates = (
        *(Code.READER_HELD, Code.PROCEDURE_UNKNOWN, Code.NOT_AT_COUNTER, Code.FIELDS_NOT_ALLOWED),
        *(Code.DOSSIER_UNFIT, Code.QUESTION_UNFIT, Code.NO_CERTIFICATE, Code.RECORDING_LOCKED),
    )
    location = {"description": "Where it is asked how it stands.", "schema": {"type": "string"}}
    return {
        **_behind(),
        "operationId": "askVerification",
        "summary": "Ask for the next card",
        "description": "The terminal shows who asks, for what and which fields; laying the card"
        " agrees. One question at a time: 409 names who has the reader, and since when.",
        "requestBody": _body("VerificationAsked"),
        "responses": {
            "202": {
                **_json(ref("Verification"), "It waits for a card."),
                "headers": {"Location": {**location, "required": True}},
            },
            **_problems(*fates, *_BODY, *_DOOR),
        },
    }


def _how() -> dict[str, Any]:
    wait = _query("wait", 0, MAX_WAIT, "Seconds to wait for a change beyond `after`.")
    after = _query("after", 0, MAX_INTEGER, "The version seen last.")
    skip = {
        "name": "skip",
        "in": "query",
        "description": "What is no change to wait for: for a page that shows nothing of it.",
        "schema": {"enum": [State.READING.value]},
    }
    return {
        **_behind(_parameter("Id"), wait, after, skip),
        "operationId": "verification",
        "summary": "How it stands, at once or once that changes",
        "responses": {
            "200": _json(ref("Verification")),
            **_problems(Code.BAD_REQUEST, Code.VERIFICATION_UNKNOWN, *_DOOR),
        },
    }


def _events() -> dict[str, Any]:
    return {
        **_behind(_parameter("Id")),
        "operationId": "verificationEvents",
        "summary": "How it stands, now and after every change, until it is over",
        "responses": {
            "200": {
                "description": "Server-sent events; the schema is that of each.",
                "content": {"text/event-stream": {"schema": _EVENT}},
            },
            **_problems(Code.VERIFICATION_UNKNOWN, *_DOOR),
        },
    }


def _cancel() -> dict[str, Any]:
    return {
        **_behind(_parameter("Id")),
        "operationId": "cancelVerification",
        "summary": "End it; harmless once it is over",
        "responses": {
            "204": {"description": "It is over."},
            **_problems(Code.VERIFICATION_UNKNOWN, Code.TOO_LATE, *_DOOR),
        },
    }


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, least: int, most: int, words: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": ref(name)}}}


def _json(schema: dict[str, Any], words: str = "As described.") -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _problems(*codes: Code) -> dict[str, Any]:
    """Return the answers that are problems, by status, each with its codes."""
    every = (Code.WRONG_HOST, Code.INTERNAL, *codes)
    answers: dict[str, Any] = {}
    for status in sorted({TABLE[code].status for code in every}):
        names = sorted(code.value for code in every if TABLE[code].status == status)
        answers[str(status)] = {
            "description": f"Code: {', '.join(names)}.",
            "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
            **({"headers": {"Retry-After": _RETRY_AFTER}} if status == _TOO_MANY else {}),
        }
    return answers


_STATES = SCHEMAS["Verification"]["properties"]["state"]
_EVENT = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "The version; sent back as Last-Event-ID."},
        "event": _STATES,
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": ref("Verification"),
        },
    },
}
_TOO_MANY = TABLE[Code.TOO_MANY].status
_RETRY_AFTER = {
    "description": "Seconds until it is worth coming again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
