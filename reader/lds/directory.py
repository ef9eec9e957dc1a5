"""EF.DIR: which applications the chip names.

Lives here: application templates (61) and bare application identifiers (4F). Not here: which
application is opened (`reader.read`). The file is unsigned; its signed copy is the EFDIRInfo of
EF.CardSecurity (`security_infos`).
Source: Doc 9303-10 section 3.11.2; ISO/IEC 7816-4:2020 sections 12.2.2 and 12.2.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader import tlv
from reader.lds import text
from reader.lds.asn1 import malformed, require_size, untemplated
from reader.tlv import Tlv

MAX_DIR = 2048  # bytes
MAX_APPLICATIONS = 32
AID_SIZES = range(5, 17)  # bytes, ISO/IEC 7816-4 section 12.2.3

_WHERE = "EF.DIR"
_TEMPLATE = 0x61
_IDENTIFIER = 0x4F
_LABEL = 0x50
_MAX_LABEL = 16  # bytes


@dataclass(frozen=True, slots=True)
class Application:
    """One application: its data object, and what is read from it. Raises MalformedData."""

    object: Tlv
    """An application template, or the identifier alone."""
    aid: bytes = field(init=False, compare=False)
    label: str = field(init=False, compare=False)
    """For people; empty where there is none."""

    def __post_init__(self) -> None:
        inside = tlv.iterate(self.object.value) if self.object.tag == _TEMPLATE else [self.object]
        by_tag: dict[int, bytes] = {}
        for item in inside:
            if item.tag in by_tag:
                raise malformed(_WHERE, "an application says something twice")
            by_tag[item.tag] = item.value
        aid, label = by_tag.get(_IDENTIFIER, b""), by_tag.get(_LABEL, b"")
        if len(aid) not in AID_SIZES or len(label) > _MAX_LABEL:
            raise malformed(_WHERE, "an application has no identifier, or too long a label")
        object.__setattr__(self, "aid", aid)
        object.__setattr__(self, "label", text.utf8(label, _WHERE))


@dataclass(frozen=True, slots=True)
class Directory:
    """The applications, in the order of the file."""

    applications: tuple[Application, ...]

    def to_bytes(self) -> bytes:
        """Return the file."""
        return b"".join(entry.object.to_bytes() for entry in self.applications)


def parse(data: bytes) -> Directory:
    """Read EF.DIR; padding behind the last object is passed over. Raises MalformedData."""
    require_size(data, MAX_DIR, _WHERE)
    return Directory(tuple(map(Application, untemplated(data, MAX_APPLICATIONS, _WHERE))))
