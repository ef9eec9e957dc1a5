"""The seam to whoever issues certificates: this office, or an authority outside it.

Lives here: the one question, and its two answers: an authority whose key is at hand, and one that
is asked by files. Not here: what is asked (`requests`), checking the answer (`answers`), which the
asker does in both cases alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.files import replace_file
from provisioning.errors import OfficeInputInvalid
from provisioning.office.requests import Request, read_request

MAX_ANSWER = 64 * 1024  # bytes of a certificate's file


class CertificateAuthority(Protocol):
    """Whoever turns a request into a certificate, at once or some day."""

    def certify(self, request: bytes, at: datetime) -> bytes | None:
        """Return the certificate (DER) for a request (PKCS #10, PEM or DER).

        None while there is no answer yet: ask again with the same request.
        Raises OfficeInputInvalid for what is no request, or one that is not granted.
        """


@dataclass(frozen=True, slots=True)
class AtHand:
    """An authority that this process can ask: `issue` signs, or raises OfficeInputInvalid."""

    issue: Callable[[Request, datetime], bytes]

    def certify(self, request: bytes, at: datetime) -> bytes | None:
        """Return the certificate at once."""
        return self.issue(read_request(request), at)


@dataclass(frozen=True, slots=True)
class ByFiles:
    """An authority outside: the request goes to one file, the certificate comes in another."""

    request_file: Path
    answer_file: Path

    def certify(self, request: bytes, at: datetime) -> bytes | None:
        """Write the request out, once; return what came back, None until then. Raises OSError."""
        asked = read_request(request)
        pem = x509.load_der_x509_csr(asked.der).public_bytes(Encoding.PEM)
        if not self.request_file.exists():
            replace_file(self.request_file, pem, mode=0o644)
        elif self.request_file.read_bytes() != pem:
            raise OfficeInputInvalid(
                f"Another request lies in {self.request_file}.",
                next_step="Wait for its answer, or move it away.",
            )
        if not self.answer_file.exists():
            return None
        return read_certificate(self.answer_file)


def read_certificate(path: Path) -> bytes:
    """Return the one certificate in a file, PEM or DER, as DER. Raises OfficeInputInvalid, OSError.

    Of several in PEM, as some authorities send their chain, the first.
    """
    with path.open("rb") as file:
        data = file.read(MAX_ANSWER + 1)
    try:
        if len(data) > MAX_ANSWER:
            raise ValueError("larger than a certificate")
        if b"-----BEGIN" in data:
            found = x509.load_pem_x509_certificates(data)[0]
        else:
            found = x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise OfficeInputInvalid(
            f"{path} holds no certificate.", next_step="Give a certificate in PEM or DER."
        ) from error
    return found.public_bytes(Encoding.DER)
