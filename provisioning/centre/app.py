"""The centre's WSGI application: segments in, acknowledgements out, a page for the operator.

Lives here: HTTP. Not here: judging (`ingest`), keeping (`store`). It has no state of its own, so
several processes may serve one database. TLS ends before it.

    POST /v1/segments   a segment (compact JWS) -> an acknowledgement (compact JWS)
    GET  /v1/health     {"ok": true} while the database answers
    GET  /              terminals with their counts; no names, there are none here
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template_string, request
from werkzeug.exceptions import HTTPException

from edge.wire.ack import sign_ack
from edge.wire.segment import MAX_SEGMENT
from provisioning.centre.ingest import examine
from provisioning.centre.store import CentreStore
from provisioning.errors import CentreStoreUnavailable, ProvisioningError, SegmentRefused

JOSE = "application/jose"

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
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_pages = Blueprint("centre", __name__)


class Centre:
    """What the routes work with."""

    def __init__(
        self,
        store: CentreStore,
        terminal_anchors: Sequence[bytes],
        sign_key: ec.EllipticCurvePrivateKey,
        kid: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.store = store
        self._anchors = tuple(terminal_anchors)
        self._sign_key = sign_key
        self._kid = kid
        self._clock = clock

    def take(self, compact: str) -> str:
        """Keep a segment and return the signed acknowledgement. Raises ProvisioningError."""
        at = self._clock()
        ack = self.store.keep(examine(compact, self._anchors, at), at)
        return sign_ack(ack, self._sign_key, self._kid)


def create_app(
    store: CentreStore,
    terminal_anchors: Sequence[bytes],
    sign_key: ec.EllipticCurvePrivateKey,
    kid: str,
    clock: Callable[[], datetime],
) -> Flask:
    """Return the application. `terminal_anchors`: DER; `clock`: the time in UTC."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_SEGMENT
    app.extensions["centre"] = Centre(store, terminal_anchors, sign_key, kid, clock)
    app.register_blueprint(_pages)
    app.register_error_handler(ProvisioningError, _failed)
    app.register_error_handler(HTTPException, _http_failed)
    app.after_request(_harden)
    return app


@_pages.post("/v1/segments")
def segments() -> Response:
    """Take a segment."""
    try:
        compact = request.get_data(cache=False).decode("ascii")
    except UnicodeDecodeError as error:
        raise SegmentRefused(
            "The body is not a compact JWS.", next_step="Send one segment as it was signed."
        ) from error
    return Response(_centre().take(compact), mimetype=JOSE)


@_pages.get("/v1/health")
def health() -> Response:
    """Say whether the database answers."""
    _centre().store.check()
    return jsonify(ok=True)


@_pages.get("/")
def terminals() -> str:
    """Show every terminal with its counts."""
    return render_template_string(_PAGE, rows=_centre().store.terminals(), style=_STYLE)


def _centre() -> Centre:
    centre = current_app.extensions["centre"]
    if not isinstance(centre, Centre):
        raise TypeError("the application was not made by create_app")
    return centre


def _failed(error: ProvisioningError) -> tuple[Response, int]:
    status = 503 if isinstance(error, CentreStoreUnavailable) else 403
    return jsonify(error=type(error).__name__, message=error.message, next=error.next_step), status


def _http_failed(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.name, message=error.description), error.code or 500


def _harden(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response
