"""The supervisor is told what is so: over a real socket, and of a terminal that really runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.watchdog import ALIVE, READY, STOPPING, Signs, Supervisor, Watchdog, answers
from provisioning.demo.children import free_port
from provisioning.demo.prepare import Stage
from tests.edge.test_service import starting, wait

SOON = 10.0  # seconds


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a supervisor's end, bound at `tmp_path/notify`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(SOON)
        yield end


def heard(end: socket.socket) -> str:
    """Return the next thing said."""
    return end.recv(4096).decode()


def quiet(end: socket.socket) -> bool:
    """Return whether nothing was said since."""
    end.setblocking(False)
    try:
        end.recv(4096)
    except BlockingIOError:
        return True
    finally:
        end.settimeout(SOON)
    return False


def test_what_the_environment_says() -> None:
    """The socket and the patience are systemd's words; another process's watchdog is not ours."""
    path = {"NOTIFY_SOCKET": "/run/systemd/notify"}
    assert Supervisor.of(path, 7) == Supervisor("/run/systemd/notify")
    waits = {**path, "WATCHDOG_USEC": "2500000"}
    assert Supervisor.of(waits, 7) == Supervisor("/run/systemd/notify", 2.5)
    assert Supervisor.of({**waits, "WATCHDOG_PID": "7"}, 7) == Supervisor(
        path["NOTIFY_SOCKET"], 2.5
    )
    assert Supervisor.of({**waits, "WATCHDOG_PID": "8"}, 7) == Supervisor(path["NOTIFY_SOCKET"])
    for unfit in ("", "-5", "soon", "0"):
        assert Supervisor.of({**path, "WATCHDOG_USEC": unfit}, 7) == Supervisor(
            path["NOTIFY_SOCKET"]
        )


@pytest.mark.parametrize("address", ["", "notify", "vsock:2:1234"])
def test_a_socket_that_is_none(address: str) -> None:
    """A process that nobody supervises, or by a way that this one does not know, tells nobody."""
    assert Supervisor.of({"NOTIFY_SOCKET": address}, 7) is None
    assert Supervisor.of({}, 7) is None


def test_words_arrive_as_one_message(listening: socket.socket, tmp_path: Path) -> None:
    """Lines of one message, as sd_notify sends them."""
    Supervisor(str(tmp_path / "notify")).tell(STOPPING, "STATUS=ends")
    assert heard(listening) == "STOPPING=1\nSTATUS=ends"


def test_an_abstract_socket(tmp_path: Path) -> None:
    """A name that begins with @ is no file."""
    name = f"tramthe-test-{tmp_path.name}-{id(tmp_path)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(f"\0{name}")
        end.settimeout(SOON)
        Supervisor(f"@{name}").tell(READY)
        assert heard(end) == READY


def test_a_supervisor_that_is_gone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The terminal goes on, and its log says it."""
    Supervisor(str(tmp_path / "nobody")).tell(READY)
    assert "READY=1: FileNotFoundError" in caplog.text


@pytest.mark.parametrize(
    ("signs", "wrong"),
    [
        (Signs(lambda: 0, lambda: None, lambda: True), "the card thread stands"),
        (Signs(iter(range(9)).__next__, lambda: "sync", lambda: True), "the thread sync has ended"),
        (Signs(iter(range(9)).__next__, lambda: None, lambda: False), "the pages do not answer"),
    ],
)
def test_a_terminal_that_does_not_work_feeds_nothing(
    signs: Signs, wrong: str, listening: socket.socket, tmp_path: Path
) -> None:
    """Each sign alone keeps the watchdog hungry, and the log says which."""
    dog = Watchdog(Supervisor(str(tmp_path / "notify"), 1.0), signs)
    assert dog.look() == wrong
    assert quiet(listening)


def test_it_is_fed_again_once_the_card_thread_turns(
    listening: socket.socket, tmp_path: Path
) -> None:
    """A card that is read for long costs one meal, not the terminal."""
    turns = iter([0, 0, 5, 6])
    signs = Signs(turns.__next__, lambda: None, lambda: True)
    dog = Watchdog(Supervisor(str(tmp_path / "notify"), 1.0), signs)
    assert [dog.look() is None for _ in range(3)] == [False, True, True]
    assert [heard(listening), heard(listening)] == [ALIVE, ALIVE]


def test_nobody_waits(tmp_path: Path) -> None:
    """Without a watchdog in the unit nothing is looked at."""
    dog = Watchdog(Supervisor(str(tmp_path / "x")), Signs(lambda: 0, lambda: None, lambda: True))
    dog.run(threading.Event())


def test_a_port_without_pages() -> None:
    """Nobody listens, or somebody who says nothing: no answer, within the time given."""
    assert not answers("127.0.0.1", free_port(), "/api/v1/status")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert not answers("127.0.0.1", mute.getsockname()[1], "/api/v1/status", 0.05)


def test_a_terminal_that_works_is_ready_and_feeds(
    live: Stage, listening: socket.socket, tmp_path: Path
) -> None:
    """Ready once its pages answer; fed by them, by the card thread and by all threads together."""
    with starting(live, tmp_path) as start:
        running = start()
        running.service.watched_by(Supervisor(str(tmp_path / "notify"), 0.4))
        assert [heard(listening), heard(listening), heard(listening)] == [READY, ALIVE, ALIVE]
        running.service.pages.stop()  # as a thread that is lost
        wait(lambda: running.service._lost_thread() == "tramthe-web")
