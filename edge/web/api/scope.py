"""Which requests are the local API's. By the rule that matched, by the path where none did."""

from __future__ import annotations

from flask import request

PREFIX = "/api/"


def is_api() -> bool:
    """Return whether this request is for the API, and not for a page."""
    place = request.path if request.url_rule is None else request.url_rule.rule
    return place.startswith(PREFIX)
