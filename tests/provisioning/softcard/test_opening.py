"""Opening the chip: every variant of PACE, basic access control, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage, ChipAuth, ChipAuthKey, PaceOffer
from provisioning.softcard.protocols import PaceProtocol
from tests.provisioning.softcard import opening, terminal
from tests.provisioning.softcard.conftest import AID, MRZ_INFORMATION
from tests.provisioning.softcard.opening import Refusal

MakeImage = Callable[..., CardImage]

SUITES = ("3DES", "AES-128", "AES-192", "AES-256")
LABELS = {"3DES": "3DES-CBC-CBC"} | {s: f"AES-CBC-CMAC-{s[-3:]}" for s in SUITES[1:]}
CAN = opening.password("123456", can=True)
MRZ = opening.password(MRZ_INFORMATION, can=False)
SELECT = f"00A4040C07{AID.hex()}"
STATIC = 0x1234567


def offer(kind: str, suite: str, parameter_id: int) -> PaceOffer:
    """Return the offer of a variant: `ECDH-GM` on the group of an id."""
    protocol = PaceProtocol.by_name(f"id-PACE-{kind}-{LABELS[suite]}")
    assert protocol is not None
    return PaceOffer(protocol, parameter_id)


VARIANTS = [
    *(("ECDH-GM", suite, 12) for suite in SUITES),
    *(("ECDH-IM", suite, 13) for suite in SUITES),
    *(("ECDH-CAM", suite, 16) for suite in SUITES[1:]),
    *(("DH-GM", suite, 0) for suite in SUITES),
    *(("DH-IM", suite, 0) for suite in SUITES),
    *(("DH-GM", "AES-256", number) for number in (1, 2)),
    *(("DH-IM", "AES-192", number) for number in (1, 2)),
    *(("ECDH-GM", "AES-128", number) for number in (8, 9, 10, 11, 13, 14, 15, 16, 17, 18)),
    *(("ECDH-IM", "AES-128", number) for number in (8, 9, 11, 12, 14, 15, 16, 17, 18)),
    *(("ECDH-CAM", "AES-128", number) for number in (8, 9, 10, 11, 12, 13, 14, 15, 17, 18)),
]


@pytest.mark.parametrize(("kind", "suite", "parameter_id"), VARIANTS)
def test_every_variant_of_pace(
    make_image: MakeImage, kind: str, suite: str, parameter_id: int
) -> None:
    """The tokens agree, and the first file comes home under the new keys."""
    keys = ChipAuth((ChipAuthKey(parameter_id, STATIC.to_bytes(4, "big"), parameter_id),))
    chip = Chip(
        make_image(
            pace=(offer(kind, suite, parameter_id),),
            chip_auth=keys if kind == "ECDH-CAM" else ChipAuth(),
        )
    )
    opened = opening.pace(chip.transmit, kind, suite, parameter_id, CAN, can=True)
    if kind == "ECDH-CAM":
        # KA(CA_IC, PK_IC) is the chip's mapping key (section 4.4.3.5.2).
        static = opening.public(parameter_id, STATIC)
        assert opening.public(parameter_id, opened.chip_data, static) == opened.mapping_key
    assert opened.session.ask("00A4040C", AID) == "9000"
    assert opened.session.ask("00B08100", le=b"\x00") == "90006108" + bytes(range(8)).hex()


def test_the_mrz_opens_as_the_can_does(make_image: MakeImage) -> None:
    """Both passwords lead to a session; a chip without tag 84 needs none."""
    chip = Chip(make_image())
    run = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, MRZ, can=False, with_id=False)
    assert run.session.ask("00A4040C", AID) == "9000"


SEVERAL = (
    offer("ECDH-GM", "AES-128", 12),
    offer("ECDH-IM", "AES-256", 13),
    offer("DH-GM", "3DES", 0),
)


def test_several_offers_at_once(make_image: MakeImage) -> None:
    """Each runs; with more than one group the terminal has to say which (tag 84)."""
    chip = Chip(make_image(pace=SEVERAL))
    for kind, suite, number in (
        ("ECDH-GM", "AES-128", 12),
        ("ECDH-IM", "AES-256", 13),
        ("DH-GM", "3DES", 0),
    ):
        chip.reset()
        opened = opening.pace(chip.transmit, kind, suite, number, CAN, can=True)
        assert opened.session.ask("00A4040C", AID) == "9000"
        with pytest.raises(Refusal, match="6A88"):
            opening.pace(chip.transmit, kind, suite, number, CAN, can=True, with_id=False)


@pytest.mark.parametrize(
    ("kind", "number", "status"),
    [("ECDH-GM", 13, "6A88"), ("ECDH-IM", 12, "6A88"), ("ECDH-CAM", 12, "6A80")],
)
def test_an_offer_that_was_not_made(
    make_image: MakeImage, kind: str, number: int, status: str
) -> None:
    """Protocol and group go together as EF.CardAccess has them."""
    suite = "AES-256" if kind == "ECDH-IM" else "AES-128"
    chip = Chip(make_image(pace=SEVERAL))
    with pytest.raises(Refusal, match=status):
        opening.pace(chip.transmit, kind, suite, number, CAN, can=True)


def test_one_group_with_two_mappings(make_image: MakeImage) -> None:
    """Two protocols in one group are not ambiguous: tag 84 may be left out."""
    offers = (offer("ECDH-GM", "AES-128", 12), offer("ECDH-IM", "AES-128", 12))
    chip = Chip(make_image(pace=offers))
    for kind in ("ECDH-GM", "ECDH-IM"):
        opening.pace(chip.transmit, kind, "AES-128", 12, CAN, can=True, with_id=False)
        chip.reset()


@pytest.mark.parametrize(
    ("suite", "number", "nonce"),
    [("AES-128", 13, 15), ("AES-192", 13, 16), ("AES-256", 13, 16), ("3DES", 0, 24)],
)
def test_an_integrated_mapping_with_a_nonce_of_another_size(
    make_image: MakeImage, suite: str, number: int, nonce: int
) -> None:
    """The terminal's nonce is as long as the cipher's key."""
    kind = "ECDH-IM" if number else "DH-IM"
    chosen = offer(kind, suite, number)
    chip = Chip(make_image(pace=(chosen,)))
    oid = bytes.fromhex(
        f"{opening.PACE}{opening.PACE_ARCS[kind]:02X}{opening.SUITE_ARCS[suite]:02X}"
    )
    choice = terminal.tlv(0x80, oid) + terminal.tlv(0x83, b"\x02")
    opening.sent(chip.transmit, bytes.fromhex("0022C1A4") + bytes([len(choice)]) + choice)
    opening.step(chip.transmit, b"\x7c\x00")
    with pytest.raises(Refusal, match="6A80"):
        opening.step(chip.transmit, terminal.tlv(0x7C, terminal.tlv(0x81, os.urandom(nonce))))


def test_the_terminals_key_sent_back(make_image: MakeImage) -> None:
    """Equal public keys on both sides end the run (section 4.4.1, step d)."""
    chip = Chip(make_image(), lambda size: (4).to_bytes(size, "big"))  # draws 5 as its secret
    opening.plain(chip.transmit, "0022C1A40F800A04007F00070202040202830102")
    nonce = opening.step(chip.transmit, b"\x7c\x00")[0x80]
    key = terminal.derive("AES-128", CAN, 3)
    plain = terminal.cbc("AES-128", key, nonce, back=True)
    generator, _ = opening.mapped(chip.transmit, "ECDH-GM", "AES-128", 12, plain)
    own = opening.public(12, 5, generator)
    with pytest.raises(Refusal, match="6300"):
        opening.step(chip.transmit, terminal.tlv(0x7C, terminal.tlv(0x83, own)))


class TestBasicAccess:
    """Basic access control on a chip that has nothing else, and on one that has both."""

    @pytest.fixture
    def chip(self, make_image: MakeImage) -> Chip:
        """Return a chip of the first generation of passports."""
        chip = Chip(make_image(pace=(), bac=True, mf_files={}))
        assert chip.transmit(bytes.fromhex(SELECT)).hex() == "9000"
        return chip

    def test_opens_the_application(self, chip: Chip) -> None:
        """The session's counter begins with the nonces; files come under 3DES."""
        session = opening.basic_access(chip.transmit, MRZ_INFORMATION)
        assert session.ask("00B08100", le=b"\x00") == "90006108" + bytes(range(8)).hex()
        assert session.ask("00A4020C", b"\x01\x02") == "9000"
        assert session.ask("00B00000", le=b"\x04") == "900075820200"

    def test_a_wrong_zone(self, chip: Chip) -> None:
        """The checksum fails with 6300, and nothing is open."""
        with pytest.raises(Refusal, match="6300"):
            opening.basic_access(chip.transmit, MRZ_INFORMATION[:-1] + "0")
        assert chip.transmit(bytes.fromhex("00B0810000")).hex() == "6982"

    @pytest.mark.parametrize(
        ("command", "status"),
        [
            ("0084000007", "6700"),
            ("00840000", "6700"),
            ("0084000108", "6a86"),
            ("008400000101" + "08", "6700"),
            ("0082000028" + "00" * 40 + "28", "6985"),
            ("0022C1A40F800A04007F00070202040202830101", "6d00"),
            ("10860000027C0000", "6d00"),
            ("00B09C0000", "6982"),
        ],
    )
    def test_commands_out_of_place(self, chip: Chip, command: str, status: str) -> None:
        """Lengths, parameters and order are checked; PACE is unknown to this chip."""
        assert chip.transmit(bytes.fromhex(command)).hex() == status

    @pytest.mark.parametrize(
        ("command", "status"),
        [
            ("0082000027" + "00" * 39 + "28", "6700"),
            ("0082000128" + "00" * 40 + "28", "6a86"),
            ("0082000028" + "00" * 40, "6700"),
            ("0082000028" + "00" * 40 + "28", "6300"),
        ],
    )
    def test_a_challenge_serves_once(self, chip: Chip, command: str, status: str) -> None:
        """Whatever comes of it, the next try needs a new one."""
        opening.plain(chip.transmit, "0084000008")
        assert chip.transmit(bytes.fromhex(command)).hex() == status
        again = "0082000028" + "00" * 40 + "28"
        assert chip.transmit(bytes.fromhex(again)).hex() == "6985"

    def test_a_challenge_returned_wrong(self, chip: Chip) -> None:
        """A right checksum over another challenge is refused."""
        first = opening.plain(chip.transmit, "0084000008")
        assert opening.plain(chip.transmit, "0084000008") != first

        def replay(command: bytes) -> bytes:
            return first + b"\x90\x00" if command[1] == 0x84 else chip.transmit(command)

        with pytest.raises(Refusal, match="6300"):
            opening.basic_access(replay, MRZ_INFORMATION)

    def test_outside_the_application(self, make_image: MakeImage) -> None:
        """The keys belong to the application: before its selection there is no challenge."""
        chip = Chip(make_image(bac=True))
        assert chip.transmit(bytes.fromhex("0084000008")).hex() == "6985"

    def test_a_card_with_both(self, make_image: MakeImage) -> None:
        """Either way in works; the other is then closed, and EF.CardSecurity is PACE's alone."""
        chip = Chip(make_image(bac=True))
        opened = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
        assert opened.session.ask("00B09D00", le=b"\x00") == "90003003020100"
        assert opened.session.ask("00840000", le=b"\x08") == "6985"
        chip.reset()
        chip.transmit(bytes.fromhex(SELECT))
        session = opening.basic_access(chip.transmit, MRZ_INFORMATION)
        choice = bytes.fromhex("800A04007F00070202040202830101")
        assert session.ask("0022C1A4", choice) == "6985"
        assert session.ask("00A4000C", b"\x3f\x00") == "9000"
        assert session.ask("00B09D00", le=b"\x00") == "6982"
        assert session.ask("00B09C00", le=b"\x02") == "90003114"
