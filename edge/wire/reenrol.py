"""Asking for a new certificate when the old one has ended: a request signed by the old key.

Lives here: its form and signature. Not here: who may have one (the centre), the request itself
(PKCS #10, by the new key), what is answered (`est`).
Form: compact JWS (ES256, `x5c` the old certificate) over {v, csr, at}; body of a simplereenroll at
`lapsed.NAME`, because a server that asks for client certificates answers 400 to an ended one. The
signature says who asks, the request inside it that the asker has the new key: the octets that
RFC 7030 section 4.2.2 proves by TLS are proved by the two together.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire.canonical import malformed
from edge.wire.est import MAX_REQUEST
from edge.wire.event import check_time
from verify import jws

TYP = "tramthe-reenrol+jws"
JOSE = "application/jose"
VERSION = 1
MAX_REENROL = 64 * 1024  # characters of compact JWS

_KEYS = frozenset({"v", "csr", "at"})


@dataclass(frozen=True, slots=True)
class Reenrol:
    """`csr`: PKCS #10, DER, unread here. `at`: UTC, as every time on the wire."""

    csr: bytes = field(repr=False)
    at: str


def sign_reenrol(asked: Reenrol, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> str:
    """Return the compact JWS; `key` and `certificate` (DER) are the old ones."""
    payload = {
        "v": VERSION,
        "csr": base64.b64encode(asked.csr).decode("ascii"),
        "at": asked.at,
    }
    return jws.sign(payload, typ=TYP, key=key, x5c=(certificate,))


def open_reenrol(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> Reenrol:
    """Return what `compact` asks after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_REENROL)
    if set(payload) != _KEYS or payload["v"] != VERSION:
        raise malformed("The request has not exactly the documented fields.")
    csr, at = payload["csr"], payload["at"]
    if not isinstance(csr, str) or not isinstance(at, str) or len(csr) > MAX_REQUEST * 4 // 3 + 4:
        raise malformed("The request has not its form.")
    check_time(at)
    try:
        return Reenrol(base64.b64decode(csr, validate=True), at)
    except (ValueError, binascii.Error) as error:
        raise malformed("The request is not base64.") from error
