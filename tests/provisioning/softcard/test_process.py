"""The tray as a process: started with a folder, asked over HTTP, ended by a signal."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.catalogue import TrayCard, save_catalogue
from provisioning.softcard.image import CardImage
from provisioning.softcard.process import allowed_hosts, load_cards

WITHIN = 20.0  # seconds


@pytest.fixture
def folder(make_image: Callable[..., CardImage], tmp_path: Path) -> Path:
    """Return a folder with one card."""
    card = TrayCard(
        key="mot",
        title="Lò Thị Dợ",
        number="99.104031",
        family={"vi": "Thẻ đảng viên", "en": "Party member card"},
        note={"vi": "", "en": ""},
        expected_state="accepted",
        expected_words={"vi": "Có mặt", "en": "Present"},
    )
    cards = tmp_path / "cards"
    make_image().save(cards / card.key)
    save_catalogue(cards, [card])
    return cards


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _arguments(folder: Path, port: int) -> list[str]:
    program = [sys.executable, "-m", "provisioning.softcard", str(folder)]
    options = {"--port": port, "--static": folder, "--vpcd-port": _free_port()}
    return program + [str(part) for option in options.items() for part in option]


@pytest.fixture
def served(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Return the port of a running tray, and its process."""
    port = _free_port()
    process = subprocess.Popen(_arguments(folder, port), stderr=subprocess.PIPE)
    deadline = time.monotonic() + WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    yield port, process
    process.kill()
    process.communicate()


def test_served_and_ended(served: tuple[int, subprocess.Popen[bytes]]) -> None:
    """It answers on loopback, says that no reader is there, and ends quietly with SIGTERM."""
    port, process = served
    status, state = _ask(port, "GET", "/api/state")
    assert status == 200
    assert [card["key"] for card in state["cards"]] == ["mot"]
    status, answer = _ask(port, "POST", "/api/lay", '{"key": "mot"}')
    assert status == 503
    assert "vsmartcard-vpcd" in answer["next_step"]
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=WITHIN)
    assert process.returncode == 0
    assert b"Traceback" not in errors


def test_a_folder_without_cards(tmp_path: Path) -> None:
    """One sentence on standard error, exit status 1."""
    done = subprocess.run(
        _arguments(tmp_path, _free_port()), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "tray.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(folder: Path) -> None:
    """One sentence that names the port, exit status 1."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        done = subprocess.run(_arguments(folder, port), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_card_of_the_tray_that_is_missing(folder: Path) -> None:
    """A key without its folder is refused before anything is served."""
    (folder / "mot").rename(folder / "hai")
    with pytest.raises(SoftCardInvalid, match="mot"):
        load_cards(folder)


def test_the_hosts_of_a_port() -> None:
    """Loopback by number and by name, with the port."""
    assert allowed_hosts(8090) == {"127.0.0.1:8090", "localhost:8090"}
