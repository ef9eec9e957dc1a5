"""Step 5, the way in: PACE and EF.CardAccess against their signed copies, and chips led away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from reader import tlv
from reader.evidence import CardAccessSource, CardEvidence
from reader.lds.files import FileId
from reader.profile import AccessMethod, CardProfile
from tests.verify.made import (
    LENIENT,
    NOW,
    PROFILE,
    Lists,
    World,
    active_info,
    dg14,
    infos,
    pace_info,
    spki,
    with_files,
)
from tests.verify.made_chip import CAM, P256, MappingChip, generic, recovery, with_mapping
from verify import pipeline
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.verdict import Outcome

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]
MISMATCH: Result = (REJECTED, Reason.CARDACCESS_MISMATCH)
BAC_FIRST = replace(LENIENT, access=(AccessMethod.BAC, AccessMethod.PACE_MRZ))
BAC_LAST = replace(LENIENT, access=(AccessMethod.PACE_MRZ, AccessMethod.BAC))

both_families = pytest.mark.parametrize(
    ("profile", "outcome"), [(PROFILE, REJECTED), (LENIENT, UNSURE)], ids=["strict", "lenient"]
)


def judge(
    world: World, evidence: CardEvidence, lists: Lists, profile: CardProfile = PROFILE
) -> Result:
    """Return outcome and reason with everything but the way in as it should be."""
    verdict = pipeline.verify(evidence, profile, world.trust(), lists, DEFAULT, NOW)
    return verdict.outcome, verdict.reason


def opened_by_bac(evidence: CardEvidence) -> CardEvidence:
    """Return the reading of a chip that showed no EF.CardAccess."""
    files = dict(evidence.files)
    del files[FileId.CARD_ACCESS]
    return replace(evidence, files=files, pace=None, basic_access=True)


def old_card(world: World, *, with_dg14: bool = True) -> CardEvidence:
    """Return a card from before PACE, opened by basic access control."""
    groups = {**world.groups(), FileId.DG14: dg14(active_info())}
    if not with_dg14:
        del groups[FileId.DG14], groups[FileId.DG15]
    return opened_by_bac(world.card(groups))


# PACE


def test_forged_card_access(world: World, lists: Lists) -> None:
    """EF.CardAccess offers other parameters than the signed copy: refused, proof or not."""
    evidence = world.card()
    assert evidence.pace is not None
    forged = replace(
        with_files(evidence, CardAccess=infos(pace_info(13))),
        pace=replace(evidence.pace, parameter_id=13),
    )
    assert judge(world, forged, lists) == MISMATCH


@pytest.mark.parametrize(
    "card_access", [infos(pace_info(), pace_info(13)), infos(), b"", b"\x31\x01"]
)
def test_card_access_that_is_no_copy(world: World, lists: Lists, card_access: bytes) -> None:
    """More, fewer or garbled entries: the file is not the one that was signed."""
    evidence = with_files(world.card(), CardAccess=card_access)
    assert judge(world, evidence, lists) == MISMATCH


def test_card_access_that_vanished(world: World, lists: Lists) -> None:
    """The parameters were read from a file that the reading no longer has."""
    files = dict(world.card().files)
    del files[FileId.CARD_ACCESS]
    assert judge(world, replace(world.card(), files=files), lists) == MISMATCH


def test_pace_ran_with_another_cipher(world: World, lists: Lists) -> None:
    """The run itself must be one of the signed offers, whatever the file says."""
    evidence = world.card()
    assert evidence.pace is not None
    other = replace(evidence, pace=replace(evidence.pace, protocol="0.4.0.127.0.7.2.2.4.2.4"))
    assert judge(world, other, lists) == MISMATCH


def test_remembered_parameters(world: World, lists: Lists) -> None:
    """Parameters from memory are held against the signed copy too."""
    evidence = world.card()
    assert evidence.pace is not None
    remembered = replace(evidence, pace=replace(evidence.pace, source=CardAccessSource.REMEMBERED))
    files = dict(remembered.files)
    del files[FileId.CARD_ACCESS]
    remembered = replace(remembered, files=files)
    assert judge(world, remembered, lists) == (ACCEPTED, None)
    assert remembered.pace is not None
    other = replace(remembered, pace=replace(remembered.pace, parameter_id=13))
    assert judge(world, other, lists) == MISMATCH


@both_families
def test_no_signed_copy_of_the_parameters(
    world: World, lists: Lists, profile: CardProfile, outcome: Outcome
) -> None:
    """DG14 without PACE parameters leaves nothing to compare with: the profile decides."""
    groups = {**world.groups(), FileId.DG14: dg14(active_info())}
    verdict = judge(world, world.card(groups), lists, profile)
    assert verdict == (outcome, Reason.CARDACCESS_UNBOUND)


# The copy in EF.CardSecurity


def mapped(world: World, listed: bytes, access: bytes) -> CardEvidence:
    """Return a card with the mapping, with this DG14 and this EF.CardAccess."""
    card = with_mapping(world, MappingChip.new())
    groups = {file: data for file, data in card.files.items() if file.data_group is not None}
    groups[FileId.DG14] = listed
    files = {
        **card.files,
        **groups,
        FileId.SOD: world.sod(groups),
        FileId.CARD_ACCESS: access,
    }
    return replace(card, files=files)


def test_copy_in_either_file(world: World, lists: Lists) -> None:
    """DG14 with other parameters or none: EF.CardSecurity's copy is as good."""
    access = infos(pace_info(), pace_info(P256, CAM))
    for listed in (dg14(), dg14(pace_info()), dg14(pace_info(13))):
        assert judge(world, mapped(world, listed, access), lists) == (ACCEPTED, None)


def test_mapping_taken_out_of_card_access(world: World, lists: Lists) -> None:
    """A forged EF.CardAccess leads away from the mapping: both copies still offer it."""
    whole = dg14(pace_info(), pace_info(P256, CAM))
    led = generic(mapped(world, whole, infos(pace_info())))
    assert judge(world, led, lists) == MISMATCH


def test_neither_copy_has_them(world: World, lists: Lists) -> None:
    """Parameters that no signed file offers are refused."""
    access = infos(pace_info(13), pace_info(P256, CAM))
    for listed in (dg14(), dg14(pace_info())):
        assert judge(world, mapped(world, listed, access), lists) == MISMATCH


# Without PACE


@pytest.mark.parametrize("profile", [PROFILE, LENIENT, BAC_LAST])
def test_chip_led_away_from_pace(world: World, lists: Lists, profile: CardProfile) -> None:
    """EF.CardAccess hidden, basic access control ran: the signed copy offers PACE."""
    assert judge(world, opened_by_bac(world.card()), lists, profile) == MISMATCH


def test_led_away_though_only_card_security_says_so(world: World, lists: Lists) -> None:
    """EF.CardSecurity's copy tells it as well."""
    card = opened_by_bac(mapped(world, dg14(active_info()), infos()))
    assert judge(world, card, lists, LENIENT) == MISMATCH


def test_family_that_begins_with_basic_access_control(world: World, lists: Lists) -> None:
    """Where the profile tries it first, nobody was led away."""
    assert judge(world, opened_by_bac(world.card()), lists, BAC_FIRST) == (ACCEPTED, None)


def test_card_from_before_pace(world: World, lists: Lists) -> None:
    """No signed copy speaks of PACE: nothing to compare, and nothing is wrong."""
    assert judge(world, old_card(world), lists, BAC_LAST) == (ACCEPTED, None)
    bare = judge(world, old_card(world, with_dg14=False), lists, BAC_LAST)
    assert bare == (UNSURE, Reason.CHIP_AUTH_ABSENT)


def test_card_from_before_pace_where_every_way_is_bound(world: World, lists: Lists) -> None:
    """A family that wants its parameters signed takes no card that has none."""
    for access in ((), (AccessMethod.BAC,), (AccessMethod.PACE_CAN, AccessMethod.BAC)):
        profile = replace(PROFILE, access=access)
        verdict = judge(world, old_card(world), lists, profile)
        assert verdict == (REJECTED, Reason.CARDACCESS_UNBOUND)


def test_signed_copy_that_was_not_read(world: World, lists: Lists) -> None:
    """A profile that does not read DG14 cannot know whether PACE was offered."""
    key = rsa.generate_private_key(65537, 2048)
    groups = {**world.groups(), FileId.DG15: tlv.encode(0x6F, spki(key))}
    card = opened_by_bac(replace(world.card(groups), active_auth=recovery(key)))
    files = dict(card.files)
    del files[FileId.DG14]
    card = replace(card, files=files)
    unread = tuple(file for file in PROFILE.read_now if file is not FileId.DG14)
    found = [
        judge(world, card, lists, replace(profile, read_now=unread))
        for profile in (PROFILE, BAC_LAST, BAC_FIRST)
    ]
    assert found == [
        (REJECTED, Reason.CARDACCESS_UNBOUND),
        (UNSURE, Reason.CARDACCESS_UNBOUND),
        (ACCEPTED, None),
    ]


def test_chip_that_asks_for_nothing(world: World, lists: Lists) -> None:
    """A chip with PACE gives nothing away unopened: one that does was not the one signed."""
    evidence = replace(world.card(), pace=None)
    for profile in (PROFILE, LENIENT, BAC_FIRST):
        assert judge(world, evidence, lists, profile) == MISMATCH


@both_families
def test_chip_from_before_access_control(
    world: World, lists: Lists, profile: CardProfile, outcome: Outcome
) -> None:
    """Nothing opened it and nothing signed speaks of PACE: the profile decides."""
    evidence = replace(old_card(world), basic_access=False)
    assert judge(world, evidence, lists, profile) == (outcome, Reason.CARDACCESS_UNBOUND)
