"""Between an event of a day of handing over and the fact that it is: the bodies, both ways.

Lives here: what stands in the bodies of `verification` and `handed-over` of a batch
(docs/schemas/bodies.schema.json), and reading them. Not here: writing events (`handover_book`),
what facts come to (`handover`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edge.procedure.handover import Fact, Standing
from edge.procedure.handover_batch import Batch, Card, Field
from edge.procedure.handover_match import Match, Shown
from edge.procedure.handover_progress import Progress
from edge.tap.record import verdict_body
from edge.wire.event import Event
from edge.wire.kinds import EventKind
from verify.verdict import Verdict

PROCEDURE = "phat-the"
"""The procedure of the catalogue for which a card of a batch is judged."""
_KINDS = frozenset({EventKind.VERIFICATION, EventKind.HANDED_OVER, EventKind.ANNULLED})


def verification_body(verdict: Verdict, found: Match | None, by: str | None) -> dict[str, Any]:
    """Return the body of a laying: checks and numbers, whose card, in what it differs."""
    card = None if found is None else found.card
    body = verdict_body(verdict) | {
        "procedure": PROCEDURE,
        "person": None if card is None else card.id,
        "name": None if card is None else card.name,
        "by": by,
    }
    if found is not None:
        body |= {"shown": found.shown.value, "differs": sorted(found.differs)}
    holder = verdict.holder
    if card is not None and card.personal_number is None and holder is not None:
        said = holder.fields.get(Field.PERSONAL_NUMBER.value)
        body |= {} if said is None else {"personal_number": said}
    return body


def handed_over_body(
    batch: Batch,
    standing: Standing,
    reference: Mapping[str, Any] | None,
    *,
    by: str | None,
    note: str = "",
    **more: str,
) -> dict[str, Any]:
    """Return the body of a word about a card. `reference`: of the laying that it rests on."""
    card = standing.card
    body: dict[str, Any] = {
        "person": card.id,
        "name": card.name,
        "number": card.number,
        "organisation": _organisation(batch, card),
        "by": by,
    }
    if reference is not None:
        body["of"] = dict(reference)
    if standing.differs:
        body["differs"] = sorted(standing.differs)
    return body | ({"note": note} if note else {}) | {k: v for k, v in more.items() if v}


def progress_body(found: Iterable[Progress], by: str | None) -> dict[str, Any]:
    """Return what the end of a day says of each organisation."""
    return {
        "by": by,
        "progress": [
            {
                "name": one.organisation.name,
                "code": one.organisation.code,
                "target": one.organisation.target.isoformat(),
                "total": one.total,
                "delivered": one.delivered,
                "exceptions": one.exceptions,
            }
            for one in found
        ],
    }


def fact_of(event: Event, body: Mapping[str, Any], place: int, of: int | None) -> Fact | None:
    """Return the fact of an event, None for one that is about no card.

    `place` and `of`: where it and the event that it names stand in the log. What a later program
    wrote and this one does not know says nothing.
    """
    if event.kind not in _KINDS:
        return None
    shown, fields = body.get("shown"), set(Field)
    return Fact(
        place=place,
        kind=event.kind,
        at=event.moment.at,
        card=body.get("person"),
        outcome=event.outcome,
        reason=event.reason,
        shown=Shown(shown) if shown in set(Shown) else None,
        differs=frozenset(Field(one) for one in body.get("differs", ()) if one in fields),
        of=of,
        note=body.get("note", ""),
        report=body.get("report", ""),
        personal_number=body.get("personal_number"),
    )


def _organisation(batch: Batch, card: Card) -> str:
    """Return the organisation's code, its name where it has none."""
    one = batch.organisation(card.organisation)
    return one.code or one.name
