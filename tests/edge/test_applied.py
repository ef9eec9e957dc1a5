"""Whom the terminal believes: applied, shown to another process, damaged, rolled back never."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from crl.errors import ListRefused
from crl.rules import RefusalReason
from crl.status import Purpose, Status
from edge.holdings import Holdings
from edge.layout import StateLayout
from provisioning.demo.prepare import Stage
from provisioning.mint import Mint
from provisioning.office import lists as office_lists
from provisioning.office.pilot import STATUS_SCOPE
from provisioning.office.pki import create_status_signer
from provisioning.office.trust import pilot_trust_list, sign_policy, sign_trust_list
from reader import tlv
from reader.evidence import CardEvidence
from reader.lds.files import FileId
from tests.edge.conftest import AT
from tests.verify.made import SIGNER_EXTENSIONS, Party, csca, issue, signed_data
from verify.allowlist import AllowList
from verify.errors import MasterListRefused, PolicyRefused, TrustListRefused
from verify.masterlist import CSCA_MASTER_LIST, MASTER_LIST_SIGNER
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT, MINIMUM, Algorithms, Carried
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose, Reset, TrustList
from verify.verdict import Check, CheckStatus, Step

NOW = Moment(AT, TimeQuality.SYNCHRONISED)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STRICT = Algorithms(frozenset({"sha384", "sha512"}), 3072, 384)
LISTER = (
    *SIGNER_EXTENSIONS,
    (x509.ExtendedKeyUsage([x509.ObjectIdentifier(MASTER_LIST_SIGNER)]), True),
)


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """Return a copy of the provisioned terminal's holdings."""
    return Path(shutil.copytree(StateLayout(stage.terminal).holdings, tmp_path / "holdings"))


@dataclass(frozen=True)
class Lister:
    """A country that signs master lists."""

    root: Party
    signer: Party

    @classmethod
    def new(cls) -> Lister:
        """Return one."""
        root = csca("CSCA that lists")
        return cls(root, issue("Lists", root, extensions=LISTER))

    def sign(self, *certificates: bytes, at: datetime = AT) -> bytes:
        """Return a list of these authorities."""
        members = b"\x02\x01\x00" + tlv.encode(0x31, b"".join(sorted(certificates)))
        return signed_data(
            tlv.encode(0x30, members),
            self.signer,
            content_type=CSCA_MASTER_LIST,
            signing_time=at,
        )


@pytest.fixture(scope="module")
def lister() -> Lister:
    """Return one country."""
    return Lister.new()


def without_passports(stage: Stage, number: int = 2) -> TrustList:
    """Return the pilot's trust list without the authority of passports."""
    whole = pilot_trust_list(stage.pilot, number=number, issued=AT)
    kept = tuple(anchor for anchor in whole.anchors if "icao" not in anchor.profiles)
    return replace(whole, anchors=kept)


def chain(held: Holdings, stage: Stage, key: str, profile: str) -> Check:
    """Return step 2 for a card of the cast."""
    image = next(card.image for card in stage.cast.cards if card.key == key)
    files = {
        file: image.app_files[file.fid]
        for file in (FileId.SOD, FileId.DG1)
        if file.fid in image.app_files
    }
    aid = held.profile(profile).aids[0]
    verdict = held.judge(CardEvidence(profile, aid, files, {}, None, None), NOW)
    return next(check for check in verdict.checks if check.step is Step.CHAIN)


def test_a_master_list_vouches_for_passports_only(
    stage: Stage, folder: Path, lister: Lister
) -> None:
    """Before it nobody knows the passport's authority; with it the chain holds, also later."""
    held = Holdings(folder)
    held.apply_trust(sign_trust_list(without_passports(stage), stage.pilot.root))
    assert chain(held, stage, "passport", "icao").reason is Reason.SIGNER_NOT_TRUSTED
    passports = stage.pilot.passport_csca.certificate
    held.apply_master_list(lister.sign(passports), lister.root.certificate, NOW)
    for terminal in (held, Holdings(folder)):
        assert chain(terminal, stage, "passport", "icao").status is CheckStatus.PASSED
        assert len(terminal.require_anchors().anchors) == len(terminal.require_trust().anchors) + 1


def test_a_party_card_by_an_authority_of_a_master_list(
    stage: Stage, folder: Path, lister: Lister
) -> None:
    """A foreign country cannot sign party cards, were its authority on ten master lists."""
    whole = pilot_trust_list(stage.pilot, number=2, issued=AT)
    anchors = tuple(one for one in whole.anchors if "dang-vien" not in one.profiles)
    held = Holdings(folder)
    held.apply_trust(sign_trust_list(replace(whole, anchors=anchors), stage.pilot.root))
    listed = lister.sign(stage.pilot.party_csca.certificate)
    held.apply_master_list(listed, lister.root.certificate, NOW)
    found = chain(held, stage, "member-1", "dang-vien")
    assert (found.status, found.reason) == (CheckStatus.FAILED, Reason.ANCHOR_NOT_FOR_PROFILE)


def test_the_partys_name_in_a_master_list(stage: Stage, folder: Path, lister: Lister) -> None:
    """It is set aside, and shown to be: it can neither sign cards nor clear their signers."""
    subject = stage.pilot.party_csca.certificate
    held = Holdings(folder)
    held.apply_master_list(lister.sign(subject), lister.root.certificate, NOW)
    assert [one.der for one in held.applied.set_aside] == [subject]
    assert held.require_anchors() == held.require_trust()


def test_a_list_by_an_authority_of_a_master_list(
    stage: Stage, folder: Path, lister: Lister
) -> None:
    """What a master list vouches for may say which of its passports' signers are revoked."""
    held = Holdings(folder)
    held.apply_trust(sign_trust_list(without_passports(stage), stage.pilot.root))
    crl = office_lists.issue_crl(
        stage.pilot.passport_csca,
        number=int(AT.timestamp()) + 5,
        this_update=AT,
        next_update=AT + 30 * DAY,
    )
    with pytest.raises(ListRefused) as refused:
        held.import_list(crl, AT, Purpose.CERTIFICATE)
    assert refused.value.reason == RefusalReason.ISSUER_UNKNOWN
    listed = lister.sign(stage.pilot.passport_csca.certificate)
    held.apply_master_list(listed, lister.root.certificate, NOW)
    assert held.import_list(crl, AT, Purpose.CERTIFICATE).this_update == AT


def test_an_older_master_list(folder: Path, lister: Lister) -> None:
    """What is held stays; so it does after a restart."""
    held = Holdings(folder)
    one, two = csca("CSCA 1").certificate, csca("CSCA 2").certificate
    held.apply_master_list(lister.sign(one, two), lister.root.certificate, NOW)
    for terminal in (held, Holdings(folder)):
        with pytest.raises(MasterListRefused, match="newer"):
            terminal.apply_master_list(lister.sign(one, at=AT - DAY), lister.root.certificate, NOW)
    newer = lister.sign(two, at=AT + HOUR)
    held.apply_master_list(newer, lister.root.certificate, replace(NOW, at=AT + HOUR))
    again = Holdings(folder).applied.master_list
    assert again is not None
    assert [item.der for item in again.certificates] == [two]


def test_a_master_list_under_another_root(folder: Path, lister: Lister) -> None:
    """Refused, and nothing is on disk."""
    held = Holdings(folder)
    with pytest.raises(MasterListRefused):
        held.apply_master_list(lister.sign(csca().certificate), Lister.new().root.certificate, NOW)
    assert held.applied.master_list is None
    assert not (folder / "master-list.der").exists()


def allow_list(number: int = 1) -> AllowList:
    """Return a policy: SHA-256 and P-256 on cards of before, for ten years."""
    step = Carried(MINIMUM, datetime(2027, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC))
    return AllowList(number, "office", AT, STRICT, (step,))


def test_a_policy(stage: Stage, folder: Path) -> None:
    """In force at once and after a restart; what the terminal itself sets stays its own."""
    held = Holdings(folder)
    assert held.policy is DEFAULT
    assert held.allow_list is None
    held.apply_policy(sign_policy(allow_list(), stage.pilot.root))
    for terminal in (held, Holdings(folder)):
        assert terminal.policy.id == "office-1"
        assert terminal.policy.algorithms == STRICT
        assert terminal.policy.card_status == DEFAULT.card_status
        assert chain(terminal, stage, "member-1", "dang-vien").status is CheckStatus.PASSED


def test_a_policy_that_refuses_what_is_on_the_cards(stage: Stage, folder: Path) -> None:
    """Without a step for old cards they fall, with the reason and under the policy's name."""
    held = Holdings(folder)
    held.apply_policy(sign_policy(replace(allow_list(), carried=()), stage.pilot.root))
    image = next(card.image for card in stage.cast.cards if card.key == "member-1")
    files = {FileId.SOD: image.app_files[FileId.SOD.fid]}
    aid = held.profile("dang-vien").aids[0]
    verdict = held.judge(CardEvidence("dang-vien", aid, files, {}, None, None), NOW)
    assert verdict.reason is Reason.ALGORITHM_NOT_ALLOWED
    assert verdict.basis.policy == "office-1"


def test_a_policy_holds_for_lists_too(stage: Stage, folder: Path) -> None:
    """A list is as new as its thisUpdate."""
    held = Holdings(folder)
    held.apply_policy(sign_policy(replace(allow_list(), carried=()), stage.pilot.root))
    later = Mint(stage.pilot, AT + HOUR).lists()[-1]
    with pytest.raises(ListRefused) as refused:
        held.import_list(later.data, AT + HOUR, later.purpose)
    assert refused.value.reason == RefusalReason.ALGORITHM_NOT_ALLOWED
    held.apply_policy(sign_policy(allow_list(2), stage.pilot.root))
    assert held.import_list(later.data, AT + HOUR, later.purpose)


def test_an_older_policy(stage: Stage, folder: Path) -> None:
    """Refused, at once and after a restart; the one in force stays."""
    held = Holdings(folder)
    held.apply_policy(sign_policy(allow_list(5), stage.pilot.root))
    for terminal in (held, Holdings(folder)):
        for number in (4, 5):
            with pytest.raises(PolicyRefused, match="newer"):
                terminal.apply_policy(sign_policy(allow_list(number), stage.pilot.root))
        assert terminal.policy.id == "office-5"


def test_what_another_process_takes_over(stage: Stage, folder: Path) -> None:
    """The running terminal follows with the next card; an older file by its own it does not."""
    running, command = Holdings(folder), Holdings(folder)
    command.apply_trust(sign_trust_list(without_passports(stage), stage.pilot.root))
    assert running.require_trust().number == 2
    assert chain(running, stage, "passport", "icao").reason is Reason.SIGNER_NOT_TRUSTED
    command.apply_policy(sign_policy(allow_list(), stage.pilot.root))
    assert running.policy.id == "office-1"
    with pytest.raises(TrustListRefused):
        running.apply_trust(sign_trust_list(without_passports(stage), stage.pilot.root))


def test_a_file_that_breaks_while_the_terminal_runs(stage: Stage, folder: Path) -> None:
    """What was verified stays in force, and the fault is known."""
    running = Holdings(folder)
    (folder / "trust-list.jws").write_text("broken")
    assert running.require_trust().number == 1
    assert isinstance(running.broken, TrustListRefused)
    running.apply_trust(sign_trust_list(without_passports(stage), stage.pilot.root))
    assert running.require_trust().number == 2
    assert Holdings(folder).broken is None


Break = Callable[[Path], object]
BROKEN: dict[str, tuple[str, type[Exception], Break]] = {
    "trust list": ("trust-list.jws", TrustListRefused, lambda path: path.write_text("x")),
    "policy": ("policy.jws", PolicyRefused, lambda path: path.write_text("x.y.z")),
    "policy is not text": ("policy.jws", PolicyRefused, lambda path: path.write_bytes(b"\xff")),
    "master list": (
        "master-list.der",
        MasterListRefused,
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
    ),
    "master list is garbage": (
        "master-list.der",
        MasterListRefused,
        lambda path: path.write_bytes(b"\x30"),
    ),
    "master list is too large": (
        "master-list.der",
        MasterListRefused,
        lambda path: path.write_bytes(bytes(9 * 1024 * 1024)),
    ),
}


@pytest.mark.parametrize(("file", "kind", "spoil"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_file(
    stage: Stage, folder: Path, lister: Lister, file: str, kind: type[Exception], spoil: Break
) -> None:
    """Said at the start; nothing is trusted under a policy that was lost."""
    held = Holdings(folder)
    held.apply_policy(sign_policy(allow_list(), stage.pilot.root))
    held.apply_master_list(lister.sign(csca().certificate), lister.root.certificate, NOW)
    spoil(folder / file)
    with pytest.raises(kind):
        Holdings(folder)
    anyway = Holdings(folder, start_anyway=True)
    assert isinstance(anyway.broken, kind)
    assert anyway.applied.master_list is None
    assert (anyway.trust is None) is (kind is not MasterListRefused)


def test_a_number_that_the_root_resets(stage: Stage, folder: Path) -> None:
    """After an office's slip: the old list stays until the next, lower one is taken."""
    held = Holdings(folder)
    signer = stage.pilot.status_signer

    def status_list(number: int, at: datetime) -> bytes:
        return office_lists.issue_status_list(
            signer, scope=STATUS_SCOPE, number=number, this_update=at, next_update=at + 30 * DAY
        )

    slip, good = status_list(1 << 120, AT), status_list(int(AT.timestamp()) + 9, AT + HOUR)
    held.import_list(slip, AT, Purpose.CARD_STATUS)
    with pytest.raises(ListRefused):
        held.import_list(good, AT + HOUR, Purpose.CARD_STATUS)
    issuer = signer.x509.subject.public_bytes()
    number = int(AT.timestamp())
    reset = Reset(Purpose.CARD_STATUS, issuer, STATUS_SCOPE, number, 1 << 100)
    trust = replace(pilot_trust_list(stage.pilot, number=2, issued=AT), resets=(reset,))
    held.apply_trust(sign_trust_list(trust, stage.pilot.root))
    assert held.revocation.card(STATUS_SCOPE, 5, AT).number == 1 << 120
    held.import_list(good, AT + HOUR, Purpose.CARD_STATUS)
    assert held.revocation.card(STATUS_SCOPE, 5, AT).number == number + 9
    for terminal in (held, Holdings(folder)):
        with pytest.raises(ListRefused) as refused:
            terminal.import_list(slip, AT + HOUR, Purpose.CARD_STATUS)
        assert refused.value.reason == RefusalReason.NUMBER_WITHDRAWN


def test_a_status_signer_takes_over(stage: Stage, folder: Path) -> None:
    """Two signers of one scope: the later list answers, whichever of them signed it."""
    held = Holdings(folder)
    fresh = create_status_signer("Trang thai 2", scope=STATUS_SCOPE, at=AT - DAY)
    trust = pilot_trust_list(
        stage.pilot,
        number=2,
        issued=AT,
        more=[Anchor(AnchorPurpose.CARD_STATUS, fresh.certificate, scope=STATUS_SCOPE)],
    )
    held.apply_trust(sign_trust_list(trust, stage.pilot.root))
    before = held.revocation.card(STATUS_SCOPE, 5, AT)
    assert before.status is Status.GOOD
    first = office_lists.issue_status_list(
        fresh, scope=STATUS_SCOPE, number=1, this_update=AT, next_update=AT + DAY
    )
    held.import_list(first, AT, Purpose.CARD_STATUS)
    assert held.revocation.card(STATUS_SCOPE, 5, AT).number == 1
