"""Which variants of PACE there are, which is chosen, and that each one opens a chip."""

from __future__ import annotations

import pytest

from reader import arithmetic
from reader.apdu import CommandApdu, ResponseApdu
from reader.channel import agreement, pace, pace_protocols
from reader.channel.kdf import CipherSuite
from reader.channel.pace import Opened
from reader.channel.pace_protocols import Mapping, Variant
from reader.channel.plain_points import PlainCurve
from reader.channel.points import LibraryCurve
from reader.lds.security_infos import PaceInfo
from tests.reader.channel.own_chip import CAN, PROOF_KEY, PROTOCOLS, STEM, own_chip, variant

EVERY = [
    which
    for protocol in PROTOCOLS
    for parameter_id in range(19)
    if (which := pace_protocols.resolve(f"{STEM}.{protocol}", parameter_id)) is not None
]


def info(protocol: str, parameter_id: int | None = 12, version: int = 2) -> PaceInfo:
    """Return a PACEInfo by the last two arcs of its protocol."""
    return PaceInfo(f"{STEM}.{protocol}", version, parameter_id)


def name(which: Variant) -> str:
    """Return a short name for a test's title."""
    return f"{which.protocol.removeprefix(STEM)[1:]}-{which.parameter_id}"


@pytest.mark.parametrize("which", EVERY, ids=name)
def test_every_variant_of_the_standard(which: Variant) -> None:
    """It opens a chip of its kind, and chip authentication data prove that chip's key.

    Commands are extended only where the variant says so, room for the answers included.
    """
    chip = own_chip(which)
    lengths = []

    def exchange(command: CommandApdu) -> ResponseApdu:
        answer = chip(command)
        lengths.append(command.extended)
        assert len(answer.data) <= (command.le or 0)
        return answer

    opened = pace.run(exchange, which, CAN)
    assert isinstance(opened, Opened)
    assert any(lengths) is which.extended
    assert opened.keys == chip.keys
    assert opened.keys.suite is which.suite
    if which.mapping is not Mapping.CHIP_AUTHENTICATION:
        assert opened.mapping is None
        return
    assert opened.mapping is not None
    assert isinstance(which.group, LibraryCurve | PlainCurve)
    curve = which.group.curve
    static = arithmetic.multiply(curve, PROOF_KEY, arithmetic.base_point(curve))
    assert static is not None
    product = arithmetic.multiply(curve, int.from_bytes(opened.mapping.data, "big"), static)
    assert product == arithmetic.decode(curve, opened.mapping.public_key)


def test_how_many_variants_there_are() -> None:
    """19 protocols; three groups of integers, eleven curves, one of them not for each mapping."""
    assert len(PROTOCOLS) == 19
    count = {how: sum(which.mapping is how for which in EVERY) for how in Mapping}
    assert count == {
        Mapping.GENERIC: 4 * 3 + 4 * 11,
        Mapping.INTEGRATED: 4 * 3 + 4 * 10,
        Mapping.CHIP_AUTHENTICATION: 3 * 11,
    }


@pytest.mark.parametrize(
    ("protocol", "parameter_id"),
    [
        ("1.2", 12),  # integers, and a curve's parameters
        ("2.2", 0),  # a curve, and integers' parameters
        ("4.2", 10),  # P-224: the standard bars it from integrated mapping
        ("3.2", 13),
        ("6.1", 12),  # there is no 3DES with chip authentication mapping
        ("5.2", 0),  # nor chip authentication mapping over integers
        ("2.5", 12),
        ("2", 12),
        ("2.2", 3),  # reserved
        ("2.2", 19),
    ],
)
def test_what_the_standard_has_not(protocol: str, parameter_id: int) -> None:
    """It resolves to nothing."""
    assert pace_protocols.resolve(f"{STEM}.{protocol}", parameter_id) is None


def test_the_suites_in_their_order() -> None:
    """The last arc of the identifier names them."""
    assert [variant(f"2.{number}").suite for number in range(1, 5)] == list(CipherSuite)
    assert variant("2.4").identifier.hex() == "04007f00070202040204"


def test_the_first_that_fits_is_chosen() -> None:
    """In the order of the file; what cannot be run is passed over."""
    unfit = [
        info("2.2", None),  # explicit parameters
        info("2.2", version=1),
        info("2.2", 99),
        info("7.2"),
        info("4.2", 10),
    ]
    assert pace_protocols.choose(unfit, legacy=True) is None
    chosen = pace_protocols.choose([*unfit, info("4.4", 13), info("2.2", 12)])
    assert chosen is not None
    assert (chosen.protocol, chosen.parameter_id) == (f"{STEM}.4.4", 13)
    assert pace_protocols.choose([]) is None


@pytest.mark.parametrize(
    "offered",
    [
        info("2.1", 12),  # 3DES
        info("1.2", 2),  # integers
        info("3.4", 1),
        *(info("2.2", number) for number in (8, 9, 10, 11, 14)),  # small or slow curves
    ],
)
def test_what_only_older_chips_need(offered: PaceInfo) -> None:
    """It is passed over unless asked for."""
    modern = info("2.2", 13)
    chosen = pace_protocols.choose([offered, modern])
    assert chosen is not None
    assert (chosen.protocol, chosen.parameter_id) == (modern.protocol, 13)
    assert not chosen.legacy
    asked = pace_protocols.choose([offered, modern], legacy=True)
    assert asked is not None
    assert (asked.protocol, asked.parameter_id) == (offered.protocol, offered.parameter_id)
    assert asked.legacy


def test_what_needs_extended_length() -> None:
    """Integers of 2048 bits: passed over where card or reader has none."""
    offered = [info("1.2", 2), info("3.2", 1), info("1.2", 0)]
    anyhow = pace_protocols.choose(offered, legacy=True)
    short = pace_protocols.choose(offered, legacy=True, extended=False)
    assert anyhow is not None
    assert short is not None
    assert (anyhow.parameter_id, short.parameter_id) == (2, 0)
    assert {which.parameter_id for which in EVERY if which.extended} == {1, 2}


@pytest.mark.parametrize(
    ("offered", "ambiguous"),
    [
        ([info("2.2", 12)], False),
        ([info("2.2", 12), info("4.2", 12)], False),
        ([info("2.2", 12), info("2.2", 13)], True),
        ([info("2.2", 12), info("4.2", 13)], True),
        ([info("2.2", 12), info("2.2", None)], True),
    ],
)
def test_whether_parameters_are_ambiguous(offered: list[PaceInfo], ambiguous: bool) -> None:
    """They are where more than one set is available for PACE (section 4.4.4.1, tag 84)."""
    chosen = pace_protocols.choose(offered)
    assert chosen is not None
    assert chosen.ambiguous is ambiguous


def test_every_standardised_id_has_its_group() -> None:
    """0 to 2 and 8 to 18; the fast arithmetic wherever there is one."""
    found = {number for number in range(40) if agreement.by_parameter_id(number) is not None}
    assert found == {0, 1, 2, *range(8, 19)}
    slow = {number for number in found if isinstance(agreement.by_parameter_id(number), PlainCurve)}
    assert slow == {9, 11, 14}
