"""Enrolment under the fuzzer: requests, what EST answers, and claims; with their seeds.

Each raises EdgeError or ProvisioningError for what it refuses, and AssertionError for a promise
that was broken.
"""

from __future__ import annotations

import warnings
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.wire import est
from edge.wire.claim import Claim
from provisioning.enrol.csr import read_csr
from provisioning.office.certificates import key_usage
from tests.fuzz import seeds
from tests.fuzz.seeds import Seeds


def request(data: bytes) -> None:
    """Read a certification request; what is taken is proven by OpenSSL's own reading."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the library's, on a name's length
        csr = read_csr(data)
    found = x509.load_der_x509_csr(csr.der)
    assert found.is_signature_valid
    assert isinstance(csr.key.curve, ec.SECP256R1)


def certificates(data: bytes) -> None:
    """Read a list of certificates; what is taken is within its cap."""
    listed = est.read_certificates(data)
    assert 1 <= len(listed) <= est.MAX_COUNT


def attributes(data: bytes) -> None:
    """Read what an authority wants of requests."""
    wanted = est.CsrAttributes.from_der(data)
    assert len(wanted.curves) <= est.MAX_LISTED**2


def claim(data: bytes) -> None:
    """Read a claim; what is taken says the same when it is written and read again."""
    found = Claim.read(data)
    assert Claim.read(found.to_bytes()) == found


@cache
def requests() -> Seeds:
    """Return requests: bare, and asking for what every certificate says, and for more."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TT-0001")])
    bare = x509.CertificateSigningRequestBuilder(name)
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    usual = bare.add_extension(key_usage(digital_signature=True), critical=True)
    usual = usual.add_extension(client, critical=False)
    more = usual.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = {"bare": bare, "usual": usual, "more": more}
    return {
        f"made/{kind}": one.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        for kind, one in made.items()
    }


@cache
def lists() -> Seeds:
    """Return certs-only CMS of one certificate and of two."""
    world = seeds.world()
    one, two = world.authority.certificate, world.signer.certificate
    return {
        "made/one": est.make_certificates((one,)),
        "made/two": est.make_certificates((one, two)),
    }


@cache
def wanted() -> Seeds:
    """Return what our own authority wants, and nothing."""
    return {"made/ours": est.OURS.to_der(), "made/none": est.CsrAttributes().to_der()}


@cache
def claims() -> Seeds:
    """Return a claim."""
    anchors = (seeds.world().authority.certificate,)
    held = Claim(
        "claim-0001", bytes(range(32)), "https://enrol.centre.test:8443", anchors, "TT-0001",
        "01234567890123", "Hòa", "2026-12-01T00:00:00.000Z",
    )  # fmt: skip
    return {"made/claim": held.to_bytes()}
