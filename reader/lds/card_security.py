"""EF.CardSecurity: the SecurityInfos of the master file, signed.

Lives here: finding the signed octets, and the set in them. Not here: the signature, its signer
and their certificates (`verify.cms`): nothing returned here is to be believed before that.
Source: Doc 9303-10 section 3.11.4, Doc 9303-11 section 9.2.11.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader.lds import security_infos, signed_data
from reader.lds.asn1 import require_size
from reader.lds.security_infos import SecurityInfos

MAX_CARD_SECURITY = 64 * 1024  # bytes

CONTENT_TYPE = "0.4.0.127.0.7.3.2.1"
"""id-SecurityObject: what the signed content must say it is."""

_WHERE = "EF.CardSecurity"


@dataclass(frozen=True, slots=True)
class CardSecurity:
    """EF.CardSecurity taken apart, its signature unchecked."""

    content_info: bytes = field(repr=False)
    """The CMS ContentInfo, all of the file, as the card gave it (DER or BER)."""
    signed_content: bytes = field(repr=False)
    """The eContent octets: SecurityInfos, DER."""
    infos: SecurityInfos

    def to_bytes(self) -> bytes:
        """Return the file."""
        return self.content_info


def parse(data: bytes) -> CardSecurity:
    """Read EF.CardSecurity. Raises MalformedData."""
    require_size(data, MAX_CARD_SECURITY, _WHERE)
    signed_content = signed_data.content(data, CONTENT_TYPE, _WHERE)
    return CardSecurity(data, signed_content, content(signed_content))


def content(signed_content: bytes) -> SecurityInfos:
    """Read the eContent octets, as `verify.cms` returns them. Raises MalformedData."""
    return security_infos.parse(signed_content)
