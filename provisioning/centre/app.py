"""The centre's WSGI application: segments in, acknowledgements out, pages for operators.

Lives here: HTTP. Not here: judging (`ingest`), keeping (`store`), the word on receipts (`anchors`),
the inbox (`inbox`), enrolment (`provisioning.enrol`), pages (`pages`). It has no state of its own,
so several processes may serve one database. TLS ends before it.

    POST /v1/segments   a segment (compact JWS) -> an acknowledgement (compact JWS); where receipts
                        are in it, their anchors too (one a line)
    POST /v1/inbox      a terminal's call (compact JWS) -> a head and messages (one a line)
    POST /v1/reports    what a terminal says of itself (compact JWS) -> {"ok": true}
    POST /v1/support    a support bundle that was asked for (compact JWS) -> {"ok": true}
    GET  /v1/health     {"ok": true} while the process answers and the database too
    GET  /v1/ready      {"ok": true} while it would also take a segment now
    GET  /v1/metrics    Prometheus text for all processes; behind nginx only over the socket itself
    GET  /v1/openapi.json   what of this stands under /v1/, as OpenAPI 3.1 (`openapi`)
    POST /v1/questions, /api/v1/   questions of back offices (`provisioning.relay.routes`)
    /.well-known/est/   a terminal's certificate, by EST (`provisioning.enrol.routes`)
    /...                pages for operators, each behind a login and a role (`pages`)

Behind nginx (`Front.NGINX`) every request comes by a door that nginx names in a header, and what
a door is not for is not found there. What names no door came over the socket itself, from this
machine: to it only health, readiness, metrics and the document are shown.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import Forbidden, NotFound

from edge.wire.ack import sign_ack
from edge.wire.segment import MAX_SEGMENT
from edge.wire.segment_answer import SegmentAnswer
from edge.wire.wipe import is_statement
from provisioning.centre import pages, reports, support
from provisioning.centre.anchors import anchors
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.board import Board
from provisioning.centre.door import CERTIFICATE_HEADER, DOOR_HEADER, NAMED, Door
from provisioning.centre.gate import Gate
from provisioning.centre.inbox import CentreInbox
from provisioning.centre.ingest import examine
from provisioning.centre.metrics import CONTENT_TYPE, Metrics
from provisioning.centre.openapi import JOSE, JOSE_LINES, document
from provisioning.centre.problem import answer_in_problems
from provisioning.centre.store import CentreStore
from provisioning.enrol import routes as est
from provisioning.enrol.desk import EnrolmentDesk, Issue
from provisioning.errors import (
    CentreBusy,
    CentreStoreUnavailable,
    ProvisioningError,
    SegmentRefused,
    TerminalUnknown,
)
from provisioning.fleet import wipe
from provisioning.relay import routes as relay
from verify.errors import VerifyError

_wire = Blueprint("centre", __name__)
_OUTCOMES = {CentreStoreUnavailable: "unavailable", CentreBusy: "busy"}


class Front(Enum):
    """What stands before the application."""

    NOTHING = auto()
    """Loopback, an office's own machine: there is no header to be believed."""
    NGINX = auto()
    """A Unix socket that only nginx may open."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What acknowledgements are signed with."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    kid: str


class Centre:
    """What the routes work with."""

    def __init__(
        self,
        store: CentreStore,
        authorities: TerminalAuthorities,
        signer: Signer,
        clock: Callable[[], datetime],
        front: Front,
        gate: Gate,
        metrics: Metrics | None = None,
    ) -> None:
        self.store = store
        self.metrics = metrics or Metrics()
        self.front = front
        self._authorities = authorities
        self._signer = signer
        self._clock = clock
        self.gate = gate
        self._inbox = CentreInbox(store.database, signer.key, signer.kid)

    def take(self, compact: str, door: Door, certificate: bytes | None) -> SegmentAnswer:
        """Keep a segment and return what is signed about it. Raises ProvisioningError."""
        try:
            with self.gate.pass_through():
                return self._take(compact, door, certificate)
        except ProvisioningError as error:
            self.metrics.failed(_OUTCOMES.get(type(error), "refused"))
            raise

    def answer(self, compact: str, door: Door, certificate: bytes | None) -> bytes:
        """Return what a terminal's inbox has for it. Raises ProvisioningError."""
        with self.gate.pass_through():
            at = self._clock()
            caller = self._caller(certificate, at)
            return self._inbox.answer(compact, self._authorities, at, door, caller)

    def _take(self, compact: str, door: Door, certificate: bytes | None) -> SegmentAnswer:
        begun = time.monotonic()
        self.metrics.begun()
        try:
            at = self._clock()
            batch = examine(compact, self._authorities, at, door, self._caller(certificate, at))
            ack = self.store.keep(batch, at, connected=door is Door.MUTUAL)
            self.metrics.taken(len(batch.events), len(batch.aside))
            key, kid = self._signer.key, self._signer.kid
            anchored = anchors(self.store.database, batch, key, kid)
            return SegmentAnswer(sign_ack(ack, key, kid), anchored)
        finally:
            self.metrics.ended(time.monotonic() - begun)

    def hear(self, compact: str, door: Door, certificate: bytes | None) -> None:
        """Keep what a terminal says of itself, its last word too. Raises ProvisioningError."""
        at = self._clock()
        if is_statement(compact):
            with self.store.database.writing() as connection:
                wipe.hear(connection, compact, self._authorities, at)
            return
        caller = self._caller(certificate, at)
        reports.take(self.store.database, compact, self._authorities, at, door, caller)

    def caller(self, certificate: bytes | None) -> str | None:
        """Return the terminal that a connection's certificate names. Raises SegmentRefused."""
        return self._caller(certificate, self._clock())

    def take_support(self, compact: str, door: Door, certificate: bytes | None) -> None:
        """Keep a support bundle, sealed as it is. Raises ProvisioningError."""
        with self.gate.pass_through():
            at = self._clock()
            caller = self._caller(certificate, at)
            bundle = support.read(self.store.database, compact, self._authorities, at, door, caller)
            support.keep(self.store.database, bundle, compact, at)

    def _caller(self, certificate: bytes | None, at: datetime) -> str | None:
        if certificate is None:
            return None
        try:
            return self._authorities.known(certificate, at).terminal
        except (TerminalUnknown, VerifyError) as error:
            raise SegmentRefused(error.message, next_step=error.next_step) from error


def create_app(
    store: CentreStore,
    terminal_anchors: Sequence[bytes],
    signer: Signer,
    clock: Callable[[], datetime],
    *,
    front: Front = Front.NOTHING,
    gate: Gate | None = None,
    board: Board | None = None,
    place: int = 0,
    issue: Issue | None = None,
) -> Flask:
    """Return the application. `terminal_anchors`: DER; `clock`: the time in UTC.

    `board`: what it shares with other processes, in its `place` among them. `issue`: signs the
    terminals' certificates; where it is None an authority outside does.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_SEGMENT
    authorities, gate = TerminalAuthorities(terminal_anchors), gate or Gate()
    metrics = Metrics(board, place, store.totals)
    app.extensions["centre"] = Centre(store, authorities, signer, clock, front, gate, metrics)
    app.register_blueprint(_wire)
    desk = EnrolmentDesk(store.database, authorities, issue)
    est.install(app, est.Enrolment(desk, clock, gate, _door, _certificate))
    questions = relay.Relay(
        store.database, authorities, signer.key, signer.kid, clock, _calling, _door, os.urandom
    )
    relay.install(app, questions)
    pages.install(app, store.database, clock, secure=front is Front.NGINX)
    answer_in_problems(app)
    app.before_request(_by_its_door)
    app.after_request(_harden)
    return app


@_wire.post("/v1/segments")
def segments() -> Response:
    """Take a segment."""
    answer = _centre().take(_compact(), _door(), _certificate())
    return Response(answer.to_bytes(), mimetype=JOSE_LINES if answer.anchors else JOSE)


@_wire.post("/v1/inbox")
def inbox() -> Response:
    """Answer a terminal's call."""
    answer = _centre().answer(_compact(), _door(), _certificate())
    return Response(answer, mimetype=JOSE_LINES)


@_wire.post("/v1/reports")
def terminal_reports() -> Response:
    """Take what a terminal says of itself."""
    _centre().hear(_compact(), _door(), _certificate())
    return jsonify(ok=True)


@_wire.post("/v1/support")
def support_bundles() -> Response:
    """Take a support bundle."""
    _centre().take_support(_compact(), _door(), _certificate())
    return jsonify(ok=True)


@_wire.get("/v1/health")
def health() -> Response:
    """Say whether the database answers."""
    _centre().store.check()
    return jsonify(ok=True)


@_wire.get("/v1/ready")
def ready() -> Response:
    """Say whether a segment would be taken now: the database can be written to."""
    _centre().store.check(writes=True)
    return jsonify(ok=True)


@_wire.get("/v1/metrics")
def metrics() -> Response:
    """Return the counters of all processes."""
    return Response(_centre().metrics.text(), content_type=CONTENT_TYPE)


@_wire.get("/v1/openapi.json")
def openapi() -> Response:
    """Return what this application answers to."""
    return jsonify(document())


_OPEN_TO_ALL = frozenset({"centre.health", "centre.ready", "centre.openapi"})
_MACHINE = _OPEN_TO_ALL | {"centre.metrics"}
_TERMINALS = _OPEN_TO_ALL | {
    "centre.segments",
    "centre.inbox",
    "centre.terminal_reports",
    "centre.support_bundles",
}


def _by_its_door() -> None:
    """Find nothing that is not behind the request's door."""
    door, endpoint = _door(), request.endpoint
    if door is Door.PLAIN or endpoint is None:
        return
    if door is Door.SOCKET:
        found = endpoint in _MACHINE
    elif door is Door.OPERATOR:
        others = _MACHINE | _TERMINALS | est.ALL | relay.BY_OFFICES | relay.BY_TERMINALS
        found = endpoint in _OPEN_TO_ALL or endpoint not in others
    elif door is Door.BACK_OFFICE:
        found = endpoint in _OPEN_TO_ALL | relay.BY_OFFICES
    elif endpoint in relay.BY_TERMINALS:
        found = door in {Door.MUTUAL, Door.LAPSED}
    elif endpoint in est.ALL:
        found = endpoint in est.OPEN | est.BY_DOOR[door]
    else:
        found = endpoint in (_OPEN_TO_ALL if door is Door.ENROL else _TERMINALS)
    if not found:
        raise NotFound


def _door() -> Door:
    """Return by which door the request came."""
    if _centre().front is Front.NOTHING:
        return Door.PLAIN
    name = request.headers.get(DOOR_HEADER, "")
    if not name:
        return Door.SOCKET
    try:
        return NAMED[name]
    except KeyError as error:
        raise Forbidden("The request names no door.") from error


def _calling() -> str | None:
    """Return the terminal that the connection's certificate names, None where there is none."""
    centre = _centre()
    return centre.caller(_certificate())


def _compact() -> str:
    """Return the body as text; one that is not ASCII is no compact JWS, and is refused as that."""
    return request.get_data(cache=False).decode("ascii", "replace")


def _certificate() -> bytes | None:
    """Return the certificate (DER) that nginx checked; None where the door asks for none."""
    if _door() is not Door.MUTUAL:
        return None
    text = request.headers.get(CERTIFICATE_HEADER, "")
    try:
        return x509.load_pem_x509_certificate(unquote_to_bytes(text)).public_bytes(
            serialization.Encoding.DER
        )
    except ValueError as error:
        raise Forbidden("The connection has no certificate.") from error


def _centre() -> Centre:
    centre = current_app.extensions["centre"]
    if not isinstance(centre, Centre):
        raise TypeError("the application was not made by create_app")
    return centre


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
