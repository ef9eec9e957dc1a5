"""Where a fuzzer begins: the vectors of the standards, and objects made like ours.

Lives here: the bytes by kind, each with a name. Not here: what is done with them (`targets`).
The vectors are read where they lie (TRAMTHE_VECTORS); without them the made objects remain.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from reader import tlv
from reader.evidence import CardEvidence
from reader.lds.files import FileId
from tests.crl import made as lists_made
from tests.verify import made, made_chip
from verify import certificate
from verify.certificate import Certificate
from verify.errors import VerifyError

Seeds = Mapping[str, bytes]

VECTORS = Path(
    os.environ.get("TRAMTHE_VECTORS", Path(__file__).resolve().parents[3] / "shared" / "vectors")
)


def files(pattern: str) -> dict[str, bytes]:
    """Return the vectors that match, by path; nothing where the folder is absent."""
    found = sorted(VECTORS.glob(pattern))
    return {str(path.relative_to(VECTORS)): path.read_bytes() for path in found}


@cache
def world() -> made.World:
    """Return the authority, signer and chip behind the made objects."""
    return made.World.new()


@cache
def certificates() -> Seeds:
    """Return certificates of every kind of key and parameter."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    constraints = x509.NameConstraints([x509.DNSName("example.org")], None)
    policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), None)]
    )
    uri = x509.UniformResourceIdentifier(lists_made.SCOPE)
    points = x509.CRLDistributionPoints([x509.DistributionPoint([uri], None, None, None)])
    extensions = (*made.CA_EXTENSIONS, (constraints, True), (policies, False))
    return {
        **files("pkits/certs/*"),
        **files("sod/*.cer"),
        **files("masterlists/*.cer"),
        "made/authority": world().authority.certificate,
        "made/signer": world().signer.certificate,
        "made/rsa-pss": made.csca("PSS", key=rsa_key, pss=pss).certificate,
        "made/brainpool": made.csca(
            "Brainpool", key=ec.generate_private_key(ec.BrainpoolP256R1())
        ).certificate,
        "made/pointed": made.csca(
            "Pointed", extensions=(*made.CA_EXTENSIONS, (points, False))
        ).certificate,
        "made/constrained": made.csca("Constrained", extensions=extensions).certificate,
    }


@cache
def chains() -> Seeds:
    """Return certificates with those above them by name, one after another, the anchor last."""
    read: dict[str, Certificate] = {}
    for name, data in certificates().items():
        with suppress(VerifyError):
            read[name] = certificate.parse(data)
    by_subject = {one.subject: one for one in read.values()}
    found: dict[str, bytes] = {}
    for name, one in read.items():
        chain = [one]
        while len(chain) < 6 and chain[-1].issuer != chain[-1].subject:
            above = by_subject.get(chain[-1].issuer)
            if above is None:
                break
            chain.append(above)
        if len(chain) > 1 and not one.is_ca:
            found[name] = b"".join(part.der for part in chain)
    return found


@cache
def signed_objects() -> Seeds:
    """Return CMS objects: real ones in DER and BER, and one made here."""
    real = {name: tlv.unwrap(data, 0x77) for name, data in files("sod/*.EF_SOD.bin").items()}
    return {
        **real,
        **files("sod/*.EF_CardSecurity.bin"),
        "made/security-object": made.signed_data(made.hash_list(world().groups()), world().signer),
    }


@cache
def card_files() -> Seeds:
    """Return files of the application: real, specimen and made."""
    specimen = files("specimen/jmrtd_loes2006/*.bin")
    groups = {f"made/{name}": data for name, data in world().groups().items()}
    return {
        **files("sod/*.EF_SOD.bin"),
        **specimen,
        **groups,
        "made/SOD": world().sod(world().groups()),
        "made/COM": tlv.encode(
            0x60,
            tlv.encode(0x5F01, b"0107")
            + tlv.encode(0x5F36, b"040000")
            + tlv.encode(0x5C, bytes.fromhex("61756D6E6F")),
        ),
    }


@cache
def cards() -> Mapping[str, CardEvidence]:
    """Return readings of genuine cards, one for each way to prove it."""
    key = ec.generate_private_key(ec.SECP256R1())
    listed = (made.chip_info(), made_chip.key_info(made.spki(key)))
    return {
        "made/card": world().card(),
        "made/chip-authentication": made_chip.with_chip_auth(
            world(), *listed, run=made_chip.agreed(key)
        ),
        "made/mapping": made_chip.with_mapping(world(), made_chip.MappingChip.new()),
    }


@cache
def evidence() -> Seeds:
    """Return kept readings."""
    return {name: card.to_bytes() for name, card in cards().items()}


@cache
def security_objects() -> Seeds:
    """Return EF.SOD of the made card, and real ones, which no anchor of ours vouches for."""
    return {"made/SOD": world().card().files[FileId.SOD], **files("sod/*.EF_SOD.bin")}


@cache
def parts() -> Seeds:
    """Return names, keys and algorithms out of certificates of every kind."""
    chosen = [
        "made/authority",
        "made/rsa-pss",
        "made/brainpool",
        *(name for name in certificates() if name.startswith("sod/")),
    ]
    found: dict[str, bytes] = {}
    for name in chosen:
        read = certificate.parse(certificates()[name])
        found[f"{name} issuer"] = read.issuer_der
        found[f"{name} key"] = read.spki
        found[f"{name} algorithm"] = read.signature_algorithm
    return found
