"""Entries as nearly all are, by a pattern: one look at C's speed proves the form of hundreds.

Lives here: the form "lengths of one octet, a UTCTime, a lone reason code or no extension". What
matches is right by every rule of the walk; what does not is left to it. Not here: values (`parse`),
and lists whose entries do not fit in memory (`columns`).
Source: RFC 5280 sections 5.1.2.6 and 5.3.1; ITU-T X.690 section 8.3.2 (shortest integers).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from crl.extensions import ONLY_REASON
from crl.limits import MAX_SERIAL
from crl.status import ReasonCode

WITHOUT_REASON = 17  # octets of an entry's contents beside the serial's own
WITH_REASON = WITHOUT_REASON + len(ONLY_REASON) + 1
LONGEST = 2 + MAX_SERIAL + WITH_REASON
"""Octets of the longest such entry."""
MAX_AT_ONCE = 64 * 1024  # octets: the matcher keeps some memory for every entry

_ANY = rb"[\x00-\xff]"
_DAY = (
    rb"(?:[0-9]{2}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    rb"|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
    rb"|(?:[02468][048]|[13579][26])0229)"  # of 1950 to 2049 every fourth year is a leap year
)
_TIME = rb"\x17\x0d" + _DAY + rb"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z"


def _serial(size: int) -> bytes:
    """Return the pattern of an INTEGER of `size` octets in its shortest form."""
    if size == 1:
        return re.escape(b"\x02\x01") + _ANY
    first = rb"(?:[\x01-\xfe]" + _ANY + rb"|\x00[\x80-\xff]|\xff[\x00-\x7f])"
    return re.escape(bytes([0x02, size])) + first + _ANY + b"{%d}" % (size - 2)


def _entry(reasons: Iterable[ReasonCode]) -> bytes:
    codes = b"".join(re.escape(bytes([code])) for code in sorted(reasons))
    reason = re.escape(ONLY_REASON) + b"[" + codes + b"]"
    contents: dict[int, list[bytes]] = {}
    for size in range(1, MAX_SERIAL + 1):
        for length, extensions in ((WITHOUT_REASON, b""), (WITH_REASON, reason)):
            contents.setdefault(length + size, []).append(_serial(size) + _TIME + extensions)
    forms = [
        re.escape(bytes([length])) + b"(?:" + b"|".join(found) + b")"
        for length, found in sorted(contents.items())
    ]
    return rb"\x30(?:" + b"|".join(forms) + b")"


@cache  # takes long: compiled when the first list is read, not when the terminal starts
def _one() -> re.Pattern[bytes]:
    return re.compile(_entry(ReasonCode))


@cache
def _all(delta: bool) -> re.Pattern[bytes]:
    reasons = {*ReasonCode} if delta else {*ReasonCode} - {ReasonCode.REMOVE_FROM_CRL}
    return re.compile(b"(?:" + _entry(reasons) + b")*")


def begins_plain(octets: bytes) -> bool:
    """Return whether a plain entry, of whatever list, stands at the beginning."""
    return _one().match(octets) is not None


def all_plain(entries: bytes, *, delta: bool) -> bool:
    """Return whether these octets are plain entries and nothing else.

    `delta`: removeFromCRL is among the reasons. Octets beyond MAX_AT_ONCE are not looked at.
    """
    return len(entries) <= MAX_AT_ONCE and _all(delta).fullmatch(entries) is not None
