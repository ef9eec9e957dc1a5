"""When the next certificate is due: at two thirds of the life of the one there is.

Not here: asking for it (`renewal`). By itself, since a running terminal asks this at each pass and
hardly ever needs the rest.
"""

from __future__ import annotations

from datetime import datetime

from verify import certificate
from verify.errors import VerifyError


def is_due(own: bytes | None, at: datetime) -> bool:
    """Return whether two thirds of the life of a certificate (DER) are over at `at` (UTC).

    By a clock that is behind it is due later, by one that is ahead earlier: neither does harm.
    None, and what is no certificate, is never due: the way there is another.
    """
    if own is None:
        return False
    try:
        found = certificate.parse(own)
    except VerifyError:
        return False
    return at >= found.not_before + (found.not_after - found.not_before) * 2 / 3
