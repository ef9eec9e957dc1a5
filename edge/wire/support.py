"""A support bundle on its way from a terminal to the centre: signed by one, sealed to the other.

Lives here: the form, its caps, its signature and its seal. Not here: what is in a bundle
(`edge.care.support`), asking for one (`edge.wire.inbox`), sending it (`edge.sync.support_out`),
keeping it (`provisioning.centre.support`). It names no member; it is sealed because it says what is
out of date at a terminal.

Form: compact JWS (ES256, `typ` `tramthe-support+jws`, `x5c` the terminal's certificate alone) over
{terminal, order, at, kid, sealed}; `order` is the number of the message that asked for it, `sealed`
the HPKE message (`hybrid`) of the archive to the centre's seal key `kid`; `info` is the canonical
{type, sender, recipient, order, at, kid}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.wire import canonical, hybrid
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import check_terminal, check_time, timestamp
from edge.wire.seal import MAX_KEY_ID
from verify import jws

TYP = "tramthe-support+jws"
MAX_CLEAR = 256 * 1024  # bytes of the archive
MAX_SEALED = MAX_CLEAR + hybrid.OVERHEAD  # bytes
MAX_SUPPORT = 640 * 1024  # characters of compact JWS: sixteen ninths of MAX_SEALED fit
_KEYS = frozenset({"terminal", "order", "at", "kid", "sealed"})
_SEAL_TYPE = "tramthe-support"
_RECIPIENT = "centre"


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """A bundle whose signature held; the archive is sealed still."""

    terminal: str
    order: int
    at: str
    kid: str
    """Which of the centre's seal keys opens it."""
    sealed: bytes = field(repr=False)

    def open(self, private: MLKEM768X25519PrivateKey) -> bytes:
        """Return the archive. Raises SealBroken, WireMalformed."""
        info = _info(self.terminal, self.order, self.at, self.kid)
        clear = hybrid.open_sealed(self.sealed, private, info)
        if len(clear) > MAX_CLEAR:
            raise malformed("The support bundle is too large.")
        return clear


def seal_bundle(
    archive: bytes,
    terminal: str,
    order: int,
    at: datetime,
    *,
    centre: tuple[str, bytes],
    key: ec.EllipticCurvePrivateKey,
    certificate: bytes,
) -> str:
    """Return the compact JWS of an archive, sealed to the centre's seal key (id, public key).

    Raises WireMalformed for an archive that is too large, SealBroken for a key that cannot be used.
    """
    if len(archive) > MAX_CLEAR:
        raise malformed("The support bundle is too large.")
    kid, public = centre
    when = timestamp(at)
    payload = {
        "terminal": terminal,
        "order": order,
        "at": when,
        "kid": kid,
        "sealed": to_base64url(hybrid.seal(archive, public, _info(terminal, order, when, kid))),
    }
    return jws.sign(payload, typ=TYP, key=key, x5c=[certificate])


def open_bundle(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> SealedBundle:
    """Return the bundle in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    return _read(jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_SUPPORT))


def kept_bundle(compact: str) -> SealedBundle:
    """Return the bundle in `compact`, whose signature was checked when it was kept."""
    return _read(jws.unverified_payload(compact, typ=TYP, max_size=MAX_SUPPORT))


def _read(fields: Mapping[str, Any]) -> SealedBundle:
    if set(fields) != _KEYS:
        raise malformed("The support bundle has not exactly the documented fields.")
    at, kid = fields["at"], fields["kid"]
    if not isinstance(at, str):
        raise malformed("The support bundle's time is not text.")
    check_time(at)
    if not isinstance(kid, str) or not kid.isascii() or not 1 <= len(kid) <= MAX_KEY_ID:
        raise malformed("The support bundle names no key of the centre.")
    return SealedBundle(
        terminal=check_terminal(fields["terminal"]),
        order=canonical.integer(fields["order"], what="The order's number", least=1),
        at=at,
        kid=kid,
        sealed=from_base64url(fields["sealed"], max_size=MAX_SEALED, what="The sealed bundle"),
    )


def _info(terminal: str, order: int, at: str, kid: str) -> bytes:
    return canonical.encode(
        {
            "at": at,
            "kid": kid,
            "order": order,
            "recipient": _RECIPIENT,
            "sender": terminal,
            "type": _SEAL_TYPE,
        }
    )
