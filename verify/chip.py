"""Step 5: the chip is the one that was issued, and nobody bent the way to it.

Lives here: what the chip must prove, and what its proofs come to together. Not here: the proofs
(`mapping`, `chip_auth`, `active_auth`), the way in (`binding`), and running any of it
(`reader.channel`).
Source: Doc 9303-11 section 6 (authentication of the chip), DESIGN section 3.

What must be proved follows from the security object's hash list, never from EF.COM. Only keys
count that step 4, or EF.CardSecurity's own signature, vouched for.
1. One proof that holds suffices: a mechanism that was not run beside it is not hidden.
2. One proof that fails refuses the card, whatever else holds. So does a listed file that was
   asked for and not given, and a proof that was asked for and refused. The failure comes first:
   after one the channel is gone, and with it the files that were still to be read.
3. A proof that holds by means too weak to rely on is no proof.
4. Without one that holds the step never passes: what was listed and not asked for, or in a way
   that this terminal lacks, is in doubt.
5. A security object that lists neither DG14 nor DG15 is one of a chip that proves nothing. What
   proves itself behind it is another chip (Doc 9303-11 section 9.2.11: a chip with PACE has DG14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds import dg14, dg15
from reader.lds.files import FileId
from reader.lds.security_infos import SecurityInfos
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile, WhenAbsent
from verify import active_auth, binding, chip_auth, mapping
from verify.card_security import CardSecurity
from verify.checks import failed, not_run, passed, unsure
from verify.policy import Algorithms, Policy
from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Step

_STEP = Step.CHIP


def prove(
    evidence: CardEvidence,
    profile: CardProfile,
    listed: SecurityObject | None,
    vouched: Mapping[FileId, bytes],
    security: CardSecurity | None,
    policy: Policy,
) -> Check:
    """Take step 5. A failed proof comes before failed parameters, any failure before a doubt."""
    if listed is None:
        return not_run(_STEP, "the chip has no readable hash list")
    required = [file for file in (FileId.DG14, FileId.DG15) if file.data_group in listed.hashes]
    for file in required:
        if file in evidence.files and file not in vouched:
            return not_run(_STEP, f"nothing vouches for {file.value}")
    infos, garbled = _security_infos(vouched)
    proofs = _proofs(evidence, infos, vouched, security, policy.algorithms)
    decided = _first(CheckStatus.FAILED, proofs) or _hidden(required, evidence, profile) or garbled
    if decided is not None:
        return decided
    proof = _together(proofs, profile) or _unproved(required, profile, infos, vouched)
    if not required and proof.status is CheckStatus.PASSED:
        proof = _absent(profile, Reason.CHIP_AUTH_ABSENT, f"unlisted: {proof.detail}")
    complete = FileId.DG14 not in required or infos is not None
    way = binding.judge(evidence, profile, infos, security, complete=complete)
    for status in (CheckStatus.FAILED, CheckStatus.INDETERMINATE):
        worse = _first(status, (proof, way))
        if worse is not None:
            return worse
    return proof


def _hidden(
    required: Sequence[FileId], evidence: CardEvidence, profile: CardProfile
) -> Check | None:
    """Return the failure for a listed file that was asked for and not given."""
    for file in required:
        asked = file in profile.read_now or file in evidence.refused
        if asked and file not in evidence.files:
            return failed(_STEP, Reason.CHIP_AUTH_WITHHELD, f"{file.value} is listed and hidden")
    return None


def _security_infos(
    vouched: Mapping[FileId, bytes],
) -> tuple[SecurityInfos | None, Check | None]:
    """Return what DG14 says where something vouches for it, or the doubt where it says nothing."""
    if FileId.DG14 not in vouched:
        return None, None
    try:
        return dg14.parse(vouched[FileId.DG14]), None
    except MalformedData as error:
        return None, unsure(_STEP, Reason.FILE_MALFORMED, error.message)


def _proofs(
    evidence: CardEvidence,
    infos: SecurityInfos | None,
    vouched: Mapping[FileId, bytes],
    security: CardSecurity | None,
    allowed: Algorithms,
) -> list[Check]:
    """Return what each mechanism that was asked for came to, and a fault of EF.CardSecurity.

    A doubt about that file counts only where something rests on it.
    """
    found = [
        mapping.judge(evidence, security, allowed),
        chip_auth.judge(evidence.chip_auth, infos, allowed),
    ]
    if security is not None and security.check.status is CheckStatus.FAILED:
        found.append(security.check)
    if FileId.DG15 in vouched:
        try:
            key = dg15.parse(vouched[FileId.DG15])
        except MalformedData as error:
            found.append(unsure(_STEP, Reason.FILE_MALFORMED, error.message))
        else:
            found.append(active_auth.judge(evidence.active_auth, key, infos, allowed))
    return [check for check in found if check is not None]


def _together(proofs: Sequence[Check], profile: CardProfile) -> Check | None:
    """Return what proofs that did not fail come to by rules 1 and 3; None where there is none."""
    held = [check.detail for check in proofs if check.status is CheckStatus.PASSED]
    if held:
        return passed(_STEP, "; ".join(held))
    strong = [check for check in proofs if check.reason is not Reason.ALGORITHM_NOT_ALLOWED]
    if strong or not proofs:
        return strong[0] if strong else None
    return _absent(profile, Reason.ALGORITHM_NOT_ALLOWED, proofs[0].detail)


def _unproved(
    required: Sequence[FileId],
    profile: CardProfile,
    infos: SecurityInfos | None,
    vouched: Mapping[FileId, bytes],
) -> Check:
    """Return what it means that no proof was asked for."""
    if FileId.DG15 in vouched:  # which any terminal can ask for
        words = "active authentication was not asked"
        return failed(_STEP, Reason.CHIP_AUTH_WITHHELD, words)
    unread = [file.value for file in required if file not in vouched]
    if unread:
        words = f"{', '.join(unread)}: listed, and not read under this profile"
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, words)
    if infos is not None and _offers(infos):
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, "a way to prove it that was not run")
    return _absent(profile, Reason.CHIP_AUTH_ABSENT)


def _offers(infos: SecurityInfos) -> bool:
    with_mapping = any(info.protocol.startswith(mapping.PACE_CAM) for info in infos.pace)
    return with_mapping or bool(infos.chip_auth or infos.chip_auth_keys)


def _first(status: CheckStatus, checks: Sequence[Check]) -> Check | None:
    return next((check for check in checks if check.status is status), None)


def _absent(profile: CardProfile, reason: Reason, detail: str = "") -> Check:
    say = failed if profile.chip_proof_absent is WhenAbsent.REJECT else unsure
    return say(_STEP, reason, detail)
