"""What a terminal asks the office: a certificate for its counter door, signed by its own key.

Lives here: the form, signing, checking. Not here: issuing (`authority`), files (`folder`).
Form: compact JWS (ES256, `x5c` the terminal's certificate) over {v, terminal, code, hosts, port,
csr}; `csr` is a PKCS #10 request (RFC 2986) of the new key, base64, which proves that the terminal
holds it. A request for a door that somebody exchanged on the way is not from one of our terminals.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import TerminalIdentity
from provisioning import terminals
from provisioning.counter.authority import MAX_CODE
from provisioning.counter.hosts import Door, Hosts
from provisioning.errors import OfficeInputInvalid
from verify import jws
from verify.errors import VerifyError

TYP = "tramthe-counter-request+jws"
VERSION = 1
MAX_REQUEST = 32 * 1024  # characters
_KEYS = frozenset({"v", "terminal", "code", "hosts", "port", "csr"})
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9.-]{{0,{MAX_CODE - 1}}}")


@dataclass(frozen=True, slots=True)
class Request:
    """A door of `terminal` in the organisation `code`, and the key that nginx is to have."""

    terminal: str
    code: str
    door: Door
    csr: bytes = field(repr=False)
    """PKCS #10, DER."""

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the key asked for. OfficeInputInvalid where it is not shown to be held."""
        try:
            csr = x509.load_der_x509_csr(self.csr)
            key, valid = csr.public_key(), csr.is_signature_valid
        except (ValueError, InvalidSignature) as error:
            raise _unfit("the certificate request in it cannot be read") from error
        if not valid or not isinstance(key, ec.EllipticCurvePublicKey):
            raise _unfit("whoever asks does not show that they hold the key")
        return key


def check_code(text: str) -> str:
    """Return an organisation's code. Raises OfficeInputInvalid."""
    if not _CODE.fullmatch(text):
        raise OfficeInputInvalid(
            f"{text!r} is no code of an organisation.",
            next_step=f"Give 1 to {MAX_CODE} letters, digits, dots or hyphens: 99168053000004.",
        )
    return text


def make(identity: TerminalIdentity, code: str, door: Door, key: ec.EllipticCurvePrivateKey) -> str:
    """Return the request for `key`, signed as the terminal. Raises OfficeInputInvalid."""
    if identity.certificate is None:
        raise OfficeInputInvalid(
            "This terminal has no certificate yet, so nobody could tell that it asks.",
            next_step="Have the terminal enrolled first.",
        )
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    payload = {
        "v": VERSION,
        "terminal": terminals.name_of(identity.certificate),
        "code": check_code(code),
        "hosts": list(door.hosts.texts),
        "port": door.port,
        "csr": base64.b64encode(csr).decode(),
    }
    return jws.sign(payload, typ=TYP, key=identity.key, x5c=[identity.certificate])


def check(compact: str, anchors: Sequence[bytes], at: datetime) -> Request:
    """Return the request of one of the terminals under `anchors` (DER).

    Raises OfficeInputInvalid, TerminalUnknown, verify.errors.VerifyError.
    """
    header = jws.read_header(compact, max_size=MAX_REQUEST)
    if not header.x5c:
        raise _unfit("it does not say which terminal asks")
    terminals.check(header.x5c[0], anchors, at)
    payload = jws.verify(
        compact,
        typ=TYP,
        key_for=lambda read: jws.certificate_key(read.x5c[0]),
        max_size=MAX_REQUEST,
    )
    request = _of_payload(payload)
    if request.terminal != terminals.name_of(header.x5c[0]):
        raise _unfit("it names another terminal than the one that signed it")
    return request


def read_own(compact: str) -> Request:
    """Return a request that this terminal wrote itself. Raises OfficeInputInvalid."""
    try:
        return _of_payload(jws.unverified_payload(compact, typ=TYP, max_size=MAX_REQUEST))
    except VerifyError as error:
        raise _unfit("it is damaged") from error


def _of_payload(payload: Mapping[str, Any]) -> Request:
    if set(payload) != _KEYS or payload["v"] != VERSION:
        raise _unfit("it has not exactly the documented fields")
    terminal, code, hosts = payload["terminal"], payload["code"], payload["hosts"]
    port = payload["port"]
    if not isinstance(terminal, str) or not isinstance(code, str) or not isinstance(hosts, list):
        raise _unfit("a field has not its documented form")
    if not all(isinstance(host, str) for host in hosts):
        raise _unfit("a host is no text")
    if type(port) is not int or not 1 <= port <= 65_535:
        raise _unfit("its port is none")
    try:
        csr = base64.b64decode(payload["csr"], validate=True)
    except (TypeError, ValueError) as error:
        raise _unfit("the certificate request in it cannot be read") from error
    return Request(terminal, check_code(code), Door(Hosts.of(hosts), port), csr)


def _unfit(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"This request for a counter's door is not taken: {why}.",
        next_step="Make it again at the terminal: `tramthe provision counter`.",
    )
