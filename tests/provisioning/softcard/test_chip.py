"""The chip's behaviour, against the published worked example and the standards."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import (
    ActiveAuth,
    Behaviour,
    CardImage,
    ChipAuth,
    ChipAuthKey,
    FileEnd,
    PaceOffer,
)
from provisioning.softcard.passwords import TryCounter
from provisioning.softcard.protocols import (
    Agreement,
    ChipAuthProtocol,
    PaceMapping,
    PaceProtocol,
)
from provisioning.softcard.suite import Suite

PACE_GM = PaceProtocol(Agreement.ECDH, PaceMapping.GENERIC, Suite.AES_128)
DH_IM = PaceProtocol(Agreement.DH, PaceMapping.INTEGRATED, Suite.TDES)
MakeImage = Callable[..., CardImage]

# Doc 9303-11 appendix G.1: the chip's nonce and its two ephemeral private keys.
NONCE = bytes.fromhex("3F00C4D39D153F2B2A214A078D899B22")
MAPPING_KEY = 0x498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560
AGREEMENT_KEY = 0x107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A

SELECT_APPLICATION = "00A4040C07A0000002471001"
SET_AT_CAN = "0022C1A40F800A04007F00070202040202830102"
SET_AT_MRZ = "0022C1A40F800A04007F00070202040202830101"
ASK_NONCE = "10860000027C0000"


def _send(chip: Chip, command: str) -> str:
    return chip.transmit(bytes.fromhex(command)).hex().upper()


def _worked_example(make_image: MakeImage) -> Chip:
    draws = chain([NONCE], ((key - 1).to_bytes(40, "big") for key in (MAPPING_KEY, AGREEMENT_KEY)))

    def rng(size: int) -> bytes:
        drawn = next(draws)
        assert len(drawn) == size
        return drawn

    return Chip(make_image(pace=(PaceOffer(PACE_GM, 13),)), rng)


def test_published_pace_run(
    make_image: MakeImage, transcript: Callable[[str], dict[str, Any]]
) -> None:
    """With the standard's nonce and keys the chip answers byte for byte as printed."""
    chip = _worked_example(make_image)
    for exchange in transcript("icao-9303-11-appendix-g-pace-gm-ecdh")["apdus"]:
        assert _send(chip, exchange["c"]) == exchange["r"]


def test_published_pace_run_without_parameter_id(
    make_image: MakeImage, transcript: Callable[[str], dict[str, Any]]
) -> None:
    """Tag 84 may be left out where one set of parameters is there (the printed MSE:Set AT)."""
    chip = _worked_example(make_image)
    assert _send(chip, SET_AT_MRZ) == "9000"
    for exchange in transcript("icao-9303-11-appendix-g-pace-gm-ecdh")["apdus"][1:]:
        assert _send(chip, exchange["c"]) == exchange["r"]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("0022C1A40F800A04", "6700"),
        ("0022C1A408800204008301020000", "6A80"),
        ("0022C1A400", "6A80"),
        ("0022C1A403830102", "6A80"),
        ("0022C1A40C800A04007F00070202040202", "6A80"),
        ("0022C1A40F800A04007F00070202040204830102", "6A80"),
        ("0022C1A40F800A04007F00070202040202830103", "6A88"),
        ("0022C1A412800A04007F0007020204020283010284010D", "6A88"),
        ("002241A40F800A04007F00070202040202830102", "6A86"),
        ("0022C1A40580FF040000", "6A80"),
        ("0022C1A412800A04007F0007020204020283010284010C", "9000"),
        ("0022C1A411800A04007F0007020204020283010299" + "00", "9000"),
    ],
)
def test_choosing_protocol_and_password(make_image: MakeImage, command: str, status: str) -> None:
    """MSE:Set AT refuses what is missing, malformed or not there, and ignores unknown objects."""
    assert _send(Chip(make_image()), command) == status


def test_a_password_that_the_card_has_not(make_image: MakeImage) -> None:
    """A passport without CAN says that the reference is not found."""
    chip = Chip(make_image(can=None))
    assert _send(chip, SET_AT_CAN) == "6A88"
    assert _send(chip, SET_AT_MRZ) == "9000"


def test_general_authenticate_before_set_at(make_image: MakeImage) -> None:
    """Nothing runs before a protocol is chosen."""
    assert _send(Chip(make_image()), ASK_NONCE) == "6985"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00860000027C0000", "6883"),
        ("10860001027C0000", "6A86"),
        ("10860000027C00", "6700"),
        ("10860000027C0010", "6700"),
        ("10860000027C0100", "6A80"),
        ("10860000047C02800000", "6A80"),
        ("1086000002300000", "6A80"),
    ],
)
def test_first_step_malformed(make_image: MakeImage, command: str, status: str) -> None:
    """A step that does not end well ends the run."""
    chip = Chip(make_image())
    assert _send(chip, SET_AT_CAN) == "9000"
    assert _send(chip, command) == status
    assert _send(chip, ASK_NONCE) == "6985"


@pytest.mark.parametrize("point", ["04" + "00" * 64, "04" + "11" * 64, "02" + "11" * 32])
def test_mapping_with_no_point_of_the_curve(make_image: MakeImage, point: str) -> None:
    """A public key off the curve is invalid data."""
    chip = Chip(make_image())
    _send(chip, SET_AT_CAN)
    assert _send(chip, ASK_NONCE).endswith("9000")
    size = len(point) // 2
    step = f"10860000{size + 4:02X}7C{size + 2:02X}81{size:02X}{point}00"
    assert _send(chip, step) == "6A80"


def test_another_command_breaks_the_chain(make_image: MakeImage) -> None:
    """A READ BINARY between two steps ends the run."""
    chip = Chip(make_image())
    _send(chip, SET_AT_CAN)
    _send(chip, ASK_NONCE)
    assert _send(chip, "00B09C0002") == "31149000"
    assert _send(chip, ASK_NONCE) == "6985"


def test_power_off_ends_the_run(make_image: MakeImage) -> None:
    """After a reset nothing of a running protocol is left."""
    chip = Chip(make_image())
    _send(chip, SET_AT_CAN)
    chip.reset()
    assert _send(chip, ASK_NONCE) == "6985"


def test_tries_with_the_can_are_counted() -> None:
    """Wrong tries go down to suspended and blocked; a success gives them back."""
    tries = TryCounter(3)
    assert (tries.used, tries.refusal()) == (False, None)
    tries.wrong()
    assert (tries.left, tries.used, tries.refusal()) == (2, True, None)
    tries.wrong()
    assert (tries.left, tries.refusal()) == (1, 0x6985)
    tries.restore()
    assert (tries.left, tries.refusal()) == (3, None)
    single = TryCounter(1)
    assert single.refusal() is None
    single.wrong()
    assert single.refusal() == 0x6983
    single.wrong()
    assert single.left == 0
    uncounted = TryCounter(None)
    uncounted.wrong()
    assert (uncounted.used, uncounted.refusal()) == (False, None)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("80A4040C", "6E00"),
        ("FFCA000000", "6E00"),
        ("1CA4040C", "6884"),
        ("00FF0000", "6D00"),
        ("0084000008", "6D00"),
        ("00C0000000", "6D00"),
        ("10B09C0000", "6884"),
        ("0CB09C000D9701008E08000000000000000000", "6988"),
        ("00A4", "6700"),
        ("", "6700"),
        ("00B09C000005", "6700"),
        ("00A4020C03011C", "6700"),
        ("00A4020C00000102", "6700"),
        ("0088000008000000000000000000", "6982"),
    ],
)
def test_commands_that_are_not_for_this_chip(
    make_image: MakeImage, command: str, status: str
) -> None:
    """Class, instruction, length and security are refused with the standard's status words."""
    assert _send(Chip(make_image()), command) == status


def test_internal_authenticate_without_a_key(make_image: MakeImage) -> None:
    """A clone, which shows DG15, refuses the proof; a chip that shows none does not know of it."""
    ask = "0088000008000000000000000000"
    clone = Chip(make_image(active_auth=None))
    quiet = Chip(make_image(active_auth=None, hidden=frozenset({0x010E, 0x010F})))
    assert _send(clone, ask) == "6982"
    assert _send(quiet, ask) == "6D00"


def _many_sided(make_image: MakeImage) -> Chip:
    """Return a chip that knows every command."""
    keys = (
        ChipAuthKey(12, b"\x05", 1, (ChipAuthProtocol(Agreement.ECDH, Suite.AES_128),)),
        ChipAuthKey(0, b"\x05", 2, (ChipAuthProtocol(Agreement.DH, Suite.TDES),)),
    )
    behaviour = Behaviour(command_chaining=True, response_block=16, file_end=FileEnd.EXACT)
    offers = (PaceOffer(PACE_GM, 12), PaceOffer(DH_IM, 0))
    return Chip(make_image(pace=offers, bac=True, chip_auth=ChipAuth(keys), behaviour=behaviour))


@pytest.mark.parametrize("many_sided", [False, True])
@given(st.lists(st.binary(max_size=80), max_size=6))
def test_any_bytes_get_a_status_word(
    make_image: MakeImage, many_sided: bool, commands: list[bytes]
) -> None:
    """Whatever arrives, the chip answers at least two bytes and raises nothing."""
    chip = _many_sided(make_image) if many_sided else Chip(make_image())
    for command in commands:
        answer = chip.transmit(command)
        assert len(answer) >= 2


@pytest.mark.parametrize("many_sided", [False, True])
@given(
    st.sampled_from([0x00, 0x10, 0x0C, 0x1C]),
    st.sampled_from([0x22, 0x82, 0x84, 0x86, 0x88, 0xA4, 0xB0, 0xB1, 0xC0]),
    st.binary(min_size=2, max_size=40),
)
def test_any_parameters_of_known_instructions(
    make_image: MakeImage, many_sided: bool, cla: int, ins: int, rest: bytes
) -> None:
    """Known class and instruction with any parameters: a status word of class 6 or 9."""
    chip = _many_sided(make_image) if many_sided else Chip(make_image())
    chip.transmit(bytes.fromhex(SET_AT_CAN))
    answer = chip.transmit(bytes([cla, ins]) + rest)
    assert answer[-2] >> 4 in {6, 9}


def _pkcs8(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"no key",
        _pkcs8(rsa.generate_private_key(65_537, 2048)),
        _pkcs8(ec.generate_private_key(ec.SECP224R1())),
        _pkcs8(ec.generate_private_key(ec.SECP256K1())),
    ],
    ids=["empty", "not-der", "rsa", "shorter-than-the-hash", "unknown-curve"],
)
def test_a_key_that_the_chip_cannot_use(make_image: MakeImage, key: bytes) -> None:
    """The error names the key."""
    with pytest.raises(SoftCardInvalid, match=r"active_auth\."):
        Chip(make_image(active_auth=ActiveAuth(key)))


def test_application_files_stay_shut(make_image: MakeImage) -> None:
    """Unopened, the application can be selected and none of its files, there or not, be seen."""
    chip = Chip(make_image())
    assert _send(chip, SELECT_APPLICATION) == "9000"
    for command in ("00A4020C020101", "00A4020C02010D", "00B0810000", "00B0000000", "00B08D0000"):
        assert _send(chip, command) == "6982"
