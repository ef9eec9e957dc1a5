"""The centre's word on receipts: which of a segment's it holds, and since when.

Lives here: finding and signing. Not here: the anchor's form (`verify.receipt_anchor`), how it goes
back (`edge.wire.segment_answer`).

Nothing is kept for it: an event in its place names its receipt's hash in its tag, and the table
says when it came. So whoever sends a segment again is given the same anchors again, signed anew.
An event that is set aside, or that lost its number to another one, is in no place and gets none.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire.canonical import from_base64url
from edge.wire.event import TAG_SIZE
from edge.wire.kinds import EventKind
from edge.wire.segment_answer import MAX_ANCHORS
from provisioning.centre.batch import Batch
from provisioning.centre.database import Database
from provisioning.centre.tables import EVENT
from verify import jws
from verify.receipt_anchor import TYP, Anchored

_RECEIPT = EventKind.RECEIPT.value
"""As plain text: every segment's events are looked through."""


def anchors(
    database: Database, batch: Batch, key: ec.EllipticCurvePrivateKey, kid: str
) -> tuple[str, ...]:
    """Return anchors of the receipts in a batch that was kept, in the order of their numbers.

    At most MAX_ANCHORS; nothing is asked where the batch has no receipt. Raises
    CentreStoreUnavailable.
    """
    sent = [row for row in batch.events if row.kind == _RECEIPT]
    if not sent:
        return ()
    held = _held(database, batch)
    found = [row for row in sent if row.seq in held and held[row.seq][0] == row.hash]
    return tuple(
        jws.sign(_anchored(row.data, held[row.seq][1]).to_payload(), typ=TYP, key=key, kid=kid)
        for row in found[:MAX_ANCHORS]
    )


def _held(database: Database, batch: Batch) -> dict[int, tuple[bytes, str]]:
    """Return hash and time of arrival of the receipts that are in the batch's places."""
    query = sa.select(EVENT.c.seq, EVENT.c.hash, EVENT.c.received_at).where(
        EVENT.c.terminal == batch.terminal,
        EVENT.c.epoch == batch.epoch,
        EVENT.c.seq.between(batch.first, batch.last),
        EVENT.c.kind == _RECEIPT,
    )
    with database.reading() as connection:
        return {seq: (bytes(digest), at) for seq, digest, at in connection.execute(query)}


def _anchored(data: bytes, received_at: str) -> Anchored:
    """Return what is said of an event's receipt: held at the first whole second from then on."""
    tag = from_base64url(json.loads(data)["tag"], max_size=TAG_SIZE, what="The tag")
    at = datetime.fromisoformat(received_at)
    whole = at.replace(microsecond=0)
    return Anchored(tag, whole if whole == at else whole + timedelta(seconds=1))
