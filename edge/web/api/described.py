"""The document about the API, served: `GET /api/v1/openapi.json`. Not here: the document."""

from __future__ import annotations

from flask import Blueprint

from edge.web.answer import JsonAnswer

bp = Blueprint("api_document", __name__, url_prefix="/api/v1")


@bp.get("/openapi.json")
def openapi() -> JsonAnswer:
    """Return what this API answers to."""
    from edge.web.api.openapi import document  # not at the start: who writes a client asks once

    return JsonAnswer(document())
