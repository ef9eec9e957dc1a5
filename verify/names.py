"""Distinguished names that compare as RFC 5280 section 7.1 asks.

Lives here: a Name to an opaque key (order kept: for chaining and lists) and to the multiset of
its attributes (order lost: for a CMS signer identifier only). Not here: who has which name.
Source: RFC 5280 section 7.1, RFC 4518 section 2 (case folded, NFKC, insignificant spaces).
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache
from typing import Any

from asn1crypto import core, x509

from verify.asn1 import fence, load, malformed

MAX_NAME = 4096  # bytes
MAX_ATTRIBUTES = 64

_WHAT = "name"
_STRINGS = (
    core.PrintableString,
    core.UTF8String,
    core.TeletexString,
    core.BMPString,
    core.UniversalString,
    core.IA5String,
    core.NumericString,
    core.VisibleString,
)


@lru_cache(maxsize=1024)
def name_key(der_name: bytes) -> bytes:
    """Return an opaque key (32 bytes), equal exactly for equal Names. Raises MalformedObject."""
    running = hashlib.sha256()
    for relative in _attributes(der_name):
        running.update(len(relative).to_bytes(4, "big"))
        for attribute in sorted(relative):
            for part in attribute:
                running.update(len(part).to_bytes(4, "big") + part)
    return running.digest()


@lru_cache(maxsize=1024)
def attribute_multiset(der_name: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return a Name's attributes sorted, equal for Names that differ in their order only.

    Malaysia's signer identifiers list them in another order than the certificate.
    """
    return tuple(sorted(pair for relative in _attributes(der_name) for pair in relative))


def _attributes(der_name: bytes) -> list[list[tuple[bytes, bytes]]]:
    """Return per relative name the pairs (type, normalised value)."""
    name = load(x509.Name, der_name, MAX_NAME, _WHAT)
    with fence(_WHAT):
        relatives = [
            [(pair["type"].dotted.encode(), _normalised(pair["value"])) for pair in relative]
            for relative in name.chosen
        ]
    if sum(map(len, relatives)) > MAX_ATTRIBUTES or not all(relatives):
        raise malformed(_WHAT, "it has too many attributes, or an empty part")
    return relatives


def _normalised(value: Any) -> bytes:
    """Return a value to compare: prepared text for strings, the encoding for anything else."""
    chosen = value.chosen if isinstance(value, core.Choice) else value
    if not isinstance(chosen, _STRINGS):
        return b"\x00" + bytes(chosen.dump())
    text = unicodedata.normalize("NFKC", str(chosen.native)).casefold()
    kept = (" " if c.isspace() else c for c in text if unicodedata.category(c) != "Cf")
    return b"\x01" + " ".join("".join(kept).split()).encode()
