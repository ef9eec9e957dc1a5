"""Every code has its sentences, in both languages."""

from __future__ import annotations

from enum import StrEnum

import pytest

from edge import errors
from edge.access_point import AccessPointFault
from edge.log.fault import LogFault
from edge.meeting.roster import Category
from edge.meeting.rules import Kind
from edge.procedure.pairing_fault import PairingFault
from edge.stick import StickFault
from edge.tap.admit import AdmitReason
from edge.tap.fault import Fault
from edge.tap.scene import SceneState
from edge.web import labels, words
from verify.reasons import Reason

CODES: list[StrEnum] = [
    *Reason,
    *AdmitReason,
    *Fault,
    *LogFault,
    *StickFault,
    *PairingFault,
    *AccessPointFault,
]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_shown(code: StrEnum) -> None:
    """Its own sentence says what happened, another says what to do; both are whole sentences."""
    assert words.knows_reason(code.value)
    found = words.of_reason(code.value)
    assert found.says.endswith(".")
    assert found.next_step.endswith(".")


def test_a_code_of_a_later_version_is_shown() -> None:
    """It still gets a sentence and a next step."""
    assert not words.knows_reason("LATER")
    assert words.of_reason("LATER").says
    assert words.of_reason("LATER").next_step


def test_sentences_tell_codes_apart() -> None:
    """Two different codes never say the same."""
    said = [words.of_reason(code.value).says for code in CODES]
    assert len(set(said)) == len(said)


def test_an_error_is_shown_by_its_kind() -> None:
    """Never by its own message, which is for the technician."""
    error = errors.MeetingState("No meeting is open.", next_step="Open one.")
    assert words.of_error(error).says == "Việc này không hợp với cuộc họp lúc này."
    other = errors.SealBroken("x", next_step="y")
    assert words.of_error(other).says == "Việc vừa rồi chưa làm được."


def test_every_state_kind_and_category_has_a_name() -> None:
    """On board and desk."""
    assert set(labels.AT_DESK) == set(SceneState)
    assert set(labels.KINDS) == set(Kind)
    assert set(labels.CATEGORIES) == set(Category)


def test_nobody_is_sent_to_an_entry_by_hand_that_does_not_exist() -> None:
    """Until the terminal takes entries by hand, names are written on paper."""
    for code in CODES:
        assert "thủ công" not in words.of_reason(code.value).next_step


def test_party_terms_are_spelt_as_the_party_spells_them() -> None:
    """`cấp uỷ`, `chi uỷ`, `khoá`, never with the other tone place."""
    for code in CODES:
        found = words.of_reason(code.value)
        for wrong in ("ủy", "khóa", "hủy"):
            assert wrong not in found.says + found.next_step
