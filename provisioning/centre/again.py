"""Re-verification: a check-in that lacked certainty is judged once more, with fresh lists.

Lives here: which check-ins wait, judging one from what its sealed body carries, and the centre's
own event about it. Not here: judging itself (`verify.pipeline`, handed in as a callable over the
lists that the office holds), opening bodies (`opening`).
Source: DESIGN section 3 (offline too long); section 11: the centre's opinion never changes what
happened at the door. The terminal's event stays as it is; what is found here stands beside it.

The centre's event: a compact JWS (ES256, `kid` the centre's sign key, `typ`
`tramthe-reverification+jws`) over {terminal, epoch, seq, hash, number, at, outcome, reason,
signer_status, card_status}; `hash` is the check-in's, `number` counts from 1 for each check-in. A
card is judged as of the moment it was laid, by the lists of today: a status names since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from crl.status import Answer
from edge.errors import EdgeError
from edge.wire.event import Event, timestamp
from edge.wire.kinds import EventKind
from provisioning.centre.database import Database
from provisioning.centre.inbox_tables import REVERIFICATION
from provisioning.centre.opening import Opener, Purpose
from provisioning.centre.tables import EVENT
from provisioning.errors import OfficeInputInvalid, ProvisioningError
from reader.errors import ReaderError
from reader.evidence import CardEvidence
from verify import jws
from verify.moment import Moment, TimeQuality
from verify.verdict import Outcome, Verdict

TYP = "tramthe-reverification+jws"
UNCONFIRMED = "UNCONFIRMED"
LOOK_BACK = timedelta(days=120)
"""How far back check-ins are looked at, by when they were received: a list's grace, and more."""
NO_EVIDENCE = "NO_EVIDENCE"
"""Outcome where the body does not open, or carries nothing to judge by."""

Judge = Callable[[CardEvidence, Moment], Verdict]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one check-in. `added`: whether it says something that was not said before."""

    terminal: str
    epoch: str
    seq: int
    outcome: str
    reason: str | None
    added: bool


def waiting(database: Database, at: datetime) -> tuple[Event, ...]:
    """Return the check-ins that lacked certainty and have no final answer yet, oldest first."""
    final = (
        sa.select(sa.literal(1))
        .where(
            *(REVERIFICATION.c[name] == EVENT.c[name] for name in ("terminal", "epoch", "seq")),
            REVERIFICATION.c.outcome.in_((Outcome.ACCEPTED.value, Outcome.REJECTED.value)),
        )
        .exists()
    )
    query = (
        sa.select(EVENT.c.data)
        .where(
            EVENT.c.kind == EventKind.CHECK_IN.value,
            EVENT.c.received_at >= timestamp(at - LOOK_BACK),
            database.containing(EVENT.c.data, f'"outcome":"{UNCONFIRMED}"'.encode()),
            ~final,
        )
        .order_by(EVENT.c.at, EVENT.c.terminal, EVENT.c.epoch, EVENT.c.seq)
    )
    with database.reading() as connection:
        return tuple(Event.from_bytes(bytes(row.data)) for row in connection.execute(query))


def verify_again(
    database: Database,
    opener: Opener,
    judge: Judge,
    purpose: Purpose,
    at: datetime,
    *,
    key: ec.EllipticCurvePrivateKey,
    kid: str,
) -> Iterator[Found]:
    """Judge each check-in that waits and add the centre's event, where it says anything new.

    The bodies that are opened for it are recorded first, one record for each terminal.
    """
    events = waiting(database, at)
    for terminal in dict.fromkeys(event.terminal for event in events):
        mine = [event for event in events if event.terminal == terminal]
        opener.record(purpose, at, terminal, None, len(mine))
        secrets: dict[str | None, bytes | None] = {}
        for event in mine:
            if event.context not in secrets:
                secrets[event.context] = _secret(opener, event)
            verdict = _judged(opener, judge, event, secrets[event.context])
            yield _say(database, event, verdict, at, key, kid)


def _say(
    database: Database,
    event: Event,
    verdict: Verdict | None,
    at: datetime,
    key: ec.EllipticCurvePrivateKey,
    kid: str,
) -> Found:
    """Add the centre's event about one check-in, where it says anything new."""
    outcome = NO_EVIDENCE if verdict is None else verdict.outcome.value
    reason = None if verdict is None or verdict.reason is None else verdict.reason.value
    said: dict[str, Any] = {
        "terminal": event.terminal,
        "epoch": event.epoch,
        "seq": event.seq,
        "hash": event.to_object()["hash"],
        "outcome": outcome,
        "reason": reason,
        "signer_status": None if verdict is None else _answer(verdict.basis.signer_status),
        "card_status": None if verdict is None else _answer(verdict.basis.card_status),
    }
    added = _add(database, said, timestamp(at), key, kid)
    return Found(event.terminal, event.epoch, event.seq, outcome, reason, added)


def _secret(opener: Opener, event: Event) -> bytes | None:
    """Return the key of the event's context, None where none is held that opens it."""
    try:
        return opener.secret(opener.opening_of(event))
    except (EdgeError, OfficeInputInvalid):
        return None


def _judged(opener: Opener, judge: Judge, event: Event, secret: bytes | None) -> Verdict | None:
    """Return the verdict as of the moment the card was laid, None without evidence."""
    if secret is None:
        return None
    try:
        evidence = (opener.opened(event, secret).body or {}).get("evidence")
        if not isinstance(evidence, str):
            return None
        laid = Moment(event.moment.at, TimeQuality.SYNCHRONISED)
        return judge(CardEvidence.from_bytes(evidence.encode()), laid)
    except (EdgeError, ProvisioningError, ReaderError):
        return None


def _add(
    database: Database,
    said: dict[str, Any],
    at: str,
    key: ec.EllipticCurvePrivateKey,
    kid: str,
) -> bool:
    """Keep the centre's event unless the last one about this check-in says the same."""
    place = [REVERIFICATION.c[name] == said[name] for name in ("terminal", "epoch", "seq")]
    with database.writing() as connection:
        last = connection.execute(
            sa.select(REVERIFICATION.c.number, REVERIFICATION.c.compact)
            .where(*place)
            .order_by(REVERIFICATION.c.number.desc())
            .limit(1)
        ).one_or_none()
        number = 1 if last is None else last.number + 1
        if last is not None:
            before = jws.unverified_payload(last.compact, typ=TYP, max_size=len(last.compact))
            if all(before.get(name) == value for name, value in said.items()):
                return False
        payload = {**said, "number": number, "at": at}
        connection.execute(
            sa.insert(REVERIFICATION).values(
                terminal=said["terminal"],
                epoch=said["epoch"],
                seq=said["seq"],
                number=number,
                at=at,
                outcome=said["outcome"],
                reason=said["reason"],
                compact=jws.sign(payload, typ=TYP, key=key, kid=kid),
            )
        )
    return True


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "status": answer.status.value,
        "number": None if answer.number is None else f"{answer.number:x}",
        "this_update": None if answer.this_update is None else answer.this_update.isoformat(),
        "since": None if answer.since is None else answer.since.isoformat(),
    }
