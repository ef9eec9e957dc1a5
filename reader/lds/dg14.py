"""DG14: the signed copy of the chip's SecurityInfos.

Source: Doc 9303-10 section 4.7.14. The values are `security_infos`'s.
"""

from __future__ import annotations

from reader import tlv
from reader.lds import security_infos
from reader.lds.security_infos import SecurityInfos

_TEMPLATE = 0x6E


def parse(data: bytes) -> SecurityInfos:
    """Read DG14. Raises MalformedData."""
    return security_infos.parse(tlv.unwrap(data, _TEMPLATE))


def encode(infos: SecurityInfos) -> bytes:
    """Return DG14 with these SecurityInfos."""
    return tlv.encode(_TEMPLATE, infos.to_bytes())
