"""The photo of a card at a counter: fetched before anything is recorded, shown beside the face.

Lives here: what a late photo does to the verdict. Not here: fetching and comparing it
(`edge.tap.late`), decoding it (`edge.tap.photo`), which procedure shows one (the catalogue).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge.tap import late
from edge.tap.errand import JudgedCard
from verify.verdict import Check, Outcome, Verdict


def with_photo(
    card: JudgedCard, check_late: late.CheckLate, decode: Callable[[bytes], bytes | None]
) -> tuple[Verdict, bytes | None]:
    """Return the verdict with the photo's check in it, and the picture (JPEG) to show.

    Of a rejected card, or one that names nobody, no photo is read. Raises CardRemoved where the
    card was gone before its photo.
    """
    verdict = card.verdict
    if verdict.outcome is Outcome.REJECTED or verdict.holder is None:
        return verdict, None
    photo = late.demand(card.reading, check_late)
    if photo.withdraws:
        return _rejected(verdict, photo.check), None
    return verdict, None if photo.data is None else decode(photo.data)


def _rejected(verdict: Verdict, found: Check) -> Verdict:
    """Return the verdict once the photo is not the one that was signed."""
    checks = tuple(found if check.step is found.step else check for check in verdict.checks)
    return replace(verdict, outcome=Outcome.REJECTED, checks=checks, holder=None)
