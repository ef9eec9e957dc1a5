"""A real nginx with the counter's site: who gets through, and what of a request goes on."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import edge.web
from edge.web.api.problem import TABLE, Code, to_bytes
from edge.web.serving import MAX_REQUEST
from provisioning.counter.hosts import Door, Hosts
from provisioning.counter.site import (
    BURST,
    CONNECTIONS,
    ELSEWHERE,
    HSTS_SECONDS,
    PASSED,
    Site,
    configuration,
)
from provisioning.demo.children import free_port
from provisioning.errors import OfficeInputInvalid
from tests.provisioning.counter.conftest import ADDRESS, CODE, NAME, Front, Made, Office, run
from tests.provisioning.counter.served import Way
from tests.provisioning.nginx_run import WITHIN, nginx
from tests.tools import needed


@pytest.mark.parametrize("host", [NAME, ADDRESS])
def test_by_name_and_by_address(host: str, front: Front) -> None:
    """The certificate holds for both, and Host goes on as it was sent."""
    answer, said = front.way.ask(host, "/api/x", host=f"{host}:{front.way.port}")
    assert answer.status == 200
    assert json.loads(said)["HTTP_HOST"] == f"{host}:{front.way.port}"
    assert answer.headers["Strict-Transport-Security"] == f"max-age={HSTS_SECONDS}"


def test_tls_of_today_only(front: Front) -> None:
    """1.2 and 1.3; what is older gets no handshake."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with closing(front.way.connection(NAME, version=version)) as connection:
            connection.request("GET", "/api/x", headers={"Host": front.host})
            assert connection.getresponse().status == 200
    with (
        pytest.warns(DeprecationWarning, match="TLSv1_1"),
        pytest.raises(OSError, match=r"SSL|reset|closed"),
    ):
        front.way.connection(NAME, version=ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("name", ["other.internal", "example.com", f"www.{NAME}"])
def test_a_name_that_is_not_the_doors(name: str, front: Front) -> None:
    """No handshake, and so no certificate to look at."""
    with pytest.raises(ssl.SSLError, match="unrecognized name"):
        front.way.connection(name)


@pytest.mark.parametrize(
    "host",
    ["other.internal:8443", NAME, f"{NAME}:1", "127.0.0.1", "evil.example", f"{NAME}.evil.example"],
)
@pytest.mark.parametrize("sni", [NAME, ADDRESS, None])
def test_a_host_that_is_not_the_doors(sni: str | None, host: str, front: Front) -> None:
    """A name led to our address (DNS rebinding) gets 421, and nothing reaches the terminal."""
    answer, _ = front.way.ask(sni, host=host)
    assert answer.status == 421
    assert front.upstream.seen == []


def test_the_name_in_the_request_line_decides_nothing(front: Front) -> None:
    """An absolute address beside a foreign Host, and the reverse, are both refused."""
    here, there = f"https://{front.host}/", "https://evil.example/"
    for path, host in ((here, "evil.example"), (there, front.host)):
        answer, _ = front.way.ask(NAME, path, host=host)
        assert answer.status == 421
    assert front.upstream.seen == []


OPEN = (
    "/api/v1/status", "/api/", "/static/tokens.css", "/thu-tuc", "/thu-tuc/bien-nhan/1",
    "/phat-the", "/phat-the/7", "/trang-thai", "/mo-ban", "/mo-ban/phan", "/mo-ban/vai",
    "/mo-ban/khoa", "/dong-y", "/dong-y/phan", "/dong-y/khong",
)  # fmt: skip
SHUT = (
    "/bang", "/bang/phan", "/ban", "/ban/bien-ban", "/ban/nguoi/1", "/chon", "/danh-sach", "/usb",
    "/ghep-trang", "/ghep-trang/dong-y", "/dong-y/", "/dong-y/khac", "/mo-ban/khoi-phuc",
    "/mo-ban/pin-moi", "/mo-ban/", "/thu-tuc-khac", "/apix", "/anything", "//ban",
    "/thu-tuc/../ban", "/thu-tuc/%2e%2e/ban", "/static/..%2fban", "/static/%2e%2e%2fban",
    "/api/..//ban", "/api/./../ban", "/thu-tuc%2f..%2fban", "/%62an", "/API/v1/status",
)  # fmt: skip


def test_the_officers_pages_and_the_api(front: Front) -> None:
    """Reach the terminal, each as it was asked for."""
    for path in OPEN:
        answer, _ = front.way.ask(NAME, path, host=front.host)
        assert answer.status == 200, path
    assert front.upstream.seen == list(OPEN)
    answer, _ = front.way.ask(NAME, "/", host=front.host)
    assert (answer.status, answer.headers["Location"]) == (302, "/thu-tuc")


def test_what_stays_on_the_terminals_own_screen(front: Front) -> None:
    """Board, desk, rosters, recovery, and whatever is not named: by no spelling."""
    for path in SHUT:
        answer, said = front.way.ask(NAME, path, host=front.host)
        assert (answer.status, said.decode()) == (404, ELSEWHERE), path
    assert front.upstream.seen == []


def test_in_clear_text(front: Front) -> None:
    """The connection is closed without a word, let alone a redirect."""
    with socket.create_connection(("127.0.0.1", front.way.port), timeout=WITHIN) as plain:
        plain.sendall(f"GET /?secret HTTP/1.1\r\nHost: {front.host}\r\n\r\n".encode())
        assert plain.recv(1024) == b""
    assert front.upstream.seen == []


FORGED = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
    "X-Forwarded-Prefix", "X-Forwarded-By", "X-Forwarded-Anything", "X-Real-IP", "X-Original-URL",
    "X-Rewrite-URL", "X-HTTP-Method-Override", "Via", "Proxy", "X-Tramthe-Door", "X-Tramthe-Client",
    "X_Forwarded_For", "X-Forwarded_Host",
)  # fmt: skip


def test_nobody_poses_as_a_proxy(front: Front) -> None:
    """None of them reaches the terminal, in whichever spelling; nginx adds none of its own."""
    forged = [(name, "evil") for name in FORGED]
    _, said = front.way.ask(NAME, "/api/x", host=front.host, headers=forged)
    got = {name for name in json.loads(said) if name.startswith("HTTP_")}
    assert got == {"HTTP_HOST"}


def test_what_the_terminal_needs_goes_on(front: Front) -> None:
    """Each header that pages and API look at, and the body."""
    sent = [(name, f"of {name}") for name in PASSED]
    _, said = front.way.ask(
        NAME, "/api/x", host=front.host, method="POST", body=b"{}", headers=sent
    )
    got = json.loads(said)
    for name, value in sent:
        key = name.upper().replace("-", "_")
        assert got[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] == value
    assert got["body"] == "{}"


def test_no_header_that_the_terminal_looks_at_is_left_out() -> None:
    """Whatever its pages and its API read of a request is named at the door."""
    web = Path(edge.web.__file__).parent
    text = "".join(path.read_text() for path in web.rglob("*.py"))
    read = set(re.findall(r'request\.headers(?:\.get)?[\[(]"([A-Za-z-]+)"', text))
    read |= set(re.findall(r'"([A-Za-z-]+)" in request\.headers', text))
    # By WSGI's names (PEP 3333) too. Host is not of the list: it goes on in a line of its own.
    spelled = {name.upper().replace("-", "_"): name for name in PASSED}
    names = re.findall(r'"(?:HTTP_(?!HOST")([A-Z_]+)|(CONTENT_TYPE))"', text)
    read |= {spelled.get(header or other, header) for header, other in names}
    assert {"Content-Type", "Sec-Fetch-Site"} <= read
    assert {"Origin", "Authorization", "Access-Control-Request-Method"} <= read
    assert read <= set(PASSED)


def test_cookies_stay_behind_tls(front: Front) -> None:
    """The terminal does not know that TLS ends before it; the door marks its cookies."""
    answer, _ = front.way.ask(NAME, "/mo-ban", host=front.host)
    assert "secure" in answer.headers["Set-Cookie"].lower()


def test_events_pass_one_by_one(front: Front) -> None:
    """The first is read while the second has not happened."""
    with closing(front.way.connection(NAME)) as connection:
        connection.request("GET", "/api/events", headers={"Host": front.host})
        answer = connection.getresponse()
        assert answer.readline() == b"data: 1\n"
        front.upstream.go_on.set()
        assert answer.read() == b"\ndata: 2\n\n"


@pytest.mark.parametrize(
    ("path", "media"),
    [("/api/x", "application/problem+json"), ("/phat-the", "text/plain; charset=utf-8")],
)
def test_a_body_that_is_too_large(path: str, media: str, front: Front) -> None:
    """Refused before it reaches the terminal: the API's own problem, or a line for people."""
    answer, said = front.way.ask(
        NAME, path, host=front.host, method="POST", body=b"x" * (MAX_REQUEST + 1)
    )
    assert (answer.status, answer.headers["Content-Type"]) == (413, media)
    assert answer.headers["Strict-Transport-Security"]
    if path == "/phat-the":
        assert said.decode().startswith(TABLE[Code.TOO_LARGE].says)
    else:
        kind = TABLE[Code.TOO_LARGE]
        assert said == to_bytes(Code.TOO_LARGE, kind.says, kind.next_step)
    assert front.upstream.seen == []


def test_too_many_requests(front: Front) -> None:
    """Beyond the burst one is told to come again; the limit is an address's."""
    statuses = []
    with closing(front.way.connection(NAME)) as connection:
        for _ in range(4 * BURST):
            connection.request("GET", "/api/x", headers={"Host": front.host})
            answer = connection.getresponse()
            said = answer.read()
            statuses.append(answer.status)
            assert answer.status == 200 or json.loads(said)["code"] == "too-many"
    assert set(statuses) == {200, 429}
    assert statuses.index(429) >= BURST


def test_too_many_connections(own_front: Front) -> None:
    """Beyond what one computer may hold open it is told so; the rest goes on."""
    with ExitStack() as held:
        statuses = []
        for _ in range(CONNECTIONS + 1):
            connection = held.enter_context(closing(own_front.way.connection(NAME)))
            connection.request("GET", "/api/events", headers={"Host": own_front.host})
            statuses.append(connection)
        last = statuses[-1].getresponse()
        assert (last.status, json.loads(last.read())["code"]) == (429, "too-many")
        own_front.upstream.go_on.set()
        assert statuses[0].getresponse().status == 200


def test_no_log_says_what_was_asked(made: Made, tmp_path: Path) -> None:
    """Also where nginx fails: its error lines would hold the question, and the key in it."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, made.site, made.port):
        way = Way(made.port, made.root)
        answer, said = way.ask(NAME, "/api/x?key=pQ7z", host=f"{NAME}:{made.port}")
        assert (answer.status, json.loads(said)["code"]) == (503, "terminal-away")
        assert answer.headers["Retry-After"] == "1"
        answer, said = way.ask(NAME, "/thu-tuc?key=pQ7z", host=f"{NAME}:{made.port}")
        assert answer.status == 503
        assert "trạm phía sau không trả lời" in said.decode()
        way.ask(NAME, "/?key=pQ7z", host="evil.example")
        way.ask(NAME, "/?key=pQ7z", host=f"{NAME}:{made.port}", body=b"x" * (MAX_REQUEST + 1))
    logs = {path.name: path.read_bytes() for path in folder.glob("*.log")}
    assert {"stderr.log", "error.log"} <= logs.keys()
    assert not any(b"pQ7z" in text for text in logs.values())


def test_from_where_the_door_is_open(made: Made, tmp_path: Path) -> None:
    """Private networks alone, in a network of the test's own; others are turned away."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a network of its own")
    folder = tmp_path / "nginx"
    folder.mkdir()
    needed("ip", "iproute2")
    inside, outside = ("10.9.8.7", "172.31.0.9", "192.168.7.2"), ("203.0.113.7", "172.32.0.1")
    given = [folder, made.site, made.port, made.root, NAME, *inside, *outside]
    module = [sys.executable, "-m", "tests.provisioning.counter.from_outside"]
    done = subprocess.run(
        [needed("unshare", "util-linux"), "-n", *module, *map(str, given)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    away = dict.fromkeys(inside, 503)  # let in, and the terminal is not there
    assert json.loads(done.stdout) == away | dict.fromkeys(outside, 403)


def test_a_door_with_an_address_of_ipv6(office: Office, state: Path, tmp_path: Path) -> None:
    """Nginx listens there too, and the address stands in brackets where it is a Host."""
    port = free_port()
    run("provision", "counter", "--state", state, "--office", office.folder, "--port", port,
        "--host", "fd00::7", "--host", NAME, "--organisation", CODE)  # fmt: skip
    site = state / "counter-door" / "terminal" / "tramthe-counter.conf"
    assert f"listen [::]:{port} ssl default_server;" in site.read_text()
    folder = tmp_path / "nginx"
    folder.mkdir()
    root = state / "counter-door" / "pc" / "tram-the-quay.pem"
    with nginx(folder, site, port):
        answer, _ = Way(port, root).ask("fd00::7", "/thu-tuc", host=f"[fd00::7]:{port}")
        assert answer.status == 503
        answer, _ = Way(port, root).ask("fd00::7", "/thu-tuc", host="[fd00::8]")
        assert answer.status == 421


def test_a_door_without_addresses(tmp_path: Path) -> None:
    """A browser that names no server gets no handshake: nobody has cause to come so."""
    site = Site(Door(Hosts.of([NAME])), Path("/a/b.pem"), Path("/a/b.key"), 8080)
    text = configuration(site)
    refusing = text[text.rindex("server {") :]
    assert "default_server" in refusing
    assert "ssl_reject_handshake on;" in refusing
    assert text.count("default_server") == 1


@pytest.mark.parametrize("path", ["/etc/a b.pem", "/etc/a;x.pem", "relative.pem", "/etc/$host.pem"])
def test_a_path_that_would_not_stand_safely(path: str) -> None:
    """Refused before anything is written."""
    with pytest.raises(OfficeInputInvalid):
        Site(Door(Hosts.of([NAME])), Path(path), Path("/a/b.key"), 8080)
