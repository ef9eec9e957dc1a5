"""The stick on the status page: what is plugged in, two buttons, how the last act ended.

Lives here: the panel and its words. Not here: the acts (`edge.stick_desk`). A browser names a stick
by its label only, and the terminal looks it up among what is plugged in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import EdgeError
from edge.people.roles import Act
from edge.repository.outcome import RepositoryState
from edge.stick_desk import Done, StickAct, SticksView
from edge.tap.scene import SceneState
from edge.web import repository_words, words
from edge.web.filters import clock, number
from edge.web.guard import actor, needs
from edge.web.page import terminal

if TYPE_CHECKING:
    from edge.carried import Received
    from edge.sync.courier_outcome import Exported, Imported

bp = Blueprint("usb", __name__, url_prefix="/usb")

FORM_ACTS = {"chep": StickAct.COPY, "nhan": StickAct.TAKE}
"""What the buttons send."""


@dataclass(frozen=True, slots=True)
class Told:
    """How an act ended: one sentence, more below it, and its state for colour and sign."""

    state: SceneState
    says: str
    more: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        """Return the sign of the style sheet."""
        return "accepted" if self.state is SceneState.ACCEPTED else "attend"


@bp.post("")
@needs(Act.CARRY)
def carry() -> BaseResponse:
    """Begin an act on a stick, and lead back to the status."""
    act = FORM_ACTS.get(request.form.get("lam", ""))
    if act is not None:
        terminal().carry(act, request.form.get("usb", ""), by=actor())
    return redirect(url_for("status.page", _anchor="usb"), 303)


@bp.get("/phan")
@needs(Act.CARRY, polls=True)
def part() -> str | Response:
    """Return the panel anew where it changed, nothing where it did not."""
    view = panel()
    if request.args.get("dau") == view["mark"]:
        return Response(status=204)
    return render_template("_usb.html", **view)


def panel() -> dict[str, object]:
    """Return what the panel's template needs."""
    view = terminal().sticks()
    unsent = terminal().status().unsent
    mark = hashlib.sha256(repr((view, unsent)).encode()).hexdigest()[:16]
    return {
        "view": view,
        "busy": _busy(view),
        "told": None if view.last is None else tell(view.last),
        "unsent": unsent,
        "mark": mark,
    }


def _busy(view: SticksView) -> str | None:
    match view.busy:
        case None:
            return None
        case StickAct.COPY, stick:
            return str(gettext("Đang chép lên %(stick)s. Đừng rút USB.", stick=stick))
        case _, stick:
            return str(gettext("Đang nhận từ %(stick)s. Đừng rút USB.", stick=stick))


def tell(done: Done) -> Told:
    """Return how an act ended, in words."""
    if done.error is not None:
        return _failed(done.error)
    if done.exported is not None:
        return _exported(done, done.exported)
    if done.received is None:
        raise ValueError("an act that ended did something")
    return _received(done, done.received)


def _failed(error: EdgeError) -> Told:
    code = getattr(error, "fault", None)
    found = words.of_reason(code) if code else words.of_error(error)
    return Told(SceneState.UNCONFIRMED, gettext(found.says), (gettext(found.next_step),))


def _exported(done: Done, exported: Exported) -> Told:
    if exported.waiting == 0 and exported.again and exported.stopped is None:
        says = ngettext(
            "Trung tâm đã nhận hết; USB này chỉ xin xác nhận %(num)d biên nhận.",
            "Trung tâm đã nhận hết; USB này chỉ xin xác nhận %(num)d biên nhận.",
            exported.again,
        )
        return Told(SceneState.ACCEPTED, says, (gettext("Rút USB được rồi."),))
    if exported.waiting == 0 and exported.stopped is None:
        says = gettext("Trung tâm đã nhận hết; không phải chép gì.")
        return Told(SceneState.ACCEPTED, says)
    if exported.stopped is None and exported.events == exported.waiting:
        says = ngettext(
            "Đã chép đủ %(num)d bản ghi lên %(stick)s lúc %(time)s.",
            "Đã chép đủ %(num)d bản ghi lên %(stick)s lúc %(time)s.",
            exported.events,
            stick=done.stick,
            time=clock(done.at),
        )
        return Told(SceneState.ACCEPTED, says, (gettext("Rút USB được rồi."),))
    says = gettext(
        "Mới chép được %(done)s trên %(all)s bản ghi lên %(stick)s.",
        done=number(exported.events),
        all=number(exported.waiting),
        stick=done.stick,
    )
    if exported.stopped is None:
        more = (gettext("Phần còn lại chép lần sau, khi trung tâm đã nhận phần này."),)
        return Told(SceneState.UNCONFIRMED, says, more)
    found = words.of_reason(exported.stopped.fault)
    return Told(SceneState.UNCONFIRMED, says, (gettext(found.says), gettext(found.next_step)))


def _received(done: Done, received: Received) -> Told:
    if received.nothing:
        says = gettext("%(stick)s không có gì cho trạm này.", stick=done.stick)
        return Told(SceneState.ACCEPTED, says, (gettext("Rút USB được rồi."),))
    well = True
    more: list[str] = []
    if received.down is not None:
        well, more = _down(received.down, known=received.known)
    if received.repository is not None:
        more.append(repository_words.note(received.repository.state))
        well = well and received.repository.state is RepositoryState.UP_TO_DATE
    says = gettext("Đã nhận từ %(stick)s lúc %(time)s.", stick=done.stick, time=clock(done.at))
    more.append(gettext("Rút USB được rồi."))
    return Told(SceneState.ACCEPTED if well else SceneState.UNCONFIRMED, says, tuple(more))


def _down(down: Imported, *, known: bool) -> tuple[bool, list[str]]:
    more: list[str] = []
    if down.acks:
        more.append(
            gettext("Trung tâm báo đã nhận đến bản ghi %(seq)s.", seq=number(down.high_water))
        )
    elif known:
        more.append(gettext("Gói này trạm đã nhận trước đây; không có gì mới."))
    if down.copied is not None:
        found = words.of_error(down.copied)
        more += [gettext(found.says), gettext(found.next_step)]
    spoilt = len({*(one.name for one in down.refused), *down.missing})
    if spoilt:
        more.append(
            ngettext(
                "%(num)d tệp trên USB hỏng hoặc thiếu nên trạm không nhận; xin chép lại từ xã.",
                "%(num)d tệp trên USB hỏng hoặc thiếu nên trạm không nhận; xin chép lại từ xã.",
                spoilt,
            )
        )
    return not spoilt and down.copied is None, more
