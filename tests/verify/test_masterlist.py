"""Master lists: two real ones, and every way in which one is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from cryptography import x509

from reader import tlv
from tests.verify.made import (
    AT,
    CA_EXTENSIONS,
    DAY,
    NOW,
    SCOPE,
    SIGNER_EXTENSIONS,
    YEAR,
    Party,
    csca,
    issue,
    signed_data,
    trust_list,
    usage,
)
from verify import certificate, keys, masterlist, path
from verify.errors import MasterListRefused, VerifyError
from verify.masterlist import (
    CSCA_MASTER_LIST,
    MASTER_LIST_SIGNER,
    MAX_AHEAD,
    MAX_CERTIFICATES,
    MAX_MASTER_LIST,
    MasterList,
    endorse,
    lineage,
    verify_master_list,
)
from verify.moment import Moment, TimeQuality
from verify.policy import Algorithms
from verify.trust import Anchor, AnchorPurpose

THEN = Moment(datetime(2026, 6, 1, tzinfo=UTC), TimeQuality.SYNCHRONISED)
OLDER, NEWER = "DE_ML_2026-04-08-14-24-32.ml", "DE_ML_2026-05-28-08-28-45.ml"
ORPHANS = {
    "d7c8eeac3fef938a": "LV, CSCA Latvia 005 under 004, which is not in the list",
    "02d2b62b1f6acd95": "CY, CSCA-CYPRUS of 2014",
    "ced149361a312f66": "AE, UAE CSCA 01 of 2017",
    "99c4577446808410": "UZ, CSCA-UZBEKISTAN of 2020",
    "0efbf59ff9b02116": "LB, LEBANON CSCA of 2018",
    "1c125bb160231880": "AT, CSCA-AUSTRIA of 2011",
    "2d31ad32659b568c": "HU, ID-CSCA-HUNGARY 02 under 01, which is not in the list",
    "09d0ddcc9cfaecc8": "BG, CSCA of the Ministry of Interior",
    "acd6890aa45e23f6": "TR, CSCA Turkey of 2013",
    "43e503d32377d61a": "MA, CSCA-MAROC of 2021",
    "443c30c779bee159": "PH, CSCA01005 of 2017",
    "d3bd3bcbccab5f75": "MD, ePassport CSCA of 2017",
}
"""The twelve whose issuer's key is not in the list of May 2026, by fingerprint: links from keys
that are long gone, most under the name that their successors have too."""

SIGNER_ONLY: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (usage(digital_signature=True), True),
    (x509.ExtendedKeyUsage([x509.ObjectIdentifier(MASTER_LIST_SIGNER)]), True),
)


@pytest.fixture(scope="session")
def folder(vectors: Path) -> Path:
    """Return the folder of real master lists."""
    return vectors / "masterlists"


@pytest.fixture(scope="session")
def real_root(folder: Path) -> bytes:
    """Return the certificate that signs for the German list's signer."""
    return (folder / "DE_ROOT_CA_CSCA07.cer").read_bytes()


@pytest.fixture(scope="session")
def newer(folder: Path, real_root: bytes) -> MasterList:
    """Return the list of May 2026."""
    return verify_master_list((folder / NEWER).read_bytes(), real_root, THEN)


def test_the_real_lists_verify_to_their_root(
    folder: Path, real_root: bytes, newer: MasterList
) -> None:
    """Two months, two lists, one root; each says when it was signed."""
    older = verify_master_list((folder / OLDER).read_bytes(), real_root, THEN)
    assert (len(older.certificates), len(newer.certificates)) == (581, 588)
    assert newer.signed_at == datetime(2026, 5, 28, 6, 28, 45, tzinfo=UTC)
    assert older.signed_at == datetime(2026, 4, 8, 12, 24, 32, tzinfo=UTC)
    held = {one.fingerprint for one in older.certificates}
    offered = {one.fingerprint for one in newer.certificates}
    assert (len(offered - held), len(held - offered)) == (12, 5)


def test_every_key_of_the_real_list_loads(newer: MasterList) -> None:
    """588 of 588, among them 160 that spell their curve's parameters out."""
    loaded = [keys.load_spki(one.spki) for one in newer.certificates]
    explicit = b"\x06\x07\x2a\x86\x48\xce\x3d\x01\x01"  # prime-field
    assert len(loaded) == 588
    assert sum(explicit in one.spki for one in newer.certificates) == 160


def test_whose_issuer_is_in_the_real_list(newer: MasterList) -> None:
    """576 verify to an issuer in the list; the other twelve are these."""
    found = lineage(newer.certificates)
    alone = [one for one in found if not one.by_name and not one.by_key]
    assert len(found) - len(alone) == 576
    assert {one.certificate.fingerprint[:16] for one in alone} == set(ORPHANS)


def test_links_whose_name_changed(newer: MasterList) -> None:
    """Fifteen certificates are found as issuers by their key only; two links lead nowhere else."""
    found = lineage(newer.certificates)
    assert len({issuer.fingerprint for one in found for issuer in one.by_key}) == 15
    only = {one.certificate.fingerprint[:16] for one in found if one.by_key and not one.by_name}
    assert only == {"9b2cb7e5011f0339", "43bd93b894a9c33b"}  # OIFCA-HUNGARY 1, CSCA SPAIN 3


def test_a_link_found_by_its_key_is_a_chain(newer: MasterList) -> None:
    """What the list shows, path building climbs: Spain's third key is vouched for by its second."""
    by_start = {one.fingerprint[:16]: one for one in newer.certificates}
    third = by_start["43bd93b894a9c33b"]
    above = [one for one in newer.certificates if one != third]
    assert path.find(third, [], above).chains


def test_sha1_hangs_together_but_signs_nothing(newer: MasterList) -> None:
    """The lineage counts SHA-1; a chain does not: the list's own signature vouches for those."""
    by_policy = sum(
        bool(path.find(one, [], newer.certificates).chains) for one in newer.certificates
    )
    assert by_policy == 543


def test_anchors_for_passports_only(newer: MasterList) -> None:
    """Every certificate becomes a document anchor of `icao`, beside what the root named."""
    party = csca("CSCA the dang vien")
    trust = trust_list(document(party, "dang-vien"))
    joined = endorse(trust, newer)
    added = joined.anchors.anchors[1:]
    assert len(added) == 588
    assert {(one.purpose, one.profiles) for one in added} == {
        (AnchorPurpose.DOCUMENT, frozenset({"icao"}))
    }
    assert joined.set_aside == ()


def test_what_the_real_signature_covers(folder: Path, real_root: bytes) -> None:
    """Content, attributes, signature, signer's certificate: a changed byte is refused."""
    data = (folder / OLDER).read_bytes()
    outer = asn1_cms.ContentInfo.load(data)["content"]
    signed = outer["signer_infos"][0]
    parts = (
        (bytes(outer["encap_content_info"]["content"]), 60_013),
        (signed["signed_attrs"].contents, 5),
        (signed["signature"].contents, 7),
        (outer["certificates"][0].chosen["tbs_certificate"].contents, 37),
    )
    for part, stride in parts:
        start = data.index(part)
        for place in range(start, start + len(part), stride):
            changed = bytearray(data)
            changed[place] ^= 0x01
            with pytest.raises(MasterListRefused):
                verify_master_list(bytes(changed), real_root, THEN)


def test_cut_short(folder: Path, real_root: bytes) -> None:
    """Truncated anywhere, only our error comes out."""
    data = (folder / OLDER).read_bytes()
    for size in (0, 1, 2, 5, 20, 50, 60, 1000, 400_000, len(data) - 300, len(data) - 1):
        with pytest.raises(MasterListRefused):
            verify_master_list(data[:size], real_root, THEN)


def document(party: Party, *profiles: str) -> Anchor:
    """Return an authority as a document anchor."""
    return Anchor(AnchorPurpose.DOCUMENT, party.certificate, frozenset(profiles))


def content(certificates: Sequence[bytes], version: bytes = b"\x00") -> bytes:
    """Return a CscaMasterList."""
    members = tlv.encode(0x02, version) + tlv.encode(0x31, b"".join(sorted(certificates)))
    return tlv.encode(0x30, members)


ROOT = csca("CSCA that lists")
SIGNER = issue("Master list signer", ROOT, extensions=SIGNER_ONLY)
LISTED = [csca(f"CSCA {number}").certificate for number in range(3)]


def made(
    signed: bytes | None = None, signer: Party = SIGNER, at: datetime | None = AT, **changes: Any
) -> bytes:
    """Return a list of three authorities, with one part wrong where asked."""
    changes = {"content_type": CSCA_MASTER_LIST, "signing_time": at, **changes}
    return signed_data(content(LISTED) if signed is None else signed, signer, **changes)


def take(data: bytes, root: Party = ROOT, at: Moment | None = NOW, **more: Any) -> MasterList:
    """Take a list over."""
    return verify_master_list(data, root.certificate, at, **more)


def test_a_list_of_our_own_making() -> None:
    """A small one is taken like the real ones."""
    found = take(made())
    assert sorted(one.der for one in found.certificates) == sorted(LISTED)
    assert (found.signed_at, found.signer.der) == (AT, SIGNER.certificate)


def test_an_older_list() -> None:
    """Only a newer one takes the place of what is held; the same octets change nothing."""
    held = take(made())
    assert take(made(at=AT + DAY), previous=held, at=replace(NOW, at=AT + DAY))
    for at in (AT - DAY, AT):
        with pytest.raises(MasterListRefused, match="newer"):
            take(made(at=at), previous=held)
    data = made()
    assert take(data, previous=take(data)) == take(data)


def test_a_list_from_far_ahead() -> None:
    """It would keep out every honest one that follows."""
    assert take(made(at=AT + MAX_AHEAD))
    with pytest.raises(MasterListRefused, match="ahead"):
        take(made(at=AT + MAX_AHEAD + DAY))


STRANGER = csca("CSCA that lists")
BAD_SIGNERS = {
    "a document signer": issue("DS", ROOT, extensions=SIGNER_EXTENSIONS),
    "the root itself": ROOT,
    "an authority under the root": issue("Sub", ROOT, extensions=CA_EXTENSIONS),
    "another use beside": issue(
        "Signer",
        ROOT,
        extensions=[
            SIGNER_ONLY[0],
            (
                x509.ExtendedKeyUsage(
                    [x509.ObjectIdentifier(MASTER_LIST_SIGNER), x509.ObjectIdentifier("2.25.7")]
                ),
                True,
            ),
        ],
    ),
    "no signatures": issue(
        "Signer", ROOT, extensions=[(usage(key_agreement=True), True), SIGNER_ONLY[1]]
    ),
    "no key usage": issue("Signer", ROOT, extensions=[SIGNER_ONLY[1]]),
    "under another root": issue("Signer", STRANGER, extensions=SIGNER_ONLY),
    "ended": issue("Signer", ROOT, extensions=SIGNER_ONLY, ends=AT - DAY),
    "not begun": issue("Signer", ROOT, extensions=SIGNER_ONLY, begins=AT + DAY),
}


@pytest.mark.parametrize("signer", BAD_SIGNERS.values(), ids=BAD_SIGNERS)
def test_a_signer_that_signs_no_master_lists(signer: Party) -> None:
    """The signer is one of master lists, under this root, today."""
    with pytest.raises(MasterListRefused) as refused:
        take(made(signer=signer))
    assert refused.value.next_step


def test_a_signer_that_ended_since() -> None:
    """A list that was taken over stays when it is read again after its signer's end."""
    signer = issue("Signer", ROOT, extensions=SIGNER_ONLY, ends=AT + DAY)
    assert take(made(signer=signer))
    with pytest.raises(MasterListRefused, match="chain"):
        take(made(signer=signer), at=replace(NOW, at=AT + YEAR))
    assert take(made(signer=signer), at=None)


BAD_LISTS = {
    "another content type": made(content_type="2.23.136.1.1.1"),
    "no signing time": made(at=None),
    "another version": made(content(LISTED, b"\x01")),
    "a version of two bytes": made(content(LISTED, b"\x00\x00")),
    "empty": made(content([])),
    "no sequence": made(b"\x31\x00"),
    "no set": made(tlv.encode(0x30, b"\x02\x01\x00" + tlv.encode(0x30, LISTED[0]))),
    "something behind": made(tlv.encode(0x30, b"\x02\x01\x00" + tlv.encode(0x31, LISTED[0]) * 2)),
    "no certificate": made(content([b"\x30\x00"])),
    "half a certificate": made(content([LISTED[0][:-10]])),
    "no content": made(b""),
    "nothing": b"",
    "no CMS": b"\x30\x00",
    "a certificate": LISTED[0],
    "too many": made(content([b"\x30\x00"] * (MAX_CERTIFICATES + 1))),
    "too large": b"\x30" * (MAX_MASTER_LIST + 1),
    "two signers": made(signers=2),
}


@pytest.mark.parametrize("data", BAD_LISTS.values(), ids=BAD_LISTS)
def test_what_is_no_master_list(data: bytes) -> None:
    """Refused, with our error alone."""
    with pytest.raises(MasterListRefused):
        take(data)


def test_the_count_is_capped_before_certificates_are_read() -> None:
    """Octets that are no certificate at all are not looked at beyond the cap."""
    with pytest.raises(MasterListRefused, match=f"{MAX_CERTIFICATES}"):
        take(made(content([LISTED[0]] * (MAX_CERTIFICATES + 1))))


def test_a_root_that_is_none() -> None:
    """A root in no certificate's form is refused like a wrong one."""
    for root in (b"", b"\x30\x00", b"-----BEGIN CERTIFICATE-----"):
        with pytest.raises(MasterListRefused):
            verify_master_list(made(), root, NOW)


def test_too_weak_for_the_policy() -> None:
    """The policy's algorithms count for master lists too."""
    strict = Algorithms(frozenset({"sha512"}), 3072, 384)
    with pytest.raises(MasterListRefused, match="weak"):
        take(made(), allowed=strict)


def test_what_the_root_said_of_a_name_or_key_stands() -> None:
    """A foreign authority with the party's name or key is set aside, whatever its list says."""
    party = csca("CSCA the dang vien")
    twin = csca("CSCA the dang vien")
    renamed = csca("Another name", key=party.key)
    passport = csca("CSCA of passports")
    honest = csca("CSCA of somewhere")
    trust = trust_list(
        document(party, "dang-vien"),
        document(passport, "icao"),
        Anchor(AnchorPurpose.TERMINAL, csca("Terminals").certificate),
        Anchor(AnchorPurpose.CARD_STATUS, issue("Card status").certificate, scope=SCOPE),
    )
    taken_names = [csca("Terminals"), csca("Card status")]
    everybody = [twin, renamed, honest, passport, *taken_names]
    held = take(made(content([one.certificate for one in everybody])))
    joined = endorse(trust, held)
    aside = {one.der for one in joined.set_aside}
    assert aside == {one.certificate for one in (twin, renamed, *taken_names)}
    added = {one.certificate for one in joined.anchors.anchors[len(trust.anchors) :]}
    assert added == {honest.certificate, passport.certificate}


def test_more_anchors_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap of the trust list holds for both together."""
    monkeypatch.setattr("verify.trust.MAX_ANCHORS", 3)
    with pytest.raises(MasterListRefused, match="too much"):
        endorse(trust_list(document(csca(), "icao")), take(made()))


def test_lineage_of_keys_that_nobody_can_use() -> None:
    """A certificate whose key does not load has no issuer; nothing else comes out."""
    parsed = certificate.parse(LISTED[0])
    odd = parsed._replace(spki=b"\x30\x00")
    with pytest.raises(VerifyError):
        keys.load_spki(odd.spki)
    (found,) = lineage([odd])
    assert found.by_name == found.by_key == ()
    assert isinstance(found, masterlist.Issued)
