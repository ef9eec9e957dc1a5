"""The chip and the terminal's reader, written apart, meet: from selection to the photo."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from provisioning.cast import CastCard, make_cast
from provisioning.direct_reader import DirectReader
from provisioning.office.pilot import PilotPki
from provisioning.softcard.chip import Chip
from provisioning.softcard.hostile import (
    Corrupting,
    EndlessFile,
    Foreign,
    Garbage,
    NeverEnding,
    Stalling,
)
from provisioning.softcard.image import CardImage
from provisioning.softcard.slot import Card
from reader.apdu import SHORT_LE, Budget, CommandApdu, Limits, ResponseApdu
from reader.channel import pace, pace_protocols
from reader.channel.password import PasswordRefused
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRemoved, CardStalled, ChannelBroken, NotOurCard, ReaderError
from reader.evidence import NeedsPassword, Password, PasswordKind, PasswordState
from reader.lds.files import FileId
from reader.lds.security_infos import PaceInfo
from reader.profile import CardProfile, builtin_profiles
from reader.read import Reading, read
from reader.watch import CardLaid

AT = datetime(2025, 11, 20, tzinfo=UTC)
SET_AT_CAN = bytes.fromhex("0022C1A40F800A04007F00070202040202830102")


@pytest.fixture(scope="module")
def cast() -> dict[str, CastCard]:
    """Return the demonstration's cards by key."""
    return {card.key: card for card in make_cast(PilotPki.create(AT), AT).cards}


@pytest.fixture(scope="module")
def profiles() -> Sequence[CardProfile]:
    """Return the built-in card families."""
    return tuple(builtin_profiles())


def _can(image: CardImage) -> Password:
    assert image.can is not None
    return Password(PasswordKind.CAN, image.can)


def _mrz(image: CardImage) -> Password:
    assert image.mrz_information is not None
    return Password(PasswordKind.MRZ, image.mrz_information)


def _connection(card: Card, tear_after: int | None = None) -> tuple[DirectReader, CardLaid]:
    reader = DirectReader()
    reader.lay(card, tear_after=tear_after)
    while True:
        event = reader.next_event(0)
        assert event is not None
        if isinstance(event, CardLaid):
            return reader, event


def _read(
    card: Card, profiles: Sequence[CardProfile], password: Password | None, budget: Budget | None
) -> Reading | NeedsPassword:
    return read(_connection(card)[1].connection, profiles, password, budget=budget)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("member-1", PasswordKind.CAN),
        ("member-1", PasswordKind.MRZ),
        ("member-2", PasswordKind.CAN),
        ("citizen", PasswordKind.CAN),
        ("citizen", PasswordKind.MRZ),
        ("passport", PasswordKind.MRZ),
    ],
)
def test_a_card_is_read_whole(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile], key: str, kind: PasswordKind
) -> None:
    """Every file comes home as it was personalised, and the chip's proof is there."""
    image = cast[key].image
    password = _can(image) if kind is PasswordKind.CAN else _mrz(image)
    reading = _read(Chip(image), profiles, password, None)
    assert isinstance(reading, Reading)
    for file, content in reading.evidence.files.items():
        kept = image.mf_files if file.in_master_file else image.app_files
        assert content == kept[file.fid]
    assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]
    proofs = (reading.evidence.active_auth, reading.evidence.chip_auth)
    assert [proof.sw for proof in proofs if proof is not None] == [0x9000]


def test_the_chips_of_the_cast_can_all_be_built(cast: dict[str, CastCard]) -> None:
    """Every card of the demonstration makes a chip."""
    for card in cast.values():
        assert Chip(card.image).atr == card.image.atr


def test_a_clone_withholds_its_proof(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile]
) -> None:
    """All data are there; the proof is refused with a status word."""
    image = cast["clone"].image
    reading = _read(Chip(image), profiles, _can(image), None)
    assert isinstance(reading, Reading)
    assert reading.evidence.active_auth is not None
    assert reading.evidence.active_auth.sw == 0x6982


def test_hidden_files_are_told_as_refused(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile]
) -> None:
    """A quiet clone's DG14 and DG15 are not found."""
    image = cast["quiet-clone"].image
    reading = _read(Chip(image), profiles, _can(image), None)
    assert isinstance(reading, Reading)
    assert reading.evidence.refused == {FileId.DG14: 0x6A82, FileId.DG15: 0x6A82}


def test_a_wrong_can_costs_a_try(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile]
) -> None:
    """Wrong guesses are counted over power-offs; the MRZ, or a right CAN in time, restores."""
    image = cast["member-1"].image
    chip = Chip(image)
    wrong = Password(PasswordKind.CAN, "000000" if image.can != "000000" else "111111")
    first = _read(chip, profiles, wrong, None)
    assert isinstance(first, NeedsPassword)
    assert first.state is PasswordState.WRONG
    chip.reset()
    assert chip.transmit(SET_AT_CAN).hex() == "63c2"
    assert isinstance(_read(chip, profiles, _can(image), None), Reading)
    chip.reset()
    assert chip.transmit(SET_AT_CAN).hex() == "9000"
    _read(chip, profiles, wrong, None)
    _read(chip, profiles, wrong, None)
    chip.reset()
    assert chip.transmit(SET_AT_CAN).hex() == "63c1"
    assert chip.transmit(bytes.fromhex("10860000027C0000")).hex() == "6985"
    shy = _read(chip, profiles, _can(image), None)
    assert isinstance(shy, NeedsPassword)
    assert shy.state is PasswordState.TOO_FEW_TRIES
    assert isinstance(_read(chip, profiles, _mrz(image), None), Reading)
    assert isinstance(_read(chip, profiles, _can(image), None), Reading)


def test_a_card_pulled_out_at_any_apdu(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile]
) -> None:
    """Wherever the card leaves, the reading ends with CardRemoved."""
    image = cast["member-1"].image
    whole = _read(Chip(image), profiles, _can(image), None)
    assert isinstance(whole, Reading)
    for count in range(0, whole.apdus, 3):
        reader, laid = _connection(Chip(image), count)
        with pytest.raises(CardRemoved):
            read(laid.connection, profiles, _can(image))
        assert not reader.occupied


@pytest.mark.parametrize(
    "card", [NeverEnding(), EndlessFile(), Garbage()], ids=["never-ending", "endless", "garbage"]
)
def test_bad_chips_end_with_a_sentence(card: Card, profiles: Sequence[CardProfile]) -> None:
    """Garbage and answers without end give an error of the reader with a next step."""
    password = Password(PasswordKind.CAN, "123456")
    with pytest.raises(ReaderError) as caught:
        _read(card, profiles, password, None)
    assert caught.value.next_step


def test_a_chip_of_another_trade(profiles: Sequence[CardProfile]) -> None:
    """A chip without our files is not our card."""
    with pytest.raises(NotOurCard):
        _read(Foreign(), profiles, Password(PasswordKind.CAN, "123456"), None)


def test_a_channel_that_is_changed_on_the_way(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile]
) -> None:
    """A protected answer with one changed bit breaks the channel."""
    image = cast["member-1"].image
    with pytest.raises(ChannelBroken):
        _read(Corrupting(Chip(image)), profiles, _can(image), None)


def test_a_stalling_chip_meets_the_budget(
    cast: dict[str, CastCard], profiles: Sequence[CardProfile]
) -> None:
    """A chip that takes too long ends the reading; the clock here is the card's own waits."""
    image = cast["member-1"].image
    waited: list[float] = []
    card = Stalling(Chip(image), 5.0, waited.append)
    budget = Budget(Limits(max_seconds=12.0), lambda: sum(waited))
    with pytest.raises(CardStalled):
        _read(card, profiles, _can(image), budget)
    assert sum(waited) < 60


class Opened:
    """A session with a chip of the small image, made by the terminal's own channel."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        info = PaceInfo("0.4.0.127.0.7.2.2.4.2.2", 2, 12)
        variant = pace_protocols.choose([info])
        assert variant is not None
        opened = pace.run(self.plain, variant, Password(PasswordKind.CAN, "123456"))
        assert not isinstance(opened, PasswordRefused)
        self._messaging = SecureMessaging(opened.keys)
        self.secured = self._messaging.over(self.plain)

    def plain(self, command: CommandApdu) -> ResponseApdu:
        """Send a command as it stands."""
        return ResponseApdu.from_bytes(self.chip.transmit(command.to_bytes()))

    def protect(self, command: CommandApdu) -> bytes:
        """Return a command under the session, not yet sent."""
        return self._messaging.protect(command).to_bytes()

    def ask(self, ins: int, p1: int, p2: int, data: str = "", le: int | None = None) -> str:
        """Return status and data of a command under the session."""
        answer = self.secured(CommandApdu(0x00, ins, p1, p2, bytes.fromhex(data), le))
        return f"{answer.sw:04X}{answer.data.hex().upper()}"


@pytest.fixture
def opened(make_image: Callable[..., CardImage]) -> Opened:
    """Return an opened chip with the application selected."""
    session = Opened(Chip(make_image()))
    assert session.ask(0xA4, 4, 0x0C, "A0000002471001") == "9000"
    return session


def test_files_of_the_opened_application(opened: Opened) -> None:
    """Under the session, reading follows the same rules as in plain."""
    assert opened.ask(0xB0, 0x81, 0, le=SHORT_LE) == "9000" + "6108" + bytes(range(8)).hex()
    assert opened.ask(0xB0, 0x81, 8, le=9) == "62820607"
    assert opened.ask(0xB0, 0x81, 10, le=1) == "6B00"
    assert opened.ask(0xB0, 0x8D, 0, le=1) == "6A82"
    assert opened.ask(0xA4, 2, 0x0C, "0102") == "9000"
    assert opened.ask(0xB0, 0, 0, le=4) == "900075820200"
    assert len(opened.ask(0xB0, 0, 0, le=SHORT_LE)) // 2 - 2 == 223
    assert opened.ask(0xA4, 0, 0x0C, "3F00") == "9000"
    assert opened.ask(0xB0, 0x9D, 0, le=SHORT_LE).startswith("9000")
    assert opened.ask(0xCA, 0, 0, le=1) == "6D00"
    assert opened.ask(0x22, 0xC1, 0xA4, "800A04007F00070202040202830102") == "6985"
    assert opened.ask(0x86, 0, 0, "7C00", le=SHORT_LE) == "6985"


def test_the_proof_of_the_chip(opened: Opened, chip_key: ec.EllipticCurvePrivateKey) -> None:
    """The signature over the challenge holds; length and place are checked first."""
    challenge = os.urandom(8)
    answer = bytes.fromhex(opened.ask(0x88, 0, 0, challenge.hex(), le=SHORT_LE))
    assert answer[:2] == b"\x90\x00"
    r, s = (int.from_bytes(part, "big") for part in (answer[2:34], answer[34:]))
    chip_key.public_key().verify(encode_dss_signature(r, s), challenge, ec.ECDSA(hashes.SHA256()))
    assert opened.ask(0x88, 0, 0, challenge.hex(), le=32) == "6C40"
    assert opened.ask(0x88, 0, 0, "00" * 7, le=SHORT_LE) == "6700"
    assert opened.ask(0x88, 0, 1, challenge.hex(), le=SHORT_LE) == "6A86"
    assert opened.ask(0xA4, 0, 0x0C, "3F00") == "9000"
    assert opened.ask(0x88, 0, 0, challenge.hex(), le=SHORT_LE) == "6985"


@pytest.mark.parametrize("plain", ["00B0810001", "00A4020C020101", "00", "00FF0000"])
def test_a_plain_command_ends_the_session(opened: Opened, plain: str) -> None:
    """Anything unprotected closes the files again, and the old keys open nothing."""
    opened.chip.transmit(bytes.fromhex(plain))
    late = opened.protect(CommandApdu(0x00, 0xB0, 0x81, 0, le=1))
    assert opened.chip.transmit(late).hex() == "6988"
    assert opened.chip.transmit(bytes.fromhex("00B0810001")).hex() == "6982"


def test_a_failed_checksum_ends_the_session(opened: Opened) -> None:
    """6988 comes unprotected, and the right command afterwards finds no session."""
    good = opened.protect(CommandApdu(0x00, 0xB0, 0x81, 0, le=1))
    bad = good[:-2] + bytes([good[-2] ^ 1]) + good[-1:]
    assert opened.chip.transmit(bad).hex() == "6988"
    assert opened.chip.transmit(good).hex() == "6988"
    assert opened.chip.transmit(bytes.fromhex("00B0810001")).hex() == "6982"


def test_a_replayed_command_ends_the_session(opened: Opened) -> None:
    """The counter lets a protected command in once."""
    command = opened.protect(CommandApdu(0x00, 0xB0, 0x81, 0, le=1))
    assert opened.chip.transmit(command).hex().endswith("9000")
    assert opened.chip.transmit(command).hex() == "6988"


def test_power_off_ends_the_session(opened: Opened) -> None:
    """After a reset the files are shut and the master file is selected."""
    opened.chip.reset()
    late = opened.protect(CommandApdu(0x00, 0xB0, 0x81, 0, le=1))
    assert opened.chip.transmit(late).hex() == "6988"
    assert opened.chip.transmit(bytes.fromhex("00B09C0002")).hex() == "31149000"
