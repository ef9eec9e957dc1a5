"""Bodies: one JSON object, strictly."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from edge.errors import ApiRefused
from edge.web.api.body import MAX_BODY, MAX_DEPTH, MAX_INTEGER, parse

from .conftest import Call, code_of


def nested(depth: int) -> bytes:
    """Return an object with brackets so deep."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"{}", {}),
        (
            b' {"a": "\\"[[[[[[[[[", "b": [true, null, 7]} ',
            {"a": '"[[[[[[[[[', "b": [True, None, 7]},
        ),
        ('{"tên": "Hà Văn Khiêm"}'.encode(), {"tên": "Hà Văn Khiêm"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a": -9007199254740991}', {"a": -MAX_INTEGER}),
    ],
)
def test_an_object(data: bytes, value: object) -> None:
    """As it was written."""
    assert parse(data) == value


def test_as_deep_as_may_be() -> None:
    """And no deeper; brackets within a text do not count."""
    parse(nested(MAX_DEPTH))
    parse(b'{"a": "\\"[[[[[[[[\\\\", "b": {"c": "]]{{{{{{{{"}}')
    with pytest.raises(ApiRefused):
        parse(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"7",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": "' + b'\\"' * 8000,
        b'{"a": "\\',
        b'{"a": 1,}',
        b'{"a": 1} // x',
        b'{"a": 1, "a": 1}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": 1.5}',
        b'{"a": 1e3}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 9007199254740992}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"a": ["\\udfff"]}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\n"}',
        b"[" * 10_000,
        b'{"a":' * 3000,
    ],
)
def test_no_object(data: bytes) -> None:
    """Other JSON, no JSON, a name twice, numbers that programs read differently, too deep."""
    with pytest.raises(ApiRefused) as refused:
        parse(data)
    assert refused.value.code == "body-malformed"
    assert refused.value.next_step


def test_a_body_too_large(call: Call) -> None:
    """Is not read."""
    body = json.dumps({"a": "x" * 16 * 1024}).encode()
    answer = call("POST", data=body, content_type="application/json")
    assert (answer.status_code, code_of(answer)) == (413, "too-large")


def in_chunks(call: Call, body: BytesIO) -> TestResponse:
    """Send a body that does not say how long it is, and that the server ends."""
    said = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return call("POST", input_stream=body, content_type="application/json", environ_overrides=said)


def test_a_body_in_chunks(call: Call) -> None:
    """Is taken as any other, up to the last octet that one may have."""
    assert in_chunks(call, BytesIO(b"{}".ljust(MAX_BODY))).status_code == 200


def test_a_body_in_chunks_without_end(call: Call) -> None:
    """No more of it is read than shows that it is too large."""
    body = BytesIO(b"{}".ljust(10 * MAX_BODY))
    answer = in_chunks(call, body)
    assert (answer.status_code, code_of(answer)) == (413, "too-large")
    assert body.tell() == MAX_BODY + 1


def test_a_malformed_body_repeats_nothing(call: Call) -> None:
    """What was sent may be a name: the problem does not say it."""
    answer = call("POST", data='{"ten": "Khiêm",'.encode(), content_type="application/json")
    assert code_of(answer) == "body-malformed"
    assert "Khiêm" not in answer.text
