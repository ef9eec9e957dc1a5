"""Who may sign what: every key of the field used for everything that is another key's.

One cast, and tables: who signs a card, a revocation list, a master list, what the root signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from crl.errors import ListRefused
from crl.rules import ListKey, RefusalReason
from crl.status import Purpose, Status
from crl.store import ListStore
from reader import tlv
from reader.lds.files import FileId
from tests.verify.made import (
    AT,
    CA_EXTENSIONS,
    DAY,
    NOW,
    PROFILE,
    SCOPE,
    SIGNER_EXTENSIONS,
    Lists,
    Party,
    World,
    csca,
    hash_list,
    issue,
    name,
    security_object,
    signed_data,
    spki,
    usage,
    with_files,
)
from verify import allowlist, correction, jws, names, pipeline, trust
from verify.allowlist import AllowList
from verify.correction import TimeCorrection
from verify.errors import MasterListRefused, TrustListRefused, VerifyError
from verify.lists import TrustAuthority
from verify.masterlist import CSCA_MASTER_LIST, MASTER_LIST_SIGNER, verify_master_list
from verify.policy import DEFAULT, MINIMUM
from verify.reasons import Reason
from verify.trust import (
    SIGN_ALGORITHM,
    STATUS_SIGNER_EKU,
    Anchor,
    AnchorPurpose,
    CentreKey,
    KeyUse,
    Reset,
    TrustList,
)
from verify.verdict import Outcome

OTHER_SCOPE = "urn:tramthe:card-status:other"
PARTY, PASSPORTS = PROFILE.name, "icao"

Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def uses(*oids: str | x509.ObjectIdentifier) -> tuple[x509.ExtensionType, bool]:
    """Return a critical extended key usage."""
    named = [x509.ObjectIdentifier(oid) if isinstance(oid, str) else oid for oid in oids]
    return x509.ExtendedKeyUsage(named), True


STATUS: Extensions = ((usage(crl_sign=True), True), uses(STATUS_SIGNER_EKU))
TERMINAL: Extensions = (*SIGNER_EXTENSIONS, uses(ExtendedKeyUsageOID.CLIENT_AUTH))
LISTER: Extensions = (*SIGNER_EXTENSIONS, uses(MASTER_LIST_SIGNER))

PARTY_CSCA = csca("CSCA of party cards")
PARTY_DS = issue("DS of party cards", PARTY_CSCA)
PASSPORT_CSCA = csca("CSCA of passports")
PASSPORT_DS = issue("DS of passports", PASSPORT_CSCA)
STATUS_SIGNER = issue("Card status", extensions=STATUS)
OTHER_STATUS = issue("Other card status", extensions=STATUS)
TERMINAL_CA = csca("Terminals")
A_TERMINAL = issue("Terminal 1", TERMINAL_CA, extensions=TERMINAL)
CENTRE = csca("Centre")
CENTRE_KEY = ec.generate_private_key(ec.SECP256R1())
MASTER_LISTER = issue("Master list signer", PASSPORT_CSCA, extensions=LISTER)
ROOT = ec.generate_private_key(ec.SECP256R1())


def document(party: Party, *profiles: str) -> Anchor:
    """Return an authority as a document anchor."""
    return Anchor(AnchorPurpose.DOCUMENT, party.certificate, frozenset(profiles))


def status(party: Party, scope: str) -> Anchor:
    """Return a signer of card lists as an anchor."""
    return Anchor(AnchorPurpose.CARD_STATUS, party.certificate, scope=scope)


FIELD = TrustList(
    number=1,
    issued=AT - DAY,
    anchors=(
        document(PARTY_CSCA, PARTY),
        document(PASSPORT_CSCA, PASSPORTS),
        status(STATUS_SIGNER, SCOPE),
        status(OTHER_STATUS, OTHER_SCOPE),
        Anchor(AnchorPurpose.TERMINAL, TERMINAL_CA.certificate),
        Anchor(AnchorPurpose.CENTRE, CENTRE.certificate),
    ),
    centre_keys=(CentreKey("sign-1", KeyUse.SIGN, SIGN_ALGORITHM, spki(CENTRE_KEY)),),
)


# -- who signs a party card

SUB_DS = issue("DS under a DS", PARTY_DS)
CARD_SIGNERS: dict[str, tuple[Party, Reason | None]] = {
    "the party's signer": (PARTY_DS, None),
    "a passport's signer": (PASSPORT_DS, Reason.ANCHOR_NOT_FOR_PROFILE),
    "the party's authority itself": (PARTY_CSCA, Reason.SIGNER_NOT_FOR_DOCUMENTS),
    "a signer under the party's signer": (SUB_DS, Reason.CHAIN_INVALID),
    "the status signer": (STATUS_SIGNER, Reason.SIGNER_NOT_TRUSTED),
    "a signer under the status signer": (
        issue("DS", STATUS_SIGNER),
        Reason.SIGNER_NOT_TRUSTED,
    ),
    "the terminals' authority": (TERMINAL_CA, Reason.SIGNER_NOT_TRUSTED),
    "a terminal": (A_TERMINAL, Reason.SIGNER_NOT_TRUSTED),
    "a signer under the terminals' authority": (
        issue("DS", TERMINAL_CA),
        Reason.SIGNER_NOT_TRUSTED,
    ),
    "the centre": (CENTRE, Reason.SIGNER_NOT_TRUSTED),
    "a signer under the centre": (issue("DS", CENTRE), Reason.SIGNER_NOT_TRUSTED),
    "a stranger": (issue("DS", csca("CSCA of party cards")), Reason.SIGNER_NOT_TRUSTED),
    "a master list's signer of the party's authority": (
        issue("Lists", PARTY_CSCA, extensions=LISTER),
        Reason.SIGNER_NOT_FOR_DOCUMENTS,
    ),
    "a status signer under the party's authority": (
        issue("Status", PARTY_CSCA, extensions=[*SIGNER_EXTENSIONS, uses(STATUS_SIGNER_EKU)]),
        Reason.SIGNER_NOT_FOR_DOCUMENTS,
    ),
    "a terminal under the party's authority": (
        issue("Terminal", PARTY_CSCA, extensions=TERMINAL),
        Reason.SIGNER_NOT_FOR_DOCUMENTS,
    ),
    "a signer of lists only": (
        issue("Lists", PARTY_CSCA, extensions=[(usage(crl_sign=True), True)]),
        Reason.SIGNER_NOT_FOR_DOCUMENTS,
    ),
}


@pytest.mark.parametrize(("signer", "reason"), CARD_SIGNERS.values(), ids=CARD_SIGNERS)
def test_who_signs_a_card(signer: Party, reason: Reason | None, world: World, lists: Lists) -> None:
    """Only a document signer under the card family's own authority."""
    enclosed = [signer.certificate, PARTY_DS.certificate]
    content = signed_data(hash_list(world.groups()), signer, certificates=enclosed)
    card = with_files(world.card(), **{FileId.SOD.value: security_object(content)})
    verdict = pipeline.verify(card, PROFILE, FIELD, lists, DEFAULT, NOW)
    assert verdict.reason is reason
    assert verdict.outcome is (Outcome.ACCEPTED if reason is None else Outcome.REJECTED)
    assert (verdict.holder is None) is (reason is not None)


def test_a_status_signer_named_as_document_anchor(world: World, lists: Lists) -> None:
    """Even the root's slip does not make a signer of card lists an authority of cards."""
    both: Extensions = (*CA_EXTENSIONS, uses(STATUS_SIGNER_EKU))
    signer = issue("Card status", extensions=both)
    slip = replace(FIELD, anchors=(document(signer, PARTY),))
    card = world.card(signer=issue("DS", signer))
    verdict = pipeline.verify(card, PROFILE, slip, lists, DEFAULT, NOW)
    assert verdict.reason is Reason.SIGNER_NOT_TRUSTED


# -- who signs a revocation list


@dataclass(frozen=True)
class Offered:
    """A list: who signs it, in whose name, for which scope it says, critical or not."""

    signer: Party
    issuer: Party
    scope: str | None = None
    number: int = 5
    critical: bool = True

    def der(self) -> bytes:
        """Return it, made by another library."""
        subject = x509.load_der_x509_certificate(self.issuer.certificate).subject
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=subject, last_update=AT - DAY, next_update=AT + DAY
        ).add_extension(x509.CRLNumber(self.number), critical=False)
        if self.scope is not None:
            point = x509.IssuingDistributionPoint(
                full_name=[x509.UniformResourceIdentifier(self.scope)],
                relative_name=None,
                only_contains_user_certs=False,
                only_contains_ca_certs=False,
                only_some_reasons=None,
                indirect_crl=False,
                only_contains_attribute_certs=False,
            )
            builder = builder.add_extension(point, critical=self.critical)
        made = builder.sign(self.signer.key, hashes.SHA256())
        return made.public_bytes(Encoding.DER)


def own(party: Party, scope: str | None = None) -> Offered:
    """Return a list that somebody signs in their own name."""
    return Offered(party, party, scope)


CERTIFICATES, CARDS = (Purpose.CERTIFICATE, None), (Purpose.CARD_STATUS, SCOPE)
Place = tuple[Purpose, str | None]

TAKEN: dict[str, tuple[Offered, Place]] = {
    "the party authority's list of certificates": (own(PARTY_CSCA), CERTIFICATES),
    "the passport authority's": (own(PASSPORT_CSCA), CERTIFICATES),
    "the status signer's list of cards": (own(STATUS_SIGNER, SCOPE), CARDS),
    "the other scope's": (own(OTHER_STATUS, OTHER_SCOPE), (Purpose.CARD_STATUS, OTHER_SCOPE)),
}
R = RefusalReason
MIXED_UP: dict[str, tuple[Offered, Place, RefusalReason]] = {
    "certificates' list as card list": (own(PARTY_CSCA), CARDS, R.SCOPE_DIFFERS),
    "authority signs a card list": (own(PARTY_CSCA, SCOPE), CARDS, R.WRONG_SIGNER),
    "card list as certificates' list": (own(STATUS_SIGNER, SCOPE), CERTIFICATES, R.SCOPE_DIFFERS),
    "status signer signs a certificates' list": (own(STATUS_SIGNER), CERTIFICATES, R.WRONG_SIGNER),
    "status signer without scope": (own(STATUS_SIGNER), CARDS, R.SCOPE_DIFFERS),
    "status signer of another scope": (own(OTHER_STATUS, SCOPE), CARDS, R.WRONG_SIGNER),
    "status signer signs another scope": (
        own(STATUS_SIGNER, OTHER_SCOPE),
        (Purpose.CARD_STATUS, OTHER_SCOPE),
        R.WRONG_SIGNER,
    ),
    "another scope's list for this one": (
        own(OTHER_STATUS, OTHER_SCOPE),
        CARDS,
        R.SCOPE_DIFFERS,
    ),
    "document signer in its own name": (own(PARTY_DS), CERTIFICATES, R.ISSUER_UNKNOWN),
    "document signer in its authority's name": (
        Offered(PARTY_DS, PARTY_CSCA),
        CERTIFICATES,
        R.SIGNATURE_INVALID,
    ),
    "passport authority in the party's name": (
        Offered(PASSPORT_CSCA, PARTY_CSCA),
        CERTIFICATES,
        R.SIGNATURE_INVALID,
    ),
    "authority in the status signer's name": (
        Offered(PARTY_CSCA, STATUS_SIGNER, SCOPE),
        CARDS,
        R.SIGNATURE_INVALID,
    ),
    "terminals' authority, certificates": (own(TERMINAL_CA), CERTIFICATES, R.WRONG_SIGNER),
    "terminals' authority, cards": (own(TERMINAL_CA, SCOPE), CARDS, R.WRONG_SIGNER),
    "a terminal": (own(A_TERMINAL, SCOPE), CARDS, R.ISSUER_UNKNOWN),
    "the centre, certificates": (own(CENTRE), CERTIFICATES, R.WRONG_SIGNER),
    "the centre, cards": (own(CENTRE, SCOPE), CARDS, R.WRONG_SIGNER),
    "master list signer": (own(MASTER_LISTER), CERTIFICATES, R.ISSUER_UNKNOWN),
}


def take(store: ListStore, listed: TrustList, offered: Offered, place: Place) -> None:
    """Import a list."""
    purpose, scope = place
    store.import_list(offered.der(), purpose, TrustAuthority(listed), AT, scope)


@pytest.mark.parametrize(("offered", "place"), TAKEN.values(), ids=TAKEN)
def test_who_signs_a_list(tmp_path: Path, offered: Offered, place: Place) -> None:
    """Each its own, for its own scope."""
    store = ListStore(tmp_path)
    take(store, FIELD, offered, place)
    assert len(store.keys()) == 1


@pytest.mark.parametrize(("offered", "place", "reason"), MIXED_UP.values(), ids=MIXED_UP)
def test_who_signs_no_such_list(
    tmp_path: Path, offered: Offered, place: Place, reason: RefusalReason
) -> None:
    """Nobody signs another's list, and none is filed where it does not belong."""
    store = ListStore(tmp_path)
    with pytest.raises(ListRefused) as refused:
        take(store, FIELD, offered, place)
    assert refused.value.reason == reason
    assert store.keys() == ()


def test_a_foreign_authority_of_the_partys_name() -> None:
    """It signs for passports; under the party authority's name no trust list takes it.

    Whoever shares the name must be trusted for the same families, since lists go by name.
    """
    twin = csca("CSCA of party cards")
    with pytest.raises(ValueError, match="one name"):
        replace(FIELD, anchors=(*FIELD.anchors, document(twin, PASSPORTS)))


def test_one_signer_two_scopes(tmp_path: Path) -> None:
    """Numbers are remembered per purpose, issuer and scope: one does not hold up the other."""
    listed = replace(FIELD, anchors=(*FIELD.anchors, status(STATUS_SIGNER, OTHER_SCOPE)))
    store = ListStore(tmp_path)
    take(store, listed, replace(own(STATUS_SIGNER, SCOPE), number=9), CARDS)
    other = (Purpose.CARD_STATUS, OTHER_SCOPE)
    take(store, listed, replace(own(STATUS_SIGNER, OTHER_SCOPE), number=2), other)
    with pytest.raises(ListRefused) as refused:
        take(store, listed, replace(own(STATUS_SIGNER, SCOPE), number=8), CARDS)
    assert refused.value.reason == RefusalReason.NOT_NEWER
    issuer = names.name_key(name("Card status").public_bytes())
    found = store.lookup(ListKey(*_key(OTHER_SCOPE, issuer)), 1, AT, 10 * DAY)
    assert (found.status, found.number) == (Status.GOOD, 2)


def _key(scope: str, issuer: bytes) -> tuple[Purpose, bytes, str]:
    return Purpose.CARD_STATUS, issuer, scope


def test_a_number_that_the_root_resets(tmp_path: Path) -> None:
    """The list in force stays, a lower number is taken next, and the slip never again."""
    store = ListStore(tmp_path)
    slip = replace(own(STATUS_SIGNER, SCOPE), number=1 << 150)
    good = replace(slip, number=6)
    take(store, FIELD, slip, CARDS)
    with pytest.raises(ListRefused) as refused:
        take(store, FIELD, good, CARDS)
    assert refused.value.reason == RefusalReason.NOT_NEWER
    issuer = name("Card status").public_bytes()
    reset = Reset(Purpose.CARD_STATUS, issuer, SCOPE, number=5, withdrawn=1 << 100)
    listed = replace(FIELD, number=2, resets=(reset,))
    key = ListKey(*_key(SCOPE, names.name_key(issuer)))
    store.forget(key, reset.number)
    assert store.lookup(key, 1, AT, 10 * DAY).number == 1 << 150
    with pytest.raises(ListRefused) as refused:
        take(store, listed, replace(slip, number=4), CARDS)
    assert refused.value.reason == RefusalReason.NOT_NEWER
    take(store, listed, good, CARDS)
    assert store.lookup(key, 1, AT, 10 * DAY).number == 6
    for number in (1 << 150, 1 << 100):
        with pytest.raises(ListRefused) as refused:
            take(store, listed, replace(slip, number=number), CARDS)
        assert refused.value.reason == RefusalReason.NUMBER_WITHDRAWN
    take(store, listed, replace(own(OTHER_STATUS, OTHER_SCOPE), number=1 << 150), _other())


def _other() -> Place:
    return Purpose.CARD_STATUS, OTHER_SCOPE


# -- what the root signs

Taker = Callable[[str], object]
SIGNED_BY_ROOT: dict[str, tuple[dict[str, Any], str, Taker]] = {
    "trust list": (
        FIELD.to_payload(),
        trust.TYP,
        lambda text: TrustList.from_compact(text, ROOT.public_key()),
    ),
    "algorithm policy": (
        AllowList(1, "office", AT - DAY, MINIMUM).to_payload(),
        allowlist.TYP,
        lambda text: AllowList.from_compact(text, ROOT.public_key(), DEFAULT),
    ),
    "time correction": (
        TimeCorrection(1, AT).to_payload(),
        correction.TYP,
        lambda text: TimeCorrection.from_compact(text, ROOT.public_key()),
    ),
}
NOT_THE_ROOT: dict[str, Any] = {
    "the status signer": STATUS_SIGNER.key,
    "the party's authority": PARTY_CSCA.key,
    "the party's signer": PARTY_DS.key,
    "the passport authority": PASSPORT_CSCA.key,
    "the terminals' authority": TERMINAL_CA.key,
    "a terminal": A_TERMINAL.key,
    "the centre's authority": CENTRE.key,
    "the centre's key": CENTRE_KEY,
    "a master list's signer": MASTER_LISTER.key,
}


@pytest.mark.parametrize("what", SIGNED_BY_ROOT)
@pytest.mark.parametrize("key", NOT_THE_ROOT.values(), ids=NOT_THE_ROOT)
def test_who_does_not_sign_for_the_root(what: str, key: ec.EllipticCurvePrivateKey) -> None:
    """Trust list, policy and correction come from the root's key alone, whoever is named in it."""
    payload, typ, taker = SIGNED_BY_ROOT[what]
    assert taker(jws.sign(payload, typ=typ, key=ROOT))
    with pytest.raises(VerifyError):
        taker(jws.sign(payload, typ=typ, key=key))


@pytest.mark.parametrize("what", SIGNED_BY_ROOT)
@pytest.mark.parametrize("said", [*SIGNED_BY_ROOT, "acknowledgement"])
def test_one_kind_is_never_another(what: str, said: str) -> None:
    """The root's own signature under another type does not make it so."""
    payload, own_typ, taker = SIGNED_BY_ROOT[what]
    typ = SIGNED_BY_ROOT[said][1] if said in SIGNED_BY_ROOT else "tramthe-ack+jws"
    if typ == own_typ:
        return
    with pytest.raises(VerifyError):
        taker(jws.sign(payload, typ=typ, key=ROOT))


def _anchors(*anchors: Anchor) -> TrustList:
    return replace(FIELD, anchors=(*FIELD.anchors, *anchors))


ROOT_PARTY = csca("Root", key=ROOT)
SLIPS: dict[str, TrustList] = {
    "an authority of cards signs card lists too": _anchors(status(PARTY_CSCA, SCOPE)),
    "a status signer as authority of cards": _anchors(document(STATUS_SIGNER, PARTY)),
    "a new status signer as authority of cards": _anchors(
        document(issue("New", extensions=STATUS), PARTY)
    ),
    "a new status signer for terminals": _anchors(
        Anchor(AnchorPurpose.TERMINAL, issue("New", extensions=STATUS).certificate)
    ),
    "an authority of cards for terminals too": _anchors(
        Anchor(AnchorPurpose.TERMINAL, PARTY_CSCA.certificate)
    ),
    "one key under two names for two purposes": _anchors(
        Anchor(AnchorPurpose.CENTRE, csca("Another", key=PARTY_CSCA.key).certificate)
    ),
    "the centre's key as authority of cards": _anchors(
        document(csca("Centre's", key=CENTRE_KEY), PARTY)
    ),
    "the root as authority of cards": _anchors(document(ROOT_PARTY, PARTY)),
    "the root as key of the centre": replace(
        FIELD, centre_keys=(CentreKey("sign-2", KeyUse.SIGN, SIGN_ALGORITHM, spki(ROOT)),)
    ),
    "a status signer without its use": _anchors(
        status(issue("New", extensions=[(usage(crl_sign=True), True)]), SCOPE)
    ),
    "a status signer with another use beside": _anchors(
        status(
            issue("New", extensions=[STATUS[0], uses(STATUS_SIGNER_EKU, MASTER_LIST_SIGNER)]),
            SCOPE,
        )
    ),
    "a status signer that signs no lists": _anchors(
        status(issue("New", extensions=[*SIGNER_EXTENSIONS, uses(STATUS_SIGNER_EKU)]), SCOPE)
    ),
    "a status signer without key usage": _anchors(
        status(issue("New", extensions=[uses(STATUS_SIGNER_EKU)]), SCOPE)
    ),
}


@pytest.mark.parametrize("listed", SLIPS.values(), ids=SLIPS)
def test_what_no_trust_list_may_say(listed: TrustList) -> None:
    """One key, one purpose; and what a certificate says of its own use fits."""
    with pytest.raises(TrustListRefused, match="malformed"):
        TrustList.from_compact(
            jws.sign(listed.to_payload(), typ=trust.TYP, key=ROOT), ROOT.public_key()
        )


# -- who signs a master list


def master_list(signer: Party) -> bytes:
    """Return a list of one authority."""
    content = b"\x02\x01\x00" + tlv.encode(0x31, csca("Anybody").certificate)
    return signed_data(
        tlv.encode(0x30, content), signer, content_type=CSCA_MASTER_LIST, signing_time=AT
    )


NO_LISTERS = {
    "document signer": PASSPORT_DS,
    "authority": PASSPORT_CSCA,
    "status signer": STATUS_SIGNER,
    "terminal": A_TERMINAL,
    "terminals' authority": TERMINAL_CA,
    "centre": CENTRE,
    "status signer under the authority": issue("Status", PASSPORT_CSCA, extensions=STATUS),
    "terminal under the authority": issue("Terminal", PASSPORT_CSCA, extensions=TERMINAL),
    "master list signer of another authority": issue("Lists", PARTY_CSCA, extensions=LISTER),
}


@pytest.mark.parametrize("signer", NO_LISTERS.values(), ids=NO_LISTERS)
def test_who_signs_no_master_list(signer: Party) -> None:
    """Its own kind of signer, under the root that was given, and nobody else."""
    root = PASSPORT_CSCA.certificate
    assert verify_master_list(master_list(MASTER_LISTER), root, NOW)
    with pytest.raises(MasterListRefused):
        verify_master_list(master_list(signer), root, NOW)


def test_a_card_list_that_any_software_may_misread(tmp_path: Path) -> None:
    """The scope stands in a critical extension, or the list is not taken."""
    offered = replace(own(STATUS_SIGNER, SCOPE), critical=False)
    store = ListStore(tmp_path)
    with pytest.raises(Exception, match="critical"):
        take(store, FIELD, offered, CARDS)
    assert store.keys() == ()
