"""A repository from its first keys to a terminal that took from it, by the commands alone."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.cli.publisher import OFFLINE, ONLINE, Office, deb
from tests.provisioning.quick import at_whole_cost


@pytest.fixture
def office(publisher: Office) -> Office:
    """Return an office with its keys, and nothing begun."""
    return publisher


@pytest.fixture
def newcomer(tmp_path: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office without any key."""
    return Office(tmp_path, tramthe, monkeypatch)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a program to be published."""
    path = tmp_path / "tramthe_1.0_all.deb"
    path.write_bytes(deb())
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a terminal's state folder."""
    path = tmp_path / "state"
    path.mkdir()
    return path


def test_from_the_first_key_to_a_terminal(
    newcomer: Office, package: Path, state: Path, tramthe: Tramthe
) -> None:
    """Each step says what is next; the terminal takes the program, and a second pass nothing."""
    office = newcomer
    for name in (*OFFLINE, *ONLINE):
        office.key(name)
    begun = office.begin()
    assert "root 1 waits for 2 signature(s) of: root-an, root-binh." in begun.out
    assert "Next: tramthe centre publish sign" in begun.out
    assert "root 1 waits for 1 signature(s) of: root-binh." in office.sign("root-an").out
    assert "Published:" in office.sign_all().out
    staged = office.do("add", f"software/{package.name}", package)
    assert "staged, for the role targets to sign" in staged.out
    assert "Published:" in office.sign_all().out
    shown = office.do("show").out
    assert "targets    version 2" in shown
    assert f"software/{package.name}" in shown

    where = office.shop / "public"
    before = tramthe("repository", "update", "--state", state, "--from", where)
    assert (before.status, "no root metadata" in before.err) == (3, True)
    first = where / "metadata" / "1.root.json"
    assert tramthe("repository", "trust", "--state", state, first).status == 0
    taken = tramthe("repository", "update", "--state", state, "--from", where)
    assert (taken.status, f"taken      software/{package.name}" in taken.out) == (0, True)
    delivered = state / "delivered" / "software" / package.name
    assert delivered.read_bytes() == package.read_bytes()
    again = tramthe("repository", "update", "--state", state, "--from", where)
    assert (again.status, "taken" in again.out) == (0, False)


@pytest.fixture
def web(office: Office) -> Iterator[str]:
    """Serve what is published by a plain web server; return its address."""
    office.begin()
    office.sign_all()
    handler = partial(_Quiet, directory=str(office.shop / "public"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Say nothing."""


def test_another_key_for_root(
    office: Office, web: str, package: Path, state: Path, tramthe: Tramthe
) -> None:
    """The old keys and the new one sign; a terminal that knew the first root follows over HTTP."""
    first = office.shop / "public" / "metadata" / "1.root.json"
    tramthe("repository", "trust", "--state", state, first)
    assert tramthe("repository", "update", "--state", state, "--from", web).status == 0
    office.key("root-chi")
    changed = office.do(
        "rotate", "root", "--add", f"{office.keys / 'root-chi'}.pub", "--remove", "root-an"
    )
    assert "root 2 waits for" in changed.out
    office.sign_all()
    assert "root 2: signed." in office.sign("root-chi").out
    office.do("add", f"software/{package.name}", package)
    office.sign_all()
    taken = tramthe("repository", "update", "--state", state, "--from", web)
    assert (taken.status, f"software/{package.name}" in taken.out) == (0, True)
    assert "root       version 2" in office.do("show").out


def test_a_key_is_slow_to_open(newcomer: Office, openssl: Callable[..., str]) -> None:
    """The command makes it at the whole cost of scrypt: N 16,384, r 8, p 5."""
    assert at_whole_cost(openssl("asn1parse", "-in", newcomer.key("root-an")))


def test_a_wrong_passphrase(office: Office) -> None:
    """Said so, and nothing is signed."""
    office.begin()
    done = office.sign("root-an", "something else")
    assert (done.status, "does not open" in done.err) == (3, True)
    assert "root 1 waits for 2 signature(s)" in office.do("show").out


def test_a_key_that_nothing_waits_for(office: Office) -> None:
    """Said so; it is no error."""
    office.begin()
    office.sign_all()
    done = office.sign("root-an")
    assert (done.status, "Nothing waits for this key." in done.out) == (0, True)


@pytest.mark.parametrize("path", ["software", "../etc/passwd", "trust/other.jws", "lists/x.crl"])
def test_a_path_that_says_no_kind(path: str, office: Office, package: Path) -> None:
    """Refused with the paths there are."""
    office.begin()
    done = office.do("add", path, package)
    assert (done.status, "trust/trust-list.jws" in done.err) == (3, True)


def test_a_folder_without_a_repository(office: Office, package: Path) -> None:
    """Each step says how to begin one; a second beginning is refused."""
    for verb in (["show"], ["add", "software/a", package], ["renew", "targets"]):
        done = office.do(*map(str, verb))
        assert (done.status, "centre publish init" in done.err) == (3, True)
    office.begin()
    assert office.begin().status == 3


def test_fewer_keys_than_must_sign(office: Office) -> None:
    """Refused before anything is made."""
    options = [f"--{name}" for name in ("lists", "snapshot", "timestamp", "targets", "root")]
    keys = [f"{office.keys / one}.pub" for one in (*ONLINE, "targets-an", "root-an")]
    given = [part for pair in zip(options, keys, strict=True) for part in pair]
    done = office.do("init", "--root-threshold", "2", *given)
    assert (done.status, "at least as many keys" in done.err) == (3, True)
    assert not office.shop.exists()


def test_a_root_that_is_none(state: Path, tmp_path: Path, tramthe: Tramthe) -> None:
    """A terminal is given no file that is not whole root metadata."""
    file = tmp_path / "root.json"
    for data in (b"", b"{}", b"\xff\xfe", b'{"signed": {"_type": "root"}, "signatures": []}'):
        file.write_bytes(data)
        done = tramthe("repository", "trust", "--state", state, file)
        assert (done.status, "no root metadata" in done.err) == (3, True)
    assert not (state / "repository").exists()
