"""Step 5: the chip is the one that was issued, and nobody bent the way to it.

Lives here: what the chip must prove, its active authentication, and the PACE parameters against
their signed copy. What must be proved follows from the security object's hash list, never from
EF.COM; only keys from files that step 4 vouched for count. Not here: running a protocol
(`reader.channel`).
Source: Doc 9303-11 sections 6.1 (active authentication), 6.2 (chip authentication), 9.2.11 (the
copy of EF.CardAccess in DG14); BSI TR-03111 section 5.2.1 (plain signatures).
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec

from reader.errors import MalformedData
from reader.evidence import ActiveAuthRun, CardAccessSource, CardEvidence
from reader.lds import dg14, dg15, security_infos
from reader.lds.files import FileId
from reader.lds.security_infos import SecurityInfos
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile, WhenAbsent
from verify import algorithms, keys, signatures
from verify.checks import failed, not_run, passed, unsure
from verify.errors import (
    AlgorithmNotAllowed,
    BadSignature,
    MalformedObject,
    UnsupportedAlgorithm,
)
from verify.policy import Algorithms, Policy
from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Step

CHALLENGE_SIZE = 8  # bytes, RND.IFD
PACE_CAM = "0.4.0.127.0.7.2.2.4.6."  # chip authentication mapping, over ECDH

_STEP = Step.CHIP


def prove(
    evidence: CardEvidence,
    profile: CardProfile,
    listed: SecurityObject | None,
    vouched: Mapping[FileId, bytes],
    policy: Policy,
) -> Check:
    """Take step 5. A failed proof comes before failed parameters, any failure before a doubt."""
    if listed is None:
        return not_run(_STEP, "the chip has no readable hash list")
    required = [file for file in (FileId.DG14, FileId.DG15) if file.data_group in listed.hashes]
    for file in required:
        if file not in evidence.files:
            return failed(_STEP, Reason.CHIP_AUTH_WITHHELD, f"{file.value} is listed and hidden")
    for file in required:
        if file not in vouched:
            return not_run(_STEP, f"nothing vouches for {file.value}")
    try:
        infos = dg14.parse(vouched[FileId.DG14]) if FileId.DG14 in required else None
        proof = _proof(evidence.active_auth, profile, infos, vouched, policy)
    except (MalformedData, MalformedObject) as error:
        return unsure(_STEP, Reason.FILE_MALFORMED, error.message)
    both = (proof, _binding(evidence, profile, infos))
    for status in (CheckStatus.FAILED, CheckStatus.INDETERMINATE):
        for check in both:
            if check.status is status:
                return check
    return proof


def _proof(
    run: ActiveAuthRun | None,
    profile: CardProfile,
    infos: SecurityInfos | None,
    vouched: Mapping[FileId, bytes],
    policy: Policy,
) -> Check:
    if FileId.DG15 in vouched:
        key = dg15.parse(vouched[FileId.DG15])
        return _active_authentication(run, key, infos, policy.algorithms)
    if infos is not None and _other_mechanism(infos):
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, "chip authentication")
    return _absent(profile.chip_proof_absent, Reason.CHIP_AUTH_ABSENT)


def _other_mechanism(infos: SecurityInfos) -> bool:
    cam = any(info.protocol.startswith(PACE_CAM) for info in infos.pace)
    return cam or bool(infos.chip_auth or infos.chip_auth_keys)


def _active_authentication(
    run: ActiveAuthRun | None, spki: bytes, infos: SecurityInfos | None, allowed: Algorithms
) -> Check:
    """Judge INTERNAL AUTHENTICATE. Raises MalformedObject for a key that is none."""
    if run is None or not run.response:
        words = "not asked" if run is None else f"the chip answered {run.sw:04X}"
        return failed(_STEP, Reason.CHIP_AUTH_WITHHELD, words)
    try:
        key = keys.load_spki(spki)
        if not isinstance(key.key, ec.EllipticCurvePublicKey):
            raise algorithms.unsupported("active authentication with RSA")
        if infos is None or infos.active_auth is None:
            raise algorithms.unsupported("hash of active authentication, which DG14 leaves out")
        used = algorithms.plain_ecdsa(infos.active_auth.signature_algorithm)
        if len(run.challenge) != CHALLENGE_SIZE:
            raise signatures.bad_signature()
        signatures.verify_scheme(key, used, run.response, run.challenge, allowed=allowed)
    except AlgorithmNotAllowed as error:
        return failed(_STEP, Reason.ALGORITHM_NOT_ALLOWED, error.message)
    except UnsupportedAlgorithm as error:
        return unsure(_STEP, Reason.CHIP_AUTH_UNSUPPORTED, error.message)
    except BadSignature:
        return failed(_STEP, Reason.CHIP_AUTH_FAILED, "active authentication")
    return passed(_STEP, f"active authentication, {used.name}")


def _binding(evidence: CardEvidence, profile: CardProfile, infos: SecurityInfos | None) -> Check:
    """Compare the PACE run, and EF.CardAccess, with the signed copy in DG14.

    EF.CardAccess is unsigned: a forged one could lead the terminal to weaker parameters.
    """
    if infos is None or not infos.pace or evidence.pace is None:
        return _absent(profile.pace_unbound, Reason.CARDACCESS_UNBOUND)
    used = (evidence.pace.protocol, evidence.pace.parameter_id)
    if used not in {(info.protocol, info.parameter_id) for info in infos.pace}:
        return failed(_STEP, Reason.CARDACCESS_MISMATCH, "PACE ran with other parameters")
    card_access = evidence.files.get(FileId.CARD_ACCESS)
    if card_access is None and evidence.pace.source is CardAccessSource.READ:
        return failed(_STEP, Reason.CARDACCESS_MISMATCH, "EF.CardAccess was read and is not here")
    if card_access is not None:
        try:
            offered = set(security_infos.parse(card_access).pace)
        except MalformedData as error:
            return failed(_STEP, Reason.CARDACCESS_MISMATCH, error.message)
        if offered != set(infos.pace):
            return failed(_STEP, Reason.CARDACCESS_MISMATCH, "EF.CardAccess offers other ones")
    return passed(_STEP)


def _absent(rule: WhenAbsent, reason: Reason) -> Check:
    return failed(_STEP, reason) if rule is WhenAbsent.REJECT else unsure(_STEP, reason)
