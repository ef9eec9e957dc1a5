"""Strict DER where it lies, without copies: enough to walk a list of millions of entries.

Lives here: heads, and the primitive types that CRLs use, read at offsets of octets in memory.
Not here: what the fields mean (`parse`). Wrong octets raise ListMalformed.
Source: ITU-T X.690 sections 8 and 10; times: RFC 5280 sections 5.1.2.4 to 5.1.2.6.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from crl.errors import ListMalformed, ListTooLarge

MAX_LENGTH_OCTETS = 4  # after the first octet of a long length


# Identifier octets that occur in a CRL.
BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
ENUMERATED = 0x0A
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30

_LONG_TAGS = frozenset(tag for tag in range(256) if tag & 0x1F == 0x1F)
"""Identifier octets after which more follow."""

Octets = bytes | memoryview

CONSTRUCTED = 0x20  # bit 6 of an identifier octet


def malformed(why: str) -> ListMalformed:
    """Return the error for octets that are not the CRL they should be."""
    return ListMalformed(
        f"The revocation list is malformed: {why}.",
        next_step="Fetch the list again; the one held before stays in force.",
    )


def too_large(what: str) -> ListTooLarge:
    """Return the error for a cap of `limits` that was passed."""
    return ListTooLarge(
        f"The revocation list is too large: {what}.",
        next_step="Fetch it again from the office; the one held before stays in force.",
    )


def head(view: Octets, at: int, end: int) -> tuple[int, int, int]:
    """Return (tag, start, stop) of the value whose identifier octet is at `at`, inside `end`."""
    start = at + 2
    if start > end:
        raise malformed("it ends where a value should begin")
    tag, length = view[at], view[at + 1]
    if tag in _LONG_TAGS:
        raise malformed("a tag has more than one octet")
    if length >= 0x80:
        size = length & 0x7F
        if not 0 < size <= MAX_LENGTH_OCTETS or start + size > end:
            raise malformed("a length is indefinite, too long or cut short")
        length = int.from_bytes(view[start : start + size], "big")
        if length < 0x80 or length >> 8 * (size - 1) == 0:
            raise malformed("a length is not in its shortest form")
        start += size
    stop = start + length
    if stop > end:
        raise malformed("a value is cut short")
    return tag, start, stop


Member = tuple[int, int, int, int]
"""Tag, where its identifier octet stands, where its contents begin, where they end."""


def members(view: Octets, at: int, end: int) -> list[Member]:
    """Return the values from `at` to `end`, as far as their heads lie in `view`."""
    found: list[Member] = []
    seen = end if len(view) >= end else len(view) - MAX_LENGTH_OCTETS - 1
    try:
        while at < seen:
            tag, length = view[at], view[at + 1]
            if length < 0x80 and tag not in _LONG_TAGS:  # as nearly all are
                start = at + 2
                stop = start + length
            else:
                tag, start, stop = head(view, at, end)
            found.append((tag, at, start, stop))
            at = stop
    except IndexError:
        at = end + 1
    if at > end:
        raise malformed("a value is cut short")
    return found


def expect(view: Octets, at: int, end: int, tag: int, what: str) -> tuple[int, int]:
    """Return (start, stop) of the value at `at`, which must carry `tag`."""
    found, start, stop = head(view, at, end)
    if found != tag:
        raise malformed(f"{what} carries tag {found:02X} instead of {tag:02X}")
    return start, stop


def integer(view: Octets, start: int, stop: int, cap: int, what: str) -> int:
    """Return an INTEGER's or ENUMERATED's value of at most `cap` octets, minimally encoded."""
    size = stop - start
    if not 0 < size <= cap:
        raise malformed(f"{what} is empty or longer than {cap} octets")
    if size > 1 and view[start] in (0x00, 0xFF) and (view[start] ^ view[start + 1]) < 0x80:
        raise malformed(f"{what} is not in its shortest form")
    return int.from_bytes(view[start:stop], "big", signed=True)


def boolean(view: Octets, start: int, stop: int, what: str) -> bool:
    """Return a BOOLEAN's value. A default FALSE that is written out is let pass."""
    if stop - start != 1 or view[start] not in (0x00, 0xFF):
        raise malformed(f"{what} is not a DER BOOLEAN")
    return view[start] == 0xFF


def time(view: Octets, start: int, stop: int, tag: int, what: str) -> datetime:
    """Return a UTCTime or GeneralizedTime in UTC: with seconds, without fractions, ending in Z."""
    moment = _known_moment(tag, bytes(view[start : min(stop, start + 16)]))
    if moment is None:
        raise malformed(f"{what} is not a time as RFC 5280 writes it")
    return moment


def moment_of(tag: int, text: bytes) -> datetime | None:
    """Return what `time` does, from the contents; None for what is no such time."""
    if tag == UTC_TIME:  # RFC 5280 section 4.1.2.5.1: 50 to 99 are the twentieth century
        text = (b"19" if text[:2] >= b"50" else b"20") + text
    elif tag != GENERALIZED_TIME:
        return None
    if len(text) != 15 or text[14:] != b"Z" or not text[:14].isdigit() or text[8:10] > b"23":
        return None
    try:
        return datetime.fromisoformat(f"{text[:8].decode()}T{text[8:].decode()}")
    except ValueError:
        return None


_known_moment = lru_cache(maxsize=4096)(moment_of)


def well_formed(view: Octets, start: int, stop: int, depth: int, what: str) -> None:
    """Return if `start` to `stop` is a run of whole values nested at most `depth` deep.

    For what another parser will read in full (names, algorithms), before it does.
    """
    while start < stop:
        tag, inner, end = head(view, start, stop)
        if tag & CONSTRUCTED:
            if depth == 0:
                raise malformed(f"{what} is nested too deep")
            well_formed(view, inner, end, depth - 1, what)
        start = end


@lru_cache(maxsize=256)
def require_well_formed(octets: bytes, depth: int, what: str) -> None:
    """Do as `well_formed` for the contents of one SEQUENCE: an issuer's lists share theirs."""
    _, start, stop = head(octets, 0, len(octets))
    well_formed(octets, start, stop, depth, what)
