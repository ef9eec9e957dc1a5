"""A key in a token, by SoftHSM: made there, it signs for everybody, and never leaves."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.enrol.kept import State
from edge.enrol.request import make_request, subject_for
from edge.errors import KeyUnusable, RecordingLocked
from edge.identity.key import change, load_or_create, next_key, store_certificate
from edge.identity.place import KeyKind, KeyPlace, exportable
from edge.net.http import HttpAnswer
from edge.sync.way import Way
from edge.wire.event import timestamp
from edge.wire.reenrol import Reenrol, open_reenrol, sign_reenrol
from provisioning.office.pki import create_terminal_ca, issue_terminal
from tests.edge.enrol.conftest import Blank, blank, names, server
from tests.edge.log.made import START, TERMINAL, moment
from tests.edge.sync.test_way import USUAL, Doors
from tests.tools import needed
from verify import jws

__all__ = ["blank", "names", "server"]

PIN = "482913"
TOKEN = "tramthe-test"  # noqa: S105 -- a label


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyPlace]:
    """Return a fresh token; its module is loaded once in a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    (folder / "pin").write_text(f"{PIN}\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    tool = needed("softhsm2-util", "softhsm2")
    made = ["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN]
    subprocess.run([tool, *made], check=True, capture_output=True)
    module = next(Path("/usr/lib").glob("**/libsofthsm2.so"))
    yield KeyPlace(KeyKind.TOKEN, module, TOKEN, folder / "pin")
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def test_key_in_a_token(tmp_path: Path, place: KeyPlace) -> None:
    """The folder says which it is, the next start finds it, and its signatures hold."""
    made = load_or_create(tmp_path / "id", TERMINAL, place=place)
    again = load_or_create(tmp_path / "id", TERMINAL)
    assert again.key.public_key() == made.key.public_key()
    signature = again.key.sign(b"x", ec.ECDSA(hashes.SHA256()))
    made.key.public_key().verify(signature, b"x", ec.ECDSA(hashes.SHA256()))
    assert PIN not in (tmp_path / "id" / "terminal-key.token").read_text()


def test_it_never_leaves(tmp_path: Path, place: KeyPlace) -> None:
    """Neither as numbers nor as bytes, nor to TLS; and it does nothing but sign."""
    key = load_or_create(tmp_path / "id", TERMINAL, place=place).key
    assert not exportable(key)
    with pytest.raises(KeyUnusable):
        key.private_numbers()
    with pytest.raises(KeyUnusable):
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    with pytest.raises(KeyUnusable):
        key.exchange(ec.ECDH(), key.public_key())
    with pytest.raises(ValueError, match="SHA-256"):
        key.sign(b"x", ec.ECDSA(hashes.SHA384()))


def test_it_signs_what_a_terminal_signs(tmp_path: Path, place: KeyPlace) -> None:
    """A request, and every object of ours, by the same code as with a key in a file."""
    identity = load_or_create(tmp_path / "id", TERMINAL, place=place)
    csr = x509.load_der_x509_csr(make_request(identity.key, subject_for(TERMINAL, "0" * 14)))
    assert csr.is_signature_valid
    ca = create_terminal_ca("CA", at=START)
    certificate = issue_terminal(ca, identity.key.public_key(), TERMINAL, at=START)
    identity = store_certificate(tmp_path / "id", identity, certificate)
    asked = Reenrol(b"\x30\x00", timestamp(START))
    compact = sign_reenrol(asked, identity.key, certificate)
    assert open_reenrol(compact, lambda header: jws.certificate_key(header.x5c[0])) == asked
    assert identity.pair.shown is None


def test_next_key_in_the_token(tmp_path: Path, place: KeyPlace) -> None:
    """A change destroys the old key there; from a file to a token it goes the same way."""
    ca = create_terminal_ca("CA", at=START)
    folder = tmp_path / "id"
    old = load_or_create(folder, TERMINAL)
    store_certificate(folder, old, issue_terminal(ca, old.key.public_key(), TERMINAL, at=START))
    first = next_key(folder, place)
    change(folder, first, issue_terminal(ca, first.public_key(), TERMINAL, at=START))
    assert not (folder / "terminal-key.pem").exists()
    second = next_key(folder, place)
    change(folder, second, issue_terminal(ca, second.public_key(), TERMINAL, at=START))
    assert load_or_create(folder, TERMINAL).key.public_key() == second.public_key()
    with pytest.raises(KeyUnusable):
        first.sign(b"x", ec.ECDSA(hashes.SHA256()))


def test_enrolled_and_renewed(blank: Blank, place: KeyPlace) -> None:
    """TLS cannot show its certificate, so its requests go where their signature speaks alone."""
    blank.place = place
    blank.begun().ask(moment())
    identity = blank.identity
    assert identity.certificate is not None
    before = identity.certificate
    assert blank.renewal(identity).ask(moment()).state is State.ENROLLED
    assert identity.certificate != before
    asked = [one for one in blank.server.asked if "simplereenroll" in one]
    assert asked == ["lapsed simplereenroll"]
    doors = Doors(HttpAnswer(200, {}, b"usual"))
    way = Way(doors, USUAL.removesuffix("/x"), lambda: identity.pair)
    way.begin(START)
    assert way.ask("POST", "/x", b"", max_bytes=10, at=START) == b"lapsed"


def test_blank_terminal_that_began_with_a_file(blank: Blank, place: KeyPlace) -> None:
    """Its first certificate is for a key in the token, and the file goes."""
    load_or_create(blank.folder, TERMINAL)
    blank.place = place
    assert blank.begun().ask(moment()).state is State.ENROLLED
    assert not exportable(blank.identity.key)
    assert not (blank.folder / "terminal-key.pem").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "another"},
        {"module": Path("/nowhere.so")},
        {"module": None},
        {"pin_file": None},
        {"pin_file": Path("/nowhere")},
    ],
)
def test_token_that_does_not_answer(
    tmp_path: Path, place: KeyPlace, wrong: dict[str, object]
) -> None:
    """It is said which keys of terminal.toml to look at, and no key is made elsewhere."""
    with pytest.raises(RecordingLocked) as caught:
        load_or_create(tmp_path / "id", TERMINAL, place=replace(place, **wrong))  # type: ignore[arg-type]
    assert "key_token" in caught.value.next_step
    assert not list((tmp_path / "id").glob("terminal-key.*"))


def test_pin_from_the_units_credentials(
    tmp_path: Path, place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands before the file; a wrong one is no key."""
    load_or_create(tmp_path / "id", TERMINAL, place=place)
    (tmp_path / "pkcs11-pin").write_text("000000")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(RecordingLocked):
        load_or_create(tmp_path / "id", TERMINAL)
    (tmp_path / "pkcs11-pin").write_text(PIN)
    assert load_or_create(tmp_path / "id", TERMINAL).key is not None


def test_damaged_file(tmp_path: Path, place: KeyPlace) -> None:
    """It is said, and stays as it is."""
    load_or_create(tmp_path / "id", TERMINAL, place=place)
    file = tmp_path / "id" / "terminal-key.token"
    for text in ("", "{}", '{"v": 2}', "[]"):
        file.write_text(text)
        with pytest.raises(RecordingLocked):
            load_or_create(tmp_path / "id", TERMINAL)
        assert file.read_text() == text
