"""Indexes for the questions of a whole country: sums and the newest of its meetings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_STATEMENTS = (
    "DROP INDEX meeting_day",
    # All that is added up, so that the table itself is not read.
    """CREATE INDEX meeting_sums ON meeting (day, terminal, present, by_card, by_hand, left_early,
        excused, unexcused, exempt, undecided, refused)""",
    "CREATE INDEX meeting_opened_at ON meeting (opened_at, context)",
)


def upgrade() -> None:
    """Create them."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
