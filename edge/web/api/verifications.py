"""A back office asks for a card to be verified, follows how that goes, and fetches the answer.

    POST   /api/v1/verifications                 ask: 202, Location
    GET    /api/v1/verifications/ID              how it stands; `wait` seconds for a change,
                                                 `skip=reading` for one that is more than that
    GET    /api/v1/verifications/ID/events       the same as Server-Sent Events
    DELETE /api/v1/verifications/ID              cancel

Lives here: requests to values and back. Not here: who may ask (`door`), what may be asked
(`edge.procedure.counter`), the card. Sources: RFC 9110, HTML section 9.2 (Server-Sent Events).

An answer names a person: it is given to the pairing that asked, and to nobody else; to another
one the question is as if it were not there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from flask import Blueprint, Response, request

from edge.procedure.card_access import password
from edge.procedure.counter import Asker, Wanted
from edge.procedure.pairing import Pairing
from edge.procedure.sessions import Answer, Ended, Session, Sessions, State
from edge.procedure.slip import spoken
from edge.web.answer import JsonAnswer
from edge.web.api import schemas
from edge.web.api.body import MAX_INTEGER, read_object
from edge.web.api.door import caller, pairings
from edge.web.api.problem import Code, refuse, utc
from edge.web.page import terminal, waiting_room
from edge.web.waiting import SLICE_SECONDS, WAIT_SECONDS
from verify import receipt_jws

MAX_WAIT = int(WAIT_SECONDS)
STREAM_SECONDS = 120.0
"""How long one stream may last: longer than a question waits for its card. A page comes again."""
KEEP_ALIVE_SECONDS = 10.0
EVENT_STREAM = "text/event-stream"

ADDRESS = "/api/v1/verifications"
bp = Blueprint("api_verifications", __name__, url_prefix=ADDRESS)


@bp.post("")
@caller
def ask(pairing: Pairing) -> JsonAnswer:
    """Ask for the next card to be verified; the terminal shows who asks, for what, which fields."""
    given = read_object()
    schemas.check("VerificationAsked", given)
    wanted = _wanted(given)
    session = terminal().counter.counter.ask(_asker(pairing), wanted)
    response = JsonAnswer(as_object(session), 202)
    response.ready = {"Location": f"{ADDRESS}/{session.id}"}
    return response


@bp.get("/<verification>")
@caller
def of(pairing: Pairing, verification: str) -> JsonAnswer:
    """Say how a question stands; with `wait`, once its version is beyond `after`.

    With `skip=reading` that a card is being read is not worth an answer.
    """
    session, kept = _of(pairing, verification), pairings()
    anchor = _anchor(session)
    seconds, after = _number("wait", MAX_WAIT), _number("after", MAX_INTEGER, session.version)
    skipped = _skipped()
    if seconds and session.open:
        session = _wait(session, after, float(seconds), skipped)
        if not kept.stands(pairing.id):
            raise refuse(Code.TOKEN_UNKNOWN)  # let go while it waited
    return JsonAnswer(as_object(session, anchor))


@bp.get("/<verification>/events")
@caller
def events(pairing: Pairing, verification: str) -> Response:
    """Tell of every change as it comes, the last one being the end of the question."""
    session = _of(pairing, verification)
    room = waiting_room()
    if not room.enter():
        raise refuse(Code.TOO_MANY, after=SLICE_SECONDS)
    gone, kept = _gone(), pairings()
    told = _stream(
        terminal().counter.counter.sessions,
        session,
        _anchor(session),
        _last_seen(),
        lambda: gone() or not kept.stands(pairing.id),
    )
    response = Response(told, mimetype=EVENT_STREAM)
    response.call_on_close(room.leave)
    response.headers["X-Accel-Buffering"] = "no"
    return response


@bp.delete("/<verification>")
@caller
def cancel(pairing: Pairing, verification: str) -> tuple[str, int]:
    """Cancel a question; one that is over stays as it is."""
    _of(pairing, verification)
    terminal().counter.counter.sessions.cancel(verification, pairing.id, Ended.BY_ASKER)
    return "", 204


def as_object(session: Session, anchor: str | None = None) -> dict[str, Any]:
    """Return a question as JSON, with the centre's word on its receipt where that has come."""
    return {
        "id": session.id,
        "state": session.state.value,
        "version": session.version,
        "asked": utc(session.asked),
        "deadline": utc(session.deadline),
        "hint": session.hint,
        "why": session.why,
        "result": None if session.answer is None else _result(session.answer, anchor),
    }


# Steps


def _result(answer: Answer, anchor: str | None) -> dict[str, Any]:
    verdict = answer.verdict
    return {
        "outcome": verdict.outcome.value.upper(),
        "reason": None if verdict.reason is None else verdict.reason.value,
        "fields": dict(answer.fields),
        "salt": None if answer.salt is None else answer.salt.hex(),
        "receipt": answer.receipt,
        "receipt_number": spoken(receipt_jws.digest(answer.receipt)),
        "anchor": anchor,
    }


def _anchor(session: Session) -> str | None:
    """Return the centre's word on the receipt of a question that is over; None before it came.

    Whoever waits for the end need not ask: a receipt of this moment has not been anywhere.
    """
    if session.answer is None:
        return None
    return terminal().counter.day.anchor(receipt_jws.digest(session.answer.receipt))


def _of(pairing: Pairing, verification: str) -> Session:
    found = terminal().counter.counter.sessions.of(verification, pairing.id)
    if found is None:
        raise refuse(Code.VERIFICATION_UNKNOWN)
    return found


def _wait(session: Session, after: int, seconds: float, skipped: State | None) -> Session:
    """Wait for a change while there is room and the page is there."""
    room, sessions = waiting_room(), terminal().counter.counter.sessions
    if not room.enter():
        return session
    gone, until = _gone(), time.monotonic() + seconds
    try:
        while session.open and (session.version <= after or session.state is skipped):
            left = until - time.monotonic()
            if left <= 0 or gone():
                break
            owner, seen = session.question.owner, max(after, session.version)
            found = sessions.wait(session.id, owner, seen, min(left, SLICE_SECONDS))
            if found is None:
                raise refuse(Code.VERIFICATION_UNKNOWN)
            session = found
        return session
    finally:
        room.leave()


def _stream(
    sessions: Sessions, session: Session, anchor: str | None, said: int, gone: Callable[[], bool]
) -> Iterator[str]:
    """Tell of each version beyond `said`. Runs after the request's context is gone.

    `anchor`: that of a question which is over already. `gone`: the page has left, or was let go
    meanwhile: then nothing more is told.
    """
    owner = session.question.owner
    until = time.monotonic() + STREAM_SECONDS
    quiet = time.monotonic()
    while not gone():
        if session.version > said:
            said, quiet = session.version, time.monotonic()
            yield _event(session, anchor)
        if not session.open or time.monotonic() >= until:
            return
        found = sessions.wait(session.id, owner, said, SLICE_SECONDS)
        if found is None:
            return
        session = found
        if session.version <= said and time.monotonic() - quiet >= KEEP_ALIVE_SECONDS:
            quiet = time.monotonic()
            yield ": \n\n"


def _event(session: Session, anchor: str | None) -> str:
    data = json.dumps(as_object(session, anchor), ensure_ascii=False)
    return f"id: {session.version}\nevent: {session.state.value}\ndata: {data}\n\n"


def _last_seen() -> int:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else 0


def _gone() -> Callable[[], bool]:
    """Return whether the page has left, as far as the server can tell."""
    found = request.environ.get("waitress.client_disconnected")
    return cast("Callable[[], bool]", found) if found is not None else (lambda: False)


def _number(name: str, most: int, default: int = 0) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 17) or int(text) > most:
        raise refuse(Code.BAD_REQUEST)
    return int(text)


def _skipped() -> State | None:
    """Return which state of an open question is not worth an answer."""
    given = request.args.get("skip")
    if given not in (None, State.READING):
        raise refuse(Code.BAD_REQUEST)
    return None if given is None else State.READING


def _asker(pairing: Pairing) -> Asker:
    return Asker(pairing.id, pairing.name, pairing.origin)


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(
        procedure=given["procedure"],
        dossier=given["dossier"],
        nonce=given["nonce"],
        fields=tuple(given["fields"]),
        password=password(given.get("access")),
    )
