"""A list is asked as long as its signer is trusted for it: not a day longer, and again after."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import NameOID

from crl.errors import ListRefused
from crl.rules import Hasher, ListHeader, ListKey, RefusalReason
from crl.status import Answer, Purpose, Status
from crl.store import ListStore
from edge.clock import Clock
from edge.config import Config
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.service import Service
from edge.tap.fault import Fault
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import DirectReader
from provisioning.office import lists as office_lists
from provisioning.office.pilot import STATUS_SCOPE
from provisioning.office.pki import Authority, create_csca, create_status_signer
from provisioning.office.trust import pilot_trust_list, sign_policy, sign_trust_list
from reader.evidence import CardEvidence
from reader.lds.files import FileId
from tests.edge.conftest import AT
from verify import certificate
from verify.allowlist import AllowList
from verify.moment import Moment, TimeQuality
from verify.names import name_key
from verify.policy import MINIMUM, Algorithms, Carried
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose
from verify.verdict import Step

NOW = Moment(AT, TimeQuality.SYNCHRONISED)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIGNED_CONTENT = 5  # some chip's entry: no list names it
SHA_384_ONLY = Algorithms(frozenset({"sha384"}), 3072, 384)


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """Return a copy of the provisioned terminal's holdings."""
    return Path(shutil.copytree(StateLayout(stage.terminal).holdings, tmp_path / "holdings"))


def trusting(stage: Stage, number: int, *signers: Authority) -> str:
    """Return a trust list with these signers of the card status list, and no others."""
    whole = pilot_trust_list(stage.pilot, number=number, issued=AT)
    kept = [one for one in whole.anchors if one.purpose is not AnchorPurpose.CARD_STATUS]
    named = [
        Anchor(AnchorPurpose.CARD_STATUS, one.certificate, scope=STATUS_SCOPE) for one in signers
    ]
    return sign_trust_list(replace(whole, anchors=(*kept, *named)), stage.pilot.root)


def status_list(
    signer: Authority, number: int, at: datetime = AT, base_number: int | None = None
) -> bytes:
    """Return a card status list of `at`, or a delta."""
    return office_lists.issue_status_list(
        signer,
        scope=STATUS_SCOPE,
        number=number,
        this_update=at,
        next_update=at + 30 * DAY,
        base_number=base_number,
    )


def name_of(party: Authority) -> str:
    """Return its common name."""
    return str(party.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def ask(held: Holdings) -> Answer:
    """Ask the card status list about a chip that it does not name."""
    return held.revocation.card(STATUS_SCOPE, SIGNED_CONTENT, AT)


def aside(held: Holdings) -> list[tuple[Purpose, str]]:
    """Return which lists are set aside, and why."""
    return [(key.purpose, why.reason) for key, (_, why) in held.revocation.set_aside(AT).items()]


def status_check(held: Holdings, stage: Stage) -> Reason | None:
    """Return what a member's card is told about the card status list."""
    image = next(card.image for card in stage.cast.cards if card.key == "member-1")
    files = {FileId.SOD: image.app_files[FileId.SOD.fid]}
    aid = held.profile("dang-vien").aids[0]
    verdict = held.judge(CardEvidence("dang-vien", aid, files, {}, None, None), NOW)
    return next(check.reason for check in verdict.checks if check.step is Step.CARD_STATUS)


def test_all_lists_of_a_provisioned_terminal_are_believed(folder: Path) -> None:
    """Nothing is set aside where nothing changed."""
    held = Holdings(folder)
    assert len(held.revocation.believed(AT)) == 4
    assert not held.revocation.set_aside(AT)
    assert not held.revocation.leaves_gap(AT)


def test_signer_who_is_trusted_no_more(stage: Stage, folder: Path) -> None:
    """His list says nothing from the next card on, here, elsewhere and after a restart."""
    running, other = Holdings(folder), Holdings(folder)
    assert [ask(one).status for one in (running, other)] == [Status.GOOD, Status.GOOD]
    files = sorted((folder / "lists").glob("*.crl"))
    new = create_status_signer("Trang thai 2", scope=STATUS_SCOPE, at=AT - DAY)
    running.apply_trust(trusting(stage, 2, new))
    for held in (running, other, Holdings(folder)):
        assert ask(held) == Answer(Status.NOT_COVERED)
        assert status_check(held, stage) is Reason.CARD_STATUS_UNKNOWN
        assert aside(held) == [(Purpose.CARD_STATUS, RefusalReason.ISSUER_UNKNOWN)]
        assert len(held.revocation.believed(AT)) == 3
        assert held.revocation.leaves_gap(AT)
    assert sorted((folder / "lists").glob("*.crl")) == files
    running.import_list(status_list(new, 1), AT, Purpose.CARD_STATUS)
    for held in (running, other, Holdings(folder)):
        assert ask(held).number == 1
        assert not held.revocation.leaves_gap(AT)
        assert aside(held) == [(Purpose.CARD_STATUS, RefusalReason.ISSUER_UNKNOWN)]


def test_nobody_signs_the_scope_any_more(stage: Stage, folder: Path) -> None:
    """A revoked chip is not said to be good, nor to be revoked, by a list nobody vouches for."""
    held = Holdings(folder)
    held.apply_trust(trusting(stage, 2))
    assert ask(held) == Answer(Status.NOT_COVERED)
    (key,) = (key for key in held.lists() if key.purpose is Purpose.CARD_STATUS)
    assert held.lookup(key, SIGNED_CONTENT, AT) == Answer(Status.NOT_COVERED)
    assert held.revocation.leaves_gap(AT)


def test_signer_who_is_trusted_again(stage: Stage, folder: Path) -> None:
    """His list counts again without an import, and nothing older came in meanwhile."""
    held = Holdings(folder)
    signer = stage.pilot.status_signer
    before = ask(held)
    assert before.number is not None
    held.apply_trust(trusting(stage, 2))
    older = status_list(signer, before.number - 1)
    with pytest.raises(ListRefused):
        held.import_list(older, AT, Purpose.CARD_STATUS)
    held.apply_trust(trusting(stage, 3, signer))
    assert ask(held) == before
    assert not held.revocation.set_aside(AT)
    with pytest.raises(ListRefused) as refused:
        held.import_list(older, AT, Purpose.CARD_STATUS)
    assert refused.value.reason == RefusalReason.NOT_NEWER


def test_another_key_under_the_same_name(stage: Stage, folder: Path) -> None:
    """The list of a country whose name another key has now is not its own any more."""
    held = Holdings(folder)
    old = certificate.parse(stage.pilot.party_csca.certificate)
    issuer = old.subject
    assert held.revocation.certificate(issuer, 1, AT).status is Status.GOOD
    whole = pilot_trust_list(stage.pilot, number=2, issued=AT)
    fresh = create_csca(name_of(stage.pilot.party_csca), at=AT - DAY, crl_name="x")
    assert name_key(certificate.parse(fresh.certificate).subject_der) == issuer
    anchors = tuple(
        replace(one, certificate=fresh.certificate) if one.certificate == old.der else one
        for one in whole.anchors
    )
    held.apply_trust(sign_trust_list(replace(whole, anchors=anchors), stage.pilot.root))
    for terminal in (held, Holdings(folder)):
        assert terminal.revocation.certificate(issuer, 1, AT) == Answer(Status.NOT_COVERED)
        assert aside(terminal) == [(Purpose.CERTIFICATE, RefusalReason.SIGNATURE_INVALID)]
        assert terminal.revocation.leaves_gap(AT)


def test_authority_that_is_gone_is_not_missed(stage: Stage, folder: Path) -> None:
    """No card leads to it, so nobody has to mend anything; its list says nothing all the same."""
    held = Holdings(folder)
    whole = pilot_trust_list(stage.pilot, number=2, issued=AT)
    gone = stage.pilot.party_csca.certificate
    kept = tuple(one for one in whole.anchors if one.certificate != gone)
    held.apply_trust(sign_trust_list(replace(whole, anchors=kept), stage.pilot.root))
    issuer = certificate.parse(gone).subject
    assert held.revocation.certificate(issuer, 1, AT) == Answer(Status.NOT_COVERED)
    assert not held.revocation.leaves_gap(AT)


def test_signer_of_another_scope_now(stage: Stage, folder: Path) -> None:
    """The same key for another card family is another signer."""
    held = Holdings(folder)
    whole = pilot_trust_list(stage.pilot, number=2, issued=AT)
    anchors = tuple(
        replace(one, scope="urn:other") if one.purpose is AnchorPurpose.CARD_STATUS else one
        for one in whole.anchors
    )
    held.apply_trust(sign_trust_list(replace(whole, anchors=anchors), stage.pilot.root))
    assert aside(held) == [(Purpose.CARD_STATUS, RefusalReason.WRONG_SIGNER)]
    assert ask(held) == Answer(Status.NOT_COVERED)
    assert held.revocation.card("urn:other", SIGNED_CONTENT, AT) == Answer(Status.NOT_COVERED)


def test_policy_that_allows_the_signature_no_more(stage: Stage, folder: Path) -> None:
    """What signs no list any more has signed none that is asked."""
    held = Holdings(folder)
    policy = AllowList(1, "office", AT, SHA_384_ONLY)
    held.apply_policy(sign_policy(policy, stage.pilot.root))
    assert {why for _, why in aside(held)} == {RefusalReason.ALGORITHM_NOT_ALLOWED}
    assert not held.revocation.believed(AT)


def test_policy_whose_time_runs_out(stage: Stage, folder: Path) -> None:
    """What old lists may still carry holds to its last moment, and is asked for at each look."""
    held = Holdings(folder)
    end = AT + 5 * DAY
    policy = AllowList(1, "office", AT, SHA_384_ONLY, (Carried(MINIMUM, end, end),))
    held.apply_policy(sign_policy(policy, stage.pilot.root))
    for at, covered in ((AT, True), (end, False), (end - HOUR, True)):
        found = held.revocation.card(STATUS_SCOPE, SIGNED_CONTENT, at)
        assert (found.status is not Status.NOT_COVERED) is covered


def test_delta_that_is_not_believed_takes_its_base_with_it(stage: Stage, folder: Path) -> None:
    """Without the delta the complete list would call good what the delta revokes."""
    held = Holdings(folder)
    base = ask(held).number
    assert base is not None
    later = AT + DAY
    delta = status_list(stage.pilot.status_signer, base + 1, later, base)
    held.import_list(delta, later, Purpose.CARD_STATUS)
    assert ask(held).number == base + 1
    step = Carried(MINIMUM, later, later + DAY)  # holds for the base, not for the delta
    policy = AllowList(1, "office", AT, SHA_384_ONLY, (step,))
    held.apply_policy(sign_policy(policy, stage.pilot.root))
    assert ask(held) == Answer(Status.NOT_COVERED)
    assert (Purpose.CARD_STATUS, RefusalReason.ALGORITHM_NOT_ALLOWED) in aside(held)


class Anybody:
    """An authority that takes every list: stands for whoever writes to the disk."""

    def name_key(self, der_name: bytes) -> bytes:
        return name_key(der_name)

    def hasher(self, algorithm_identifier_der: bytes) -> Hasher:
        return hashlib.sha256()

    def check(self, key: ListKey, header: ListHeader, digest: bytes) -> None:
        return


def test_list_that_was_put_on_the_disk_with_all_that_belongs_to_it(
    stage: Stage, folder: Path
) -> None:
    """Index, digest and memory fit each other; the signature is still nobody's."""
    genuine = stage.pilot.status_signer
    forger = create_status_signer(name_of(genuine), scope=STATUS_SCOPE, at=AT - DAY)
    number = ask(Holdings(folder)).number
    assert number is not None
    ListStore(folder / "lists").import_list(
        status_list(forger, number + 1), Purpose.CARD_STATUS, Anybody(), AT, STATUS_SCOPE
    )
    held = Holdings(folder)
    assert ask(held) == Answer(Status.NOT_COVERED)
    assert aside(held) == [(Purpose.CARD_STATUS, RefusalReason.SIGNATURE_INVALID)]


@contextmanager
def service(state: Path) -> Iterator[Service]:
    """Yield a terminal's running service."""
    config = Config(terminal=TERMINAL, state=state, port=free_port(), volatile_state=True)
    made = Service(config, DirectReader())
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_terminal_says_so(stage: Stage, tmp_path: Path) -> None:
    """Status and desk name the fault as long as something is missed."""
    state = Path(shutil.copytree(stage.terminal, tmp_path / "state"))
    held = Holdings(StateLayout(state).holdings)
    new = create_status_signer("Trang thai 2", scope=STATUS_SCOPE, at=AT - DAY)
    with service(state) as terminal:
        assert terminal.status().troubles == ()
        held.apply_trust(trusting(stage, 2, new))
        assert terminal.status().troubles == (Fault.LISTS_SET_ASIDE,)
        assert [one.purpose for one in terminal.status().lists] == [Purpose.CERTIFICATE] * 3
        held.import_list(status_list(new, 1), AT, Purpose.CARD_STATUS)
        assert terminal.status().troubles == ()


def test_floor_is_not_learnt_from_a_list_that_is_set_aside(stage: Stage, tmp_path: Path) -> None:
    """A terminal that lost its floor learns it from the lists that it believes."""
    state = Path(shutil.copytree(stage.terminal, tmp_path / "state"))
    layout = StateLayout(state)
    held = Holdings(layout.holdings)
    signer = stage.pilot.status_signer
    number = ask(held).number
    assert number is not None
    late = AT + 300 * DAY
    held.import_list(status_list(signer, number + 9, late), AT, Purpose.CARD_STATUS)
    learnt = _floor_after_loss(layout, state)
    assert learnt == late
    held.apply_trust(trusting(stage, 2))
    assert _floor_after_loss(layout, state) < late


def _floor_after_loss(layout: StateLayout, state: Path) -> datetime:
    layout.floor.unlink(missing_ok=True)
    with service(state):
        return Clock(layout.floor).floor
