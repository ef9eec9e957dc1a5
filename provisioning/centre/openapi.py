"""What the centre answers to, as OpenAPI 3.1: the document that it serves about itself.

Lives here: the routes of the protocol with their statuses, types and limits. Not here: what is in a
segment or an acknowledgement, which is signed and opaque to HTTP (docs/protocol.md), and pages for
people. The same document lies in docs/openapi.json.
Source: OpenAPI 3.1.1, RFC 9457.
"""

from __future__ import annotations

from typing import Any

from edge.wire import question, segment_answer
from edge.wire.ack import MAX_ACK
from edge.wire.inbox_call import MAX_ANSWER, MAX_CALL
from edge.wire.report import MAX_REPORT
from edge.wire.segment import MAX_SEGMENT
from edge.wire.support import MAX_SUPPORT
from provisioning.centre.gate import RETRY_AFTER
from provisioning.centre.metrics import CONTENT_TYPE
from provisioning.centre.problem import MEDIA_TYPE

JOSE = "application/jose"
JOSE_LINES = "application/jose-lines"
"""Compact JWS in ASCII, each ended by a line feed."""
PREFIX = "/v1/"
"""Every route that terminals and machines use; whatever else there is, is for people."""

_JWS = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
_COMPACT = f"^{_JWS}$"
_LINES = f"^({_JWS}\n)+$"


def document() -> dict[str, Any]:
    """Return the document, ready to be written as JSON."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Trạm Thẻ: the centre",
            "version": "1",
            "summary": "Takes the signed records of terminals and acknowledges them.",
            "description": "What the signed objects hold, and what a centre does with them, is"
            " written in docs/protocol.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/v1/segments": {"post": _segments()},
            "/v1/inbox": {"post": _inbox()},
            "/v1/reports": {"post": _reports()},
            "/v1/questions": {"post": _questions()},
            "/v1/support": {"post": _support()},
            "/v1/health": {"get": _sign_of_life("health", "Whether the database answers")},
            "/v1/ready": {"get": _sign_of_life("ready", "Whether a segment would be taken now")},
            "/v1/metrics": {"get": _metrics()},
            "/v1/openapi.json": {"get": _itself()},
        },
        "components": {
            "schemas": {"CompactJws": _jws(MAX_SEGMENT), "Ok": _OK, "Problem": PROBLEM},
            "responses": {
                name: _problem(words, again=name in ("Busy", "Unavailable"))
                for name, words in _PROBLEMS.items()
            },
        },
    }


_PROBLEMS = {
    "Refused": "Not from one of our terminals, or no segment. Nothing of it is kept.",
    "NoCall": "Not from one of our terminals, or no call.",
    "NoReport": "Not from one of our terminals, or no report.",
    "TooLarge": f"The body is larger than {MAX_SEGMENT} bytes.",
    "Busy": "Too much at once. Send the same again later.",
    "Unavailable": "The database cannot be used. Send the same again later.",
}
_OK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["ok"],
    "properties": {"ok": {"const": True}},
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457, and what a person does now.",
    "required": ["type", "title", "status", "detail", "next_step"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "next_step": {"type": "string"},
    },
}
_RETRY_AFTER = {
    "description": "Seconds until it is worth coming again.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0, "examples": [RETRY_AFTER]},
}


def _segments() -> dict[str, Any]:
    return {
        "operationId": "sendSegment",
        "summary": "Send a segment, get an acknowledgement",
        "description": "The same segment may be sent any number of times, and segments in any"
        " order. Where it brings receipts that are held, their anchors come with the answer.",
        "requestBody": {
            "required": True,
            "description": "A compact JWS of type tramthe-segment+jws.",
            "content": {JOSE: {"schema": {"$ref": "#/components/schemas/CompactJws"}}},
        },
        "responses": {
            "200": {
                "description": "What is held now: a compact JWS of type tramthe-ack+jws; with"
                " receipts it is the first line, and one of type tramthe-receipt-anchor+jws"
                " follows for each, each ended by a line feed.",
                "content": {
                    JOSE: {"schema": _jws(MAX_ACK)},
                    JOSE_LINES: {"schema": _lines(segment_answer.MAX_ANSWER)},
                },
            },
            "403": _named("Refused"),
            "413": _named("TooLarge"),
            "429": _named("Busy"),
            "503": _named("Unavailable"),
        },
    }


def _inbox() -> dict[str, Any]:
    return {
        "operationId": "callInbox",
        "summary": "Ask for what the centre sends to this terminal alone",
        "description": "The same call may be sent any number of times.",
        "requestBody": {
            "required": True,
            "description": "A compact JWS of type tramthe-inbox-call+jws.",
            "content": {JOSE: {"schema": _jws(MAX_CALL)}},
        },
        "responses": {
            "200": {
                "description": "A compact JWS of type tramthe-inbox-head+jws, then one of type"
                " tramthe-inbox+jws for each message, each ended by a line feed.",
                "content": {
                    JOSE_LINES: {"schema": _lines(MAX_ANSWER)},
                },
            },
            "403": _named("NoCall"),
            "413": _named("TooLarge"),
            "429": _named("Busy"),
            "503": _named("Unavailable"),
        },
    }


def _reports() -> dict[str, Any]:
    return {
        "operationId": "sendReport",
        "summary": "Say how the terminal is",
        "description": "An older report that comes again changes nothing.",
        "requestBody": {
            "required": True,
            "description": "A compact JWS of type tramthe-report+jws.",
            "content": {JOSE: {"schema": _jws(MAX_REPORT)}},
        },
        "responses": {
            "200": {
                "description": "It is heard.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ok"}}},
            },
            "403": _named("NoReport"),
            "413": _named("TooLarge"),
            "503": _named("Unavailable"),
        },
    }


def _questions() -> dict[str, Any]:
    return {
        "operationId": "callQuestions",
        "summary": "Tell how questions stand, and ask for new ones",
        "description": "For a terminal that back offices ask by way of the centre. The answer comes"
        " with the first question, or after the seconds that the call names.",
        "requestBody": {
            "required": True,
            "description": "A compact JWS of type tramthe-questions-call+jws.",
            "content": {JOSE: {"schema": _jws(question.MAX_CALL)}},
        },
        "responses": {
            "200": {
                "description": "A compact JWS of type tramthe-questions+jws.",
                "content": {JOSE: {"schema": _jws(question.MAX_ANSWER)}},
            },
            "403": _named("NoCall"),
            "413": _named("TooLarge"),
            "503": _named("Unavailable"),
        },
    }


def _support() -> dict[str, Any]:
    return {
        "operationId": "sendSupport",
        "summary": "Hand in a support bundle that a message asked for",
        "description": "It names no member. The same again changes nothing.",
        "requestBody": {
            "required": True,
            "description": "A compact JWS of type tramthe-support+jws, of at most "
            f"{MAX_SUPPORT} characters.",
            "content": {JOSE: {"schema": {"$ref": "#/components/schemas/CompactJws"}}},
        },
        "responses": {
            "200": {
                "description": "It is kept.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ok"}}},
            },
            "403": _named("NoReport"),
            "413": _named("TooLarge"),
            "429": _named("Busy"),
            "503": _named("Unavailable"),
        },
    }


def _sign_of_life(name: str, summary: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {
                "description": "It does.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ok"}}},
            },
            "503": _named("Unavailable"),
        },
    }


def _metrics() -> dict[str, Any]:
    return {
        "operationId": "metrics",
        "summary": "Counters of all processes, for Prometheus",
        "description": "Not found behind nginx: asked over the socket itself.",
        "responses": {
            "200": {
                "description": "Prometheus text.",
                "content": {CONTENT_TYPE: {"schema": {"type": "string"}}},
            }
        },
    }


def _itself() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This document",
        "responses": {
            "200": {
                "description": "OpenAPI 3.1.",
                "content": {
                    "application/json": {"schema": {"type": "object", "required": ["openapi"]}}
                },
            }
        },
    }


def _jws(most: int) -> dict[str, Any]:
    return {"type": "string", "pattern": _COMPACT, "maxLength": most}


def _lines(most: int) -> dict[str, Any]:
    return {"type": "string", "pattern": _LINES, "maxLength": most}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}


def _problem(words: str, *, again: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": words,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return {**answer, "headers": {"Retry-After": _RETRY_AFTER}} if again else answer
