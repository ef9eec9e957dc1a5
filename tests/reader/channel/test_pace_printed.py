"""PACE against the standard's printed examples: every mapping, curves and integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reader import arithmetic, tlv
from reader.apdu import Budget, Limits, plain_exchange
from reader.channel import blocks, mapping, pace, pace_protocols
from reader.channel.kdf import password_key
from reader.channel.modular import ModularGroup
from reader.channel.pace import Opened
from reader.channel.pace_protocols import Mapping, Variant
from reader.channel.password import PasswordRefused
from reader.channel.points import LibraryCurve
from reader.errors import ReaderError, TranscriptMismatch
from reader.evidence import Password, PasswordKind
from reader.lds import security_infos
from reader.replay import Replay

NAMES = ["pace-gm-ecdh", "pace-gm-dh", "pace-im-ecdh", "pace-im-dh", "pace-cam-ecdh"]
RECORDING = "icao-9303-11-appendix-g-pace-gm-ecdh"

Example = dict[str, Any]
Printed = Callable[[str], Example]

each_example = pytest.mark.parametrize("name", NAMES)


def variant_of(example: Example) -> Variant:
    """Return what the example's EF.CardAccess leads to."""
    infos = security_infos.parse(bytes.fromhex(example["card_access"]))
    variant = pace_protocols.choose(infos.pace, legacy=True)
    assert variant is not None
    return variant


def password_of(example: Example) -> Password:
    """Return the example's password."""
    return Password(PasswordKind(example["password"]["kind"]), example["password"]["value"])


def drawing(example: Example) -> Callable[[int], bytes]:
    """Return the randomness that leads to the example's nonce and private keys."""
    bound = variant_of(example).group.bound
    first: int | bytes
    if "mapping" in example:
        first = int(example["mapping"]["terminal_private"], 16) - 1
    else:
        first = bytes.fromhex(example["terminal_nonce"])
    # A private key longer than the order counts as its like below it.
    second = int(example["agreement"]["terminal_private"], 16) % bound - 1
    drawn: Iterator[int | bytes] = iter([first, second])

    def rng(size: int) -> bytes:
        value = next(drawn)
        return value if isinstance(value, bytes) else value.to_bytes(size, "big")

    return rng


def replay(example: Example, **options: Any) -> tuple[Opened | PasswordRefused, Replay]:
    """Run PACE on the example's APDUs with its own randomness."""
    card = Replay.of_hex(example["apdus"])
    outcome = pace.run(
        plain_exchange(card, Budget(Limits(), lambda: 0.0)),
        variant_of(example),
        password_of(example),
        rng=drawing(example),
        **{"always_name_parameters": False, **options},
    )
    return outcome, card


@each_example
def test_a_printed_example(printed: Printed, name: str) -> None:
    """Every command byte for byte, and the session keys of the standard."""
    example = printed(name)
    outcome, card = replay(example)
    assert card.finished
    assert isinstance(outcome, Opened)
    assert outcome.keys.enc == bytes.fromhex(example["ks_enc"])
    assert outcome.keys.mac == bytes.fromhex(example["ks_mac"])
    assert (outcome.mapping is None) == (name != "pace-cam-ecdh")


@each_example
def test_the_figures_on_the_way(printed: Printed, name: str) -> None:
    """Key of the password, nonce, generator and shared secret are those of the print."""
    example = printed(name)
    variant = variant_of(example)
    group, suite = variant.group, variant.suite
    key = password_key(password_of(example), suite)
    assert key == bytes.fromhex(example["password_key"])
    sealed = tlv.unwrap(bytes.fromhex(example["apdus"][1]["r"])[:-2], 0x7C)
    nonce = blocks.decrypt(suite, key, tlv.unwrap(sealed, 0x80))
    assert nonce == bytes.fromhex(example["nonce"])
    form = "04" if isinstance(group, LibraryCurve) else ""
    if variant.mapping is Mapping.INTEGRATED:
        terminal_nonce = bytes.fromhex(example["terminal_nonce"])
        element = mapping.pseudo_random(suite, nonce, terminal_nonce, group.modulus)
        assert element == int(example["pseudo_random"], 16)
        generator = group.map_element(element)
    else:
        own = group.key_pair(int(example["mapping"]["terminal_private"], 16))
        chip = bytes.fromhex(form + example["mapping"]["chip_public"])
        generator = own.map_nonce(int.from_bytes(nonce, "big"), chip)
    assert generator.key_pair(1).public == bytes.fromhex(form + example["generator"])
    pair = generator.key_pair(int(example["agreement"]["terminal_private"], 16) % group.bound)
    secret = pair.agree(bytes.fromhex(form + example["agreement"]["chip_public"]))
    assert secret == bytes.fromhex(example["agreement"]["secret"])


def test_the_chip_authentication_data_of_appendix_i(printed: Printed) -> None:
    """They are the printed ones, and prove the printed key: PK_Map,IC = CA_IC * PK_IC."""
    example = printed("pace-cam-ecdh")
    outcome, _ = replay(example)
    variant = variant_of(example)
    assert isinstance(outcome, Opened)
    assert outcome.mapping is not None
    assert isinstance(variant.group, LibraryCurve)
    proof = outcome.mapping
    assert proof.data == bytes.fromhex(example["chip_authentication"]["data"])
    assert proof.public_key == bytes.fromhex("04" + example["mapping"]["chip_public"])
    entry = bytes.fromhex(example["chip_authentication"]["public_key_info"])
    info = security_infos.parse(tlv.encode(0x31, entry)).chip_auth_keys[0]
    assert info.key_id == variant.parameter_id
    curve = variant.group.curve
    static = arithmetic.decode(curve, info.public_key[-65:])
    assert static is not None
    product = arithmetic.multiply(curve, int.from_bytes(proof.data, "big"), static)
    assert product == arithmetic.decode(curve, proof.public_key)


def test_the_recording_that_names_its_parameters(
    printed: Printed, transcript: Callable[[str], Example]
) -> None:
    """The same example of appendix G, with tag 84 in MSE:Set AT."""
    example = printed("pace-gm-ecdh")
    example["apdus"] = transcript(RECORDING)["apdus"]
    outcome, card = replay(example, always_name_parameters=True)
    assert card.finished
    assert isinstance(outcome, Opened)


@each_example
def test_another_password_than_the_printed(printed: Printed, name: str) -> None:
    """It shows in the first command that depends on it, the fourth."""
    example = printed(name)
    example["password"]["value"] = "T22000129364081251010319"
    with pytest.raises(TranscriptMismatch, match="Command 4"):
        replay(example)


@pytest.mark.parametrize("step", range(5))
@each_example
def test_answers_cut_at_every_byte(printed: Printed, name: str, step: int) -> None:
    """A truncated answer raises one of our errors, wherever the cut."""
    example = printed(name)
    whole = example["apdus"][step]["r"]
    for end in range(0, len(whole) - 4, 2 if len(whole) < 200 else 30):
        example["apdus"][step]["r"] = whole[:end] + "9000"
        with pytest.raises(ReaderError):
            replay(example)


UNUSED = {
    ("pace-gm-dh", 4): 12,  # certification authority reference
    ("pace-im-ecdh", 2): 2,  # an empty object, whatever its tag
    ("pace-im-dh", 2): 2,
}
"""Answers with bytes that lead to nothing, from which one on."""


@pytest.mark.parametrize("step", [1, 2, 3, 4], ids=["nonce", "map", "agree", "token"])
@each_example
def test_a_bit_of_any_answer_turned(printed: Printed, name: str, step: int) -> None:
    """No changed answer that counts leads to session keys, or to the printed proof."""
    example = printed(name)
    whole = bytes.fromhex(example["apdus"][step]["r"])
    end = UNUSED.get((name, step), len(whole))
    for position in range(0, end, 1 if end < 100 else 13):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        example["apdus"][step]["r"] = bytes(changed).hex()
        proof = proof_of(example)
        if proof is not None:
            assert (name, step) == ("pace-cam-ecdh", 4)
            assert proof != bytes.fromhex(example["chip_authentication"]["data"])


def proof_of(example: Example) -> bytes | None:
    """Return the chip authentication data of a run, None where it does not come to an end.

    They are encrypted and not authenticated: other bytes may be other data.
    """
    try:
        outcome, _ = replay(example)
    except ReaderError:
        return None
    assert isinstance(outcome, Opened)
    assert outcome.mapping is not None
    return outcome.mapping.data


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(NAMES),
    step=st.integers(min_value=0, max_value=4),
    tag=st.sampled_from([None, 0x80, 0x82, 0x84, 0x86, 0x8A]),
    body=st.binary(max_size=140),
    sw=st.sampled_from(["9000", "63C2", "6300", "6982", "6A80", "0000"]),
)
def test_any_answer_at_any_step(
    printed: Printed, name: str, step: int, tag: int | None, body: bytes, sw: str
) -> None:
    """Arbitrary bytes in place of an answer raise one of our errors and nothing else."""
    example = printed(name)
    inside = body if tag is None else tlv.encode(tag, body)
    example["apdus"][step]["r"] = tlv.encode(0x7C, inside).hex() + sw
    try:
        outcome, _ = replay(example)
    except ReaderError:
        return
    ends_there = isinstance(outcome, PasswordRefused)
    # MSE:Set AT answers with its status alone, and mapping data are empty in integrated mapping.
    assert ends_there or step == 0 or ("-im-" in name and step == 2)


def test_a_private_key_longer_than_the_order(printed: Printed) -> None:
    """Appendix H.2 prints keys of 1024 bits: they count as their like below the order."""
    example = printed("pace-im-dh")
    group = variant_of(example).group
    assert isinstance(group, ModularGroup)
    private = int(example["agreement"]["terminal_private"], 16)
    assert private > group.bound
    assert pow(group.g, private, group.modulus) == pow(
        group.g, private % group.bound, group.modulus
    )
