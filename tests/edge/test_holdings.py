"""What the terminal holds: applied, refused, damaged, sealed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from crl.errors import CrlError, ListRefused
from crl.rules import ListKey
from crl.status import Purpose, ReasonCode, Status, card_entry
from edge.errors import ConfigInvalid, SealBroken
from edge.holdings import Holdings
from edge.layout import StateLayout
from provisioning.demo.prepare import Stage
from provisioning.mint import Mint
from provisioning.office.lists import issue_status_list
from provisioning.office.pilot import PilotPki
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.softcard.image import CardImage
from reader.lds import sod
from reader.lds.files import FileId
from tests.edge.conftest import AT
from verify.errors import TrustListRefused
from verify.trust import AnchorPurpose

SCOPE = "urn:tramthe:card-status:dang-vien"


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """Return a copy of the provisioned terminal's holdings."""
    return Path(shutil.copytree(StateLayout(stage.terminal).holdings, tmp_path / "holdings"))


def entry(image: CardImage) -> int:
    """Return the chip's entry in the status list."""
    return card_entry(sod.parse(image.app_files[FileId.SOD.fid]).signed_content)


def image(stage: Stage, key: str) -> CardImage:
    """Return the image of the cast's card."""
    return next(card.image for card in stage.cast.cards if card.key == key)


def test_a_provisioned_terminal(stage: Stage, folder: Path) -> None:
    """Trust list, four lists and the roster are there after a restart."""
    held = Holdings(folder)
    assert held.require_trust().number == 1
    assert sorted(key.purpose for key in held.lists()) == sorted(
        [Purpose.CARD_STATUS, *[Purpose.CERTIFICATE] * 3]
    )
    assert held.roster() == stage.cast.roster.to_bytes()
    assert {profile.name for profile in held.profiles} == {"dang-vien", "cccd", "icao"}


def test_answers_about_chips(stage: Stage, folder: Path) -> None:
    """Named: revoked; not named: good; of a scope that no anchor has: not covered."""
    held = Holdings(folder)
    lost, member = entry(image(stage, "lost")), entry(image(stage, "member-1"))
    assert held.revocation.card(SCOPE, lost, AT).status is Status.REVOKED
    assert held.revocation.card(SCOPE, member, AT).status is Status.GOOD
    assert held.revocation.card("urn:other", lost, AT).status is Status.NOT_COVERED
    assert held.revocation.certificate(b"nobody", 1, AT).status is Status.NOT_COVERED


def test_a_newer_list(stage: Stage, folder: Path) -> None:
    """Takes over at once, and after a restart."""
    held = Holdings(folder)
    later = Mint(stage.pilot, AT + timedelta(hours=1))
    later.revoke_chip(image(stage, "member-1"), ReasonCode.SUPERSEDED)
    for one in later.lists():
        held.import_list(one.data, AT + timedelta(hours=1), one.purpose)
    member = entry(image(stage, "member-1"))
    for terminal in (held, Holdings(folder)):
        assert (
            terminal.revocation.card(SCOPE, member, AT + timedelta(hours=1)).status
            is Status.REVOKED
        )


def test_a_delta_from_a_file(stage: Stage, folder: Path, tmp_path: Path) -> None:
    """Lies on the complete list: a lost card was found, another was reissued."""
    held = Holdings(folder)
    key = next(key for key in held.lists() if key.purpose is Purpose.CARD_STATUS)
    base = held.lists()[key].number
    lost, member = entry(image(stage, "lost")), entry(image(stage, "member-1"))
    later = AT + timedelta(hours=1)
    path = tmp_path / "delta.crl"
    path.write_bytes(
        issue_status_list(
            stage.pilot.status_signer,
            scope=SCOPE,
            number=base + 1,
            base_number=base,
            this_update=later,
            next_update=later + timedelta(days=30),
            entries=[
                (lost, ReasonCode.REMOVE_FROM_CRL, later),
                (member, ReasonCode.SUPERSEDED, later),
            ],
        )
    )
    held.import_list(path, later, Purpose.CARD_STATUS)
    for terminal in (held, Holdings(folder)):
        assert terminal.revocation.card(SCOPE, lost, later).status is Status.GOOD
        assert terminal.revocation.card(SCOPE, member, later).reason is ReasonCode.SUPERSEDED
        assert terminal.lists()[key].number == base + 1
        assert [header.number for header in terminal.list_stack(key)] == [base, base + 1]


@pytest.mark.parametrize("what", ["older", "stranger", "wrong purpose", "garbage", "altered"])
def test_a_list_that_is_refused(stage: Stage, folder: Path, what: str) -> None:
    """The old list stays in force."""
    held = Holdings(folder)
    before = held.lists()
    status = next(x for x in stage.cast.lists if x.purpose is Purpose.CARD_STATUS)
    purpose, data = status.purpose, status.data
    match what:
        case "older":
            data = Mint(stage.pilot, AT - timedelta(days=1)).lists()[-1].data
        case "stranger":
            data = Mint(PilotPki.create(AT), AT + timedelta(days=1)).lists()[-1].data
        case "wrong purpose":
            purpose = Purpose.CERTIFICATE
        case "garbage":
            data = b"\x30\x03\x02\x01\x00"
        case _:
            data = Mint(stage.pilot, AT + timedelta(hours=1)).lists()[-1].data
            data = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(CrlError) as refused:
        held.import_list(data, AT + timedelta(days=1), purpose)
    assert refused.value.next_step
    assert held.lists() == before
    if what != "garbage":
        assert isinstance(refused.value, ListRefused)


def test_a_certificate_list_offered_as_a_card_list(stage: Stage, folder: Path) -> None:
    """Neither kind of list stands in for the other."""
    held = Holdings(folder)
    later = Mint(stage.pilot, AT + timedelta(hours=1))
    certificates = later.lists()[0]
    with pytest.raises(ListRefused):
        held.import_list(certificates.data, AT + timedelta(hours=1), Purpose.CARD_STATUS)


def test_a_damaged_list(folder: Path, stage: Stage) -> None:
    """Covers nothing, is left out of what is shown, and the others still answer."""
    held = Holdings(folder)
    key = next(key for key in held.lists() if key.purpose is Purpose.CARD_STATUS)
    for file in (folder / "lists").glob("*.crl"):
        if SCOPE.encode() in file.read_bytes():
            file.write_bytes(file.read_bytes()[:-5])
    again = Holdings(folder)
    lost = entry(image(stage, "lost"))
    assert again.revocation.card(SCOPE, lost, AT).status is Status.NOT_COVERED
    readable = again.revocation.believed(AT)
    assert key not in readable
    assert len(readable) == 3


def test_no_trust_list_yet(folder: Path) -> None:
    """Says so with what to do, and nothing is answered."""
    (folder / "trust-list.jws").unlink()
    held = Holdings(folder)
    assert held.trust is None
    with pytest.raises(ConfigInvalid) as absent:
        held.require_trust()
    assert "trust import" in absent.value.next_step


def test_a_newer_trust_list(stage: Stage, folder: Path) -> None:
    """Takes over; the one before is refused from then on, also after a restart."""
    held = Holdings(folder)
    old = pilot_trust_list(stage.pilot, number=1, issued=AT)
    new = replace(old, number=2)
    held.apply_trust(sign_trust_list(new, stage.pilot.root))
    assert Holdings(folder).require_trust().number == 2
    for terminal in (held, Holdings(folder)):
        with pytest.raises(TrustListRefused):
            terminal.apply_trust(sign_trust_list(old, stage.pilot.root))
    assert held.require_trust().number == 2


def test_a_trust_list_of_another_root(stage: Stage, folder: Path) -> None:
    """Refused; the one in force stays."""
    held = Holdings(folder)
    stranger = PilotPki.create(AT)
    forged = sign_trust_list(pilot_trust_list(stranger, number=9, issued=AT), stranger.root)
    for compact in (forged, "", "a.b.c", forged[:-4] + "AAAA"):
        with pytest.raises(TrustListRefused):
            held.apply_trust(compact)
    assert held.require_trust().number == 1


@pytest.mark.parametrize("kind", ["absent", "garbage", "rsa"])
def test_a_root_key_that_is_none(folder: Path, kind: str) -> None:
    """The terminal says that it needs provisioning."""
    root = folder / "root.pem"
    root.unlink()
    if kind == "garbage":
        root.write_bytes(b"\x00\xff garbage")
    if kind == "rsa":
        key = rsa.generate_private_key(65537, 2048).public_key()
        root.write_bytes(
            key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    with pytest.raises(ConfigInvalid) as refused:
        Holdings(folder)
    assert "Provision" in refused.value.next_step


def test_the_roster_is_sealed(stage: Stage, folder: Path) -> None:
    """No name in its file; without its key, or altered, it does not open."""
    held = Holdings(folder)
    sealed = (folder / "roster.sealed").read_bytes()
    assert all(person.name.encode() not in sealed for person in stage.cast.roster.people)
    (folder / "roster.sealed").write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(SealBroken):
        held.roster()
    (folder / "roster.sealed").write_bytes(sealed)
    next(folder.glob("roster-*.key")).unlink()
    assert held.roster() is None


def test_a_new_roster_has_a_new_key(folder: Path) -> None:
    """What was sealed before does not open with the key of now."""
    held = Holdings(folder)
    before = next(folder.glob("roster-*.key")).read_bytes()
    held.keep_roster(b"{}")
    assert held.roster() == b"{}"
    (key,) = folder.glob("roster-*.key")
    assert key.read_bytes() != before
    assert key.stat().st_mode & 0o777 == 0o600


def test_power_goes_while_a_roster_is_replaced(stage: Stage, folder: Path) -> None:
    """Between the key's file and the roster's, the old roster still opens."""
    held = Holdings(folder)

    (folder / ".roster.sealed.new").mkdir()  # the second file cannot be written
    with pytest.raises(OSError, match="roster"):
        held.keep_roster(b"{}")
    (folder / ".roster.sealed.new").rmdir()
    assert held.roster() == stage.cast.roster.to_bytes()
    assert Holdings(folder).roster() == stage.cast.roster.to_bytes()


def test_a_profile_by_name(folder: Path) -> None:
    """An unknown one is named with those there are."""
    held = Holdings(folder)
    assert held.profile("cccd").name == "cccd"
    with pytest.raises(ConfigInvalid, match="library-card"):
        held.profile("library-card")


def test_keys_of_the_status_list(folder: Path) -> None:
    """The status list is filed under its own signer and scope."""
    held = Holdings(folder)
    (anchor,) = held.require_trust().anchors_for(AnchorPurpose.CARD_STATUS)
    assert anchor.scope == SCOPE
    assert [key.scope for key in held.lists() if key.purpose is Purpose.CARD_STATUS] == [SCOPE]
    assert all(isinstance(key, ListKey) for key in held.lists())
