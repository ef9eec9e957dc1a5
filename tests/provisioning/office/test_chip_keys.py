"""The chip's own keys: every group, every form, read by openssl and the library where they can."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import core
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from provisioning.errors import OfficeInputInvalid
from provisioning.office import chip_keys
from provisioning.office.options import KeyForm
from provisioning.softcard import modp

Openssl = Callable[..., str]

LIBRARY = (10, 12, 13, 15, 16, 17, 18)
CURVES = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
# Doc 9303-11 appendix I.1: how the chip's key begins, up to the point's coordinates.
PRINTED = "3052300C060704007F0007010202010D0342000418727094"[:-8]


def test_standardised_form_as_printed() -> None:
    """Algorithm, number and wrapping are those of the standard's example."""
    info = chip_keys.GroupKey(13, 1).public_info(KeyForm.STANDARDISED)
    assert info.hex().upper().startswith(PRINTED)
    assert len(info) == 2 + 0x52


@pytest.mark.parametrize("parameter_id", CURVES)
@pytest.mark.parametrize("form", [KeyForm.NAMED, KeyForm.EXPLICIT])
def test_a_key_on_a_curve_reads_elsewhere(
    tmp_path: Path, openssl: Openssl, parameter_id: int, form: KeyForm
) -> None:
    """Openssl knows every curve of the table, by name and by its numbers."""
    key = chip_keys.new_group_key(parameter_id, os.urandom)
    path = tmp_path / "key.der"
    path.write_bytes(key.public_info(form))
    said = openssl("pkey", "-pubin", "-inform", "DER", "-in", path, "-noout", "-text")
    assert ("Prime:" in said) == (form is KeyForm.EXPLICIT)
    openssl("pkey", "-pubin", "-inform", "DER", "-in", path, "-noout", "-pubcheck")


@pytest.mark.parametrize("parameter_id", CURVES)
def test_the_private_half_reads_elsewhere(
    tmp_path: Path, openssl: Openssl, parameter_id: int
) -> None:
    """Openssl finds the pair consistent: the public half is the private one's."""
    key = chip_keys.new_group_key(parameter_id, os.urandom)
    path = tmp_path / "key.der"
    path.write_bytes(key.pkcs8())
    said = openssl("pkey", "-inform", "DER", "-in", path, "-noout", "-check")
    assert "valid" in said
    out = tmp_path / "public.der"
    openssl("pkey", "-inform", "DER", "-in", path, "-pubout", "-outform", "DER", "-out", out)
    assert out.read_bytes() == key.public_info(KeyForm.NAMED)


@pytest.mark.parametrize("parameter_id", LIBRARY)
def test_the_library_computes_the_same_public_key(parameter_id: int) -> None:
    """Where the library knows the curve it agrees with our arithmetic."""
    key = chip_keys.new_group_key(parameter_id, os.urandom)
    private = serialization.load_der_private_key(key.pkcs8(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert private.private_numbers().private_value == key.secret
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public == key.public_info(KeyForm.NAMED)


@pytest.mark.parametrize("parameter_id", [0, 1, 2])
@pytest.mark.parametrize(
    ("form", "oid", "count"),
    [(KeyForm.EXPLICIT, "1.2.840.10046.2.1", 3), (KeyForm.PKCS3, "1.2.840.113549.1.3.1", 2)],
)
def test_a_key_modulo_a_prime_reads_elsewhere(
    tmp_path: Path, openssl: Openssl, parameter_id: int, form: KeyForm, oid: str, count: int
) -> None:
    """X9.42 with the order, PKCS #3 without; the number is the generator's power."""
    key = chip_keys.new_group_key(parameter_id, os.urandom)
    group = modp.GROUPS[parameter_id]
    algorithm = core.Sequence.load(key.public_info(form))[0]
    assert algorithm[0].native == oid
    numbers = [group.p, group.g, group.order][:count]
    assert [algorithm[1][index].native for index in range(len(algorithm[1]))] == numbers
    path = tmp_path / "key.der"
    path.write_bytes(key.public_info(form))
    said = openssl("pkey", "-pubin", "-inform", "DER", "-in", path, "-noout", "-text")
    assert "DH Public-Key" in said
    digits = f"{pow(group.g, key.secret, group.p):x}"[-16:]
    assert digits in "".join(said.split("public-key:")[1].split("P:")[0].split()).replace(":", "")


def test_a_key_modulo_a_prime_by_its_number() -> None:
    """The number of table 12 stands in the place of the parameters."""
    info = chip_keys.GroupKey(2, 5).public_info(KeyForm.STANDARDISED)
    algorithm = core.Sequence.load(core.Sequence.load(info)[0].dump())
    assert (algorithm[0].native, algorithm[1].native) == ("0.4.0.127.0.7.1.2", 2)


@pytest.mark.parametrize(
    ("parameter_id", "form"),
    [(12, KeyForm.PKCS3), (0, KeyForm.NAMED)],
)
def test_a_form_that_a_group_has_not(parameter_id: int, form: KeyForm) -> None:
    """A curve has no PKCS #3 form, a group modulo a prime no name."""
    with pytest.raises(OfficeInputInvalid, match=form.value):
        chip_keys.GroupKey(parameter_id, 5).public_info(form)


@pytest.mark.parametrize("parameter_id", [3, 7, 19, -1])
def test_a_group_that_is_none(parameter_id: int) -> None:
    """Only the ids of table 12 name a group."""
    with pytest.raises(OfficeInputInvalid, match="domain parameters"):
        chip_keys.new_group_key(parameter_id, os.urandom)


def test_private_keys_that_cannot_be() -> None:
    """No signing key modulo a prime, and no key that is the group's order."""
    with pytest.raises(OfficeInputInvalid, match="curves"):
        chip_keys.GroupKey(0, 5).pkcs8()
    order = chip_keys.group_of(12).order
    with pytest.raises(OfficeInputInvalid, match="order"):
        chip_keys.GroupKey(12, order).public_info(KeyForm.NAMED)


def test_rsa_keys() -> None:
    """Both halves are one pair; a size that the library does not make is refused."""
    private, public = chip_keys.new_rsa_key(2048)
    loaded = serialization.load_der_private_key(private, password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    assert loaded.public_key() == serialization.load_der_public_key(public)
    with pytest.raises(OfficeInputInvalid, match="100 bits"):
        chip_keys.new_rsa_key(100)
