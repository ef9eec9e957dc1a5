"""What a result or a person's standing is called at the desk, and the acts that it offers.

Lives here: the sentences of the last results and of the list. Not here: reasons of cards (`words`),
names of states (`labels`), pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import gettext

from edge.meeting.attendance import FactKind
from edge.meeting.figures import State
from edge.tap.admit import Admission, AdmitReason
from edge.tap.scene import SceneState
from edge.web import labels, words
from edge.web.filters import clock
from edge.web.terminal import PersonRow, ResultRow
from edge.wire.kinds import AbsenceOutcome, AnnulReason

_BY_HAND_AFTER = frozenset({SceneState.REFUSED, SceneState.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Result:
    """One of the last results in words, and the acts that it offers."""

    row: ResultRow = field(repr=False)
    state: SceneState
    what: str | None
    """What happened, where the name and the note do not say it."""
    note: str
    confirm: int | None = None
    """The event that a touch would record as present."""
    annul: int | None = None
    """The event that may be taken back."""
    hand: bool = False
    """Whether an entry by hand is the next step."""
    guest: bool = False
    """Whether its person may be added as a guest."""


def result(row: ResultRow) -> Result:
    """Return a row of the log in words."""
    if row.withdrawn:
        return Result(row, SceneState.IDLE, _taken_back(row), f"{clock(row.at)}.")
    if row.state is SceneState.UNCONFIRMED or row.state not in _SAID:
        return _of_card(row)
    said = _said(row)
    return Result(
        row=row,
        state=row.state,
        what=None,
        note=f"{clock(row.at)}. {said}",
        annul=row.seq if row.annullable else None,
    )


_SAID = frozenset({SceneState.ACCEPTED, SceneState.ALREADY})


def _of_card(row: ResultRow) -> Result:
    """Return a card that was not admitted: the reason, what to do, and the button for it."""
    found = words.of_reason(row.reason) if row.reason else None
    code = f" ({row.reason})" if row.reason and not words.knows_reason(row.reason) else ""
    waits = row.state is SceneState.UNCONFIRMED and not row.here
    guest = row.reason == AdmitReason.NOT_ON_ROSTER
    suspended = row.reason == AdmitReason.SUSPENDED
    return Result(
        row=row,
        state=row.state,
        what=gettext(found.says) if found else None,
        note=f"{clock(row.at)}. {gettext(found.next_step)}{code}" if found else clock(row.at),
        confirm=row.seq if waits else None,
        hand=not (waits or guest or suspended or row.here)
        and (row.state in _BY_HAND_AFTER or row.outcome == Admission.IDENTIFIED),
        guest=guest,
    )


def _taken_back(row: ResultRow) -> str:
    if row.kind in (FactKind.ABSENCE, FactKind.DEPARTURE):
        return str(gettext("Đã huỷ"))
    return str(gettext("Đã rút lại, không tính có mặt"))


def _said(row: ResultRow) -> str:
    match row.kind:
        case FactKind.HAND_ENTRY:
            return by_hand(row.reason)
        case FactKind.CONFIRMED:
            return str(gettext("Có mặt, thẻ chưa đủ căn cứ xác thực"))
        case FactKind.ABSENCE:
            return _away(row)
        case FactKind.DEPARTURE if row.reason is None:
            return str(gettext("Ra về, bằng thẻ"))
        case FactKind.DEPARTURE:
            return str(gettext("Về sớm, %(how)s", how=_small(by_hand(row.reason))))
        case FactKind.ANNULLED:
            why, _ = labels.ANNUL_REASONS.get(AnnulReason(row.reason or "OTHER"), ("", ""))
            return str(gettext("Huỷ lượt: %(why)s", why=_small(gettext(why))))
        case _ if row.state is SceneState.ACCEPTED:
            return str(gettext("Có mặt, bằng thẻ"))
        case _ if row.first_at is not None and clock(row.first_at) != clock(row.at):
            return str(gettext("Đã điểm danh rồi, lúc %(time)s", time=clock(row.first_at)))
        case _:
            return str(gettext("Đã điểm danh rồi"))


def _away(row: ResultRow) -> str:
    match row.outcome:
        case AbsenceOutcome.EXEMPT:
            return str(gettext("Được miễn lần này"))
        case AbsenceOutcome.UNEXCUSED:
            return str(gettext("Vắng không lý do"))
        case _:
            return str(gettext("Vắng có lý do"))


def by_hand(reason: str | None) -> str:
    """Return e.g. `Ghi tay: quên thẻ`; a code of a later program leaves the reason out."""
    why = labels.HAND_REASONS.get(reason or "")
    if why is None:
        return str(gettext("Ghi tay"))
    return str(gettext("Ghi tay: %(why)s", why=gettext(why)))


def standing(person: PersonRow) -> str:
    """Return how somebody stands, in words with the hour."""
    name = str(gettext(labels.STATES[person.state]))
    if person.waiting is not None:
        return str(gettext("Chờ ghi"))
    if person.state is State.LEFT_EARLY and person.left is not None:
        return f"{name} {clock(person.left)}"
    if not person.here:
        return name
    if person.since is not None:
        name = f"{name} {clock(person.since)}"
    return f"{name}, {_small(by_hand(person.reason))}" if person.how == "hand" else name


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
