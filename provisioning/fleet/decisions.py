"""What a person decides about requests, and the certificates that answer them.

Lives here: approving, refusing, keeping the answer. Not here: what asks (`requests`), the authority
that signs, which may be outside: the centre's own signs when the terminal asks again, another's
answer comes as a file.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from provisioning.errors import FleetRefused
from provisioning.fleet import registry
from provisioning.fleet.history import Verb, note
from provisioning.fleet.registry import State
from provisioning.fleet.requests import (
    Request,
    RequestState,
    Way,
    decided,
    request,
    request_of,
    requests,
)
from provisioning.fleet.tables import REQUEST

MAX_WHY = 200  # characters
SUPERSEDED = "superseded"
"""Why a certificate ended: another key took its place."""


def approve(connection: sa.Connection, number: int, operator: str | None, at: datetime) -> Request:
    """Approve a request that waits; other keys that wait for its terminal are refused with it.

    Raises FleetRefused where it does not wait.
    """
    found = _waiting(connection, number)
    known = registry.get(connection, found.terminal)
    if known.state in {State.RETIRED, State.WIPING, State.WIPED}:
        raise FleetRefused(
            f"{known.name} is {known.state}; it is not approved again.",
            next_step="Refuse the request, and give out a claim with a name of its own.",
        )
    for other in requests(connection, RequestState.WAITING, terminal=found.terminal):
        if other.key != found.key:
            why = f"request {number} was approved"
            decided(connection, other, RequestState.REFUSED, at, operator, why)
    done = decided(connection, found, RequestState.APPROVED, at, operator)
    registry.enter(
        *(connection, known.name, State.APPROVED, at),
        organisation=found.organisation,
        technician=found.technician,
    )
    return done


def refuse(
    connection: sa.Connection, number: int, operator: str | None, why: str, at: datetime
) -> Request:
    """Refuse a request that waits. Raises FleetRefused where it does not."""
    found = _waiting(connection, number)
    done = decided(connection, found, RequestState.REFUSED, at, operator, why[:MAX_WHY])
    known = registry.get(connection, found.terminal)
    if known.state is State.WAITING and not requests(
        connection, RequestState.WAITING, terminal=found.terminal
    ):
        registry.enter(connection, found.terminal, State.EXPECTED, at)
    return done


def issued(
    connection: sa.Connection, number: int, certificate: bytes, at: datetime
) -> registry.Certificate:
    """Keep the certificate (DER) that answers an approved request.

    A key that came by claim or stick takes the place of those before it, which end; a renewal
    lets the old certificate run out, since the answer may be lost on the way. Raises FleetRefused
    where the request is not approved, or the certificate is of another key.
    """
    found = request(connection, number)
    if found.state is RequestState.ISSUED and found.certificate is not None:
        held = registry.certificates(connection, found.terminal)
        return next(one for one in held if one.fingerprint == found.certificate)
    if found.state is not RequestState.APPROVED:
        raise _not(found, RequestState.APPROVED)
    if registry.get(connection, found.terminal).state is not State.APPROVED:
        raise _not(found, RequestState.APPROVED)
    if registry.read_certificate(found.terminal, certificate, at).key != found.key:
        raise FleetRefused(
            f"The certificate is not for the key of request {number}.",
            next_step="Have the authority sign this very request.",
        )
    made = registry.keep_certificate(connection, found.terminal, certificate, at)
    if found.way is not Way.RENEWAL:
        registry.end_certificates(connection, found.terminal, SUPERSEDED, at, keep=found.key)
    connection.execute(
        sa.update(REQUEST)
        .where(REQUEST.c.number == number)
        .values(state=RequestState.ISSUED.value, certificate=made.fingerprint)
    )
    note(connection, at, None, Verb.CERTIFIED, found.terminal, f"serial {made.serial}")
    return made


def _waiting(connection: sa.Connection, number: int) -> Request:
    found = request(connection, number)
    if found.state is not RequestState.WAITING:
        raise _not(found, RequestState.WAITING)
    return found


def _not(found: Request, state: RequestState) -> FleetRefused:
    return FleetRefused(
        f"Request {found.number} of {found.terminal} is {found.state}, not {state}.",
        next_step="Look at it: tramthe fleet show FOLDER TERMINAL",
    )


def answered(
    connection: sa.Connection, terminal: str, certificate: bytes, at: datetime
) -> registry.Certificate:
    """Keep a certificate that came as a file as the answer to the request of its key.

    The caller has checked who issued it. Raises FleetRefused where no approved request fits.
    """
    key = registry.read_certificate(terminal, certificate, at).key
    found = request_of(connection, terminal, key)
    if found is None:
        raise FleetRefused(
            f"No request of {terminal} is of this certificate's key.",
            next_step="A terminal that was certified by hand: tramthe fleet adopt",
        )
    return issued(connection, found.number, certificate, at)
