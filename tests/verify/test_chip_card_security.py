"""Step 5, EF.CardSecurity: the rules of steps 1 to 3 hold for its signer too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crl.status import Answer, ReasonCode, Status
from reader.evidence import CardEvidence
from reader.lds.files import FileId
from tests.verify.made import (
    AT,
    DAY,
    LENIENT,
    NOW,
    PROFILE,
    Lists,
    World,
    answer,
    csca,
    dg14,
    issue,
    pace_info,
    signed_data,
    trust_list,
)
from tests.verify.made_chip import SECURITY_OBJECT, MappingChip, generic, with_mapping
from verify import card_security, certificate, passive, pipeline, revocation
from verify.card_security import CardSecurity, Document
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose, TrustList
from verify.verdict import CheckStatus, Outcome, Step, Verdict

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]
FAILED: Result = (REJECTED, Reason.CHIP_AUTH_FAILED)

CHIP = MappingChip.new()
OTHER = MappingChip.new()


def verdict_of(
    world: World, evidence: CardEvidence, lists: Lists, trust: TrustList | None = None
) -> Verdict:
    """Return the verdict with everything but the chip as it should be."""
    return pipeline.verify(evidence, PROFILE, trust or world.trust(), lists, DEFAULT, NOW)


def judge(
    world: World, evidence: CardEvidence, lists: Lists, trust: TrustList | None = None
) -> Result:
    """Return its outcome and reason."""
    verdict = verdict_of(world, evidence, lists, trust)
    return verdict.outcome, verdict.reason


def test_one_signer_for_both_objects(world: World, lists: Lists) -> None:
    """As a rule one signer signs both: its lists are asked once."""
    verdict_of(world, world.card(), lists)
    once = len(lists.asked)
    verdict_of(world, with_mapping(world, CHIP), lists)
    assert len(lists.asked) == 2 * once


@pytest.mark.parametrize("kind", ["SOD", "other type", "garbage", "empty", "broken", "cut"])
def test_card_security_of_another_form(world: World, lists: Lists, kind: str) -> None:
    """A security object, another type, a bent signature or no CMS at all: refused."""
    good = CHIP.security(world.signer)
    forms = {
        "SOD": signed_data(CHIP.infos(), world.signer),
        "other type": signed_data(CHIP.infos(), world.signer, content_type="1.2.840.113549.1.7.1"),
        "garbage": b"\x30\x03\x02\x01\x00",
        "empty": b"\x00",
        "broken": good[:-1] + bytes([good[-1] ^ 1]),
        "cut": good[:-1],
    }
    evidence = with_mapping(world, CHIP, security=forms[kind])
    assert judge(world, evidence, lists) == FAILED
    assert judge(world, generic(evidence), lists) == FAILED  # it was read: it counts


def test_signer_that_nobody_knows(world: World, lists: Lists) -> None:
    """A clone with a home-made authority vouches for itself alone."""
    security = CHIP.security(issue("DS Test", csca()))
    evidence = with_mapping(world, CHIP, security=security)
    assert judge(world, evidence, lists) == (REJECTED, Reason.SIGNER_NOT_TRUSTED)


def test_signer_of_other_documents(world: World, lists: Lists) -> None:
    """An authority for another family vouches for no chip of this one."""
    passports = csca("CSCA Passports")
    trust = trust_list(
        *world.trust().anchors,
        Anchor(AnchorPurpose.DOCUMENT, passports.certificate, frozenset({"icao"})),
    )
    security = CHIP.security(issue("DS Passports", passports))
    evidence = with_mapping(world, CHIP, security=security)
    verdict = judge(world, evidence, lists, trust)
    assert verdict == (REJECTED, Reason.ANCHOR_NOT_FOR_PROFILE)


def test_signer_that_has_ended(world: World, lists: Lists) -> None:
    """The rules of step 2 hold for this signer too."""
    ended = issue("DS Ended", world.authority, ends=AT - DAY)
    evidence = with_mapping(world, CHIP, security=CHIP.security(ended))
    assert judge(world, evidence, lists) == (REJECTED, Reason.SIGNER_EXPIRED)


def test_signer_of_a_second_kind(world: World, lists: Lists) -> None:
    """Another signer of the same authority is as good, and its own lists are asked."""
    second = issue("DS Keys", world.authority)
    evidence = with_mapping(world, CHIP, security=CHIP.security(second))
    assert judge(world, evidence, lists) == (ACCEPTED, None)
    serial = certificate.parse(second.certificate).serial
    assert serial in [asked for _, asked in lists.asked]


@pytest.mark.parametrize(
    ("said", "expected", "age_alone"),
    [
        (
            answer(Status.REVOKED, days=5000, reason=ReasonCode.KEY_COMPROMISE),
            (REJECTED, Reason.SIGNER_REVOKED),
            False,
        ),
        (answer(Status.NOT_COVERED), (UNSURE, Reason.SIGNER_STATUS_UNKNOWN), False),
        (answer(Status.STALE, days=40), (UNSURE, Reason.SIGNER_STATUS_STALE), True),
        (answer(Status.STALE, days=400), (UNSURE, Reason.SIGNER_STATUS_TOO_OLD), False),
    ],
    ids=["revoked", "no list", "stale", "too old"],
)
def test_list_of_its_own_signer(
    world: World, lists: Lists, said: Answer, expected: Result, age_alone: bool
) -> None:
    """The rules of step 3 hold for it too: a proof under a stale list is in doubt for its age."""
    second = issue("DS Keys", world.authority)
    lists.named[certificate.parse(second.certificate).serial] = said
    evidence = with_mapping(world, CHIP, security=CHIP.security(second))
    verdict = verdict_of(world, evidence, lists)
    assert (verdict.outcome, verdict.reason) == expected
    assert verdict.checks[Step.CHIP - 1].reason is expected[1]
    assert verdict.freshness_only is age_alone
    if said.age is not None:
        assert verdict.basis.oldest_list == max(said.age, timedelta(days=1))
    clone = with_mapping(world, OTHER, security=CHIP.security(second))
    worst = expected if expected[0] is REJECTED else FAILED
    assert judge(world, clone, lists) == worst


@pytest.mark.parametrize(("state", "same"), [("XX", False), ("VN", True), ("vn", True)])
def test_authority_of_another_state(world: World, lists: Lists, state: str, same: bool) -> None:
    """Another state that this profile takes cannot vouch for a chip with our state's data."""
    abroad = csca("CSCA Abroad", state=state)
    security = CHIP.security(issue("DS Abroad", abroad, state=state))
    evidence = with_mapping(world, CHIP, security=security)
    anchor = Anchor(AnchorPurpose.DOCUMENT, abroad.certificate, frozenset({PROFILE.name}))
    trust = trust_list(*world.trust().anchors, anchor)
    expected = (ACCEPTED, None) if same else FAILED
    assert judge(world, evidence, lists, trust) == expected


def test_signed_content_that_is_garbled(world: World, lists: Lists) -> None:
    """The issuer's slip is a doubt."""
    security = signed_data(b"\x31\x02\x30\x00", world.signer, content_type=SECURITY_OBJECT)
    evidence = with_mapping(world, CHIP, security=security)
    assert judge(world, evidence, lists) == (UNSURE, Reason.FILE_MALFORMED)


def test_dg14_without_the_mapping(world: World, lists: Lists) -> None:
    """Either signed copy may hold the parameters that PACE ran with."""
    evidence = with_mapping(world, CHIP)
    groups = {k: v for k, v in evidence.files.items() if k.data_group is not None}
    groups[FileId.DG14] = dg14(pace_info())
    files = {**evidence.files, **groups, FileId.SOD: world.sod(groups)}
    assert judge(world, replace(evidence, files=files), lists) == (ACCEPTED, None)


def judged(vectors: Path, country: str, authority: str, at: Moment) -> CardSecurity:
    """Return a real EF.CardSecurity judged beside the real security object of its card."""

    def read(name: str) -> bytes:
        return (vectors / "sod" / name).read_bytes()

    files = {
        FileId.SOD: read(f"{country}.EF_SOD.bin"),
        FileId.CARD_SECURITY: read(f"{country}.EF_CardSecurity.bin"),
    }
    evidence = CardEvidence(LENIENT.name, LENIENT.aids[0], files, {}, None, None)
    anchor = Anchor(
        AnchorPurpose.DOCUMENT, read(f"{authority}.CSCA.cer"), frozenset({LENIENT.name})
    )
    trust, lists = trust_list(anchor), Lists(answer(Status.GOOD), answer(Status.GOOD))
    opened = passive.open_security_object(evidence, DEFAULT, at)
    trusted = passive.find_chain(opened.signed, LENIENT, trust, DEFAULT, at)
    signer = revocation.signer_status(trusted.chain, lists, DEFAULT, at)
    document = Document(opened, trusted, signer)
    found = card_security.judge(evidence, document, LENIENT, trust, lists, DEFAULT, at)
    assert found is not None
    return found


@pytest.mark.parametrize("country", ["DE", "FI"])
def test_real_card_security(vectors: Path, country: str) -> None:
    """Two real files: they verify to their authority, and to no other one, nor for ever."""
    then = Moment(datetime(2025, 1, 1, tzinfo=UTC), TimeQuality.SYNCHRONISED)
    found = judged(vectors, country, country, then)
    assert found.check.status is CheckStatus.PASSED
    assert found.infos is not None
    assert any(info.protocol.startswith("0.4.0.127.0.7.2.2.4.6.") for info in found.infos.pace)
    other = judged(vectors, country, "FR", then)
    assert (other.check.reason, other.infos) == (Reason.SIGNER_NOT_TRUSTED, None)
    late = Moment(datetime(2040, 1, 1, tzinfo=UTC), TimeQuality.SYNCHRONISED)
    assert judged(vectors, country, country, late).check.reason is Reason.SIGNER_EXPIRED
