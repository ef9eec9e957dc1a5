"""Questions by way of the centre, over HTTP: for back offices, and for the terminals they ask.

Lives here: HTTP, and waiting for a change. Not here: what is under way (`questions`), who may ask
(`offices`), the forms (`edge.wire.question`).

    POST   /api/v1/terminals/TERMINAL/verifications  ask: 202, Location
    GET    /api/v1/verifications/ID   how it stands; `wait` seconds for a change beyond `after`
    DELETE /api/v1/verifications/ID   cancel
    GET    /api/v1/openapi.json       what back offices find here, as OpenAPI 3.1 (`openapi`)
    POST   /v1/questions              a terminal's call (compact JWS) -> what is new (compact JWS)

All but the last are for back offices, each with its bearer token (RFC 6750), and are as alike to
the terminal's own API (docs/api.md) as they can be. Whoever waits holds a thread, so only some may
at once; the others are answered at once and ask again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Flask, Response, current_app, jsonify, request, url_for
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from edge.errors import WireMalformed
from edge.wire.question import (
    MAX_WAIT,
    Answer,
    Asked,
    Call,
    Office,
    open_call,
    sign_answer,
)
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.database import Database
from provisioning.centre.door import Door
from provisioning.centre.speaker import Speaker
from provisioning.errors import CallRefused, QuestionMalformed, TerminalUnknown
from provisioning.fleet.admission import admission, turned_away
from provisioning.relay import calls
from provisioning.relay.offices import BackOffices
from provisioning.relay.questions import Questions, Standing
from verify.errors import VerifyError
from verify.receipt import Request

EXTENSION = "tramthe.relay"
PATH = "/v1/questions"
MAX_BODY = 16 * 1024  # bytes of a question as it comes
MAX_WAITING = 4
"""Who may wait at once in one process, of its threads."""
LOOK_SECONDS = 0.25
"""Between two looks into the database while somebody waits."""
MAX_VERSION = 2**53 - 1
JOSE = "application/jose"
T = TypeVar("T")

_relay = Blueprint("relay", __name__)
BY_OFFICES = frozenset({"relay.ask", "relay.of", "relay.cancel", "relay.openapi"})
BY_TERMINALS = frozenset({"relay.questions"})


@dataclass(frozen=True, slots=True)
class Relay:
    """What the routes work with.

    `key`, `kid`: the centre's sign key. `caller()`: the terminal that the connection's certificate
    names, None where the door asks for none; `door()`: by which the request in hand came.
    """

    database: Database
    authorities: TerminalAuthorities
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    kid: str
    clock: Callable[[], datetime]
    caller: Callable[[], str | None]
    door: Callable[[], Door]
    rng: Callable[[int], bytes]
    room: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MAX_WAITING)
    )

    @property
    def offices(self) -> BackOffices:
        """Return who may ask."""
        return BackOffices(self.database)

    @property
    def questions(self) -> Questions:
        """Return what is under way."""
        return Questions(self.database)


def install(app: Flask, relay: Relay) -> None:
    """Put the routes into the application."""
    app.extensions[EXTENSION] = relay
    app.register_blueprint(_relay)


@_relay.post("/api/v1/terminals/<terminal>/verifications")
def ask(terminal: str) -> tuple[Response, int, dict[str, str]]:
    """Begin a question to one terminal."""
    here, office = _here(), _office()
    asked = _asked(office)
    standing = here.questions.ask(office, terminal, asked, here.clock(), here.rng(16).hex())
    headers = {"Location": url_for(".of", question=standing.id)}
    return jsonify(as_object(standing)), 202, headers


@_relay.get("/api/v1/verifications/<question>")
def of(question: str) -> Response:
    """Say how a question stands; with `wait`, once its version is beyond `after`."""
    office = _office()
    seconds, after = _number("wait", MAX_WAIT), _number("after", MAX_VERSION)

    def changed(standing: Standing) -> bool:
        return standing.version > after or not standing.open

    return jsonify(as_object(_wait(lambda: _of(office, question), changed, seconds)))


@_relay.delete("/api/v1/verifications/<question>")
def cancel(question: str) -> tuple[str, int]:
    """Cancel a question; one that is over stays as it is."""
    office, here = _office(), _here()
    _of(office, question)
    here.questions.cancel(office, question, here.clock())
    return "", 204


@_relay.get("/api/v1/openapi.json")
def openapi() -> Response:
    """Return what back offices find here."""
    from provisioning.relay.openapi import document  # not at the start: who writes a client asks

    return jsonify(document())


@_relay.post(PATH)
def questions() -> Response:
    """Take what a terminal tells, and answer with what is new for it."""
    here = _here()
    call = _call(here)
    told = [one.id for one in call.told]
    if told:
        here.questions.tell(call.terminal, call.told, here.clock())
    found, gone = _wait(
        lambda: here.questions.new(call.terminal, told, here.clock()), any, call.wait
    )
    answer = Answer(call.terminal, call.nonce, found, gone)
    return Response(sign_answer(answer, here.key, here.kid), mimetype=JOSE)


def as_object(standing: Standing) -> dict[str, Any]:
    """Return a question as JSON, for whoever asked."""
    told = None if standing.told is None else standing.told.to_object()
    return {
        "id": standing.id,
        "state": standing.state,
        "version": standing.version,
        "asked": standing.asked_at,
        "deadline": standing.take_until if told is None else told["deadline"],
        "hint": None if told is None else told["hint"],
        "why": standing.why,
        "holder": None if told is None else told["holder"],
        "result": None if told is None else told["result"],
    }


# Steps


def _wait(look: Callable[[], T], enough: Callable[[T], object], seconds: float) -> T:
    """Return what `look` sees once it is enough, or as it is after `seconds`."""
    found, room = look(), _here().room
    if enough(found) or not seconds or not room.acquire(blocking=False):
        return found
    try:
        until = time.monotonic() + seconds
        while not enough(found) and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
            found = look()
        return found
    finally:
        room.release()


def _of(office: Office, question: str) -> Standing:
    found = _here().questions.of(office, question, _here().clock())
    if found is None:
        raise NotFound
    return found


def _office() -> Office:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return _here().offices.of_token(token if scheme.lower() == "bearer" else "")


def _asked(office: Office) -> Asked:
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    try:
        given = json.loads(request.get_data(cache=False))
        if not isinstance(given, dict):
            raise ValueError("The body is no object.")
        asked = Asked.from_object(given)
        fields = tuple(sorted(set(asked.fields)))
        Request(asked.nonce, office.origin, asked.procedure, asked.dossier, fields)
    except WireMalformed as error:
        raise _no_question(error.message) from error
    except (ValueError, RecursionError) as error:
        raise _no_question("The body is no question.") from error
    return asked


def _no_question(message: str) -> QuestionMalformed:
    return QuestionMalformed(message, next_step="Compare the body with docs/server-to-server.md.")


def _call(here: Relay) -> Call:
    """Return a call of a terminal whose certificate is in force, by whichever of its doors."""
    compact = request.get_data(cache=False).decode("ascii", "replace")
    speaker = Speaker(here.authorities, here.clock())
    try:
        call = open_call(compact, speaker.key_for)
        speaker.check(call.terminal, here.caller())
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise CallRefused(error.message, next_step="Look at the terminal's enrolment.") from error
    alone = here.door() is Door.LAPSED
    with here.database.writing() if alone else here.database.reading() as connection:
        found = admission(connection, call.terminal, speaker.key)
        if not found.connects:
            raise turned_away(found, Door.PLAIN, CallRefused)
        if alone:
            calls.take(connection, call, here.clock())
    return call


def _number(name: str, most: int) -> int:
    text = request.args.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 17) or int(text) > most:
        raise BadRequest(f"{name} is a number of at most {most}.")
    return int(text)


def _here() -> Relay:
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, Relay):
        raise TypeError("the application was not made by create_app")
    return found
