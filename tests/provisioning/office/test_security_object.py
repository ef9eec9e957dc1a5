"""EF.SOD: openssl verifies it, the reader reads its list, an altered one does not hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Authority
from provisioning.office.security_object import security_object, signed_content
from reader.lds import sod
from reader.lds.files import FileId

Openssl = Callable[..., str]
AsPem = Callable[[Authority], Path]

GROUPS = {FileId.DG15: b"fifteen", FileId.DG1: b"one", FileId.DG13: b"thirteen"}


def _verify(openssl: Openssl, content_info: bytes, csca: Path, at: datetime) -> bytes:
    path, out = csca.parent / "sod.der", csca.parent / "content.der"
    path.write_bytes(content_info)
    openssl(
        *("cms", "-verify", "-inform", "DER", "-in", path, "-CAfile", csca, "-purpose", "any"),
        *("-attime", str(int(at.timestamp())), "-out", out),
    )
    return out.read_bytes()


def test_openssl_verifies_the_signature_to_the_csca(
    pilot: PilotPki, at: datetime, openssl: Openssl, as_pem: AsPem
) -> None:
    """The CMS verifies with nothing but the CSCA, and yields the hash list."""
    read = sod.parse(security_object(GROUPS, pilot.party_signer))
    content = _verify(openssl, read.content_info, as_pem(pilot.party_csca), at)
    assert content == read.signed_content == signed_content(GROUPS)


def test_form_is_the_standards(pilot: PilotPki, tmp_path: Path, openssl: Openssl) -> None:
    """SignedData version 3 over an LDS security object, ECDSA with SHA-256, signed attributes."""
    path = tmp_path / "sod.der"
    path.write_bytes(sod.parse(security_object(GROUPS, pilot.party_signer)).content_info)
    said = openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", path)
    assert "version: 3" in said
    assert "eContentType: undefined (2.23.136.1.1.1)" in said
    assert "contentType (1.2.840.113549.1.9.3)" in said
    assert "messageDigest (1.2.840.113549.1.9.4)" in said
    assert "ecdsa-with-SHA256" in said


def test_the_reader_finds_every_hash(pilot: PilotPki) -> None:
    """Version 0, SHA-256, one digest for each data group and for nothing else."""
    files = {**GROUPS, FileId.COM: b"never hashed"}
    read = sod.parse(security_object(files, pilot.party_signer))
    assert read.hash_algorithm == "sha256"
    assert read.lds_version is None
    assert dict(read.hashes) == {
        file.data_group: hashlib.sha256(data).digest() for file, data in GROUPS.items()
    }


def test_altered_hash_list(pilot: PilotPki, at: datetime, openssl: Openssl, as_pem: AsPem) -> None:
    """One bit of one hash, and openssl refuses the object."""
    read = sod.parse(security_object(GROUPS, pilot.party_signer))
    digest = hashlib.sha256(b"one").digest()
    altered = read.content_info.replace(digest, bytes([digest[0] ^ 1]) + digest[1:])
    assert altered != read.content_info
    with pytest.raises(AssertionError, match="verification failure"):
        _verify(openssl, altered, as_pem(pilot.party_csca), at)


def test_other_authority(pilot: PilotPki, at: datetime, openssl: Openssl, as_pem: AsPem) -> None:
    """It does not verify to an authority that did not issue its signer."""
    read = sod.parse(security_object(GROUPS, pilot.party_signer))
    with pytest.raises(AssertionError, match="local issuer"):
        _verify(openssl, read.content_info, as_pem(pilot.citizen_csca), at)
