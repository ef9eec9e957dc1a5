"""The player of recordings is strict."""

from __future__ import annotations

import pytest

from reader.errors import TranscriptMismatch
from reader.replay import Replay

RECORDED = [{"c": "00A4", "r": "9000"}, {"c": "00B0", "r": "016A82"}]


def test_a_recording_played_in_order() -> None:
    """Each command gets its recorded answer; the end is known."""
    card = Replay.of_hex(RECORDED)
    finished = [card.finished]
    assert card.transmit(b"\x00\xa4") == b"\x90\x00"
    finished.append(card.finished)
    assert card.transmit(b"\x00\xb0") == b"\x01\x6a\x82"
    finished.append(card.finished)
    assert finished == [False, False, True]
    card.close()


def test_a_command_that_is_not_next() -> None:
    """It raises, even where it was recorded for later."""
    with pytest.raises(TranscriptMismatch, match="Command 1"):
        Replay.of_hex(RECORDED).transmit(b"\x00\xb0")


def test_a_command_after_the_end() -> None:
    """There is no answer to make up."""
    card = Replay.of_hex(RECORDED[:1])
    card.transmit(b"\x00\xa4")
    with pytest.raises(TranscriptMismatch, match="ended"):
        card.transmit(b"\x00\xa4")
