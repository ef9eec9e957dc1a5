"""What signs new cards, what old cards may still carry: a policy's dates on whole cards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from reader.evidence import CardEvidence
from reader.lds.files import FileId
from tests.verify.made import (
    AT,
    DAY,
    DG13,
    LENIENT,
    NOW,
    PROFILE,
    YEAR,
    Lists,
    World,
    csca,
    dg13,
    hash_list,
    issue,
    security_object,
    signed_data,
)
from verify import pipeline
from verify.algorithms import Kind
from verify.policy import DEFAULT, MINIMUM, Algorithms, Carried, Policy
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

STRICT = Algorithms(frozenset({"sha384", "sha512"}), 3072, 384)
MADE = AT - YEAR
"""When the signer of `World` begins; its card says 20 November 2025, the same day."""


def policy(
    signs_until: datetime, carried_until: datetime | None = None, old: Algorithms = MINIMUM
) -> Policy:
    """Return a policy with one step for old cards."""
    step = Carried(old, signs_until, carried_until)
    return replace(DEFAULT, id="office-7", algorithms=STRICT, carried=(step,))


def judge(world: World, evidence: CardEvidence, lists: Lists, by: Policy) -> Verdict:
    """Return the verdict on a card under a policy."""
    return pipeline.verify(evidence, PROFILE, world.trust(), lists, by, NOW)


def failed(verdict: Verdict) -> list[tuple[Step, Reason | None]]:
    """Return the steps that failed."""
    return [
        (check.step, check.reason) for check in verdict.checks if check.status is CheckStatus.FAILED
    ]


def test_an_old_card(world: World, lists: Lists) -> None:
    """Made before the step's end, it is accepted, and the verdict names the policy."""
    verdict = judge(world, world.card(), lists, policy(MADE + 30 * DAY))
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.basis.policy == "office-7"


def test_a_new_card(world: World, lists: Lists) -> None:
    """Made after it by the same algorithms, it is refused at every step that rests on them."""
    verdict = judge(world, world.card(), lists, policy(MADE - DAY))
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.ALGORITHM_NOT_ALLOWED)
    steps = (Step.SECURITY_OBJECT, Step.CHAIN, Step.HASHES)
    assert failed(verdict) == [(step, Reason.ALGORITHM_NOT_ALLOWED) for step in steps]
    assert verdict.holder is None


def test_a_new_card_by_a_signer_that_is_old(lists: Lists) -> None:
    """The card's own day of issue counts where it is later than its signer's begin."""
    authority = csca(begins=AT - 5 * YEAR)
    old = World(
        authority,
        issue("DS", authority, begins=AT - 4 * YEAR),
        ec.generate_private_key(ec.SECP256R1()),
    )
    verdict = judge(old, old.card(), lists, policy(AT - 2 * YEAR))
    assert verdict.reason is Reason.ALGORITHM_NOT_ALLOWED
    assert failed(verdict)[0][0] is Step.SECURITY_OBJECT
    earlier = {**old.groups(), FileId.DG13: dg13({**DG13, 9: "20/11/2022"})}
    assert judge(old, old.card(earlier), lists, policy(AT - 2 * YEAR)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("day", ["01/01/0001", "31/12/9999"])
def test_an_issue_date_out_of_all_range(world: World, lists: Lists, day: str) -> None:
    """It is dated by its signer then, or by the far future; nothing breaks."""
    card = world.card({**world.groups(), FileId.DG13: dg13({**DG13, 9: day})})
    verdict = judge(world, card, lists, policy(MADE + 30 * DAY))
    assert verdict.outcome in (Outcome.ACCEPTED, Outcome.REJECTED)


def test_what_is_carried_no_longer(world: World, lists: Lists) -> None:
    """After the step's last moment old cards fall too; a second before it they do not."""
    second = DAY / 86400
    ends = policy(MADE + 30 * DAY, AT)
    assert judge(world, world.card(), lists, ends).reason is Reason.ALGORITHM_NOT_ALLOWED
    lasts = policy(MADE + 30 * DAY, AT + second)
    assert judge(world, world.card(), lists, lasts).outcome is Outcome.ACCEPTED


def strong_card(world: World, signer_curve: ec.EllipticCurve, digests: str) -> tuple[World, bytes]:
    """Return a world whose signer has a key on this curve, and its EF.SOD signed with SHA-384."""
    signer = issue("DS", world.authority, key=ec.generate_private_key(signer_curve))
    strong = World(world.authority, signer, world.chip)
    content = hash_list(strong.groups(), digests)
    return strong, security_object(signed_data(content, signer, algorithm="sha384"))


def test_a_weak_authority_above_a_strong_signer(world: World, lists: Lists) -> None:
    """The certificate of a new signer is a new signature of its authority."""
    strong, sod = strong_card(world, ec.SECP384R1(), "sha384")
    card = replace(strong.card(), files={**strong.card().files, FileId.SOD: sod})
    found = failed(judge(strong, card, lists, policy(MADE - DAY)))
    assert (Step.CHAIN, Reason.ALGORITHM_NOT_ALLOWED) in found
    assert Step.SECURITY_OBJECT not in [step for step, _ in found]


def test_weak_digests_under_a_strong_signature(world: World, lists: Lists) -> None:
    """The hash list counts like the signature over it."""
    strong, sod = strong_card(world, ec.SECP384R1(), "sha256")
    card = replace(strong.card(), files={**strong.card().files, FileId.SOD: sod})
    found = failed(judge(strong, card, lists, policy(MADE - DAY)))
    assert (Step.HASHES, Reason.ALGORITHM_NOT_ALLOWED) in found


def test_a_kind_of_signature_that_is_no_longer_made(world: World, lists: Lists) -> None:
    """Kinds are dated like hashes and sizes."""
    only_pss = replace(MINIMUM, kinds=frozenset({Kind.RSA_PSS}))
    step = Carried(MINIMUM, MADE + 30 * DAY)
    by = replace(DEFAULT, algorithms=only_pss, carried=(step,))
    assert judge(world, world.card(), lists, by).outcome is Outcome.ACCEPTED
    now = replace(by, carried=())
    assert judge(world, world.card(), lists, now).reason is Reason.ALGORITHM_NOT_ALLOWED


def test_a_chips_proof_by_what_is_not_allowed(world: World, lists: Lists) -> None:
    """The proof of the chip is refused, not merely unknown."""
    no_plain = replace(MINIMUM, kinds=frozenset(Kind) - {Kind.ECDSA_PLAIN})
    verdict = judge(world, world.card(), lists, replace(DEFAULT, algorithms=no_plain))
    assert failed(verdict) == [(Step.CHIP, Reason.ALGORITHM_NOT_ALLOWED)]


def test_a_card_without_a_day_of_issue(world: World, lists: Lists) -> None:
    """The signer's begin dates it alone."""
    groups = {**world.groups(), FileId.DG13: dg13({k: v for k, v in DG13.items() if k != 9})}
    card = replace(world.card(groups), profile=LENIENT.name)
    by = policy(MADE + DAY)
    verdict = pipeline.verify(card, LENIENT, world.trust(), lists, by, NOW)
    assert verdict.outcome is Outcome.ACCEPTED


def test_unsigned_it_is_dated_by_nothing(world: World, lists: Lists) -> None:
    """A security object whose signature does not hold is judged all the same, and refused."""
    content = signed_data(hash_list(world.groups()), world.signer, digest=bytes(32))
    card = replace(world.card(), files={**world.card().files, FileId.SOD: security_object(content)})
    verdict = judge(world, card, lists, policy(datetime(2020, 1, 1, tzinfo=UTC)))
    assert verdict.reason is Reason.SOD_SIGNATURE_INVALID
