"""EF.COM: version and list of the data groups. Unsigned: never a basis for a decision.

Source: Doc 9303-10 section 4.6.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from reader import tlv
from reader.lds.asn1 import malformed, members, require_size
from reader.lds.files import FileId

MAX_COM = 1024  # bytes

_WHERE = "EF.COM"
_TEMPLATE = 0x60
_LDS_VERSION = 0x5F01
_UNICODE_VERSION = 0x5F36
_TAG_LIST = 0x5C
_BY_TAG = {file.tag: file for file in FileId if file.data_group is not None}


@dataclass(frozen=True, slots=True)
class Com:
    """What EF.COM claims: LDS version ("0107"), Unicode version ("040000"), the data groups."""

    lds_version: str
    unicode_version: str
    data_groups: tuple[FileId, ...]

    def to_bytes(self) -> bytes:
        """Return EF.COM."""
        tags = bytes(file.tag for file in self.data_groups if file.tag is not None)
        lds = tlv.encode(_LDS_VERSION, self.lds_version.encode("ascii"))
        unicode = tlv.encode(_UNICODE_VERSION, self.unicode_version.encode("ascii"))
        return tlv.encode(_TEMPLATE, lds + unicode + tlv.encode(_TAG_LIST, tags))


def parse(data: bytes) -> Com:
    """Read EF.COM. Raises MalformedData."""
    require_size(data, MAX_COM, _WHERE)
    content = tlv.unwrap(data, _TEMPLATE)
    lds, unicode, tags = members(content, (_LDS_VERSION, _UNICODE_VERSION, _TAG_LIST), _WHERE)
    groups = tuple(_BY_TAG[tag] for tag in tags if tag in _BY_TAG)
    if len(groups) != len(tags) or len(set(groups)) != len(groups):
        raise malformed(_WHERE, "its tag list names something that is no data group, or one twice")
    return Com(_digits(lds, 4), _digits(unicode, 6), groups)


def _digits(value: bytes, length: int) -> str:
    if len(value) != length or not value.isdigit():
        raise malformed(_WHERE, f"a version is not {length} digits")
    return value.decode("ascii")
