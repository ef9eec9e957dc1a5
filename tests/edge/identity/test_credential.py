"""A key that systemd seals: the real tool, where it may seal; else what is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.errors import KeyUnusable, RecordingLocked
from edge.identity import key_credential
from edge.identity.key import KEY, load_or_create, next_key, store_certificate
from edge.identity.place import SUFFIXES, KeyKind, KeyPlace, exportable
from provisioning.office.pki import create_terminal_ca, issue_terminal
from tests.edge.log.made import START, TERMINAL

NOBODY = 65534
SEALED = KeyPlace(KeyKind.CREDENTIAL)


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of the tests' own service be seen."""
    monkeypatch.delenv(key_credential.FOLDER, raising=False)


def test_sealed_key(tmp_path: Path) -> None:
    """On disk it is sealed; on the console it is opened; it signs as any other."""
    made = load_or_create(tmp_path / "id", TERMINAL, place=SEALED)
    file = tmp_path / "id" / (KEY + SUFFIXES[KeyKind.CREDENTIAL])
    assert b"PRIVATE KEY" not in file.read_bytes()
    assert not (tmp_path / "id" / "terminal-key.pem").exists()
    again = load_or_create(tmp_path / "id", TERMINAL)
    assert again.key.private_numbers() == made.key.private_numbers()
    assert exportable(again.key)


def test_key_that_systemd_gave_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from the unit's credentials; after a renewal the service is to be restarted."""
    folder = tmp_path / "id"
    made = load_or_create(folder, TERMINAL, place=SEALED)
    given = tmp_path / "credentials"
    given.mkdir()
    pem = key_credential.open_sealed((folder / "terminal-key.cred").read_bytes())
    (given / key_credential.NAME).write_bytes(pem)
    (folder / "terminal-key.cred").write_bytes(b"sealed elsewhere")
    monkeypatch.setenv(key_credential.FOLDER, str(given))
    found = load_or_create(folder, TERMINAL)
    assert found.key.private_numbers() == made.key.private_numbers()
    ca = create_terminal_ca("CA", at=START)
    other = next_key(folder, KeyPlace())
    certificate = issue_terminal(ca, other.public_key(), TERMINAL, at=START)
    (folder / "terminal.der").write_bytes(certificate)
    with pytest.raises(RecordingLocked, match="Restart the service"):
        load_or_create(folder, TERMINAL)


def test_other_credentials_are_not_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit that was given something else opens the key itself."""
    load_or_create(tmp_path / "id", TERMINAL, place=SEALED)
    monkeypatch.setenv(key_credential.FOLDER, str(tmp_path))
    assert load_or_create(tmp_path / "id", TERMINAL).key is not None


def test_machine_without_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is made in the clear instead: it is said, with the way out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KeyUnusable, match="root"):
        key_credential.seal(b"x")
    with pytest.raises(RecordingLocked):
        load_or_create(tmp_path / "id", TERMINAL, place=SEALED)
    assert not (tmp_path / "id" / "terminal-key.pem").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a moment")
def test_somebody_who_is_not_root() -> None:
    """It is said at once, whatever the tool of this machine would ask of whom."""
    sealed = key_credential.seal(b"x")
    os.seteuid(NOBODY)
    try:
        for attempt in (key_credential.seal, key_credential.open_sealed):
            with pytest.raises(KeyUnusable, match="systemd-creds"):
                attempt(sealed)
    finally:
        os.seteuid(0)
    assert key_credential.open_sealed(sealed) == b"x"


def test_sealed_on_another_machine(tmp_path: Path) -> None:
    """A copied folder is worth nothing elsewhere."""
    made = load_or_create(tmp_path / "id", TERMINAL, place=SEALED)
    file = tmp_path / "id" / "terminal-key.cred"
    sealed = file.read_bytes()
    file.write_bytes(sealed[:-9] + bytes(9))
    with pytest.raises(RecordingLocked):
        load_or_create(tmp_path / "id", TERMINAL)
    file.write_bytes(sealed)
    ca = create_terminal_ca("CA", at=START)
    certificate = issue_terminal(ca, made.key.public_key(), TERMINAL, at=START)
    assert store_certificate(tmp_path / "id", made, certificate).certificate == certificate
