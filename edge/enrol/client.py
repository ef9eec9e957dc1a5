"""The client of EST: one method for each thing that is asked, and what each answer means.

Lives here: requests and statuses. Not here: when to ask and what becomes of the answer (`first`,
`renewal`), the octets (`edge.wire.est`), TLS (`edge.net`).
Source: RFC 7030 sections 3.2 and 4.1 to 4.5; RFC 9110 section 15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from edge.enrol.faults import EnrolFault, refused
from edge.errors import CentreBusy, CentreUnreachable, WireMalformed
from edge.net.http import NONE, HttpAnswer, request
from edge.net.retry_after import retry_after
from edge.net.tls import Tls
from edge.wire import est
from edge.wire.est import CsrAttributes
from edge.wire.reenrol import JOSE

DEADLINE = 30.0
"""Seconds for one request and its answer: a CA may sign by a slow token."""

_OK, _ACCEPTED, _EMPTY = 200, 202, 204
_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_TIMED_OUT, _TOO_EARLY, _BUSY, _NOT_NOW = 408, 425, 429, 503
_CERTIFICATES = frozenset({"", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_ATTRIBUTES = frozenset({"", est.ATTRIBUTES})


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate, and perhaps others of its chain, DER; none of them checked."""

    certificates: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody has to approve it: ask again `after` so many seconds, None where nothing is said."""

    after: float | None


class Send(Protocol):
    """How one request goes out; `edge.net.http.request` is the one implementation."""

    def __call__(
        self,
        method: str,
        url: str,
        body: bytes | None,
        *,
        deadline: float,
        max_bytes: int,
        content_type: str = ...,
        headers: Mapping[str, str] = ...,
        tls: Tls | None = None,
    ) -> HttpAnswer:
        """Return the answer; see `edge.net.http.request`."""


class BadRequest(Exception):
    """Answer 400: what nginx says to a client certificate that has ended."""


class Est:
    """Asks one server. `base`: its address without a path.

    Each method raises CentreUnreachable, CentreBusy, CertificateNotTaken, EnrolmentRefused,
    ConfigInvalid.
    """

    def __init__(self, base: str, tls: Tls, *, send: Send = request) -> None:
        self._base = base.rstrip("/")
        self._tls = tls
        self._send = send

    def authorities(self, at: datetime) -> tuple[bytes, ...]:
        """Return the office's authorities, DER: whoever may issue certificates to terminals."""
        answer = self._ask("GET", est.CACERTS, None, est.MAX_CERTIFICATES)
        if answer.status != _OK:
            raise _meaning(answer, at)
        return _certificates(answer)

    def attributes(self, at: datetime) -> CsrAttributes:
        """Return what a request is to have; nothing where the server does not say."""
        answer = self._ask("GET", est.CSRATTRS, None, est.MAX_ATTRIBUTES)
        if answer.status in (_EMPTY, _NOT_FOUND):
            return CsrAttributes()
        if answer.status != _OK:
            raise _meaning(answer, at)
        try:
            body = _body(answer, _ATTRIBUTES, est.MAX_ATTRIBUTES) if answer.body.strip() else b""
            return CsrAttributes.from_der(body)
        except WireMalformed as error:
            raise _malformed(error) from error

    def enrol(self, csr: bytes, authorization: str, at: datetime) -> Issued | Waiting:
        """Ask for the certificate of a request (DER), showing a claim."""
        headers = {"authorization": authorization}
        return self._certificate(est.ENROL, est.to_body(csr), est.PKCS10, headers, at)

    def renew(self, csr: bytes, at: datetime) -> Issued | Waiting:
        """Ask for another certificate, over a connection that shows the old one.

        Raises BadRequest, too: perhaps the server does not take the old one any more.
        """
        answer = self._ask("POST", est.RENEW, est.to_body(csr), est.MAX_CERTIFICATES, est.PKCS10)
        if answer.status == _BAD_REQUEST:
            raise BadRequest
        return _outcome(answer, at)

    def renew_lapsed(self, compact: str, at: datetime) -> Issued | Waiting:
        """Ask for another certificate by what the old key signed (`edge.wire.reenrol`)."""
        return self._certificate(est.RENEW, compact.encode(), JOSE, NONE, at)

    def _certificate(
        self, path: str, body: bytes, kind: str, headers: Mapping[str, str], at: datetime
    ) -> Issued | Waiting:
        return _outcome(self._ask("POST", path, body, est.MAX_CERTIFICATES, kind, headers), at)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        most: int,
        kind: str = est.PKCS10,
        headers: Mapping[str, str] = NONE,
    ) -> HttpAnswer:
        return self._send(
            method,
            self._base + path,
            body,
            deadline=DEADLINE,
            max_bytes=est.body_limit(most),
            content_type=kind,
            headers=headers,
            tls=self._tls,
        )


def _outcome(answer: HttpAnswer, at: datetime) -> Issued | Waiting:
    if answer.status == _ACCEPTED:
        return Waiting(retry_after(answer.headers, at))
    if answer.status != _OK:
        raise _meaning(answer, at)
    return Issued(_certificates(answer))


def _certificates(answer: HttpAnswer) -> tuple[bytes, ...]:
    try:
        return est.read_certificates(_body(answer, _CERTIFICATES, est.MAX_CERTIFICATES))
    except WireMalformed as error:
        raise _malformed(error) from error


def _body(answer: HttpAnswer, kinds: frozenset[str], most: int) -> bytes:
    if est.media_type(answer.headers.get("content-type", "")) not in kinds:
        raise refused(
            EnrolFault.NO_SERVER, "What answers is no enrolment server: it sends something else."
        )
    return est.read_body(answer.body, max_size=most)


def _meaning(answer: HttpAnswer, at: datetime) -> Exception:
    status = answer.status
    if status in (_BUSY, _NOT_NOW):
        return CentreBusy(
            f"The centre asks to come later (HTTP {status}).",
            next_step="It is asked again by itself.",
            after=retry_after(answer.headers, at),
        )
    if status >= 500 or status in (_TIMED_OUT, _TOO_EARLY):
        return CentreUnreachable(
            f"The centre is not ready (HTTP {status}).", next_step="It is asked again by itself."
        )
    if status in (_UNAUTHORISED, _FORBIDDEN):
        return refused(
            EnrolFault.CLAIM_REFUSED,
            f"The centre does not let this terminal enrol (HTTP {status}).",
        )
    if 300 <= status < 400 or status == _NOT_FOUND:
        return refused(
            EnrolFault.NO_SERVER, f"What answers is no enrolment server (HTTP {status})."
        )
    return refused(
        EnrolFault.REQUEST_REFUSED, f"The centre issues no certificate for this (HTTP {status})."
    )


def _malformed(error: WireMalformed) -> Exception:
    return refused(
        EnrolFault.ANSWER_MALFORMED, f"The centre's answer cannot be read: {error.message}"
    )
