"""Looking at an authority's folder without its passphrase: what its keys may do, what is wrong.

Lives here: sentences for people. Not here: any act. A folder whose ledger was changed is not opened
at all (`ledger`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from crl.errors import CrlError
from crl.parse import parse
from provisioning.ceremony import csca, document_signer, status_signer
from provisioning.ceremony.csca import CSCA
from provisioning.ceremony.document_signer import ACCEPT, DOCUMENT_SIGNER, MAX_CARDS
from provisioning.ceremony.folder import KEYS, LEDGER, STAGED, AuthorityFolder
from provisioning.ceremony.parts import to_der, when
from provisioning.ceremony.status_signer import STATUS_SIGNER
from provisioning.errors import OfficeInputInvalid
from verify import certificate, keys, signatures
from verify.certificate import Certificate
from verify.errors import VerifyError

LIST_SUFFIX = ".crl"
_BEGIN_KEY = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_BEGIN_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def standing(folder: AuthorityFolder) -> Iterator[str]:
    """Yield what the authority's keys may still do."""
    if folder.role == CSCA:
        for one in csca.generations(folder):
            usage = one.usage
            yield f"key {one.number} signs from {when(usage.begin)} to {when(usage.end)}"
    if folder.role == STATUS_SIGNER:
        for number, at in status_signer.complete_lists(folder).items():
            yield f"complete list {number:x} of {when(at)} is kept"
    if folder.role == DOCUMENT_SIGNER:
        if not any(folder.ledger.of(ACCEPT)):
            yield "waits for the certificate to its request"
            return
        usage = document_signer.permit(folder).usage
        yield f"signs from {when(usage.begin)} to {when(usage.end)}"
        yield f"signed {document_signer.signed(folder)} of {MAX_CARDS} cards"


def faults(folder: AuthorityFolder) -> Iterator[str]:
    """Yield what is not as it should be, nothing where all is well."""
    known = folder.names()
    whole: dict[str, bytes] = {}
    for name in known:
        try:
            whole[name] = folder.read(name)
        except OfficeInputInvalid as error:
            yield error.message
    for path in sorted(folder.path.rglob("*")):
        name = str(path.relative_to(folder.path))
        if path.is_file() and name not in known and Path(name).parts[0] not in (LEDGER, STAGED):
            yield f"{path} was made by no act."
    for name, data in whole.items():
        if name.startswith(f"{KEYS}/") and not data.startswith(_BEGIN_KEY):
            yield f"{folder.path / name} is not encrypted."
    yield from _signature_faults(folder, whole)


def _signature_faults(folder: AuthorityFolder, files: dict[str, bytes]) -> Iterator[str]:
    """Check every certificate and list against the certificates in the folder."""
    signed: dict[str, _Signed] = {}
    above: list[Certificate] = []
    for name, data in files.items():
        try:
            if name.endswith(LIST_SUFFIX):
                signed[name] = _list(data)
            elif data.startswith(_BEGIN_CERTIFICATE):
                one = certificate.parse(to_der(x509.load_pem_x509_certificate(data)))
                above.append(one)
                if name != document_signer.ISSUER:  # whoever stands above is not in the folder
                    signed[name] = _Signed(one.tbs, one.signature_algorithm, one.signature)
        except (ValueError, VerifyError, CrlError):
            yield f"{folder.path / name} cannot be read."
    for name, what in signed.items():
        if not any(_holds(what, up) for up in above):
            yield f"{folder.path / name} is signed by no certificate of this folder."


class _Signed(NamedTuple):
    tbs: bytes
    algorithm: bytes
    signature: bytes


def _list(data: bytes) -> _Signed:
    found = parse(data)
    return _Signed(bytes(found.tbs), found.header.signature_algorithm, found.header.signature)


def _holds(one: _Signed, above: Certificate) -> bool:
    try:
        signatures.verify(keys.load_spki(above.spki), one.algorithm, one.signature, one.tbs)
    except VerifyError:
        return False
    return True
