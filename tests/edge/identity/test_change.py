"""From one key and certificate to the next: a plug pulled at any moment leaves one pair whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge import files
from edge.errors import ConfigInvalid, RecordingLocked
from edge.identity import key as keys
from edge.identity import place as places
from edge.identity.key import (
    CERTIFICATE_FILE,
    KEY,
    NEXT_FILE,
    NEXT_KEY,
    OLD_KEY,
    TerminalIdentity,
    change,
    exists,
    load_or_create,
    next_key,
    store_certificate,
)
from edge.identity.place import FILE
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal
from tests.edge.log.made import START, TERMINAL


class PlugPulled(BaseException):
    """No code of ours catches this."""


@contextmanager
def power_for(calls: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let so many acts on the disk happen within the block, and none after."""
    done: list[str] = []
    with monkeypatch.context() as patch:

        def counted(owner: object, name: str) -> None:
            real: Callable[..., object] = getattr(owner, name)

            def act(*arguments: object, **more: object) -> object:
                if len(done) == calls:
                    raise PlugPulled
                done.append(name)
                return real(*arguments, **more)

            patch.setattr(owner, name, act)

        for name in ("replace", "unlink", "hardlink_to"):
            counted(Path, name)
        for name in ("pwrite", "fsync"):
            counted(os, name)
        yield done


@pytest.fixture(scope="module")
def ca() -> Authority:
    """Return who names terminals."""
    return create_terminal_ca("CA", at=START)


@pytest.fixture
def enrolled(tmp_path: Path, ca: Authority) -> TerminalIdentity:
    """Return an identity in `id`, with its certificate."""
    made = load_or_create(tmp_path / "id", TERMINAL)
    certificate = issue_terminal(ca, made.key.public_key(), TERMINAL, at=START)
    return store_certificate(tmp_path / "id", made, certificate)


def test_next_key_is_made_once(tmp_path: Path, enrolled: TerminalIdentity) -> None:
    """Until its certificate is kept; the one in use stays in use."""
    first = next_key(tmp_path / "id", FILE)
    assert next_key(tmp_path / "id", FILE).public_key() == first.public_key()
    again = load_or_create(tmp_path / "id", TERMINAL)
    assert again.key.public_key() == enrolled.key.public_key() != first.public_key()


def test_change(tmp_path: Path, enrolled: TerminalIdentity, ca: Authority) -> None:
    """Key and certificate take their places, and nothing of the old key is left."""
    folder = tmp_path / "id"
    key = next_key(folder, FILE)
    certificate = issue_terminal(ca, key.public_key(), TERMINAL, at=START)
    pair = change(folder, key, certificate)
    again = load_or_create(folder, TERMINAL)
    assert again.certificate == pair.certificate == certificate
    assert again.key.public_key() == key.public_key()
    assert again.wrap_key == enrolled.wrap_key
    assert sorted(path.name for path in folder.iterdir()) == [
        "terminal-key.pem", CERTIFICATE_FILE, "wrap.key"
    ]  # fmt: skip


def test_certificate_of_another_key(
    tmp_path: Path, enrolled: TerminalIdentity, ca: Authority
) -> None:
    """Not even the one in use is taken for the next key."""
    assert enrolled.certificate is not None
    key = next_key(tmp_path / "id", FILE)
    with pytest.raises(ConfigInvalid):
        change(tmp_path / "id", key, enrolled.certificate)
    assert load_or_create(tmp_path / "id", TERMINAL).certificate == enrolled.certificate


def test_plug_pulled_at_every_step(
    tmp_path: Path, enrolled: TerminalIdentity, ca: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start finds the old pair or the new one, each whole; and so after a second cut."""
    source = tmp_path / "id"
    key = next_key(source, FILE)
    certificate = issue_terminal(ca, key.public_key(), TERMINAL, at=START)
    seen: list[bool] = []
    for calls in range(200):
        folder = tmp_path / f"cut-{calls}"
        shutil.copytree(source, folder)
        try:
            with power_for(calls, monkeypatch):
                change(folder, key, certificate)
            break
        except PlugPulled:
            assert exists(folder)
        try:
            with power_for(calls // 2, monkeypatch):
                load_or_create(folder, TERMINAL)
        except PlugPulled:
            assert exists(folder)
        found = load_or_create(folder, TERMINAL)
        new = found.certificate == certificate
        assert new or found.certificate == enrolled.certificate
        assert found.key.public_key() == (key if new else enrolled.key).public_key()
        assert not (folder / NEXT_FILE).exists()
        assert places.held(folder, OLD_KEY) is None
        assert (places.held(folder, NEXT_KEY) is None) is new
        seen.append(new)
    assert len(seen) < 199
    assert seen == sorted(seen)
    assert {*seen} == {False, True}


def test_two_processes(tmp_path: Path, enrolled: TerminalIdentity, ca: Authority) -> None:
    """Whoever looks while another process changes the pair sees one, whole."""
    folder = tmp_path / "id"
    look = (
        "import sys\nfrom pathlib import Path\nfrom edge.identity.key import load_or_create\n"
        "print('ready', flush=True)\n"
        "while True: load_or_create(Path(sys.argv[1]), 'TT-0001')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", look, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        for _ in range(15):
            key = next_key(folder, FILE)
            change(folder, key, issue_terminal(ca, key.public_key(), TERMINAL, at=START))
        assert other.poll() is None
        other.kill()
    assert load_or_create(folder, TERMINAL).key.public_key() == key.public_key()


def test_process_that_hangs(
    tmp_path: Path, enrolled: TerminalIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps no terminal from starting."""
    monkeypatch.setattr(keys, "PATIENCE", 0.0)
    handle = os.open(tmp_path / "id", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert load_or_create(tmp_path / "id", TERMINAL).certificate == enrolled.certificate
    os.close(handle)


def test_change_cut_short_on_a_read_only_disk(
    tmp_path: Path, enrolled: TerminalIdentity, ca: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be finished is said; the keys are not mixed."""
    folder = tmp_path / "id"
    key = next_key(folder, FILE)
    files.replace_file(folder / NEXT_FILE, issue_terminal(ca, key.public_key(), TERMINAL, at=START))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "hardlink_to", refuse)
        with pytest.raises(RecordingLocked):
            load_or_create(folder, TERMINAL)
    assert load_or_create(folder, TERMINAL).key.public_key() == key.public_key()
    assert places.held(folder, KEY) is not None
    assert keys.exists(folder)
