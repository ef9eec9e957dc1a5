"""DG15: the public key of active authentication.

Lives here: the template and the key's outer form. Not here: the key itself (`verify.keys`).
Source: Doc 9303-10 section 4.7.15.
"""

from __future__ import annotations

from reader import tlv
from reader.lds.asn1 import require_public_key, require_size

MAX_DG15 = 8 * 1024  # bytes; an RSA key of 16,384 bits takes 2 KiB

_WHERE = "DG15"
_TEMPLATE = 0x6F


def parse(data: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo (DER) in DG15. Raises MalformedData."""
    require_size(data, MAX_DG15, _WHERE)
    public_key = tlv.unwrap(data, _TEMPLATE)
    require_public_key(public_key, _WHERE)
    return public_key


def encode(public_key: bytes) -> bytes:
    """Return DG15 with a SubjectPublicKeyInfo (DER)."""
    return tlv.encode(_TEMPLATE, public_key)
