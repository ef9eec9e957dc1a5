"""One key in all its written forms: two purposes never, however it is spelt."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import curves, tlv
from tests.verify.made import AT, Party, csca
from tests.verify.test_keys import explicit
from verify import certificate, jws, masterlist, trust
from verify.errors import TrustListRefused
from verify.identity import identity
from verify.masterlist import MasterList
from verify.trust import Anchor, AnchorPurpose, TrustList

EC = ec.generate_private_key(ec.SECP256R1())
BRAINPOOL = ec.generate_private_key(ec.BrainpoolP384R1())
RSA = rsa.generate_private_key(65537, 2048)
DSA = dsa.generate_private_key(2048)
ROOT = ec.generate_private_key(ec.SECP256R1())

_RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
_RSASSA_PSS = bytes.fromhex("06092a864886f70d01010a")
_EC_KEY = bytes.fromhex("06072a8648ce3d0201")
_DSA = bytes.fromhex("06072a8648ce380401")
_NULL = bytes.fromhex("0500")
_PSS_PARAMETERS = bytes.fromhex("3000")


def written(algorithm: bytes, octets: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo."""
    return tlv.encode(0x30, tlv.encode(0x30, algorithm) + tlv.encode(0x03, b"\x00" + octets))


def public(key: Any) -> bytes:
    """Return the SubjectPublicKeyInfo that the library writes."""
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def parts(info: bytes) -> tuple[bytes, bytes]:
    """Return the contents of the algorithm, and the octets of the key."""
    algorithm, bits = tlv.iterate(tlv.unwrap(info, 0x30))
    return algorithm.value, bits.value[1:]


def point(key: ec.EllipticCurvePrivateKey, form: PublicFormat) -> bytes:
    """Return a point as X9.62 writes it."""
    return key.public_key().public_bytes(Encoding.X962, form)


def hybrid(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a point whole, with y's parity in its first octet."""
    whole = point(key, PublicFormat.UncompressedPoint)
    return bytes([0x06 | whole[-1] & 1]) + whole[1:]


def negative(key: ec.EllipticCurvePrivateKey) -> ec.EllipticCurvePrivateKey:
    """Return the key that has the same x: only its holder can have it too."""
    curve = curves.by_name(key.curve.name)
    assert curve is not None
    secret = curve.n - key.private_numbers().private_value
    return ec.derive_private_key(secret, key.curve)


def ec_forms(key: ec.EllipticCurvePrivateKey) -> list[bytes]:
    """Return a key on a curve in every form."""
    named, spelt = parts(public(key))[0], parts(explicit(key))[0]
    compressed = point(key, PublicFormat.CompressedPoint)
    return [
        public(key),
        explicit(key),
        explicit(key, h=None),
        written(named, compressed),
        written(spelt, compressed),
        written(named, hybrid(key)),
        written(_EC_KEY, compressed),  # its curve left to be inherited
        written(_EC_KEY + _NULL, compressed),
        public(negative(key)),
    ]


def rsa_forms() -> list[bytes]:
    """Return a modulus in every form."""
    numbers = RSA.public_key().public_numbers()
    other = rsa.RSAPublicNumbers(3, numbers.n).public_key()
    return [
        public(RSA),
        written(_RSA_ENCRYPTION, parts(public(RSA))[1]),
        written(_RSASSA_PSS, parts(public(RSA))[1]),
        written(_RSASSA_PSS + _PSS_PARAMETERS, parts(public(RSA))[1]),
        other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ]


def dsa_forms() -> list[bytes]:
    """Return a DSA key with its parameters and without."""
    return [
        public(DSA),
        written(_DSA, parts(public(DSA))[1]),
        written(_DSA + _NULL, parts(public(DSA))[1]),
    ]


FORMS: dict[str, list[bytes]] = {
    "P-256": ec_forms(EC),
    "brainpool": ec_forms(BRAINPOOL),
    "RSA": rsa_forms(),
    "DSA": dsa_forms(),
    "Ed25519": [public(ed25519.Ed25519PrivateKey.generate())],
    "Ed448": [public(ed448.Ed448PrivateKey.generate())],
}


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_of_a_key_is_that_key(kind: str) -> None:
    """And no form of any other key."""
    forms = FORMS[kind]
    assert len(set(forms)) == len(forms)
    assert {identity(form) for form in forms} == {identity(forms[0])}
    others = {identity(form) for other, found in FORMS.items() if other != kind for form in found}
    assert identity(forms[0]) not in others


def test_long_lengths_are_no_other_key() -> None:
    """Real certificates have lengths longer than need be; the numbers inside are the same."""
    body = tlv.unwrap(public(EC), 0x30)
    assert identity(b"\x30\x81" + bytes([len(body)]) + body) == identity(public(EC))


@pytest.mark.parametrize("change", [0, 1, 2, 10, 30, 50, -1])
def test_octets_that_are_no_key_are_themselves(change: int) -> None:
    """Nothing is refused here, and what cannot be read is told apart by its octets."""
    whole = bytearray(public(EC))
    whole[change] ^= 0x40
    for cut in range(len(whole)):
        assert identity(bytes(whole[:cut])) == identity(bytes(whole[:cut]))
        assert identity(bytes(whole[:cut])) != identity(public(EC))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120))
def test_no_error_for_any_octets(data: bytes) -> None:
    """A trust list with a key that nobody can read is judged by the rest of it."""
    assert identity(data) == identity(data)


def with_key(party: Party, key: bytes) -> bytes:
    """Return a party's certificate with its key in another form. Nobody checks its signature."""
    tbs, *behind = tlv.iterate(tlv.unwrap(party.certificate, 0x30))
    fields = list(tlv.iterate(tbs.value))
    place = [field.to_bytes() for field in fields].index(certificate.parse(party.certificate).spki)
    fields[place] = tlv.parse_one(key)[0]
    changed = tlv.encode(0x30, b"".join(field.to_bytes() for field in fields))
    return tlv.encode(0x30, changed + b"".join(item.to_bytes() for item in behind))


def listed(*anchors: Anchor) -> str:
    """Return a signed trust list of these anchors."""
    whole = TrustList(1, AT.replace(microsecond=0), anchors, ())
    return jws.sign(whole.to_payload(), typ=trust.TYP, key=ROOT)


@pytest.mark.parametrize("form", range(1, 9))
@pytest.mark.parametrize("key", [EC, BRAINPOOL], ids=["P-256", "brainpool"])
def test_key_in_two_forms_has_no_two_purposes(key: ec.EllipticCurvePrivateKey, form: int) -> None:
    """An authority of cards is none of terminals, under another name and in another form."""
    first, other = csca("Cards", key=key), csca("Terminals", key=key)
    cards = Anchor(AnchorPurpose.DOCUMENT, first.certificate, frozenset({"dang-vien"}))
    again = with_key(other, ec_forms(key)[form])
    assert certificate.parse(again).spki != certificate.parse(first.certificate).spki
    same = Anchor(AnchorPurpose.DOCUMENT, again, frozenset({"dang-vien"}))
    assert TrustList.from_compact(listed(cards, same), ROOT.public_key()).anchors
    terminals = Anchor(AnchorPurpose.TERMINAL, again)
    with pytest.raises(TrustListRefused, match="two purposes"):
        TrustList.from_compact(listed(cards, terminals), ROOT.public_key())


def test_root_in_another_form_is_no_anchor() -> None:
    """The key that signs the list is in it under no form."""
    again = with_key(csca("Root", key=ROOT), explicit(ROOT))
    anchor = Anchor(AnchorPurpose.DOCUMENT, again, frozenset({"dang-vien"}))
    with pytest.raises(TrustListRefused, match="two purposes"):
        TrustList.from_compact(listed(anchor), ROOT.public_key())


def test_master_list_with_a_listed_key_in_another_form() -> None:
    """What the root says of a key stands, also where a foreign country writes it differently."""
    party = csca("Cards", key=EC)
    own = Anchor(AnchorPurpose.DOCUMENT, party.certificate, frozenset({"dang-vien"}))
    foreign = certificate.parse(with_key(csca("Foreign", key=EC), explicit(EC)))
    known = certificate.parse(csca("Known").certificate)
    held = MasterList((foreign, known), known, known, AT, "00")
    joined = masterlist.endorse(TrustList(1, AT.replace(microsecond=0), (own,), ()), held)
    assert joined.set_aside == (foreign,)
    assert [one.certificate for one in joined.anchors.anchors] == [own.certificate, known.der]
