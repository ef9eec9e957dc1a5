"""Support bundles that terminals were asked for: is it theirs, and keeping the newest of each.

Lives here: rows. Not here: the form (`edge.wire.support`), asking for one (`inbox`), opening one,
which happens only where the centre's private key lives (`provisioning.cli.centre_support`).
A bundle names no member. The newest few of each terminal are kept, so that two can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.wire.event import timestamp
from edge.wire.support import SealedBundle, open_bundle
from provisioning.centre.authorities import TerminalAuthorities
from provisioning.centre.database import Database
from provisioning.centre.door import Door
from provisioning.centre.inbox_tables import SUPPORT
from provisioning.centre.speaker import Speaker
from provisioning.errors import ReportRefused, TerminalUnknown
from provisioning.fleet.admission import admission, turned_away
from verify.errors import VerifyError

KEPT = 5
"""How many bundles of one terminal are kept."""


@dataclass(frozen=True, slots=True)
class KeptBundle:
    """One bundle as it came. `order`: the message that asked for it; `at`: the terminal's time."""

    terminal: str
    order: int
    at: str
    received_at: str
    compact: str = field(repr=False)

    @property
    def size(self) -> int:
        """Return how many characters came."""
        return len(self.compact)


def read(
    database: Database,
    compact: str,
    authorities: TerminalAuthorities,
    at: datetime,
    door: Door = Door.PLAIN,
    caller: str | None = None,
) -> SealedBundle:
    """Return a bundle that its own terminal signed; it stays sealed.

    Raises ReportRefused, CertificateEnded for a terminal that is not in service.

    `caller`: the terminal that the connection's certificate names.
    """
    speaker = Speaker(authorities, at, lapsed=door is Door.LAPSED)
    try:
        bundle = open_bundle(compact, speaker.key_for)
        speaker.check(bundle.terminal, caller)
    except (VerifyError, WireMalformed, TerminalUnknown) as error:
        raise ReportRefused(error.message, next_step="Look at the terminal's enrolment.") from error
    _admitted(database, bundle.terminal, speaker.key, door)
    return bundle


def _admitted(database: Database, terminal: str, key: str, door: Door) -> None:
    with database.reading() as connection:
        found = admission(connection, terminal, key)
    if not found.connects:
        raise turned_away(found, door, ReportRefused)


def keep(database: Database, bundle: SealedBundle, compact: str, at: datetime) -> None:
    """Keep a bundle and let go of the oldest beyond `KEPT`; the same again changes nothing."""
    mine = SUPPORT.c.terminal == bundle.terminal
    newest = sa.select(SUPPORT.c.order).where(mine).order_by(SUPPORT.c.order.desc()).limit(KEPT)
    with database.writing() as connection:
        connection.execute(
            database.insert(SUPPORT)
            .values(
                terminal=bundle.terminal,
                order=bundle.order,
                at=bundle.at,
                received_at=timestamp(at),
                compact=compact,
            )
            .on_conflict_do_nothing()
        )
        stays = connection.execute(newest).scalars().all()
        connection.execute(sa.delete(SUPPORT).where(mine, SUPPORT.c.order.not_in(stays)))


def kept(database: Database, terminal: str | None = None) -> tuple[KeptBundle, ...]:
    """Return the bundles that are kept, by terminal, the newest first."""
    query = sa.select(SUPPORT).order_by(SUPPORT.c.terminal, SUPPORT.c.order.desc())
    if terminal is not None:
        query = query.where(SUPPORT.c.terminal == terminal)
    with database.reading() as connection:
        return tuple(
            KeptBundle(row.terminal, row.order, row.at, row.received_at, row.compact)
            for row in connection.execute(query)
        )
