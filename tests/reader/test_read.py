"""A whole reading against the software card, and what a chip may do wrong meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.softcard.chip import Chip
from provisioning.softcard.hostile import (
    Corrupting,
    EndlessFile,
    Foreign,
    Garbage,
    NeverEnding,
)
from provisioning.softcard.image import CardImage
from provisioning.softcard.slot import Card
from reader import tlv
from reader.apdu import INS, SHORT_LE, Budget, CardConnection, Limits
from reader.errors import (
    CardRefused,
    CardRemoved,
    CardStalled,
    ChannelBroken,
    MalformedData,
    NotOurCard,
    ReaderError,
    ReadingCancelled,
)
from reader.evidence import (
    CardAccessSource,
    NeedsPassword,
    PaceFacts,
    Password,
    PasswordKind,
    PasswordState,
)
from reader.lds.files import FileId
from reader.profile import CardProfile, builtin_profiles
from reader.read import Reading, read

ImageMaker = Callable[..., CardImage]
Lay = Callable[..., CardConnection]
EXTENDED_ATR = bytes.fromhex("3B85800180739401402A")  # card capabilities: extended length
EMRTD_AID = bytes.fromhex("A0000002471001")
PACE_128 = "0.4.0.127.0.7.2.2.4.2.2"
BOTH = frozenset({PasswordKind.CAN, PasswordKind.MRZ})
WRONG = Password(PasswordKind.CAN, "000000")


def done(outcome: Reading | NeedsPassword) -> Reading:
    """Return the reading, failing the test where a password is still wanted."""
    assert isinstance(outcome, Reading)
    return outcome


def waiting(outcome: Reading | NeedsPassword) -> NeedsPassword:
    """Return the wish for a password, failing the test where the card was read."""
    assert isinstance(outcome, NeedsPassword)
    return outcome


@dataclass
class Recorder:
    """A card that keeps every command and answers as another does, except for `answers`.

    `answers` maps the number of an exchange, or the first bytes of a command, to an answer.
    """

    card: Card
    answers: Mapping[int | bytes, bytes] = field(default_factory=dict)
    commands: list[bytes] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        """Return the card's own."""
        return self.card.atr

    def reset(self) -> None:
        """Reset the card."""
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Keep the command and answer it."""
        self.commands.append(command)
        for key, answer in self.answers.items():
            if key == len(self.commands) - 1:
                return answer
            if isinstance(key, bytes) and command.startswith(key):
                return answer
        return self.card.transmit(command)


def test_a_party_card_and_its_can(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Brings home every file of the profile byte for byte, the PACE facts and the proof."""
    image = make_image()
    reading = done(read(lay(Chip(image)), [party], can))
    evidence = reading.evidence
    assert set(evidence.files) == {FileId.CARD_ACCESS, *party.read_now}
    for file_id in party.read_now:
        assert evidence.files[file_id] == image.app_files[file_id.fid]
    assert evidence.files[FileId.CARD_ACCESS] == image.mf_files[FileId.CARD_ACCESS.fid]
    assert evidence.refused == {}
    assert evidence.pace == PaceFacts(PACE_128, 12, PasswordKind.CAN, CardAccessSource.READ)
    assert evidence.active_auth is not None
    assert evidence.active_auth.sw == 0x9000
    assert len(evidence.active_auth.challenge) == 8
    assert len(evidence.active_auth.response) == 64
    assert (evidence.profile, evidence.aid) == ("dang-vien", image.aid)
    assert evidence.atr == image.atr


def test_a_card_on_brainpool_and_its_mrz(
    make_image: ImageMaker, lay: Lay, party: CardProfile, mrz_password: Password
) -> None:
    """Parameter id 13 and the MRZ open the card as well."""
    reading = done(read(lay(Chip(make_image(parameter_id=13))), [party], mrz_password))
    assert reading.evidence.pace == PaceFacts(PACE_128, 13, PasswordKind.MRZ, CardAccessSource.READ)


def test_few_commands(make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password) -> None:
    """No file is asked for twice: one command a file, and one more for every further chunk."""
    image = make_image()
    reading = done(read(lay(Chip(image)), [party], can))
    chunks = sum(-(-len(image.app_files[f.fid]) // 223) for f in party.read_now)
    access, pace, select, proof = 1, 5, 1, 1
    assert reading.apdus == access + pace + select + chunks + proof


def test_a_chip_with_large_buffers(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """EF.ATR/INFO's buffer is used: one command a file, a photo of 30,000 bytes in two."""
    image = make_image(atr=EXTENDED_ATR)
    sizes = tlv.encode(0x02, b"\x40\x00") * 2
    atr_info = tlv.encode(0x43, b"\xb8") + tlv.encode(0x7F66, sizes)
    image = replace(image, mf_files={**image.mf_files, FileId.ATR_INFO.fid: atr_info})
    reading = done(read(lay(Chip(image)), [party], can))
    assert reading.apdus == 2 + 5 + 1 + len(party.read_now) + 1
    assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]
    assert reading.apdus == 2 + 5 + 1 + len(party.read_now) + 1 + 2


def test_buffers_that_nobody_announces(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Extended length without a figure in EF.ATR/INFO: tried once, and the chip takes it."""
    short = done(read(lay(Chip(make_image())), [party], can))
    asked = done(read(lay(Chip(make_image(atr=EXTENDED_ATR))), [party], can))
    assert asked.apdus < short.apdus
    assert asked.known.habits is not None
    assert asked.known.habits.chunk > SHORT_LE


@dataclass
class EndsItsChannel:
    """A chip whose session is gone after a protected command in the extended form."""

    card: Card

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def reset(self) -> None:
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        if command[0] & 0x0C and command[4] == 0:
            self.card.reset()
            return bytes.fromhex("6700")
        return self.card.transmit(command)


def test_a_chip_that_ends_its_channel_over_a_long_answer(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """It is opened once more, with the password that was right, and read by short answers."""
    image = make_image(atr=EXTENDED_ATR)
    card = Recorder(EndsItsChannel(Chip(image)))
    reading = done(read(lay(card), [party], can))
    assert reading.evidence.files[FileId.SOD] == image.app_files[FileId.SOD.fid]
    runs = [c for c in card.commands if c[:2] == bytes((0, INS.MANAGE_SECURITY_ENVIRONMENT))]
    assert len(runs) == 2
    assert reading.known.habits is not None
    assert reading.known.habits.chunk <= SHORT_LE


def test_a_channel_that_breaks_at_the_first_file_of_a_short_reading(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """There is nothing to try again: the error stands."""
    with pytest.raises(ChannelBroken):
        read(lay(Corrupting(Chip(make_image()))), [party], can)


def test_the_next_card_of_a_kind(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Neither EF.CardAccess nor EF.ATR/INFO is asked for again, and the evidence says so."""
    first = done(read(lay(Chip(make_image(atr=EXTENDED_ATR))), [party], can))
    card = Recorder(Chip(make_image(atr=EXTENDED_ATR)))
    again = done(read(lay(card), [party], can, known=first.known))
    assert card.commands[0][1] == INS.MANAGE_SECURITY_ENVIRONMENT
    assert again.apdus == first.apdus - 2
    assert again.evidence.pace is not None
    assert again.evidence.pace.source is CardAccessSource.REMEMBERED
    assert FileId.CARD_ACCESS not in again.evidence.files
    assert again.known == first.known


def test_a_chip_of_another_kind_with_the_same_answer_to_reset(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """It refuses what is remembered, spends no try, is asked, and opens."""
    known = done(read(lay(Chip(make_image())), [party], can)).known
    other = Chip(make_image(parameter_id=13))
    reading = done(read(lay(other), [party], can, known=known))
    assert reading.evidence.pace == PaceFacts(PACE_128, 13, PasswordKind.CAN, CardAccessSource.READ)
    assert reading.known.card_access == make_image(parameter_id=13).mf_files[0x011C]


def test_a_remembered_kind_laid_without_a_password(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Nothing is asked of the chip: what opens it is known."""
    known = done(read(lay(Chip(make_image())), [party], can)).known
    card = Recorder(Chip(make_image()))
    wish = waiting(read(lay(card), [party], None, known=known))
    assert (wish.kinds, wish.chip_hint, card.commands) == (BOTH, None, [])


def test_the_photo_is_given_up_and_asked_for_again(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Between two commands, without harm to the channel."""
    image = make_image()
    reading = done(read(lay(Chip(image)), [party], can))
    calls = iter([False, False, True])
    with pytest.raises(ReadingCancelled):
        reading.read_late(FileId.DG2, cancelled=lambda: next(calls))
    assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]


def test_the_photo_comes_late(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """A late file is read on the channel that is still open, and its exchanges are counted."""
    image = make_image()
    reading = done(read(lay(Chip(image)), [party], can))
    before = reading.apdus
    assert FileId.DG2 not in reading.evidence.files
    assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]
    assert reading.apdus > before


def test_a_file_that_the_profile_does_not_read_late(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Fingerprints cannot be asked for, not even by mistake."""
    reading = done(read(lay(Chip(make_image())), [party], can))
    with pytest.raises(ValueError, match="DG3"):
        reading.read_late(FileId.DG3)


def test_a_late_file_that_is_not_there(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """The status word comes with the error."""
    image = make_image(files={FileId.DG2.fid: None})
    reading = done(read(lay(Chip(image)), [party], can))
    with pytest.raises(CardRefused) as caught:
        reading.read_late(FileId.DG2)
    assert caught.value.sw == 0x6A82


def test_nobody_gave_a_password(make_image: ImageMaker, lay: Lay, party: CardProfile) -> None:
    """The card waits, and tells the passwords that it takes and its parameters."""
    image = make_image()
    wish = waiting(read(lay(Chip(image)), [party], None))
    assert wish.state is PasswordState.NONE_GIVEN
    assert (wish.kinds, wish.tries_left) == (BOTH, None)
    assert wish.chip_hint == image.mf_files[FileId.CARD_ACCESS.fid]


def test_the_password_comes_while_the_card_lies_there(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """What was read of the card at this laying is not read again."""
    card = Recorder(Chip(make_image()))
    connection = lay(card)
    wish = waiting(read(connection, [party], None))
    asked = len(card.commands)
    reading = done(read(connection, [party], can, card_access=wish.chip_hint))
    assert card.commands[asked][1] == 0x22
    assert reading.evidence.pace is not None
    assert reading.evidence.pace.source is CardAccessSource.READ
    assert reading.evidence.files[FileId.CARD_ACCESS] == wish.chip_hint


def test_a_wrong_can(make_image: ImageMaker, lay: Lay, party: CardProfile) -> None:
    """One guess, no second; the tries that are left are told."""
    chip = Chip(make_image())
    first = waiting(read(lay(chip), [party], WRONG))
    assert (first.state, first.tries_left) == (PasswordState.WRONG, 2)
    second = waiting(read(lay(chip), [party], WRONG))
    assert second.state is PasswordState.WRONG
    assert second.tries_left == 1


def test_too_few_tries_left(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """At the profile's minimum nothing is guessed, not even the right CAN."""
    chip = Chip(make_image(can_tries=3))
    for _ in range(2):
        read(lay(chip), [party], WRONG)
    card = Recorder(chip)
    wish = waiting(read(lay(card), [party], can))
    assert wish.state is PasswordState.TOO_FEW_TRIES
    assert wish.tries_left == 1
    assert card.commands[-1][1] == 0x22


def test_the_strictest_minimum_counts(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """Which family it is stands open before PACE, so the highest minimum of all is kept."""
    chip = Chip(make_image(can_tries=4))
    read(lay(chip), [party], WRONG)
    strict = replace(party, name="strict", min_tries_left=3)
    wish = waiting(read(lay(chip), [party, strict], can))
    assert wish.state is PasswordState.TOO_FEW_TRIES


def test_a_card_without_a_can(make_image: ImageMaker, lay: Lay, can: Password) -> None:
    """A passport has no CAN: nothing is guessed, and the MRZ alone is asked for."""
    image = make_image(aid=EMRTD_AID, can=None)
    wish = waiting(read(lay(Chip(image)), builtin_profiles(), can))
    assert wish.state is PasswordState.NONE_GIVEN
    assert wish.kinds == {PasswordKind.MRZ}


def test_a_password_that_no_profile_takes(
    make_image: ImageMaker, lay: Lay, party: CardProfile, mrz_password: Password
) -> None:
    """It is not tried; the card waits for one of the right kind."""
    only_can = replace(party, access=party.access[:1])
    card = Recorder(Chip(make_image()))
    wish = waiting(read(lay(card), [only_can], mrz_password))
    assert wish.kinds == {PasswordKind.CAN}
    assert len(card.commands) == 1


def test_a_password_with_strange_characters(
    make_image: ImageMaker, lay: Lay, party: CardProfile
) -> None:
    """It cannot be right, so it costs no try."""
    chip = Chip(make_image())
    with pytest.raises(MalformedData):
        read(lay(chip), [party], Password(PasswordKind.CAN, "一二三四五六"))
    assert waiting(read(lay(chip), [party], WRONG)).tries_left == 2


def test_families_that_share_an_application(
    make_image: ImageMaker, lay: Lay, can: Password
) -> None:
    """DG1 tells the citizen card from a passport, and is read once."""
    image = make_image(aid=EMRTD_AID)
    card = Recorder(Chip(image))
    reading = done(read(lay(card), builtin_profiles(), can))
    assert reading.evidence.profile == "cccd"
    assert reading.evidence.aid == EMRTD_AID
    assert [c[:4] for c in card.commands].count(bytes.fromhex("0CB08100")) == 1


@pytest.mark.parametrize("dg1", [None, tlv.encode(0x61, b"?"), tlv.encode(0x61, b"")])
def test_a_first_data_group_that_tells_nothing(
    make_image: ImageMaker, lay: Lay, can: Password, dg1: bytes | None
) -> None:
    """The likeliest family is proposed; what is wrong with DG1 is for verify to say."""
    image = make_image(aid=EMRTD_AID, files={FileId.DG1.fid: dg1})
    assert done(read(lay(Chip(image)), builtin_profiles(), can)).evidence.profile == "cccd"


def test_files_that_the_card_withholds(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """A quiet clone: the status words come home, and without DG15 there is no proof to ask for."""
    hidden = frozenset({FileId.DG14.fid, FileId.DG15.fid})
    evidence = done(read(lay(Chip(make_image(hidden=hidden))), [party], can)).evidence
    assert evidence.refused == {FileId.DG14: 0x6A82, FileId.DG15: 0x6A82}
    assert evidence.active_auth is None


def test_a_chip_that_cannot_prove_itself(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """A clone refuses the challenge: kept with the status word, not judged."""
    run = done(read(lay(Chip(make_image(active_auth=None))), [party], can)).evidence
    assert run.active_auth is not None
    assert run.active_auth.response == b""
    assert run.active_auth.sw != 0x9000


def test_files_never_read(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """A profile that lists a file as never read wins over itself."""
    odd = replace(party, read_now=(*party.read_now, FileId.DG3))
    evidence = done(read(lay(Chip(make_image())), [odd], can)).evidence
    assert FileId.DG3 not in evidence.files
    assert FileId.DG3 not in evidence.refused


def test_a_card_that_knows_no_short_identifiers(
    make_image: ImageMaker, lay: Lay, party: CardProfile
) -> None:
    """EF.CardAccess is then selected by its file identifier."""
    image = make_image()
    refusing = Recorder(Chip(image), {b"\x00\xb0\x9c": b"\x6a\x86"})
    assert waiting(read(lay(refusing), [party], None)).chip_hint is not None
    assert b"\x00\xa4\x02\x0c\x02\x01\x1c" in refusing.commands


def test_a_citizen_card_whose_master_file_cannot_be_selected(
    make_image: ImageMaker, lay: Lay, party: CardProfile
) -> None:
    """6D00 to SELECT of the master file is borne, and EF.CardAccess read all the same."""
    answers: Mapping[int | bytes, bytes] = {
        0: b"\x69\x86",
        b"\x00\xa4\x00": b"\x6d\x00",
    }
    card = Recorder(Chip(make_image()), answers)
    assert waiting(read(lay(card), [party], None)).chip_hint is not None


def test_another_chip_with_an_application_still_selected(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """A card read before, and not lifted, is read again."""
    connection = lay(Chip(make_image()))
    done(read(connection, [party], can))
    assert done(read(connection, [party], can)).evidence.refused == {}


def test_a_foreign_chip(lay: Lay, party: CardProfile, can: Password) -> None:
    """A chip of another trade is not our card."""
    with pytest.raises(NotOurCard):
        read(lay(Foreign()), [party], can)


def test_a_chip_without_our_application(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """PACE went well, but none of the profiles' applications is there."""
    with pytest.raises(NotOurCard):
        read(lay(Chip(make_image(aid=bytes(8)))), [party], can)


def test_a_way_in_that_we_do_not_speak(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """3DES alone: said at once, nothing guessed."""
    tdes = bytes.fromhex("04007F00070202040201")
    access = tlv.encode(
        0x31, tlv.encode(0x30, tlv.encode(0x06, tdes) + b"\x02\x01\x02\x02\x01\x0c")
    )
    image = make_image(mf_files={FileId.CARD_ACCESS.fid: access})
    with pytest.raises(NotOurCard):
        read(lay(Chip(image)), [party], can)


def test_remembered_parameters_of_another_chip(
    make_image: ImageMaker,
    make_card_access: Callable[..., bytes],
    lay: Lay,
    party: CardProfile,
    can: Password,
) -> None:
    """The chip does not take them; nothing is guessed."""
    chip = Chip(make_image())
    outcome = read(lay(chip), [party], can, card_access=make_card_access(13))
    assert waiting(outcome).state is PasswordState.NONE_GIVEN


def test_a_card_torn_away(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """At whatever command it goes: CardRemoved."""
    image = make_image()
    total = done(read(lay(Chip(image)), [party], can)).apdus
    for count in range(total):
        with pytest.raises(CardRemoved):
            read(lay(Chip(image), tear_after=count), [party], can)


def test_a_channel_that_is_tampered_with(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """The first protected answer that is not the chip's ends the reading."""
    with pytest.raises(ChannelBroken):
        read(lay(Corrupting(Chip(make_image()))), [party], can)


@pytest.mark.parametrize("card", [NeverEnding(), EndlessFile()])
def test_a_chip_that_never_ends(lay: Lay, party: CardProfile, can: Password, card: Card) -> None:
    """Claims of four gigabytes and endless chains end in an error of ours."""
    with pytest.raises(ReaderError):
        read(lay(card), [party], can)


@pytest.mark.parametrize(
    "limits", [Limits(max_bytes=900), Limits(max_exchanges=9), Limits(max_seconds=0.5)]
)
def test_a_budget_that_is_used_up(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password, limits: Limits
) -> None:
    """Bytes, exchanges and seconds each end the reading: CardStalled."""
    ticks = iter(range(10_000))
    budget = Budget(limits, lambda: next(ticks) / 10)
    with pytest.raises(CardStalled):
        read(lay(Chip(make_image())), [party], can, budget=budget)


def test_the_photo_has_its_own_budget(
    make_image: ImageMaker, lay: Lay, party: CardProfile, can: Password
) -> None:
    """A late file starts the account again, however much the reading took."""
    budget = Budget(Limits(max_bytes=40_000), lambda: 0.0)
    reading = done(read(lay(Chip(make_image())), [party], can, budget=budget))
    assert len(reading.read_late(FileId.DG2)) > 30_000


def test_no_profile(make_image: ImageMaker, lay: Lay, can: Password) -> None:
    """A call without a profile is a mistake of the caller."""
    with pytest.raises(ValueError, match="profile"):
        read(lay(Chip(make_image())), [], can)


def test_pure_garbage(lay: Lay, party: CardProfile, can: Password) -> None:
    """Random answers raise our errors, whatever they are."""
    for _ in range(50):
        with pytest.raises(ReaderError):
            read(lay(Garbage()), [party], can)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    step=st.integers(min_value=0, max_value=18),
    answer=st.one_of(
        st.binary(max_size=300),
        st.sampled_from([0x9000, 0x6282, 0x6300, 0x63C2, 0x6982, 0x6A82, 0x6C08, 0x6700]).map(
            lambda sw: sw.to_bytes(2, "big")
        ),
        st.binary(max_size=80).map(lambda body: tlv.encode(0x7C, body) + b"\x90\x00"),
        st.binary(max_size=80).map(lambda body: tlv.encode(0x31, body) + b"\x90\x00"),
    ),
)
def test_any_answer_at_any_step(
    make_image: ImageMaker,
    lay: Lay,
    party: CardProfile,
    can: Password,
    step: int,
    answer: bytes,
) -> None:
    """Ends in a reading, a wish for a password or one of our errors, and in nothing else."""
    card = Recorder(Chip(make_image()), {step: answer})
    with contextlib.suppress(ReaderError):
        assert isinstance(read(lay(card), [party], can), Reading | NeedsPassword)
