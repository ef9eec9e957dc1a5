"""What every answer has: fields that stand fast, and JSON that is there whole."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response as BaseResponse

from edge.web.answer import Answer, JsonAnswer

NAME = "Lò Thị Mẩy"
closed: list[str] = []


@pytest.fixture
def client() -> FlaskClient:
    """Return a browser at an application with one page of each kind."""
    app = Flask("answers")
    app.response_class = Answer
    closed.clear()

    @app.get("/json")
    def as_json() -> JsonAnswer:
        answer = JsonAnswer({"name": NAME}, 202)
        answer.ready = {"Location": "/json/1"}
        answer.headers["Retry-After"] = "3"
        answer.call_on_close(lambda: closed.append("json"))
        return answer

    @app.get("/page")
    def page() -> str:
        return NAME

    @app.get("/there")
    def there() -> BaseResponse:
        return redirect("/tới")

    @app.after_request
    def always(answer: Answer) -> Answer:
        answer.ready = {**answer.ready, "X-Always": "yes"}
        return answer

    return app.test_client()


def test_json(client: FlaskClient) -> None:
    """Status, type, length and every field stand once, those that were ready among them."""
    answer = client.get("/json")
    assert (answer.status_code, answer.json) == (202, {"name": NAME})
    assert sorted(answer.headers) == [
        ("Content-Length", str(len(answer.data))),
        ("Content-Type", "application/json"),
        ("Location", "/json/1"),
        ("Retry-After", "3"),
        ("X-Always", "yes"),
    ]


def test_json_is_ascii(client: FlaskClient) -> None:
    """So that no reader of it needs to know an encoding."""
    assert client.get("/json").data.isascii()


def test_head_of_json(client: FlaskClient) -> None:
    """The same fields, the length of what is not sent among them, and no body."""
    answer = client.head("/json")
    assert answer.data == b""
    assert answer.headers == client.get("/json").headers


def test_what_waits_for_the_end_of_json(client: FlaskClient) -> None:
    """It is called once the answer is sent."""
    client.get("/json").close()
    assert closed == ["json"]


def test_json_is_sent_before_the_view_is_cleared_up(client: FlaskClient) -> None:
    """Whoever waits for it need not wait for that."""
    done: list[str] = []
    client.application.teardown_request(lambda _: done.append("cleared"))

    def start_response(*_: object) -> Callable[[bytes], object]:
        return lambda data: done.append(f"sent {len(data)}")

    environ = EnvironBuilder(path="/json").get_environ()
    assert list(client.application(environ, start_response)) == []
    size = len(json.dumps({"name": NAME}))
    assert done == [f"sent {size}", "cleared"]


def test_who_asked_for_json_has_left(client: FlaskClient) -> None:
    """The server hears of it, and what waits for the end is called."""

    def start_response(*_: object) -> Callable[[bytes], object]:
        def write(_: bytes) -> None:
            raise ConnectionResetError

        return write

    environ = EnvironBuilder(path="/json").get_environ()
    with pytest.raises(ConnectionResetError):
        client.application(environ, start_response)
    assert closed == ["json"]


def test_a_page(client: FlaskClient) -> None:
    """What is no JSON has the fields too."""
    answer = client.get("/page")
    assert (answer.text, answer.headers["X-Always"]) == (NAME, "yes")


def test_a_redirect(client: FlaskClient) -> None:
    """Its address is quoted as ever."""
    answer = client.get("/there")
    assert answer.headers["Location"] == "/t%E1%BB%9Bi"
    assert answer.headers["X-Always"] == "yes"


def test_an_error(client: FlaskClient) -> None:
    """So has what nobody wrote a page for."""
    assert client.get("/nowhere").headers["X-Always"] == "yes"
