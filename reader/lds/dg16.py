"""DG16: whom to tell when something happens to the holder.

Source: Doc 9303-10 section 4.7.16, tables 80 and 81.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reader import tlv
from reader.lds import dates, text
from reader.lds.asn1 import counted, encode_integer, malformed, require_size
from reader.lds.dg1 import Name, name_of
from reader.tlv import Tlv

MAX_DG16 = 16 * 1024  # bytes

_WHERE = "DG16"
_TEMPLATE = 0x70
_COUNTS = range(1, 16)  # the persons' templates are A1 to AF
_PERSONS = 0xA0  # and the number of the person
_RECORDED = 0x5F50
_NAME = 0x5F51
_TELEPHONE = 0x5F52
_ADDRESS = 0x5F53


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A person to notify: the objects, and what is read from them. Raises MalformedData."""

    objects: tuple[Tlv, ...]
    recorded: str = field(init=False, compare=False)
    """When it was noted: yyyy-mm-dd, as far as it is known."""
    full_name: str = field(init=False, compare=False)
    """With fillers as in the MRZ."""
    telephone: str = field(init=False, compare=False)
    address: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if [item.tag for item in self.objects] != [_RECORDED, _NAME, _TELEPHONE, _ADDRESS]:
            raise malformed(_WHERE, "a person's elements are not those of the standard")
        recorded, *texts = (item.value for item in self.objects)
        full_name, telephone, address = (text.utf8(value, _WHERE) for value in texts)
        object.__setattr__(self, "recorded", dates.day(recorded, _WHERE))
        object.__setattr__(self, "full_name", full_name)
        object.__setattr__(self, "telephone", telephone)
        object.__setattr__(self, "address", text.parts(address))

    @classmethod
    def of(cls, *, recorded: str, full_name: str, telephone: str, address: Sequence[str]) -> Person:
        """Return the person with these values."""
        values = {
            _RECORDED: dates.encode(recorded),
            _NAME: full_name.encode(),
            _TELEPHONE: telephone.encode(),
            _ADDRESS: text.joined(address),
        }
        return cls(tuple(Tlv(tag, value) for tag, value in values.items()))

    def __repr__(self) -> str:
        return "Person()"

    @property
    def name(self) -> Name:
        """The identifiers in `full_name`."""
        return name_of(self.full_name)

    def to_bytes(self) -> bytes:
        """Return the objects, without the template around them."""
        return b"".join(item.to_bytes() for item in self.objects)


def parse(data: bytes) -> tuple[Person, ...]:
    """Return the persons in DG16. Raises MalformedData."""
    require_size(data, MAX_DG16, _WHERE)
    persons = counted(tlv.unwrap(data, _TEMPLATE), _COUNTS, "persons", _WHERE)
    if [item.tag for item in persons] != [_PERSONS + n for n in range(1, len(persons) + 1)]:
        raise malformed(_WHERE, "its persons are not counted on")
    return tuple(Person(tuple(tlv.iterate(item.value))) for item in persons)


def encode(persons: Iterable[Person]) -> bytes:
    """Return DG16 with these persons."""
    inside = [tlv.encode(_PERSONS + n, one.to_bytes()) for n, one in enumerate(persons, 1)]
    return tlv.encode(_TEMPLATE, encode_integer(len(inside)) + b"".join(inside))
