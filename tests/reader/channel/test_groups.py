"""Key agreement over every group, against the arithmetic of `reader.arithmetic` and of `pow`."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import arithmetic
from reader.arithmetic import Point, base_point
from reader.channel import agreement, mapping
from reader.channel.group import Group
from reader.channel.modular import ModularGroup
from reader.channel.plain_points import PlainCurve
from reader.channel.points import LibraryCurve
from reader.curves import CURVES, Curve
from reader.dh_groups import DH_GROUPS, DhGroup
from reader.errors import ChannelBroken

P256 = next(curve for curve in CURVES if curve.name == "secp256r1")
BRAINPOOL = next(curve for curve in CURVES if curve.name == "brainpoolP256r1")
SLOW = next(curve for curve in CURVES if curve.name == "brainpoolP192r1")
NUMBERS = agreement.by_parameter_id(0)
assert NUMBERS is not None

each_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
each_dh = pytest.mark.parametrize("dh", DH_GROUPS, ids=lambda dh: dh.parameter_id)
each_kind = pytest.mark.parametrize(
    "group",
    [agreement.of_curve(P256), agreement.of_curve(SLOW), NUMBERS],
    ids=["library", "plain", "modular"],
)


def wire(curve: Curve, point: Point | None) -> bytes:
    """Return a point as it travels."""
    assert point is not None
    return arithmetic.encode(curve, point)


def times(curve: Curve, scalar: int, point: Point | None = None) -> Point:
    """Return a multiple of the base point, or of another."""
    product = arithmetic.multiply(curve, scalar, point or base_point(curve))
    assert product is not None
    return product


@each_curve
def test_a_key_pair_over_the_base_point(curve: Curve) -> None:
    """Public keys and shared secrets are the curve's, the secret an x coordinate in full size."""
    pair = agreement.of_curve(curve).key_pair(0xDECAF)
    assert pair.public == wire(curve, times(curve, 0xDECAF))
    peer = times(curve, 0xC0FFEE)
    shared = times(curve, 0xDECAF, peer)
    assert pair.agree(wire(curve, peer)) == shared.x.to_bytes(curve.field_size, "big")


@each_curve
def test_generic_mapping_with_both_signs(curve: Curve) -> None:
    """d2 * (s*G + d1*P) as a whole point, whether P or its inverse is sent."""
    group = agreement.of_curve(curve)
    nonce, mapping_key, agreement_key = (group.draw(os.urandom) for _ in range(3))
    point = times(curve, 0xC0FFEE)
    for peer in (point, Point(point.x, curve.p - point.y)):
        own = group.key_pair(mapping_key)
        generator = arithmetic.add(curve, times(curve, nonce), times(curve, mapping_key, peer))
        pair = own.map_nonce(nonce, wire(curve, peer)).key_pair(agreement_key)
        assert generator is not None
        assert pair.public == wire(curve, times(curve, agreement_key, generator))
        shared = times(curve, agreement_key, point)
        assert pair.agree(wire(curve, point)) == shared.x.to_bytes(curve.field_size, "big")


@settings(max_examples=40)
@given(st.data())
def test_generic_mapping_with_any_numbers(data: st.DataObject) -> None:
    """A nonce of two blocks counts as its like below the order."""
    scalars = st.integers(min_value=1, max_value=P256.n - 1)
    first, second, chip = (data.draw(scalars.filter(lambda n: 1 < n < P256.n - 1)) for _ in "abc")
    nonce = data.draw(st.integers(min_value=1, max_value=2**256 - 1).filter(lambda n: n % P256.n))
    group = agreement.of_curve(P256)
    scalar = (nonce + first * chip) * second % P256.n
    peer = wire(P256, times(P256, chip))
    pair = group.key_pair(first).map_nonce(nonce, peer).key_pair(second)
    assert pair.public == wire(P256, times(P256, scalar))


@each_curve
def test_integrated_mapping(curve: Curve) -> None:
    """The point that the element encodes is the generator; P-224 has none."""
    group = agreement.of_curve(curve)
    if not group.takes_integrated_mapping:
        assert curve.name == "secp224r1"
        with pytest.raises(ValueError, match="no point encoding"):
            group.map_element(5)
        return
    pair = group.map_element(0xFACADE).key_pair(0xDECAF)
    generator = mapping.encode_point(curve, 0xFACADE)
    assert pair.public == wire(curve, times(curve, 0xDECAF, generator))
    point = times(curve, 0xC0FFEE)
    assert pair.agree(wire(curve, point)) == times(curve, 0xDECAF, point).x.to_bytes(
        curve.field_size, "big"
    )


@pytest.mark.parametrize("curve", [P256, BRAINPOOL], ids=lambda curve: curve.name)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_base_point_sent_as_a_mapping_key(curve: Curve, sign: int) -> None:
    """The base point or its inverse is no honest chip's choice."""
    own = agreement.of_curve(curve).key_pair(7)
    with pytest.raises(ChannelBroken, match="degenerate"):
        own.map_nonce(5, wire(curve, times(curve, sign))).key_pair(9)


def test_keys_whose_product_is_minus_one() -> None:
    """There is no next multiple to tell y by: the run ends, and the next one draws other keys."""
    own = agreement.of_curve(P256).key_pair(7)
    generator = own.map_nonce(5, wire(P256, times(P256, 0xC0FFEE)))
    with pytest.raises(ChannelBroken, match="degenerate"):
        generator.key_pair(-pow(7, -1, P256.n) % P256.n)


@pytest.mark.parametrize("curve", [P256, SLOW], ids=lambda curve: curve.name)
def test_a_mapping_that_ends_at_infinity(curve: Curve) -> None:
    """A chip that knew both secrets could make s*G + d1*P vanish; it is not let to."""
    nonce, mapping_key = 0xFACADE, 0xC0FFEE
    fatal = times(curve, -nonce * pow(mapping_key, -1, curve.n))
    own = agreement.of_curve(curve).key_pair(mapping_key)
    with pytest.raises(ChannelBroken, match="degenerate"):
        own.map_nonce(nonce, wire(curve, fatal)).key_pair(9)


@each_dh
def test_key_pairs_over_integers(dh: DhGroup) -> None:
    """Public values as short as they are, secrets over the size of the prime (PKCS #3)."""
    group = ModularGroup(dh.p, dh.g, dh.q)
    pair = group.key_pair(0xDECAF)
    assert int.from_bytes(pair.public, "big") == pow(dh.g, 0xDECAF, dh.p)
    peer = pow(dh.g, 0xC0FFEE, dh.p)
    secret = pair.agree(peer.to_bytes(group.field_size, "big"))
    assert secret == pow(peer, 0xDECAF, dh.p).to_bytes(group.field_size, "big")


@each_dh
def test_mappings_over_integers(dh: DhGroup) -> None:
    """g^s * h for generic mapping, x^((p-1)/q) for integrated mapping (section 4.4.3.3)."""
    group = ModularGroup(dh.p, dh.g, dh.q)
    peer = pow(dh.g, 0xC0FFEE, dh.p)
    generic = group.key_pair(0xDECAF).map_nonce(2**127 + 1, peer.to_bytes(group.field_size, "big"))
    expected = pow(dh.g, 2**127 + 1, dh.p) * pow(peer, 0xDECAF, dh.p) % dh.p
    assert int.from_bytes(generic.key_pair(1).public, "big") == expected
    integrated = group.map_element(0xFACADE)
    expected = pow(0xFACADE, (dh.p - 1) // dh.q, dh.p)
    assert int.from_bytes(integrated.key_pair(1).public, "big") == expected
    assert pow(expected, dh.q, dh.p) == 1


def test_a_public_value_with_a_leading_zero() -> None:
    """Ours travels without it (section 9.4.1), the chip's may come with it."""
    dh = DH_GROUPS[0]
    group = ModularGroup(dh.p, dh.g, dh.q)
    private = next(n for n in range(2, 5000) if pow(dh.g, n, dh.p) >> (dh.p.bit_length() - 8) == 0)
    public = group.key_pair(private).public
    assert len(public) == group.field_size - 1
    other = group.key_pair(0xDECAF)
    assert other.agree(public) == other.agree(b"\x00" + public)
    assert len(group.key_pair(private).agree(other.public)) == group.field_size


@pytest.mark.parametrize("element", [0, 1, DH_GROUPS[0].p - 1])
def test_elements_that_map_to_no_generator(element: int) -> None:
    """Zero, and what the cofactor takes to one ("implementations MUST check")."""
    assert NUMBERS is not None
    with pytest.raises(ChannelBroken, match="no generator"):
        NUMBERS.map_element(element)


def test_a_mapping_over_integers_that_ends_at_one() -> None:
    """A chip that knew both secrets could make the generator one; it is not let to."""
    dh = DH_GROUPS[0]
    exponent = -0xFACADE * pow(0xDECAF, -1, dh.q) % dh.q
    fatal = pow(dh.g, exponent, dh.p).to_bytes(128, "big")
    assert NUMBERS is not None
    with pytest.raises(ChannelBroken, match="degenerate"):
        NUMBERS.key_pair(0xDECAF).map_nonce(0xFACADE, fatal)


def test_a_group_without_its_order() -> None:
    """Enough for chip authentication (PKCS #3); the mappings of PACE need the order."""
    dh = DH_GROUPS[0]
    group = ModularGroup(dh.p, dh.g, None, 160)
    pair = group.key_pair(group.draw(os.urandom))
    assert group.bound == 1 << 160
    assert group.accepts(b"\x02")
    assert not group.accepts((dh.p - 1).to_bytes(128, "big"))
    assert not group.takes_integrated_mapping
    with pytest.raises(ValueError, match="generic mapping"):
        pair.map_nonce(5, pair.public)
    with pytest.raises(ValueError, match="integrated mapping"):
        group.map_element(5)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"p": DH_GROUPS[0].p >> 8}, "prime"),
        ({"p": (1 << 3200) + 1}, "prime"),
        ({"p": DH_GROUPS[0].p - 1}, "prime"),
        ({"g": 1}, "generator"),
        ({"g": DH_GROUPS[0].p - 1}, "generator"),
        ({"q": 1}, "order"),
        ({"q": DH_GROUPS[0].p}, "order"),
        ({"private_bits": 1}, "short"),
    ],
)
def test_numbers_that_can_be_no_group(changes: dict[str, int], why: str) -> None:
    """Too small, too large to be worked with, even, or out of range."""
    dh = DH_GROUPS[0]
    numbers = {"p": dh.p, "g": dh.g, "q": dh.q, **changes}
    with pytest.raises(ValueError, match=why):
        ModularGroup(**numbers)


@each_kind
def test_private_keys_from_a_source(group: Group) -> None:
    """The whole range is reached, its ends included."""
    assert group.draw(bytes) == 1
    top = group.bound - 2
    assert group.draw(lambda size: top.to_bytes(size, "big")) == group.bound - 1


@each_kind
def test_values_outside_the_group(group: Group) -> None:
    """Whatever the chip sends of that kind, nothing is done with it."""
    own = group.key_pair(7)
    size = group.field_size
    alien = agreement.of_curve(BRAINPOOL).key_pair(5).public
    values = [b"", b"\x00", b"\x04" + bytes(2 * size), b"\xff" * size, b"\x00" * size, alien]
    values += [own.public[:-1], own.public + b"\x00", bytes([own.public[0] ^ 6]) + own.public[1:]]
    for value in values:
        assert not group.accepts(value)
        with pytest.raises(ChannelBroken):
            own.agree(value)
        with pytest.raises(ChannelBroken):
            own.map_nonce(5, value)
    assert group.accepts(own.public)


@each_kind
def test_a_secret_is_in_no_text_form(group: Group) -> None:
    """A key pair shows what travels and nothing else."""
    assert "48879" not in repr(group.key_pair(0xBEEF))


@each_kind
def test_a_mapped_generator_is_in_no_text_form(group: Group) -> None:
    """Whoever knew it could try passwords against the nonce that travelled."""
    generator = group.map_element(0xFACADE)
    whole = generator.key_pair(1).public
    shown = repr(generator)
    values = (whole, whole[1 : 1 + len(whole) // 2], whole[1 + len(whole) // 2 :])
    for value in values:
        assert str(int.from_bytes(value, "big")) not in shown


@given(st.binary(max_size=140), st.integers(min_value=0, max_value=18))
def test_any_bytes_for_a_public_value(data: bytes, parameter_id: int) -> None:
    """No exception; and bytes at random are of no curve."""
    group = agreement.by_parameter_id(parameter_id)
    if group is not None:
        accepted = group.accepts(data)
        assert not (accepted and isinstance(group, LibraryCurve | PlainCurve))
