"""A signed closing sheet: its JWS, its digest and the short code that stands on paper.

Lives here: signing (by a callable), checking the signature, the digest in letters. Not here: whose
key it is (the caller's `key_for`), the JSON form (`sheet_json`).
Form: compact JWS (RFC 7515), ES256, over the canonical JSON of the sheet; `kid` is the RFC 7638
thumbprint of the terminal's key, `x5c` its certificate where it has one. Digest: SHA-256 of the
payload. Letters: Crockford base32, which leaves out I, L, O and U.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.meeting.sheet import Sheet
from edge.meeting.sheet_json import from_object, to_bytes, to_object
from edge.wire import canonical
from edge.wire.canonical import to_base64url
from verify import jws
from verify.errors import BadSignature

if TYPE_CHECKING:
    from edge.identity.key import Pair

TYP = "tramthe-sheet+jws"
MAX_SHEET = 16 * 1024 * 1024  # characters; 20,000 people take about 6 million
SHORT = 16  # letters of 5 bits: the first 80 bits
GROUP = 4

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_QR_PREFIX = "TRAMTHE:SHEET:"

Signer = Callable[[Mapping[str, Any], str], str]
"""From (payload, `typ`) to the compact JWS: a key in a file, or in an element that keeps it."""


@dataclass(frozen=True, slots=True)
class SignedSheet:
    """A sheet as it was signed. Whose signature it is, `verify` says, not this value."""

    sheet: Sheet
    compact: str = field(repr=False)
    digest: bytes
    """SHA-256 of the payload."""

    @property
    def code(self) -> str:
        """Return the short code on paper: `7Q4K 19ZD M2VX 08TF`."""
        return short_code(self.digest)


def terminal_signer(key: ec.EllipticCurvePrivateKey, certificate: bytes | None = None) -> Signer:
    """Return a signer by the terminal's own key; `certificate` (DER) goes along."""
    kid = thumbprint(key.public_key())
    x5c = () if certificate is None else (certificate,)
    return lambda payload, typ: jws.sign(payload, typ=typ, key=key, kid=kid, x5c=x5c)


def identity_signer(pair: Callable[[], Pair]) -> Signer:
    """Return a signer by the key and certificate that the terminal has at each signature."""

    def sign_now(payload: Mapping[str, Any], typ: str) -> str:
        now = pair()
        return terminal_signer(now.key, now.certificate)(payload, typ)

    return sign_now


def sign(sheet: Sheet, signer: Signer) -> SignedSheet:
    """Return the sheet, signed."""
    return SignedSheet(sheet, signer(to_object(sheet), TYP), digest(sheet))


def verify(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> SignedSheet:
    """Return the sheet in `compact` after the signature of `key_for(header)` held.

    Raises verify.errors.VerifyError, also where the sheet names another key; SheetInvalid.
    """

    def named(header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        key = key_for(header)
        if header.kid != thumbprint(key):
            raise BadSignature(
                "The sheet was signed by another key than the one it is checked with.",
                next_step="Check it with the key of the terminal that it names.",
            )
        return key

    sheet = from_object(jws.verify(compact, typ=TYP, key_for=named, max_size=MAX_SHEET))
    return SignedSheet(sheet, compact, digest(sheet))


def unproven(compact: str) -> SignedSheet:
    """Return the sheet in `compact`, its signature unchecked: only its code can be compared.

    Raises verify.errors.VerifyError, SheetInvalid.
    """
    sheet = from_object(jws.unverified_payload(compact, typ=TYP, max_size=MAX_SHEET))
    return SignedSheet(sheet, compact, digest(sheet))


def digest(sheet: Sheet) -> bytes:
    """Return SHA-256 of the payload that is signed."""
    return hashlib.sha256(to_bytes(sheet)).digest()


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the RFC 7638 thumbprint of a P-256 key (SHA-256, base64url)."""
    numbers = key.public_numbers()
    x, y = (to_base64url(value.to_bytes(32, "big")) for value in (numbers.x, numbers.y))
    members = canonical.encode({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    return to_base64url(hashlib.sha256(members).digest())


def letters(data: bytes) -> str:
    """Return bytes in Crockford base32, without check letter; 32 bytes make 52 letters."""
    bits = len(data) * 8
    width = -(-bits // 5)
    number = int.from_bytes(data, "big") << (width * 5 - bits)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(width - 1, -1, -1))


def short_code(of: bytes) -> str:
    """Return the first 80 bits of a digest in letters, in groups of four."""
    text = letters(of)[:SHORT]
    return " ".join(text[i : i + GROUP] for i in range(0, SHORT, GROUP))


def qr_text(of: bytes) -> str:
    """Return what the QR code on paper says: the whole digest in letters, under our prefix."""
    return _QR_PREFIX + letters(of)


def same_code(typed: str, of: bytes) -> bool:
    """Whether a code read from paper, short or whole, is that of this digest.

    Case, spaces and hyphens do not matter, nor O for 0 and I or L for 1.
    """
    bare = typed.strip().upper().removeprefix(_QR_PREFIX)
    read = "".join(bare.translate(_MISREAD).replace("-", "").split())
    return len(read) >= SHORT and letters(of).startswith(read)
