"""The way into the chip was the one that its issuer signed.

Lives here: PACE as it ran, and EF.CardAccess, against their signed copies; a chip that was opened
without PACE though a signed copy offers it. EF.CardAccess is unsigned: a forged one, or a hidden
one, could lead the terminal to weaker parameters or to none.
Not here: whether the chip is genuine (`chip`).
Source: Doc 9303-11 sections 4.2 (the comparison), 9.2.11 (the copies in DG14 and EF.CardSecurity).
"""

from __future__ import annotations

from typing import NamedTuple

from reader.errors import MalformedData
from reader.evidence import CardAccessSource, CardEvidence, PaceFacts
from reader.lds import security_infos
from reader.lds.files import FileId
from reader.lds.security_infos import PaceInfo, SecurityInfos
from reader.profile import AccessMethod, CardProfile, WhenAbsent
from verify.card_security import CardSecurity
from verify.checks import failed, passed, unsure
from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Step

_STEP = Step.CHIP


class _Copy(NamedTuple):
    """What a signed file says of PACE; `check` is what comparing well with it is worth."""

    pace: frozenset[PaceInfo]
    check: Check


def judge(
    evidence: CardEvidence,
    profile: CardProfile,
    infos: SecurityInfos | None,
    security: CardSecurity | None,
    *,
    complete: bool,
) -> Check:
    """Judge the way in. `infos` are those of a DG14 that is vouched for, None without one.

    `complete` tells that no signed copy which the card has was left unread.
    """
    copies = []
    if infos is not None and infos.pace:
        copies.append(_Copy(frozenset(infos.pace), passed(_STEP)))
    if security is not None and security.infos is not None and security.infos.pace:
        copies.append(_Copy(frozenset(security.infos.pace), security.check))
    if evidence.pace is None:
        return _without_pace(evidence, profile, offered=bool(copies), complete=complete)
    if not copies:
        return _unbound(profile)
    faults = [(_fault(evidence, evidence.pace, copy), copy.check) for copy in copies]
    fitting = [check for fault, check in faults if fault is None]
    if not fitting:
        return failed(_STEP, Reason.CARDACCESS_MISMATCH, faults[0][0] or "")
    return min(fitting, key=lambda check: check.status is not CheckStatus.PASSED)


def _without_pace(
    evidence: CardEvidence, profile: CardProfile, *, offered: bool, complete: bool
) -> Check:
    """Judge basic access control, and a chip that had to be opened by nothing.

    Both are what a chip with PACE would be bent to. Where no signed copy speaks of PACE there
    was none to be led away from; a profile that wants every way in bound refuses that too.
    """
    meant = evidence.basic_access and profile.access[:1] == (AccessMethod.BAC,)
    if offered and not meant:
        return failed(_STEP, Reason.CARDACCESS_MISMATCH, "PACE is offered and was not run")
    settled = evidence.basic_access and (meant or complete)
    if settled and profile.pace_unbound is WhenAbsent.INDETERMINATE:
        return passed(_STEP)
    return _unbound(profile)


def _fault(evidence: CardEvidence, pace: PaceFacts, copy: _Copy) -> str | None:
    """Return how the PACE run or EF.CardAccess differs from a signed copy, or None."""
    used = (pace.protocol, pace.parameter_id)
    if used not in {(info.protocol, info.parameter_id) for info in copy.pace}:
        return "PACE ran with other parameters"
    card_access = evidence.files.get(FileId.CARD_ACCESS)
    if card_access is None:
        read = pace.source is CardAccessSource.READ
        return "EF.CardAccess was read and is not here" if read else None
    try:
        offered = frozenset(security_infos.parse(card_access).pace)
    except MalformedData as error:
        return error.message
    return None if offered == copy.pace else "EF.CardAccess offers other ones"


def _unbound(profile: CardProfile) -> Check:
    say = failed if profile.pace_unbound is WhenAbsent.REJECT else unsure
    return say(_STEP, Reason.CARDACCESS_UNBOUND)
