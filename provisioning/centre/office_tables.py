"""Tables of what an office looks at: organisations, where terminals stand, meetings, what was seen.

Lives here: columns. Not here: making them (`migrations`), filling them (`catalogue`, `tally`,
`epoch_links`, `reports`, `alarms`). Dates are ISO text, `YYYY-MM-DD`, of Vietnam's days; a version
runs from `since` to the day before `until`, without end where that is null.
"""

from __future__ import annotations

import sqlalchemy as sa

from provisioning.centre.attendance import SUMS
from provisioning.centre.tables import METADATA, NAME, EpochId, Instant

ORGANISATION = sa.Table(
    "organisation",
    METADATA,
    sa.Column("code", NAME, primary_key=True),
    sa.Column("since", NAME, primary_key=True),
    sa.Column("until", NAME),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("plain", sa.Text, nullable=False),
    sa.Column("parent", NAME),
)
"""Versions of organisations by their code of 14 digits; `plain` is the name for searching."""

PLACE = sa.Table(
    "terminal_place",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("since", NAME, primary_key=True),
    sa.Column("until", NAME),
    sa.Column("code", NAME, nullable=False),
)
"""Which organisation a terminal stands with."""

TALLIED = sa.Table(
    "tallied",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("epoch", EpochId, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)
"""Up to which number the events of an epoch stand in the figures."""

DOOR = sa.Table(
    "meeting_door",
    METADATA,
    sa.Column("context", EpochId, primary_key=True),
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("epoch", EpochId, primary_key=True),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)
"""Between which numbers the events of a meeting lie, at each terminal and epoch of it."""

MEETING = sa.Table(
    "meeting",
    METADATA,
    sa.Column("context", EpochId, primary_key=True),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("day", NAME, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("doors", *SUMS)),
)
"""One meeting as figures, counted from what its events say in the clear; nobody's name."""

EPOCH_LINK = sa.Table(
    "epoch_link",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("epoch", EpochId, primary_key=True),
    sa.Column("standing", NAME, nullable=False),
    sa.Column("after_epoch", EpochId),
    sa.Column("after_seq", sa.BigInteger),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("look_at", Instant),
)
"""What an epoch follows: event `after_seq` of `after_epoch`, 0 for its genesis hash.

`standing`: of `lineage.Standing`; `seen`: how many events of the terminal's other epochs were held
or set aside when that was looked for last; `look_at`: when to look again, null where what is said
here is for ever.
"""

REPORT = sa.Table(
    "terminal_report",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("quality", NAME, nullable=False),
    sa.Column("version", NAME, nullable=False),
    sa.Column("epoch", EpochId, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("queued", sa.BigInteger, nullable=False),
    sa.Column("list_number", NAME),
    sa.Column("list_at", Instant),
)
"""What a terminal said of itself last; `list_number` is hexadecimal."""

SETTLED = sa.Table(
    "alarm_settled",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("epoch", EpochId, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("code", NAME, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("operator", NAME, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Alarms that somebody looked at; the alarm itself stays."""
