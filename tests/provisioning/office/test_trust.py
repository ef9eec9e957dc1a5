"""The pilot's trust list, taken as a terminal takes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from provisioning.errors import OfficeInputInvalid
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from verify.errors import TrustListRefused
from verify.trust import AnchorPurpose, KeyUse, TrustList


def test_a_terminal_takes_the_list(pilot: PilotPki, at: datetime) -> None:
    """Signed by the root, the list comes back as it was made."""
    made = pilot_trust_list(pilot, number=1, issued=at)
    taken = TrustList.from_compact(sign_trust_list(made, pilot.root), pilot.root.public_key())
    assert taken == made


def test_each_authority_has_one_purpose(pilot: PilotPki, at: datetime) -> None:
    """Each document authority vouches for its own card family and no other."""
    made = pilot_trust_list(pilot, number=1, issued=at)
    documents = {
        anchor.certificate: anchor.profiles for anchor in made.anchors_for(AnchorPurpose.DOCUMENT)
    }
    assert documents == {
        pilot.party_csca.certificate: {"dang-vien"},
        pilot.citizen_csca.certificate: {"cccd"},
        pilot.passport_csca.certificate: {"icao"},
    }
    (status,) = made.anchors_for(AnchorPurpose.CARD_STATUS)
    assert (status.certificate, status.scope) == (pilot.status_signer.certificate, STATUS_SCOPE)
    (terminals,) = made.anchors_for(AnchorPurpose.TERMINAL)
    assert terminals.certificate == pilot.terminal_ca.certificate


def test_the_centres_keys_stand_on_the_list(pilot: PilotPki, at: datetime) -> None:
    """Both keys are found by their ids, each for its own use only."""
    made = pilot_trust_list(pilot, number=1, issued=at)
    seal = made.centre_key(pilot.centre.seal_kid, KeyUse.SEAL)
    sign = made.centre_key(pilot.centre.sign_kid, KeyUse.SIGN)
    assert seal is not None
    assert seal.public == pilot.centre.seal_public
    assert sign is not None
    assert sign.verification_key == pilot.centre.sign_key.public_key()
    assert made.centre_key(pilot.centre.seal_kid, KeyUse.SIGN) is None


def test_signed_by_somebody_else(pilot: PilotPki, at: datetime) -> None:
    """A list that another key signed is refused."""
    compact = sign_trust_list(pilot_trust_list(pilot, number=1, issued=at), pilot.party_csca.key)
    with pytest.raises(TrustListRefused):
        TrustList.from_compact(compact, pilot.root.public_key())


@pytest.mark.parametrize("number", [0, 1 << 53])
def test_number_that_no_list_has(pilot: PilotPki, at: datetime, number: int) -> None:
    """The office is told at issuing, not the terminal at taking."""
    with pytest.raises(OfficeInputInvalid, match="number"):
        pilot_trust_list(pilot, number=number, issued=at)


def test_time_without_a_zone(pilot: PilotPki, at: datetime) -> None:
    """A list is issued in UTC."""
    with pytest.raises(OfficeInputInvalid, match="UTC"):
        pilot_trust_list(pilot, number=1, issued=at.replace(tzinfo=None) + timedelta(days=1))
