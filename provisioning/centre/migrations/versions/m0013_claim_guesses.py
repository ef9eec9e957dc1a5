"""How often a secret was shown that is not the claim's."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the count; of what was shown before nothing is known."""
    op.execute("ALTER TABLE fleet_claim ADD COLUMN wrong BIGINT NOT NULL DEFAULT 0")
