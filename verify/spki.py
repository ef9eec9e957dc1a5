"""SubjectPublicKeyInfo taken apart: algorithm, parameters, octets of the key.

Lives here: its outer form, and runs of INTEGERs, of which most keys are made. Not here: keys that
can be used (`keys`), and whose key it is (`identity`).
Source: RFC 5280 section 4.1.2.7; RFC 3279 section 2.3.
"""

from __future__ import annotations

from typing import NamedTuple

from verify import der
from verify.asn1 import malformed

MAX_SPKI = 4096  # bytes
_WHAT = "public key"


class Parts(NamedTuple):
    """What a SubjectPublicKeyInfo says, unjudged."""

    algorithm: str
    """Dotted."""
    parameters: bytes | None
    """As they stand, with their tag; None where there are none."""
    octets: bytes
    """Of the BIT STRING, which has no bit to spare."""


def parts(spki: bytes) -> Parts:
    """Return the parts of a SubjectPublicKeyInfo (DER). Raises MalformedObject."""
    if len(spki) > MAX_SPKI:
        raise malformed(_WHAT, f"it is larger than {MAX_SPKI} bytes")
    pair = der.sequence(spki, _WHAT)
    if len(pair) != 2 or pair[0][0] != der.SEQUENCE or pair[1][0] != der.BIT_STRING:
        raise malformed(_WHAT, "it does not have its two parts")
    (_, _, start, stop), (_, _, bits, end) = pair
    if bits == end or spki[bits]:
        raise malformed(_WHAT, "it is not a whole number of bytes")
    identified = der.members(spki, start, stop, _WHAT)
    if not 0 < len(identified) <= 2 or identified[0][0] != der.OID:
        raise malformed(_WHAT, "its algorithm is not identified")
    _, _, start, stop = identified[0]
    parameters = None
    if len(identified) == 2:
        _, at, _, after = identified[1]
        parameters = spki[at:after]
    return Parts(der.dotted(spki[start:stop]), parameters, spki[bits + 1 : end])


def integers(data: bytes, count: int) -> list[int]:
    """Return the INTEGERs, so many, in the SEQUENCE that is all of `data`."""
    found = der.sequence(data, _WHAT)
    if len(found) != count or any(tag != der.INTEGER for tag, *_ in found):
        raise malformed(_WHAT, "its numbers are not those of its algorithm")
    return [der.integer(data, start, stop, _WHAT) for _, _, start, stop in found]


def lone_integer(data: bytes) -> int:
    """Return the INTEGER that is all of `data`."""
    start, stop = der.inside(data, 0, len(data), der.INTEGER, _WHAT)
    return der.integer(data, start, stop, _WHAT)
