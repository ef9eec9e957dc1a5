"""Keys, signatures and certificates on curves that the library lacks, by the `openssl` command."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import algos
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.verify.made import AT, YEAR, OtherParty

_ECDSA_SHA256 = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})


def run(*arguments: str | Path, data: bytes = b"") -> bytes:
    """Return what the command prints."""
    return subprocess.run(
        ["openssl", *arguments], input=data, check=True, capture_output=True
    ).stdout


@dataclass(frozen=True)
class OpensslKey:
    """A key pair in a file of its own."""

    file: Path
    spki: bytes = field(repr=False)
    private: int = field(repr=False)
    point: bytes
    """Uncompressed."""

    @classmethod
    def new(cls, curve: str, folder: Path) -> OpensslKey:
        """Return a fresh key; `folder` keeps its file."""
        made = run("ecparam", "-name", curve, "-genkey", "-noout", "-outform", "DER")
        file = folder / hashlib.sha256(made).hexdigest()
        file.write_bytes(made)
        parsed = asn1_keys.ECPrivateKey.load(made)
        spki = run("pkey", "-in", file, "-pubout", "-outform", "DER")
        return cls(file, spki, parsed["private_key"].native, bytes(parsed["public_key"]))

    def sign(self, data: bytes, signature_algorithm: ec.ECDSA, /) -> bytes:
        """Return the signature, r and s in a SEQUENCE."""
        chosen = signature_algorithm.algorithm
        assert isinstance(chosen, hashes.HashAlgorithm)
        return run("dgst", f"-{chosen.name}", "-sign", self.file, data=data)


def issue(
    subject: str, key: OpensslKey, issuer: OtherParty | None = None, *, is_ca: bool = False
) -> OtherParty:
    """Return a certificate under `issuer`, self-signed without one."""
    usage = {"key_cert_sign", "crl_sign"} if is_ca else {"digital_signature"}
    extensions = [{"extn_id": "key_usage", "critical": True, "extn_value": usage}]
    if is_ca:
        constraints = {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": True}}
        extensions.append(constraints)
    own = asn1_x509.Name.build({"country_name": "VN", "common_name": subject})
    above = None if issuer is None else asn1_x509.Certificate.load(issuer.certificate).subject
    body = asn1_x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(hashlib.sha256(key.point).digest()[:8], "big"),
            "signature": _ECDSA_SHA256,
            "issuer": above or own,
            "validity": {
                "not_before": asn1_x509.Time({"utc_time": AT - YEAR}),
                "not_after": asn1_x509.Time({"utc_time": AT + 10 * YEAR}),
            },
            "subject": own,
            "subject_public_key_info": asn1_keys.PublicKeyInfo.load(key.spki),
            "extensions": extensions,
        }
    ).dump()
    signing = key if issuer is None else issuer.key
    signature = signing.sign(body, ec.ECDSA(hashes.SHA256()))
    certificate = asn1_x509.Certificate(
        {
            "tbs_certificate": asn1_x509.TbsCertificate.load(body),
            "signature_algorithm": _ECDSA_SHA256,
            "signature_value": signature,
        }
    )
    return OtherParty(certificate.dump(), key)
