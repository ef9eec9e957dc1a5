"""One signature, one key: does it hold, and is it strong enough.

Lives here: RSA PKCS #1 v1.5 and PSS, ECDSA as a SEQUENCE or plain, DSA, over data or over a
digest taken beforehand; EdDSA over data. Not here: ECDSA over curves that the library lacks
(`ecdsa`), RSA with message recovery (`iso9796`), and who may sign what.
Source: RFC 8017 section 8, FIPS 186-5 section 6, FIPS 186-4 section 4.7, RFC 8032, BSI TR-03111
section 5.2.1.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as LibraryLacks
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa, utils

from reader import curves
from verify.algorithms import Kind, Scheme, scheme, unsupported
from verify.ecdsa import CurveKey
from verify.errors import AlgorithmNotAllowed, BadSignature
from verify.keys import ED25519_BITS, EdKey, PublicKey
from verify.policy import MINIMUM, Algorithms

_EDDSA, _OVER_CURVES = Kind.EDDSA, Kind.ECDSA
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 -- no policy of the product allows it
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_ECDSA = {name: ec.ECDSA(one) for name, one in _HASHES.items()}


def verify(
    key: PublicKey,
    algorithm: bytes,
    signature: bytes,
    data: bytes,
    *,
    allowed: Algorithms = MINIMUM,
    digest: str | None = None,
) -> Scheme:
    """Return the scheme under which `signature` over `data` holds.

    `algorithm` is an AlgorithmIdentifier (DER), `digest` the hash named beside it (CMS).
    Raises BadSignature, AlgorithmNotAllowed, UnsupportedAlgorithm or MalformedObject.
    """
    used = scheme(algorithm, digest)
    verify_scheme(key, used, signature, data, allowed=allowed)
    return used


def verify_prehashed(
    key: PublicKey,
    algorithm: bytes,
    signature: bytes,
    digest: bytes,
    *,
    allowed: Algorithms = MINIMUM,
) -> Scheme:
    """Do as `verify` for data whose digest, by the algorithm's own hash, was taken already."""
    used = scheme(algorithm)
    verify_scheme(key, used, signature, digest, allowed=allowed, prehashed=True)
    return used


def verify_scheme(
    key: PublicKey,
    used: Scheme,
    signature: bytes,
    data: bytes,
    *,
    allowed: Algorithms = MINIMUM,
    prehashed: bool = False,
) -> None:
    """Return if `signature` holds under a scheme that is known already; raises as `verify`."""
    require_allowed(used, allowed)
    require_key_allowed(key, allowed)
    require_curve_allowed(key, allowed)
    verify_any(key, used, signature, data, prehashed=prehashed)


def verify_any(
    key: PublicKey, used: Scheme, signature: bytes, data: bytes, *, prehashed: bool = False
) -> None:
    """Return if `signature` holds, however weak: for whoever judges the strength apart.

    Raises BadSignature or UnsupportedAlgorithm.
    """
    if used.kind is _EDDSA:
        _verify_eddsa(key, used, signature, data, prehashed=prehashed)
        return
    if isinstance(key.key, CurveKey):
        _verify_in_python(key.key, used, signature, data, prehashed=prehashed)
        return
    public = key.key
    try:
        over = _over(used, data) if prehashed else _HASHES[used.hash]
        if used.kind is _OVER_CURVES and isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(over) if prehashed else _ECDSA[used.hash])
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, _padding(key, used), over)
        elif used.kind is Kind.ECDSA_PLAIN and isinstance(public, ec.EllipticCurvePublicKey):
            r, s = _plain_pair(_order(public), signature)
            public.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(over))
        elif used.kind is Kind.DSA and isinstance(public, dsa.DSAPublicKey):
            public.verify(signature, data, over)
        else:
            raise bad_signature()
    except (InvalidSignature, ValueError) as error:
        raise bad_signature() from error
    except LibraryLacks as error:
        raise unsupported(f"signature scheme {used.name}") from error


def require_allowed(used: Scheme, allowed: Algorithms) -> None:
    """Raise AlgorithmNotAllowed where a scheme, or a hash that it rests on, is not allowed."""
    if used.kind not in allowed.kinds:
        raise _not_allowed(f"signature of kind {used.kind.value}")
    if used.kind is _EDDSA:
        return  # its hash is part of the scheme: the key alone says how strong it is
    require_hash_allowed(used.hash, allowed)
    if used.mask_hash is not None:
        require_hash_allowed(used.mask_hash, allowed)


def require_hash_allowed(name: str, allowed: Algorithms) -> None:
    """Raise AlgorithmNotAllowed for a hash that is not among `allowed`."""
    if name not in allowed.hashes:
        raise _not_allowed(f"hash algorithm {name}")


def require_key_allowed(key: PublicKey, allowed: Algorithms) -> None:
    """Raise AlgorithmNotAllowed for a key that is too short."""
    least = allowed.rsa_bits if key.modular else allowed.ec_bits
    if key.bits < least:
        raise too_short(key.bits)


def require_curve_allowed(key: PublicKey, allowed: Algorithms) -> None:
    """Raise UnsupportedAlgorithm for a curve of our own arithmetic where none is allowed."""
    if isinstance(key.key, CurveKey) and not allowed.slow_curves:
        raise unsupported(f"elliptic curve {key.key.curve.name}")


def too_short(bits: int) -> AlgorithmNotAllowed:
    """Return the error for a key that is too short."""
    return _not_allowed(f"key of {bits} bits")


def bad_signature() -> BadSignature:
    """Return the error for a signature that does not hold."""
    return BadSignature(
        "A signature does not hold: the data were changed, or another key signed them.",
        next_step="Do not rely on the data; get them again from where they were issued.",
    )


def _verify_eddsa(
    key: PublicKey, used: Scheme, signature: bytes, data: bytes, *, prehashed: bool
) -> None:
    """Return if an Ed25519 or Ed448 signature holds; it is made over the data alone (RFC 8032)."""
    if prehashed:
        raise unsupported("EdDSA over a digest")
    scheme_hash = "sha512" if key.bits == ED25519_BITS else "shake256"
    if not isinstance(key.key, EdKey) or used != Scheme(Kind.EDDSA, scheme_hash):
        raise bad_signature()
    try:
        key.key.verify(signature, data)
    except InvalidSignature as error:
        raise bad_signature() from error


def _padding(key: PublicKey, used: Scheme) -> padding.PKCS1v15 | padding.PSS:
    if used.kind is Kind.RSA_PKCS1 and not key.pss_only:
        return padding.PKCS1v15()
    if used.kind is not Kind.RSA_PSS or used.mask_hash is None or used.salt_length is None:
        raise bad_signature()
    least = key.pss
    if least is not None and (
        (least.hash, least.mask_hash) != (used.hash, used.mask_hash)
        or (least.salt_length or 0) > used.salt_length
    ):
        raise bad_signature()
    return padding.PSS(padding.MGF1(_HASHES[used.mask_hash]), used.salt_length)


def _over(used: Scheme, digest: bytes) -> utils.Prehashed:
    chosen = _HASHES[used.hash]
    if len(digest) != chosen.digest_size:
        raise bad_signature()
    return utils.Prehashed(chosen)


def _order(key: ec.EllipticCurvePublicKey) -> int:
    curve = curves.by_name(key.curve.name)
    if curve is None:
        raise bad_signature()
    return curve.n


def _plain_pair(order: int, signature: bytes) -> tuple[int, int]:
    """Return r and s of a plain signature, which stand side by side (TR-03111 section 5.2.1)."""
    size = (order.bit_length() + 7) // 8
    if len(signature) != 2 * size:
        raise bad_signature()
    return int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")


def _verify_in_python(
    key: CurveKey, used: Scheme, signature: bytes, data: bytes, *, prehashed: bool
) -> None:
    if prehashed:
        _over(used, data)  # of the right length
    match used.kind:
        case Kind.ECDSA_PLAIN:
            r, s = _plain_pair(key.curve.n, signature)
        case Kind.ECDSA:
            try:
                r, s = utils.decode_dss_signature(signature)
            except ValueError as error:
                raise bad_signature() from error
        case _:
            raise bad_signature()
    if not key.verify(r, s, data if prehashed else hashlib.new(used.hash, data).digest()):
        raise bad_signature()


def _not_allowed(what: str) -> AlgorithmNotAllowed:
    return AlgorithmNotAllowed(
        f"A {what} is too weak to rely on.",
        next_step="Check the document by other means, and tell its issuer.",
    )
