"""What is signed cannot change by one bit: it is malformed then, or its signature does not hold.

A bit anywhere in the object is tried, not in the signed part alone. Where the object still
verifies, the bit stood outside of what is signed, and exactly the same was signed by the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import pytest

from crl import parse as crl_parse
from crl.errors import CrlError
from reader import tlv
from reader.lds.files import FileId
from tests.fuzz import feed_cards, seeds, seeds_lists, seeds_signed
from tests.fuzz.test_every_byte import needs_vectors
from tests.fuzz.tree import flips
from verify import algorithms, certificate, cms, keys, masterlist, signatures
from verify.certificate import Certificate
from verify.errors import MasterListRefused, TrustListRefused, VerifyError
from verify.names import name_key
from verify.trust import TrustList
from verify.verdict import Outcome

CERTIFICATE, LIST, OBJECT, CARD = 7, 2, 2, 1  # bytes between the bits that are turned over
MASTER_LIST, MASTER_LIST_TAIL = 1999, 13  # likewise; the tail is walked closely
UNSIGNED = (FileId.SOD, FileId.CARD_SECURITY, FileId.CARD_ACCESS)  # some of it is
TAIL = 6000  # bytes at a master list's end: the signer's certificates and what it signed


@cache
def authorities() -> Mapping[bytes, list[Certificate]]:
    """Return the certificates of the suites by their subject."""
    found: dict[bytes, list[Certificate]] = {}
    for data in seeds.certificates().values():
        try:
            read = certificate.parse(data)
        except VerifyError:
            continue
        found.setdefault(read.subject, []).append(read)
    return found


def certificate_holds(read: Certificate, issuer: Certificate) -> bool:
    """Tell whether `issuer` signed the certificate."""
    try:
        key = keys.load_spki(issuer.spki)
        signatures.verify(key, read.signature_algorithm, read.signature, read.tbs)
    except VerifyError:
        return False
    return True


def list_holds(data: bytes, issuer: Certificate) -> bool:
    """Tell whether `issuer` signed the list, by the digest taken while its entries are read."""
    try:
        parsed = crl_parse.parse(data)
        header = parsed.header
        running = hashlib.new(algorithms.scheme(header.signature_algorithm).hash)
        for _ in parsed.entries(running):
            pass
        signatures.verify_prehashed(
            keys.load_spki(issuer.spki),
            header.signature_algorithm,
            header.signature,
            running.digest(),
        )
    except (CrlError, VerifyError):
        return False
    return True


def real(found: Mapping[str, bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Yield index, name and bytes of the vectors."""
    for index, (name, data) in enumerate(found.items()):
        if not name.startswith("made/"):
            yield index, name, data


@needs_vectors
def test_certificate_with_a_bit_turned_over() -> None:
    """No certificate of the suites verifies once it says something else."""
    tried = 0
    for index, name, data in real(seeds.certificates()):
        try:
            read = certificate.parse(data)
        except VerifyError:
            continue
        issuers = [
            one for one in authorities().get(read.issuer, []) if certificate_holds(read, one)
        ]
        if not issuers:
            continue  # the suite means this signature to fail, or its key lies elsewhere
        tried += 1
        for changed in flips(data, stride=CERTIFICATE, first=index % CERTIFICATE):
            try:
                bent = certificate.parse(changed)
            except VerifyError:
                continue
            if certificate_holds(bent, issuers[0]):
                assert (bent.tbs, bent.signature) == (read.tbs, read.signature), name
    assert tried >= 400, "the suites hold more certificates than were tried"


@needs_vectors
def test_list_with_a_bit_turned_over() -> None:
    """No list verifies with any of its bits turned over."""
    tried = 0
    for index, name, data in real(seeds_lists.lists()):
        try:
            issuer = name_key(crl_parse.parse_header(data).issuer)
        except (CrlError, VerifyError):
            continue
        issuers = [one for one in authorities().get(issuer, []) if list_holds(data, one)]
        if not issuers:
            continue
        tried += 1
        for changed in flips(data, stride=LIST, first=index % LIST):
            assert not list_holds(changed, issuers[0]), name
    assert tried >= 160, "the suites hold more lists than were tried"


@needs_vectors
@pytest.mark.parametrize("kind", ["EF_SOD", "EF_CardSecurity"])
def test_signed_object_with_a_bit_turned_over(kind: str) -> None:
    """A security object that is still trusted says the same, signed by the same signer."""
    objects = seeds.files(f"sod/*.{kind}.bin")
    assert objects
    for index, (name, data) in enumerate(objects.items()):
        content_info = tlv.unwrap(data, 0x77) if kind == "EF_SOD" else data
        country = name.split("/")[1][:2]
        anchor = certificate.parse(seeds.certificates()[f"sod/{country}.CSCA.cer"])
        genuine = cms.verify_signed_data(content_info)
        for changed in flips(content_info, stride=OBJECT, first=index % OBJECT):
            try:
                bent = cms.verify_signed_data(changed)
            except VerifyError:
                continue
            if certificate_holds(bent.signer, anchor):
                assert bent.signer.tbs == genuine.signer.tbs, name
                assert bent.content_type == genuine.content_type, name
                assert bent.econtent == genuine.econtent, name


@needs_vectors
def test_master_list_with_a_bit_turned_over() -> None:
    """A master list that is still taken has the same certificates, by the same signer."""
    (root,) = seeds.files("masterlists/*.cer").values()
    for data in seeds.files("masterlists/*.ml").values():
        genuine = masterlist.verify_master_list(data, root, None)
        for first, stop, stride in (
            (0, 400, 1),
            (400, len(data) - TAIL, MASTER_LIST),
            (len(data) - TAIL, len(data), MASTER_LIST_TAIL),
        ):
            for changed in flips(data[:stop], stride=stride, first=first):
                try:
                    taken = masterlist.verify_master_list(changed + data[stop:], root, None)
                except VerifyError:
                    continue
                assert taken.signer.tbs == genuine.signer.tbs
                assert [one.der for one in taken.certificates] == [
                    one.der for one in genuine.certificates
                ]


@needs_vectors
def test_master_list_cut_short() -> None:
    """Cut anywhere, in steps, a master list is refused."""
    (root,) = seeds.files("masterlists/*.cer").values()
    for data in seeds.files("masterlists/*.ml").values():
        for stop in (*range(0, len(data), MASTER_LIST), *range(len(data) - TAIL, len(data))):
            with pytest.raises(MasterListRefused):
                masterlist.verify_master_list(data[:stop], root, None)


def test_trust_list_with_a_character_changed() -> None:
    """Not one character of a trust list can be another."""
    whole = seeds_signed.compact()["made/trust-list"].decode()
    root = seeds_signed.key().public_key()
    TrustList.from_compact(whole, root)
    for place, character in enumerate(whole):
        other = "A" if character != "A" else "B"
        with pytest.raises(TrustListRefused):
            TrustList.from_compact(whole[:place] + other + whole[place + 1 :], root)


@pytest.mark.parametrize("kind", seeds.cards())
def test_card_with_a_bit_turned_over(kind: str) -> None:
    """No bit of a card's files can change and leave the lamp green, however it proves itself."""
    card = seeds.cards()[kind]
    assert feed_cards.judge(card) is Outcome.ACCEPTED
    for name, data in card.files.items():
        for changed in flips(data, stride=CARD):
            bent = replace(card, files={**card.files, name: changed})
            if feed_cards.judge(bent) is Outcome.ACCEPTED:
                assert name in UNSIGNED, f"{name} is not protected"
                feed_cards.require_genuine(bent)


def test_proof_with_a_bit_turned_over() -> None:
    """No bit of what the chip answered can change and leave the lamp green."""
    signing = seeds.cards()["made/card"]
    proof = signing.active_auth
    assert proof is not None
    for response in flips(proof.response):
        bent = replace(signing, active_auth=replace(proof, response=response))
        assert feed_cards.judge(bent) is Outcome.REJECTED
    agreeing = seeds.cards()["made/chip-authentication"]
    run = agreeing.chip_auth
    assert run is not None
    for public_key in flips(run.public_key):
        bent = replace(agreeing, chip_auth=replace(run, public_key=public_key))
        assert feed_cards.judge(bent) is Outcome.REJECTED
    mapped = seeds.cards()["made/mapping"]
    assert mapped.pace is not None
    assert mapped.pace.mapping is not None
    left = mapped.pace.mapping
    changed = [replace(left, public_key=bent) for bent in flips(left.public_key)]
    changed += [replace(left, data=bent) for bent in flips(left.data)]
    for mapping in changed:
        bent = replace(mapped, pace=replace(mapped.pace, mapping=mapping))
        assert feed_cards.judge(bent) is Outcome.REJECTED
