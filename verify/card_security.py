"""EF.CardSecurity: keys and parameters of the chip that the issuer signed apart from the files.

Lives here: steps 1 to 3 for this file. Its signature holds, its signer chains to an anchor for
documents of this profile, nobody has revoked it, and it is an authority of the same state as that
of the security object: else any state whose documents this profile takes could vouch for a chip
with another state's data in it. Not here: what the chip proves with the keys (`mapping`).
Source: Doc 9303-10 section 3.11.4 (form, content type, one signer whose certificate is in it);
Doc 9303-11 sections 4.4.3.5.2 and 9.2.11.

The file counts where it was read. A fault in it refuses the card, as a changed data group does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds.card_security import CONTENT_TYPE, content
from reader.lds.files import FileId
from reader.lds.security_infos import SecurityInfos
from reader.profile import CardProfile
from verify import names, passive
from verify.certificate import Certificate
from verify.checks import failed, passed, unsure
from verify.cms import SignedData, verify_signed_data
from verify.errors import AlgorithmNotAllowed, UnsupportedAlgorithm, VerifyError
from verify.moment import Moment
from verify.passive import Opened, Trusted
from verify.path import Chain
from verify.policy import Policy
from verify.reasons import Reason
from verify.revocation import Looked, Revocation, signer_status
from verify.trust import TrustList
from verify.verdict import Check, CheckStatus, Step

_STEP = Step.CHIP
_FILE = FileId.CARD_SECURITY.value
_COUNTRY = b"\x55\x04\x06"  # countryName, 2.5.4.6


@dataclass(frozen=True, slots=True)
class CardSecurity:
    """The file, judged. `infos` are there unless it failed, or could not be checked at all."""

    check: Check
    infos: SecurityInfos | None = None
    looked: Looked | None = None
    """Where revocation was asked for its signer."""


class Document(NamedTuple):
    """Steps 1 to 3 as they ended for the card's security object."""

    opened: Opened
    trusted: Trusted
    signer: Looked


def judge(
    evidence: CardEvidence,
    document: Document,
    profile: CardProfile,
    anchors: TrustList,
    revocation: Revocation,
    policy: Policy,
    moment: Moment,
) -> CardSecurity | None:
    """Return EF.CardSecurity, judged by itself; None where it was not read."""
    data = evidence.files.get(FileId.CARD_SECURITY)
    if data is None:
        return None
    try:
        signed = verify_signed_data(data, allowed=policy.allowed(None, moment.at))
    except VerifyError as error:
        return CardSecurity(_by_error(error))
    if signed.content_type != CONTENT_TYPE:
        return CardSecurity(_failed("it signs something else"))
    own = Opened(passed(_STEP), signed=signed)
    own = passive.strong_enough(own, policy, own.made, moment)
    if own.check.status is not CheckStatus.PASSED:
        return CardSecurity(_ours(own.check))
    trusted, looked = _signer(signed, document, profile, anchors, revocation, policy, moment)
    worst = _worst(trusted.check, looked.check)
    if worst.status is CheckStatus.FAILED:
        return CardSecurity(_ours(worst), looked=looked)
    if not _same_state(trusted.chain, document.trusted.chain):
        return CardSecurity(_failed("another state's authority signed it"), looked=looked)
    try:
        infos = content(signed.econtent)
    except MalformedData as error:
        malformed = unsure(_STEP, Reason.FILE_MALFORMED, f"{_FILE}: {error.message}")
        return CardSecurity(malformed, looked=looked)
    return CardSecurity(_ours(worst), infos, looked)


def _signer(
    signed: SignedData,
    document: Document,
    profile: CardProfile,
    anchors: TrustList,
    revocation: Revocation,
    policy: Policy,
    moment: Moment,
) -> tuple[Trusted, Looked]:
    """Take steps 2 and 3; as a rule one signer signs both objects, and they are taken already."""
    known = document.opened.signed
    if known is not None and known.signer == signed.signer:
        return document.trusted, document.signer
    trusted = passive.find_chain(signed, profile, anchors, policy, moment)
    return trusted, signer_status(trusted.chain, revocation, policy, moment)


def _worst(*checks: Check) -> Check:
    """Return the first failure, else the first doubt, else the last."""
    for status in (CheckStatus.FAILED, CheckStatus.INDETERMINATE):
        for check in checks:
            if check.status is status:
                return check
    return checks[-1]


def _same_state(own: Chain | None, documents: Chain | None) -> bool:
    """Whether both chains end at authorities of one state.

    A card without a chain is refused by step 2 already. An authority's name says its state
    (Doc 9303-12 section 7.1.1: countryName); where it does not, the authority must be the same.
    """
    if own is None or documents is None or own.anchor == documents.anchor:
        return True
    states = _states(own.anchor)
    return bool(states) and states == _states(documents.anchor)


def _states(authority: Certificate) -> frozenset[bytes]:
    relatives = names.relative_names(authority.subject_der)
    return frozenset(value for pairs in relatives for kind, value in pairs if kind == _COUNTRY)


def _by_error(error: VerifyError) -> Check:
    match error:
        case AlgorithmNotAllowed():
            return failed(_STEP, Reason.ALGORITHM_NOT_ALLOWED, f"{_FILE}: {error.message}")
        case UnsupportedAlgorithm():
            return unsure(_STEP, Reason.ALGORITHM_UNSUPPORTED, f"{_FILE}: {error.message}")
        case _:
            return _failed(error.message)


def _failed(why: str) -> Check:
    return failed(_STEP, Reason.CHIP_AUTH_FAILED, f"{_FILE}: {why}")


def _ours(check: Check) -> Check:
    """Return another step's result as this step's."""
    detail = f"{_FILE}: {check.detail}" if check.detail else _FILE
    return check._replace(step=_STEP, detail=detail)
