"""RSA signatures with message recovery, in which a chip answers active authentication.

Lives here: ISO/IEC 9796-2 digital signature scheme 1 as Doc 9303-11 section 6.1.2.2 narrows it:
partial recovery, one trailer for each hash, and a recovered part of full length, so that not one
bit of the signature is free. Not here: which hash and which key are strong enough (`active_auth`).
Source: Doc 9303-11 section 6.1.2.2 and appendix F; ISO/IEC 9796-2 B.6 (the signature is the power
itself) and B.4 (it is the smaller of the power and its complement), of which Doc 9303 asks both.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric import rsa

from verify.algorithms import unsupported
from verify.signatures import bad_signature

_HEADER = b"\x6a"  # partial recovery, no padding
_NIBBLE = 0xC  # in which every trailer ends
_TRAILER_SHA1 = b"\xbc"  # option 1
_TRAILERS = {  # option 2
    b"\x38\xcc": "sha224",
    b"\x34\xcc": "sha256",
    b"\x36\xcc": "sha384",
    b"\x35\xcc": "sha512",
}


def verify(key: rsa.RSAPublicKey, signature: bytes, rest: bytes) -> str:
    """Return the hash with which `signature`, over M1 and `rest`, holds.

    `rest` is M2, what the signature does not carry: the terminal's challenge.
    Raises BadSignature, or UnsupportedAlgorithm for a modulus that is not of whole bytes.
    """
    numbers = key.public_numbers()
    size, odd_bits = divmod(key.key_size, 8)
    if odd_bits:
        raise unsupported(f"message recovery from a modulus of {key.key_size} bits")
    value = int.from_bytes(signature, "big")
    if len(signature) != size or not 0 < value < numbers.n:
        raise bad_signature()
    opened = pow(value, numbers.e, numbers.n)
    if opened & 0xF != _NIBBLE:
        opened = numbers.n - opened  # B.4
    return recover(opened.to_bytes(size, "big"), rest)


def recover(representative: bytes, rest: bytes) -> str:
    """Return the hash that binds `rest` to a message representative F = 6A || M1 || H || trailer.

    Raises BadSignature for any other form, and where the hash is not that of M1 || rest.
    """
    name, trailer = _hash(representative)
    digest = len(representative) - trailer - hashlib.new(name).digest_size
    if representative[:1] != _HEADER or digest <= 1:
        raise bad_signature()
    message = representative[1:digest] + rest
    if hashlib.new(name, message).digest() != representative[digest:-trailer]:
        raise bad_signature()
    return name


def _hash(representative: bytes) -> tuple[str, int]:
    """Return the hash that the trailer names, and the trailer's length."""
    if representative[-1:] == _TRAILER_SHA1:
        return "sha1", 1
    name = _TRAILERS.get(representative[-2:])
    if name is None:
        raise bad_signature()
    return name, 2
