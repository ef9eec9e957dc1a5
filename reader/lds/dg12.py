"""DG12: more about the document: who issued it, when, and what was noted in it.

Source: Doc 9303-10 section 4.7.12, tables 73 and 74; what issuers make of it: `details`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reader.lds import dates, details
from reader.tlv import Tlv

_WHERE = "DG12"
_TEMPLATE = 0x6C
_AUTHORITY = 0x5F19
_ISSUED = 0x5F26
_OTHER_PERSON = 0x5F1A
_OBSERVATIONS = 0x5F1B
_TAX = 0x5F1C
_FRONT = 0x5F1D
_REAR = 0x5F1E
_PERSONALISED = 0x5F55
_SYSTEM = 0x5F56

_TEXTS = {"system": _SYSTEM}
_FREE_TEXTS = {
    "authority": _AUTHORITY,
    "observations": _OBSERVATIONS,
    "tax": _TAX,
}
_ORDER = (
    _AUTHORITY,
    _ISSUED,
    details.NAMES,
    _OBSERVATIONS,
    _TAX,
    _FRONT,
    _REAR,
    _PERSONALISED,
    _SYSTEM,
)


@dataclass(frozen=True, slots=True, repr=False)
class Dg12:
    """The file's objects, and what is read from them; empty is absent. Raises MalformedData."""

    objects: tuple[Tlv, ...]
    tags: tuple[int, ...] = field(init=False, compare=False)
    """The list of tags as it stands: issuers leave some out."""
    authority: str = field(init=False, compare=False)
    issued: str = field(init=False, compare=False)
    """yyyy-mm-dd, as far as it is known."""
    other_persons: tuple[str, ...] = field(init=False, compare=False)
    """Names in the document beside the holder's, with fillers where the issuer puts them."""
    observations: str = field(init=False, compare=False)
    tax: str = field(init=False, compare=False)
    """Requirements of tax or exit."""
    front: bytes = field(init=False, compare=False)
    """A picture of the document, not looked at: some issuers fill it otherwise. So `rear`."""
    rear: bytes = field(init=False, compare=False)
    personalised: str = field(init=False, compare=False)
    """yyyy-mm-ddThh:mm:ss, in no zone that the card would say."""
    system: str = field(init=False, compare=False)
    """Serial number of the system that personalised the document."""

    def __post_init__(self) -> None:
        found = details.by_tag(self.objects, _OTHER_PERSON, _WHERE)
        issued, personalised = found.get(_ISSUED), found.get(_PERSONALISED)
        views: dict[str, object] = {
            **details.views(found, _TEXTS, _FREE_TEXTS, {}, _WHERE),
            "issued": "" if issued is None else dates.day(issued, _WHERE),
            "other_persons": details.names(self.objects, _OTHER_PERSON, _WHERE),
            "front": found.get(_FRONT, b""),
            "rear": found.get(_REAR, b""),
            "personalised": "" if personalised is None else dates.moment(personalised, _WHERE),
        }
        for name, view in views.items():
            object.__setattr__(self, name, view)

    @classmethod
    def of(
        cls,
        *,
        authority: str = "",
        issued: str = "",
        other_persons: Sequence[str] = (),
        observations: str = "",
        tax: str = "",
        front: bytes = b"",
        rear: bytes = b"",
        personalised: str = "",
        system: str = "",
    ) -> Dg12:
        """Return DG12 of these values, in the order of the standard."""
        values = {
            _AUTHORITY: authority.encode(),
            _ISSUED: dates.encode(issued) if issued else b"",
            _OBSERVATIONS: observations.encode(),
            _TAX: tax.encode(),
            _FRONT: front,
            _REAR: rear,
            _PERSONALISED: dates.encode(personalised) if personalised else b"",
            _SYSTEM: system.encode(),
        }
        return cls(details.make(_ORDER, values, other_persons, _OTHER_PERSON))

    def __repr__(self) -> str:
        return f"Dg12({len(self.objects)} objects)"

    def to_bytes(self) -> bytes:
        """Return DG12."""
        return details.encode(self.objects, _TEMPLATE)


def parse(data: bytes) -> Dg12:
    """Read DG12. Raises MalformedData."""
    return Dg12(details.parse(data, _TEMPLATE, _WHERE))
