"""From a claim to a certificate with everything as it is run: commands, processes, nginx, TLS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from edge.identity.key import load_or_create
from edge.layout import StateLayout
from provisioning import terminals
from provisioning.centre.nginx import SITE
from provisioning.centre.process import CentreFolder, make_folder
from provisioning.centre.store import CentreStore
from provisioning.cli.centre import serve
from provisioning.cli.common import office_time
from provisioning.cli.main import tramthe
from provisioning.demo.children import free_port
from provisioning.fleet import decisions, requests
from provisioning.fleet.registry import key_fingerprint
from provisioning.fleet.requests import RequestState
from provisioning.office import key_file
from provisioning.office.certificates import TERMINAL_VALIDITY
from provisioning.office.pki import create_terminal_ca, new_key
from tests.provisioning.centre.fronted import tls
from tests.provisioning.nginx_run import nginx, until_socket
from tests.tools import needed

NAME = "centre.test"
TERMINAL = "99-0417"
PASSPHRASE = "nam con ngua trang"  # noqa: S105 -- of a key that is made here
QUICK = 2
"""scrypt's N: this key guards nothing."""
_FINDING = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
_PROGRAM = (sys.executable, "-m", "provisioning.cli.main")


@contextmanager
def served(command: Sequence[str], socket: Path, said: Path) -> Iterator[None]:
    """Run the centre, the passphrase of its key on an open file, until the block ends."""
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\n".encode())
    os.close(writing)
    with said.open("wb") as log:
        child = subprocess.Popen(
            [*_PROGRAM, *command, "--passphrase-fd", str(reading)],
            pass_fds=[reading], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        os.close(reading)
        try:
            until_socket(socket, child, said)
            yield
        finally:
            child.terminate()
            child.wait(20)


def office(*arguments: object) -> None:
    """Run a command of the office's."""
    done = CliRunner().invoke(tramthe, [str(one) for one in arguments], standalone_mode=False)
    assert done.exception is None, done.output


@pytest.fixture
def terminal(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return the terminal's own command, run where the centre's names are found."""
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost enrol.{NAME} terminals.{NAME} lapsed.{NAME}\n")
    mapped = ["--map-root-user"] if os.geteuid() else []
    finding = [needed("unshare", "util-linux"), "--mount", *mapped, "sh", "-c", _FINDING, "sh"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*finding, str(hosts), *_PROGRAM, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


def test_blank_terminal_to_certificate(
    tmp_path: Path, terminal: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """`centre claim`, `enrol`, approval, `enrol` again; two processes serve, each with the key."""
    now = office_time()
    ca = create_terminal_ca("Terminal CA", at=now - timedelta(days=1))
    folder, unix, port = tmp_path / "centre", tmp_path / "c.sock", free_port()
    make_folder(folder, new_key(), "sign-test", [ca.certificate])
    key = tmp_path / "ca.key"
    key.write_bytes(key_file.encrypt(ca.key, PASSPHRASE, cost=QUICK))
    trust, secret = tls(tmp_path, NAME, now)
    office(
        "centre", "nginx", folder, "--name", NAME, "--certificate", trust, "--key", secret,
        "--socket", unix, "--port", port, "--output", tmp_path,
    )  # fmt: skip
    office(
        "centre", "claim", "new", folder, TERMINAL, "--organisation", "01234567890123",
        "--technician", "Hòa", "--name", NAME, "--port", port, "--anchor", trust,
        "--output", tmp_path / "claims",
    )  # fmt: skip
    claim, state = tmp_path / "claims" / f"{TERMINAL}.claim.json", tmp_path / "state"
    state.mkdir()
    serve = ("centre", "serve", str(folder), "--socket", str(unix), "--processes", "2")
    command = (*serve, "--terminal-key", str(key))
    with served(command, unix, tmp_path / "said"), nginx(tmp_path, tmp_path / SITE, port):
        assert unix.stat().st_mode & 0o007 == 0
        waits = terminal("enrol", "--state", str(state), "--claim", str(claim), "--wait", "0")
        assert waits.returncode == 1, waits.stderr
        own = load_or_create(StateLayout(state).identity, TERMINAL)
        assert key_fingerprint(own.key.public_key()) in waits.stdout
        _approve(folder, key_fingerprint(own.key.public_key()))
        done = terminal("enrol", "--state", str(state), "--wait", "0")
        assert done.returncode == 0, done.stderr
    own = load_or_create(StateLayout(state).identity, TERMINAL)
    assert own.certificate is not None
    terminals.check(own.certificate, [ca.certificate], now)
    assert not claim.exists()


def _approve(folder: Path, fingerprint: str) -> None:
    """Approve the request that waits, whose key the terminal showed."""
    store = CentreStore(CentreFolder.load(folder).database)
    with store.database.writing() as connection:
        (waiting,) = requests.requests(connection, RequestState.WAITING)
        assert waiting.key == fingerprint
        decisions.approve(connection, waiting.number, "lan", office_time())
    store.close()


def test_key_that_does_not_open(tmp_path: Path) -> None:
    """The centre does not start: status 3, in words."""
    ca = create_terminal_ca("Terminal CA", at=office_time())
    make_folder(tmp_path / "centre", new_key(), "sign-test", [])
    key = tmp_path / "ca.key"
    key.write_bytes(key_file.encrypt(ca.key, PASSPHRASE, cost=QUICK))
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\n".encode())
    os.close(writing)
    done = CliRunner().invoke(
        tramthe,
        ["centre", "serve", str(tmp_path / "centre"), "--terminal-key", str(key),
         "--passphrase-fd", str(reading)],
    )  # fmt: skip
    os.close(reading)
    assert done.exception is not None
    assert "not the key of a terminal authority" in str(done.exception)


def test_how_long_a_certificate_is_valid() -> None:
    """Two years unless the office says otherwise."""
    (valid,) = [param for param in serve.params if param.name == "valid"]
    context = click.Context(serve)
    assert valid.get_default(context) == f"{TERMINAL_VALIDITY.days}d"
    assert valid.type_cast_value(context, "90m") == timedelta(minutes=90)
    with pytest.raises(click.BadParameter, match="no span of time"):
        valid.type_cast_value(context, "soon")
