"""The counter for an officer without a back office: ask, see what the card says, print the slip.

Lives here: choosing the procedure, the result, the day's history. Not here: the screen before the
holder (`consent`), slips and files (`slips`), which questions are asked (`edge.procedure.counter`).
Design: screen 11. A result stands here for ten minutes and on no disk; the history names nobody.
"""

from __future__ import annotations

import base64
import os
import re
from datetime import date

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import QuestionRefused, ReaderHeld
from edge.people.roles import Act
from edge.procedure.catalogue import Procedure, ProcedureKind
from edge.procedure.counter import MEETING, Asker, Refusal, Wanted
from edge.procedure.errand import STATES
from edge.procedure.fields import DATES, WORDS
from edge.procedure.receipt_words import OUTCOMES, STATUSES, STEPS, not_proven
from edge.procedure.sessions import OFFICER, Answer, Ended, Session, State
from edge.procedure.slip import spoken
from edge.procedure_form import MAX_DOSSIER, Field
from edge.tap.scene import SceneState
from edge.web import words
from edge.web.filters import calendar, language
from edge.web.guard import needs
from edge.web.page import show_at_desk, terminal
from edge.wire.kinds import VerificationOutcome
from verify import receipt_jws
from verify.verdict import CheckStatus, Outcome

NONCE_SIZE = 24  # bytes
ORIGIN = "terminal"
"""The origin of what this page asks (`verify.receipt.Request`)."""

bp = Blueprint("counter", __name__, url_prefix="/thu-tuc")

_ORGANISATION = re.compile(r"(\d{2})(\d{3})(\d{3})(\d{3})(\d{3})")
"""208-QĐ/TW: province, level above the base, base, subordinate committee, cell."""


@bp.get("")
@needs(Act.COUNTER)
def page() -> str:
    """Show the procedures to choose from."""
    return _choose(request.args.get("thu-tuc", ""), request.args.get("ho-so", ""))


@bp.post("")
@needs(Act.COUNTER)
def ask() -> str | BaseResponse:
    """Ask for a card; lead to the screen before its holder."""
    code = request.form.get("thu-tuc", "")
    dossier = request.form.get("ho-so", "").strip()
    desk = terminal().counter.counter
    procedure = desk.catalogue().find(code)
    fields = () if procedure is None else tuple(one.value for one in procedure.fields)
    nonce = base64.urlsafe_b64encode(os.urandom(NONCE_SIZE)).decode()
    try:
        session = desk.ask(
            Asker(OFFICER, terminal().organisation or terminal().status().terminal, ORIGIN),
            Wanted(code, dossier, nonce, fields),
        )
    except QuestionRefused as error:
        return _choose(code, dossier, _refusal(Refusal(error.fault), procedure))
    except ReaderHeld as error:
        return _choose(code, dossier, _held(error))
    return redirect(url_for("consent.page", cho=session.id), 303)


@bp.get("/hoi/<session_id>")
@needs(Act.COUNTER)
def question(session_id: str) -> str | BaseResponse:
    """Show what came of a question; lead to the screen before the holder while it is open."""
    session = terminal().counter.counter.sessions.of(session_id, OFFICER)
    if session is None:
        return redirect(url_for(".page"))
    if session.open:
        return redirect(url_for("consent.page", cho=session.id))
    if session.answer is None:
        return _ended(session)
    return _result(session, session.answer)


@bp.get("/hoi/<session_id>/anh")
@needs(Act.COUNTER)
def photo(session_id: str) -> Response:
    """Return the photo of a card, where its procedure shows it."""
    session = terminal().counter.counter.sessions.of(session_id, OFFICER)
    answer = None if session is None else session.answer
    if answer is None or answer.photo is None:
        abort(404)
    return Response(answer.photo, mimetype="image/jpeg")


@bp.get("/ngay")
@needs(Act.COUNTER)
def day() -> str:
    """Show what was verified on a day, the latest first; by default today or the last day."""
    desk = terminal().counter
    days = desk.day.days()
    asked = request.args.get("ngay", "")
    context = next((one for one, at in days if at.isoformat() == asked), None)
    context = context or (days[0][0] if days else None)
    rows = () if context is None else tuple(reversed(desk.day.of(context)))
    titles = {one.code: one.title.of(language()) for one in desk.counter.catalogue().procedures}
    return show_at_desk(
        "counter_day.html",
        days=[at for _, at in days],
        shown=next((at for one, at in days if one == context), None),
        context=context,
        rows=[(row, *_told(row.outcome), titles.get(row.procedure, row.procedure)) for row in rows],
        number=lambda row: spoken(receipt_jws.digest(row.receipt)),
    )


# Steps


def _choose(code: str, dossier: str, said: words.Words | None = None) -> str:
    counter = terminal().counter.counter
    return show_at_desk(
        "counter.html",
        procedures=counter.catalogue().of_kind(ProcedureKind.COUNTER),
        code=code,
        dossier=dossier,
        longest=MAX_DOSSIER,
        said=said,
        asking=counter.waiting(),
        officer=OFFICER,
    )


def _result(session: Session, answer: Answer) -> str:
    lang, verdict = language(), answer.verdict
    digest = receipt_jws.digest(answer.receipt)
    anchored = terminal().counter.day.anchor(digest) is not None
    claims = receipt_jws.unproven(answer.receipt)
    return show_at_desk(
        "counter_result.html",
        session=session,
        procedure=session.question.procedure.title.of(lang),
        dossier=session.question.request.dossier,
        state=STATES[verdict.outcome],
        word=OUTCOMES[verdict.outcome].of(lang),
        reason=None if verdict.reason is None else words.of_reason(verdict.reason),
        at=answer.at,
        card_present=terminal().scene().card_present,
        allowed=len(session.question.procedure.fields),
        fields=[_field(Field(name), value) for name, value in answer.fields.items()],
        photo=answer.photo is not None,
        checks=[
            (STEPS[one.step].of(lang), one.status, STATUSES[one.status].of(lang))
            for one in verdict.checks
        ],
        all_passed=all(one.status is CheckStatus.PASSED for one in verdict.checks),
        passed=CheckStatus.PASSED,
        number=spoken(digest),
        anchored=anchored,
        not_proven=[one.of(lang) for one in not_proven(claims, anchored=anchored)],
        context=answer.context,
        place=answer.place,
    )


def _field(field: Field, value: str) -> tuple[str, str]:
    """Return a field's title and its value as people write it."""
    if field in DATES:
        value = calendar(date.fromisoformat(value))
    elif field is Field.ORGANISATION and (parts := _ORGANISATION.fullmatch(value)):
        value = ".".join(parts.groups())
    return WORDS[field].of(language()), value


def _ended(session: Session) -> str:
    return show_at_desk(
        "counter_ended.html",
        procedure=session.question.procedure.title.of(language()),
        dossier=session.question.request.dossier,
        code=session.question.request.procedure,
        said=_why(session),
        failed=session.state is State.FAILED,
    )


def _why(session: Session) -> words.Words:
    match session.why:
        case Ended.BY_HOLDER | Ended.BY_OFFICER:
            return _ENDED[Ended.BY_OFFICER]
        case Ended.BY_MEETING | Ended.NO_CARD:
            return _ENDED[Ended(session.why)]
        case code:
            return words.of_reason(code or "")


def _refusal(why: Refusal, procedure: Procedure | None) -> words.Words:
    found = _REFUSALS[why]
    hint = None if procedure is None or procedure.dossier is None else procedure.dossier.hint
    if why in (Refusal.DOSSIER_UNFIT, Refusal.QUESTION_UNFIT) and hint is not None:
        return words.Words(found.says, gettext("Mẫu: %(form)s.", form=hint.of(language())))
    return found


def _held(error: ReaderHeld) -> words.Words:
    who = gettext("cuộc họp đang mở") if error.holder == MEETING else error.holder
    return words.Words(gettext("Đầu đọc đang phục vụ: %(who)s.", who=who), _HELD)


def _told(outcome: str) -> tuple[SceneState, str]:
    """Return sign and words of a verification, by its outcome in the log."""
    if outcome in Outcome.__members__:
        found = Outcome[outcome]
        return STATES[found], OUTCOMES[found].of(language())
    if outcome == VerificationOutcome.NOT_TAKEN:
        return SceneState.UNEXPECTED, gettext("Không phải loại thẻ của thủ tục này")
    return SceneState.UNEXPECTED, outcome


_ENDED = {
    Ended.BY_OFFICER: words.Words(
        words.mark("Yêu cầu đã huỷ; không đọc thẻ, không ghi gì."),
        words.mark("Hỏi lại khi người cầm thẻ sẵn sàng."),
    ),
    Ended.BY_MEETING: words.Words(
        words.mark("Cuộc họp vừa mở nên đầu đọc thuộc về cuộc họp."),
        words.mark("Hỏi lại sau khi cuộc họp kết thúc."),
    ),
    Ended.NO_CARD: words.Words(
        words.mark("Hết 90 giây mà chưa có thẻ nào được đặt."),
        words.mark("Bấm hỏi lại, rồi mời đặt thẻ."),
    ),
}
_HELD = words.mark("Chờ đến lượt, hoặc huỷ việc kia trước.")
_REFUSALS = {
    Refusal.PROCEDURE_UNKNOWN: words.Words(
        words.mark("Chưa chọn thủ tục."), words.mark("Chọn một thủ tục trong danh sách.")
    ),
    Refusal.NOT_AT_COUNTER: words.Words(
        words.mark("Thủ tục này làm theo đợt."), words.mark("Mở phần Phát thẻ.")
    ),
    Refusal.FIELDS_NOT_ALLOWED: words.Words(
        words.mark("Thủ tục này không được biết một số mục vừa hỏi."),
        words.mark("Mở lại trang rồi hỏi lại."),
    ),
    Refusal.DOSSIER_UNFIT: words.Words(
        words.mark("Số hồ sơ không đúng mẫu của thủ tục này."),
        words.mark("Xem lại số ghi trên hồ sơ."),
    ),
    Refusal.QUESTION_UNFIT: words.Words(
        words.mark("Số hồ sơ chưa ghi, hoặc có ký tự không in được."),
        words.mark("Ghi số hồ sơ, từ 1 đến 64 ký tự."),
    ),
    Refusal.NO_CERTIFICATE: words.Words(
        words.mark("Trạm chưa có chứng thư số nên chưa ký được biên nhận."),
        words.mark("Nhờ kỹ thuật viên cấp phép trạm trước."),
    ),
    Refusal.RECORDING_LOCKED: words.Words(
        words.mark("Trạm chưa ghi được nhật ký nên chưa nhận thẻ."),
        words.mark("Mở Trạng thái, làm theo chỉ dẫn, rồi hỏi lại."),
    ),
}
