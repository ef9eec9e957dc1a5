"""Every error of the centre over HTTP, in one form: a problem (RFC 9457).

Lives here: which error has which status and type, and the object itself. Not here: raising them.
The members are the RFC's `type`, `title`, `status`, `detail`, and ours, `next_step`: what a person
does now. Nothing in them names a person or repeats what was sent. A problem that is no more than
its status has the type `about:blank` (section 4.2.1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, InternalServerError

from provisioning.centre.gate import RETRY_AFTER
from provisioning.errors import (
    AuthorityUnavailable,
    BackOfficeUnknown,
    CallRefused,
    CentreBusy,
    CentreStoreUnavailable,
    CertificateEnded,
    ClaimRefused,
    EnrolmentRefused,
    InboxRefused,
    ProvisioningError,
    QuestionMalformed,
    ReportRefused,
    RequestRefused,
    SegmentRefused,
    TerminalNotAsked,
    TooManyQuestions,
)

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"
COME_AGAIN = frozenset({429, 503})
"""Statuses with which the centre says when to come again."""
CHALLENGE = 'Basic realm="tramthe enrolment", charset="UTF-8"'
"""How a claim is shown (RFC 7617)."""
BEARER = 'Bearer realm="tramthe"'
"""How a back office shows its token (RFC 6750)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of problem: always this title and status."""

    type: str
    title: str
    status: int


KINDS: dict[type[ProvisioningError], Kind] = {
    SegmentRefused: Kind("urn:tramthe:problem:segment-refused", "The segment is not taken", 403),
    InboxRefused: Kind("urn:tramthe:problem:inbox-refused", "The call is not answered", 403),
    ReportRefused: Kind("urn:tramthe:problem:report-refused", "The report is not taken", 403),
    RequestRefused: Kind("urn:tramthe:problem:request-refused", "The request is not taken", 400),
    ClaimRefused: Kind("urn:tramthe:problem:claim-refused", "The claim is not taken", 401),
    EnrolmentRefused: Kind("urn:tramthe:problem:enrolment-refused", "No certificate is given", 403),
    AuthorityUnavailable: Kind(
        "urn:tramthe:problem:authority-unavailable", "The authority cannot sign", 503
    ),
    CertificateEnded: Kind(  # as nginx answers one that has run out: the terminal tries that door
        "urn:tramthe:problem:certificate-ended", "The certificate is no longer taken", 400
    ),
    QuestionMalformed: Kind("urn:tramthe:problem:question-malformed", "No question", 400),
    BackOfficeUnknown: Kind("urn:tramthe:problem:office-unknown", "Nobody's token", 401),
    TerminalNotAsked: Kind("urn:tramthe:problem:terminal-not-asked", "It is not asked", 404),
    TooManyQuestions: Kind("urn:tramthe:problem:too-many-questions", "Too many wait", 409),
    CallRefused: Kind("urn:tramthe:problem:call-refused", "The call is not answered", 403),
    CentreBusy: Kind("urn:tramthe:problem:busy", "The centre is busy", 429),
    CentreStoreUnavailable: Kind(
        "urn:tramthe:problem:store-unavailable", "The centre's database cannot be used", 503
    ),
}
_CHALLENGES: dict[type[ProvisioningError], str] = {
    ClaimRefused: CHALLENGE,
    BackOfficeUnknown: BEARER,
}
"""Of each error that is a 401 (RFC 9110 section 11.6.1)."""
OTHER = Kind("urn:tramthe:problem:refused", "The centre does not do this", 403)
_ITSELF = "Nothing is lost: what waits is sent again by itself."


def answer_in_problems(app: Flask) -> None:
    """Give every error of the application this form, one that nobody foresaw too."""
    app.register_error_handler(ProvisioningError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)


def _of_ours(error: ProvisioningError) -> Response:
    kind = KINDS.get(type(error), OTHER)
    response = _problem(kind, error.message, error.next_step)
    if kind.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = _CHALLENGES[type(error)]
    return response


def _of_http(error: HTTPException) -> Response:
    status = error.code or InternalServerError.code
    kind = Kind(BLANK, error.name, status)
    detail = error.description or error.name
    if isinstance(error, InternalServerError):
        response = _problem(kind, "Something went wrong at the centre.", _ITSELF)
    else:
        response = _problem(kind, detail, "Compare the request with the centre's /v1/openapi.json.")
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name != "Content-Type"
    )
    return response


def to_bytes(kind: Kind, detail: str, next_step: str) -> bytes:
    """Return the object as JSON."""
    body = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "next_step": next_step,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _problem(kind: Kind, detail: str, next_step: str) -> Response:
    response = Response(to_bytes(kind, detail, next_step), kind.status, mimetype=MEDIA_TYPE)
    if kind.status in COME_AGAIN:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
