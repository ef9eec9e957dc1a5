"""The demonstration's cards: each is laid, read and verified, and comes to its expected end.

The chips are the software card's, the reading and the judging are the terminal's; only PC/SC and
the service around them are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crl.rules import ListKey
from crl.status import Answer, Purpose
from crl.store import ListStore
from edge.meeting.roster import Category, Roster
from edge.tap import access
from edge.tap.admit import Admission
from provisioning.cast import Cast, CastCard, PasswordSource, make_cast
from provisioning.direct_reader import DirectReader
from provisioning.office.options import pace
from provisioning.office.pilot import PilotPki
from provisioning.office.trust import pilot_trust_list
from provisioning.softcard.chip import Chip
from reader.evidence import NeedsPassword, Password
from reader.lds import com, dg1, dg2, dg13, sod
from reader.lds.files import FileId
from reader.profile import CardProfile, builtin_profiles
from reader.read import Reading, read
from reader.watch import CardLaid
from verify.lists import TrustAuthority
from verify.moment import Moment, TimeQuality
from verify.pipeline import verify, verify_file
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.trust import TrustList
from verify.verdict import CheckStatus, Outcome, Verdict

AT = datetime(2026, 11, 7, 12, tzinfo=UTC)
KEYS = (
    "member-1",
    "member-2",
    "lost",
    "withdrawn",
    "signer-revoked",
    "expired",
    "clone",
    "quiet-clone",
    "forged-cardaccess",
    "changed-name",
    "changed-photo",
    "stranger",
    "passport",
    "citizen",
)


@dataclass(frozen=True, slots=True)
class _Lists:
    """`verify.revocation.Revocation` over a store."""

    store: ListStore

    def certificate(self, issuer: bytes, serial: int, at: datetime) -> Answer:
        key = ListKey(Purpose.CERTIFICATE, issuer, None)
        return self.store.lookup(key, serial, at, DEFAULT.certificate_lists.fresh)

    def card(self, scope: str, entry: int, at: datetime) -> Answer:
        held = self.store.keys()
        key = next(k for k in held if k.scope == scope)
        return self.store.lookup(key, entry, at, DEFAULT.card_status.fresh)


@dataclass(frozen=True, slots=True)
class Stand:
    """A terminal's knowledge, and the cast."""

    cast: Cast
    trust: TrustList
    lists: _Lists
    profiles: Mapping[str, CardProfile]

    def card(self, key: str) -> CastCard:
        """Return the card of this key."""
        return next(card for card in self.cast.cards if card.key == key)

    def lay(self, card: CastCard) -> Reading | NeedsPassword:
        """Lay a card and read it with the password that its source yields."""
        reader = DirectReader()
        reader.lay(Chip(card.image))
        event = reader.next_event(1)
        while not isinstance(event, CardLaid):
            event = reader.next_event(1)
        found = _password(card, self.cast.roster, list(self.profiles.values()))
        order = sorted(self.profiles.values(), key=lambda p: p.name != found[1])
        return read(event.connection, order, found[0])

    def judge(self, reading: Reading) -> Verdict:
        """Return the verdict on a reading, under the profile that it settled on."""
        return verify(
            reading.evidence,
            self.profiles[reading.evidence.profile],
            self.trust,
            self.lists,
            DEFAULT,
            Moment(AT, TimeQuality.SYNCHRONISED),
        )


def _password(
    card: CastCard, roster: Roster, profiles: list[CardProfile]
) -> tuple[Password, str | None]:
    text = card.scanner_line or card.can or card.roster_person_id or ""
    given = access.Timed(text, 0.0)
    match card.password:
        case PasswordSource.SCANNER:
            inputs = access.Inputs(scanner=given)
        case PasswordSource.KEYPAD:
            inputs = access.Inputs(keypad=given)
        case PasswordSource.ROSTER:
            inputs = access.Inputs(choice=given)
    found = access.find(inputs, 0.0, roster, profiles)
    assert found is not None
    return found.password, found.profile


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Stand:
    """Return a terminal that has taken the pilot's trust list and every list of the cast."""
    pilot = PilotPki.create(AT)
    cast = make_cast(pilot, AT)
    trust = pilot_trust_list(pilot, number=1, issued=AT)
    store = ListStore(tmp_path_factory.mktemp("lists"))
    for one in cast.lists:
        store.import_list(one.data, one.purpose, TrustAuthority(trust), AT, one.scope)
    return Stand(cast, trust, _Lists(store), {p.name: p for p in builtin_profiles()})


def _file(card: CastCard, file: FileId) -> bytes:
    return card.image.app_files[file.fid]


@pytest.mark.parametrize("key", KEYS)
def test_card_comes_to_its_expected_end(stand: Stand, key: str) -> None:
    """Laid, read and verified, the card gets the verdict and reason that the cast promises."""
    card = stand.card(key)
    reading = stand.lay(card)
    assert isinstance(reading, Reading)
    verdict = stand.judge(reading)
    assert verdict.outcome is card.outcome, verdict.checks
    if card.outcome is Outcome.REJECTED:
        assert verdict.reason is not None
        assert verdict.reason.value == card.reason
    photo = verify_file(_file(card, FileId.SOD), FileId.DG2, reading.read_late(FileId.DG2))
    assert (photo.reason is Reason.LATE_FILE_MISMATCH) is card.withdrawn


@pytest.mark.parametrize("key", KEYS)
def test_card_fails_in_one_place_only(stand: Stand, key: str) -> None:
    """A bad card is bad for one reason, so that it shows the one check it was made for."""
    reading = stand.lay(stand.card(key))
    assert isinstance(reading, Reading)
    verdict = stand.judge(reading)
    failed = [check for check in verdict.checks if check.status is CheckStatus.FAILED]
    assert len(failed) == (verdict.outcome is Outcome.REJECTED)


def test_every_card_of_the_demonstration(stand: Stand) -> None:
    """All fourteen are there, each under its key, in the order of laying."""
    assert tuple(card.key for card in stand.cast.cards) == KEYS
    assert all(card.image.name == card.key for card in stand.cast.cards)
    assert len({card.title for card in stand.cast.cards}) == len(KEYS)


def test_every_way_of_the_password(stand: Stand) -> None:
    """Roster, scanner and keypad each bring a password at least once, with what they need."""
    used = Counter(card.password for card in stand.cast.cards)
    assert set(used) == set(PasswordSource)
    for card in stand.cast.cards:
        assert (card.scanner_line is not None) is (card.password is PasswordSource.SCANNER)
        assert (card.can is not None) is (card.password is PasswordSource.KEYPAD)


def test_admissions_hold_in_the_order_of_laying(stand: Stand) -> None:
    """Nobody is admitted twice; ALREADY comes after its holder; REFUSED follows REJECTED."""
    inside: list[str | None] = []
    for card in stand.cast.cards:
        person = card.roster_person_id
        match card.admission:
            case Admission.ADMITTED:
                assert person not in inside
                inside.append(person)
            case Admission.ALREADY:
                assert person in inside
            case Admission.NOT_EXPECTED:
                assert person is None
            case _:
                assert card.admission is Admission.REFUSED
                assert person not in inside
        assert (card.admission is Admission.REFUSED) is (card.outcome is Outcome.REJECTED)


def test_two_curves(stand: Stand) -> None:
    """One member's chip runs P-256, the other's brainpoolP256r1."""
    assert stand.card("member-1").image.access.pace == (pace(12),)
    assert stand.card("member-2").image.access.pace == (pace(13),)


def test_scanner_lines_have_their_documented_forms(stand: Stand) -> None:
    """Party card, citizen card and passport each give the line that is printed on them."""
    party = stand.card("member-2").scanner_line or ""
    assert re.fullmatch(r"TRAMTHE1\|DV\|99\d{7}\|\d{6}", party)
    citizen = (stand.card("citizen").scanner_line or "").split("|")
    assert len(citizen) == 7
    assert re.fullmatch(r"099\d{9}", citizen[0])
    assert citizen[2] == stand.card("member-1").holder
    assert citizen[3] == "08031991"
    zone = stand.card("passport").scanner_line or ""
    assert len(zone) == 88
    assert zone.startswith("P<UTO")


def test_citizen_card_is_the_members(stand: Stand) -> None:
    """Party card and citizen card of one person carry one personal number."""
    party = dg13.parse(_file(stand.card("member-1"), FileId.DG13))
    citizen = dg13.parse(_file(stand.card("citizen"), FileId.DG13))
    assert party[11] == citizen[1]


def test_clone_copies_everything_but_the_key(stand: Stand) -> None:
    """The clone has every file and the CAN, and no private key."""
    clone = stand.card("clone").image
    assert clone.active_auth is None
    assert {FileId.DG14.fid, FileId.DG15.fid} <= clone.app_files.keys()
    assert clone.hidden == frozenset()
    person = stand.cast.roster.by_id(stand.card("clone").roster_person_id or "")
    assert person is not None
    assert clone.can == person.can


def test_quiet_clone_denies_its_proof(stand: Stand) -> None:
    """Its EF.COM names no chip proof while the signed list still does."""
    card = stand.card("quiet-clone")
    shown = com.parse(_file(card, FileId.COM)).data_groups
    assert {FileId.DG14, FileId.DG15}.isdisjoint(shown)
    assert {14, 15} <= sod.parse(_file(card, FileId.SOD)).hashes.keys()
    assert card.image.hidden == {FileId.DG14.fid, FileId.DG15.fid}


def test_changed_name_and_photo_are_still_well_formed(stand: Stand) -> None:
    """What was changed parses: only its hash gives it away."""
    name = dg13.parse(_file(stand.card("changed-name"), FileId.DG13))[2]
    assert name != stand.card("changed-name").holder
    assert len(dg2.parse(_file(stand.card("changed-photo"), FileId.DG2))) == 1


def test_roster_of_the_cell(stand: Stand) -> None:
    """Sixteen people, one of them probationary and without a card, two numbers never shared."""
    roster = stand.cast.roster
    assert len(roster.people) == 16
    assert re.fullmatch(r"99\.\d{3}\.\d{3}\.\d{3}\.\d{3}", roster.code)
    (probationary,) = (p for p in roster.people if p.category is Category.PROBATIONARY)
    assert (probationary.number, probationary.can) == (None, None)
    assert all(re.fullmatch(r"099\d{9}", p.personal_number or "") for p in roster.people)
    assert all(p.number is None or re.fullmatch(r"99\d{7}", p.number) for p in roster.people)
    assert Roster.from_bytes(roster.to_bytes()) == roster


def test_keypad_is_needed_where_it_is_used(stand: Stand) -> None:
    """The member whose CAN is typed is one whose CAN the roster lacks."""
    for card in stand.cast.cards:
        if card.password is PasswordSource.KEYPAD:
            person = stand.cast.roster.by_id(card.roster_person_id or "")
            assert person is not None
            assert person.can is None


def test_a_later_cast_has_newer_lists(tmp_path: Path) -> None:
    """Made again a minute later, every list replaces the one before."""
    pilot = PilotPki.create(AT)
    authority = TrustAuthority(pilot_trust_list(pilot, number=1, issued=AT))
    store = ListStore(tmp_path)
    numbers = []
    for at in (AT, AT + timedelta(minutes=1)):
        taken = [
            store.import_list(one.data, one.purpose, authority, at, one.scope)
            for one in make_cast(pilot, at).lists
        ]
        numbers.append([header.number for header in taken])
    first, second = numbers
    assert all(new > old for old, new in zip(first, second, strict=True))


def test_no_person_in_a_representation(stand: Stand) -> None:
    """Cards and roster lines show neither name, nor number, nor CAN."""
    for person in stand.cast.roster.people:
        for shown in (repr(stand.cast), repr(person)):
            assert person.name not in shown
            assert (person.personal_number or "?") not in shown
    for card in stand.cast.cards:
        zone = dg1.parse(_file(card, FileId.DG1))
        assert card.holder not in repr(card)
        assert zone.document_number not in repr(card)
        assert (card.image.can or "?") not in repr(card)
