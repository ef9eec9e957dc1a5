"""EST's octets: what is made is read again, by OpenSSL too, and quirks are taken, harm is not."""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import WireMalformed
from edge.wire import est
from edge.wire.est import Asked, CsrAttributes, read_body, read_certificates, to_body

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DER = b"\x30\x82\x01\x04" + bytes(range(256)) + b"\x30\x02\x05\x00"
MANY = 4096

RFC_7030_ATTRIBUTES = (
    "MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw=="
)
"""The example of RFC 7030 section 4.5.2: challengePassword, a key on secp384r1, an extension
request, ecdsa-with-SHA384."""


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    """Return somebody's key."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def certificates(key: ec.EllipticCurvePrivateKey) -> list[bytes]:
    """Return two certificates, DER."""
    made = []
    for name in ("a", "b"):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(
            subject, subject, key.public_key(), 7, BEGIN, BEGIN + timedelta(days=1)
        )
        made.append(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    return made


@given(st.binary(max_size=600))
def test_a_body_comes_out_as_it_went_in(contents: bytes) -> None:
    """Whatever DER is carried, in one line of base64."""
    data = b"\x30" + contents
    body = to_body(data)
    assert read_body(body, max_size=700) == data
    assert body == b"".join(body.split())


@pytest.mark.parametrize(
    "body",
    [
        base64.b64encode(DER),
        base64.b64encode(DER).rstrip(b"="),
        base64.encodebytes(DER),
        b"\r\n\t " + base64.encodebytes(DER).replace(b"\n", b"\r\n") + b"\r\n",
        DER,
        b"-----BEGIN PKCS7-----\n" + base64.encodebytes(DER) + b"-----END PKCS7-----\n",
        b"-----BEGIN X-----\r\n" + base64.b64encode(DER) + b"\r\n-----END X-----\r\n",
    ],
    ids=["one line", "no padding", "lines", "CRLF and blanks", "DER", "PEM", "PEM in one line"],
)
def test_quirks_of_a_body(body: bytes) -> None:
    """Every spelling that is met in the field has the same content."""
    assert read_body(body, max_size=MANY) == DER


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \r\n",
        b"!!!!",
        b"MAA.",
        b"M",
        "MAé=".encode(),
        b"-----BEGIN X-----\nMAA=\n",
        b"-----BEGIN X-----\nMAA=\n-----END Y-----\n",
        b"<html>login</html>",
        to_body(bytes(MANY + 1)),
        b" " * (est.body_limit(MANY) + 1),
    ],
)
def test_what_is_no_body(body: bytes) -> None:
    """Nothing, no base64, half a PEM, a login page and too much are refused."""
    with pytest.raises(WireMalformed):
        read_body(body, max_size=MANY)


@pytest.mark.parametrize(
    "text",
    [
        "application/pkcs7-mime",
        "Application/PKCS7-Mime; smime-type=certs-only",
        ' application/pkcs7-mime ;smime-type="certs-only" ; charset=utf-8',
    ],
)
def test_parameters_of_a_media_type(text: str) -> None:
    """Neither case nor parameters make another type of it."""
    assert est.media_type(text) == "application/pkcs7-mime"


def test_certificates_come_out_as_they_went_in(certificates: list[bytes]) -> None:
    """Byte for byte, whatever their order."""
    assert sorted(read_certificates(est.make_certificates(certificates))) == sorted(certificates)


def test_certificates_that_openssl_reads(certificates: list[bytes], tmp_path: Path) -> None:
    """What we make is PKCS #7 to others, too."""
    file = tmp_path / "certs.p7"
    file.write_bytes(est.make_certificates(certificates))
    said = subprocess.run(
        ["openssl", "pkcs7", "-inform", "DER", "-in", str(file), "-print_certs", "-noout"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "CN" in said
    assert said.count("subject=") == 2


def test_certificates_that_openssl_made(certificates: list[bytes], tmp_path: Path) -> None:
    """What others make is read, too."""
    file = tmp_path / "chain.pem"
    pem = (x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in certificates)
    file.write_bytes(b"".join(pem))
    made = subprocess.run(
        ["openssl", "crl2pkcs7", "-nocrl", "-certfile", str(file), "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    assert sorted(read_certificates(made)) == sorted(certificates)


def test_certificates_in_ber(certificates: list[bytes]) -> None:
    """Lengths without an end known before, as some libraries write them, are read."""
    listed = b"".join(certificates)
    signed = (
        bytes.fromhex("020101 3100 3080 06092a864886f70d010701 0000 a080")
        + listed
        + bytes.fromhex("0000 3100 0000")
    )
    content = bytes.fromhex("3080 06092a864886f70d010702 a080 3080") + signed
    made = content + bytes.fromhex("0000 0000")
    assert read_certificates(made) == tuple(certificates)


def test_certificates_that_are_none(
    certificates: list[bytes], key: ec.EllipticCurvePrivateKey
) -> None:
    """Other CMS, an empty list, a signer, something cut short and noise are refused."""
    good = est.make_certificates(certificates)
    own = x509.load_der_x509_certificate(certificates[0])
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"x")
        .add_signer(own, key, hashes.SHA256())
        .sign(Encoding.DER, [])
    )
    empty = cms.ContentInfo.load(good)
    empty["content"]["certificates"] = cms.CertificateSet([])
    other = cms.ContentInfo({"content_type": "data", "content": b"x"})
    too_many = est.make_certificates(certificates[:1] * (est.MAX_COUNT + 1))
    for bad in (signed, empty.dump(force=True), other.dump(), good[:-1], b"\x30\x00", too_many):
        with pytest.raises(WireMalformed):
            read_certificates(bad)
    with pytest.raises(WireMalformed):
        est.make_certificates([b"no certificate"])


def test_attributes_of_the_rfc() -> None:
    """The example of RFC 7030 section 4.5.2 is read, and written again as it stands there."""
    data = base64.b64decode(RFC_7030_ATTRIBUTES)
    found = CsrAttributes.from_der(data)
    assert found.curves == {"1.3.132.0.34"}
    named = {est.CHALLENGE_PASSWORD, "1.2.840.10045.4.3.3", est.EC_KEY, "1.2.840.113549.1.9.14"}
    assert found.kinds == named
    assert found.to_der() == data


def test_attributes_of_ours() -> None:
    """What our centre asks for is what our terminals have; nothing asked is nothing."""
    assert CsrAttributes.from_der(est.OURS.to_der()) == est.OURS
    assert est.OURS.curves == {est.P256}
    assert CsrAttributes.from_der(b"") == CsrAttributes.from_der(b"\x30\x00") == CsrAttributes()


@pytest.mark.parametrize(
    "data",
    [
        b"\x30",
        b"\x02\x01\x00",
        b"\x30\x03\x02\x01\x00",
        b"\x30\x04\x30\x02\x06\x00",
        CsrAttributes((Asked("1.2.3"),) * (est.MAX_LISTED + 1)).to_der(),
        b"\x30\x82\x40\x00" + bytes(0x4000),
    ],
)
def test_attributes_that_are_none(data: bytes) -> None:
    """Other structures, and more of them than anybody asks for, are refused."""
    with pytest.raises(WireMalformed):
        CsrAttributes.from_der(data)


def test_a_curve_that_is_no_identifier() -> None:
    """An attribute's value is of its type."""
    odd = CsrAttributes((Asked(est.EC_KEY, (b"\x02\x01\x00",)),))
    with pytest.raises(WireMalformed):
        _ = odd.curves


@given(st.binary(max_size=200))
def test_noise(data: bytes) -> None:
    """Whatever comes, our own error or a value comes out."""
    for read in (read_certificates, CsrAttributes.from_der):
        try:
            read(data)
        except WireMalformed:
            continue
