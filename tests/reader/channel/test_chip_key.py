"""The chip's static key in every encoding that the standards have, and in none of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.channel import agreement, chip_key
from reader.channel.modular import ModularGroup
from reader.curves import CURVES, Curve
from reader.dh_groups import DH_GROUPS, DhGroup
from reader.errors import MalformedData
from tests.reader.channel.made_keys import (
    DH_PUBLIC_NUMBER,
    EC_PUBLIC_KEY,
    PKCS3,
    PRIME_FIELD,
    STANDARDISED,
    explicit,
    integer,
    octets,
    oid,
    sequence,
    spki,
)

P256 = next(curve for curve in CURVES if curve.name == "secp256r1")
BINARY_FIELD = "1.2.840.10045.1.2"
DH = DH_GROUPS[0]
POINT = agreement.of_curve(P256).key_pair(0xC0FFEE).public
VALUE = pow(DH.g, 0xC0FFEE, DH.p)
NAMED = spki(EC_PUBLIC_KEY, oid(P256.oid), POINT)
EXPLICIT = spki(EC_PUBLIC_KEY, explicit(P256), POINT)
NUMBERS = spki(
    DH_PUBLIC_NUMBER, sequence(integer(DH.p), integer(DH.g), integer(DH.q)), integer(VALUE)
)

each_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
each_dh = pytest.mark.parametrize("dh", DH_GROUPS, ids=lambda dh: dh.parameter_id)


@each_curve
def test_a_key_on_a_curve(curve: Curve) -> None:
    """Named, explicit, without cofactor, with a compressed base, or by its standardised id."""
    group = agreement.of_curve(curve)
    public = group.key_pair(0xC0FFEE).public
    compressed = bytes([2 + curve.gy % 2]) + curve.gx.to_bytes(curve.field_size, "big")
    for algorithm, parameters in [
        (EC_PUBLIC_KEY, oid(curve.oid)),
        (EC_PUBLIC_KEY, explicit(curve)),
        (EC_PUBLIC_KEY, explicit(curve, h=None)),
        (EC_PUBLIC_KEY, explicit(curve, base=compressed)),
        (STANDARDISED, integer(curve.parameter_id)),
    ]:
        key = chip_key.load(spki(algorithm, parameters, public))
        assert key is not None
        assert (key.group, key.public) == (group, public)


@each_dh
def test_a_key_among_integers(dh: DhGroup) -> None:
    """As dhpublicnumber, by PKCS #3, or by its standardised id."""
    value = pow(dh.g, 0xC0FFEE, dh.p)
    for algorithm, parameters in [
        (DH_PUBLIC_NUMBER, sequence(integer(dh.p), integer(dh.g), integer(dh.q))),
        (DH_PUBLIC_NUMBER, sequence(integer(dh.p), integer(dh.g), integer(dh.q), integer(6))),
        (PKCS3, sequence(integer(dh.p), integer(dh.g))),
        (PKCS3, sequence(integer(dh.p), integer(dh.g), integer(dh.q.bit_length()))),
        (STANDARDISED, integer(dh.parameter_id)),
    ]:
        key = chip_key.load(spki(algorithm, parameters, integer(value)))
        assert key is not None
        assert isinstance(key.group, ModularGroup)
        assert (key.group.modulus, key.group.g, key.group.q) == (dh.p, dh.g, dh.q)
        assert int.from_bytes(key.public, "big") == value


def test_a_group_of_integers_that_no_table_has() -> None:
    """PKCS #3 does not tell the order: private keys are as long as it says, or 512 bits."""
    other = pow(DH.g, 3, DH.p)
    for ending, bits in [(b"", 512), (integer(200), 200)]:
        parameters = sequence(integer(DH.p), integer(other), ending)
        key = chip_key.load(spki(PKCS3, parameters, integer(VALUE)))
        assert key is not None
        assert isinstance(key.group, ModularGroup)
        assert key.group.q is None
        assert key.group.bound == 1 << bits


@pytest.mark.parametrize(
    "key",
    [
        spki("1.2.840.113549.1.1.1", b"\x05\x00", b"\x30\x00"),  # RSA
        spki(EC_PUBLIC_KEY, oid("1.3.132.0.10"), POINT),  # secp256k1
        spki(EC_PUBLIC_KEY, explicit(P256, b=P256.b + 1), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256, a=P256.a - 1), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256, n=P256.n - 2), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256, gy=P256.p - P256.gy), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256, h=2), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256, base=b"\x04"), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256, base=b"\x02" + bytes(32)), POINT),
        spki(EC_PUBLIC_KEY, explicit(P256).replace(oid(PRIME_FIELD), oid(BINARY_FIELD)), POINT),
        spki(STANDARDISED, integer(3), POINT),
        spki(EC_PUBLIC_KEY, oid(P256.oid), POINT[:-1] + bytes([POINT[-1] ^ 1])),
        spki(EC_PUBLIC_KEY, oid(P256.oid), b"\x00"),
        spki(EC_PUBLIC_KEY, oid(P256.oid), b"\x02" + POINT[1:33]),
        spki(DH_PUBLIC_NUMBER, sequence(integer(23), integer(5), integer(11)), integer(4)),
        spki(PKCS3, sequence(integer(DH.p), integer(DH.g), integer(1)), integer(VALUE)),
        spki(PKCS3, sequence(integer(1 << 4000), integer(2)), integer(4)),
        *(
            spki(STANDARDISED, integer(0), integer(value))
            for value in (1, 2, DH.p - 1, DH.p, VALUE + DH.p)
        ),
    ],
)
def test_a_key_that_this_terminal_cannot_agree_with(key: bytes) -> None:
    """Another kind, curve or size, or a public value outside its group: None, and no error."""
    assert chip_key.load(key) is None


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\x30\x00",
        b"\x30" + NAMED[1:-1],
        NAMED + b"\x00",
        bytes(5000),
        sequence(sequence(oid(EC_PUBLIC_KEY), oid(P256.oid)), tlv.encode(0x03, b"\x01" + POINT)),
        sequence(sequence(oid(EC_PUBLIC_KEY), oid(P256.oid)), tlv.encode(0x03, b"")),
        sequence(sequence(), tlv.encode(0x03, b"\x00" + POINT)),
        sequence(sequence(oid(EC_PUBLIC_KEY)), tlv.encode(0x03, b"\x00" + POINT)),
        sequence(sequence(integer(1), integer(1)), tlv.encode(0x03, b"\x00" + POINT)),
        spki(EC_PUBLIC_KEY, b"\x05\x00", POINT),
        spki(EC_PUBLIC_KEY, sequence(integer(1)), POINT),
        spki(EC_PUBLIC_KEY, sequence(*[integer(1)] * 7), POINT),
        spki(
            EC_PUBLIC_KEY,
            sequence(integer(1), sequence(), sequence(), octets(b"\x04"), integer(1)),
            POINT,
        ),
        spki(STANDARDISED, integer(-1), POINT),
        spki(STANDARDISED, tlv.encode(0x02, b""), POINT),
        spki(DH_PUBLIC_NUMBER, sequence(integer(DH.p), integer(DH.g)), integer(VALUE)),
        spki(DH_PUBLIC_NUMBER, integer(DH.p), integer(VALUE)),
        spki(PKCS3, sequence(integer(DH.p)), integer(VALUE)),
        spki(PKCS3, sequence(*[integer(DH.p)] * 4), integer(VALUE)),
        spki(STANDARDISED, integer(0), integer(-VALUE)),
        spki(STANDARDISED, integer(0), octets(b"\x04")),
        spki(STANDARDISED, integer(0), integer(VALUE) + b"\x00"),
        spki(STANDARDISED, integer(0), b""),
    ],
)
def test_what_is_no_key(key: bytes) -> None:
    """It raises our error."""
    with pytest.raises(MalformedData):
        chip_key.load(key)


@given(
    key=st.sampled_from([NAMED, EXPLICIT, NUMBERS]),
    position=st.integers(min_value=0),
    octet=st.integers(min_value=0, max_value=255),
    cut=st.booleans(),
)
def test_a_key_with_any_byte_changed(key: bytes, position: int, octet: int, cut: bool) -> None:
    """Another key of a known group, none, or our error; cut short always our error."""
    place = position % len(key)
    changed = key[:place] if cut else key[:place] + bytes([octet]) + key[place + 1 :]
    try:
        loaded = chip_key.load(changed)
    except MalformedData:
        return
    assert not cut
    assert loaded is None or loaded.group.accepts(loaded.public)
