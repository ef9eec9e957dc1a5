"""PACE's course: passwords refused, tries counted, chips that lie, and the software card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader import curves, tlv
from reader.apdu import Budget, CardConnection, CommandApdu, Exchange, Limits, plain_exchange
from reader.channel import pace, pace_protocols
from reader.channel.pace import Opened
from reader.channel.password import PasswordRefused
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRefused, ChannelBroken, ReaderError
from reader.evidence import Password, PasswordKind, PasswordState
from reader.lds.security_infos import PaceInfo
from tests.reader.channel.own_chip import STEM, own_chip, run, variant

P256 = curves.CURVES[4]
BASE = b"\x04" + P256.gx.to_bytes(32, "big") + P256.gy.to_bytes(32, "big")
CAM = variant("6.2")
IM = variant("4.2")
DH = variant("1.2", 0)


def bare(card: CardConnection) -> Exchange:
    """Return the lowest layer without any limit of time."""
    return plain_exchange(card, Budget(Limits(), lambda: 0.0))


@pytest.mark.parametrize("parameter_id", [12, 13, 15, 16, 17, 18])
@pytest.mark.parametrize("kind", list(PasswordKind))
def test_each_curve_with_each_password(
    make_image: Callable[..., CardImage],
    lay: Callable[..., CardConnection],
    can: Password,
    mrz_password: Password,
    parameter_id: int,
    kind: PasswordKind,
) -> None:
    """The software card, which does its own arithmetic, agrees on working session keys."""
    image = make_image(parameter_id=parameter_id)
    chosen = pace_protocols.choose([PaceInfo(f"{STEM}.2.2", 2, parameter_id)])
    assert chosen is not None
    exchange = bare(lay(Chip(image)))
    opened = pace.run(exchange, chosen, can if kind is PasswordKind.CAN else mrz_password)
    assert isinstance(opened, Opened)
    secure = SecureMessaging(opened.keys).over(exchange)
    assert secure(CommandApdu(0x00, 0xA4, 0x04, 0x0C, image.aid)).ok


@pytest.mark.parametrize("nonce", [bytes(range(1, 17)), bytes(range(1, 33))])
def test_a_nonce_of_one_block_or_two(nonce: bytes) -> None:
    """Generic mapping leaves its length to the chip."""
    chip = own_chip(nonce=nonce)
    assert run(chip) == Opened(chip.keys, None)


def test_certification_authority_references_at_the_end() -> None:
    """Chips that know terminal authentication add them; they are passed over."""
    chip = own_chip(extra=tlv.encode(0x87, b"DETESTCVCA00001"))
    assert run(chip) == Opened(chip.keys, None)


@pytest.mark.parametrize(
    ("always", "ambiguous", "named"),
    [(True, False, True), (True, True, True), (False, False, False), (False, True, True)],
)
def test_when_the_parameters_are_named(always: bool, ambiguous: bool, named: bool) -> None:
    """Always, or only where the chip offers several sets: tag 84 then is required."""
    chip = own_chip(variant(ambiguous=ambiguous))
    assert isinstance(run(chip, always_name_parameters=always), Opened)
    objects = {item.tag: item.value for item in tlv.iterate(chip.selected)}
    assert objects.get(0x84) == (b"\x0c" if named else None)
    assert objects[0x80].hex() == "04007f00070202040202"
    assert objects[0x83] == b"\x02"


@pytest.mark.parametrize(
    ("verdict", "left"), [(0x6300, None), (0x63C2, 2), (0x63C0, 0), (0x6982, None), (0x6983, 0)]
)
def test_a_wrong_password(verdict: int, left: int | None) -> None:
    """The ways chips say so, with the tries that they tell."""
    outcome = run(own_chip(verdict=verdict))
    assert outcome == PasswordRefused(PasswordState.WRONG, left)


def test_a_wrong_password_where_the_count_stood_before() -> None:
    """Tries told at the start and not at the end: one fewer."""
    outcome = run(own_chip(select=0x63C3, verdict=0x6300))
    assert outcome == PasswordRefused(PasswordState.WRONG, 2)


@pytest.mark.parametrize(
    ("select", "minimum", "left"), [(0x63C1, 1, 1), (0x63C2, 2, 2), (0x63C0, 0, 0), (0x6983, 0, 0)]
)
def test_too_few_tries(select: int, minimum: int, left: int) -> None:
    """At the minimum or below, the nonce is not even asked for."""
    outcome = run(own_chip(select=select), min_tries_left=minimum)
    assert outcome == PasswordRefused(PasswordState.TOO_FEW_TRIES, left)


def test_enough_tries() -> None:
    """One more than the minimum is a guess."""
    assert isinstance(run(own_chip(select=0x63C2), min_tries_left=1), Opened)


def test_a_kind_of_password_that_the_chip_lacks() -> None:
    """6A88: nothing was guessed."""
    assert run(own_chip(select=0x6A88)) == PasswordRefused(PasswordState.NONE_GIVEN, None)


@pytest.mark.parametrize("change", [{"select": 0x6A80}, {"verdict": 0x6F00}])
def test_a_refusal_that_is_not_about_the_password(change: dict[str, Any]) -> None:
    """It carries the status word."""
    with pytest.raises(CardRefused) as caught:
        run(own_chip(**change))
    assert caught.value.sw in change.values()


@pytest.mark.parametrize("which", [variant(), IM, CAM, DH], ids=["GM", "IM", "CAM", "DH"])
@pytest.mark.parametrize("padding", [b"", b"\x00"], ids=["as-is", "padded"])
def test_a_chip_that_sends_our_own_key_back(which: pace_protocols.Variant, padding: bytes) -> None:
    """Section 4.4.1 asks for the comparison of the public keys, leading zeros or not."""
    chip = own_chip(which)
    chip.lie = lambda tag, value: padding + chip.theirs if tag == 0x84 else value
    with pytest.raises(ChannelBroken, match="our own"):
        run(chip)


@pytest.mark.parametrize(
    ("which", "tag"),
    [
        *((one, tag) for one in (variant(), CAM, DH) for tag in (0x80, 0x82, 0x84, 0x86)),
        *((IM, tag) for tag in (0x80, 0x84, 0x86)),
        (CAM, 0x8A),
    ],
)
def test_an_object_that_is_missing(which: pace_protocols.Variant, tag: int) -> None:
    """The channel does not come about without any of them."""
    with pytest.raises(ChannelBroken):
        run(own_chip(which, lie=lambda at, value: None if at == tag else value))


def test_integrated_mapping_without_its_empty_object() -> None:
    """It would say nothing (section 4.4.5.2.2), so that its absence is not held against a chip."""
    chip = own_chip(IM, lie=lambda at, value: None if at == 0x82 else value)
    assert run(chip) == Opened(chip.keys, None)


P_MINUS_1 = (DH.group.modulus - 1).to_bytes(128, "big")
NOT_IN_SUBGROUP = b"\x02"


@pytest.mark.parametrize(
    ("which", "tag", "value"),
    [
        (variant(), 0x80, b""),
        (variant(), 0x80, bytes(15)),
        (variant(), 0x80, bytes(80)),
        (variant(), 0x82, b"\x00"),
        (variant(), 0x82, b"\x04" + bytes(64)),
        (variant(), 0x82, BASE),
        (variant(), 0x84, b"\x04" + bytes(64)),
        (variant(), 0x84, b"\x02" + BASE[1:33]),
        (variant(), 0x86, b""),
        (variant(), 0x86, bytes(8)),
        (variant("2.1"), 0x80, bytes(12)),
        (variant("2.1"), 0x86, bytes(8)),
        (IM, 0x80, bytes(32)),
        (IM, 0x82, b"\x01"),
        (IM, 0x86, bytes(8)),
        (variant("4.4"), 0x80, bytes(16)),
        (CAM, 0x84, BASE[:-1] + b"\x00"),
        (CAM, 0x86, bytes(8)),
        (CAM, 0x8A, b""),
        (CAM, 0x8A, bytes(47)),
        (CAM, 0x8A, bytes(48)),
        (CAM, 0x8A, bytes(144)),
        (DH, 0x82, b""),
        (DH, 0x82, b"\x01"),
        (DH, 0x82, P_MINUS_1),
        (DH, 0x82, NOT_IN_SUBGROUP),
        (DH, 0x84, b"\x00"),
        (DH, 0x84, P_MINUS_1),
        (DH, 0x84, NOT_IN_SUBGROUP),
        (DH, 0x84, b"\x02" * 129),
        (DH, 0x86, bytes(8)),
    ],
)
def test_a_value_that_no_chip_sends(which: pace_protocols.Variant, tag: int, value: bytes) -> None:
    """Impossible nonces, values outside the group, wrong tokens: no channel comes about."""
    chip = own_chip(which, lie=lambda at, honest: value if at == tag else honest)
    with pytest.raises(ChannelBroken):
        run(chip)


@pytest.mark.parametrize("which", [variant(), CAM, DH, variant("2.2", 9)])
def test_a_zero_nonce(which: pace_protocols.Variant) -> None:
    """Zero, or a multiple of the order: it would take the password out of the mapping."""
    size = -(-which.group.private_size // 16) * 16
    for nonce in (bytes(16), which.group.bound.to_bytes(size, "big")):
        with pytest.raises(ChannelBroken, match="zero"):
            run(own_chip(which, nonce=nonce))


@pytest.mark.parametrize(
    "data", [b"", bytes(31), bytes(33), bytes(64)], ids=["none", "short", "long", "twice"]
)
def test_chip_authentication_data_of_another_length(data: bytes) -> None:
    """They are a number of the order's size, leading zeros included (section 4.4.5.6)."""
    with pytest.raises(ChannelBroken, match="form"):
        run(own_chip(CAM, prove=lambda _: data))


def test_chip_authentication_data_with_another_mapping() -> None:
    """They must not be there (section 4.4.5), and nobody looks at them."""
    chip = own_chip(extra=tlv.encode(0x8A, bytes(48)))
    assert run(chip) == Opened(chip.keys, None)


def test_an_object_sent_twice() -> None:
    """Which of the two would count is nobody's guess."""
    with pytest.raises(ReaderError, match="twice"):
        run(own_chip(extra=tlv.encode(0x80, bytes(16))))
