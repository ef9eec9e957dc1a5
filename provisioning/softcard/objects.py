"""Data objects inside command data, refused with a status word where they are malformed.

Lives here: the two forms the authentication commands use. Not here: TLV itself (`reader.tlv`).
Source: Doc 9303-11 sections 4.4.4 (templates of MSE:Set and GENERAL AUTHENTICATE), 9.3.3.
"""

from __future__ import annotations

from provisioning.softcard.command import SW, Refused
from reader import tlv
from reader.errors import MalformedData

DYNAMIC_AUTHENTICATION_DATA = 0x7C


def by_tag(data: bytes) -> dict[int, bytes]:
    """Return the objects that fill `data`, in any order. Raises Refused."""
    try:
        return {item.tag: item.value for item in tlv.iterate(data)}
    except MalformedData as error:
        raise Refused(SW.INCORRECT_DATA) from error


def dynamic(data: bytes, tag: int | None) -> bytes:
    """Return the one object in the template; with `tag` None the template is empty.

    Raises Refused.
    """
    try:
        inside = tlv.unwrap(data, DYNAMIC_AUTHENTICATION_DATA)
        if tag is not None:
            return tlv.unwrap(inside, tag)
    except MalformedData as error:
        raise Refused(SW.INCORRECT_DATA) from error
    if inside:
        raise Refused(SW.INCORRECT_DATA)
    return b""
