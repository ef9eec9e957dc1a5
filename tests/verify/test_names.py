"""Names that must compare equal, and names that must not."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from verify import names
from verify.errors import MalformedObject

CN, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME


def name(*attributes: tuple[x509.ObjectIdentifier, str], kind: _ASN1Type | None = None) -> bytes:
    """Return a Name with one attribute in each part."""
    return x509.Name(
        [x509.NameAttribute(oid, text, kind) for oid, text in attributes]
    ).public_bytes()


def test_same_name_written_otherwise() -> None:
    """Case, string type, spaces and the form of accents do not count (RFC 5280 section 7.1)."""
    plain = names.name_key(name((CN, "CSCA Viet Nam")))
    for other in (
        name((CN, "csca viet nam")),
        name((CN, "CSCA Viet Nam"), kind=_ASN1Type.PrintableString),
        name((CN, "CSCA Viet Nam"), kind=_ASN1Type.BMPString),
        name((CN, "  CSCA   Viet Nam ")),
        name((CN, "CSCA\u00a0Viet \u00adNam")),
    ):
        assert names.name_key(other) == plain
    composed, decomposed = "Vi\u1ec7t Nam", "Vie\u0323\u0302t Nam"
    assert names.name_key(name((CN, composed))) == names.name_key(name((CN, decomposed)))


def test_other_names() -> None:
    """Another text, type, order or grouping is another name."""
    base = name((CN, "A"), (OU, "B"))
    pair = x509.RelativeDistinguishedName(
        [x509.NameAttribute(CN, "A"), x509.NameAttribute(OU, "B")]
    )
    different = (
        name((CN, "A"), (OU, "C")),
        name((OU, "A"), (CN, "B")),
        name((OU, "B"), (CN, "A")),
        name((CN, "A")),
        name((CN, "A"), (OU, "B"), (OU, "B")),
        x509.Name([pair]).public_bytes(),
        x509.Name([]).public_bytes(),
        name((CN, "AB")),
    )
    keys = {names.name_key(other) for other in (base, *different)}
    assert len(keys) == 1 + len(different)
    assert all(len(key) == 32 for key in keys)


def test_attributes_in_another_order() -> None:
    """As multisets they are equal; a repeated attribute counts twice."""
    first = name((CN, "A"), (OU, "B"), (OU, "B"))
    second = name((OU, "B"), (CN, "A"), (OU, "b"))
    third = name((OU, "B"), (CN, "A"))
    assert names.attribute_multiset(first) == names.attribute_multiset(second)
    assert names.attribute_multiset(first) != names.attribute_multiset(third)


def test_parts_within_one_relative_name() -> None:
    """Inside a SET the order has no meaning, and no attribute is lost."""
    one, two = x509.NameAttribute(OU, "A"), x509.NameAttribute(OU, "B")
    ab = x509.Name([x509.RelativeDistinguishedName([one, two])]).public_bytes()
    ba = x509.Name([x509.RelativeDistinguishedName([two, one])]).public_bytes()
    a = x509.Name([x509.RelativeDistinguishedName([one])]).public_bytes()
    assert names.name_key(ab) == names.name_key(ba)
    assert names.name_key(ab) != names.name_key(a)


def test_cut_short_or_garbage() -> None:
    """Anything that is no Name is MalformedObject."""
    whole = name((CN, "A"), (OU, "B"))
    for data in (
        *(whole[:size] for size in range(len(whole))),
        whole + b"\x00",
        b"\x30\x02\x31\x00",
    ):
        with pytest.raises(MalformedObject):
            names.name_key(data)


def test_oversized_name() -> None:
    """A name beyond the cap is refused before it is decoded."""
    with pytest.raises(MalformedObject, match="larger"):
        names.name_key(b"\x30\x82\xff\xff" + bytes(70000))
