"""The standing roster from a file: shown as what it would change, then taken or not at all.

Lives here: the two pages, and the preview between them, in memory only. Not here: reading the file
(`edge.meeting.roster_rows`), judging its rows (`edge.meeting.roster_table`), sealing the roster
(`edge.holdings`).

An upload stays below what the server keeps in memory, so no part of it touches the disk in the
clear; a larger file is imported on the console.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from flask import Blueprint, abort, current_app, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from edge.errors import RosterInvalid
from edge.meeting.roster import Roster
from edge.meeting.roster_rows import read
from edge.meeting.roster_table import Column, Preview, preview
from edge.meeting.table import Problem
from edge.people.roles import Act
from edge.web.filters import HANOI
from edge.web.guard import needs
from edge.web.page import desk_view, show, terminal
from edge.web.words import mark

bp = Blueprint("roster_import", __name__, url_prefix="/danh-sach")

CODE_DIGITS = 14
_PENDING = "tramthe.roster-preview"

COLUMNS: Mapping[str, str] = {
    Column.NAME: mark("Họ và tên"),
    Column.BIRTH: mark("Ngày sinh"),
    Column.NUMBER: mark("Số thẻ"),
    Column.PERSONAL_NUMBER: mark("Số định danh"),
    Column.CAN: mark("Số CAN"),
    Column.CATEGORY: mark("Diện"),
    Column.STANDING: mark("Trạng thái"),
    Column.POST: mark("Chức vụ"),
    Column.COMMITTEE: mark("Cấp uỷ"),
}
PROBLEMS: Mapping[str, str] = {
    Problem.NAME_MISSING: mark("thiếu tên: điền tên, hoặc xoá cả dòng."),
    Problem.MISSING: mark("còn trống: điền ô này."),
    Problem.TOO_LONG: mark("quá dài hoặc có ký tự lạ: gõ lại ô này."),
    Problem.NOT_A_DATE: mark("không phải ngày: viết như 19/05/1980."),
    Problem.NOT_DIGITS: mark("có ký tự không phải chữ số: chỉ gõ số."),
    Problem.WRONG_LENGTH: mark("sai số chữ số: có thể bảng tính đã bỏ số 0 ở đầu."),
    Problem.UNKNOWN_WORD: mark("có từ mà trạm không hiểu: dùng từ ghi ở mẫu."),
    Problem.REPEATED: mark("trùng số với một dòng ở trên: sửa dòng sai."),
    Problem.SAME_NAME: mark("trùng tên, chưa phân biệt được: điền ngày sinh hoặc số thẻ."),
    Problem.CONTRADICTS: mark("khác một dòng ở trên của cùng tổ chức: sửa dòng sai."),
}


@dataclass(frozen=True, slots=True)
class Pending:
    """A roster that was shown and may be taken, by the token of its page."""

    token: str
    roster: Roster = field(repr=False)


@bp.get("")
@needs(Act.IMPORT_ROSTER)
def page() -> str:
    """Show what roster the terminal has, and ask for a file."""
    return _page()


@bp.post("")
@needs(Act.IMPORT_ROSTER)
def upload() -> str | BaseResponse:
    """Show what taking this file would do; nothing is taken yet."""
    _forget()
    held = terminal().desk.standing_roster
    given = request.files.get("tep")
    try:
        rows = read(b"" if given is None else given.read())
        found = preview(rows, held, terminal().status().now.astimezone(HANOI).date())
    except RosterInvalid:
        return make_response(_page(unreadable=True), 409)
    head = _head(held)
    if head is None:
        return make_response(_page(no_head=True), 409)
    token = None
    if found.ok:
        name, code, parent = head
        pending = Pending(secrets.token_urlsafe(32), Roster(name, code, found.people, parent))
        current_app.extensions[_PENDING] = pending
        token = pending.token
    return _page(found=found, token=token)


@bp.post("/nhan")
@needs(Act.IMPORT_ROSTER)
def take() -> BaseResponse:
    """Take the roster that was shown; one of an older page is refused."""
    pending = cast("Pending | None", current_app.extensions.get(_PENDING))
    if pending is None or not secrets.compare_digest(
        pending.token.encode(), request.form.get("ma", "").encode()
    ):
        abort(403)
    terminal().take_roster(pending.roster)
    _forget()
    return redirect(url_for("roster_import.page"), 303)


def _forget() -> None:
    current_app.extensions.pop(_PENDING, None)


def _head(held: Roster | None) -> tuple[str, str, str | None] | None:
    """Return name, code and parent: those of the roster held, else as typed; None if wrong."""
    if held is not None:
        return held.organisation, held.code, held.parent
    name, code, parent = (
        " ".join(request.form.get(f, "").split()) for f in ("to", "ma-to", "tren")
    )
    digits = code.replace(".", "")
    whole = digits.isascii() and digits.isdigit() and len(digits) == CODE_DIGITS
    if not whole or not 0 < len(name) <= 200 or len(parent) > 200:
        return None
    return name, digits, parent or None


def _page(
    found: Preview | None = None,
    *,
    token: str | None = None,
    unreadable: bool = False,
    no_head: bool = False,
) -> str:
    return show(
        "roster_import.html",
        **desk_view(),
        held=terminal().desk.standing_roster,
        found=found,
        token=token,
        unreadable=unreadable,
        no_head=no_head,
        columns=COLUMNS,
        problems=PROBLEMS,
    )
