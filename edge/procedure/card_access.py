"""What opens a card, as a back office sends it.

Lives here: from its JSON to a password for the chip. Not here: checking its form (the API's schema,
`edge.wire.question`). Source: Doc 9303-11 sections 4.3.2 and 4.4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reader.evidence import Password, PasswordKind
from reader.lds import dg1


def password(access: Mapping[str, Any] | None) -> Password | None:
    """Return the password of {"can"} or {"mrz": {document_number, birth, expiry}}, None of none."""
    if access is None:
        return None
    if "can" in access:
        return Password(PasswordKind.CAN, access["can"])
    zone = access["mrz"]
    information = dg1.mrz_information(zone["document_number"], zone["birth"], zone["expiry"])
    return Password(PasswordKind.MRZ, information)
