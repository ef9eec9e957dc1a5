"""Operators' pages. First of them: the fleet."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, render_template_string

from provisioning.centre import fleet
from provisioning.centre.store import CentreStore

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1c1c1c;background:#fff}"
    "table{border-collapse:collapse}th,td{padding:.35rem 1rem;border-bottom:1px solid #ccc;"
    "text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "tr.alarm td{background:#fdecea}"
)
_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>Trạm Thẻ – trung tâm</title>
<style>{{ style|safe }}</style></head><body>
<h1>Các trạm</h1>
{% if rows %}<table><thead><tr><th>Trạm</th><th>Kỳ nhật ký</th><th>Đã nhận đến số</th>
<th>Sự kiện</th><th>Để riêng</th><th>Cảnh báo</th><th>Lần cuối (UTC)</th></tr></thead><tbody>
{% for row in rows %}<tr{% if row.alarms %} class="alarm"{% endif %}><td>{{ row.terminal }}</td>
<td><code>{{ row.epoch[:8] }}</code></td><td class="n">{{ row.high_water }}</td>
<td class="n">{{ row.events }}</td><td class="n">{{ row.set_aside }}</td>
<td class="n">{{ row.alarms }}</td><td>{{ row.last_seen }}</td></tr>
{% endfor %}</tbody></table>{% else %}<p>Chưa có trạm nào gửi nhật ký.</p>{% endif %}
</body></html>
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def pages(store: CentreStore, clock: Callable[[], datetime]) -> Blueprint:
    """Return the pages over a store."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/")
    def terminals() -> Response:
        """Show every terminal with its counts."""
        rows = fleet.epochs(store.database)
        response = Response(render_template_string(_PAGE, rows=rows, style=_STYLE))
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    return blueprint
