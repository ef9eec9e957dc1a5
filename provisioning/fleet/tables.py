"""The tables of the registry of terminals, one definition for both engines.

Lives here: columns. Not here: making them (`provisioning.centre.migrations`), what their rows mean
(`registry`, `requests`, `claims`, `history`). Fingerprints are SHA-256 in 64 hexadecimal digits, of
a key's SubjectPublicKeyInfo or of a certificate, each in DER.
"""

from __future__ import annotations

import sqlalchemy as sa

from provisioning.centre.people.tables import NUMBER
from provisioning.centre.tables import METADATA, NAME, Instant

BEGUN = sa.Table(
    "fleet_begun",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)
"""One row, 1, from the moment when the registry and no longer the authority alone decides."""

TERMINAL = sa.Table(
    "fleet_terminal",
    METADATA,
    sa.Column("name", NAME, primary_key=True),
    sa.Column("organisation", NAME),
    sa.Column("state", NAME, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("technician", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("replaces", NAME),
    sa.Column("replaced_by", NAME),
    sa.Column("label", sa.Text, nullable=False),
)
"""Terminals, those of the past too. `name`: the id in certificates and events, for ever; `label`:
what people call it; `since`: of the state."""

CERTIFICATE = sa.Table(
    "fleet_certificate",
    METADATA,
    sa.Column("fingerprint", NAME, primary_key=True),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("key", NAME, nullable=False),
    sa.Column("serial", NAME, nullable=False),
    sa.Column("not_after", Instant, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("why", NAME),
    sa.Column("der", sa.LargeBinary, nullable=False),
)
"""Every certificate of every terminal. `ended_at`, `why`: where it was ended before its time;
`serial`: hexadecimal, as the authority's list of revoked certificates names it."""

CLAIM = sa.Table(
    "fleet_claim",
    METADATA,
    sa.Column("id", NAME, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("organisation", NAME, nullable=False),
    sa.Column("technician", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("withdrawn_at", Instant),
    sa.Column("key", NAME),
    sa.Column("used_at", Instant),
    sa.Column("wrong", sa.BigInteger, nullable=False, server_default="0"),
)
"""`digest`: SHA-256 of the secret; nothing here enrols. `key`: whose first use it was; `wrong`: how
often a secret was shown that is not its own."""

REQUEST = sa.Table(
    "fleet_request",
    METADATA,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("organisation", NAME),
    sa.Column("technician", sa.Text),
    sa.Column("way", NAME, nullable=False),
    sa.Column("claim", NAME),
    sa.Column("key", NAME, nullable=False),
    sa.Column("csr", sa.LargeBinary, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("state", NAME, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Column("operator", NAME),
    sa.Column("why", sa.Text),
    sa.Column("certificate", NAME),
)
"""Requests for certificates. `certificate`: fingerprint of the answer, once there is one."""

HISTORY = sa.Table(
    "fleet_history",
    METADATA,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("operator", NAME),
    sa.Column("verb", NAME, nullable=False),
    sa.Column("terminal", NAME, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
"""What was done to a terminal, and by whom; null where the terminal itself did it."""

WIPE = sa.Table(
    "fleet_wipe",
    METADATA,
    sa.Column("terminal", NAME, primary_key=True),
    sa.Column("order_id", NAME, primary_key=True),
    sa.Column("ordered_at", Instant, nullable=False),
    sa.Column("received_at", Instant),
    sa.Column("statement", sa.Text),
)
"""Orders to destroy the keys, and the terminal's own signed word that it did."""
