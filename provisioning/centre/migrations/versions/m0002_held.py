"""What is held of an epoch stands in its row, and gaps in a table, so that nothing is walked.

An event's kind and time get columns of their own, taken from its canonical form.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SQLITE = (
    "ALTER TABLE event ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE event ADD COLUMN at TEXT NOT NULL DEFAULT ''",
    """UPDATE event SET kind = json_extract(CAST(data AS TEXT), '$.kind'),
        at = json_extract(CAST(data AS TEXT), '$.at')""",
    "ALTER TABLE epoch ADD COLUMN highest INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE epoch ADD COLUMN head BLOB",
    "ALTER TABLE epoch ADD COLUMN events INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE epoch ADD COLUMN aside INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE epoch ADD COLUMN alarms INTEGER NOT NULL DEFAULT 0",
    """CREATE TABLE gap (
        terminal TEXT NOT NULL, epoch TEXT NOT NULL, last INTEGER NOT NULL,
        first INTEGER NOT NULL,
        PRIMARY KEY (terminal, epoch, last)) WITHOUT ROWID""",
)
_POSTGRESQL = (
    """ALTER TABLE event ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT '',
        ADD COLUMN at timestamptz NOT NULL DEFAULT 'epoch'""",
    """UPDATE event SET kind = convert_from(data, 'UTF8')::json ->> 'kind',
        at = (convert_from(data, 'UTF8')::json ->> 'at')::timestamptz""",
    "ALTER TABLE event ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN at DROP DEFAULT",
    """ALTER TABLE epoch ADD COLUMN highest bigint NOT NULL DEFAULT 0, ADD COLUMN head bytea,
        ADD COLUMN events bigint NOT NULL DEFAULT 0, ADD COLUMN aside bigint NOT NULL DEFAULT 0,
        ADD COLUMN alarms bigint NOT NULL DEFAULT 0""",
    """CREATE TABLE gap (
        terminal text COLLATE "C" NOT NULL, epoch bytea NOT NULL, last bigint NOT NULL,
        first bigint NOT NULL,
        PRIMARY KEY (terminal, epoch, last))""",
)
_OF = "t.terminal = epoch.terminal AND t.epoch = epoch.epoch"
_TAKE_STOCK = (
    # A number that is neither an event's nor set aside, with one above it, lies in a gap.
    """INSERT INTO gap (terminal, epoch, first, last)
        SELECT terminal, epoch, before + 1, seq - 1 FROM (
            SELECT terminal, epoch, seq,
                coalesce(lag(seq) OVER (PARTITION BY terminal, epoch ORDER BY seq), 0) AS before
            FROM (SELECT terminal, epoch, seq FROM event
                UNION SELECT terminal, epoch, seq FROM set_aside) AS held
        ) AS pairs WHERE seq > before + 1""",
    f"""UPDATE epoch SET
        events = (SELECT count(*) FROM event t WHERE {_OF}),
        aside = (SELECT count(*) FROM set_aside t WHERE {_OF}),
        alarms = (SELECT count(*) FROM alarm t WHERE {_OF}),
        highest = (SELECT coalesce(max(seq), 0) FROM (
            SELECT seq FROM event t WHERE {_OF}
            UNION ALL SELECT seq FROM set_aside t WHERE {_OF}) AS numbers)""",  # noqa: S608 -- constants
    f"""UPDATE epoch SET high_water =
        coalesce((SELECT min(first) - 1 FROM gap t WHERE {_OF}), highest)""",  # noqa: S608 -- constants
    f"""UPDATE epoch SET head = (SELECT hash FROM event t WHERE {_OF} AND t.seq = high_water)""",  # noqa: S608 -- constants
)


def upgrade() -> None:
    """Add the columns and fill them."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in (*(_POSTGRESQL if postgres else _SQLITE), *_TAKE_STOCK):
        op.execute(sa.text(statement))
