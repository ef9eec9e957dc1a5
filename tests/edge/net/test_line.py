"""Requests over a kept connection, with a certificate of ours and a server's of any dates."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge.clock import system_time
from edge.errors import CentreUnreachable, CertificateNotTaken, ConfigInvalid
from edge.net.http import HttpAnswer
from edge.net.line import Line
from edge.net.tls import ClientCertificate, Tls
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.net.tls_made import GENEROUS, files, serving

DAY = timedelta(days=1)
YEARS = 5 * 365 * DAY


def ask(line: Line, url: str) -> HttpAnswer:
    """Send one request."""
    return line("POST", url, b"x", deadline=GENEROUS, max_bytes=10)


def test_connection_is_kept(tmp_path: Path) -> None:
    """Three requests, one connection."""
    now = system_time()
    pem, key = files(tmp_path, now - DAY, now + DAY)
    with serving(pem, key) as server, closing(Line(Tls(pem))) as line:
        assert [ask(line, server.url).body for _ in range(3)] == [b"ok"] * 3
    assert server.connections == 1


def test_connection_that_ended_meanwhile(tmp_path: Path) -> None:
    """The request goes over a fresh one, unseen by the caller."""
    now = system_time()
    pem, key = files(tmp_path, now - DAY, now + DAY)
    with serving(pem, key, each=1) as server, closing(Line(Tls(pem))) as line:
        assert [ask(line, server.url).body for _ in range(3)] == [b"ok"] * 3
    assert server.connections == 3


def test_line_after_an_error(tmp_path: Path) -> None:
    """Nothing of a failed exchange is left in the way of the next."""
    now = system_time()
    pem, key = files(tmp_path, now - DAY, now + DAY)
    line = Line(Tls(pem))
    with serving(pem, key) as server:
        assert ask(line, server.url).body == b"ok"
    with pytest.raises(CentreUnreachable):
        ask(line, server.url)
    with serving(pem, key) as server, closing(line):
        assert ask(line, server.url).body == b"ok"


def terminal(begins: datetime, ends: datetime, folder: Path) -> tuple[ClientCertificate, Path]:
    """Return a terminal's certificate of these dates, and its authority's as a PEM file."""
    authority = create_terminal_ca("Terminal CA", at=begins - DAY)
    key = new_key()
    der = issue_terminal(authority, key.public_key(), "TT-0001", at=begins, validity=ends - begins)
    ca = x509.load_der_x509_certificate(authority.certificate)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return ClientCertificate(der, key), folder / "ca.pem"


def test_certificate_is_shown(tmp_path: Path) -> None:
    """A server that asks who we are is shown the terminal's certificate, from memory."""
    now = system_time()
    pem, key = files(tmp_path, now - DAY, now + DAY)
    client, ca = terminal(now - DAY, now + DAY, tmp_path)
    with serving(pem, key, asks_for=ca) as server, closing(Line(Tls(pem, client))) as line:
        assert ask(line, server.url).body == b"ok"
    assert server.shown == [client.certificate]


@pytest.mark.parametrize("shown", ["ended", "none"])
def test_certificate_that_a_server_does_not_take(shown: str, tmp_path: Path) -> None:
    """One that has run out, or none: told apart from a centre that is away."""
    now = system_time()
    pem, key = files(tmp_path, now - DAY, now + DAY)
    client, ca = terminal(now - 2 * DAY, now - DAY, tmp_path)
    tls = Tls(pem, client if shown == "ended" else None)
    with (
        serving(pem, key, asks_for=ca) as server,
        closing(Line(tls)) as line,
        pytest.raises(CertificateNotTaken) as caught,
    ):
        ask(line, server.url)
    assert caught.value.next_step
    assert server.shown == []


def test_clock_years_behind(tmp_path: Path) -> None:
    """A server's certificate that begins in our future: the terminal comes home all the same."""
    now = system_time()
    pem, key = files(tmp_path, now + YEARS, now + YEARS + DAY)
    with serving(pem, key) as server, closing(Line(Tls(pem))) as line:
        assert ask(line, server.url).body == b"ok"


def test_clock_years_ahead(tmp_path: Path) -> None:
    """One that has ended by the system's clock, but not by what is proved: taken."""
    now = system_time()
    pem, key = files(tmp_path, now - YEARS, now - YEARS + DAY)
    tls = Tls(pem, floor=lambda: now - YEARS)
    with serving(pem, key) as server, closing(Line(tls)) as line:
        assert ask(line, server.url).body == b"ok"


def test_server_whose_certificate_has_provably_ended(tmp_path: Path) -> None:
    """Nothing is sent; the sentence says whose certificate it is."""
    now = system_time()
    pem, key = files(tmp_path, now - 2 * DAY, now - DAY)
    with (
        serving(pem, key) as server,
        closing(Line(Tls(pem, floor=lambda: now))) as line,
        pytest.raises(CentreUnreachable, match="certificate of the centre's server"),
    ):
        ask(line, server.url)
    assert server.shown == []


def test_root_file_that_cannot_be_used(tmp_path: Path) -> None:
    """A configuration error at the first request."""
    with pytest.raises(ConfigInvalid):
        ask(Line(Tls(tmp_path / "none.pem")), "https://127.0.0.1:1/")
