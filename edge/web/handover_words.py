"""What the pages of a batch say: states, steps, why a card is not handed over yet, the pace.

Lives here: Vietnamese source texts (TERMS), shown through gettext, and the four steps of a card in
words. Not here: the rules (`edge.procedure.handover`), reasons of a verdict (`words`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from flask_babel import gettext, ngettext

from edge.procedure.handover import Refusal, Standing, State
from edge.procedure.handover_batch import Field
from edge.procedure.handover_list import Column
from edge.procedure.handover_match import Shown
from edge.procedure.handover_progress import Pace, Progress
from edge.procedure.handover_view import Seen
from edge.tap.scene import SceneState
from edge.web import words
from edge.web.filters import calendar, clock
from edge.web.words import mark
from edge.wire.kinds import AnnulReason, HandoverOutcome, HandoverReason, VerificationOutcome
from verify.verdict import Outcome

STATES: Mapping[State, str] = {
    State.LEFT: mark("chưa giao"),
    State.READY: mark("thẻ đã kiểm, chưa giao"),
    State.DELIVERED: mark("đã giao"),
    State.CHIP_DEFECTIVE: mark("chip lỗi"),
    State.DATA_DIFFER: mark("dữ liệu khác danh sách"),
    State.ABSENT: mark("không đến nhận"),
    State.POSTPONED: mark("để sau"),
}
FIELDS: Mapping[Field, str] = {
    Field.NUMBER: mark("số thẻ"),
    Field.PERSONAL_NUMBER: mark("số định danh"),
    Field.NAME: mark("họ và tên"),
    Field.BIRTH: mark("ngày sinh"),
}
OLD_CARD: Mapping[HandoverReason, tuple[str, str]] = {
    HandoverReason.COLLECTED: (mark("Đã thu"), ""),
    HandoverReason.OLD_CARD_LOST: (mark("Mất"), mark("ghi số đơn báo mất")),
    HandoverReason.OLD_CARD_DAMAGED: (mark("Hỏng"), mark("không còn thẻ để thu")),
    HandoverReason.NO_OLD_CARD: (mark("Chưa có thẻ cũ"), ""),
}
SAID: Mapping[HandoverOutcome, tuple[str, str]] = {
    HandoverOutcome.POSTPONED: (mark("Để sau"), mark("người đó sẽ quay lại")),
    HandoverOutcome.ABSENT: (mark("Không đến nhận"), mark("đã mời mà không đến")),
    HandoverOutcome.CHIP_DEFECTIVE: (mark("Chip lỗi"), mark("gửi thẻ về nơi cấp")),
    HandoverOutcome.DATA_DIFFER: (mark("Dữ liệu khác"), mark("chữ in hoặc ảnh sai")),
}
ANNUL: Mapping[AnnulReason, tuple[str, str]] = {
    AnnulReason.BY_MISTAKE: (mark("Bấm nhầm"), ""),
    AnnulReason.WRONG_PERSON: (mark("Nhầm người"), ""),
    AnnulReason.CARD_OF_ANOTHER: (mark("Đặt nhầm thẻ của người khác"), ""),
}
REFUSALS: Mapping[Refusal, tuple[int, str]] = {
    Refusal.CHIP_NOT_LAID: (1, mark("Đặt thẻ mới lên đầu đọc trước.")),
    Refusal.CHIP_NOT_ACCEPTED: (1, mark("Thẻ mới chưa được xác thực nên chưa giao được.")),
    Refusal.CHIP_DIFFERS: (1, mark("Thẻ khác danh sách: không giao, chờ danh sách đã sửa.")),
    Refusal.IDENTITY_NOT_SHOWN: (2, mark("Chưa đối chiếu người nhận.")),
    Refusal.IDENTITY_DIFFERS: (2, mark("Căn cước vừa đặt là của người khác.")),
    Refusal.OLD_CARD_UNSAID: (3, mark("Chọn thẻ cũ đã thu, mất hay hỏng.")),
    Refusal.OLD_CARD_KNOWN: (3, mark("Danh sách ghi người này có thẻ cũ: chọn thu, mất hay hỏng.")),
    Refusal.REPORT_MISSING: (3, mark("Ghi số đơn báo mất thẻ cũ.")),
    Refusal.DELIVERED_ALREADY: (4, mark("Thẻ này đã giao rồi.")),
}
"""The step at which it shows, and what it says."""
COLUMNS: Mapping[Column, str] = {
    Column.NUMBER: mark("Số thẻ mới"),
    Column.NAME: mark("Họ và tên"),
    Column.BIRTH: mark("Ngày sinh"),
    Column.PERSONAL_NUMBER: mark("Số định danh"),
    Column.ORGANISATION: mark("Chi bộ"),
    Column.CODE: mark("Mã tổ chức đảng"),
    Column.TARGET: mark("Hạn phát"),
    Column.OLD_NUMBER: mark("Số thẻ cũ"),
    Column.CAN: mark("Số CAN"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a card. `mark`: `done`, `bad`, `now` or nothing."""

    mark: str
    title: str
    note: str = ""


def differing(fields: Iterable[Field]) -> str:
    """Return e.g. `họ và tên, ngày sinh`."""
    return ", ".join(gettext(FIELDS[one]) for one in Field if one in frozenset(fields))


def steps(standing: Standing, *, citizen_card: bool) -> tuple[Step, Step]:
    """Return what chip and person are at; the other two steps are the officer's."""
    chip, person = _chip(standing), _person(standing, citizen_card=citizen_card)
    if chip.mark == "done" and not person.mark:
        person = Step("now", person.title, person.note)
    return chip, person


def _chip(standing: Standing) -> Step:
    chip = standing.chip
    if chip is None:
        return Step(
            "now", gettext("Chip mới: đặt thẻ lên đầu đọc"), gettext("Đặt thẻ mới của người này.")
        )
    if chip.good:
        at = clock(chip.at)
        says = gettext("Xong lúc %(time)s, đủ tám điều kiểm.", time=at)
        return Step("done", gettext("Chip mới: thẻ hợp lệ"), says)
    if chip.differs:
        says = gettext("Khác ở: %(fields)s.", fields=differing(chip.differs))
        return Step("bad", gettext("Chip mới: khác danh sách"), says)
    why = words.of_reason(chip.reason or "")
    if chip.outcome == VerificationOutcome.INDETERMINATE:
        return Step("bad", gettext("Chip mới: chưa đủ căn cứ xác thực"), gettext(why.says))
    return Step("bad", gettext("Chip mới: không nhận thẻ này"), gettext(why.says))


def _person(standing: Standing, *, citizen_card: bool) -> Step:
    shown = standing.identity
    if shown is not None and shown.good:
        title = gettext("Đúng người: căn cước khớp")
        return Step("done", title, gettext("Xong. Số định danh trùng."))
    if shown is not None and shown.differs:
        return Step(
            "bad", gettext("Căn cước này của người khác"), gettext("Số định danh không trùng.")
        )
    title = gettext("Đúng người?")
    if shown is not None:
        return Step("", title, gettext("Thẻ căn cước vừa đặt chưa xác thực được."))
    if citizen_card:
        return Step("", title, gettext("Đặt thẻ căn cước của người nhận lên đầu đọc."))
    return Step("", title, gettext("Đặt thẻ căn cước lên đầu đọc, hoặc so mặt với giấy tờ."))


def seen(last: Seen | None) -> tuple[SceneState, str, str] | None:
    """Return what is said of a laid card that fills no step: state, words, what to do."""
    if last is None:
        return None
    found = last.match
    if found is None:
        return (
            SceneState.UNEXPECTED,
            gettext("Không phải thẻ đảng viên hay thẻ căn cước."),
            gettext("Lấy ra, đặt đúng thẻ."),
        )
    if found.card is not None:
        return None
    if last.before is not None:
        return (
            SceneState.ALREADY,
            gettext("Thẻ này đã giao ngày %(day)s.", day=calendar(last.before)),
            gettext("Không giao lần nữa; hỏi người đang giữ thẻ."),
        )
    if last.outcome is Outcome.REJECTED:
        why = words.of_reason(last.reason or "")
        return SceneState.REFUSED, gettext(why.says), gettext("Chọn người rồi đặt lại thẻ.")
    if found.shown is Shown.CITIZEN_CARD:
        return (
            SceneState.UNEXPECTED,
            gettext("Căn cước này không đối chiếu được với người nào trong đợt."),
            gettext("Đặt thẻ mới trước, hoặc chọn người trong danh sách."),
        )
    return (
        SceneState.UNEXPECTED,
        gettext("Thẻ này không có trong danh sách của đợt."),
        gettext("Để riêng, hỏi nơi lập danh sách."),
    )


def pace(one: Progress) -> str:
    """Return e.g. `kịp hạn`, `chậm, cần thêm 2 ngày phát`."""
    match one.pace:
        case Pace.DONE:
            says = gettext("xong")
        case Pace.ON_TIME:
            says = gettext("kịp hạn")
        case Pace.LATE:
            says = ngettext(
                "chậm, cần thêm %(num)d ngày phát", "chậm, cần thêm %(num)d ngày phát", one.more
            )
        case Pace.NOT_BEGUN:
            says = gettext("chưa phát, hạn %(day)s", day=calendar(one.organisation.target))
        case Pace.OVERDUE:
            says = ngettext("quá hạn, còn %(num)d người", "quá hạn, còn %(num)d người", one.left)
        case _:
            assert_never(one.pace)
    return str(says)
