"""PACE against the standard's recording, the software card, and a chip that cheats."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader import arithmetic, curves, tlv
from reader.apdu import (
    Budget,
    CardConnection,
    CommandApdu,
    Exchange,
    Limits,
    ResponseApdu,
    plain_exchange,
)
from reader.channel import pace, points
from reader.channel.kdf import CipherSuite, SessionKeys, password_key, session_keys
from reader.channel.pace import Variant
from reader.channel.password import PasswordRefused
from reader.channel.secure_messaging import SecureMessaging
from reader.curves import Curve
from reader.errors import CardRefused, ChannelBroken, ReaderError, TranscriptMismatch
from reader.evidence import Password, PasswordKind, PasswordState
from reader.lds import security_infos
from reader.lds.security_infos import PaceInfo
from reader.replay import Replay

RECORDING = "icao-9303-11-appendix-g-pace-gm-ecdh"
STEM = "0.4.0.127.0.7.2.2.4"
P256 = curves.CURVES[4]
CAN = Password(PasswordKind.CAN, "123456")

Transcript = Callable[[str], dict[str, Any]]


def bare(card: CardConnection) -> Exchange:
    """Return the lowest layer without any limit of time."""
    return plain_exchange(card, Budget(Limits(), lambda: 0.0))


def fresh(curve: Curve) -> int:
    """Return a random private key."""
    return points.random_scalar(curve, os.urandom)


def scalars(*keys: int) -> Callable[[Curve], int]:
    """Return a source that gives these private keys in turn."""
    supply: Iterator[int] = iter(keys)
    return lambda _: next(supply)


def replay(recording: dict[str, Any], card: Replay) -> SessionKeys | PasswordRefused:
    """Run PACE on a recording with its own private keys."""
    infos = security_infos.parse(bytes.fromhex(recording["EF_CardAccess"]))
    variant = pace.choose(infos.pace)
    assert variant is not None
    keys = [int(key["d"], 16) for key in recording["terminal_ephemeral_keys"]]
    password = Password(PasswordKind.MRZ, recording["mrz_information"])
    return pace.run(bare(card), variant, password, ephemeral=scalars(*keys))


def test_the_recording_of_appendix_g(transcript: Transcript) -> None:
    """Every command byte for byte, and the session keys of the standard."""
    recording = transcript(RECORDING)
    card = Replay.of_hex(recording["apdus"])
    keys = replay(recording, card)
    assert card.finished
    assert isinstance(keys, SessionKeys)
    state = recording["secure_messaging_states_in_order"][0]
    assert (keys.enc, keys.mac) == (
        bytes.fromhex(state["ksEnc"]),
        bytes.fromhex(state["ksMac"]),
    )


def test_the_printed_example_without_the_parameter_id(transcript: Transcript) -> None:
    """The standard's own MSE:Set AT leaves tag 84 out; so can we."""
    recording = transcript(RECORDING)
    recording["apdus"][0]["c"] = "0022C1A40F800A04007F00070202040202830101"
    variant = Variant(f"{STEM}.2.2", 13, curves.CURVES[5], CipherSuite.AES_128)
    keys = [int(key["d"], 16) for key in recording["terminal_ephemeral_keys"]]
    password = Password(PasswordKind.MRZ, recording["mrz_information"])
    card = Replay.of_hex(recording["apdus"])
    outcome = pace.run(
        bare(card), variant, password, ephemeral=scalars(*keys), send_parameter_id=False
    )
    assert isinstance(outcome, SessionKeys)


def test_another_password_than_recorded(transcript: Transcript) -> None:
    """It shows in the first command that depends on it."""
    recording = transcript(RECORDING)
    recording["mrz_information"] = "T22000129364081251010319"
    with pytest.raises(TranscriptMismatch, match="Command 4"):
        replay(recording, Replay.of_hex(recording["apdus"]))


@pytest.mark.parametrize("step", range(5))
def test_answers_cut_at_every_byte(transcript: Transcript, step: int) -> None:
    """A truncated answer raises one of our errors, wherever the cut."""
    recording = transcript(RECORDING)
    whole = recording["apdus"][step]["r"]
    for end in range(0, len(whole) - 4, 2):
        recording["apdus"][step]["r"] = whole[:end] + "9000"
        with pytest.raises(ReaderError):
            replay(recording, Replay.of_hex(recording["apdus"]))


@pytest.mark.parametrize("step", [1, 2, 3, 4], ids=["nonce", "map", "agree", "token"])
def test_a_bit_of_any_answer_turned(transcript: Transcript, step: int) -> None:
    """No changed answer leads to session keys."""
    recording = transcript(RECORDING)
    whole = bytes.fromhex(recording["apdus"][step]["r"])
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        recording["apdus"][step]["r"] = bytes(changed).hex()
        with pytest.raises(ReaderError):
            replay(recording, Replay.of_hex(recording["apdus"]))


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
    variant = pace.choose([PaceInfo(f"{STEM}.2.2", 2, parameter_id)])
    assert variant is not None
    exchange = bare(lay(Chip(image)))
    password = can if kind is PasswordKind.CAN else mrz_password
    keys = pace.run(exchange, variant, password, ephemeral=fresh)
    assert isinstance(keys, SessionKeys)
    secure = SecureMessaging(keys).over(exchange)
    assert secure(CommandApdu(0x00, 0xA4, 0x04, 0x0C, image.aid)).ok


def test_what_this_terminal_can_run() -> None:
    """The first that fits is taken; others are passed over."""
    infos = [
        PaceInfo(f"{STEM}.1.2", 2, 0),  # DH
        PaceInfo(f"{STEM}.4.2", 2, 12),  # integrated mapping
        PaceInfo(f"{STEM}.6.2", 2, 12),  # chip authentication mapping
        PaceInfo(f"{STEM}.2.1", 2, 12),  # 3DES
        PaceInfo(f"{STEM}.2.2", 2, None),  # explicit parameters
        PaceInfo(f"{STEM}.2.2", 2, 11),  # a curve the library lacks
        PaceInfo(f"{STEM}.2.2", 2, 99),  # no curve at all
    ]
    assert pace.choose(infos) is None
    fitting = pace.choose([*infos, PaceInfo(f"{STEM}.2.4", 2, 13), PaceInfo(f"{STEM}.2.2", 2, 12)])
    assert fitting == Variant(f"{STEM}.2.4", 13, curves.CURVES[5], CipherSuite.AES_256)


@dataclass
class OwnChip:
    """The chip's side with this terminal's own functions, for what the software card lacks.

    `lie` may change what the chip sends: by tag, its value.
    """

    variant: Variant
    nonce: bytes
    select: int = 0x9000
    verdict: int = 0x9000
    lie: Callable[[int, bytes], bytes] = lambda _, value: value
    extra: bytes = b""

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Answer one command of the run."""
        if command.ins == 0x22:
            return ResponseApdu(b"", self.select)
        curve, suite = self.variant.curve, self.variant.suite
        objects = {o.tag: o.value for o in tlv.iterate(tlv.unwrap(command.data, 0x7C))}
        if not objects:
            cipher = Cipher(algorithms.AES(password_key(CAN, suite)), modes.CBC(bytes(16)))
            return self._say(0x80, cipher.encryptor().update(self.nonce))
        if 0x81 in objects:
            mine = points.KeyPair(curve, fresh(curve))
            self.shared = mine.multiply(points.decode(curve, objects[0x81]))
            return self._say(0x82, arithmetic.encode(curve, mine.public))
        if 0x83 in objects:
            start = points.KeyPair(curve, int.from_bytes(self.nonce, "big") % curve.n).public
            generator = points.add(curve, start, self.shared)
            mine = points.KeyPair(curve, fresh(curve))
            self.theirs = objects[0x83]
            self.own = arithmetic.encode(curve, mine.multiply(generator))
            self.keys = session_keys(mine.x_of(points.decode(curve, self.theirs)), suite)
            return self._say(0x84, self.own)
        if self.verdict != 0x9000:
            return ResponseApdu(b"", self.verdict)
        assert objects[0x85] == self._token(self.own)
        return self._say(0x86, self._token(self.theirs))

    def _say(self, tag: int, value: bytes) -> ResponseApdu:
        body = tlv.encode(tag, self.lie(tag, value)) + self.extra
        return ResponseApdu(tlv.encode(0x7C, body), 0x9000)

    def _token(self, public: bytes) -> bytes:
        oid = bytes.fromhex("060A04007F000702020402") + bytes([self.variant.suite.key_size // 8])
        mac = CMAC(algorithms.AES(self.keys.mac))
        mac.update(tlv.encode(0x7F49, oid + tlv.encode(0x86, public)))
        return mac.finalize()[:8]


def variant_of(key_size: int, curve: Curve = P256) -> Variant:
    """Return ECDH generic mapping with AES keys of so many bytes."""
    suite = next(s for s in CipherSuite if s.key_size == key_size and s is not CipherSuite.TDES)
    return Variant(f"{STEM}.2.{key_size // 8}", curve.parameter_id, curve, suite)


def own_chip(**changes: Any) -> OwnChip:
    """Return a chip for AES-128 with a fixed nonce."""
    return replace(OwnChip(variant_of(16), bytes(range(1, 17))), **changes)


def run(chip: OwnChip, **options: Any) -> SessionKeys | PasswordRefused:
    """Run PACE with the CAN against a chip of this file."""
    return pace.run(chip, chip.variant, CAN, ephemeral=fresh, **options)


@pytest.mark.parametrize("key_size", [16, 24, 32])
@pytest.mark.parametrize("nonce", [bytes(range(1, 17)), bytes(range(1, 33))])
def test_each_key_size(key_size: int, nonce: bytes) -> None:
    """AES-128, -192 and -256, with nonces of one block and two."""
    chip = OwnChip(variant_of(key_size), nonce)
    assert run(chip) == chip.keys


def test_certification_authority_references_at_the_end() -> None:
    """Chips that know terminal authentication add them; they are passed over."""
    chip = own_chip(extra=tlv.encode(0x87, b"DETESTCVCA00001"))
    assert run(chip) == chip.keys


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
    assert isinstance(run(own_chip(select=0x63C2), min_tries_left=1), SessionKeys)


def test_a_kind_of_password_that_the_chip_lacks() -> None:
    """6A88: nothing was guessed."""
    assert run(own_chip(select=0x6A88)) == PasswordRefused(PasswordState.NONE_GIVEN, None)


@pytest.mark.parametrize("change", [{"select": 0x6A80}, {"verdict": 0x6F00}])
def test_a_refusal_that_is_not_about_the_password(change: dict[str, int]) -> None:
    """It carries the status word."""
    with pytest.raises(CardRefused) as caught:
        run(own_chip(**change))
    assert caught.value.sw in change.values()


def test_a_chip_that_sends_our_own_key_back() -> None:
    """Section 4.4.1 asks for the comparison of the public keys."""
    chip = own_chip()
    chip.lie = lambda tag, value: chip.theirs if tag == 0x84 else value
    with pytest.raises(ChannelBroken, match="our own"):
        run(chip)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (0x80, b""),
        (0x80, bytes(15)),
        (0x80, bytes(80)),
        (0x82, b"\x00"),
        (0x82, b"\x04" + bytes(64)),
        (0x82, arithmetic.encode(P256, arithmetic.Point(P256.gx, P256.gy))),
        (0x84, b"\x04" + bytes(64)),
        (0x86, b""),
        (0x86, bytes(8)),
    ],
)
def test_a_value_that_no_chip_sends(tag: int, value: bytes) -> None:
    """Impossible nonces, points off the curve, wrong tokens: the channel does not come about."""
    chip = own_chip(lie=lambda at, honest: value if at == tag else honest)
    with pytest.raises(ChannelBroken):
        run(chip)


@pytest.mark.parametrize("nonce", [bytes(16), P256.n.to_bytes(32, "big")])
def test_a_zero_nonce(nonce: bytes) -> None:
    """Zero, or a multiple of the order: it would take the password out of the mapping."""
    chip = own_chip(nonce=nonce)
    with pytest.raises(ChannelBroken, match="zero"):
        run(chip)


def test_an_object_sent_twice() -> None:
    """Which of the two would count is nobody's guess."""
    with pytest.raises(ReaderError, match="twice"):
        run(own_chip(extra=tlv.encode(0x80, bytes(16))))


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    step=st.integers(min_value=1, max_value=4), body=st.binary(max_size=80), wrapped=st.booleans()
)
def test_any_answer_at_any_step(
    transcript: Transcript, step: int, body: bytes, wrapped: bool
) -> None:
    """Arbitrary bytes in place of an answer raise one of our errors and nothing else."""
    recording = transcript(RECORDING)
    answer = tlv.encode(0x7C, body) if wrapped else body
    recording["apdus"][step]["r"] = answer.hex() + "9000"
    with pytest.raises(ReaderError):
        replay(recording, Replay.of_hex(recording["apdus"]))
