"""DG11: more about the holder than the MRZ has room for.

Source: Doc 9303-10 section 4.7.11, tables 71 and 72; what issuers make of it: `details`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reader.lds import dates, details, text
from reader.lds.dg1 import Name, name_of
from reader.tlv import Tlv

_WHERE = "DG11"
_TEMPLATE = 0x6B
_FULL_NAME = 0x5F0E
_OTHER_NAME = 0x5F0F
_PERSONAL_NUMBER = 0x5F10
_BIRTH = 0x5F2B
_PLACE_OF_BIRTH = 0x5F11
_ADDRESS = 0x5F42
_TELEPHONE = 0x5F12
_PROFESSION = 0x5F13
_TITLE = 0x5F14
_SUMMARY = 0x5F15
_PROOF_OF_CITIZENSHIP = 0x5F16
_OTHER_DOCUMENTS = 0x5F17
_CUSTODY = 0x5F18

_TEXTS = {
    "full_name": _FULL_NAME,
    "personal_number": _PERSONAL_NUMBER,
    "telephone": _TELEPHONE,
}
_FREE_TEXTS = {
    "profession": _PROFESSION,
    "title": _TITLE,
    "summary": _SUMMARY,
    "custody": _CUSTODY,
}
_LISTS = {
    "place_of_birth": _PLACE_OF_BIRTH,
    "address": _ADDRESS,
    "other_documents": _OTHER_DOCUMENTS,
}
_ORDER = (
    _FULL_NAME,
    details.NAMES,
    _PERSONAL_NUMBER,
    _BIRTH,
    _PLACE_OF_BIRTH,
    _ADDRESS,
    _TELEPHONE,
    _PROFESSION,
    _TITLE,
    _SUMMARY,
    _PROOF_OF_CITIZENSHIP,
    _OTHER_DOCUMENTS,
    _CUSTODY,
)


@dataclass(frozen=True, slots=True, repr=False)
class Dg11:
    """The file's objects, and what is read from them; empty is absent. Raises MalformedData."""

    objects: tuple[Tlv, ...]
    tags: tuple[int, ...] = field(init=False, compare=False)
    """The list of tags as it stands: issuers leave some out."""
    full_name: str = field(init=False, compare=False)
    """In the national alphabet, with fillers where the issuer puts them."""
    other_names: tuple[str, ...] = field(init=False, compare=False)
    """As `full_name`."""
    personal_number: str = field(init=False, compare=False)
    birth: str = field(init=False, compare=False)
    """yyyy-mm-dd, as far as it is known."""
    place_of_birth: tuple[str, ...] = field(init=False, compare=False)
    address: tuple[str, ...] = field(init=False, compare=False)
    telephone: str = field(init=False, compare=False)
    profession: str = field(init=False, compare=False)
    title: str = field(init=False, compare=False)
    summary: str = field(init=False, compare=False)
    proof_of_citizenship: bytes = field(init=False, compare=False)
    """A picture, not looked at: some issuers fill it otherwise."""
    other_documents: tuple[str, ...] = field(init=False, compare=False)
    """Numbers of other travel documents."""
    custody: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        found = details.by_tag(self.objects, _OTHER_NAME, _WHERE)
        birth = found.get(_BIRTH)
        views: dict[str, object] = {
            **details.views(found, _TEXTS, _FREE_TEXTS, _LISTS, _WHERE),
            "other_names": details.names(self.objects, _OTHER_NAME, _WHERE),
            "birth": "" if birth is None else dates.day(birth, _WHERE),
            "proof_of_citizenship": found.get(_PROOF_OF_CITIZENSHIP, b""),
        }
        for name, view in views.items():
            object.__setattr__(self, name, view)

    @classmethod
    def of(
        cls,
        *,
        full_name: str = "",
        other_names: Sequence[str] = (),
        personal_number: str = "",
        birth: str = "",
        place_of_birth: Sequence[str] = (),
        address: Sequence[str] = (),
        telephone: str = "",
        profession: str = "",
        title: str = "",
        summary: str = "",
        proof_of_citizenship: bytes = b"",
        other_documents: Sequence[str] = (),
        custody: str = "",
    ) -> Dg11:
        """Return DG11 of these values, in the order of the standard."""
        values = {
            _FULL_NAME: full_name.encode(),
            _PERSONAL_NUMBER: personal_number.encode(),
            _BIRTH: dates.encode(birth) if birth else b"",
            _PLACE_OF_BIRTH: text.joined(place_of_birth),
            _ADDRESS: text.joined(address),
            _TELEPHONE: telephone.encode(),
            _PROFESSION: profession.encode(),
            _TITLE: title.encode(),
            _SUMMARY: summary.encode(),
            _PROOF_OF_CITIZENSHIP: proof_of_citizenship,
            _OTHER_DOCUMENTS: text.joined(other_documents),
            _CUSTODY: custody.encode(),
        }
        return cls(details.make(_ORDER, values, other_names, _OTHER_NAME))

    def __repr__(self) -> str:
        return f"Dg11({len(self.objects)} objects)"

    @property
    def name(self) -> Name:
        """The identifiers in `full_name`; all of it is the surname where nothing parts it."""
        return name_of(self.full_name)

    def to_bytes(self) -> bytes:
        """Return DG11."""
        return details.encode(self.objects, _TEMPLATE)


def parse(data: bytes) -> Dg11:
    """Read DG11. Raises MalformedData."""
    return Dg11(details.parse(data, _TEMPLATE, _WHERE))
