"""Many things wrong at once: one outcome, and the primary reason of DESIGN section 3.

An illness is one thing that is wrong with a card, its signer or the lists. `Case.expected` says,
from the design and not from the code, what each of the eight steps must find; outcome and reason
follow from that. Every pair of illnesses is tried, and hypothesis draws larger sets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from crl.status import Answer, ReasonCode, Status
from reader import tlv
from reader.evidence import CardEvidence
from reader.lds.files import FileId
from reader.profile import CardProfile
from tests.verify.made import (
    AT,
    DAY,
    DG13,
    LENIENT,
    NOW,
    PROFILE,
    YEAR,
    Lists,
    Party,
    World,
    active_info,
    answer,
    chip_info,
    csca,
    dg1,
    dg13,
    dg14,
    issue,
    pace_info,
    prove,
    spki,
    with_files,
)
from tests.verify.made_chip import agreed, key_info, recovery
from verify import pipeline
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

PASSED, FAILED, UNSURE = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.INDETERMINATE
NOT_RUN, NOT_APPLICABLE = CheckStatus.NOT_RUN, CheckStatus.NOT_APPLICABLE
Found = tuple[CheckStatus, Reason | None]
FINE: Found = (PASSED, None)

LISTS: dict[str, Answer] = {
    "fresh": answer(Status.GOOD),
    "stale": answer(Status.STALE, days=40),
    "too-old": answer(Status.STALE, days=400),
    "absent": answer(Status.NOT_COVERED),
    "lost": answer(Status.REVOKED, reason=ReasonCode.CERTIFICATE_HOLD),
    "lost-by-an-old-list": answer(Status.REVOKED, days=400, reason=ReasonCode.CERTIFICATE_HOLD),
    "counterfeit": answer(Status.REVOKED, reason=ReasonCode.KEY_COMPROMISE),
}
SIGNER_LIST: dict[str, Found] = {
    "fresh": FINE,
    "stale": (UNSURE, Reason.SIGNER_STATUS_STALE),
    "too-old": (UNSURE, Reason.SIGNER_STATUS_TOO_OLD),
    "absent": (UNSURE, Reason.SIGNER_STATUS_UNKNOWN),
    "lost": (FAILED, Reason.SIGNER_REVOKED),
    "lost-by-an-old-list": (FAILED, Reason.SIGNER_REVOKED),
}
CARD_LIST: dict[str, Found] = {
    "fresh": FINE,
    "stale": (UNSURE, Reason.CARD_STATUS_STALE),
    "too-old": (UNSURE, Reason.CARD_STATUS_TOO_OLD),
    "absent": (UNSURE, Reason.CARD_STATUS_UNKNOWN),
    "lost": (FAILED, Reason.CARD_REPORTED_LOST),
    "lost-by-an-old-list": (FAILED, Reason.CARD_REPORTED_LOST),
    "counterfeit": (FAILED, Reason.CARD_COUNTERFEIT),
}
SIGNATURE: dict[str, Found] = {
    "good": FINE,
    "broken": (FAILED, Reason.SOD_SIGNATURE_INVALID),
    "unknown-algorithm": (UNSURE, Reason.ALGORITHM_UNSUPPORTED),
}
CHAIN: dict[str, Found] = {
    "good": FINE,
    "stranger": (FAILED, Reason.SIGNER_NOT_TRUSTED),
    "of-other-cards": (FAILED, Reason.ANCHOR_NOT_FOR_PROFILE),
    "ended": (FAILED, Reason.SIGNER_EXPIRED),
    "future": (FAILED, Reason.CHAIN_INVALID),
}
FILES: dict[str, Found] = {
    "good": FINE,
    "renamed": (FAILED, Reason.FILE_HASH_MISMATCH),
    "unsigned": (FAILED, Reason.FILE_NOT_LISTED),
    "hidden": (FAILED, Reason.FILE_MISSING),
    "malformed": (UNSURE, Reason.FILE_MALFORMED),
}
CHIP: dict[str, Found] = {
    "good": FINE,
    "clone": (FAILED, Reason.CHIP_AUTH_FAILED),
    "quiet-clone": (FAILED, Reason.CHIP_AUTH_WITHHELD),
    "other-way": (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED),
    "other-parameters": (FAILED, Reason.CARDACCESS_MISMATCH),
    "strangers-key": (FAILED, Reason.CHIP_AUTH_FAILED),
    "refusing": (FAILED, Reason.CHIP_AUTH_WITHHELD),
    "led-away": (FAILED, Reason.CARDACCESS_MISMATCH),
    "weak-key": (FAILED, Reason.ALGORITHM_NOT_ALLOWED),
}
AGREEING = ec.generate_private_key(ec.SECP256R1())
WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- as old passports have it
DATES: dict[str, Found] = {
    "good": FINE,
    "expired": (FAILED, Reason.CARD_EXPIRED),
    "two-numbers": (FAILED, Reason.NUMBER_MISMATCH),
}


@dataclass(frozen=True)
class Case:
    """What is wrong; the defaults are all well."""

    signature: str = "good"
    chain: str = "good"
    signer_list: str = "fresh"
    files: str = "good"
    chip: str = "good"
    dates: str = "good"
    card_list: str = "fresh"
    clock_set: bool = True
    has_list: bool = True

    @property
    def at(self) -> Moment:
        """Return the moment of judging."""
        return NOW if self.clock_set else Moment(AT, TimeQuality.FLOOR_ONLY)

    @property
    def profile(self) -> CardProfile:
        """Return the family: with a status list, or without."""
        return PROFILE if self.has_list else replace(PROFILE, status_list=None)

    def expected(self) -> list[Found]:
        """Return what each step must find, by the design."""
        signed = self.signature == "good"
        chain, signer = CHAIN[self.chain], SIGNER_LIST[self.signer_list]
        if self.chain == "future" and not self.clock_set:
            chain = (UNSURE, Reason.CLOCK_BEHIND)
        if not signed:
            chain = (NOT_RUN, None)
        if not signed or self.chain == "stranger":
            signer = (NOT_RUN, None)
        return [
            SIGNATURE[self.signature],
            chain,
            signer,
            FILES[self.files],
            CHIP[self.chip],
            self._dates(),
            CARD_LIST[self.card_list] if self.has_list else (NOT_APPLICABLE, None),
            FINE,
        ]

    def _dates(self) -> Found:
        if self.files == "malformed":
            return NOT_RUN, None
        if self.files in ("renamed", "hidden") and self.dates == "two-numbers":
            return FINE  # the second number stands in the file that nothing vouches for
        return DATES[self.dates]

    def outcome(self) -> tuple[Outcome, Reason | None]:
        """Return outcome and primary reason: any failure outranks any doubt; the lowest step."""
        for status, outcome in ((FAILED, Outcome.REJECTED), (UNSURE, Outcome.INDETERMINATE)):
            for found, reason in self.expected():
                if found is status:
                    return outcome, reason
        return Outcome.ACCEPTED, None


@cache
def signer_of(world: World, chain: str) -> Party:
    """Return the document signer of a case."""
    match chain:
        case "stranger":
            return issue("DS Test", csca())
        case "ended":
            return issue("DS Ended", world.authority, ends=AT - DAY)
        case "future":
            return issue("DS Early", world.authority, begins=AT + DAY, ends=AT + YEAR)
    return world.signer


def reading(world: World, case: Case) -> CardEvidence:
    """Return the reading of a card that is ill in this way."""
    groups = world.groups()
    number = "201000002" if case.dates == "two-numbers" else DG13[1]
    groups[FileId.DG1] = dg1(expiry="261119" if case.dates == "expired" else "311120")
    groups[FileId.DG13] = dg13({**DG13, 1: number})
    if case.files == "malformed":
        groups[FileId.DG13] = b"\x6d\x01\x00"
    if case.chip == "other-way":
        del groups[FileId.DG15]
        groups[FileId.DG14] = dg14(pace_info(), chip_info())
    if case.chip in ("strangers-key", "refusing"):
        listed = (chip_info(), key_info(spki(AGREEING)))
        groups[FileId.DG14] = dg14(pace_info(), active_info(), *listed)
    if case.chip == "weak-key":
        groups[FileId.DG15] = tlv.encode(0x6F, spki(WEAK))
    card = world.card(groups, signer=signer_of(world, case.chain))
    return _bent_chip(_bent_signature(_bent_files(card, case), case), case)


def _bent_files(card: CardEvidence, case: Case) -> CardEvidence:
    match case.files:
        case "renamed":
            return with_files(card, DG13=dg13({**DG13, 2: "Nguyễn Thị Bính"}))
        case "unsigned":
            return with_files(card, DG2=b"\x75\x00")
        case "hidden":
            return with_files(card, DG13=None)
    return card


def _bent_signature(card: CardEvidence, case: Case) -> CardEvidence:
    sod = card.files[FileId.SOD]
    known = bytes.fromhex("06082a8648ce3d040302")  # ecdsa-with-SHA256
    at = sod.rindex(known)
    match case.signature:
        case "broken":
            sod = sod[:-1] + bytes([sod[-1] ^ 1])
        case "unknown-algorithm":
            sod = sod[:at] + known[:-1] + b"\x0a" + sod[at + len(known) :]
    return with_files(card, SOD=sod)


def _bent_chip(card: CardEvidence, case: Case) -> CardEvidence:
    match case.chip:
        case "clone":
            return replace(card, active_auth=prove(ec.generate_private_key(ec.SECP256R1())))
        case "quiet-clone":
            return replace(with_files(card, DG15=None), active_auth=None)
        case "other-way":
            return replace(card, active_auth=None)
        case "other-parameters":
            assert card.pace is not None
            return replace(card, pace=replace(card.pace, parameter_id=13))
        case "strangers-key":
            own = ec.generate_private_key(ec.SECP256R1())
            return replace(card, chip_auth=agreed(own))
        case "refusing":
            return replace(card, chip_auth=replace(agreed(AGREEING), proved=False, sw=0x6A80))
        case "led-away":
            files = dict(card.files)
            del files[FileId.CARD_ACCESS]
            return replace(card, files=files, pace=None, basic_access=True)
        case "weak-key":
            return replace(card, active_auth=recovery(WEAK))
    return card


def judge(world: World, case: Case) -> Verdict:
    """Return the verdict."""
    lists = Lists(for_card=LISTS[case.card_list], for_certificates=LISTS[case.signer_list])
    trusted = ["icao"] if case.chain == "of-other-cards" else [PROFILE.name]
    trust = world.trust(profiles=trusted)
    return pipeline.verify(reading(world, case), case.profile, trust, lists, DEFAULT, case.at)


def hold(verdict: Verdict) -> None:
    """Assert what holds of every verdict, by the design's words."""
    statuses = {check.status for check in verdict.checks}
    assert [check.step for check in verdict.checks] == list(Step)
    for check in verdict.checks:
        assert (check.reason is not None) is (check.status in (FAILED, UNSURE))
        assert not check.freshness_only or check.status is UNSURE
    if FAILED in statuses:
        assert verdict.outcome is Outcome.REJECTED
    winning = {Outcome.REJECTED: FAILED, Outcome.INDETERMINATE: UNSURE}.get(verdict.outcome)
    reasons = [check.reason for check in verdict.checks if check.status is winning]
    assert verdict.reason is (reasons[0] if reasons else None)
    open_steps = [c for c in verdict.checks if c.status is not PASSED]
    without_list = [(Step.CARD_STATUS, NOT_APPLICABLE)]
    settled = [(c.step, c.status) for c in open_steps] in ([], without_list)
    assert (verdict.outcome is Outcome.ACCEPTED) is settled
    if verdict.freshness_only:
        assert verdict.outcome is Outcome.INDETERMINATE
    if verdict.holder is not None:
        shown = {Step.SECURITY_OBJECT, Step.CHAIN, Step.HASHES}
        assert all(c.status is PASSED for c in verdict.checks if c.step in shown)


def compare(verdict: Verdict, case: Case) -> None:
    """Assert that the verdict is the one that the design names."""
    assert [(check.status, check.reason) for check in verdict.checks] == case.expected()
    assert (verdict.outcome, verdict.reason) == case.outcome()
    hold(verdict)


ILLNESSES = [
    *({"signature": one} for one in SIGNATURE if one != "good"),
    *({"chain": one} for one in CHAIN if one != "good"),
    *({"signer_list": one} for one in SIGNER_LIST if one != "fresh"),
    *({"files": one} for one in FILES if one != "good"),
    *({"chip": one} for one in CHIP if one != "good"),
    *({"dates": one} for one in DATES if one != "good"),
    *({"card_list": one} for one in CARD_LIST if one != "fresh"),
]


def test_nothing_is_wrong(world: World) -> None:
    """The case that all others bend is accepted."""
    compare(judge(world, Case()), Case())


@pytest.mark.parametrize("illness", ILLNESSES, ids=lambda one: "-".join(next(iter(one.items()))))
def test_one_thing_is_wrong(world: World, illness: dict[str, str]) -> None:
    """Never accepted, and its own step says why; every other step that can run still does."""
    case = Case(**illness)  # type: ignore[arg-type]
    verdict = judge(world, case)
    compare(verdict, case)
    assert verdict.outcome is not Outcome.ACCEPTED


def test_two_things_are_wrong(world: World) -> None:
    """Every pair: failure before doubt, then the lower step."""
    for one, other in combinations(ILLNESSES, 2):
        if one.keys() != other.keys():
            case = Case(**one, **other)  # type: ignore[arg-type]
            compare(judge(world, case), case)


NAMED = {
    "clone of a lost card, signer revoked, lists stale": (
        Case(signer_list="lost-by-an-old-list", chip="clone", card_list="lost-by-an-old-list"),
        Reason.SIGNER_REVOKED,
    ),
    "clone of a lost card, lists stale": (
        Case(signer_list="stale", chip="clone", card_list="lost-by-an-old-list"),
        Reason.CHIP_AUTH_FAILED,
    ),
    "lost card, signer's list stale": (
        Case(signer_list="stale", card_list="lost"),
        Reason.CARD_REPORTED_LOST,
    ),
    "quiet clone with somebody's name": (
        Case(files="renamed", chip="quiet-clone"),
        Reason.FILE_HASH_MISMATCH,
    ),
    "forged signature over a changed name on a clone": (
        Case(signature="broken", files="renamed", chip="clone", card_list="absent"),
        Reason.SOD_SIGNATURE_INVALID,
    ),
    "stranger's card, expired, no lists": (
        Case(chain="stranger", dates="expired", signer_list="absent", card_list="absent"),
        Reason.SIGNER_NOT_TRUSTED,
    ),
    "passport authority's party card that is counterfeit": (
        Case(chain="of-other-cards", card_list="counterfeit"),
        Reason.ANCHOR_NOT_FOR_PROFILE,
    ),
    "expired card of an ended signer": (
        Case(chain="ended", dates="expired"),
        Reason.SIGNER_EXPIRED,
    ),
    "clone with a stolen list and its own key, reported lost": (
        Case(chip="strangers-key", card_list="lost"),
        Reason.CHIP_AUTH_FAILED,
    ),
    "chip led away from PACE, expired": (
        Case(chip="led-away", dates="expired"),
        Reason.CARDACCESS_MISMATCH,
    ),
    "chip that refuses, both lists stale": (
        Case(signer_list="stale", chip="refusing", card_list="stale"),
        Reason.CHIP_AUTH_WITHHELD,
    ),
    "everything at once": (
        Case("broken", "ended", "lost", "renamed", "clone", "expired", "lost"),
        Reason.SOD_SIGNATURE_INVALID,
    ),
    "both lists stale": (
        Case(signer_list="stale", card_list="stale"),
        Reason.SIGNER_STATUS_STALE,
    ),
    "one list stale, the other too old": (
        Case(signer_list="stale", card_list="too-old"),
        Reason.SIGNER_STATUS_STALE,
    ),
    "clock is a floor, signer from the future, chip of another kind": (
        Case(chain="future", chip="other-way", clock_set=False),
        Reason.CLOCK_BEHIND,
    ),
    "clock is a floor, signer from the future, card lost": (
        Case(chain="future", card_list="lost", clock_set=False),
        Reason.CARD_REPORTED_LOST,
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_known_story(world: World, name: str) -> None:
    """The primary reason, written down by hand."""
    case, reason = NAMED[name]
    verdict = judge(world, case)
    compare(verdict, case)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    ("signer_list", "card_list", "alone"),
    [
        ("stale", "fresh", True),
        ("fresh", "stale", True),
        ("stale", "stale", True),
        ("too-old", "fresh", False),
        ("fresh", "too-old", False),
        ("stale", "too-old", False),
        ("too-old", "stale", False),
        ("stale", "absent", False),
        ("absent", "stale", False),
    ],
)
def test_age_alone(world: World, signer_list: str, card_list: str, alone: bool) -> None:
    """One touch may set aside age within grace, and nothing that comes with it."""
    verdict = judge(world, Case(signer_list=signer_list, card_list=card_list))
    assert verdict.outcome is Outcome.INDETERMINATE
    assert verdict.freshness_only is alone


@pytest.mark.parametrize("illness", [i for i in ILLNESSES if "card_list" not in i], ids=str)
def test_age_beside_anything_else(world: World, illness: dict[str, str]) -> None:
    """A stale card list never turns another fault into a matter of age."""
    case = Case(**illness, card_list="stale")  # type: ignore[arg-type]
    verdict = judge(world, case)
    compare(verdict, case)
    assert verdict.freshness_only is (illness == {"signer_list": "stale"})


cases = st.builds(
    Case,
    signature=st.sampled_from([*SIGNATURE, "good", "good"]),
    chain=st.sampled_from([*CHAIN, "good", "good", "good"]),
    signer_list=st.sampled_from([*SIGNER_LIST]),
    files=st.sampled_from([*FILES, "good", "good", "good"]),
    chip=st.sampled_from([*CHIP, "good", "good", "good"]),
    dates=st.sampled_from([*DATES, "good"]),
    card_list=st.sampled_from([*CARD_LIST]),
    clock_set=st.booleans(),
    has_list=st.booleans(),
)


@pytest.fixture(scope="module")
def one_world() -> World:
    """Return one world for all drawn cases."""
    return World.new()


@given(case=cases)
@settings(max_examples=300, deadline=None)
def test_anything_is_wrong(one_world: World, case: Case) -> None:
    """Any set of illnesses: each step as the design has it, and the outcome that follows."""
    compare(judge(one_world, case), case)


ages = st.integers(-5, 3000)
answers = st.one_of(
    st.just(answer(Status.NOT_COVERED)),
    st.builds(
        lambda status, days, reason: answer(
            status, days=days, reason=reason if status is Status.REVOKED else None
        ),
        st.sampled_from([Status.GOOD, Status.STALE, Status.REVOKED]),
        ages,
        st.none() | st.sampled_from(ReasonCode),
    ),
)
PAGES = [FileId.SOD, FileId.DG1, FileId.DG13, FileId.DG14, FileId.DG15, FileId.CARD_ACCESS]


@given(
    for_card=answers,
    for_certificates=answers,
    lenient=st.booleans(),
    quality=st.sampled_from(TimeQuality),
    days=st.integers(-5000, 5000),
    gone=st.sets(st.sampled_from(PAGES), max_size=3),
    flips=st.lists(st.tuples(st.sampled_from(PAGES), st.integers(0, 5000)), max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_any_lists_any_time(
    one_world: World,
    for_card: Answer,
    for_certificates: Answer,
    lenient: bool,
    quality: TimeQuality,
    days: int,
    gone: set[FileId],
    flips: list[tuple[FileId, int]],
) -> None:
    """Whatever is missing, altered, listed or asked when: the rules of the outcome hold.

    And nothing is accepted that was altered, hidden, or not found good by a fresh list.
    """
    whole = one_world.card()
    changes: dict[str, bytes | None] = {file.value: None for file in gone}
    altered = False
    for file, bit in flips:
        data = bytearray(whole.files[file])
        data[bit // 8 % len(data)] ^= 1 << bit % 8
        if file not in gone:
            changes[file.value] = bytes(data)
            altered = True
    card = with_files(whole, **changes)
    profile = LENIENT if lenient else PROFILE
    verdict = pipeline.verify(
        card,
        profile,
        one_world.trust(),
        Lists(for_card, for_certificates),
        DEFAULT,
        Moment(AT + days * DAY, quality),
    )
    hold(verdict)
    if verdict.outcome is Outcome.ACCEPTED:
        assert not gone - {FileId.CARD_ACCESS}
        assert not altered or _harmless(flips)
        asked = [for_certificates] if lenient else [for_certificates, for_card]
        assert all(one.status is Status.GOOD for one in asked)
        assert all(one.age is not None and one.age <= 10 * DAY for one in asked)


def _harmless(flips: list[tuple[FileId, int]]) -> bool:
    """Whether all that was altered is the security object's unsigned wrapping."""
    return {file for file, _ in flips} <= {FileId.SOD, FileId.CARD_ACCESS}
