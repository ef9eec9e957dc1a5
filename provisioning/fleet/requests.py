"""Requests for certificates: what asked, and what waits.

Lives here: the rows, and how one comes. Not here: a person's decision and the answer (`decisions`),
HTTP and the form of a request (EST, at the centre).

A request is one terminal and one key: asked again it is the same request, in whatever state it is.
One that nobody knows waits in quarantine for a person. A renewal of a terminal that is APPROVED is
approved as it comes, unless the caller says that a person is to look.
Source: DESIGN section 13; RFC 7030 section 4.2.3 (202 and Retry-After while it waits).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

import sqlalchemy as sa

from edge.wire.event import timestamp
from provisioning.errors import FleetRefused
from provisioning.fleet import registry
from provisioning.fleet.claims import Claim
from provisioning.fleet.history import Verb, note
from provisioning.fleet.registry import ENDED, State
from provisioning.fleet.tables import REQUEST

MAX_CSR = 16 * 1024  # bytes


@unique
class RequestState(StrEnum):
    """How far a request is."""

    WAITING = "waiting"
    """For a person."""
    APPROVED = "approved"
    """For the authority to sign."""
    REFUSED = "refused"
    ISSUED = "issued"


@unique
class Way(StrEnum):
    """How a request came."""

    CLAIM = "claim"
    STICK = "stick"
    """As a file, from somebody who has the terminal before them."""
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `certificate`: fingerprint of the answer, once there is one."""

    number: int
    terminal: str
    organisation: str | None
    technician: str | None
    way: Way
    claim: str | None
    key: str
    asked_at: str
    state: RequestState
    decided_at: str | None
    operator: str | None
    why: str | None
    certificate: str | None
    csr: bytes = field(repr=False)
    """PKCS #10, DER."""


def ask(connection: sa.Connection, claim: Claim, csr: bytes, key: str, at: datetime) -> Request:
    """Take the request that a claim lets in (`claims.use_claim`), or return it as it stands."""
    there = request_of(connection, claim.terminal, key, claim=claim.id)
    if there is not None:
        return there
    return _ask(
        *(connection, claim.terminal, csr, key, at, Way.CLAIM),
        claim=claim.id,
        organisation=claim.organisation,
        technician=claim.technician,
    )


def bring(
    connection: sa.Connection,
    terminal: str,
    csr: bytes,
    key: str,
    at: datetime,
    *,
    organisation: str | None = None,
    technician: str | None = None,
    operator: str | None = None,
) -> Request:
    """Take a request that came as a file, or return the open one of this key as it stands."""
    there = request_of(connection, terminal, key)
    if there is not None and there.state in _OPEN:
        return there
    return _ask(
        *(connection, terminal, csr, key, at, Way.STICK),
        organisation=organisation,
        technician=technician,
        operator=operator,
    )


def renew(
    connection: sa.Connection,
    terminal: str,
    csr: bytes,
    key: str,
    at: datetime,
    *,
    certificate: bytes,
    look: bool = False,
) -> Request:
    """Take the request for a terminal's next certificate, or return the open one of this key.

    `certificate`: the one (DER) that it asks with, whose signature and validity the caller has
    checked. `look`: a person is to approve it first. Raises FleetRefused where the terminal is not
    in service, or the registry does not know that certificate's key as one in force.
    """
    registry.begin(connection, at)
    known = registry.find(connection, terminal)
    if known is None or known.state in ENDED or known.state is not State.APPROVED:
        raise FleetRefused(
            f"{terminal} is not in service: no certificate is renewed.",
            next_step="Look at it: tramthe fleet show FOLDER TERMINAL",
        )
    old = registry.read_certificate(terminal, certificate, at)
    held = registry.certificates(connection, terminal)
    if not held:
        old = registry.keep_certificate(connection, terminal, certificate, at)
        held = (old,)
    if not any(one.key == old.key and one.ended_at is None for one in held):
        raise FleetRefused(
            f"The key that asks for {terminal} is no longer the terminal's.",
            next_step="Give out a claim, if this is the terminal: tramthe fleet show FOLDER"
            " TERMINAL",
        )
    there = request_of(connection, terminal, key)
    if there is not None and there.state in _OPEN:
        return there
    made = _ask(*(connection, terminal, csr, key, at, Way.RENEWAL))
    return made if look else decided(connection, made, RequestState.APPROVED, at, None)


def request_of(
    connection: sa.Connection, terminal: str, key: str, *, claim: str | None = None
) -> Request | None:
    """Return the newest request of a terminal's key (by this claim), None where there is none."""
    which: list[sa.ColumnElement[bool]] = [REQUEST.c.terminal == terminal, REQUEST.c.key == key]
    if claim is not None:
        which.append(REQUEST.c.claim == claim)
    found = _requests(connection, *which)
    return found[-1] if found else None


def request(connection: sa.Connection, number: int) -> Request:
    """Return a request. Raises FleetRefused where there is none of this number."""
    found = _requests(connection, REQUEST.c.number == number)
    if not found:
        raise FleetRefused(
            f"There is no request {number}.",
            next_step="Look at those that wait: tramthe fleet list FOLDER --state waiting",
        )
    return found[0]


def requests(
    connection: sa.Connection, *states: RequestState, terminal: str | None = None
) -> tuple[Request, ...]:
    """Return requests in these states, or in any, oldest first; of one terminal where named."""
    which: list[sa.ColumnElement[bool]] = [REQUEST.c.state.in_(states)] if states else []
    if terminal is not None:
        which.append(REQUEST.c.terminal == terminal)
    return _requests(connection, *which)


def decided(
    connection: sa.Connection,
    found: Request,
    state: RequestState,
    at: datetime,
    operator: str | None,
    why: str | None = None,
) -> Request:
    """Put a request into another state, and write down who did (`decisions` says when)."""
    connection.execute(
        sa.update(REQUEST)
        .where(REQUEST.c.number == found.number)
        .values(state=state.value, decided_at=timestamp(at), operator=operator, why=why)
    )
    verb = Verb.APPROVED if state is RequestState.APPROVED else Verb.REFUSED
    said = f"request {found.number}" + (f": {why}" if why else "")
    note(connection, at, operator, verb, found.terminal, said)
    return request(connection, found.number)


_OPEN = frozenset({RequestState.WAITING, RequestState.APPROVED})
_COLUMNS = tuple(REQUEST.c[name] for name in Request.__slots__)


def _ask(
    connection: sa.Connection,
    terminal: str,
    csr: bytes,
    key: str,
    at: datetime,
    way: Way,
    *,
    claim: str | None = None,
    organisation: str | None = None,
    technician: str | None = None,
    operator: str | None = None,
) -> Request:
    if len(csr) > MAX_CSR:
        raise FleetRefused(
            f"The request is larger than {MAX_CSR} bytes.", next_step="Have it made again."
        )
    owner = registry.holder(connection, key)
    if owner is not None and owner != terminal:
        raise FleetRefused(
            f"This key is that of the terminal {owner}.",
            next_step="Have the terminal make a key of its own; two never share one.",
        )
    registry.begin(connection, at)
    known = registry.find(connection, terminal)
    if known is None or known.state in {State.EXPECTED, State.WAITING}:
        registry.enter(
            *(connection, terminal, State.WAITING, at),
            organisation=organisation,
            technician=technician,
        )
    elif known.state in {State.RETIRED, State.WIPING, State.WIPED}:
        raise FleetRefused(
            f"{terminal} is {known.state}: its name stays with its records.",
            next_step="Give out a claim with a name of its own.",
        )
    number = connection.execute(
        sa.insert(REQUEST)
        .values(
            terminal=terminal,
            organisation=organisation,
            technician=technician,
            way=way.value,
            claim=claim,
            key=key,
            csr=csr,
            asked_at=timestamp(at),
            state=RequestState.WAITING.value,
        )
        .returning(REQUEST.c.number)
    ).scalar_one()
    verb = Verb.RENEWAL if way is Way.RENEWAL else Verb.REQUESTED
    note(connection, at, operator, verb, terminal, f"request {number}, key {key[:16]}")
    return request(connection, number)


def _requests(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> tuple[Request, ...]:
    query = sa.select(*_COLUMNS).where(*which).order_by(REQUEST.c.number)
    return tuple(
        Request(
            **{
                **row._mapping,
                "way": Way(row.way),
                "state": RequestState(row.state),
                "csr": bytes(row.csr),
            }
        )
        for row in connection.execute(query)
    )
