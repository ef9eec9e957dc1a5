"""Step 5 as a whole: what must be proved, and what several proofs come to together.

One proof that holds suffices, one that fails refuses; what was asked for and not given is hidden;
without a proof that holds the step never passes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crl.status import Status
from reader import tlv
from reader.evidence import ActiveAuthRun, CardEvidence, ChipAuthRun
from reader.lds.files import FileId
from reader.profile import CardProfile, WhenAbsent
from tests.verify.made import (
    CHALLENGE,
    LENIENT,
    NOW,
    PROFILE,
    Lists,
    World,
    active_info,
    answer,
    chip_info,
    dg14,
    infos,
    issue,
    pace_info,
    prove,
    spki,
    with_files,
)
from tests.verify.made_chip import (
    CAM,
    P256,
    MappingChip,
    agreed,
    key_info,
    recovery,
    with_chip_auth,
    with_mapping,
)
from verify import certificate, pipeline
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]
FINE: Result = (ACCEPTED, None)
FAILED: Result = (REJECTED, Reason.CHIP_AUTH_FAILED)
WITHHELD: Result = (REJECTED, Reason.CHIP_AUTH_WITHHELD)
UNSUPPORTED: Result = (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)

KEY = ec.generate_private_key(ec.SECP256R1())
OWN = ec.generate_private_key(ec.SECP256R1())
CHIP = MappingChip.new()
LISTED = (active_info(), chip_info(), key_info(spki(KEY)))


def verdict_of(
    world: World, evidence: CardEvidence, lists: Lists, profile: CardProfile = PROFILE
) -> Verdict:
    """Return the verdict with everything but the chip as it should be."""
    return pipeline.verify(evidence, profile, world.trust(), lists, DEFAULT, NOW)


def judge(
    world: World, evidence: CardEvidence, lists: Lists, profile: CardProfile = PROFILE
) -> Result:
    """Return its outcome and reason."""
    verdict = verdict_of(world, evidence, lists, profile)
    return verdict.outcome, verdict.reason


def reading(profile: CardProfile, *files: FileId) -> CardProfile:
    """Return the profile without these files among those that are read."""
    return replace(profile, read_now=tuple(one for one in profile.read_now if one not in files))


def without(evidence: CardEvidence, *hidden: FileId) -> CardEvidence:
    """Return the reading of a terminal that never asked for these files."""
    files = {file: data for file, data in evidence.files.items() if file not in hidden}
    return replace(evidence, files=files)


# What must be proved


def test_quiet_clone(world: World, lists: Lists) -> None:
    """DG14 and DG15 hidden and EF.COM edited: the security object still lists them."""
    evidence = with_files(world.card(), DG14=None, DG15=None, COM=b"\x60\x00")
    assert judge(world, replace(evidence, active_auth=None), lists) == WITHHELD


@pytest.mark.parametrize("profile", [PROFILE, LENIENT])
@pytest.mark.parametrize("hidden", ["DG14", "DG15"])
def test_one_of_the_two_hidden(
    world: World, lists: Lists, profile: CardProfile, hidden: str
) -> None:
    """Hiding either listed file refuses the card, whatever the family, whatever is proved."""
    evidence = with_files(world.card(), **{hidden: None})
    assert judge(world, evidence, lists, profile) == WITHHELD
    card = with_files(with_chip_auth(world, *LISTED, run=agreed(KEY), active=True), DG15=None)
    assert judge(world, card, lists, profile) == WITHHELD


def test_listed_file_that_the_reading_lacks(world: World, lists: Lists) -> None:
    """A file that the profile reads was asked for, whatever a kept reading says of it."""
    card = with_chip_auth(world, *LISTED, run=agreed(KEY), active=True)
    evidence = replace(without(card, FileId.DG15), active_auth=None)
    assert judge(world, evidence, lists) == WITHHELD


def test_channel_that_broke_at_the_proof(world: World, lists: Lists) -> None:
    """A clone that failed chip authentication: what could not be read after it is not hidden."""
    run = replace(agreed(KEY), proved=False, sw=0x6988)
    card = without(with_chip_auth(world, *LISTED, run=run, active=True), FileId.DG15)
    assert judge(world, replace(card, active_auth=None), lists) == FAILED


def test_listed_file_that_was_never_asked_for(world: World, lists: Lists) -> None:
    """Not hidden: the other proof suffices. Without one the chip never gets away with it."""
    profile = reading(PROFILE, FileId.DG15)
    card = without(with_chip_auth(world, *LISTED, run=agreed(KEY), active=True), FileId.DG15)
    card = replace(card, active_auth=None)
    assert judge(world, card, lists, profile) == FINE
    unproved = replace(card, chip_auth=None)
    assert judge(world, unproved, lists, profile) == UNSUPPORTED
    refused = replace(card, refused={FileId.DG15: 0x6982})
    assert judge(world, refused, lists, profile) == WITHHELD


def test_profile_that_reads_no_proof(world: World, lists: Lists) -> None:
    """A profile that asks for neither file accepts no card by that."""
    for profile in (PROFILE, LENIENT):
        blind = reading(profile, FileId.DG14, FileId.DG15)
        card = without(world.card(), FileId.DG14, FileId.DG15)
        verdict = verdict_of(world, replace(card, active_auth=None), lists, blind)
        assert verdict.outcome is not ACCEPTED
        assert verdict.checks[Step.CHIP - 1].status is not CheckStatus.PASSED


def test_clone_with_a_key_of_its_own(world: World, lists: Lists) -> None:
    """A key that the security object does not vouch for proves nothing."""
    evidence = with_files(world.card(), DG15=tlv.encode(0x6F, spki(OWN)))
    verdict = verdict_of(world, replace(evidence, active_auth=prove(OWN)), lists)
    assert (verdict.outcome, verdict.reason) == (REJECTED, Reason.FILE_HASH_MISMATCH)
    assert verdict.checks[Step.CHIP - 1].status is CheckStatus.NOT_RUN


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
    assert judge(world, evidence, lists, profile) == (outcome, Reason.CHIP_AUTH_ABSENT)


def test_proof_behind_a_list_without_one(world: World, lists: Lists) -> None:
    """A chip that proves itself has DG14: a security object without it is another chip's."""
    mapped = with_mapping(world, CHIP)
    groups = {file: data for file, data in mapped.files.items() if file.data_group is not None}
    del groups[FileId.DG14]
    files = {**without(mapped, FileId.DG14).files, FileId.SOD: world.sod(groups)}
    mixed = replace(mapped, files=files)
    for profile, outcome in ((PROFILE, REJECTED), (LENIENT, UNSURE)):
        assert judge(world, mixed, lists, profile) == (outcome, Reason.CHIP_AUTH_ABSENT)


def test_dg14_that_offers_no_proof(world: World, lists: Lists) -> None:
    """DG14 listed with PACE's parameters alone: there is none, as without the file."""
    for rule, outcome in ((WhenAbsent.REJECT, REJECTED), (WhenAbsent.INDETERMINATE, UNSURE)):
        profile = replace(PROFILE, chip_proof_absent=rule)
        evidence = with_chip_auth(world, run=None)
        assert judge(world, evidence, lists, profile) == (outcome, Reason.CHIP_AUTH_ABSENT)


def test_mapping_offered_and_not_used(world: World, lists: Lists) -> None:
    """DG14 offers the mapping, PACE ran without it: in doubt."""
    access = (pace_info(), pace_info(P256, CAM))
    evidence = with_chip_auth(world, pace_info(P256, CAM), run=None)
    evidence = with_files(evidence, CardAccess=infos(*access))
    assert judge(world, evidence, lists) == UNSUPPORTED


@pytest.mark.parametrize("file", [FileId.DG14, FileId.DG15])
def test_signed_chip_files_not_well_formed(world: World, lists: Lists, file: FileId) -> None:
    """The issuer's slip is a doubt."""
    garbled = tlv.encode(file.tag or 0, b"\x30\x03\x02\x01\x00")
    evidence = world.card({**world.groups(), file: garbled})
    assert judge(world, evidence, lists) == (UNSURE, Reason.FILE_MALFORMED)


def test_clone_behind_a_garbled_list(world: World, lists: Lists) -> None:
    """What fails without DG14 fails beside it: the issuer's slip hides no clone."""
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    groups = {
        **world.groups(),
        FileId.DG14: tlv.encode(0x6E, b"\x30\x03\x02\x01\x00"),
        FileId.DG15: tlv.encode(0x6F, spki(key)),
    }
    card = replace(world.card(groups), active_auth=recovery(key))
    assert judge(world, card, lists) == (UNSURE, Reason.FILE_MALFORMED)
    assert judge(world, replace(card, active_auth=recovery(other)), lists) == FAILED


# Several proofs


def test_second_mechanism_that_was_not_run(world: World, lists: Lists) -> None:
    """Beside a proof that holds, a mechanism that nobody asked for is not hidden."""
    card = with_chip_auth(world, *LISTED, run=agreed(KEY), active=True)
    assert judge(world, replace(card, active_auth=None), lists) == FINE
    assert judge(world, replace(card, chip_auth=None), lists) == FINE
    mapped = with_mapping(world, CHIP)
    groups = {file: data for file, data in mapped.files.items() if file.data_group is not None}
    groups[FileId.DG14] = dg14(pace_info(), pace_info(P256, CAM), *LISTED)
    groups[FileId.DG15] = world.groups()[FileId.DG15]
    files = {**mapped.files, **groups, FileId.SOD: world.sod(groups)}
    assert judge(world, replace(mapped, files=files), lists) == FINE


def test_all_proofs_are_named(world: World, lists: Lists) -> None:
    """The check keeps every proof that held."""
    card = with_chip_auth(world, *LISTED, run=agreed(KEY), active=True)
    detail = verdict_of(world, card, lists).checks[Step.CHIP - 1].detail
    assert "chip authentication, " in detail
    assert "active authentication, ecdsa-plain-sha256" in detail


ACTIVE: dict[str, Callable[[World], ActiveAuthRun | None]] = {
    "holds": lambda world: prove(world.chip),
    "fails": lambda _: prove(OWN),
    "refused": lambda _: ActiveAuthRun(CHALLENGE, b"", 0x6D00),
    "not asked": lambda _: None,
}
AGREED: dict[str, ChipAuthRun | None] = {
    "holds": agreed(KEY),
    "fails": replace(agreed(KEY), proved=False),
    "a stranger's": agreed(OWN),
    "refused": replace(agreed(KEY), proved=False, sw=0x6A80),
    "not asked": None,
}
REFUSING = {
    "fails": FAILED,
    "a stranger's": FAILED,
    "refused": WITHHELD,
}


@pytest.mark.parametrize(("agreement", "signing"), [*product(AGREED, ACTIVE)])
def test_every_pair_of_proofs(world: World, lists: Lists, agreement: str, signing: str) -> None:
    """Any failure refuses, else any proof that holds suffices, else nothing was proved."""
    card = with_chip_auth(world, *LISTED, run=AGREED[agreement], active=True)
    card = replace(card, active_auth=ACTIVE[signing](world))
    if agreement in REFUSING:
        expected = REFUSING[agreement]
    elif signing in REFUSING:
        expected = REFUSING[signing]
    else:
        expected = FINE if "holds" in (agreement, signing) else WITHHELD
    assert judge(world, card, lists) == expected


def test_proof_in_doubt_beside_one_that_holds(world: World, lists: Lists) -> None:
    """A weak, an unknown, a garbled and a stale proof add nothing and take nothing away."""
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- as old passports have it
    others = {
        "weak": (tlv.encode(0x6F, spki(short)), recovery(short)),
        "unknown": (tlv.encode(0x6F, spki(ec.generate_private_key(ec.SECP256K1()))), prove(OWN)),
        "garbled": (tlv.encode(0x6F, b"\x30\x03\x02\x01\x00"), None),
    }
    for name, (dg15, run) in others.items():
        groups = {**world.groups(), FileId.DG14: dg14(pace_info(), *LISTED), FileId.DG15: dg15}
        card = replace(world.card(groups), active_auth=run, chip_auth=agreed(KEY))
        assert judge(world, card, lists) == FINE, name
        assert judge(world, replace(card, chip_auth=agreed(OWN)), lists) == FAILED, name


def test_stale_proof_beside_one_that_holds(world: World, lists: Lists) -> None:
    """A mapping in doubt for its signer's list, and chip authentication that holds: accepted."""
    second = issue("DS Keys", world.authority)
    lists.named[certificate.parse(second.certificate).serial] = answer(Status.STALE, days=40)
    card = with_mapping(world, CHIP, security=CHIP.security(second))
    groups = {file: data for file, data in card.files.items() if file.data_group is not None}
    groups[FileId.DG14] = dg14(pace_info(), pace_info(P256, CAM), *LISTED)
    files = {**card.files, **groups, FileId.SOD: world.sod(groups)}
    card = replace(card, files=files)
    alone = verdict_of(world, card, lists)
    assert (alone.outcome, alone.reason) == (UNSURE, Reason.SIGNER_STATUS_STALE)
    assert judge(world, replace(card, chip_auth=agreed(KEY)), lists) == FINE
    assert judge(world, replace(card, chip_auth=agreed(OWN)), lists) == FAILED


def test_failed_proof_and_bent_parameters(world: World, lists: Lists) -> None:
    """The failed proof is the graver word."""
    evidence = with_files(world.card(), CardAccess=infos(pace_info(13)))
    assert judge(world, replace(evidence, active_auth=prove(OWN)), lists) == FAILED


def test_doubtful_proof_and_bent_parameters(world: World, lists: Lists) -> None:
    """A failure comes before a doubt."""
    card = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=None)
    assert judge(world, card, lists) == UNSUPPORTED
    bent = with_files(card, CardAccess=infos(pace_info(13)))
    assert judge(world, bent, lists) == (REJECTED, Reason.CARDACCESS_MISMATCH)


# Clones


def test_clone_with_everything_but_the_keys(world: World, lists: Lists) -> None:
    """All files stolen, every mechanism answered with keys of its own: refused each way."""
    mapped = with_mapping(world, MappingChip.new(), security=CHIP.security(world.signer))
    signing = replace(world.card(), active_auth=prove(OWN))
    agreeing = with_chip_auth(world, *LISTED, run=agreed(OWN))
    for clone in (mapped, signing, agreeing):
        for profile in (PROFILE, LENIENT):
            assert judge(world, clone, lists, profile)[0] is REJECTED


def test_clone_that_shows_another_genuine_chips_proof(world: World, lists: Lists) -> None:
    """Another card's chip answers behind the stolen data, by each mechanism."""
    other = World(world.authority, world.signer, ec.generate_private_key(ec.SECP256R1()))
    behind = other.card()
    assert judge(other, behind, lists) == FINE
    stolen = replace(world.card(), active_auth=behind.active_auth)
    assert judge(world, stolen, lists) == FAILED
    genuine = with_chip_auth(world, chip_info(), key_info(spki(OWN)), run=agreed(OWN))
    assert judge(world, genuine, lists) == FINE
    stolen = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=genuine.chip_auth)
    assert judge(world, stolen, lists) == FAILED
    evidence = with_mapping(world, CHIP)
    assert evidence.pace is not None
    relayed = replace(evidence.pace, mapping=MappingChip.new().run())
    assert judge(world, replace(evidence, pace=relayed), lists) == FAILED
