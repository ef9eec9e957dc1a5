"""The identity folder: made once, kept apart, never silently replaced."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from edge.errors import ConfigInvalid, RecordingLocked
from edge.identity.key import KEY_FILE, WRAP_FILE, load_or_create, store_certificate
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START, TERMINAL


def test_identity_is_made_once(tmp_path: Path) -> None:
    """The second start finds the keys of the first."""
    first = load_or_create(tmp_path / "id", TERMINAL)
    again = load_or_create(tmp_path / "id", TERMINAL)
    assert first.key.private_numbers() == again.key.private_numbers()
    assert first.wrap_key == again.wrap_key
    assert len(first.wrap_key) == 32
    assert first.certificate is None


def test_folder_is_private(tmp_path: Path) -> None:
    """0700 for the folder, 0600 for what is secret, whatever it was before."""
    (tmp_path / "id").mkdir(mode=0o755)
    load_or_create(tmp_path / "id", TERMINAL)
    assert stat.S_IMODE((tmp_path / "id").stat().st_mode) == 0o700
    for name in (KEY_FILE, WRAP_FILE):
        assert stat.S_IMODE((tmp_path / "id" / name).stat().st_mode) == 0o600


def test_certificate_is_kept(tmp_path: Path) -> None:
    """Once issued, the certificate is there at every start."""
    identity = load_or_create(tmp_path / "id", TERMINAL)
    ca = create_terminal_ca("CA", at=START)
    certificate = issue_terminal(ca, identity.key.public_key(), TERMINAL, at=START)
    assert store_certificate(tmp_path / "id", identity, certificate).certificate == certificate
    assert load_or_create(tmp_path / "id", TERMINAL).certificate == certificate


def test_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    """A neighbour's certificate, or no certificate at all, is not kept."""
    identity = load_or_create(tmp_path / "id", TERMINAL)
    ca = create_terminal_ca("CA", at=START)
    foreign = issue_terminal(ca, new_key().public_key(), TERMINAL, at=START)
    for certificate in (foreign, b"no certificate"):
        with pytest.raises(ConfigInvalid):
            store_certificate(tmp_path / "id", identity, certificate)
    assert load_or_create(tmp_path / "id", TERMINAL).certificate is None


def test_interrupted_making_is_finished(tmp_path: Path) -> None:
    """Power gone before the private key was written: the next start finishes the folder."""
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / WRAP_FILE).write_bytes(bytes(32))
    assert load_or_create(tmp_path / "id", TERMINAL).wrap_key == bytes(32)


@pytest.mark.parametrize("name", [KEY_FILE, WRAP_FILE, "terminal.der"])
def test_damaged_file_is_never_replaced(tmp_path: Path, name: str) -> None:
    """A damaged key is said and stays: a new one would lose the open meeting."""
    load_or_create(tmp_path / "id", TERMINAL)
    (tmp_path / "id" / name).write_bytes(b"damaged")
    with pytest.raises(RecordingLocked) as caught:
        load_or_create(tmp_path / "id", TERMINAL)
    assert caught.value.fault == "LOG_KEY_MISSING"
    assert (tmp_path / "id" / name).read_bytes() == b"damaged"


def test_missing_wrap_key_is_not_made_anew(tmp_path: Path) -> None:
    """The wrap key alone gone: said, not replaced."""
    load_or_create(tmp_path / "id", TERMINAL)
    (tmp_path / "id" / WRAP_FILE).unlink()
    with pytest.raises(RecordingLocked):
        load_or_create(tmp_path / "id", TERMINAL)


def test_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Only EC P-256 signs for a terminal."""
    load_or_create(tmp_path / "id", TERMINAL)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "id" / KEY_FILE).write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(RecordingLocked):
        load_or_create(tmp_path / "id", TERMINAL)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where a file takes the folder's place, the error says what to do."""
    (tmp_path / "id").write_text("in the way")
    with pytest.raises(RecordingLocked) as caught:
        load_or_create(tmp_path / "id", TERMINAL)
    assert caught.value.next_step


def test_keys_do_not_show(tmp_path: Path) -> None:
    """No key stands in a repr."""
    identity = load_or_create(tmp_path / "id", TERMINAL)
    assert repr(identity) == "TerminalIdentity(terminal_id='TT-0001')"
