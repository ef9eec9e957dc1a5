"""Kinds of meeting and what a card of each family may do there, as data.

Words: TERMS. Quorum is a later matter; a monthly cell meeting has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """Kinds of meeting (42-HD/BTCTW; Điều lệ Đảng)."""

    REGULAR = "regular"  # sinh hoạt thường kỳ
    THEMATIC = "thematic"  # sinh hoạt chuyên đề
    EXTRAORDINARY = "extraordinary"  # họp bất thường
    CONFERENCE = "conference"  # hội nghị
    MEMBERS_CONGRESS = "members-congress"  # đại hội đảng viên
    DELEGATES_CONGRESS = "delegates-congress"  # đại hội đại biểu


@dataclass(frozen=True, slots=True)
class DoorRules:
    """Which card families count here.

    `admits` turn green; `identifies` only tell who somebody is, for an entry by hand.
    """

    admits: frozenset[str]
    identifies: frozenset[str]


MEETING_DOOR = DoorRules(admits=frozenset({"dang-vien"}), identifies=frozenset({"cccd"}))
