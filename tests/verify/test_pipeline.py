"""The eight steps on synthetic cards: one situation each, and the reason that it must give."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crl.status import ReasonCode, Status, card_entry
from reader import tlv
from reader.evidence import CardEvidence
from reader.lds.files import FileId
from reader.profile import CardProfile, Lifetime
from tests.verify.made import (
    AT,
    CA_EXTENSIONS,
    DAY,
    DG13,
    LENIENT,
    NOW,
    PROFILE,
    SCOPE,
    YEAR,
    Lists,
    World,
    answer,
    csca,
    dg1,
    dg13,
    hash_list,
    issue,
    security_object,
    signed_data,
    trust_list,
    with_files,
)
from verify import pipeline
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose, TrustList
from verify.verdict import Check, CheckStatus, Outcome, Step, Verdict

FLOOR = Moment(AT, TimeQuality.FLOOR_ONLY)


def judge(
    world: World,
    evidence: CardEvidence,
    lists: Lists,
    *,
    profile: CardProfile = PROFILE,
    trust: TrustList | None = None,
    at: Moment = NOW,
) -> Verdict:
    """Return the verdict, with everything as it should be unless told."""
    return pipeline.verify(evidence, profile, trust or world.trust(), lists, DEFAULT, at)


def check(verdict: Verdict, step: Step) -> Check:
    """Return one step's check."""
    (found,) = [one for one in verdict.checks if one.step is step]
    return found


def test_genuine_card(world: World, lists: Lists) -> None:
    """Every step passes, the holder is known, and the verdict says under which numbers."""
    evidence = world.card()
    verdict = judge(world, evidence, lists)
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.reason is None
    assert [one.step for one in verdict.checks] == list(Step)
    assert {one.status for one in verdict.checks} == {CheckStatus.PASSED}
    assert verdict.holder is not None
    assert verdict.holder.name == "Nguyễn Thị Bình"
    assert verdict.holder.person_key == "personal_number:079179000001"
    assert (verdict.holder.number, verdict.holder.birth) == ("201000001", "1979-08-06")
    entry = card_entry(hash_list(world.groups()))
    assert verdict.basis.chip_entry == entry
    assert (SCOPE, entry) in lists.asked
    assert verdict.basis.signature_algorithm == "ecdsa-sha256"
    assert verdict.basis.oldest_list == DAY


def test_family_without_status_list(world: World, lists: Lists) -> None:
    """Step 7 does not apply, and that alone does not stand in the way."""
    verdict = judge(world, world.card(), lists, profile=LENIENT)
    assert verdict.outcome is Outcome.ACCEPTED
    assert check(verdict, Step.CARD_STATUS).status is CheckStatus.NOT_APPLICABLE


def test_evidence_kept_and_read_again(world: World, lists: Lists) -> None:
    """The verdict on a reading that went through its wire form is the same."""
    evidence = CardEvidence.from_bytes(world.card().to_bytes())
    assert judge(world, evidence, lists).outcome is Outcome.ACCEPTED


def test_verdict_has_no_truth_value(world: World, lists: Lists) -> None:
    """Nobody accepts a rejection by writing `if verdict`."""
    with pytest.raises(TypeError):
        bool(judge(world, world.card(), lists))


# Step 1


def test_no_security_object(world: World, lists: Lists) -> None:
    """A chip that shows no security object is refused, and no holder is named."""
    verdict = judge(world, with_files(world.card(), SOD=None), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.SOD_MISSING)
    assert verdict.holder is None
    assert check(verdict, Step.CHIP).status is CheckStatus.NOT_RUN


def test_garbled_security_object(world: World, lists: Lists) -> None:
    """Bytes that are no CMS object are a verdict, not an exception."""
    for data in (b"", b"\x77\x03\x30\x01\x00", tlv.encode(0x77, b"\x30\x80" * 200)):
        verdict = judge(world, with_files(world.card(), SOD=data), lists)
        assert verdict.reason is Reason.SOD_MALFORMED


def test_security_object_signed_twice(world: World, lists: Lists) -> None:
    """Doc 9303-10 allows one signer."""
    data = security_object(signed_data(hash_list(world.groups()), world.signer, signers=2))
    verdict = judge(world, with_files(world.card(), SOD=data), lists)
    assert verdict.reason is Reason.SOD_MALFORMED


def test_changed_hash_list(world: World, lists: Lists) -> None:
    """A hash list that was changed to fit a changed name breaks the signature."""
    groups = world.groups()
    changed = {**groups, FileId.DG13: dg13({**DG13, 2: "Nguyễn Thị Bính"})}
    old, new = hash_list(groups), hash_list(changed)
    sod = world.sod(groups).replace(old, new)
    evidence = with_files(world.card(changed), SOD=sod)
    verdict = judge(world, evidence, lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.SOD_SIGNATURE_INVALID)
    assert verdict.holder is None
    assert check(verdict, Step.CHAIN).status is CheckStatus.NOT_RUN
    assert check(verdict, Step.HASHES).status is CheckStatus.PASSED


def test_security_object_signed_with_sha1(world: World, lists: Lists) -> None:
    """A known weak algorithm is refused."""
    data = signed_data(hash_list(world.groups()), world.signer, algorithm="sha1")
    verdict = judge(world, with_files(world.card(), SOD=security_object(data)), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.ALGORITHM_NOT_ALLOWED)


def test_signature_algorithm_that_we_lack(world: World, lists: Lists) -> None:
    """What this terminal cannot check, it does not call forged."""
    known = bytes.fromhex("06082a8648ce3d040302")  # ecdsa-with-SHA256
    data = world.sod(world.groups())
    at = data.rindex(known)
    data = data[:at] + known[:-1] + b"\x0a" + data[at + len(known) :]
    verdict = judge(world, with_files(world.card(), SOD=data), lists)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.reason is Reason.ALGORITHM_UNSUPPORTED
    assert not verdict.freshness_only


# Step 2


def test_strangers_authority(world: World, lists: Lists) -> None:
    """Another authority of the same name does not make a card genuine."""
    stranger = issue("DS Test", csca())
    verdict = judge(world, world.card(signer=stranger), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.SIGNER_NOT_TRUSTED)
    assert verdict.holder is None
    assert check(verdict, Step.SIGNER_STATUS).status is CheckStatus.NOT_RUN


def test_passport_authority_signs_party_card(world: World, lists: Lists) -> None:
    """An authority for other families may not sign this one."""
    verdict = judge(world, world.card(), lists, trust=world.trust(profiles=["icao"]))
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.ANCHOR_NOT_FOR_PROFILE)
    assert verdict.holder is None


def test_anchor_of_another_purpose(world: World, lists: Lists) -> None:
    """A terminal authority's certificate vouches for no document."""
    anchor = Anchor(AnchorPurpose.TERMINAL, world.authority.certificate)
    verdict = judge(world, world.card(), lists, trust=trust_list(anchor))
    assert verdict.reason is Reason.SIGNER_NOT_TRUSTED


def test_one_authority_listed_twice(world: World, lists: Lists) -> None:
    """Two entries with one certificate add up: any that fits is enough."""
    other = Anchor(AnchorPurpose.DOCUMENT, world.authority.certificate, frozenset({"icao"}))
    trust = trust_list(other, *world.trust().anchors)
    assert judge(world, world.card(), lists, trust=trust).outcome is Outcome.ACCEPTED


def test_signer_past_its_end(world: World, lists: Lists) -> None:
    """A signer whose certificate has ended vouches for nothing any more."""
    signer = issue("DS Old", world.authority, ends=AT - DAY)
    verdict = judge(world, world.card(signer=signer), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.SIGNER_EXPIRED)


def test_signer_not_begun(world: World, lists: Lists) -> None:
    """With a clock that is known, a certificate from the future is refused."""
    signer = issue("DS Early", world.authority, begins=AT + DAY)
    verdict = judge(world, world.card(signer=signer), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.CHAIN_INVALID)


def test_signer_not_begun_and_the_clock_is_a_floor(world: World, lists: Lists) -> None:
    """The clock may lag, so nobody is refused for it; nobody is accepted either."""
    signer = issue("DS Early", world.authority, begins=AT + DAY)
    verdict = judge(world, world.card(signer=signer), lists, at=FLOOR)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CLOCK_BEHIND)
    assert verdict.holder is None


def test_signer_ended_and_the_clock_is_a_floor(world: World, lists: Lists) -> None:
    """A floor past the end proves the end."""
    signer = issue("DS Old", world.authority, ends=AT - DAY)
    verdict = judge(world, world.card(signer=signer), lists, at=FLOOR)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.SIGNER_EXPIRED)


def test_master_list_signer_signs_a_document(world: World, lists: Lists) -> None:
    """Under the same authority, but for another use."""
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.136.1.1.3")])
    signer = issue("ML Signer", world.authority, extensions=[(purpose, True)])
    verdict = judge(world, world.card(signer=signer), lists)
    assert verdict.reason is Reason.SIGNER_NOT_FOR_DOCUMENTS


def test_authority_on_a_curve_that_we_lack(world: World, lists: Lists) -> None:
    """What this terminal cannot check, it does not call forged."""
    other = csca("CSCA K-256", key=ec.generate_private_key(ec.SECP256K1()))
    trust = trust_list(Anchor(AnchorPurpose.DOCUMENT, other.certificate, frozenset({"test-card"})))
    verdict = judge(world, world.card(signer=issue("DS", other)), lists, trust=trust)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.reason is Reason.ALGORITHM_UNSUPPORTED


def test_authority_on_a_short_curve(world: World, lists: Lists) -> None:
    """A curve of 192 bits is known, and too weak."""
    other = csca("CSCA P-192", key=ec.generate_private_key(ec.SECP192R1()))
    trust = trust_list(Anchor(AnchorPurpose.DOCUMENT, other.certificate, frozenset({"test-card"})))
    verdict = judge(world, world.card(signer=issue("DS", other)), lists, trust=trust)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.ALGORITHM_NOT_ALLOWED)


def test_authority_with_a_short_key(world: World, lists: Lists) -> None:
    """A known key size that is too weak is refused."""
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 too short on purpose
    short = csca("CSCA short", key=weak)
    trust = trust_list(Anchor(AnchorPurpose.DOCUMENT, short.certificate, frozenset({"test-card"})))
    verdict = judge(world, world.card(signer=issue("DS", short)), lists, trust=trust)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.ALGORITHM_NOT_ALLOWED)


# Step 3


def test_revoked_signer(world: World, lists: Lists) -> None:
    """A revoked signer rejects, however old the list that says so."""
    lists.for_certificates = answer(Status.REVOKED, days=5000)
    verdict = judge(world, world.card(), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.SIGNER_REVOKED)


def test_no_list_for_the_signer(world: World, lists: Lists) -> None:
    """Unknown is never accepted, nor waved through as a matter of age."""
    lists.for_certificates = answer(Status.NOT_COVERED)
    verdict = judge(world, world.card(), lists)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.reason is Reason.SIGNER_STATUS_UNKNOWN
    assert not verdict.freshness_only
    assert verdict.holder is not None


def test_old_list_for_the_signer(world: World, lists: Lists) -> None:
    """Within grace only age is in doubt."""
    lists.for_certificates = answer(Status.STALE, days=40)
    verdict = judge(world, world.card(), lists)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.reason is Reason.SIGNER_STATUS_STALE
    assert verdict.freshness_only


def test_list_older_than_grace(world: World, lists: Lists) -> None:
    """Beyond grace the doubt cannot be set aside at the door, and has words of its own."""
    lists.for_certificates = answer(Status.STALE, days=101)
    verdict = judge(world, world.card(), lists)
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.reason is Reason.SIGNER_STATUS_TOO_OLD
    assert not verdict.freshness_only


def test_revoked_link_between_signer_and_anchor(world: World, lists: Lists) -> None:
    """Every issuer below the anchor is looked up, not the signer alone."""
    link = issue("CSCA Test", world.authority, extensions=CA_EXTENSIONS)
    signer = issue("DS New", link)
    content = signed_data(
        hash_list(world.groups()), signer, certificates=[signer.certificate, link.certificate]
    )
    evidence = with_files(world.card(), SOD=security_object(content))
    assert judge(world, evidence, lists).outcome is Outcome.ACCEPTED
    serial = x509.load_der_x509_certificate(link.certificate).serial_number
    lists.named[serial] = answer(Status.REVOKED)
    assert judge(world, evidence, lists).reason is Reason.SIGNER_REVOKED


# Step 4


def test_changed_name(world: World, lists: Lists) -> None:
    """A file that does not match its hash rejects, and no holder is shown."""
    evidence = with_files(world.card(), DG13=dg13({**DG13, 2: "Nguyễn Thị Bính"}))
    verdict = judge(world, evidence, lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.FILE_HASH_MISMATCH)
    assert verdict.holder is None


def test_file_that_nobody_signed(world: World, lists: Lists) -> None:
    """A data group that is read but not listed rejects."""
    verdict = judge(world, with_files(world.card(), DG2=b"\x75\x00"), lists)
    assert verdict.reason is Reason.FILE_NOT_LISTED


def test_hidden_file(world: World, lists: Lists) -> None:
    """A listed file that the chip keeps back is missed."""
    verdict = judge(world, with_files(world.card(), DG13=None), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.FILE_MISSING)


def test_edited_com(world: World, lists: Lists) -> None:
    """EF.COM is unsigned: whatever it says changes nothing."""
    evidence = with_files(world.card(), COM=b"\x60\x03\x5c\x01\x61")
    assert judge(world, evidence, lists).outcome is Outcome.ACCEPTED


def test_listed_file_not_well_formed(world: World, lists: Lists) -> None:
    """The issuer's slip is a doubt, no forgery."""
    groups = {**world.groups(), FileId.DG13: b"\x6d\x01\x00"}
    verdict = judge(world, world.card(groups), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.FILE_MALFORMED)
    assert verdict.holder is None


def test_card_that_names_nobody(world: World, lists: Lists) -> None:
    """Without a name there is no holder to admit."""
    groups = {**world.groups(), FileId.DG13: dg13({1: "201000001"})}
    verdict = judge(world, world.card(groups), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.FILE_MISSING)


def test_card_of_another_family(world: World, lists: Lists) -> None:
    """The profile is fixed by signed data, not by what was proposed."""
    groups = {**world.groups(), FileId.DG1: dg1(state="UTO")}
    verdict = judge(world, world.card(groups), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.PROFILE_MISMATCH)


def test_application_of_another_family(world: World, lists: Lists) -> None:
    """The application that was selected must be one of the profile's."""
    evidence = replace(world.card(), aid=bytes.fromhex("A0000002471001"))
    assert judge(world, evidence, lists).reason is Reason.PROFILE_MISMATCH


def test_hash_list_with_sha1(world: World, lists: Lists) -> None:
    """A strong signature over weak hashes is not enough."""
    content = signed_data(hash_list(world.groups(), "sha1"), world.signer)
    evidence = with_files(world.card(), SOD=security_object(content))
    verdict = judge(world, evidence, lists)
    assert verdict.reason is Reason.ALGORITHM_NOT_ALLOWED
    assert check(verdict, Step.HASHES).status is CheckStatus.FAILED


# Step 6


def test_card_on_its_last_day(world: World, lists: Lists) -> None:
    """A card holds to midnight of its last day, in Vietnam."""
    evidence = world.card({**world.groups(), FileId.DG1: dg1(expiry="261120")})
    last = replace(NOW, at=AT.replace(hour=16, minute=59))
    assert judge(world, evidence, lists, at=last).outcome is Outcome.ACCEPTED
    after = replace(NOW, at=AT.replace(hour=17))
    assert judge(world, evidence, lists, at=after).reason is Reason.CARD_EXPIRED


def test_expired_card(world: World, lists: Lists) -> None:
    """Past its date the card is refused; the holder is still known."""
    groups = {**world.groups(), FileId.DG1: dg1(expiry="261119")}
    verdict = judge(world, world.card(groups), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.CARD_EXPIRED)
    assert verdict.holder is not None


def test_profile_caps_the_lifetime(world: World, lists: Lists) -> None:
    """A profile may end a card earlier than the card says, never later."""
    profile = replace(PROFILE, lifetime=Lifetime(expiry_required=True, max_years=1))
    on_the_day = judge(world, world.card(), lists, profile=profile)
    assert on_the_day.outcome is Outcome.ACCEPTED
    older = {**world.groups(), FileId.DG13: dg13({**DG13, 9: "19/11/2025"})}
    verdict = judge(world, world.card(older), lists, profile=profile)
    assert verdict.reason is Reason.CARD_EXPIRED


def test_card_issued_on_a_leap_day(world: World, lists: Lists) -> None:
    """A cap from 29 February ends on 28 February where there is no 29th."""
    profile = replace(PROFILE, lifetime=Lifetime(expiry_required=True, max_years=1))
    groups = {**world.groups(), FileId.DG13: dg13({**DG13, 9: "29/02/2024"})}
    verdict = judge(world, world.card(groups), lists, profile=profile)
    assert check(verdict, Step.DATES).detail == "its last day was 2025-02-28"


def test_card_not_yet_valid(world: World, lists: Lists) -> None:
    """With a clock that is known, a card issued tomorrow is refused."""
    groups = {**world.groups(), FileId.DG13: dg13({**DG13, 9: "21/11/2026"})}
    verdict = judge(world, world.card(groups), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.CARD_NOT_YET_VALID)


def test_card_not_yet_valid_and_the_clock_is_a_floor(world: World, lists: Lists) -> None:
    """The clock may lag: in doubt, not refused."""
    groups = {**world.groups(), FileId.DG13: dg13({**DG13, 9: "21/11/2026"})}
    verdict = judge(world, world.card(groups), lists, at=FLOOR)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CLOCK_BEHIND)


def test_card_without_the_date_it_needs(world: World, lists: Lists) -> None:
    """Where the family demands an end and the card has none, it is in doubt."""
    profile = replace(PROFILE, fields={**PROFILE.fields, "expiry": "date(DG13.10)"})
    verdict = judge(world, world.card(), lists, profile=profile)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CARD_DATES_MISSING)
    free = replace(profile, lifetime=Lifetime(expiry_required=False, max_years=None))
    assert judge(world, world.card(), lists, profile=free).outcome is Outcome.ACCEPTED


def test_two_numbers_on_one_card(world: World, lists: Lists) -> None:
    """The number is the same wherever it stands."""
    groups = {**world.groups(), FileId.DG13: dg13({**DG13, 1: "201000002"})}
    verdict = judge(world, world.card(groups), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.NUMBER_MISMATCH)


# Step 7


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (ReasonCode.CERTIFICATE_HOLD, Reason.CARD_REPORTED_LOST),
        (ReasonCode.SUPERSEDED, Reason.CARD_REISSUED),
        (ReasonCode.AFFILIATION_CHANGED, Reason.CARD_WITHDRAWN),
        (ReasonCode.CESSATION_OF_OPERATION, Reason.CARD_HOLDER_DECEASED),
        (ReasonCode.KEY_COMPROMISE, Reason.CARD_COUNTERFEIT),
        (ReasonCode.UNSPECIFIED, Reason.CARD_REVOKED),
        (None, Reason.CARD_REVOKED),
    ],
)
def test_card_on_the_status_list(
    world: World, lists: Lists, code: ReasonCode | None, reason: Reason
) -> None:
    """A named card is refused, with the list's reason in our words, however old the list."""
    lists.for_card = answer(Status.REVOKED, days=900, reason=code)
    verdict = judge(world, world.card(), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, reason)


def test_no_card_status_list(world: World, lists: Lists) -> None:
    """Without the list that the profile demands, unknown is not accepted."""
    lists.for_card = answer(Status.NOT_COVERED)
    verdict = judge(world, world.card(), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CARD_STATUS_UNKNOWN)
    assert not verdict.freshness_only


def test_old_card_status_list(world: World, lists: Lists) -> None:
    """Offline for weeks: age alone, so the secretary may decide with one touch."""
    lists.for_card = answer(Status.STALE, days=99)
    verdict = judge(world, world.card(), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CARD_STATUS_STALE)
    assert verdict.freshness_only
    assert verdict.basis.oldest_list == 99 * DAY


def test_card_status_list_beyond_grace(world: World, lists: Lists) -> None:
    """After a hundred days the list's silence says nothing any more."""
    lists.for_card = answer(Status.STALE, days=101)
    verdict = judge(world, world.card(), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CARD_STATUS_TOO_OLD)
    assert not verdict.freshness_only


# Step 8


def test_clock_is_only_a_floor(world: World, lists: Lists) -> None:
    """A clock that may lag fails to prove anything stale; the check says that ages may be more."""
    verdict = judge(world, world.card(), lists, at=FLOOR)
    assert verdict.outcome is Outcome.ACCEPTED
    assert "lower bounds" in check(verdict, Step.FRESHNESS).detail
    assert verdict.basis.moment.quality is TimeQuality.FLOOR_ONLY


def test_clock_is_only_a_floor_and_a_list_is_old(world: World, lists: Lists) -> None:
    """A floor past a list's time proves that it is stale."""
    lists.for_card = answer(Status.STALE, days=20)
    verdict = judge(world, world.card(), lists, at=FLOOR)
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CARD_STATUS_STALE)


@pytest.mark.parametrize("quality", [TimeQuality.HELD, TimeQuality.ASSERTED])
def test_clock_held_or_asserted(world: World, lists: Lists, quality: TimeQuality) -> None:
    """A clock that somebody stands for is enough."""
    verdict = judge(world, world.card(), lists, at=Moment(AT, quality))
    assert verdict.outcome is Outcome.ACCEPTED


# Together


def test_rejection_outranks_doubt(world: World, lists: Lists) -> None:
    """A lost card read with an unknown signer status is refused as lost; both checks stay."""
    lists.for_certificates = answer(Status.NOT_COVERED)
    lists.for_card = answer(Status.REVOKED, reason=ReasonCode.CERTIFICATE_HOLD)
    verdict = judge(world, world.card(), lists)
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.CARD_REPORTED_LOST)
    assert check(verdict, Step.SIGNER_STATUS).reason is Reason.SIGNER_STATUS_UNKNOWN


def test_two_rejections(world: World, lists: Lists) -> None:
    """The lowest step speaks; the other check ran all the same."""
    groups = {**world.groups(), FileId.DG1: dg1(expiry="261119")}
    lists.for_card = answer(Status.REVOKED, reason=ReasonCode.SUPERSEDED)
    lists.for_certificates = answer(Status.REVOKED)
    verdict = judge(world, world.card(groups), lists)
    assert verdict.reason is Reason.SIGNER_REVOKED
    assert check(verdict, Step.DATES).reason is Reason.CARD_EXPIRED
    assert check(verdict, Step.CARD_STATUS).reason is Reason.CARD_REISSUED


def test_freshness_and_another_doubt(world: World, lists: Lists) -> None:
    """Age beside a real doubt is not freshness alone."""
    lists.for_card = answer(Status.STALE, days=20)
    lists.for_certificates = answer(Status.NOT_COVERED)
    assert not judge(world, world.card(), lists).freshness_only


def test_no_detail_names_the_holder(world: World, lists: Lists) -> None:
    """Details and representations are for support: no name, no number."""
    evidence = with_files(world.card(), DG13=dg13({**DG13, 1: "201000002"}))
    for one in (world.card(), evidence):
        verdict = judge(world, one, lists)
        for secret in ("201000001", "201000002", "079179000001", "Bình", "1979"):
            assert secret not in repr(verdict)


def test_expired_authority(world: World, lists: Lists) -> None:
    """An anchor past its own end vouches for nothing, though the trust list still has it."""
    old = csca("CSCA Old", begins=AT - 20 * YEAR, ends=AT - timedelta(seconds=1))
    trust = trust_list(Anchor(AnchorPurpose.DOCUMENT, old.certificate, frozenset({"test-card"})))
    verdict = judge(world, world.card(signer=issue("DS", old)), lists, trust=trust)
    assert verdict.reason is Reason.SIGNER_EXPIRED
