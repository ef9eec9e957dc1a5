"""Who is given a certificate: the decisions of EST's server, over the registry.

Lives here: what is asked of a claim, of an old certificate, of a request, and what follows. Not
here: HTTP (`routes`), a request's form (`csr`), the rows and a person's decision
(`provisioning.fleet`), the authority's signature (an `Issue`: `issue`, or files: `fleet requests`).
Source: RFC 7030 sections 3.2.3, 4.2.2 and 4.2.3; DESIGN section 13.

A first certificate, numbered as done:
1. a claim and its secret are shown;
2. the request has its form;
3. the secret is the claim's, which no other key used before;
4. the request names the claim's terminal;
5. a person approved it;
6. the authority signed it.
A later one the same, where an old certificate speaks in place of the claim: one in force is
approved by itself, one that has run out is known, and waits for a person.

The same key asking again is the same request, and is given the same certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.wire import est
from edge.wire.claim import read_authorization
from edge.wire.event import timestamp
from edge.wire.reenrol import MAX_REENROL, open_reenrol
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.database import Database
from provisioning.centre.speaker import Speaker
from provisioning.enrol.csr import Csr, read_csr
from provisioning.errors import (
    ClaimRefused,
    EnrolmentRefused,
    FleetRefused,
    RequestRefused,
    TerminalUnknown,
)
from provisioning.fleet import decisions, registry, requests
from provisioning.fleet.claims import Refusal, use_claim
from provisioning.fleet.requests import Request, RequestState
from provisioning.fleet.tables import CLAIM, REQUEST, TERMINAL
from verify import certificate, jws
from verify.errors import VerifyError

Issue = Callable[[Csr, datetime], bytes]
"""Signs a terminal's certificate (DER). Raises AuthorityUnavailable."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The certificate, DER."""

    certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waits:
    """There is none yet; the same request is to be sent again."""

    sentence: str
    """For whoever reads the answer."""


Answer = Issued | Waits
FOR_A_PERSON = Waits("The request waits until the office has approved it.")
FOR_THE_AUTHORITY = Waits("The request is approved, and waits for the authority's signature.")

_ASK = "Ask the office for a new claim for this terminal."
_REFUSALS = {
    Refusal.WITHDRAWN: "The claim was taken back.",
    Refusal.EXPIRED: "The claim's time is over.",
    Refusal.TAKEN: "Another key has used this claim; the office has an alarm about it.",
    Refusal.OVER: "The terminal of this claim is out of service.",
}


class EnrolmentDesk:
    """EST's decisions over one database; `issue` is None where the authority is outside.

    Safe from any thread. Raises CentreStoreUnavailable from every method that asks the database.
    """

    def __init__(
        self, database: Database, authorities: TerminalAuthorities, issue: Issue | None = None
    ) -> None:
        self._database = database
        self._authorities = authorities
        self._issue = issue

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """Return the authorities that name terminals, DER."""
        return self._authorities.anchors

    def enrol(self, authorization: str, body: bytes, at: datetime) -> Answer:
        """Answer a first request (PKCS #10) that comes with a header `Authorization`.

        Raises ClaimRefused, RequestRefused, EnrolmentRefused, AuthorityUnavailable.
        """
        try:
            claim_id, secret = read_authorization(authorization)
        except WireMalformed as error:
            raise _no_claim() from error
        csr = _read(body)
        with self._database.writing() as connection, _fleet_speaks():
            _one_by_one(connection, CLAIM.c.id, claim_id)
            used = use_claim(connection, claim_id, secret, csr.fingerprint, at)
            taken = None
            if used.claim is not None and used.refusal is None:
                # Inside: a claim that is shown with another terminal's request stays unused.
                _require_terminal(csr, used.claim.terminal)
                taken = requests.ask(connection, used.claim, csr.der, csr.fingerprint, at)
        if taken is not None:
            return self._answer(taken, csr, at)
        if used.claim is None or used.refusal is None or used.refusal is Refusal.UNKNOWN:
            raise _no_claim()
        raise EnrolmentRefused(_REFUSALS[used.refusal], next_step=_ASK)

    def renew(self, shown: bytes, body: bytes, at: datetime) -> Answer:
        """Answer a terminal whose connection shows its certificate (DER), in force.

        Raises RequestRefused, EnrolmentRefused, AuthorityUnavailable.
        """
        try:
            terminal = self._authorities.known(shown, at).terminal
        except (TerminalUnknown, VerifyError) as error:
            raise EnrolmentRefused(error.message, next_step=error.next_step) from error
        return self._renew(terminal, shown, _read(body), at)

    def renew_signed(self, compact: str, at: datetime) -> Answer:
        """Answer a request that the key of an old certificate signed (`edge.wire.reenrol`).

        When it was signed is not judged: the clock of a terminal that lay for a year is of no
        use, and whoever sends an old one again gets a certificate for a key that he does not have.
        Raises as `renew`.
        """
        speaker = Speaker(self._authorities, at, lapsed=True)
        try:
            csr = read_csr(open_reenrol(compact, speaker.key_for).csr)
            speaker.check(csr.terminal)
            old = jws.read_header(compact, max_size=MAX_REENROL).x5c[0]
        except WireMalformed as error:
            raise RequestRefused(error.message, next_step=error.next_step) from error
        except (TerminalUnknown, VerifyError) as error:
            raise EnrolmentRefused(error.message, next_step=error.next_step) from error
        return self._renew(csr.terminal, old, csr, at)

    def _renew(self, terminal: str, old: bytes, csr: Csr, at: datetime) -> Answer:
        _require_terminal(csr, terminal)
        look = certificate.parse(old).not_after < at
        with self._database.writing() as connection, _fleet_speaks():
            _one_by_one(connection, TERMINAL.c.name, terminal)
            asked = requests.request_of(connection, terminal, csr.fingerprint)
            if asked is None or not _same(connection, asked, old, at):
                asked = requests.renew(
                    *(connection, terminal, csr.der, csr.fingerprint, at),
                    certificate=old,
                    look=look,
                )
        return self._answer(asked, csr, at)

    def _answer(self, asked: Request, csr: Csr, at: datetime) -> Answer:
        if asked.state is RequestState.WAITING:
            return FOR_A_PERSON
        if asked.state is RequestState.REFUSED:
            raise EnrolmentRefused("The office has refused this request.", next_step=_ASK)
        if asked.state is RequestState.APPROVED and self._issue is None:
            return FOR_THE_AUTHORITY
        with self._database.writing() as connection, _fleet_speaks():
            _one_by_one(connection, REQUEST.c.number, asked.number)
            held = _certificate(connection, requests.request(connection, asked.number))
            if held is None and self._issue is not None:
                made = self._issue(csr, at)
                held = decisions.issued(connection, asked.number, made, at)
        if held is None or held.ended_at is not None:
            raise EnrolmentRefused("The certificate for this key was ended.", next_step=_ASK)
        return Issued(held.der)


def _read(body: bytes) -> Csr:
    """Return the request in a body, however it is wrapped. Raises RequestRefused."""
    try:
        return read_csr(est.read_body(body, max_size=est.MAX_REQUEST))
    except WireMalformed as error:
        raise RequestRefused(error.message, next_step=error.next_step) from error


def _same(connection: sa.Connection, asked: Request, old: bytes, at: datetime) -> bool:
    """Whether a terminal that asks with `old` asks once more what it asked before.

    It does not where the answer was `old` itself, or has run out: it wants the next one then.
    """
    held = _certificate(connection, asked)
    return held is None or (
        held.fingerprint != hashlib.sha256(old).hexdigest() and held.not_after > timestamp(at)
    )


def _certificate(connection: sa.Connection, asked: Request) -> registry.Certificate | None:
    every = registry.certificates(connection, asked.terminal)
    return next((one for one in every if one.fingerprint == asked.certificate), None)


def _one_by_one(connection: sa.Connection, key: sa.Column[Any], value: str | int) -> None:
    """Hold a row until the transaction ends (PostgreSQL; SQLite has one writer in any case).

    Of two that ask at once, the second finds what the first was given.
    """
    connection.execute(sa.select(key).where(key == value).with_for_update())


def _require_terminal(csr: Csr, terminal: str) -> None:
    if csr.terminal != terminal:
        raise RequestRefused(
            "The request names another terminal than the one that may ask.",
            next_step=f"Its common name is to be {terminal}.",
        )


@contextmanager
def _fleet_speaks() -> Iterator[None]:
    """Turn what the registry refuses into what enrolment refuses."""
    try:
        yield
    except FleetRefused as error:
        raise EnrolmentRefused(error.message, next_step=error.next_step) from error


def _no_claim() -> ClaimRefused:
    return ClaimRefused(
        "This is no claim of this centre, or not its secret.",
        next_step="Use the claim that was made for this terminal, whole, as it was given.",
    )
