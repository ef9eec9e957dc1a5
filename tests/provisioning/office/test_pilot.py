"""The pilot in its folder: what is written, who may read it, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.errors import OfficeInputInvalid
from provisioning.office.centre_keys import create_centre_keys
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import new_key

Openssl = Callable[..., str]


@pytest.fixture
def folder(pilot: PilotPki, tmp_path: Path) -> Path:
    """Return a folder that holds the pilot."""
    path = tmp_path / "pilot"
    pilot.save(path)
    return path


def test_saved_and_loaded_is_the_same_pilot(pilot: PilotPki, folder: Path) -> None:
    """Every certificate and every key comes back."""
    loaded = PilotPki.load(folder)
    assert loaded.root.private_numbers() == pilot.root.private_numbers()
    for name in ("party_csca", "passport_signer", "status_signer", "terminal_ca"):
        ours, theirs = getattr(pilot, name), getattr(loaded, name)
        assert ours.certificate == theirs.certificate
        assert ours.key.private_numbers() == theirs.key.private_numbers()
    assert loaded.centre.seal_seed == pilot.centre.seal_seed
    assert loaded.centre.seal_x25519 == pilot.centre.seal_x25519
    assert loaded.centre.sign_kid == pilot.centre.sign_kid


def test_private_keys_are_the_owners_alone(folder: Path) -> None:
    """The folder is 0700 and every key file 0600, in PKCS#8 PEM."""
    assert folder.stat().st_mode & 0o777 == 0o700
    keys = sorted(folder.glob("*.key.pem"))
    assert len(keys) == 12
    for key in keys:
        assert key.stat().st_mode & 0o777 == 0o600
        assert key.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_openssl_reads_a_saved_key(folder: Path, openssl: Openssl) -> None:
    """The root's key file is an ordinary one, and its public file is that key's."""
    derived = openssl("pkey", "-in", folder / "trust-root.key.pem", "-pubout")
    assert derived == (folder / "trust-root.pub.pem").read_text()


def test_keys_are_never_overwritten(pilot: PilotPki, folder: Path) -> None:
    """Saving into a folder that holds a pilot is refused and changes nothing."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(OfficeInputInvalid, match="never overwritten"):
        pilot.save(folder)
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


def test_folder_that_cannot_be_made(pilot: PilotPki, tmp_path: Path) -> None:
    """A path through a file is one clear sentence, not a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OfficeInputInvalid, match="cannot be written"):
        pilot.save(tmp_path / "file" / "pilot")


def test_missing_file(folder: Path) -> None:
    """A lost key is named by its file."""
    (folder / "party-csca.key.pem").unlink()
    with pytest.raises(OfficeInputInvalid, match=r"party-csca\.key\.pem"):
        PilotPki.load(folder)


@pytest.mark.parametrize("name", ["party-signer.pem", "trust-root.key.pem"])
def test_file_that_is_no_pem(folder: Path, name: str) -> None:
    """Rubbish in a file is refused, naming the file."""
    (folder / name).write_text("rubbish")
    with pytest.raises(OfficeInputInvalid, match=name):
        PilotPki.load(folder)


def test_key_beside_another_certificate(folder: Path) -> None:
    """A certificate with somebody else's key is refused at loading, not at the first card."""
    (folder / "party-csca.key.pem").write_bytes((folder / "citizen-csca.key.pem").read_bytes())
    with pytest.raises(OfficeInputInvalid, match="another one"):
        PilotPki.load(folder)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("centre-seal-mlkem768", "centre-seal-x25519"),
        ("centre-seal-x25519", "centre-sign"),
        ("centre-sign", "centre-seal-x25519"),
    ],
)
def test_key_of_another_kind(folder: Path, name: str, other: str) -> None:
    """Each of the centre's keys is checked for its kind."""
    (folder / f"{name}.key.pem").write_bytes((folder / f"{other}.key.pem").read_bytes())
    with pytest.raises(OfficeInputInvalid, match=name):
        PilotPki.load(folder)


def test_what_is_sealed_to_the_centre_opens() -> None:
    """The two seeds are the private key of the 1216 public bytes."""
    keys = create_centre_keys()
    assert len(keys.seal_public) == 1184 + 32
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    sealed = suite.encrypt(b"a context key", keys.seal_private().public_key(), b"header")
    assert suite.decrypt(sealed, keys.seal_private(), b"header") == b"a context key"


def test_key_ids_follow_from_the_keys() -> None:
    """Other keys, other ids; the same keys, the same ids."""
    first = create_centre_keys(lambda n: b"\x01" * n)
    again = create_centre_keys(lambda n: b"\x01" * n)
    other = create_centre_keys(lambda n: b"\x02" * n)
    assert (first.seal_kid, first.sign_kid) == (again.seal_kid, again.sign_kid)
    assert first.seal_kid != other.seal_kid
    assert first.sign_kid != other.sign_kid


def test_a_key_without_a_curve_of_ours(folder: Path) -> None:
    """A key on another curve is refused where P-256 is due."""
    key = new_key(curve=ec.BrainpoolP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "trust-root.key.pem").write_bytes(pem)
    with pytest.raises(OfficeInputInvalid, match="not on P-256"):
        PilotPki.load(folder)
