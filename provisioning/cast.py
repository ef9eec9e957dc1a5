"""The demonstration's cards, each with the end that it must come to.

Lives here: which card is made for whom, what was done to it, and what the terminal is expected
to say. Not here: the people (`people`), making cards and lists (`mint`), alterations (`forge`),
laying them (`demo`).

The order matters: the citizen card comes after its holder was counted by party card, and the
members whose cards were copied never come themselves.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique

from crl.status import ReasonCode
from edge.meeting.roster import Roster
from edge.tap.admit import Admission, AdmitReason
from provisioning import forge, people
from provisioning.mint import BRAINPOOL, CastList, Mint
from provisioning.office.options import P256, ChipKey, ChipOptions, RsaKey, pace
from provisioning.office.personalise import Family
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Rng
from provisioning.people import Member
from provisioning.softcard.image import CardImage
from provisioning.softcard.protocols import Agreement, ChipAuthProtocol, PaceMapping
from provisioning.softcard.suite import Suite
from verify.reasons import Reason
from verify.verdict import Outcome

OLD_CARD = timedelta(days=3 * 365)
EXPIRED_SINCE = timedelta(days=10)

_BRAINPOOL_CHIP = ChipOptions(pace=(pace(BRAINPOOL),))
# The others are the pilot's, but for a few that show how chips differ.
_INTEGRATED_CHIP = ChipOptions(pace=(pace(BRAINPOOL, Suite.AES_256, PaceMapping.INTEGRATED),))
_MAPPING_CHIP = ChipOptions(pace=(pace(mapping=PaceMapping.CHIP_AUTHENTICATION),), active_auth=None)
_AGREEMENT_CHIP = ChipOptions(
    chip_auth=(ChipKey((ChipAuthProtocol(Agreement.ECDH, Suite.AES_128),)),)
)
_OLDER_PASSPORT = ChipOptions(pace=(), bac=True, active_auth=RsaKey())


@unique
class PasswordSource(StrEnum):
    """How the demonstration brings the password to the terminal."""

    ROSTER = "roster"
    SCANNER = "scanner"
    KEYPAD = "keypad"


@dataclass(frozen=True, slots=True)
class CastCard:
    """One card and its expected end.

    `scanner_line` is set exactly with SCANNER, `can` exactly with KEYPAD. `withdrawn`: the card
    is admitted first, and `reason` is why the presence is taken back when the photo arrives.
    Otherwise `reason` is the code that the tap's event records (`verify.reasons.Reason` or
    `edge.tap.admit.AdmitReason`), None where all is well.
    """

    key: str
    title: str
    holder: str = field(repr=False)
    image: CardImage
    password: PasswordSource
    outcome: Outcome
    admission: Admission
    reason: str | None
    roster_person_id: str | None
    scanner_line: str | None = field(default=None, repr=False)
    can: str | None = field(default=None, repr=False)
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Everything that the demonstration plays with, the cards in the order of laying."""

    cards: tuple[CastCard, ...]
    roster: Roster
    lists: tuple[CastList, ...]


def make_cast(pilot: PilotPki, at: datetime, rng: Rng = os.urandom) -> Cast:
    """Return the cast as of `at` (UTC), new keys in every card."""
    mint = Mint(pilot, at, rng)
    cards = (
        *_good(mint),
        *_revoked(mint),
        *_copied(mint),
        *_altered(mint),
        *_of_other_families(mint),
    )
    # The lists name what was revoked while the cards were made.
    return Cast(cards=cards, roster=people.ROSTER, lists=mint.lists())


def _good(mint: Mint) -> tuple[CastCard, ...]:
    return (
        _card("member-1", "Thẻ đảng viên", people.NGOC, mint.party(people.NGOC)),
        _scanned(
            _card(
                "member-2",
                "Thẻ đảng viên, đường cong brainpool",
                people.NIE,
                mint.party(people.NIE, options=_BRAINPOOL_CHIP),
            ),
            forge.party_qr(people.NIE),
        ),
    )


def _revoked(mint: Mint) -> tuple[CastCard, ...]:
    lost = mint.party(people.DOI)
    mint.revoke_chip(lost, ReasonCode.CERTIFICATE_HOLD)
    withdrawn = mint.party(people.LUA, options=_MAPPING_CHIP)
    mint.revoke_chip(withdrawn, ReasonCode.AFFILIATION_CHANGED)
    signer = mint.party_signer("DS the dang vien 1", mint.issued - timedelta(days=1))
    mint.revoke_signer(signer)
    long_ago = mint.at - OLD_CARD
    old_signer = mint.party_signer("DS the dang vien 0", long_ago - timedelta(days=1))
    expired = mint.party(
        people.KHIEM,
        options=_INTEGRATED_CHIP,
        signer=old_signer,
        issued=long_ago,
        expires=(mint.at - EXPIRED_SINCE).date(),
    )
    return (
        _typed(
            _refused("lost", "Thẻ báo mất", people.DOI, lost, Reason.CARD_REPORTED_LOST),
            people.DOI.can,
        ),
        _refused("withdrawn", "Thẻ bị thu hồi", people.LUA, withdrawn, Reason.CARD_WITHDRAWN),
        _refused(
            "signer-revoked",
            "Thẻ do nơi ký đã bị thu hồi chứng thư số",
            people.THUY,
            mint.party(people.THUY, signer=signer),
            Reason.SIGNER_REVOKED,
        ),
        _refused("expired", "Thẻ hết hạn", people.KHIEM, expired, Reason.CARD_EXPIRED),
    )


def _copied(mint: Mint) -> tuple[CastCard, ...]:
    return (
        _refused(
            "clone",
            "Thẻ giả: chép mọi dữ liệu, không có khoá chip",
            people.HO,
            forge.without_key(mint.party(people.HO)),
            Reason.CHIP_AUTH_WITHHELD,
        ),
        _refused(
            "quiet-clone",
            "Thẻ giả: giấu DG14 và DG15, sửa EF.COM",
            people.PO,
            forge.quiet(mint.party(people.PO)),
            Reason.CHIP_AUTH_WITHHELD,
        ),
    )


def _altered(mint: Mint) -> tuple[CastCard, ...]:
    photo = _card(
        "changed-photo",
        "Thẻ giả: thay ảnh trong DG2",
        people.LO_DO,
        forge.with_face(mint.party(people.LO_DO), people.PANG.person, mint.issued.date()),
    )
    return (
        _refused(
            "forged-cardaccess",
            "Thẻ giả: EF.CardAccess nêu tham số khác DG14",
            people.THANH,
            forge.other_parameters(mint.party(people.THANH, options=_BRAINPOOL_CHIP), P256),
            Reason.CARDACCESS_MISMATCH,
        ),
        _refused(
            "changed-name",
            "Thẻ giả: sửa họ tên trong DG13",
            people.XUAN,
            forge.renamed(mint.party(people.XUAN), people.NGA.person.name),
            Reason.FILE_HASH_MISMATCH,
        ),
        replace(photo, reason=Reason.LATE_FILE_MISMATCH.value, withdrawn=True),
        _scanned(
            _refused(
                "stranger",
                "Thẻ giả: nơi ký không ai biết",
                people.VANG_A_DO,
                mint.party(people.VANG_A_DO, signer=mint.stranger()),
                Reason.SIGNER_NOT_TRUSTED,
            ),
            forge.party_qr(people.VANG_A_DO),
        ),
    )


def _of_other_families(mint: Mint) -> tuple[CastCard, ...]:
    traveller = people.TRAVELLER
    passport = mint.other(
        traveller,
        Family.PASSPORT,
        mint.pilot.passport_signer,
        people.TRAVELLER_PASSPORT,
        options=_OLDER_PASSPORT,
    )
    citizen = mint.other(
        people.NGOC.person, Family.CITIZEN, mint.pilot.citizen_signer, options=_AGREEMENT_CHIP
    )
    return (
        CastCard(
            key="passport",
            title="Hộ chiếu nước ngoài, thật",
            holder=traveller.name,
            image=_titled(passport, "passport", "Hộ chiếu nước ngoài, thật"),
            password=PasswordSource.SCANNER,
            scanner_line=forge.printed_zone(passport),
            outcome=Outcome.ACCEPTED,
            admission=Admission.NOT_EXPECTED,
            reason=AdmitReason.PROFILE_NOT_EXPECTED.value,
            roster_person_id=None,
        ),
        replace(
            _scanned(
                _card("citizen", "Thẻ căn cước của người đã có mặt", people.NGOC, citizen),
                forge.citizen_qr(people.NGOC.person, mint.issued.date()),
            ),
            admission=Admission.ALREADY,
        ),
    )


def _card(key: str, title: str, member: Member, image: CardImage) -> CastCard:
    """Return a card in force, opened by touching its holder's name."""
    return CastCard(
        key=key,
        title=title,
        holder=member.person.name,
        image=_titled(image, key, title),
        password=PasswordSource.ROSTER,
        outcome=Outcome.ACCEPTED,
        admission=Admission.ADMITTED,
        reason=None,
        roster_person_id=member.id,
    )


def _refused(key: str, title: str, member: Member, image: CardImage, reason: Reason) -> CastCard:
    return replace(
        _card(key, title, member, image),
        outcome=Outcome.REJECTED,
        admission=Admission.REFUSED,
        reason=reason.value,
    )


def _scanned(card: CastCard, line: str) -> CastCard:
    return replace(card, password=PasswordSource.SCANNER, scanner_line=line)


def _typed(card: CastCard, can: str) -> CastCard:
    return replace(card, password=PasswordSource.KEYPAD, can=can)


def _titled(image: CardImage, key: str, title: str) -> CardImage:
    return replace(image, name=key, title=title)
