"""Step 5: clones, quiet clones, bent parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from reader import tlv
from reader.evidence import ActiveAuthRun, CardAccessSource, CardEvidence
from reader.lds.files import FileId
from reader.profile import CardProfile
from tests.verify.made import (
    CHALLENGE,
    LENIENT,
    NOW,
    PACE,
    PROFILE,
    Lists,
    World,
    active_info,
    chip_info,
    dg14,
    infos,
    pace_info,
    prove,
    spki,
    with_files,
)
from verify import pipeline
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

REJECTED, UNSURE = Outcome.REJECTED, Outcome.INDETERMINATE
PACE_CAM = "0.4.0.127.0.7.2.2.4.6.2"


def judge(
    world: World, evidence: CardEvidence, lists: Lists, profile: CardProfile = PROFILE
) -> Verdict:
    """Return the verdict with everything but the chip as it should be."""
    return pipeline.verify(evidence, profile, world.trust(), lists, DEFAULT, NOW)


def result(verdict: Verdict) -> tuple[Outcome, Reason | None]:
    """Return outcome and primary reason."""
    return verdict.outcome, verdict.reason


def test_clone_without_the_key(world: World, lists: Lists) -> None:
    """All data copied, another key answers: refused."""
    run = prove(ec.generate_private_key(ec.SECP256R1()))
    verdict = judge(world, replace(world.card(), active_auth=run), lists)
    assert result(verdict) == (REJECTED, Reason.CHIP_AUTH_FAILED)


def test_clone_that_refuses_the_proof(world: World, lists: Lists) -> None:
    """A chip that answers INTERNAL AUTHENTICATE with an error withholds the proof."""
    run = ActiveAuthRun(CHALLENGE, b"", 0x6D00)
    verdict = judge(world, replace(world.card(), active_auth=run), lists)
    assert result(verdict) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


def test_proof_never_asked_for(world: World, lists: Lists) -> None:
    """A reading that lacks the listed proof is not accepted."""
    verdict = judge(world, replace(world.card(), active_auth=None), lists)
    assert result(verdict) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


def test_quiet_clone(world: World, lists: Lists) -> None:
    """DG14 and DG15 hidden and EF.COM edited: the security object still lists them."""
    evidence = with_files(world.card(), DG14=None, DG15=None, COM=b"\x60\x00")
    verdict = judge(world, replace(evidence, active_auth=None), lists)
    assert result(verdict) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


@pytest.mark.parametrize("profile", [PROFILE, LENIENT])
def test_one_of_the_two_hidden(world: World, lists: Lists, profile: CardProfile) -> None:
    """Hiding either listed file refuses the card, whatever the family."""
    for hidden in ("DG14", "DG15"):
        evidence = with_files(world.card(), **{hidden: None})
        verdict = judge(world, evidence, lists, profile)
        assert result(verdict) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


def test_clone_with_a_key_of_its_own(world: World, lists: Lists) -> None:
    """A key that the security object does not vouch for proves nothing."""
    own = ec.generate_private_key(ec.SECP256R1())
    evidence = with_files(world.card(), DG15=tlv.encode(0x6F, spki(own)))
    verdict = judge(world, replace(evidence, active_auth=prove(own)), lists)
    assert result(verdict) == (REJECTED, Reason.FILE_HASH_MISMATCH)
    (chip,) = [one for one in verdict.checks if one.step is Step.CHIP]
    assert chip.status is CheckStatus.NOT_RUN


@pytest.mark.parametrize("challenge", [b"", bytes(7), bytes(16)])
def test_challenge_of_another_length(world: World, lists: Lists, challenge: bytes) -> None:
    """The challenge has eight bytes, as the standard says."""
    run = prove(world.chip, challenge)
    verdict = judge(world, replace(world.card(), active_auth=run), lists)
    assert result(verdict) == (REJECTED, Reason.CHIP_AUTH_FAILED)


def test_altered_proof(world: World, lists: Lists) -> None:
    """Every byte of the signature counts, and so does its length."""
    good = prove(world.chip)
    for index in range(len(good.response)):
        broken = bytearray(good.response)
        broken[index] ^= 1
        run = replace(good, response=bytes(broken))
        verdict = judge(world, replace(world.card(), active_auth=run), lists)
        assert verdict.reason is Reason.CHIP_AUTH_FAILED
    for response in (good.response[:-1], good.response + b"\x00", bytes(64)):
        run = replace(good, response=response)
        verdict = judge(world, replace(world.card(), active_auth=run), lists)
        assert verdict.reason is Reason.CHIP_AUTH_FAILED


def test_key_on_brainpool(world: World, lists: Lists) -> None:
    """A chip key on brainpoolP256r1 proves as well as one on P-256."""
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    groups = {**world.groups(), FileId.DG15: tlv.encode(0x6F, spki(key))}
    evidence = replace(world.card(groups), active_auth=prove(key))
    assert judge(world, evidence, lists).outcome is Outcome.ACCEPTED


def test_rsa_key(world: World, lists: Lists) -> None:
    """A mechanism that this terminal lacks is in doubt, not refused."""
    key = rsa.generate_private_key(65537, 2048)
    groups = {**world.groups(), FileId.DG15: tlv.encode(0x6F, spki(key))}
    verdict = judge(world, world.card(groups), lists)
    assert result(verdict) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)
    assert not verdict.freshness_only


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("0.4.0.127.0.7.1.1.4.1.1", (REJECTED, Reason.ALGORITHM_NOT_ALLOWED)),
        ("1.2.840.10045.4.3.2", (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)),
    ],
    ids=["SHA-1", "not plain"],
)
def test_hash_that_active_authentication_may_not_use(
    world: World, lists: Lists, algorithm: str, expected: tuple[Outcome, Reason]
) -> None:
    """SHA-1 is refused; signatures that are not plain (Doc 9303-11 6.1.2.3) prove nothing."""
    groups = {**world.groups(), FileId.DG14: dg14(pace_info(), active_info(algorithm))}
    verdict = judge(world, world.card(groups), lists)
    assert result(verdict) == expected


def test_dg14_does_not_say_how_the_chip_signs(world: World, lists: Lists) -> None:
    """Without the signed algorithm, none is guessed."""
    groups = {**world.groups(), FileId.DG14: dg14(pace_info())}
    verdict = judge(world, world.card(groups), lists)
    assert result(verdict) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


@pytest.mark.parametrize("entries", [(pace_info(), chip_info()), (pace_info(12, PACE_CAM),)])
def test_chip_authentication_only(world: World, lists: Lists, entries: tuple[bytes, ...]) -> None:
    """DG14 offers a proof that this terminal does not run yet: in doubt."""
    groups = {**world.groups(), FileId.DG14: dg14(*entries)}
    del groups[FileId.DG15]
    evidence = world.card(groups)
    assert evidence.pace is not None
    protocol = PACE if pace_info() in entries else PACE_CAM
    evidence = replace(
        with_files(evidence, CardAccess=infos(*(e for e in entries if e != chip_info()))),
        pace=replace(evidence.pace, protocol=protocol),
        active_auth=None,
    )
    verdict = judge(world, evidence, lists)
    assert result(verdict) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


def test_active_authentication_beside_chip_authentication(world: World, lists: Lists) -> None:
    """One passed proof suffices."""
    groups = {**world.groups(), FileId.DG14: dg14(pace_info(), active_info(), chip_info())}
    assert judge(world, world.card(groups), lists).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("profile", "outcome"), [(PROFILE, REJECTED), (LENIENT, UNSURE)], ids=["strict", "lenient"]
)
def test_chip_that_need_not_prove_anything(
    world: World, lists: Lists, profile: CardProfile, outcome: Outcome
) -> None:
    """Neither DG14 nor DG15 listed: never accepted; refused where the profile says so."""
    groups = world.groups()
    del groups[FileId.DG14], groups[FileId.DG15]
    evidence = replace(world.card(groups), active_auth=None)
    assert result(judge(world, evidence, lists, profile)) == (outcome, Reason.CHIP_AUTH_ABSENT)


def test_forged_card_access(world: World, lists: Lists) -> None:
    """EF.CardAccess offers other parameters than the signed copy: refused, proof or not."""
    evidence = world.card()
    assert evidence.pace is not None
    forged = replace(
        with_files(evidence, CardAccess=infos(pace_info(13))),
        pace=replace(evidence.pace, parameter_id=13),
    )
    assert result(judge(world, forged, lists)) == (REJECTED, Reason.CARDACCESS_MISMATCH)


@pytest.mark.parametrize(
    "card_access", [infos(pace_info(), pace_info(13)), infos(), b"", b"\x31\x01"]
)
def test_card_access_that_is_no_copy(world: World, lists: Lists, card_access: bytes) -> None:
    """More, fewer or garbled entries: the file is not the one that was signed."""
    evidence = with_files(world.card(), CardAccess=card_access)
    assert result(judge(world, evidence, lists)) == (REJECTED, Reason.CARDACCESS_MISMATCH)


def test_pace_ran_with_another_cipher(world: World, lists: Lists) -> None:
    """The run itself must be one of the signed offers, whatever the file says."""
    evidence = world.card()
    assert evidence.pace is not None
    other = replace(evidence, pace=replace(evidence.pace, protocol="0.4.0.127.0.7.2.2.4.2.4"))
    assert result(judge(world, other, lists)) == (REJECTED, Reason.CARDACCESS_MISMATCH)


def test_remembered_parameters(world: World, lists: Lists) -> None:
    """Parameters from memory are held against the signed copy too."""
    evidence = world.card()
    assert evidence.pace is not None
    remembered = replace(evidence, pace=replace(evidence.pace, source=CardAccessSource.REMEMBERED))
    files = dict(remembered.files)
    del files[FileId.CARD_ACCESS]
    remembered = replace(remembered, files=files)
    assert judge(world, remembered, lists).outcome is Outcome.ACCEPTED
    assert remembered.pace is not None
    other = replace(remembered, pace=replace(remembered.pace, parameter_id=13))
    assert result(judge(world, other, lists)) == (REJECTED, Reason.CARDACCESS_MISMATCH)


@pytest.mark.parametrize(
    ("profile", "outcome"), [(PROFILE, REJECTED), (LENIENT, UNSURE)], ids=["strict", "lenient"]
)
def test_no_signed_copy_of_the_parameters(
    world: World, lists: Lists, profile: CardProfile, outcome: Outcome
) -> None:
    """DG14 without PACE parameters leaves nothing to compare with: the profile decides."""
    groups = {**world.groups(), FileId.DG14: dg14(active_info())}
    verdict = judge(world, world.card(groups), lists, profile)
    assert result(verdict) == (outcome, Reason.CARDACCESS_UNBOUND)


def test_card_read_without_pace(world: World, lists: Lists) -> None:
    """Where no PACE ran there is nothing to bind: the profile decides."""
    verdict = judge(world, replace(world.card(), pace=None), lists)
    assert result(verdict) == (REJECTED, Reason.CARDACCESS_UNBOUND)


def test_failed_proof_and_bent_parameters(world: World, lists: Lists) -> None:
    """The failed proof is the graver word."""
    evidence = with_files(world.card(), CardAccess=infos(pace_info(13)))
    run = prove(ec.generate_private_key(ec.SECP256R1()))
    verdict = judge(world, replace(evidence, active_auth=run), lists)
    assert verdict.reason is Reason.CHIP_AUTH_FAILED


@pytest.mark.parametrize("file", [FileId.DG14, FileId.DG15])
def test_signed_chip_files_not_well_formed(world: World, lists: Lists, file: FileId) -> None:
    """The issuer's slip is a doubt."""
    garbled = tlv.encode(file.tag or 0, b"\x30\x03\x02\x01\x00")
    verdict = judge(world, world.card({**world.groups(), file: garbled}), lists)
    assert result(verdict) == (UNSURE, Reason.FILE_MALFORMED)
