"""Errors of the API: one form, one table, two languages, nothing repeated."""

from __future__ import annotations

import pytest
from flask import Flask

from edge.errors import EdgeError, MeetingState, RecordingLocked
from edge.procedure.pairing import refused
from edge.procedure.pairing_fault import PairingFault
from edge.web.api.problem import MEDIA_TYPE, TABLE, Code, of_error, refuse
from tests.edge.web.fake_terminal import FakeTerminal

from .conftest import ASKED, Call, code_of


@pytest.mark.parametrize("code", Code)
def test_a_code(code: Code, app: Flask) -> None:
    """Each has its line: status, title, a sentence, a next step."""
    kind = TABLE[code]
    assert 400 <= kind.status <= 599
    assert kind.title
    with app.test_request_context("/api/v1/x"):
        answer = of_error(refuse(code, holder="x"))
    assert answer.status_code == kind.status
    assert answer.mimetype == MEDIA_TYPE
    assert answer.json is not None
    assert answer.json == {
        "type": f"urn:tramthe:problem:{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.says,
        "code": code.value,
        "next_step": kind.next_step,
        "holder": "x",
    }


def test_titles_tell_codes_apart() -> None:
    """Two codes never have the same."""
    assert len({kind.title for kind in TABLE.values()}) == len(TABLE)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refused(PairingFault.OFFER_WRONG), Code.PAIRING_WRONG),
        (refused(PairingFault.PAIRINGS_NOT_KEPT), Code.REFUSED),
        (RecordingLocked("x", next_step="y", fault="LOG_DISK_FULL"), Code.RECORDING_LOCKED),
        (MeetingState("Khiêm", next_step="y"), Code.REFUSED),
    ],
)
def test_an_error_of_the_terminal(error: EdgeError, code: Code, app: Flask) -> None:
    """Has a code; its own message, which is for the technician, is not told."""
    with app.test_request_context("/api/v1/x"):
        answer = of_error(error)
    assert answer.json is not None
    assert answer.json["code"] == code
    assert "Khiêm" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v1/khong-co", (404, "not-found")),
        ("POST", "/api/v1/khong-co", (404, "not-found")),
        ("DELETE", "/api/v1/khong-co", (404, "not-found")),
        ("GET", "/api/v2/status", (404, "not-found")),
        ("DELETE", "/api/v1/status", (405, "method-not-allowed")),
        ("PUT", ASKED, (405, "method-not-allowed")),
    ],
)
def test_what_is_not_there(method: str, path: str, expected: tuple[int, str], call: Call) -> None:
    """Has the same form, and 405 says what is allowed."""
    answer = call(method, path)
    assert (answer.status_code, code_of(answer)) == expected
    if answer.status_code == 405:
        assert "GET" in answer.headers["Allow"]


def test_the_terminal_breaks(call: Call, app: Flask, terminal: FakeTerminal) -> None:
    """A sentence and a next step, and no value that could be a name."""
    terminal.broken = RuntimeError("Hà Văn Khiêm")
    answer = call(path="/api/v1/status")
    assert (answer.status_code, code_of(answer)) == (500, "internal")
    assert "Khiêm" not in answer.text


@pytest.mark.parametrize(
    ("accept", "detail"),
    [
        (None, "Trạm không có địa chỉ này."),
        ("vi-VN,vi;q=0.9,en;q=0.8", "Trạm không có địa chỉ này."),
        ("en-GB,en;q=0.9", "The terminal has no such address."),
        ("fr", "Trạm không có địa chỉ này."),
    ],
)
def test_the_language_of_a_problem(accept: str | None, detail: str, app: Flask) -> None:
    """The caller's, where it is one of ours; code and title stay."""
    sent = {} if accept is None else {"Accept-Language": accept}
    answer = app.test_client().get("/api/v1/khong-co", headers=sent)
    assert answer.json is not None
    assert answer.json["detail"] == detail
    assert (answer.json["code"], answer.json["title"]) == ("not-found", "Not found")
