"""What a signed closing sheet proves, and what it does not, to somebody who holds the file.

Lives here: the questions. Not here: the sheet's form and signature (`edge.meeting.sheet_jws`),
whose certificate it is (`terminals`), the given key (`proof`), words of the command.

A sheet may carry its terminal's certificate. That a signature holds under a key that the file
itself brings along proves only that the file was not damaged: whose key it is, an authority says,
or a key got from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.meeting import sheet_jws
from edge.meeting.sheet_jws import MAX_SHEET, SignedSheet, same_code, thumbprint
from edge.meeting.sheet_parts import MAX_CODE, fit
from provisioning import terminals
from provisioning.errors import TerminalUnknown
from provisioning.proof import Answer, Finding, GivenKey, lower
from verify import jws
from verify.errors import BadSignature, VerifyError
from verify.moment import TimeQuality


@dataclass(frozen=True, slots=True)
class Findings:
    """A sheet and what is proved of it."""

    signed: SignedSheet
    findings: tuple[Finding, ...]

    @property
    def false(self) -> bool:
        """Whether something is wrong: nothing may be made of this file."""
        return any(one.answer is Answer.FAILS for one in self.findings)

    @property
    def proven(self) -> bool:
        """Whether every question was answered yes."""
        return all(one.answer is Answer.HOLDS for one in self.findings)


def examine(
    compact: str, *, given: GivenKey | None, authorities: Sequence[bytes], code: str | None = None
) -> Findings:
    """Return what the file proves with what is given to check it.

    `authorities`: certificates of terminal authorities, DER. `code`: what stands on the paper.
    Raises SheetInvalid, verify.errors.VerifyError for what is no sheet at all.
    """
    signed = sheet_jws.unproven(compact)
    header = jws.read_header(compact, max_size=MAX_SHEET)
    found = [Finding(Answer.HOLDS, "its form is whole, and the sums are those of its list")]
    found.append(_signature(compact, header, given))
    found.append(_terminal(signed, header, given, authorities))
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


def _signature(compact: str, header: jws.JwsHeader, given: GivenKey | None) -> Finding:
    if given is not None:
        key, whose = given.key, "the key that was given"
    elif header.x5c:
        key, whose = jws.certificate_key(header.x5c[0]), "the certificate that it carries"
    else:
        kid = fit(header.kid or "none", MAX_CODE)
        says = f"whose signature it is: it names key {kid} and carries no certificate"
        return Finding(Answer.UNPROVEN, says)
    try:
        sheet_jws.verify(compact, lambda _: key)
    except BadSignature as error:
        return Finding(Answer.FAILS, f"the signature is not of {whose}: {lower(error.message)}")
    except VerifyError as error:
        return Finding(Answer.FAILS, lower(error.message))
    return Finding(Answer.HOLDS, f"the signature is of {whose} ({thumbprint(key)})")


def _terminal(
    signed: SignedSheet,
    header: jws.JwsHeader,
    given: GivenKey | None,
    authorities: Sequence[bytes],
) -> Finding:
    named, sheet = signed.sheet.meeting.terminal, signed.sheet
    if header.x5c and authorities:
        certificate = header.x5c[0]
        try:
            terminals.check(certificate, authorities, sheet.signed)
            whose = terminals.name_of(certificate)
        except (TerminalUnknown, VerifyError) as error:
            return Finding(Answer.FAILS, lower(error.message))
        says = f"the certificate is of terminal {whose}, by a terminal authority"
    elif given is not None:
        whose = given.terminal or named
        says = f"the key is of terminal {whose}, as far as you know whose key you gave"
    else:
        return Finding(Answer.UNPROVEN, f"that it comes from terminal {named}, as it says")
    if whose != named:
        other = fit(whose, MAX_CODE)
        return Finding(Answer.FAILS, f"the sheet speaks for terminal {named}, its key is {other}'s")
    return Finding(Answer.HOLDS, says)


def _code(signed: SignedSheet, code: str) -> Finding:
    if same_code(code, signed.digest):
        return Finding(Answer.HOLDS, "the code on the paper is that of this file")
    return Finding(Answer.FAILS, f"the code on the paper is another: this file has {signed.code}")
