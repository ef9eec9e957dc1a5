"""Every JSON object that we sign: a compact JWS, ES256 only, over canonical JSON.

Lives here: signing and checking. Common libraries take any `typ` and follow `jku`, and want to see
a private key's number before they sign, which a key in a token never shows; here the header's
members are a closed set, `typ` is compared exactly, and a key is asked for a signature and nothing
else. Not here: which key may sign what (the caller's `key_for`).
Source: RFC 7515, RFC 7518 section 3.4, RFC 8785, RFC 8725 section 3.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from verify import certificate, keys
from verify.errors import BadSignature, MalformedObject, UnsupportedAlgorithm

ALGORITHM = "ES256"
MAX_HEADER = 64 * 1024  # bytes of JSON; it may carry certificates
MAX_CERTIFICATES = 5  # in x5c
COORDINATE = 32  # bytes of r and of s, RFC 7518 section 3.4

_MEMBERS = frozenset({"alg", "typ", "kid", "x5c"})


@dataclass(frozen=True, slots=True)
class JwsHeader:
    """The protected header as it stands, before the signature is checked."""

    typ: str
    kid: str | None
    x5c: tuple[bytes, ...] = field(repr=False)
    """Certificates, DER, the signer's first; not validated here."""


def sign(
    payload: Mapping[str, Any],
    *,
    typ: str,
    key: ec.EllipticCurvePrivateKey,
    x5c: Sequence[bytes] = (),
    kid: str | None = None,
) -> str:
    """Return the compact JWS of `payload` in canonical form.

    ValueError for a payload that JSON cannot carry exactly (floats out of range, integers beyond
    2^53: write those as hex strings) or a key that is not on P-256: both are slips of the caller.
    """
    if not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("ES256 takes a key on P-256")
    header: dict[str, Any] = {"alg": ALGORITHM, "typ": typ}
    if kid is not None:
        header["kid"] = kid
    if x5c:
        header["x5c"] = [base64.b64encode(der).decode() for der in x5c]
    signed = b".".join(_encode_part(rfc8785.dumps(part)) for part in (header, dict(payload)))
    r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(COORDINATE) + s.to_bytes(COORDINATE)
    return b".".join((signed, _encode_part(signature))).decode("ascii")


def verify(
    compact: str,
    *,
    typ: str,
    key_for: Callable[[JwsHeader], ec.EllipticCurvePublicKey],
    max_size: int,
) -> dict[str, Any]:
    """Return the payload of a JWS that `key_for(header)` signed.

    `max_size` is in characters. `key_for` raises a VerifyError where it knows no key. Where the
    header carries certificates, the first must be that key's.
    Raises MalformedObject, UnsupportedAlgorithm or BadSignature.
    """
    return payload_object(verify_bytes(compact, typ=typ, key_for=key_for, max_size=max_size))


def verify_bytes(
    compact: str,
    *,
    typ: str,
    key_for: Callable[[JwsHeader], ec.EllipticCurvePublicKey],
    max_size: int,
    decode: Callable[[str], bytes] | None = None,
) -> bytes:
    """Return the payload's bytes as they were signed: all that `verify` does but to read them.

    For whoever reads large payloads in their own way; `payload_object` is the common one. `decode`
    turns unpadded base64url in its one canonical spelling into bytes, ValueError for anything
    else: a quicker one may stand in for the standard library's.
    """
    header, payload, signature = _open(compact, max_size, decode or _decode_part)
    if header.typ != typ:
        raise _malformed(f"its type is not {typ}")
    key = key_for(header)
    if not isinstance(key.curve, ec.SECP256R1):
        raise _refused_algorithm()
    if header.x5c and certificate_key(header.x5c[0]) != key:
        raise _malformed("its certificate is not that of the key it is checked with")
    if len(signature) != 2 * COORDINATE:
        raise _bad_signature()
    r, s = (int.from_bytes(half) for half in (signature[:COORDINATE], signature[COORDINATE:]))
    signed = compact[: compact.rindex(".")].encode("ascii")
    try:
        key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise _bad_signature() from error
    return payload


def payload_object(payload: bytes) -> dict[str, Any]:
    """Return the JSON object that a payload is the canonical form of. Raises MalformedObject."""
    return _canonical_object(payload, "payload")


def unverified_payload(compact: str, *, typ: str, max_size: int) -> dict[str, Any]:
    """Return the payload of a JWS whose signature nobody checked: a claim, and no more.

    For showing what an object says where no key is at hand. Raises what `verify` does.
    """
    header, payload, _ = _open(compact, max_size, _decode_part)
    if header.typ != typ:
        raise _malformed(f"its type is not {typ}")
    return payload_object(payload)


def read_header(compact: str, *, max_size: int) -> JwsHeader:
    """Return the header of a compact JWS, its signature unchecked.

    Raises MalformedObject, or UnsupportedAlgorithm for any algorithm but ES256.
    """
    return _open(compact, max_size, _decode_part)[0]


def _open(
    compact: str, max_size: int, decode: Callable[[str], bytes]
) -> tuple[JwsHeader, bytes, bytes]:
    """Return header, payload and signature of a compact JWS, none of them believed yet."""
    if len(compact) > max_size:
        raise _malformed(f"it is larger than {max_size} characters")
    # Not split(), which looks at each of a million characters by itself.
    first, _, rest = compact.partition(".")
    second, dot, third = rest.rpartition(".")
    if not dot or "." in second:
        raise _malformed("it does not have three parts")
    try:
        raw, payload, signature = (decode(part) for part in (first, second, third))
    except ValueError as error:
        raise _malformed("a part is not base64url") from error
    if len(raw) > MAX_HEADER:
        raise _malformed(f"its header is larger than {MAX_HEADER} bytes")
    header = _canonical_object(raw, "header")
    if header.get("alg") != ALGORITHM:
        raise _refused_algorithm()
    foreign = sorted(header.keys() - _MEMBERS)
    if foreign:
        raise _malformed("its header has members that are not taken here")
    typ, kid = header.get("typ"), header.get("kid")
    if not isinstance(typ, str) or not (kid is None or isinstance(kid, str)):
        raise _malformed("its header has not the documented form")
    read = JwsHeader(typ=typ, kid=kid, x5c=_certificates(header.get("x5c", [])))
    return read, payload, signature


def certificate_key(der: bytes) -> ec.EllipticCurvePublicKey:
    """Return the P-256 key of a certificate (DER).

    Raises MalformedObject, or UnsupportedAlgorithm for any other kind of key.
    """
    key = keys.load_spki(certificate.parse(der).spki).key
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _refused_algorithm()
    return key


def _certificates(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_CERTIFICATES:
        raise _malformed("its certificates are no short list")
    try:
        return tuple(base64.b64decode(item, validate=True) for item in value)
    except (TypeError, ValueError) as error:
        raise _malformed("its certificates are not base64") from error


def _canonical_object(data: bytes, part: str) -> dict[str, Any]:
    """Return the JSON object in `data`, which must be written as RFC 8785 writes it.

    So that one object has one form: no member twice, no spaces, no second spelling of a number.
    """
    try:
        value = json.loads(data)
        canonical = rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"its {part} is not JSON") from error
    if not isinstance(value, dict) or canonical != data:
        raise _malformed(f"its {part} is not a JSON object in canonical form")
    return value


def _encode_part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode_part(part: str) -> bytes:
    """Return the bytes of unpadded base64url in its one canonical spelling. Raises ValueError."""
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise ValueError("another spelling of the same bytes")
    return data


def _bad_signature() -> BadSignature:
    return BadSignature(
        "A signed object was changed, or another key signed it.",
        next_step="Do not rely on it; get it again from where it was issued.",
    )


def _refused_algorithm() -> UnsupportedAlgorithm:
    return UnsupportedAlgorithm(
        f"The object is not signed with {ALGORITHM}.",
        next_step="Do not rely on it; get it again from where it was issued.",
    )


def _malformed(why: str) -> MalformedObject:
    return MalformedObject(
        f"The signed object is not taken: {why}.",
        next_step="Get it again from where it was issued.",
    )
