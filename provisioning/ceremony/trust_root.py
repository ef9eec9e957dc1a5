"""The root of trust: the one key whose public half a terminal is given by hand.

Lives here: making it, and signing the trust list with it. Not here: the list's form, and the rules
by which a terminal takes it (`verify.trust`).
Source: DESIGN section 5.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from provisioning.ceremony.folder import ROLE, Act, AuthorityFolder, Made
from provisioning.ceremony.numbers import NUMBER, next_number, numbers
from provisioning.ceremony.parts import (
    FINGERPRINT,
    Name,
    key_path,
    load_key,
    sha256,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.office.pki import Rng, new_key, public_der
from provisioning.office.trust import sign_trust_list
from verify import certificate
from verify.errors import VerifyError
from verify.extensions import URI, alternative_names
from verify.trust import Anchor, AnchorPurpose, CentreKey, TrustList

TRUST_ROOT = "trust-root"
TRUST_LIST = "trust-list"
PUBLIC = "public/root.pem"


def create(name: Name, rng: Rng = os.urandom) -> Act:
    """Return the act that makes the key in an empty folder. Raises OfficeInputInvalid."""

    def perform(_: str) -> Made:
        key = new_key(rng)
        public = key.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        facts = {FINGERPRINT: sha256(public_der(public))}
        return Made({PUBLIC: pem}, facts, keys={key_path(): key})

    return Act(TRUST_ROOT, {ROLE: TRUST_ROOT, **name.facts()}, perform)


def trust_list(
    folder: AuthorityFolder,
    anchors: Iterable[Anchor],
    centre_keys: Iterable[CentreKey],
    at: datetime,
) -> tuple[Act, TrustList]:
    """Return the act that signs a list of everything that terminals believe, and that list.

    It holds all of it: what is not on the new list is believed no more. It is read as a terminal
    will read it before it is let out. Raises OfficeInputInvalid.
    """
    folder.require_role(TRUST_ROOT)
    number = next_number(folder, at)
    try:
        made = TrustList(
            number=number,
            issued=at.replace(microsecond=0),
            anchors=tuple(anchors),
            centre_keys=tuple(centre_keys),
        )
    except (ValueError, VerifyError) as error:
        raise _refused(str(error)) from error
    shown = {
        NUMBER: f"{number:x}",
        "anchors": str(len(made.anchors)),
        "centre's keys": str(len(made.centre_keys)),
    }

    def perform(passphrase: str) -> Made:
        signed = sign_trust_list(made, load_key(folder, passphrase))
        try:
            TrustList.from_compact(signed, root_key(folder))
        except VerifyError as error:
            raise _refused(error.message) from error
        return Made({list_path(number): signed.encode()})

    return Act(TRUST_LIST, shown, perform), made


def last_list(folder: AuthorityFolder) -> TrustList | None:
    """Return the list that was signed last. Raises OfficeInputInvalid."""
    signed = numbers(folder)
    if not signed:
        return None
    try:
        compact = folder.read(list_path(signed[-1])).decode("ascii", "replace")
        return TrustList.from_compact(compact, root_key(folder))
    except VerifyError as error:
        raise _refused(error.message) from error


def root_key(folder: AuthorityFolder) -> ec.EllipticCurvePublicKey:
    """Return the public key that terminals are given by hand. Raises OfficeInputInvalid."""
    key = load_pem_public_key(folder.read(PUBLIC))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise OfficeInputInvalid(
            f"{folder.path / PUBLIC} holds another kind of key.",
            next_step="Restore the folder from its copy.",
        )
    return key


def status_anchor(data: bytes) -> Anchor:
    """Return the anchor of a status signer (DER), whose scope stands in its alternative name.

    Raises OfficeInputInvalid for a certificate that names none.
    """
    try:
        names = alternative_names(certificate.parse(data)) or ()
    except VerifyError as error:
        raise _refused(error.message) from error
    scopes = [name.value.decode("ascii", "replace") for name in names if name.tag == URI]
    if len(scopes) != 1:
        raise _refused("a card status signer's certificate names one scope")
    return Anchor(AnchorPurpose.CARD_STATUS, data, scope=scopes[0])


def list_path(number: int) -> str:
    """Return where a trust list lies."""
    return f"lists/trust-{number:x}.jws"


def _refused(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The trust list is not signed: {why}.", next_step="Correct what it is made of."
    )
