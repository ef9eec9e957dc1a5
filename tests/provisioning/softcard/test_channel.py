"""Secure messaging of the software card against recordings of real chips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioning.softcard.channel import SecureMessaging, room_in
from provisioning.softcard.command import SW, Answer, Command, Refused
from provisioning.softcard.suite import Suite

RECORDINGS = ("chip-authentication-ecdh-at", "chip-authentication-ecdh-de")


def _session(recording: dict[str, Any], index: int, counter: int) -> SecureMessaging:
    state = recording["secure_messaging_states_in_order"][index]
    keys = (bytes.fromhex(state["ksEnc"]), bytes.fromhex(state["ksMac"]))
    return SecureMessaging(*keys, counter)


def _command(recording: dict[str, Any], index: int) -> Command:
    return Command.from_bytes(bytes.fromhex(recording["apdus"][index]["c"]))


@pytest.mark.parametrize("name", RECORDINGS)
def test_recorded_commands_open_and_answers_match(
    transcript: Callable[[str], dict[str, Any]], name: str
) -> None:
    """Every recorded command opens, and every answer comes out as the real chip gave it."""
    recording = transcript(name)
    start = int(recording["ssc_values_in_order"][0], 16)
    before = _session(recording, 0, start)
    after = _session(recording, 1, 0)
    opened = before.open_command(_command(recording, 0))
    assert opened.parameters == 0x41A4
    assert opened.data[:2] == b"\x80\x0a"
    assert before.protect(Answer()).to_bytes().hex().upper() == recording["apdus"][0]["r"]
    opened = before.open_command(_command(recording, 1))
    assert opened.data[:1] == b"\x7c"
    answer = before.protect(Answer(bytes.fromhex("7C00")))
    assert answer.to_bytes().hex().upper() == recording["apdus"][1]["r"]
    opened = after.open_command(_command(recording, 2))
    assert (opened.ins, opened.parameters, opened.data) == (0xA4, 0x020C, b"\x01\x0e")
    assert after.protect(Answer()).to_bytes().hex().upper() == recording["apdus"][2]["r"]


def test_any_changed_byte_is_refused(transcript: Callable[[str], dict[str, Any]]) -> None:
    """A command changed anywhere before its Le does not open."""
    recording = transcript(RECORDINGS[0])
    raw = bytes.fromhex(recording["apdus"][2]["c"])
    for position in range(len(raw) - 1):
        if position == 4:
            continue  # Lc: then it is no APDU at all
        changed = bytearray(raw)
        changed[position] ^= 0x01
        with pytest.raises(Refused):
            _session(recording, 1, 0).open_command(Command.from_bytes(bytes(changed)))


def test_a_command_sent_twice_is_refused(transcript: Callable[[str], dict[str, Any]]) -> None:
    """The counter has moved on: a recorded command opens once."""
    recording = transcript(RECORDINGS[0])
    session = _session(recording, 1, 0)
    session.open_command(_command(recording, 2))
    with pytest.raises(Refused) as refused:
        session.open_command(_command(recording, 2))
    assert refused.value.sw == SW.SM_OBJECT_INCORRECT


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ("", SW.SM_OBJECT_MISSING),
        ("970100", SW.SM_OBJECT_MISSING),
        ("8E080000000000000000", SW.SM_OBJECT_INCORRECT),
        ("8E0800000000000000009701008E00", SW.SM_OBJECT_INCORRECT),
        ("9701008701018E080000000000000000", SW.SM_OBJECT_INCORRECT),
        ("85018E", SW.SM_OBJECT_INCORRECT),
        ("9703000000" + "8E080000000000000000", SW.SM_OBJECT_INCORRECT),
        ("8E09", SW.SM_OBJECT_INCORRECT),
    ],
)
def test_objects_missing_unknown_or_out_of_order(data: str, status: SW) -> None:
    """The objects stand in the standard's order, each once, the checksum last."""
    session = SecureMessaging(bytes(16), bytes(16))
    with pytest.raises(Refused) as refused:
        session.open_command(Command(0x0C, 0xB0, 0, 0, bytes.fromhex(data), 256))
    assert refused.value.sw == status


@pytest.mark.parametrize("suite", Suite)
@pytest.mark.parametrize("limit", [0, 14, 31, 32, 256, 512, 65_000])
def test_room_is_what_a_protected_answer_carries(limit: int, suite: Suite) -> None:
    """The largest answer fits its limit, and one byte more does not, whichever the cipher."""
    keys = (bytes(range(suite.key_size)), bytes(range(suite.key_size)))
    room = room_in(limit, suite)
    if room:
        session = SecureMessaging(*keys, suite=suite)
        assert len(session.protect(Answer(bytes(room))).data) <= limit
        assert len(session.protect(Answer(bytes(room + 1))).data) > limit
    else:
        assert limit < 14 + 3 + suite.block
