"""Each kind of key is renewed by the service alone: nobody is there, and nobody is root."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.enrol.kept import State
from edge.errors import RecordingLocked
from edge.identity import key_credential
from edge.identity.key import KEY, NEXT_KEY, load_or_create, next_key
from edge.identity.place import SUFFIXES, KeyKind, KeyPlace, held
from provisioning.office.certificates import TERMINAL_VALIDITY
from tests.edge.enrol.conftest import Blank, on
from tests.edge.identity.test_token import place as token
from tests.edge.log.made import TERMINAL, moment

__all__ = ["token"]

DUE = on(TERMINAL_VALIDITY.days * 0.7)
SEALED = KeyPlace(KeyKind.CREDENTIAL)
CRED = SUFFIXES[KeyKind.CREDENTIAL]


@pytest.fixture
def sealed(blank: Blank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blank:
    """Return a terminal whose key root sealed, as its service finds it: opened, and no tool."""
    monkeypatch.delenv(key_credential.FOLDER, raising=False)
    blank.place = SEALED
    blank.begun().ask(moment())
    given = tmp_path / "credentials"
    given.mkdir()
    opened = key_credential.open_sealed((blank.folder / (KEY + CRED)).read_bytes())
    (given / key_credential.NAME).write_bytes(opened)
    monkeypatch.setenv(key_credential.FOLDER, str(given))
    return blank


def test_sealed_key_is_certified_again(sealed: Blank, monkeypatch: pytest.MonkeyPatch) -> None:
    """No new key can be sealed: the next certificate is for the same, now and after a restart."""
    monkeypatch.setenv("PATH", str(sealed.folder))
    identity = sealed.identity
    before = identity.pair
    on_disk = (sealed.folder / (KEY + CRED)).read_bytes()
    sealed.server.now = DUE.at
    step = sealed.renewal(identity).after_a_pass(DUE)
    assert step is not None
    assert step.state is State.ENROLLED
    assert identity.certificate != before.certificate
    assert identity.key is before.key
    assert sealed.identity.certificate == identity.certificate
    assert (sealed.folder / (KEY + CRED)).read_bytes() == on_disk
    assert held(sealed.folder, NEXT_KEY) is None
    assert not list(sealed.folder.glob("*.pem"))  # nothing lies in the clear


def test_next_key_that_root_sealed_meanwhile(
    sealed: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's request waits for approval: the service does not take its own key for that one."""
    with monkeypatch.context() as root:
        root.delenv(key_credential.FOLDER)
        made = next_key(sealed.folder, SEALED)
    waiting = (sealed.folder / (NEXT_KEY + CRED)).read_bytes()
    with monkeypatch.context() as service:
        service.setenv("PATH", str(sealed.folder))
        identity = sealed.identity
        assert sealed.renewal(identity).ask(DUE).state is State.ENROLLED
        assert identity.key.public_key() != made.public_key()
        assert sealed.identity.certificate == identity.certificate
    assert (sealed.folder / (NEXT_KEY + CRED)).read_bytes() == waiting


def test_root_makes_a_new_key(sealed: Blank, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the console: sealed again; the service is given it at its next start."""
    monkeypatch.delenv(key_credential.FOLDER)
    identity = sealed.identity
    before = identity.key
    assert sealed.renewal(identity).ask(DUE).state is State.ENROLLED
    assert identity.key.public_key() != before.public_key()
    assert sealed.identity.key.public_key() == identity.key.public_key()
    assert held(sealed.folder, KEY) is KeyKind.CREDENTIAL


def test_key_that_is_to_be_sealed_from_now_on(
    enrolled: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration asks for what the service cannot do: it stays in its file, certified."""
    enrolled.place = SEALED
    monkeypatch.setenv("PATH", str(enrolled.folder))
    identity = enrolled.identity
    before = identity.pair
    assert enrolled.renewal(identity).ask(DUE).state is State.ENROLLED
    assert identity.key is before.key
    assert identity.certificate != before.certificate
    assert held(enrolled.folder, KEY) is KeyKind.FILE


def test_key_in_a_token(blank: Blank, token: KeyPlace) -> None:
    """A new one is made there; the old one is destroyed, and no certificate was shown by TLS."""
    blank.place = token
    blank.begun().ask(moment())
    identity = load_or_create(blank.folder, TERMINAL, place=token)
    before = identity.key.public_key()
    blank.server.now = DUE.at
    step = blank.renewal(identity).after_a_pass(DUE)
    assert step is not None
    assert step.state is State.ENROLLED
    assert identity.key.public_key() != before
    assert blank.identity.key.public_key() == identity.key.public_key()
    asked = [one for one in blank.server.asked if "simplereenroll" in one]
    assert asked == ["lapsed simplereenroll"]


def test_sealed_key_that_is_in_no_ones_credentials(
    sealed: Blank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit without its line, and no root: it is said, and no other key is made."""
    monkeypatch.delenv(key_credential.FOLDER)
    monkeypatch.setenv("PATH", str(sealed.folder))
    with pytest.raises(RecordingLocked):
        load_or_create(sealed.folder, TERMINAL)
