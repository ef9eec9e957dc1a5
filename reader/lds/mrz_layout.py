"""Where the elements of a machine readable zone stand, in each size of document.

Lives here: positions, as slices of the lines joined together. Not here: what is read at them
(`dg1`).
Source: Doc 9303-4 (TD3), Doc 9303-5 (TD1) and Doc 9303-6 (TD2), sections 4.2.2 and 4.2.4;
Doc 9303-10 tables 40 to 42.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class MrzFormat(StrEnum):
    """Size of the document, which decides the layout."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of the elements; each check digit stands right behind what it covers.

    `composite` lists what the last digit covers. Where the optional data have no digit of their
    own (`optional_digit`), a document number may go on in them.
    """

    format: MrzFormat
    size: int
    number: slice
    optional: slice
    optional_digit: bool
    optional_2: slice
    birth: slice
    sex: int
    expiry: slice
    nationality: slice
    name: slice
    composite: tuple[slice, ...]
    composite_digit: int


TD1 = Layout(
    format=MrzFormat.TD1,
    size=90,
    number=slice(5, 14),
    optional=slice(15, 30),
    optional_digit=False,
    birth=slice(30, 36),
    sex=37,
    expiry=slice(38, 44),
    nationality=slice(45, 48),
    optional_2=slice(48, 59),
    name=slice(60, 90),
    composite=(slice(5, 30), slice(30, 37), slice(38, 45), slice(48, 59)),
    composite_digit=59,
)
TD2 = Layout(
    format=MrzFormat.TD2,
    size=72,
    name=slice(5, 36),
    number=slice(36, 45),
    nationality=slice(46, 49),
    birth=slice(49, 55),
    sex=56,
    expiry=slice(57, 63),
    optional=slice(64, 71),
    optional_digit=False,
    optional_2=slice(0, 0),
    composite=(slice(36, 46), slice(49, 56), slice(57, 71)),
    composite_digit=71,
)
TD3 = Layout(
    format=MrzFormat.TD3,
    size=88,
    name=slice(5, 44),
    number=slice(44, 53),
    nationality=slice(54, 57),
    birth=slice(57, 63),
    sex=64,
    expiry=slice(65, 71),
    optional=slice(72, 86),
    optional_digit=True,
    optional_2=slice(0, 0),
    composite=(slice(44, 54), slice(57, 64), slice(65, 87)),
    composite_digit=87,
)
LAYOUTS = {layout.size: layout for layout in (TD1, TD2, TD3)}
BY_FORMAT = {layout.format: layout for layout in (TD1, TD2, TD3)}
