"""A corrected list in a batch that runs: who stays, who comes, whose history goes on.

Not here: reading the list (`handover_list`), beginning a day with it (`handover_book`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from edge.errors import HandoverRefused
from edge.procedure.handover_batch import Batch
from edge.procedure.handover_list import ListPreview, organisation_key


def corrected(running: Batch, found: ListPreview) -> Batch:
    """Return the batch that runs with a corrected list in place of the one before.

    A card that was handed over stays so, whatever the list says; what became of a card before is
    kept unless its row changed. Raises HandoverRefused for a list that has problems.
    """
    if not found.ok:
        raise HandoverRefused(
            "The list has rows that cannot be taken.",
            next_step="Correct the rows in the file, and choose it again.",
        )
    new_ids = _organisation_ids(running, found)
    kept = {one.id: one for one in running.organisations} | {
        new_ids[one.id]: replace(one, id=new_ids[one.id]) for one in found.organisations
    }
    gone = {one.number for one in running.delivered}
    free = _free_ids({card.id for card in running.cards}, "c")
    cards = []
    for card in found.cards:
        if card.number in gone:
            continue
        before = running.by_number(card.number)
        placed = replace(card, id="", organisation=new_ids[card.organisation])
        same = before is not None and replace(before, id="", earlier=None) == placed
        cards.append(
            replace(
                placed,
                id=next(free) if before is None else before.id,
                earlier=before.earlier if before is not None and same else None,
            )
        )
    used = {c.organisation for c in cards} | {d.organisation for d in running.delivered}
    return replace(
        running,
        organisations=tuple(one for one in kept.values() if one.id in used),
        cards=tuple(cards),
    )


def _organisation_ids(running: Batch, found: ListPreview) -> Mapping[str, str]:
    """Return under which id the batch knows each organisation of the list."""
    known = {organisation_key(one.code, one.name): one.id for one in running.organisations}
    free = _free_ids(set(known.values()), "o")
    return {
        one.id: known.get(organisation_key(one.code, one.name)) or next(free)
        for one in found.organisations
    }


def _free_ids(taken: set[str], letter: str) -> Iterator[str]:
    return (name for n in count(1) if (name := f"{letter}{n}") not in taken)
