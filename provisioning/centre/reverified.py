"""What re-verification found of check-ins that lacked certainty: the last word about each.

Lives here: the question and its row. Not here: judging once more, which takes the centre's private
key and runs elsewhere (`again`), pages. Nobody is named: which card it was stands in a sealed body.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

import sqlalchemy as sa

from provisioning.centre.database import Database
from provisioning.centre.inbox_tables import REVERIFICATION
from provisioning.centre.limits import PAGE
from provisioning.centre.tables import EVENT
from verify.verdict import Outcome


@unique
class Which(StrEnum):
    """Which check-ins."""

    REJECTED = "khong"
    """The card was none, or not in force: somebody has to do something."""
    OPEN = "chua"
    """Still without an answer."""
    ALL = "het"


@dataclass(frozen=True, slots=True)
class Reverified:
    """One check-in: when the card was laid, and what the centre said of it last."""

    terminal: str
    epoch: str
    seq: int
    laid_at: str
    at: str
    outcome: str
    reason: str | None
    times: int
    """How often the centre has said something about it."""


_PLACE = ("terminal", "epoch", "seq")
_LATER = REVERIFICATION.alias()
_LAST = ~sa.exists().where(
    *(_LATER.c[name] == REVERIFICATION.c[name] for name in _PLACE),
    _LATER.c.number > REVERIFICATION.c.number,
)
_SAID = {
    Which.REJECTED: (REVERIFICATION.c.outcome == Outcome.REJECTED.value,),
    Which.OPEN: (
        REVERIFICATION.c.outcome.not_in((Outcome.ACCEPTED.value, Outcome.REJECTED.value)),
    ),
    Which.ALL: (),
}
_FOUND = REVERIFICATION.join(
    EVENT,
    sa.and_(*(EVENT.c[name] == REVERIFICATION.c[name] for name in ("terminal", "epoch", "seq"))),
)


def reverified(
    database: Database, *, which: Which = Which.ALL, skip: int = 0, limit: int = PAGE
) -> tuple[Reverified, ...]:
    """Return the last word about each check-in that was judged once more, newest first."""
    said = REVERIFICATION.c
    query = (
        sa.select(
            said.terminal, said.epoch, said.seq, EVENT.c.at, said.at, said.outcome, said.reason,
            said.number,
        )
        .select_from(_FOUND)
        .where(_LAST, *_SAID[which])
        .order_by(said.at.desc(), said.terminal, said.epoch, said.seq)
        .offset(skip)
        .limit(limit)
    )  # fmt: skip
    with database.reading() as connection:
        return tuple(Reverified(*row) for row in connection.execute(query))
