"""TLS to the centre: whom we trust, what we show, and whose clock says that it has ended.

Lives here: the context of a connection and the look at the server's dates. Not here: connecting
(`http`). TLS is transport only, authority is the signature on each object (DESIGN section 11), and
most terminals have no battery clock (section 7). So OpenSSL checks chain and name, but not the
dates, which it would hold against the system clock: a terminal whose clock is years off would
never come home. A server's certificate is refused once its end is proved past by the floor.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import CentreUnreachable, ConfigInvalid
from edge.floor import BUILD_TIME

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h; Python gives it no name."""
_REFUSALS = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_UNKNOWN_CA",
    }
)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a terminal shows where it is asked who it is. `certificate`: DER."""

    certificate: bytes = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def _build_time() -> datetime:
    return BUILD_TIME


@dataclass(frozen=True, slots=True)
class Tls:
    """How a connection is secured.

    `ca_file`: PEM of the roots to trust instead of the system's. `client`: shown to a server that
    asks. `floor`: the time before which it cannot be, in UTC. `anchors`: certificates (DER) that
    alone are trusted, in the place of any roots; an anchor need not be self-signed.
    """

    ca_file: Path | None = None
    client: ClientCertificate | None = None
    floor: Callable[[], datetime] = _build_time
    anchors: tuple[bytes, ...] = field(default=(), repr=False)

    def context(self) -> ssl.SSLContext:
        """Return what connections are made with. Raises ConfigInvalid."""
        try:
            if self.anchors:
                made = ssl.create_default_context(cadata=b"".join(self.anchors))
                made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            else:
                made = ssl.create_default_context(cafile=self.ca_file and str(self.ca_file))
        except OSError as error:
            raise ConfigInvalid(
                "The centre's root certificate cannot be used.",
                next_step="Give the path of a PEM file with the root's certificate.",
            ) from error
        made.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        if self.client is not None:
            _show(made, self.client)
        return made

    def check_end(self, server: bytes | None) -> None:
        """Refuse a server's certificate (DER) that ended before the floor.

        Raises CentreUnreachable, ValueError for what is no certificate.
        """
        if server is None:
            return
        if x509.load_der_x509_certificate(server).not_valid_after_utc < self.floor():
            raise CentreUnreachable(
                "The certificate of the centre's server has ended.",
                next_step="Nothing is lost. Tell the office to renew its server's certificate.",
            )


def refuses_ours(error: BaseException) -> bool:
    """Return whether a server ended the connection because of the certificate we showed."""
    return isinstance(error, ssl.SSLError) and error.reason in _REFUSALS


def _show(context: ssl.SSLContext, client: ClientCertificate) -> None:
    """Load the certificate and its key from memory: OpenSSL takes them from a file only."""
    pem = x509.load_der_x509_certificate(client.certificate).public_bytes(
        serialization.Encoding.PEM
    ) + client.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle = os.memfd_create("tramthe", os.MFD_CLOEXEC)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{handle}")
