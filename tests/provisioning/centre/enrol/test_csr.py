"""A certification request: what a terminal may ask for, and nothing beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.est import MAX_REQUEST
from provisioning.enrol.csr import read_csr
from provisioning.errors import RequestRefused
from provisioning.fleet.registry import key_fingerprint
from provisioning.office.certificates import key_usage
from tests.provisioning.centre.enrol.office import Blank, subject
from tests.tools import needed

Builder = x509.CertificateSigningRequestBuilder
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
TERMINAL = "TT-0001"
KEY = ec.generate_private_key(ec.SECP256R1())


def made(
    change: Callable[[Builder], Builder] = lambda builder: builder,
    *,
    key: Key = KEY,
    hashed: hashes.SHA224 | hashes.SHA256 | None = None,
) -> bytes:
    """Return a request, DER."""
    builder = change(Builder(subject(TERMINAL)))
    return builder.sign(key, hashed or hashes.SHA256()).public_bytes(Encoding.DER)


def asking(extension: x509.ExtensionType) -> Callable[[Builder], Builder]:
    """Return a change: the request asks for this extension."""
    return lambda builder: builder.add_extension(extension, critical=False)


def test_a_terminals_request() -> None:
    """Its name and key are read; the fingerprint is the registry's."""
    csr = read_csr(made())
    assert (csr.terminal, csr.key) == (TERMINAL, KEY.public_key())
    assert csr.fingerprint == key_fingerprint(KEY.public_key())


def test_repr_shows_no_key() -> None:
    """What goes into a log names terminal and fingerprint alone."""
    assert repr(read_csr(made())).count("=") == 2


@pytest.mark.parametrize(
    "extension",
    [
        key_usage(digital_signature=True),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
        x509.BasicConstraints(ca=False, path_length=None),
        x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()),
    ],
    ids=lambda extension: type(extension).__name__,
)
def test_what_every_certificate_says_may_be_asked_for(extension: x509.ExtensionType) -> None:
    """Other software asks for it; the authority says it anyway."""
    assert read_csr(made(asking(extension))).terminal == TERMINAL


@pytest.mark.parametrize(
    "extension",
    [
        key_usage(digital_signature=True, key_cert_sign=True),
        key_usage(crl_sign=True),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        x509.BasicConstraints(ca=True, path_length=None),
        x509.SubjectAlternativeName([x509.DNSName("centre.example.vn")]),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.1"), b"\x05\x00"),
    ],
    ids=lambda extension: type(extension).__name__,
)
def test_what_no_terminal_has(extension: x509.ExtensionType) -> None:
    """An authority's uses, a server's, another name, anything unknown: refused, not left out."""
    with pytest.raises(RequestRefused, match="more than"):
        read_csr(made(asking(extension)))


@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")  # of the library
@pytest.mark.parametrize(
    "names",
    [(), ("TT-0001", "TT-0002"), ("",), ("TT 1",), ("-TT",), ("T" * 65,), ("TT\x00",), ("trạm",)],
    ids=repr,
)
def test_subject_that_does_not_name_one_terminal(names: tuple[str, ...]) -> None:
    """No name, two, or one that no terminal can have."""
    own = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False) for name in names]
    )
    der = Builder(own).sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(RequestRefused, match="subject"):
        read_csr(der)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["secp384r1", "rsa"],
)
def test_key_that_is_not_on_p256(key: Key) -> None:
    """Terminals sign with ES256 and nothing else."""
    with pytest.raises(RequestRefused, match="P-256"):
        read_csr(made(key=key))


def test_signature_of_another_key() -> None:
    """Whoever asks has to have the key: a byte of the signature is changed."""
    der = bytearray(made())
    der[-1] ^= 1
    with pytest.raises(RequestRefused, match=r"does not have the key|cannot be read"):
        read_csr(bytes(der))


def test_signature_over_another_key_put_in() -> None:
    """Somebody else's public key in a request that is signed by one's own."""
    other = ec.generate_private_key(ec.SECP256R1())

    def point(key: ec.EllipticCurvePrivateKey) -> bytes:
        numbers = key.public_key().public_numbers()
        return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    forged = made().replace(point(KEY), point(other))
    with pytest.raises(RequestRefused, match="does not have the key"):
        read_csr(forged)


def test_short_hash() -> None:
    """SHA-224 is below what a terminal uses everywhere else."""
    with pytest.raises(RequestRefused, match="SHA-256"):
        read_csr(made(hashed=hashes.SHA224()))


def test_challenge_password() -> None:
    """It would bind the request to a TLS connection, which ends before the centre: unchecked."""
    with pytest.raises(RequestRefused, match="challenge password"):
        read_csr(made(lambda one: one.add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"dGxz")))


def test_attribute_that_nobody_knows() -> None:
    """A list of extensions is the one attribute that is taken."""
    with pytest.raises(RequestRefused, match="attributes"):
        read_csr(made(lambda one: one.add_attribute(AttributeOID.UNSTRUCTURED_NAME, b"x")))


@pytest.mark.parametrize(
    "data",
    [b"", b"0", made() + b"\x00", made()[:-1], b"0" * MAX_REQUEST],
    ids=["empty", "one-byte", "more-behind", "cut", "zeros"],
)
def test_what_is_no_request(data: bytes) -> None:
    """Empty, cut, with something behind it."""
    with pytest.raises(RequestRefused, match="no PKCS #10"):
        read_csr(data)


def test_larger_than_a_request() -> None:
    """Refused by its size, before it is parsed."""
    with pytest.raises(RequestRefused, match="larger"):
        read_csr(b"0" * (MAX_REQUEST + 1))


ONE = made()
"""Made once: a signature's length, and with it the request's, differs from one to the next."""


@given(st.integers(0, len(ONE) - 1), st.integers(1, 255))
def test_any_byte_changed(place: int, mask: int) -> None:
    """It is refused as a request, whatever the library makes of it."""
    der = bytearray(ONE)
    der[place] ^= mask
    with pytest.raises(RequestRefused):
        read_csr(bytes(der))


def test_request_made_by_openssl(tmp_path: Path) -> None:
    """OpenSSL's own request is taken, and ours is proven by OpenSSL."""
    openssl = needed("openssl")
    subprocess.run(
        [
            openssl, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", tmp_path / "k.pem", "-subj", f"/O=Chi bo 7/CN={TERMINAL}",
            "-outform", "DER", "-out", tmp_path / "r.der",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    assert read_csr((tmp_path / "r.der").read_bytes()).terminal == TERMINAL
    ours = tmp_path / "ours.der"
    ours.write_bytes(Blank(TERMINAL).request())
    said = subprocess.run(
        [openssl, "req", "-inform", "DER", "-in", ours, "-verify", "-noout"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "verify OK" in said.stderr + said.stdout
