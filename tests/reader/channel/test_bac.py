"""Basic access control: the standard's worked example, and what a chip may answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.apdu import Budget, CommandApdu, Limits, ResponseApdu, plain_exchange
from reader.channel import bac
from reader.channel.bac import BasicAccess
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.password import PasswordRefused
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRefused, ChannelBroken, MalformedData, ReaderError
from reader.evidence import Password, PasswordKind, PasswordState
from reader.replay import Replay
from tests.reader.channel.chip_side import BacChip

ZONE = "L898902C<369080619406236"
MRZ = Password(PasswordKind.MRZ, ZONE)
# Doc 9303-11 appendix D.4: EF.COM selected, its first four bytes read, then the other eighteen.
SELECT_COM = "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800"
READ_FOUR = "0CB000000D9701048E08ED6705417E96BA5500"
READ_REST = "0CB000040D9701128E082EA28A70F3C7B53500"
SECURED = [
    {"c": SELECT_COM, "r": "990290008E08FA855A5D4C50A8ED9000"},
    {"c": READ_FOUR, "r": "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000"},
    {
        "c": READ_REST,
        "r": "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A"
        "990290008E08C8B2787EAEA07D749000",
    },
]


def fixed(size: int) -> bytes:
    """Return bytes that are not random."""
    return b"\x5a" * size


def drawing(values: list[bytes]) -> Callable[[int], bytes]:
    """Return a source of randomness that gives these, each of the size that is wanted."""
    left: Iterator[bytes] = iter(values)

    def draw(size: int) -> bytes:
        value = next(left)
        assert len(value) == size
        return value

    return draw


def opened(outcome: BasicAccess | PasswordRefused) -> BasicAccess:
    """Return the session, failing the test where the password was refused."""
    assert isinstance(outcome, BasicAccess)
    return outcome


def test_the_worked_example(transcript: Callable[[str], dict[str, Any]]) -> None:
    """Appendix D.3 byte for byte, its keys and counter; then D.4 with them, up to EF.COM."""
    recording = transcript("icao-9303-11-appendix-d-bac")
    assert recording["mrz_information"] == ZONE
    card = Replay.of_hex(recording["apdus"] + SECURED)
    exchange = plain_exchange(card, Budget(Limits(), lambda: 0.0))
    randoms = [bytes.fromhex(value) for value in recording["randoms_in_order"]]
    session = opened(bac.run(exchange, MRZ, rng=drawing(randoms)))
    (state,) = recording["secure_messaging_states_in_order"]
    assert session.keys == SessionKeys(
        CipherSuite.TDES, bytes.fromhex(state["ksEnc"]), bytes.fromhex(state["ksMac"])
    )
    assert [session.counter] == [int(value, 16) for value in recording["ssc_values_in_order"]]

    messaging = SecureMessaging(session.keys, counter=session.counter)
    secure = messaging.over(exchange)
    assert secure(CommandApdu(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e")).ok
    data = secure(CommandApdu(0x00, 0xB0, 0x00, 0x00, le=4)).data
    data += secure(CommandApdu(0x00, 0xB0, 0x00, 0x04, le=18)).data
    assert data.hex().upper() == "60145F0104303130365F36063034303030305C026175"
    assert messaging.counter == 0x887022120C06C22C
    assert card.finished


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=16, max_size=16))
def test_any_randomness_on_either_side(nonce: bytes, keying: bytes) -> None:
    """Both sides agree on keys and counter, and the first command is understood."""
    chip = BacChip(ZONE, nonce=nonce, keying=keying)
    session = opened(bac.run(chip, MRZ, rng=drawing([nonce[::-1], keying[::-1]])))
    assert chip.session is not None
    assert (session.keys, session.counter) == (chip.session.keys, chip.session.counter)


@pytest.mark.parametrize(
    ("sw", "left"),
    [
        (0x6300, None),
        (0x63C2, 2),
        (0x6982, None),
        (0x6983, None),
        (0x6985, None),
        (0x6988, None),
        (0x6A80, None),
    ],
)
def test_a_wrong_zone(sw: int, left: int | None) -> None:
    """A value, not an error; one guess, however the chip says so."""
    chip = BacChip("L898902C<369080619406237", wrong=sw)
    outcome = bac.run(chip, MRZ, rng=fixed)
    assert outcome == PasswordRefused(PasswordState.WRONG, left)
    assert [command.ins for command in chip.commands] == [0x84, 0x82]


def test_a_password_of_another_kind() -> None:
    """There is no CAN in basic access control: nothing is sent."""
    chip = BacChip(ZONE)
    outcome = bac.run(chip, Password(PasswordKind.CAN, "123456"), rng=fixed)
    assert outcome == PasswordRefused(PasswordState.NONE_GIVEN, None)
    assert chip.commands == []


def test_a_zone_that_cannot_be_encoded() -> None:
    """Malformed before anything is sent, and the message does not repeat it."""
    chip = BacChip(ZONE)
    with pytest.raises(MalformedData) as caught:
        bac.run(chip, Password(PasswordKind.MRZ, "đảng"), rng=fixed)
    assert "đảng" not in str(caught.value)
    assert chip.commands == []


@dataclass
class Changed:
    """A chip between which and us somebody sits: `challenge` and `proof` are changed."""

    chip: BacChip = field(default_factory=lambda: BacChip(ZONE))
    challenge: Callable[[ResponseApdu], ResponseApdu] = lambda answer: answer
    proof: Callable[[ResponseApdu], ResponseApdu] = lambda answer: answer

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Pass the command on and the answer back, changed."""
        answer = self.chip(command)
        return self.challenge(answer) if command.ins == 0x84 else self.proof(answer)


@pytest.mark.parametrize("sw", [0x6D00, 0x6E00, 0x6982, 0x6985])
def test_a_chip_without_basic_access_control(sw: int) -> None:
    """No challenge: refused, with its status word, and no guess is spent."""
    line = Changed(challenge=lambda _: ResponseApdu(b"", sw))
    with pytest.raises(CardRefused) as caught:
        bac.run(line, MRZ, rng=fixed)
    assert caught.value.sw == sw
    assert len(line.chip.commands) == 1


@pytest.mark.parametrize("sw", [0x6700, 0x6D00, 0x6F00, 0x6282])
def test_a_proof_refused_for_another_reason(sw: int) -> None:
    """It says nothing of the password, so it is an error."""
    with pytest.raises(CardRefused) as caught:
        bac.run(Changed(proof=lambda _: ResponseApdu(b"", sw)), MRZ, rng=fixed)
    assert caught.value.sw == sw


@pytest.mark.parametrize("size", [0, 7, 9, 16])
def test_a_challenge_of_another_length(size: int) -> None:
    """Eight bytes, says section 4.3.1."""
    line = Changed(challenge=lambda _: ResponseApdu(bytes(size), 0x9000))
    with pytest.raises(ChannelBroken, match="challenge"):
        bac.run(line, MRZ, rng=fixed)


def test_a_proof_cut_anywhere() -> None:
    """A part of a proof is none, nor is one with something behind."""

    def cut(answer: ResponseApdu, end: int) -> ResponseApdu:
        return ResponseApdu((answer.data + b"\x00")[:end], answer.sw)

    for end in (*range(40), 41):
        with pytest.raises(ChannelBroken):
            bac.run(Changed(proof=partial(cut, end=end)), MRZ, rng=fixed)


@pytest.mark.parametrize("size", [8, 24])
def test_keying_material_of_another_length(size: int) -> None:
    """Rightly sealed, but not the sixteen bytes of section 4.3.1."""
    with pytest.raises(ChannelBroken, match="length"):
        bac.run(BacChip(ZONE, keying=bytes(size)), MRZ, rng=fixed)


def test_any_byte_of_a_proof_changed() -> None:
    """The checksum comes before anything is deciphered."""

    def flip(answer: ResponseApdu, place: int) -> ResponseApdu:
        data = bytearray(answer.data)
        data[place] ^= 0x01
        return ResponseApdu(bytes(data), answer.sw)

    for place in range(40):
        with pytest.raises(ChannelBroken, match="checksum"):
            bac.run(Changed(proof=partial(flip, place=place)), MRZ, rng=fixed)


def test_a_proof_from_an_earlier_run() -> None:
    """Rightly sealed, for other nonces: a replay is no proof, whichever nonce is stale."""
    earlier: list[ResponseApdu] = []

    def keep(answer: ResponseApdu) -> ResponseApdu:
        earlier.append(answer)
        return answer

    def other(size: int) -> bytes:
        return b"\xa5" * size

    bac.run(Changed(proof=keep), MRZ, rng=fixed)
    for chip, rng in ((BacChip(ZONE), other), (BacChip(ZONE, nonce=bytes(8)), fixed)):
        with pytest.raises(ChannelBroken, match="another challenge"):
            bac.run(Changed(chip, proof=lambda _: earlier[0]), MRZ, rng=rng)


def test_a_session_in_a_log() -> None:
    """Its representation shows no key."""
    session = opened(bac.run(BacChip(ZONE), MRZ, rng=fixed))
    assert session.keys.enc.hex() not in repr(session)
    assert repr(session.keys.enc) not in repr(session)


@given(
    st.binary(max_size=60),
    st.integers(0, 0xFFFF),
    st.booleans(),
)
def test_any_answer_at_any_step(data: bytes, sw: int, at_once: bool) -> None:
    """Whatever comes, only a ReaderError or a refusal comes of it."""
    answer = ResponseApdu(data, sw)
    line = Changed(challenge=lambda _: answer) if at_once else Changed(proof=lambda _: answer)
    with contextlib.suppress(ReaderError):
        assert isinstance(bac.run(line, MRZ, rng=fixed), PasswordRefused)
