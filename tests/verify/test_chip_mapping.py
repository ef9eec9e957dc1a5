"""Step 5, chip authentication mapping: PACE ran with the key that EF.CardSecurity vouches for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from reader import tlv
from reader.curves import by_name
from reader.evidence import (
    CardAccessSource,
    CardEvidence,
    MappingProof,
    PaceFacts,
    PasswordKind,
)
from reader.lds import card_security as card_security_file
from reader.lds.files import FileId
from tests.verify.made import (
    AID,
    NOW,
    PACE,
    PROFILE,
    Lists,
    World,
    infos,
    pace_info,
    signed_data,
    spki,
    with_files,
)
from tests.verify.made_chip import (
    CAM,
    ORDER,
    P256,
    SECURITY_OBJECT,
    MappingChip,
    generic,
    key_info,
    point_of,
    standardised,
    with_mapping,
)
from verify import mapping, pipeline
from verify.card_security import CardSecurity
from verify.checks import passed
from verify.policy import DEFAULT, MINIMUM
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]
FAILED: Result = (REJECTED, Reason.CHIP_AUTH_FAILED)
WITHHELD: Result = (REJECTED, Reason.CHIP_AUTH_WITHHELD)

CHIP = MappingChip.new()
OTHER = MappingChip.new()


def verdict_of(world: World, evidence: CardEvidence, lists: Lists) -> Verdict:
    """Return the verdict with everything but the chip as it should be."""
    return pipeline.verify(evidence, PROFILE, world.trust(), lists, DEFAULT, NOW)


def judge(world: World, evidence: CardEvidence, lists: Lists) -> Result:
    """Return its outcome and reason."""
    verdict = verdict_of(world, evidence, lists)
    return verdict.outcome, verdict.reason


def test_genuine_chip(world: World, lists: Lists) -> None:
    """PACE itself is the proof: accepted, and said whose word that is."""
    verdict = verdict_of(world, with_mapping(world, CHIP), lists)
    assert verdict.outcome is ACCEPTED
    detail = verdict.checks[Step.CHIP - 1].detail
    assert detail == "chip authentication mapping; a later check trusts this terminal for it"


# Mix-ups of chip, proof and file


def test_card_security_of_another_card(world: World, lists: Lists) -> None:
    """A genuine EF.CardSecurity that names another chip's key: this chip does not hold it."""
    evidence = with_mapping(world, CHIP, security=OTHER.security(world.signer))
    assert judge(world, evidence, lists) == FAILED


def test_proof_of_an_earlier_session(world: World, lists: Lists) -> None:
    """Another session's scalar does not fit this session's point, nor the reverse."""
    one, two = CHIP.run(), CHIP.run()
    for mixed in (
        MappingProof(one.public_key, two.data),
        MappingProof(two.public_key, one.data),
    ):
        assert judge(world, with_mapping(world, CHIP, proof=mixed), lists) == FAILED


def test_clone_with_a_key_of_its_own(world: World, lists: Lists) -> None:
    """EF.CardSecurity rewritten for the clone's key: its signature does not hold."""
    genuine = CHIP.security(world.signer)
    old, new = point_of(CHIP.key), point_of(OTHER.key)
    assert old in genuine
    evidence = with_mapping(world, OTHER, security=genuine.replace(old, new))
    assert judge(world, evidence, lists) == FAILED


@pytest.mark.parametrize(
    "bent",
    [
        lambda proof: replace(proof, data=b""),
        lambda proof: replace(proof, data=bytes(32)),
        lambda proof: replace(proof, data=ORDER.to_bytes(32, "big")),
        lambda proof: replace(proof, data=b"\x00" + proof.data),
        lambda proof: replace(proof, data=_plus_order(proof.data)),
        lambda proof: replace(proof, data=_negated(proof.data, ORDER)),
        lambda proof: replace(proof, public_key=b""),
        lambda proof: replace(proof, public_key=b"\x02" + proof.public_key[1:33]),
        lambda proof: replace(proof, public_key=proof.public_key[:-1] + b"\x00"),
        lambda proof: replace(proof, public_key=_mirrored(proof.public_key)),
    ],
)
def test_bent_proof(
    world: World, lists: Lists, bent: Callable[[MappingProof], MappingProof]
) -> None:
    """Zero, the order, a longer or the negative scalar; no point, a compressed, a mirrored one."""
    evidence = with_mapping(world, CHIP, proof=bent(CHIP.run()))
    assert judge(world, evidence, lists) == FAILED


def _plus_order(data: bytes) -> bytes:
    return (int.from_bytes(data, "big") + ORDER).to_bytes(33, "big")


def _negated(data: bytes, modulus: int) -> bytes:
    return (modulus - int.from_bytes(data, "big")).to_bytes(32, "big")


def _mirrored(point: bytes) -> bytes:
    curve = by_name("secp256r1")
    assert curve is not None
    return point[:33] + _negated(point[33:], curve.p)


def test_chip_whose_key_is_the_base_point(world: World, lists: Lists) -> None:
    """The degenerate sums on the way are no short cut: the multiple is compared as it is."""
    for secret in (1, ORDER - 1):
        chip = MappingChip(ec.derive_private_key(secret, ec.SECP256R1()))
        good = chip.run()
        assert judge(world, with_mapping(world, chip, proof=good), lists) == (ACCEPTED, None)
        wrong = replace(good, public_key=_mirrored(good.public_key))
        assert judge(world, with_mapping(world, chip, proof=wrong), lists) == FAILED


# What is not there


def test_chip_sends_no_proof(world: World, lists: Lists) -> None:
    """PACE ran with the mapping and its data are missing."""
    evidence = with_mapping(world, CHIP)
    assert evidence.pace is not None
    evidence = replace(evidence, pace=replace(evidence.pace, mapping=None))
    assert judge(world, evidence, lists) == WITHHELD


def test_card_security_refused(world: World, lists: Lists) -> None:
    """The file with the key was asked for and not given."""
    evidence = with_files(with_mapping(world, CHIP), CardSecurity=None)
    assert judge(world, evidence, lists) == WITHHELD


def test_card_security_never_asked_for(world: World, lists: Lists) -> None:
    """Nothing says whose key it was: never accepted, and nothing was hidden."""
    evidence = with_mapping(world, CHIP)
    files = dict(evidence.files)
    del files[FileId.CARD_SECURITY]
    verdict = judge(world, replace(evidence, files=files), lists)
    assert verdict == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


def test_proof_beside_another_mapping(world: World, lists: Lists) -> None:
    """The generic mapping proves nothing of the chip, whatever is kept beside it."""
    evidence = with_mapping(world, CHIP)
    assert evidence.pace is not None
    lying = replace(evidence, pace=replace(evidence.pace, protocol=PACE))
    assert judge(world, lying, lists) == FAILED
    assert judge(world, generic(evidence), lists) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


@pytest.mark.parametrize("key_id", [11, 13, 72])
def test_card_security_without_the_key(world: World, lists: Lists, key_id: int) -> None:
    """The number of the key is that of the parameters that PACE ran with."""
    content = CHIP.infos(key_id=key_id)
    security = signed_data(content, world.signer, content_type=SECURITY_OBJECT)
    assert judge(world, with_mapping(world, CHIP, security=security), lists) == FAILED


def test_key_on_another_curve(world: World, lists: Lists) -> None:
    """A key of the right number on another curve is not the one that PACE ran with."""
    other = ec.generate_private_key(ec.BrainpoolP256R1())
    listed = (pace_info(), pace_info(P256, CAM), key_info(spki(other), key_id=P256))
    security = signed_data(infos(*listed), world.signer, content_type=SECURITY_OBJECT)
    assert judge(world, with_mapping(world, CHIP, security=security), lists) == FAILED


def test_generic_key_beside_it(world: World, lists: Lists) -> None:
    """A second key on the same curve, for chip authentication, does not stand in the way."""
    second = key_info(standardised(P256, point_of(OTHER.key)), key_id=72)
    content = CHIP.infos(second)
    security = signed_data(content, world.signer, content_type=SECURITY_OBJECT)
    evidence = with_mapping(world, CHIP, security=security)
    assert judge(world, evidence, lists) == (ACCEPTED, None)
    stolen = with_mapping(world, OTHER, security=security)
    assert judge(world, stolen, lists) == FAILED


# Chips that others made


def run_of(number: int, point: str, scalar: str) -> CardEvidence:
    """Return what PACE with the mapping left behind, and nothing else of the card."""
    proof = MappingProof(bytes.fromhex(point), bytes.fromhex(scalar))
    pace = PaceFacts(CAM, number, PasswordKind.MRZ, CardAccessSource.READ, proof)
    return CardEvidence("icao", AID, {}, {}, pace, None)


def ended(evidence: CardEvidence, content: bytes) -> CheckStatus:
    """Return how the mapping ends where a good signature vouches for `content`."""
    security = CardSecurity(passed(Step.CHIP), card_security_file.content(content))
    check = mapping.judge(evidence, security, MINIMUM)
    assert check is not None
    return check.status


WORKED = run_of(
    13,
    "04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B3"
    "04F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23",
    "85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3",
)
WORKED_KEY = bytes.fromhex(
    "3062060904007F000702020102305230"
    "0C060704007F0007010202010D034200"
    "041872709494399E7470A6431BE25E83"
    "EEE24FEA568C2ED28DB48E05DB3A610D"
    "C884D256A40E35EFCB59BF6753D3A489"
    "D28C7A4D973C2DA138A6E7A4A08F68E1"
    "6F02010D"
)
GERMAN = run_of(
    13,
    "0476dc295c4fb14237d87318d70967e25ec45f74d6fd4aff588c90efb3d868f05b"
    "450ba6b64967227c2246dbe2905522c8086dac7f3bbe5cf3b192f0a0c2d97ee5",
    "61fde6bc2006eb41ca6c5de2490c0a5affe629c7a696701a22b249099f8c5b90",
)
"""A session with the chip of the German EF.CardSecurity, from gmrtd/gmrtd pace/pace_test.go,
TestDoPace_CAM_ECDH_DE: data objects 82 and 8A, the latter opened with its session key."""


def test_worked_example() -> None:
    """Doc 9303-11 appendix I: the key, the point and the scalar as printed."""
    content = tlv.encode(0x31, WORKED_KEY)
    assert ended(WORKED, content) is CheckStatus.PASSED
    assert ended(GERMAN, content) is CheckStatus.FAILED


def test_german_chip(vectors: Path) -> None:
    """A real chip proved the first of the two keys that its real EF.CardSecurity lists."""
    data = (vectors / "sod" / "DE.EF_CardSecurity.bin").read_bytes()
    content = card_security_file.parse(data).signed_content
    assert ended(GERMAN, content) is CheckStatus.PASSED
    assert ended(WORKED, content) is CheckStatus.FAILED
