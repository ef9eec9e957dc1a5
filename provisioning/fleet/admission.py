"""Whether what a terminal sends is taken, and up to where: what its state means for its records.

Lives here: the question and its answer as data. Not here: whose a signature is
(`centre.authorities`), what the centre does with the answer (`centre.store`, `inbox`, `reports`).

The authority's signature on a certificate is necessary and, once there is a registry, not enough.
The answer is about a *key*: where a lost terminal was found and enrolled anew, what its old key
signs stays held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

import sqlalchemy as sa

from provisioning.centre.door import Door
from provisioning.errors import (
    CallRefused,
    CertificateEnded,
    InboxRefused,
    ReportRefused,
    SegmentRefused,
)
from provisioning.fleet.registry import State
from provisioning.fleet.tables import BEGUN, CERTIFICATE, TERMINAL


class Trust(Enum):
    """How far a key of a terminal is believed."""

    AUTHORITY = auto()
    """There is no registry: the authority's word is all there is, and is enough."""
    SERVICE = auto()
    """In service: all is taken."""
    PAST = auto()
    """Retired, or another key took its place: what was written until `Admission.until`."""
    HELD = auto()
    """Lost or wiped: what is in its place stays, the rest is held back for a person."""
    NONE = auto()
    """Not in the registry, never approved, or not a key of this terminal's."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer. `until`: RFC 3339, for PAST alone."""

    trust: Trust
    until: str | None = None
    state: State | None = None
    """The terminal's, None where the registry has none of this name."""

    @property
    def connects(self) -> bool:
        """Return whether connections, calls and reports are taken."""
        return self.trust in {Trust.AUTHORITY, Trust.SERVICE}


def admission(connection: sa.Connection, terminal: str, key: str) -> Admission:
    """Return how far a key (fingerprint) is believed as a terminal's."""
    row = connection.execute(_QUESTION, {"of_terminal": terminal, "of_key": key}).one()
    if row.begun is None:
        return Admission(Trust.AUTHORITY)
    state = None if row.state is None else State(row.state)
    if state is None or state in {State.EXPECTED, State.WAITING}:
        return Admission(Trust.NONE, state=state)
    if row.fingerprint is None and row.certified:
        return Admission(Trust.NONE, state=state)
    if state in {State.LOST, State.WIPING, State.WIPED} or row.why in _HELD:
        return Admission(Trust.HELD, state=state)
    ends = [one for one in (row.since if state is State.RETIRED else None, row.ended_at) if one]
    if ends:
        return Admission(Trust.PAST, min(ends), state)
    return Admission(Trust.SERVICE, state=state)


_REFUSALS = TypeVar("_REFUSALS", SegmentRefused, InboxRefused, ReportRefused, CallRefused)


def turned_away(
    found: Admission, door: Door, kind: type[_REFUSALS]
) -> _REFUSALS | CertificateEnded:
    """Return what to raise where something is not taken at all.

    By the door that asks for a certificate the connection itself is refused, as one with a
    certificate that has run out: the terminal then tries the other door.
    """
    if door is Door.MUTUAL and found.trust is not Trust.NONE:
        return CertificateEnded(
            "The certificate of this connection is no longer taken.",
            next_step="What the terminal has written goes by the door for certificates that have"
            " run out, or on a stick.",
        )
    said = "is not in the registry" if found.state is None else f"is {found.state}"
    return kind(
        f"The terminal {said}, or its key is not the one in force.",
        next_step="Look at it: tramthe fleet show FOLDER TERMINAL",
    )


_HELD = frozenset({State.LOST.value, State.WIPED.value})
"""For which reasons a certificate's end holds back what it signs (`Certificate.why`)."""


def _question() -> sa.Select[tuple[object, ...]]:
    one = sa.select(sa.literal(1).label("one")).subquery()
    name = sa.bindparam("of_terminal", type_=TERMINAL.c.name.type)
    key = sa.bindparam("of_key", type_=CERTIFICATE.c.key.type)
    certified = sa.exists().where(CERTIFICATE.c.terminal == name)
    theirs = sa.and_(CERTIFICATE.c.terminal == name, CERTIFICATE.c.key == key)
    return (
        sa.select(
            BEGUN.c.number.label("begun"),
            TERMINAL.c.state,
            TERMINAL.c.since,
            CERTIFICATE.c.fingerprint,
            CERTIFICATE.c.ended_at,
            CERTIFICATE.c.why,
            certified.label("certified"),
        )
        .select_from(
            one.outerjoin(BEGUN, sa.true())
            .outerjoin(TERMINAL, TERMINAL.c.name == name)
            .outerjoin(CERTIFICATE, theirs)
        )
        # One in force before those that ended, of these the one that ended last.
        .order_by(CERTIFICATE.c.ended_at.desc().nulls_first())
        .limit(1)
    )


# Made once: the library builds a statement for longer than the database works on it.
_QUESTION = _question()
