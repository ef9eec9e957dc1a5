"""A provisioned terminal's state folder, kept readings, and the command line in process."""

from __future__ import annotations

import logging
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.tap import access
from provisioning.cli.common import office_time
from provisioning.cli.main import run
from provisioning.demo.prepare import Stage, prepare
from reader.profile import builtin_profiles
from tests.provisioning.cli.authorities import Authorities, make_authorities
from tests.provisioning.cli.publisher import Office, make_keys
from tests.provisioning.laid import read_laid


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str


Tramthe = Callable[..., Said]


@pytest.fixture
def _undisturbed() -> Iterator[None]:
    """Put back what a command sets for its whole process: logging and signals."""
    handlers, level = logging.root.handlers[:], logging.root.level
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    for number, handler in signals.items():
        signal.signal(number, handler)


@pytest.fixture
def tramthe(capsys: pytest.CaptureFixture[str], _undisturbed: None) -> Tramthe:
    """Return the command line; whatever it prints is checked for traces."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        if status == 3:
            first, *more = err.splitlines()
            assert first.startswith("tramthe: ")
            assert more
            assert all(line.startswith("  ") for line in more)
            assert err.count("\n") <= 3
        return Said(int(status), out, err)

    return call


@pytest.fixture(scope="session")
def _authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an authority of each kind as of now; never written to."""
    folder = tmp_path_factory.mktemp("authorities")
    make_authorities(folder, office_time())
    return folder


@pytest.fixture
def authorities(tmp_path: Path, tramthe: Tramthe, _authorities: Path) -> Authorities:
    """Return an office without any authority, which may take those that are made."""
    return Authorities(tmp_path, tramthe, _authorities)


@pytest.fixture(scope="session")
def _role_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key for everybody who signs a repository; never written to."""
    folder = tmp_path_factory.mktemp("roles")
    make_keys(folder)
    return folder


@pytest.fixture
def publisher(
    tmp_path: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch, _role_keys: Path
) -> Office:
    """Return an office with the keys of a repository, and nothing begun."""
    shutil.copytree(_role_keys, tmp_path / "keys")
    return Office(tmp_path, tramthe, monkeypatch)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a pilot, its cast and a terminal, as of now; never written to."""
    return prepare(tmp_path_factory.mktemp("pilot"), office_time())


@pytest.fixture
def state(stage: Stage, tmp_path: Path) -> Path:
    """Return a copy of the terminal's state folder."""
    return Path(shutil.copytree(stage.terminal, tmp_path / "state"))


@pytest.fixture(scope="session")
def evidence(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return kept readings by card."""
    folder = tmp_path_factory.mktemp("evidence")
    return {card.key: _keep(stage, card.key, folder) for card in stage.cast.cards}


def _keep(stage: Stage, key: str, folder: Path) -> Path:
    card = next(card for card in stage.cast.cards if card.key == key)
    profiles = builtin_profiles()
    if card.scanner_line is not None:
        found = access.from_scanner(
            card.scanner_line, stage.cast.roster, {profile.name: profile for profile in profiles}
        )
    else:
        inputs = access.Inputs(keypad=access.Timed(card.image.can or "", 0.0))
        found = access.find(inputs, 0.0, None, profiles)
    assert found is not None
    got = read_laid(card.image, found.password)
    path = folder / f"{key}.json"
    path.write_bytes(got.evidence.to_bytes())
    return path


@pytest.fixture
def garbage(tmp_path: Path) -> list[Path]:
    """Return files that no command can use: empty, binary, huge, text, a device."""
    contents = {
        "empty": b"",
        "binary": bytes(range(256)) * 40,
        "zeros": bytes(100_000),
        "text": "Trạm Thẻ\n".encode(),
        "json": b'{"v": 1}',
        "deep": b"[" * 200_000,
        "der": b"\x30\x84\xff\xff\xff\xff",
        "indefinite": b"\x30\x80" * 5000,
        "compact": b"eyJhbGciOiJub25lIn0.e30.",
    }
    files = []
    for name, content in contents.items():
        file = tmp_path / f"garbage-{name}"
        file.write_bytes(content)
        files.append(file)
    return files
