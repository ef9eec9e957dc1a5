"""EST over HTTP: the paths of RFC 7030, and by which door each is found.

Lives here: HTTP. Not here: who may have a certificate (`desk`), the octets (`edge.wire.est`), the
doors themselves (`provisioning.centre.door`), TLS, which ends before the application.

    GET  cacerts           the authorities that name terminals, certs-only CMS
    GET  csrattrs          what a request has
    POST simpleenroll      by a claim, HTTP Basic; `enrol.NAME`
    POST simplereenroll    by the connection's certificate; `terminals.NAME`. By a request that the
                           old key signed (JWS); `lapsed.NAME`
    POST serverkeygen      refused: a terminal's key never leaves it

A certificate that cannot be given yet is answered 202 with the time to come again (RFC 7030 section
4.2.3): the same request is sent again until it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from edge.wire import est
from edge.wire.reenrol import JOSE, MAX_REENROL
from provisioning.centre.door import Door
from provisioning.centre.gate import Gate
from provisioning.enrol.desk import Answer, EnrolmentDesk, Issued
from provisioning.errors import EnrolmentRefused, RequestRefused

EXTENSION = "enrolment"
RETRY_AFTER = 60
"""Seconds; a person has to look first, so sooner brings nothing. The terminal spreads its next try
from there on."""
MAX_BODY = max(est.body_limit(est.MAX_REQUEST), MAX_REENROL)  # bytes

_est = Blueprint("est", __name__)
_TRANSFER = ("Content-Transfer-Encoding", "base64")
"""RFC 7030 asks for it, RFC 8951 does without; software of both ages is content."""

BY_DOOR = {
    Door.ENROL: frozenset({"est.simpleenroll"}),
    Door.MUTUAL: frozenset({"est.simplereenroll"}),
    Door.LAPSED: frozenset({"est.simplereenroll"}),
}
OPEN = frozenset({"est.cacerts", "est.csrattrs", "est.serverkeygen"})
"""Behind every door of `BY_DOOR`."""
ALL = OPEN.union(*BY_DOOR.values())


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the routes work with. `door` and `certificate` tell of the request in hand."""

    desk: EnrolmentDesk
    clock: Callable[[], datetime]
    gate: Gate
    door: Callable[[], Door]
    certificate: Callable[[], bytes | None]


def install(app: Flask, enrolment: Enrolment) -> None:
    """Add EST to the centre's application."""
    app.extensions[EXTENSION] = enrolment
    app.register_blueprint(_est)


@_est.get(est.CACERTS)
def cacerts() -> Response:
    """Return the authorities that name terminals."""
    return _certificates(_enrolment().desk.anchors)


@_est.get(est.CSRATTRS)
def csrattrs() -> Response:
    """Return what a request has."""
    return _body(est.OURS.to_der(), est.ATTRIBUTES)


@_est.post(est.ENROL)
def simpleenroll() -> Response:
    """Take a request that a claim speaks for."""
    here = _enrolment()
    shown = request.headers.get("Authorization", "")
    with here.gate.pass_through():
        return _answer(here.desk.enrol(shown, _data(), here.clock()))


@_est.post(est.RENEW)
def simplereenroll() -> Response:
    """Take a request for the next certificate."""
    here = _enrolment()
    signed = est.media_type(request.headers.get("Content-Type", "")) == JOSE
    if here.door() is Door.MUTUAL:
        certificate = here.certificate()
        if certificate is None or signed:
            raise RequestRefused(
                "Here the connection's certificate asks, with a PKCS #10 request.",
                next_step="Send a signed request to lapsed.NAME.",
            )
        with here.gate.pass_through():
            return _answer(here.desk.renew(certificate, _data(), here.clock()))
    if not signed:
        raise RequestRefused(
            "Without a certificate of the connection, only a request that the old key signed is"
            " taken.",
            next_step=f"Send a compact JWS as {JOSE}, or come by terminals.NAME.",
        )
    compact = _data().decode("ascii", "replace")
    with here.gate.pass_through():
        return _answer(here.desk.renew_signed(compact, here.clock()))


@_est.post(est.SERVER_KEY)
def serverkeygen() -> Response:
    """Refuse to make somebody else's key."""
    raise EnrolmentRefused(
        "No key is made here for a terminal.",
        next_step="Have the terminal make its own key, and send a request to simpleenroll.",
    )


def _answer(answer: Answer) -> Response:
    if isinstance(answer, Issued):
        return _certificates((answer.certificate,))
    return Response(
        f"{answer.sentence}\n", 202, {"Retry-After": str(RETRY_AFTER)}, mimetype="text/plain"
    )


def _certificates(ders: tuple[bytes, ...]) -> Response:
    return _body(est.make_certificates(ders), est.CERTIFICATES)


def _body(data: bytes, content_type: str) -> Response:
    response = Response(est.to_body(data), content_type=content_type)
    response.headers.add(*_TRANSFER)
    return response


def _data() -> bytes:
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    return request.get_data(cache=False)


def _enrolment() -> Enrolment:
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, Enrolment):
        raise TypeError("the application was not made by create_app")
    return found
