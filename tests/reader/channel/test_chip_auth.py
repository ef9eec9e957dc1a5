"""Chip authentication: two real recordings, every variant, refusals, and when it is proved."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reader import tlv
from reader.apdu import (
    SHORT_LE,
    Budget,
    CommandApdu,
    Exchange,
    Limits,
    ResponseApdu,
    plain_exchange,
)
from reader.channel import agreement, blocks, chip_auth, ciphers
from reader.channel.chip_auth import Restarted, Variant
from reader.channel.kdf import CipherSuite, SessionKeys, session_keys
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRemoved, ChannelBroken, ReaderError
from reader.evidence import ChipAuthRun
from reader.lds import dg14, security_infos
from reader.lds.security_infos import SecurityInfos
from reader.replay import Replay
from tests.reader.channel.made_keys import STANDARDISED, integer, oid, sequence, spki

STEM = "0.4.0.127.0.7.2.2.3"
KEY = "0.4.0.127.0.7.2.2.1"
SELECT_DG14 = CommandApdu(0x00, 0xA4, 0x02, 0x0C, b"\x01\x0e")
PRIVATE = 0xC0FFEE

Transcript = Callable[[str], dict[str, Any]]

each_country = pytest.mark.parametrize("country", ["at", "de"])


def recorded(recording: dict[str, Any]) -> tuple[Exchange, Exchange, Replay]:
    """Return the exchange under the old keys, the bare one, and the card."""
    card = Replay.of_hex(recording["apdus"])
    plain = plain_exchange(card, Budget(Limits(), lambda: 0.0))
    state = recording["secure_messaging_states_in_order"][0]
    old = SecureMessaging(keys_of(state), counter=int(recording["ssc_values_in_order"][0], 16))
    return old.over(plain), plain, card


def keys_of(state: dict[str, str]) -> SessionKeys:
    """Return the session keys of a recorded state."""
    enc, mac = (bytes.fromhex(state[name]) for name in ("ksEnc", "ksMac"))
    return SessionKeys(CipherSuite.AES_128, enc, mac)


def restart(recording: dict[str, Any]) -> tuple[Restarted, Exchange, Replay]:
    """Run chip authentication on a recording with its own private key."""
    secure, plain, card = recorded(recording)
    variant = chip_auth.choose(dg14.parse(bytes.fromhex(recording["DG14"])))
    assert variant is not None
    private = int(recording["terminal_ephemeral_keys"][0]["d"], 16)
    outcome = chip_auth.run(secure, variant, rng=lambda size: (private - 1).to_bytes(size, "big"))
    assert isinstance(outcome, Restarted)
    return outcome, plain, card


@each_country
def test_a_real_recording(transcript: Transcript, country: str) -> None:
    """Every command byte for byte, the new keys, and the proof with the first answer."""
    recording = transcript(f"chip-authentication-ecdh-{country}")
    restarted, plain, card = restart(recording)
    assert restarted.keys == keys_of(recording["secure_messaging_states_in_order"][1])
    assert not restarted.run.proved
    secure = restarted.over(plain)
    assert secure(SELECT_DG14).ok
    assert card.finished
    run = restarted.run
    assert (run.proved, run.sw, run.protocol) == (True, 0x9000, f"{STEM}.2.2")
    keys = dg14.parse(bytes.fromhex(recording["DG14"])).chip_auth_keys
    assert (run.public_key, run.key_id) == (keys[0].public_key, keys[0].key_id)
    assert run.key_id == {"at": None, "de": 0xC3}[country]


@each_country
@pytest.mark.parametrize("answer", ["6988", "6882", "9000", "6D00"])
def test_a_chip_that_cannot_speak_under_the_new_keys(
    transcript: Transcript, country: str, answer: str
) -> None:
    """A clone: it takes the keys and has them not. The run keeps the status it came with."""
    recording = transcript(f"chip-authentication-ecdh-{country}")
    recording["apdus"][2]["r"] = answer
    restarted, plain, _ = restart(recording)
    with pytest.raises(ChannelBroken):
        restarted.over(plain)(SELECT_DG14)
    assert (restarted.run.proved, restarted.run.sw) == (False, int(answer, 16))


def test_an_answer_under_other_keys(transcript: Transcript) -> None:
    """Any bit of it changed, it proves nothing."""
    recording = transcript("chip-authentication-ecdh-de")
    whole = bytes.fromhex(recording["apdus"][2]["r"])
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        recording["apdus"][2]["r"] = bytes(changed).hex()
        restarted, plain, _ = restart(recording)
        with pytest.raises(ReaderError):
            restarted.over(plain)(SELECT_DG14)
        assert not restarted.run.proved


def test_a_card_that_leaves_before_the_proof(transcript: Transcript) -> None:
    """Nothing is known of it."""
    restarted, _, _ = restart(transcript("chip-authentication-ecdh-de"))

    def gone(_: CommandApdu) -> ResponseApdu:
        raise CardRemoved("The card left.", next_step="Lay it again.")

    with pytest.raises(CardRemoved):
        restarted.over(gone)(SELECT_DG14)
    assert (restarted.run.proved, restarted.run.sw) == (False, 0x9000)


def test_what_goes_wrong_after_the_proof(transcript: Transcript) -> None:
    """It changes nothing about the proof."""
    restarted, plain, _ = restart(transcript("chip-authentication-ecdh-de"))
    answers = iter([None, ResponseApdu(b"", 0x6988)])
    secure = restarted.over(lambda command: next(answers) or plain(command))
    assert secure(SELECT_DG14).ok
    with pytest.raises(ChannelBroken):
        secure(SELECT_DG14)
    assert (restarted.run.proved, restarted.run.sw) == (True, 0x9000)


@pytest.mark.parametrize("suite", list(CipherSuite), ids=lambda suite: suite.label)
@pytest.mark.parametrize("sw", [0x9000, 0x6A82])
def test_the_proof_under_every_suite(suite: CipherSuite, sw: int) -> None:
    """A status alone proves it, also one of refusal: it came under the new keys."""
    keys = session_keys(b"agreed", suite)
    restarted = Restarted(keys, ChipAuthRun(f"{STEM}.2.2", None, b"", False, 0x9000))

    def chip(_: CommandApdu) -> ResponseApdu:
        status = tlv.encode(0x99, sw.to_bytes(2, "big"))
        covered = (2).to_bytes(suite.block, "big") + blocks.pad(status, suite.block)
        checksum = ciphers.of(keys).checksum(covered)
        return ResponseApdu(status + tlv.encode(0x8E, checksum), sw)

    assert restarted.over(chip)(SELECT_DG14) == ResponseApdu(b"", sw)
    assert (restarted.run.proved, restarted.run.sw) == (True, 0x9000)


def entry(kind: int, number: int, key_id: int | None = None, version: int = 1) -> bytes:
    """Return a ChipAuthenticationInfo."""
    ending = b"" if key_id is None else integer(key_id)
    return sequence(oid(f"{STEM}.{kind}.{number}"), integer(version), ending)


def key_entry(parameter_id: int, key_id: int | None = None, *, public: bytes = b"") -> bytes:
    """Return a ChipAuthenticationPublicKeyInfo, its private key `PRIVATE`."""
    loaded = agreement.by_parameter_id(parameter_id)
    assert loaded is not None
    value = public or loaded.key_pair(PRIVATE).public
    kind = 1 if parameter_id < 3 else 2
    if kind == 1:
        value = integer(int.from_bytes(value, "big"))
    ending = b"" if key_id is None else integer(key_id)
    return sequence(oid(f"{KEY}.{kind}"), spki(STANDARDISED, integer(parameter_id), value), ending)


def infos(*entries: bytes) -> SecurityInfos:
    """Return the set of these entries."""
    return security_infos.parse(tlv.encode(0x31, b"".join(entries)))


def chosen(*entries: bytes, legacy: bool = True) -> Variant:
    """Return what is chosen, which there must be."""
    variant = chip_auth.choose(infos(*entries), legacy=legacy)
    assert variant is not None
    return variant


@dataclass
class KeyedChip:
    """The chip's side without secure messaging: what it was sent, and the keys that it derives."""

    variant: Variant
    refuse: dict[tuple[int, int], int] = field(default_factory=dict)
    sent: list[CommandApdu] = field(default_factory=list)
    keys: SessionKeys | None = None

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Answer one command of the run."""
        self.sent.append(command)
        sw = self.refuse.get((command.ins, command.p2))
        if sw is not None:
            return ResponseApdu(b"", sw)
        public = self.public(command)
        if public is None:
            return ResponseApdu(b"", 0x9000)
        static = self.variant.group.key_pair(PRIVATE)
        self.keys = session_keys(static.agree(public), self.variant.suite)
        return ResponseApdu(b"\x7c\x00" if command.ins == 0x86 else b"", 0x9000)

    @staticmethod
    def public(command: CommandApdu) -> bytes | None:
        """Return the terminal's public value, where the command brings it."""
        if command.ins == 0x86:
            return tlv.unwrap(tlv.unwrap(command.data, 0x7C), 0x80)
        return {item.tag: item.value for item in tlv.iterate(command.data)}.get(0x91)


@pytest.mark.parametrize("parameter_id", [0, 1, 2, *range(8, 19)])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_variant_of_the_standard(parameter_id: int, number: int) -> None:
    """Both sides derive the same keys: eight protocols, each standardised group."""
    kind = 1 if parameter_id < 3 else 2
    variant = chosen(entry(kind, number), key_entry(parameter_id))
    chip = KeyedChip(variant)
    outcome = chip_auth.run(chip, variant)
    assert isinstance(outcome, Restarted)
    assert outcome.keys == chip.keys
    assert outcome.keys.suite is list(CipherSuite)[number - 1]
    assert outcome.run == ChipAuthRun(
        f"{STEM}.{kind}.{number}", None, variant.public_key, False, 0x9000
    )
    headers = [command.header.hex() for command in chip.sent]
    assert headers == (["002241a6"] if number == 1 else ["002241a4", "00860000"])


def test_the_commands_for_aes() -> None:
    """MSE:Set AT with protocol and key, GENERAL AUTHENTICATE with the key (6.2.4.2)."""
    variant = chosen(entry(2, 3, 0x1234), key_entry(13, 0x1234))
    chip = KeyedChip(variant)
    chip_auth.run(chip, variant)
    select, authenticate = chip.sent
    assert select.data.hex() == "800a04007f00070202030203" + "84021234"
    assert select.le is None
    assert authenticate.data[:5].hex() == "7c43804104"
    assert authenticate.le == SHORT_LE


def test_the_command_for_3des() -> None:
    """MSE:Set KAT with the key as a plain value, and its number behind it (6.2.4.1)."""
    variant = chosen(entry(2, 1, 5), key_entry(12, 5))
    chip = KeyedChip(variant)
    chip_auth.run(chip, variant)
    assert chip.sent[0].data[:3].hex() == "914104"
    assert chip.sent[0].data[-3:].hex() == "840105"
    assert chip.sent[0].le is None


def test_a_key_longer_than_a_short_command() -> None:
    """2048 bits do not fit: the command is handed on as it is, for the layer below to carry."""
    variant = chosen(entry(1, 2), key_entry(2))
    chip = KeyedChip(variant)
    assert isinstance(chip_auth.run(chip, variant), Restarted)
    assert chip.sent[-1].extended


@pytest.mark.parametrize(
    ("number", "refuse", "sw"),
    [
        (1, {(0x22, 0xA6): 0x6A80}, 0x6A80),
        (2, {(0x22, 0xA4): 0x6A88}, 0x6A88),
        (2, {(0x86, 0x00): 0x6300}, 0x6300),
        (4, {(0x86, 0x00): 0x6982}, 0x6982),
    ],
)
def test_a_chip_that_refuses(number: int, refuse: dict[tuple[int, int], int], sw: int) -> None:
    """The run says with what; nothing is proved, and nothing more is sent."""
    variant = chosen(entry(2, number, 7), key_entry(12, 7))
    chip = KeyedChip(variant, refuse)
    outcome = chip_auth.run(chip, variant)
    assert outcome == ChipAuthRun(f"{STEM}.2.{number}", 7, variant.public_key, False, sw)
    assert chip.keys is None


@pytest.mark.parametrize("parameter_id", [0, 13])
def test_keys_without_a_protocol(parameter_id: int) -> None:
    """Old chips name no protocol: 3DES, by the kind of key."""
    variant = chosen(key_entry(parameter_id, 3))
    kind = 1 if parameter_id == 0 else 2
    assert (variant.protocol, variant.suite) == (f"{STEM}.{kind}.1", CipherSuite.TDES)
    assert variant.key_id == 3


@pytest.mark.parametrize(
    ("info_id", "key_ids", "taken"),
    [
        (None, [None], None),
        (5, [5], 5),
        (5, [4, 5, 6], 5),
        (None, [9], 9),  # a number on one side only, and one key
        (5, [None], 5),
        (None, [4, None], None),
    ],
)
def test_which_key_belongs_to_a_protocol(
    info_id: int | None, key_ids: list[int | None], taken: int | None
) -> None:
    """That of the same number, or the only one."""
    keys = [key_entry(12 + place, key_id) for place, key_id in enumerate(key_ids)]
    variant = chosen(entry(2, 2, info_id), *keys)
    assert variant.key_id == taken


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry(2, 2)],
        [entry(2, 2), key_entry(0)],  # a key of the other kind
        [entry(1, 2), key_entry(12)],
        [entry(2, 2, 5), key_entry(12, 4), key_entry(13, 6)],
        [entry(2, 2, version=2), key_entry(12)],
        [entry(2, 2, version=3), key_entry(12)],
        [entry(2, 5), key_entry(12)],
        [entry(2, 2, -1), key_entry(12, -1)],
        [entry(2, 2), key_entry(12, public=b"\x04" + bytes(64))],
        [entry(1, 2), key_entry(0, public=b"\x02")],
        [entry(2, 2), sequence(oid(f"{KEY}.2"), spki(STANDARDISED, integer(0), integer(4)))],
        [entry(2, 2), sequence(oid(f"{KEY}.2"), spki(STANDARDISED, integer(-1), b""))],
    ],
)
def test_nothing_that_can_be_run(entries: list[bytes]) -> None:
    """No key, no protocol of version 1, a key of no use: no run, and no error."""
    assert chip_auth.choose(infos(*entries), legacy=True) is None


def test_aes_goes_before_3des() -> None:
    """DER sorts 3DES to the front; the stronger suite is run."""
    variant = chosen(entry(2, 1), entry(2, 2), key_entry(12))
    assert variant.suite is CipherSuite.AES_128
    first = chosen(entry(2, 4), entry(2, 2), key_entry(12))
    assert first.suite is CipherSuite.AES_256


@pytest.mark.parametrize(
    "older",
    [(entry(2, 1), key_entry(12)), (entry(1, 2), key_entry(2)), (entry(2, 2), key_entry(9))],
)
def test_what_only_older_chips_need(older: tuple[bytes, bytes]) -> None:
    """It is passed over unless asked for."""
    assert chip_auth.choose(infos(*older)) is None
    assert chosen(*older).legacy
    assert not chosen(entry(2, 2), key_entry(12), legacy=False).legacy


@settings(suppress_health_check=list(HealthCheck))
@given(
    number=st.sampled_from([1, 2]),
    step=st.integers(min_value=0, max_value=1),
    data=st.binary(max_size=60),
    sw=st.integers(min_value=0, max_value=0xFFFF),
)
def test_any_answer_at_any_step(number: int, step: int, data: bytes, sw: int) -> None:
    """The status decides alone: keys are new after 9000, and old after all others."""
    variant = chosen(entry(2, number), key_entry(12))
    chip = KeyedChip(variant)

    def exchange(command: CommandApdu) -> ResponseApdu:
        answer = chip(command)
        return ResponseApdu(data, sw) if len(chip.sent) - 1 == step else answer

    outcome = chip_auth.run(exchange, variant, rng=os.urandom)
    asked = step < len(chip.sent)
    assert isinstance(outcome, Restarted) is (not asked or sw == 0x9000)


def test_keys_and_secrets_are_in_no_text_form() -> None:
    """What shows is what travels."""
    variant = chosen(entry(2, 2), key_entry(12))
    outcome = chip_auth.run(KeyedChip(variant), variant)
    assert isinstance(outcome, Restarted)
    assert outcome.keys.enc.hex() not in repr(outcome) + repr(outcome.keys)


def test_a_chips_key_is_in_no_text_form() -> None:
    """It tells one card from all others."""
    variant = chosen(entry(2, 2), key_entry(12))
    assert repr(variant.public_key) not in repr(variant)
    assert repr(variant.chip_public) not in repr(variant)
