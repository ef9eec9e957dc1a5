"""A whole pilot PKI, and the folder it rests in.

Lives here: which authorities a pilot has, and save and load. Not here: what their certificates
say (`pki`). Private keys lie unencrypted in files of mode 0600: good enough for a pilot and a
demonstration, for nothing else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.wire import hybrid
from provisioning.errors import OfficeInputInvalid
from provisioning.office import pki
from provisioning.office.centre_keys import CentreKeys, create_centre_keys, seal_key_id
from provisioning.office.pki import Authority, Rng, key_pem, new_key

STATUS_SCOPE = "urn:tramthe:card-status:dang-vien"
PARTY_CRL = "csca-dang-vien.crl"
CITIZEN_CRL = "csca-cccd.crl"
PASSPORT_CRL = "csca-utopia.crl"

CSCA_AGE = timedelta(days=4 * 365)  # so that a card of some years ago has an authority above it
SIGNER_AGE = timedelta(days=60)
SERVICE_AGE = timedelta(days=1)  # for what begins with the pilot; spans a terminal's slow clock

_ROOT = "trust-root"
_SEAL_KEM = "centre-seal-mlkem768"
_SEAL_CURVE = "centre-seal-x25519"
_SIGN = "centre-sign"


@dataclass(frozen=True, slots=True)
class PilotPki:
    """Everything a pilot signs with.

    `root` signs the trust list and has no certificate: its public key is what a terminal is
    given by hand. The passport authority belongs to the specimens' Utopia.
    """

    root: ec.EllipticCurvePrivateKey = field(repr=False)
    party_csca: Authority
    party_signer: Authority
    citizen_csca: Authority
    citizen_signer: Authority
    passport_csca: Authority
    passport_signer: Authority
    status_signer: Authority
    terminal_ca: Authority
    centre: CentreKeys

    @classmethod
    def create(cls, at: datetime, rng: Rng = os.urandom) -> PilotPki:
        """Return a new pilot, usable at `at` (UTC) and for years to come."""
        above, below, service = at - CSCA_AGE, at - SIGNER_AGE, at - SERVICE_AGE
        party = pki.create_csca("CSCA the dang vien", at=above, crl_name=PARTY_CRL, rng=rng)
        citizen = pki.create_csca("CSCA the can cuoc", at=above, crl_name=CITIZEN_CRL, rng=rng)
        passport = pki.create_csca(
            "CSCA Utopia", at=above, country="UT", crl_name=PASSPORT_CRL, rng=rng
        )
        return cls(
            root=new_key(rng),
            party_csca=party,
            party_signer=issue_party_signer(party, "DS the dang vien 2", at=below, rng=rng),
            citizen_csca=citizen,
            citizen_signer=pki.issue_document_signer(
                citizen,
                "DS the can cuoc 1",
                at=below,
                document_types=[pki.CITIZEN_DOCUMENT_CODE],
                crl_name=CITIZEN_CRL,
                rng=rng,
            ),
            passport_csca=passport,
            passport_signer=pki.issue_document_signer(
                passport,
                "DS Utopia 1",
                at=below,
                document_types=[pki.PASSPORT_DOCUMENT_CODE],
                crl_name=PASSPORT_CRL,
                rng=rng,
            ),
            status_signer=pki.create_status_signer(
                "Trang thai the dang vien", scope=STATUS_SCOPE, at=service, rng=rng
            ),
            terminal_ca=pki.create_terminal_ca("Tram The terminals", at=service, rng=rng),
            centre=create_centre_keys(rng),
        )

    def save(self, folder: Path) -> None:
        """Write the pilot to `folder`, which must not hold one already.

        Raises OfficeInputInvalid where it does, or cannot be written.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, key in self._keys().items():
                create_file(folder / f"{name}.key.pem", key_pem(key), 0o600)
            for name, authority in self._authorities().items():
                pem = authority.x509.public_bytes(serialization.Encoding.PEM)
                create_file(folder / f"{name}.pem", pem, 0o644)
            public = self.root.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            create_file(folder / f"{_ROOT}.pub.pem", public, 0o644)
        except FileExistsError as error:
            raise OfficeInputInvalid(
                f"{folder} already holds keys, and keys are never overwritten.",
                next_step="Use the pilot that lies there, or name an empty folder.",
            ) from error
        except OSError as error:
            raise OfficeInputInvalid(
                f"{folder} cannot be written: {error.strerror}.",
                next_step="Check the folder's owner and the free space.",
            ) from error

    @classmethod
    def load(cls, folder: Path) -> PilotPki:
        """Read a pilot that `save` wrote.

        Raises OfficeInputInvalid for a missing or unusable file, or a key that is not its
        certificate's.
        """
        names = [f.name for f in fields(cls) if f.name not in ("root", "centre")]
        authorities = {name: _load_authority(folder, name.replace("_", "-")) for name in names}
        seed, curve = _load_seal(folder)
        centre = CentreKeys(seal_seed=seed, seal_x25519=curve, sign_key=_load_ec(folder, _SIGN))
        return cls(root=_load_ec(folder, _ROOT), centre=centre, **authorities)

    def _authorities(self) -> dict[str, Authority]:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k.replace("_", "-"): v for k, v in values.items() if isinstance(v, Authority)}

    def _keys(self) -> dict[str, PrivateKeyTypes]:
        centre = self.centre
        return {
            _ROOT: self.root,
            _SIGN: centre.sign_key,
            _SEAL_KEM: mlkem.MLKEM768PrivateKey.from_seed_bytes(centre.seal_seed),
            _SEAL_CURVE: x25519.X25519PrivateKey.from_private_bytes(centre.seal_x25519),
            **{name: authority.key for name, authority in self._authorities().items()},
        }


def create_file(path: Path, data: bytes, mode: int) -> None:
    """Create `path` with `mode` from the first byte on; FileExistsError where it stands."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def load_seal_key(folder: Path) -> tuple[str, MLKEM768X25519PrivateKey]:
    """Return id and private half of the key that terminals seal to; no other file is read.

    Raises OfficeInputInvalid for a missing or unusable file.
    """
    seed = b"".join(_load_seal(folder))
    return seal_key_id(hybrid.public_bytes(seed)), hybrid.private_key(seed)


def load_terminal_ca(folder: Path) -> bytes:
    """Return the certificate (DER) of the terminals' authority; no private key is read.

    Raises OfficeInputInvalid for a missing or unusable file.
    """
    certificate = _load_certificate(folder / "terminal-ca.pem")
    return certificate.public_bytes(serialization.Encoding.DER)


def _load_seal(folder: Path) -> tuple[bytes, bytes]:
    kem = _load_key(folder, _SEAL_KEM)
    curve = _load_key(folder, _SEAL_CURVE)
    if not isinstance(kem, mlkem.MLKEM768PrivateKey):
        raise _unusable(folder / f"{_SEAL_KEM}.key.pem", "it holds another kind of key")
    if not isinstance(curve, x25519.X25519PrivateKey):
        raise _unusable(folder / f"{_SEAL_CURVE}.key.pem", "it holds another kind of key")
    return kem.private_bytes_raw(), curve.private_bytes_raw()


def issue_party_signer(
    csca: Authority, common_name: str, *, at: datetime, rng: Rng = os.urandom
) -> Authority:
    """Return a document signer for party cards under `csca`."""
    return pki.issue_document_signer(
        csca,
        common_name,
        at=at,
        document_types=[pki.PARTY_DOCUMENT_CODE],
        crl_name=PARTY_CRL,
        rng=rng,
    )


def _load_key(folder: Path, name: str) -> PrivateKeyTypes:
    path = folder / f"{name}.key.pem"
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be read") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(path, "it holds no private key in PKCS#8 PEM") from error


def _load_ec(folder: Path, name: str) -> ec.EllipticCurvePrivateKey:
    key = _load_key(folder, name)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unusable(folder / f"{name}.key.pem", "its key is not on P-256")
    return key


def _load_authority(folder: Path, name: str) -> Authority:
    path = folder / f"{name}.pem"
    certificate = _load_certificate(path)
    key = _load_ec(folder, name)
    if certificate.public_key() != key.public_key():
        raise _unusable(path, "its key is another one than the private key beside it")
    return Authority(certificate.public_bytes(serialization.Encoding.DER), key)


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be read") from error
    except ValueError as error:
        raise _unusable(path, "it holds no certificate") from error


def _unusable(path: Path, why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The pilot PKI's file {path.name} cannot be used: {why}.",
        next_step="Restore the folder from its copy, or make a new pilot in an empty folder.",
    )
