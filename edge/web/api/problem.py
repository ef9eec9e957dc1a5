"""Every error of the local API in one form: a problem (RFC 9457), out of one table of codes.

Lives here: the codes, each with its status, its title, what happened and what to do next; and the
answer itself. Not here: raising them. Beside the RFC's `type`, `title`, `status` and `detail`
stand `code` (a program compares that) and `next_step` (a person does that). `title` never
changes; `detail` and `next_step` are in the language of Accept-Language, Vietnamese by default.
Nothing in a problem repeats what was sent, but the names of fields that a purpose does not allow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import Any

from flask import Response
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from edge.errors import (
    ApiRefused,
    EdgeError,
    PairingRefused,
    QuestionRefused,
    ReaderHeld,
    RecordingLocked,
    SessionOver,
)
from edge.procedure.pairing_fault import PairingFault
from edge.web import words
from edge.web.words import mark

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:tramthe:problem:"
"""Before the code: the type of a problem."""


@unique
class Code(StrEnum):
    """What went wrong, for programs."""

    BAD_REQUEST = "bad-request"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    TOO_LARGE = "too-large"
    NOT_JSON = "not-json"
    WRONG_HOST = "wrong-host"
    TOO_MANY = "too-many"
    INTERNAL = "internal"
    BODY_MALFORMED = "body-malformed"
    BODY_INVALID = "body-invalid"
    ORIGIN_MISSING = "origin-missing"
    ORIGIN_NOT_PAIRED = "origin-not-paired"
    ORIGIN_UNFIT = "origin-unfit"
    ORIGIN_NOT_SECURE = "origin-not-secure"
    SITE_MISSING = "site-missing"
    SITE_UNFIT = "site-unfit"
    TOKEN_MISSING = "token-missing"  # noqa: S105 -- a code
    TOKEN_UNKNOWN = "token-unknown"  # noqa: S105 -- a code
    TOKEN_ELSEWHERE = "token-elsewhere"  # noqa: S105 -- a code
    PAIRING_WAITING = "pairing-waiting"
    PAIRING_CLOSED = "pairing-closed"
    PAIRING_WRONG = "pairing-wrong"
    NAME_UNFIT = "name-unfit"
    PAIRINGS_DAMAGED = "pairings-damaged"
    RECORDING_LOCKED = "recording-locked"
    READER_HELD = "reader-held"
    """`holder` tells who has it, and since when."""
    PROCEDURE_UNKNOWN = "procedure-unknown"
    NOT_AT_COUNTER = "not-at-counter"
    FIELDS_NOT_ALLOWED = "fields-not-allowed"
    """`fields` names those beyond the purpose."""
    DOSSIER_UNFIT = "dossier-unfit"
    QUESTION_UNFIT = "question-unfit"
    NO_CERTIFICATE = "no-certificate"
    VERIFICATION_UNKNOWN = "verification-unknown"
    TOO_LATE = "too-late"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is always said of a code."""

    status: int
    title: str
    says: str
    next_step: str


_COMPARE = mark("So lời gọi với /api/v1/openapi.json của trạm.")
_AGAIN = mark("Ghép lại trang này ở trạm.")
_BROWSER = mark(
    "Trình duyệt tự gửi; chương trình không phải trình duyệt thì tự ghi đúng như lúc ghép."
)


def _of_fault(status: int, title: str, fault: PairingFault) -> Kind:
    found = words.of_reason(fault)
    return Kind(status, title, found.says, found.next_step)


TABLE: Mapping[Code, Kind] = {
    Code.BAD_REQUEST: Kind(
        400, "Not a request", mark("Trạm không hiểu lời gọi vừa rồi."), _COMPARE
    ),
    Code.NOT_FOUND: Kind(404, "Not found", mark("Trạm không có địa chỉ này."), _COMPARE),
    Code.METHOD_NOT_ALLOWED: Kind(
        405, "Method not allowed", mark("Địa chỉ này không nhận cách gọi đó."), _COMPARE
    ),
    Code.TOO_LARGE: Kind(413, "Too large", mark("Lời gọi quá lớn."), _COMPARE),
    Code.NOT_JSON: Kind(
        415,
        "Not JSON",
        mark("Thân của lời gọi phải là application/json."),
        mark("Gửi với Content-Type: application/json, mã hoá UTF-8."),
    ),
    Code.WRONG_HOST: Kind(
        421,
        "Not this terminal's address",
        mark("Địa chỉ này không phải của trạm."),
        mark("Gõ đúng địa chỉ ghi trên trạm."),
    ),
    Code.TOO_MANY: Kind(
        429,
        "Too many requests",
        mark("Trang này gọi trạm dày quá."),
        mark("Chờ số giây ghi trong Retry-After rồi gọi lại."),
    ),
    Code.INTERNAL: Kind(
        500,
        "Something went wrong",
        mark("Trạm bị lỗi khi trả lời. Điểm danh và nhật ký không bị ảnh hưởng."),
        mark("Gọi lại; vẫn thế thì mở Trạng thái và gọi kỹ thuật viên."),
    ),
    Code.BODY_MALFORMED: Kind(
        400,
        "Not the JSON asked for",
        mark("Thân của lời gọi không phải một đối tượng JSON đúng."),
        mark("Gửi một đối tượng JSON, UTF-8, không lặp tên, lồng không quá sâu."),
    ),
    Code.BODY_INVALID: Kind(422, "Not as described", mark("Lời gọi không đúng mẫu."), _COMPARE),
    Code.ORIGIN_MISSING: Kind(
        403, "No origin", mark("Lời gọi không ghi nó đến từ trang nào (Origin)."), _BROWSER
    ),
    Code.ORIGIN_NOT_PAIRED: Kind(
        403, "Origin not paired", mark("Trang này chưa ghép với trạm."), _AGAIN
    ),
    Code.ORIGIN_UNFIT: _of_fault(403, "Origin unfit", PairingFault.ORIGIN_UNFIT),
    Code.ORIGIN_NOT_SECURE: _of_fault(403, "Origin not secure", PairingFault.ORIGIN_NOT_SECURE),
    Code.SITE_MISSING: Kind(
        403,
        "No Sec-Fetch-Site",
        mark("Lời gọi không có Sec-Fetch-Site."),
        mark(
            "Dùng trình duyệt mới hơn; chương trình không phải trình duyệt thì gửi"
            " Sec-Fetch-Site: cross-site."
        ),
    ),
    Code.SITE_UNFIT: Kind(
        403,
        "Not a call of a page's script",
        mark("Lời gọi không phải do mã của trang đã ghép gửi."),
        mark("Gọi bằng fetch từ chính trang đã ghép."),
    ),
    Code.TOKEN_MISSING: Kind(
        401,
        "No token",
        mark("Lời gọi không có mã của trang đã ghép."),
        mark("Gửi Authorization: Bearer với mã nhận được lúc ghép."),
    ),
    Code.TOKEN_UNKNOWN: Kind(
        401, "Token unknown", mark("Trang này chưa ghép, hoặc đã bị gỡ ở trạm."), _AGAIN
    ),
    Code.TOKEN_ELSEWHERE: Kind(
        403, "Token of another origin", mark("Mã này là của một trang khác."), _AGAIN
    ),
    Code.PAIRING_WAITING: Kind(
        403,
        "The desk has not agreed yet",
        mark("Trạm chưa đồng ý ghép trang này."),
        mark("Ở trạm: so tên, địa chỉ và bốn số kiểm, rồi bấm đồng ý."),
    ),
    Code.PAIRING_CLOSED: _of_fault(409, "No pairing is offered", PairingFault.OFFER_CLOSED),
    Code.PAIRING_WRONG: _of_fault(403, "Code or PIN wrong", PairingFault.OFFER_WRONG),
    Code.NAME_UNFIT: _of_fault(422, "Name unfit", PairingFault.NAME_UNFIT),
    Code.PAIRINGS_DAMAGED: _of_fault(503, "No page is paired", PairingFault.PAIRINGS_DAMAGED),
    Code.RECORDING_LOCKED: Kind(
        503,
        "Nothing can be recorded",
        mark("Trạm chưa ghi được nhật ký nên chưa nhận thẻ."),
        mark("Mở Trạng thái ở trạm, làm theo chỉ dẫn, rồi gọi lại."),
    ),
    Code.READER_HELD: Kind(
        409,
        "The reader is in use",
        mark("Đầu đọc đang có người dùng."),
        mark("Chờ người đang dùng xong, hoặc huỷ lượt đó ở trạm, rồi gọi lại."),
    ),
    Code.PROCEDURE_UNKNOWN: Kind(
        404, "Procedure unknown", mark("Trạm không có thủ tục này."), mark("Chọn thủ tục khác.")
    ),
    Code.NOT_AT_COUNTER: Kind(
        409,
        "Not a procedure of the counter",
        mark("Thủ tục này làm theo đợt, ở ngay trạm."),
        mark("Mở đợt ở trạm."),
    ),
    Code.FIELDS_NOT_ALLOWED: Kind(
        403,
        "Fields beyond the purpose",
        mark("Có mục mà thủ tục này không được hỏi."),
        mark("Bỏ những mục ghi trong fields rồi gọi lại."),
    ),
    Code.DOSSIER_UNFIT: Kind(
        422,
        "Dossier number unfit",
        mark("Số hồ sơ không đúng mẫu của thủ tục này."),
        mark("Ghi số hồ sơ theo mẫu."),
    ),
    Code.QUESTION_UNFIT: Kind(
        422,
        "Question unfit",
        mark("Câu hỏi không dùng được cho biên nhận."),
        _COMPARE,
    ),
    Code.NO_CERTIFICATE: Kind(
        409,
        "No certificate",
        mark("Trạm chưa có chứng thư số nên chưa ký được biên nhận."),
        mark("Gọi kỹ thuật viên cấp phép cho trạm."),
    ),
    Code.VERIFICATION_UNKNOWN: Kind(
        404,
        "Verification unknown",
        mark("Trạm không có lượt hỏi này, hoặc lượt đó đã quá mười phút."),
        mark("Hỏi lại từ đầu."),
    ),
    Code.TOO_LATE: Kind(
        409,
        "Too late to cancel",
        mark("Thẻ đã đọc xong nên không huỷ được nữa."),
        mark("Chờ một lát rồi lấy kết quả."),
    ),
    Code.REFUSED: Kind(
        409,
        "Not possible now",
        mark("Việc này lúc này chưa làm được."),
        mark("Xem màn hình của trạm."),
    ),
}

_OF_STATUS = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.TOO_LARGE,
    415: Code.NOT_JSON,
    421: Code.WRONG_HOST,
}
_OF_FAULT = {
    PairingFault.OFFER_CLOSED: Code.PAIRING_CLOSED,
    PairingFault.OFFER_WRONG: Code.PAIRING_WRONG,
    PairingFault.ORIGIN_UNFIT: Code.ORIGIN_UNFIT,
    PairingFault.ORIGIN_NOT_SECURE: Code.ORIGIN_NOT_SECURE,
    PairingFault.NAME_UNFIT: Code.NAME_UNFIT,
    PairingFault.PAIRINGS_DAMAGED: Code.PAIRINGS_DAMAGED,
}
# Of `edge.procedure.counter.Refusal`, by value: the counter is loaded with the first question.
_OF_REFUSAL = {
    "PROCEDURE_UNKNOWN": Code.PROCEDURE_UNKNOWN,
    "NOT_AT_COUNTER": Code.NOT_AT_COUNTER,
    "FIELDS_NOT_ALLOWED": Code.FIELDS_NOT_ALLOWED,
    "DOSSIER_UNFIT": Code.DOSSIER_UNFIT,
    "QUESTION_UNFIT": Code.QUESTION_UNFIT,
    "NO_CERTIFICATE": Code.NO_CERTIFICATE,
    "RECORDING_LOCKED": Code.RECORDING_LOCKED,
}


def refuse(code: Code, *, after: float | None = None, **members: Any) -> ApiRefused:
    """Return the error of a code. `members` stand in the problem beside the usual ones."""
    kind = TABLE[code]
    return ApiRefused(kind.title, next_step=kind.next_step, code=code, after=after, members=members)


def of_error(error: EdgeError) -> Response:
    """Return the answer to an error of the tree."""
    match error:
        case ApiRefused():
            return answer(Code(error.code), after=error.after, members=error.members)
        case PairingRefused():
            return answer(_OF_FAULT.get(PairingFault(error.fault), Code.REFUSED))
        case RecordingLocked():
            return answer(Code.RECORDING_LOCKED)
        case QuestionRefused():
            code = _OF_REFUSAL.get(error.fault, Code.REFUSED)
            return answer(code, members={"fields": list(error.names)} if error.names else None)
        case ReaderHeld():
            held = {"name": error.holder, "since": utc(error.since)}
            return answer(Code.READER_HELD, members={"holder": held})
        case SessionOver():
            return answer(Code.TOO_LATE)
        case _:
            return answer(Code.REFUSED)


def of_status(error: HTTPException | None) -> Response:
    """Return the answer to an error of HTTP, or, for None, to one that nobody foresaw."""
    status = 500 if error is None or error.code is None else error.code
    code = _OF_STATUS.get(status, Code.INTERNAL if status >= 500 else Code.BAD_REQUEST)
    response = answer(code)
    if error is not None and status == 405:
        response.headers.extend(
            (name, value) for name, value in error.get_headers() if name == "Allow"
        )
    return response


def answer(
    code: Code, *, after: float | None = None, members: Mapping[str, Any] | None = None
) -> Response:
    """Return a problem as the answer to this request."""
    kind = TABLE[code]
    body = to_bytes(code, gettext(kind.says), gettext(kind.next_step), members)
    response = Response(body, kind.status, mimetype=MEDIA_TYPE)
    if after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(after)))
    if kind.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def utc(at: datetime) -> str:
    """Return a moment as the API writes it: RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def to_bytes(
    code: Code, detail: str, next_step: str, members: Mapping[str, Any] | None = None
) -> bytes:
    """Return the object as JSON."""
    kind = TABLE[code]
    body = {
        "type": f"{TYPE}{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "code": code.value,
        "next_step": next_step,
        **(members or {}),
    }
    return json.dumps(body, ensure_ascii=False).encode()
