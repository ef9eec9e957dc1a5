"""`tramthe serve`, `centre serve`, `softcard insert`: start, end, refusal."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from tests.provisioning.cli.conftest import Tramthe

SOON = 15.0  # seconds


def config(path: Path, **values: object) -> Path:
    """Write a configuration."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own settings out."""
    for name in list(os.environ):
        if name.startswith("TRAMTHE_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "terminal = 5",
        "terminal = 'x'\nstate = ''",
        "terminal = 'x'\nstate = '/nowhere/at/all'\nport = 70000",
        "terminal = 'x'\nstate = '/tmp'\ncolour = 'red'",
        "terminal = 'x'\nstate = '/tmp'\ncentre = 'ftp://x'",
        "terminal = 'x'\nstate = '/tmp'\nlamp_pins = [1, 2]",
        "terminal = 'x'\nstate = \"\\u0000\"",
        "terminal = [",
        "\x00\x01",
        "terminal = 'x'\nstate = '/dev/null'",
    ],
)
def test_a_configuration_that_cannot_be_used(tramthe: Tramthe, tmp_path: Path, text: str) -> None:
    """One sentence that names key and fix, exit status 3."""
    file = tmp_path / "terminal.toml"
    file.write_text(text)
    assert tramthe("serve", "--config", file).status == 3


def test_a_configuration_of_bytes(tramthe: Tramthe, garbage: list[Path], tmp_path: Path) -> None:
    """Absent, a folder, or anything but text."""
    for file in garbage:
        assert tramthe("serve", "--config", file).status == 3
    assert tramthe("serve", "--config", tmp_path / "absent.toml").status == 3
    assert tramthe("serve", "--config", tmp_path).status == 2
    assert tramthe("serve").status == 3


def test_a_state_folder_that_is_mistyped(tramthe: Tramthe, tmp_path: Path) -> None:
    """Named, and not made."""
    mistyped = tmp_path / "stat"
    file = config(tmp_path / "t.toml", terminal="x", state=str(mistyped), port=free_port())
    said = tramthe("serve", "--config", file)
    assert (said.status, str(mistyped) in said.err) == (3, True)
    assert not mistyped.exists()


@pytest.mark.parametrize("listen", ["no.such.host.invalid", "x" * 300, "203.0.113.1", "a..b"])
def test_an_address_that_is_none(
    tramthe: Tramthe, state: Path, tmp_path: Path, listen: str
) -> None:
    """One sentence, exit status 3."""
    file = config(
        tmp_path / "t.toml", terminal=TERMINAL, state=str(state), listen=listen, port=free_port()
    )
    assert tramthe("serve", "--config", file).status == 3


def test_a_port_that_is_taken(tramthe: Tramthe, state: Path, stage: Stage, tmp_path: Path) -> None:
    """Says to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = config(tmp_path / "t.toml", terminal=TERMINAL, state=str(state), port=port)
        centre = shutil.copytree(stage.centre, tmp_path / "centre")
        for command in (("serve", "--config", file), ("centre", "serve", centre, "--port", port)):
            said = tramthe(*command)
            assert said.status == 3
            assert "another port" in said.err


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run the command line as a process of its own."""
    child = subprocess.Popen(
        [sys.executable, "-m", "provisioning.cli.main", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def answer(url: str, child: subprocess.Popen[str]) -> str:
    """Return what the address answers once it does."""
    deadline = time.monotonic() + SOON
    while True:
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline
        try:
            with urllib.request.urlopen(url, timeout=SOON) as got:  # noqa: S310 -- loopback
                return str(got.read().decode())
        except OSError:
            time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_served_until_told_to_end(
    state: Path, tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status and board answer; a signal ends it with 0; each line of its log is JSON.

    Its supervisor hears of both, in this order.
    """
    port = free_port()
    supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    supervisor.bind(str(tmp_path / "notify"))
    supervisor.settimeout(SOON)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    file = config(
        tmp_path / "t.toml", terminal=TERMINAL, state=str(state), port=port, reader="no such one"
    )
    with running("serve", "--config", file) as child:
        status = json.loads(answer(f"http://127.0.0.1:{port}/api/v1/status", child))
        assert (status["terminal"], status["reader"]["name"]) == (TERMINAL, None)
        assert "<html" in answer(f"http://127.0.0.1:{port}/bang", child)
        with supervisor:
            assert supervisor.recv(4096) == b"READY=1"
            child.send_signal(number)
            assert supervisor.recv(4096) == b"STOPPING=1"
        out, err = child.communicate(timeout=SOON)
    assert (child.returncode, out) == (0, "")
    assert "Traceback" not in err
    for line in err.splitlines():
        assert line.startswith(("board", "status")) or json.loads(line)["level"]
    assert '"logger": "tramthe.config"' in err  # the state folder lies where the system empties
    assert f"{file}, line 2: The state folder lies below" in err
    assert f"http://127.0.0.1:{port}/trang-thai\n" in err


def test_a_centre_until_told_to_end(stage: Stage, tmp_path: Path) -> None:
    """Health answers; SIGTERM ends it with 0."""
    folder, port = shutil.copytree(stage.centre, tmp_path / "centre"), free_port()
    with running("centre", "serve", folder, "--port", port) as child:
        assert json.loads(answer(f"http://127.0.0.1:{port}/v1/health", child)) == {"ok": True}
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=SOON)
    assert child.returncode == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("file", ["sign.key.pem", "sign.kid", "centre.sqlite"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00 garbage"])
def test_a_folder_that_is_no_centres(
    tramthe: Tramthe, stage: Stage, tmp_path: Path, file: str, content: bytes | None
) -> None:
    """One sentence, exit status 3."""
    folder = tmp_path / "centre"
    shutil.copytree(stage.centre, folder)
    if content is None or file == "centre.sqlite":
        (folder / file).unlink(missing_ok=True)
    if content is not None:
        (folder / file).write_bytes(content)
    if file == "centre.sqlite" and not content:
        (folder / file).unlink(missing_ok=True)
        (folder / file).mkdir()
    assert tramthe("centre", "serve", folder, "--port", free_port()).status == 3


@pytest.mark.parametrize("host", ["x" * 300, "203.0.113.1", "a..b"])
def test_an_address_that_is_no_centres(
    tramthe: Tramthe, stage: Stage, tmp_path: Path, host: str
) -> None:
    """One sentence, exit status 3."""
    folder = shutil.copytree(stage.centre, tmp_path / "centre")
    assert tramthe("centre", "serve", folder, "--host", host).status == 3


def test_a_centres_host_name_that_nobody_knows(
    tramthe: Tramthe, stage: Stage, tmp_path: Path
) -> None:
    """Said to be the name's fault, not that of a path or a disk."""
    folder = shutil.copytree(stage.centre, tmp_path / "centre")
    said = tramthe("centre", "serve", folder, "--host", "no-such.invalid")
    assert (said.status, "no-such.invalid cannot be resolved" in said.err) == (3, True)


def test_a_card_without_a_reader(tramthe: Tramthe, stage: Stage) -> None:
    """Says that nothing listens, and what to install."""
    card = stage.cards / "member-1"
    said = tramthe("softcard", "insert", card, "--port", free_port())
    assert said.status == 3
    assert "no virtual reader" in said.err


def test_a_card_that_is_none(tramthe: Tramthe, stage: Stage, tmp_path: Path) -> None:
    """An empty folder, a spoilt file, a file instead of a folder."""
    assert tramthe("softcard", "insert", tmp_path, "--port", free_port()).status == 3
    spoilt = shutil.copytree(stage.cards / "member-1", tmp_path / "card")
    for content, why in (
        (b"\xff\x00", "it is not a text file"),
        (b"name = \n", "at line 1"),
        (b"a = " + b"[" * 10_000, "nested too deeply"),
        (None, "card.toml: it is missing"),
    ):
        (spoilt / "card.toml").unlink()
        if content is not None:
            (spoilt / "card.toml").write_bytes(content)
        said = tramthe("softcard", "insert", spoilt, "--port", free_port())
        assert (said.status, why in said.err, "Error" in said.err) == (3, True, False)
    (spoilt / "card.toml").touch()
    assert tramthe("softcard", "insert", spoilt / "card.toml").status == 2
    assert tramthe("softcard", "insert", spoilt, "--port", "99999999").status == 2


@pytest.mark.card
def test_laid_by_the_command(
    stage: Stage, virtual_reader: tuple[str, int], tramthe: Tramthe
) -> None:
    """A card laid by one command is read by another, and leaves by itself."""
    host, port = virtual_reader
    card = stage.cards / "member-1"
    address = ("--host", host, "--port", port)
    with running("softcard", "insert", card, *address, "--seconds", "20") as child:
        assert child.stdout is not None
        said = tramthe("card", "read", "--wait", "60", "--reader", "Virtual PCD")
        assert (said.status, "needs a password" in said.out) == (1, True), said.err
        busy = tramthe("softcard", "insert", card, *address)
        assert (busy.status, "holds it" in busy.err) == (3, True)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=SOON)
    assert (child.returncode, err.strip()) == (130, "")
    assert "PACE-GM/AES-128 (secp256r1); xác thực chủ động ECDSA" in out
    assert "PACE-GM/AES-128 (secp256r1); active authentication ECDSA" in out
