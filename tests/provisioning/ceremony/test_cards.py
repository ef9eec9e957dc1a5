"""Cards of an authority in folders, judged as a terminal judges them, through a change of key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from crl.status import Purpose, ReasonCode, card_entry
from edge.holdings import Holdings
from provisioning import people
from provisioning.ceremony import (
    certificate_list,
    csca,
    document_signer,
    status_signer,
    trust_root,
)
from provisioning.ceremony.folder import AuthorityFolder, begun
from provisioning.ceremony.numbers import NUMBER
from provisioning.ceremony.parts import certificate_path, load_certificate, to_der
from provisioning.office.entry_table import entry_table
from provisioning.office.personalise import Family, personalise
from provisioning.office.pilot import STATUS_SCOPE
from provisioning.office.pki import Authority
from provisioning.office.signed_list import Entry
from provisioning.people import Member
from provisioning.softcard.image import CardImage
from reader.evidence import Password, PasswordKind
from reader.lds import sod
from reader.lds.files import FileId
from tests.provisioning.ceremony.conftest import AT, NAME, SIGNER_NAME, answer_request, do
from tests.provisioning.laid import read_laid
from tests.provisioning.quick import QUICK
from verify.moment import Moment, TimeQuality
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose
from verify.verdict import Outcome, Verdict

DAY = timedelta(days=1)
EXPIRES = date(2036, 11, 1)


class Office:
    """Status signer and root of trust, and a terminal that takes what they make."""

    def __init__(
        self, root: AuthorityFolder, status: AuthorityFolder, trust: AuthorityFolder
    ) -> None:
        self.root, self.status, self.trust = root, status, trust
        self.terminal = trust.path.parent / "terminal"
        self.terminal.mkdir()
        (self.terminal / "root.pem").write_bytes(trust.read(trust_root.PUBLIC))

    @property
    def holdings(self) -> Holdings:
        """Return what the terminal holds now."""
        return Holdings(self.terminal)

    def believe(self, at: datetime) -> None:
        """Sign a trust list with every certificate of the authority; the terminal takes it."""
        families = frozenset({Family.PARTY.value})
        anchors = [
            Anchor(AnchorPurpose.DOCUMENT, to_der(one.certificate), families)
            for one in csca.generations(self.root)
        ]
        own = load_certificate(self.status, certificate_path())
        anchors.append(trust_root.status_anchor(to_der(own)))
        act, _ = trust_root.trust_list(self.trust, anchors, (), at)
        made = do(self.trust, act, at)
        (path,) = (path for name, path in made.items() if name.endswith(".jws"))
        self.holdings.apply_trust(path.read_text())

    def list_certificates(self, at: datetime, *revoked: int) -> None:
        """Issue the authority's list; the terminal takes it."""
        act = certificate_list.crl(self.root, dict.fromkeys(revoked, at), at)
        made = do(self.root, act, at)
        path = made[certificate_list.crl_path(int(act.shown[NUMBER], 16))]
        self.holdings.import_list(path, at, Purpose.CERTIFICATE)

    def list_cards(self, at: datetime, *entries: Entry, delta: bool = False) -> None:
        """Issue the card status list; the terminal takes the complete one, or a delta alone."""
        with entry_table() as table:
            act = status_signer.issue(self.status, table, iter(entries), at, 10)
            made = do(self.status, act, at)
        lists = [path for name, path in made.items() if name.endswith(".crl")]
        path = [one for one in lists if ("-" in one.name) is delta][-1]  # the shortest delta
        self.holdings.import_list(path, at, Purpose.CARD_STATUS)

    def judge(self, image: CardImage, at: datetime) -> Verdict:
        """Lay a card on the terminal's reader."""
        reading = read_laid(image, Password(PasswordKind.CAN, image.can or ""))
        return self.holdings.judge(reading.evidence, Moment(at, TimeQuality.SYNCHRONISED))


@pytest.fixture
def office(root: AuthorityFolder, tmp_path: Path) -> Iterator[Office]:
    """Give an office whose terminal holds lists as of AT."""
    with (
        begun(tmp_path / "status", cost=QUICK) as status,
        begun(tmp_path / "trust", cost=QUICK) as trust,
    ):
        do(status, status_signer.create(replace(NAME, common_name="Status"), STATUS_SCOPE, AT))
        do(trust, trust_root.create(replace(NAME, common_name="Root")))
        made = Office(root, status, trust)
        made.believe(AT)
        made.list_certificates(AT)
        made.list_cards(AT)
        yield made


def _card(signer: AuthorityFolder, member: Member, at: datetime) -> CardImage:
    taken: list[Authority] = []
    do(signer, document_signer.reserve(signer, 1, EXPIRES, at, taken.append), at)
    return personalise(
        member.person, Family.PARTY, taken[0], at=at, expires=EXPIRES, can=member.can
    )


def _card_of_second(office: Office, path: Path, at: datetime) -> CardImage:
    """Have the authority certify another document signer at `at`, and return its first card."""
    with begun(path, cost=QUICK) as second:
        name = replace(SIGNER_NAME, common_name="DS the dang vien 2")
        do(second, document_signer.create(name, ["IM"]), at)
        answer_request(office.root, second, at)
        return _card(second, people.NIE, at)


def _entry(image: CardImage) -> int:
    return card_entry(sod.parse(image.app_files[FileId.SOD.fid]).signed_content)


def _reasons(verdict: Verdict) -> set[Reason | None]:
    return {check.reason for check in verdict.checks} - {None}


def test_green_then_red_by_a_delta(office: Office, accepted: AuthorityFolder) -> None:
    """A card made through the folders is accepted until a delta alone names it, and it only."""
    lost = _card(accepted, people.NGOC, AT + DAY)
    kept = _card(accepted, people.NIE, AT + DAY)
    for image in (lost, kept):
        assert office.judge(image, AT + 2 * DAY).outcome is Outcome.ACCEPTED
    entry = (_entry(lost), ReasonCode.CERTIFICATE_HOLD, AT + 2 * DAY)
    office.list_cards(AT + 2 * DAY, entry, delta=True)
    refused = office.judge(lost, AT + 2 * DAY)
    assert refused.outcome is Outcome.REJECTED
    assert _reasons(refused) == {Reason.CARD_REPORTED_LOST}
    assert office.judge(kept, AT + 2 * DAY).outcome is Outcome.ACCEPTED
    office.list_cards(AT + 3 * DAY, delta=True)  # found again
    assert office.judge(lost, AT + 3 * DAY).outcome is Outcome.ACCEPTED


def test_change_of_key(office: Office, accepted: AuthorityFolder, tmp_path: Path) -> None:
    """Cards of both keys are in force by lists of the new one; it can revoke the old's signer."""
    old = _card(accepted, people.NGOC, AT + DAY)
    do(office.root, csca.link(office.root, AT + DAY), AT + DAY)
    office.believe(AT + DAY)
    at = AT + 4 * DAY
    new = _card_of_second(office, tmp_path / "second", at)
    office.list_certificates(at)
    for image in (old, new):
        assert office.judge(image, at).outcome is Outcome.ACCEPTED
    office.list_certificates(at + DAY, document_signer.permit(accepted).serial)
    refused = office.judge(old, at + DAY)
    assert (refused.outcome, Reason.SIGNER_REVOKED in _reasons(refused)) == (
        Outcome.REJECTED,
        True,
    )
    assert office.judge(new, at + DAY).outcome is Outcome.ACCEPTED


def test_signer_of_a_new_key_at_a_terminal_of_before(
    office: Office, accepted: AuthorityFolder, tmp_path: Path
) -> None:
    """Until the trust list names the new key, its cards are not taken: a trust list comes first."""
    do(office.root, csca.link(office.root, AT), AT)
    at = AT + 3 * DAY
    new = _card_of_second(office, tmp_path / "second", at)
    assert office.judge(new, at).outcome is not Outcome.ACCEPTED
    office.believe(at)
    office.list_certificates(at)
    assert office.judge(new, at).outcome is Outcome.ACCEPTED
    assert document_signer.signed(accepted) == 0
