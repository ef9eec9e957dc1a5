"""Which requests are the local API's. By the rule that matched, by the path where none did."""

from __future__ import annotations

from flask import request

PREFIX = "/api/"


def is_api() -> bool:
    """Return whether this request is for the API, and not for a page."""
    rule = request.url_rule
    place = request.path if rule is None else rule.rule
    return place.startswith(PREFIX)
