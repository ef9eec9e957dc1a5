"""Questions at the counter as pages see them: one that waits, and ones that a card has answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge.procedure.counter import Asker, Wanted
from edge.procedure.desk import CounterDesk
from edge.procedure.sessions import OFFICER, Answer, Ended, Session
from edge.tap.fault import Fault
from tests.edge.procedure.receipts_made import ORDINARY, kept
from verify.reasons import Reason
from verify.verdict import Basis, Check, CheckStatus, Outcome, Step, Verdict

FIELDS = {
    "name": "Nguyễn Thị Hồng Phương Thảo Ngọc",
    "number": "991042170",
    "issued": "2026-05-19",
    "organisation": "99168053000001",
}


def asked(desk: CounterDesk) -> Session:
    """Ask for a card, as an officer does; the one that waited before is over."""
    waiting = desk.counter.waiting()
    if waiting is not None:
        desk.counter.sessions.cancel(waiting.id, None, Ended.BY_OFFICER)
    request = ORDINARY.request
    return desk.counter.ask(
        Asker(OFFICER, "Văn phòng Đảng uỷ xã Pha Hín, quầy 1", "terminal"),
        Wanted(request.procedure, request.dossier, request.nonce, request.fields),
    )


def hinted(desk: CounterDesk) -> Session:
    """Ask, and let the card wait for its number."""
    session = asked(desk)
    desk.counter.sessions.go_on(session.id, Fault.PASSWORD_NEEDED)
    return session


def ended(desk: CounterDesk) -> Session:
    """Ask, and let the holder say no."""
    session = asked(desk)
    desk.counter.decline()
    return session


def answered(desk: CounterDesk, outcome: Outcome = Outcome.ACCEPTED) -> Session:
    """Ask, and answer with a card that was judged so."""
    session = asked(desk)
    receipt = replace(ORDINARY, outcome=outcome)
    context, place, compact = kept(desk.day, receipt)
    fields: dict[str, Any] = FIELDS if outcome is Outcome.ACCEPTED else {}
    answer = Answer(_verdict(outcome), fields, None, compact, receipt.moment.at, context, place)
    desk.counter.sessions.finish(session.id, answer)
    return session


def _verdict(outcome: Outcome) -> Verdict:
    good = outcome is Outcome.ACCEPTED
    checks = [Check(step, CheckStatus.PASSED) for step in Step]
    if not good:
        checks[6] = Check(Step.CARD_STATUS, CheckStatus.FAILED, Reason.CARD_REPORTED_LOST)
    basis = Basis("dang-vien", "default-1", ORDINARY.moment)
    return Verdict(outcome, tuple(checks), basis, None)
