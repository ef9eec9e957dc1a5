"""What the root signs: the pilot's trust list, an algorithm policy, a correction of time.

Lives here: putting a pilot's certificates on the list and the root's signature under it. Not
here: the forms and the rules by which a terminal takes them (`verify.trust`, `verify.allowlist`,
`verify.correction`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.errors import OfficeInputInvalid
from provisioning.office.personalise import Family
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from verify import jws
from verify.allowlist import TYP as ALGORITHM_POLICY
from verify.allowlist import AllowList
from verify.correction import TYP as CORRECTION
from verify.correction import TimeCorrection
from verify.trust import (
    SEAL_SUITE,
    SIGN_ALGORITHM,
    TYP,
    Anchor,
    AnchorPurpose,
    CentreKey,
    KeyUse,
    TrustList,
)


def pilot_trust_list(
    pilot: PilotPki, *, number: int, issued: datetime, more: Iterable[Anchor] = ()
) -> TrustList:
    """Return the list that names a pilot's anchors and centre keys, and `more` anchors.

    Raises OfficeInputInvalid for a number that a trust list cannot have.
    """
    documents = (
        (pilot.party_csca, Family.PARTY),
        (pilot.citizen_csca, Family.CITIZEN),
        (pilot.passport_csca, Family.PASSPORT),
    )
    centre = pilot.centre
    try:
        return TrustList(
            number=number,
            issued=issued.replace(microsecond=0),
            anchors=(
                *(
                    Anchor(AnchorPurpose.DOCUMENT, csca.certificate, frozenset({family.value}))
                    for csca, family in documents
                ),
                Anchor(
                    AnchorPurpose.CARD_STATUS, pilot.status_signer.certificate, scope=STATUS_SCOPE
                ),
                Anchor(AnchorPurpose.TERMINAL, pilot.terminal_ca.certificate),
                *more,
            ),
            centre_keys=(
                CentreKey(centre.seal_kid, KeyUse.SEAL, SEAL_SUITE, centre.seal_public),
                CentreKey(centre.sign_kid, KeyUse.SIGN, SIGN_ALGORITHM, centre.sign_public),
            ),
        )
    except ValueError as error:
        raise OfficeInputInvalid(
            f"The trust list cannot be issued: {error}.",
            next_step="Give it a number above the last one, and a time in UTC.",
        ) from error


def sign_time_correction(correction: TimeCorrection, root: ec.EllipticCurvePrivateKey) -> str:
    """Return the correction as the compact JWS that terminals take."""
    return jws.sign(correction.to_payload(), typ=CORRECTION, key=root)


def sign_trust_list(trust_list: TrustList, root: ec.EllipticCurvePrivateKey) -> str:
    """Return the list as the compact JWS that terminals import."""
    return jws.sign(trust_list.to_payload(), typ=TYP, key=root)


def sign_policy(allow_list: AllowList, root: ec.EllipticCurvePrivateKey) -> str:
    """Return the algorithm policy as the compact JWS that terminals import."""
    return jws.sign(allow_list.to_payload(), typ=ALGORITHM_POLICY, key=root)
