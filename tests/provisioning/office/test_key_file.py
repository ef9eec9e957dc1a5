"""A key at rest opens by its passphrase, here and in openssl, and by nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from provisioning.errors import OfficeInputInvalid
from provisioning.office import key_file
from provisioning.office.pki import new_key
from tests.provisioning.quick import QUICK, at_whole_cost

PASSPHRASE = "con rồng cháu tiên"  # noqa: S105 -- of keys made and thrown away here


def test_key_comes_back() -> None:
    """What is encrypted opens to the same key; nothing of it stands in the file."""
    key = new_key()
    pem = key_file.encrypt(key, PASSPHRASE)
    found = key_file.decrypt(pem, PASSPHRASE)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    assert found.private_numbers() == key.private_numbers()
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")


def test_key_of_another_kind() -> None:
    """A post-quantum key rests in the same form."""
    key = mlkem.MLKEM768PrivateKey.generate()
    found = key_file.decrypt(key_file.encrypt(key, PASSPHRASE), PASSPHRASE)
    assert isinstance(found, mlkem.MLKEM768PrivateKey)
    assert found.private_bytes_raw() == key.private_bytes_raw()


def test_openssl_opens_it(tmp_path: Path, openssl: Callable[..., str]) -> None:
    """The file is PKCS #8 with PBES2, scrypt and AES-256: other programs read it, too."""
    path, word = tmp_path / "key.pem", tmp_path / "word"
    path.write_bytes(key_file.encrypt(new_key(), PASSPHRASE))
    word.write_text(PASSPHRASE, encoding="utf-8")
    text = openssl("pkey", "-in", path, "-passin", f"file:{word}", "-noout", "-text")
    assert "prime256v1" in text
    form = openssl("asn1parse", "-in", path)
    for part in (":PBES2", "scrypt", ":aes-256-cbc", ":4000\n"):
        assert part in form


def test_cost_that_was_told(tmp_path: Path, openssl: Callable[..., str]) -> None:
    """A file says what it costs to open, and opens without being told."""
    path = tmp_path / "key.pem"
    path.write_bytes(key_file.encrypt(new_key(), PASSPHRASE, cost=QUICK))
    form = openssl("asn1parse", "-in", path)
    assert (":02\n" in form, at_whole_cost(form)) == (True, False)
    key_file.decrypt(path.read_bytes(), PASSPHRASE)


def test_two_files_of_one_key_differ() -> None:
    """Salt and vector are drawn for each file."""
    key = new_key()
    assert key_file.encrypt(key, PASSPHRASE) != key_file.encrypt(key, PASSPHRASE)


def test_wrong_passphrase() -> None:
    """Another passphrase opens nothing."""
    pem = key_file.encrypt(new_key(), PASSPHRASE)
    with pytest.raises(OfficeInputInvalid, match="does not open"):
        key_file.decrypt(pem, PASSPHRASE + "!")


def test_letters_typed_in_another_way() -> None:
    """A keyboard that sends letters and marks apart types the same passphrase."""
    apart = unicodedata.normalize("NFD", PASSPHRASE)
    assert apart != PASSPHRASE
    key_file.decrypt(key_file.encrypt(new_key(), apart), PASSPHRASE)


def test_key_in_the_clear() -> None:
    """A key that somebody left unencrypted is not used as if all were well."""
    plain = new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(OfficeInputInvalid, match="no encrypted key"):
        key_file.decrypt(plain, PASSPHRASE)


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"\0" * 20_000])
def test_file_that_is_no_key(pem: bytes) -> None:
    """Half a file, an empty one, a large one: our own error."""
    with pytest.raises(OfficeInputInvalid, match="does not open"):
        key_file.decrypt(pem, PASSPHRASE)


@pytest.mark.parametrize(
    "passphrase", ["", "short", "eleven char", "two lines\nof words", "x" * 1025]
)
def test_passphrase_that_is_none(passphrase: str) -> None:
    """Too short, too long, or on two lines: no key is made with it."""
    with pytest.raises(OfficeInputInvalid, match="12 to 1024"):
        key_file.encrypt(new_key(), passphrase)
