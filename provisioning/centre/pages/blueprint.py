"""The blueprint that every page stands on: whose form it is, the headers, what an error looks like.

Lives here: what holds for all pages. Not here: who may see one (`guard`).
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from provisioning.centre.pages import browser
from provisioning.errors import CentreStoreUnavailable, ProvisioningError

MAX_FORM = 16 * 1024  # bytes
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

bp = Blueprint("pages", __name__, template_folder="templates")


@bp.before_request
def form_is_ours() -> None:
    """Refuse a form that this browser was not given."""
    request.max_content_length = MAX_FORM
    if request.method not in SAFE_METHODS and not browser.form_is_ours():
        abort(403)


@bp.before_request
def text_can_be_kept() -> None:
    """Refuse the one character that PostgreSQL's text has not: no name and no note holds it."""
    if any("\0" in said for said in (request.path, *request.args.values(), *request.form.values())):
        abort(400)


@bp.after_request
def headers(response: Response) -> Response:
    """Set what every page has; the cookie where the browser has a new id."""
    browser.send_cookie(response)
    response.headers["Content-Security-Policy"] = POLICY
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@bp.errorhandler(HTTPException)
def http_failed(error: HTTPException) -> Response:
    """Say in a sentence what is wrong and what to do."""
    return problem(error.code or 500, *_words(error.code or 500))


@bp.errorhandler(ProvisioningError)
def failed(error: ProvisioningError) -> Response:
    """Say in a sentence what could not be done."""
    code = 503 if isinstance(error, CentreStoreUnavailable) else 500
    return problem(code, *_words(code))


def problem(code: int, says: str, next_step: str) -> Response:
    """Return a page that says what is wrong."""
    return make_response(render_template("centre/error.html", says=says, next_step=next_step), code)


def _words(code: int) -> tuple[str, str]:
    match code:
        case 403:
            return (
                gettext("Trang này mở đã lâu, hoặc lệnh không gửi từ trang của trung tâm."),
                gettext("Mở lại trang rồi bấm lại."),
            )
        case 404 | 405:
            return gettext("Trung tâm không có trang này."), gettext("Về trang Các trạm.")
        case 503:
            return (
                gettext("Cơ sở dữ liệu của trung tâm chưa trả lời."),
                gettext("Chờ một phút rồi mở lại; vẫn thế thì báo người quản trị máy chủ."),
            )
        case _ if code < 500:
            return (
                gettext("Trung tâm không hiểu yêu cầu vừa rồi."),
                gettext("Mở lại trang rồi làm lại."),
            )
        case _:
            return (
                gettext("Trang này bị lỗi. Việc nhận bản ghi từ các trạm không bị ảnh hưởng."),
                gettext("Mở lại trang; vẫn thế thì báo người quản trị máy chủ."),
            )
