"""What a signed closing sheet proves, and what it does not, to somebody who holds the file.

Lives here: the questions. Not here: the sheet's form and signature (`edge.meeting.sheet_jws`),
whose certificate it is (`terminals`), the given key (`proof`), words of the command.

A sheet may carry its terminal's certificate. That a signature holds under a key that the file
itself brings along proves only that the file was not damaged: whose key it is, an authority says,
or a key got from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge.meeting import sheet_jws
from edge.meeting.sheet_jws import MAX_SHEET, SignedSheet, same_code
from provisioning.proof import Answer, Finding, Findings, GivenKey, signature, terminal
from verify import jws
from verify.moment import TimeQuality


def examine(
    compact: str, *, given: GivenKey | None, authorities: Sequence[bytes], code: str | None = None
) -> Findings[SignedSheet]:
    """Return what the file proves with what is given to check it.

    `authorities`: certificates of terminal authorities, DER. `code`: what stands on the paper.
    Raises SheetInvalid, verify.errors.VerifyError for what is no sheet at all.
    """
    signed = sheet_jws.unproven(compact)
    header = jws.read_header(compact, max_size=MAX_SHEET)
    found = [Finding(Answer.HOLDS, "its form is whole, and the sums are those of its list")]
    found.append(signature(header, given, lambda key: sheet_jws.verify(compact, lambda _: key)))
    named, at = signed.sheet.meeting.terminal, signed.sheet.signed
    found.append(terminal("sheet", named, at, header, given=given, authorities=authorities))
    if code is not None:
        found.append(_code(signed, code))
    return Findings(signed, tuple(found))


def not_known(signed: SignedSheet) -> tuple[str, ...]:
    """Return what the terminal itself did not know when it signed."""
    knowledge = signed.sheet.knowledge
    cards = knowledge.cards
    about = "which cards were reported lost: it had no card status list"
    if cards is not None:
        held = f"card status list {cards.number}, {cards.standing.value}"
        about = f"which cards were reported lost after {cards.of:%Y-%m-%d}: {held}"
    facts = [about]
    if knowledge.time is not TimeQuality.SYNCHRONISED:
        last = knowledge.checked
        since = "" if last is None else f", last compared on {last:%Y-%m-%d}"
        facts.append(f"the exact time: its clock was {knowledge.time.value}{since}")
    return tuple(facts)


def _code(signed: SignedSheet, code: str) -> Finding:
    if same_code(code, signed.digest):
        return Finding(Answer.HOLDS, "the code on the paper is that of this file")
    return Finding(Answer.FAILS, f"the code on the paper is another: this file has {signed.code}")
