"""The elementary files of an eMRTD: their names, identifiers and tags.

Source: Doc 9303-10 sections 3.11 and 4, tables 28 to 34 and 38. What stands inside a file is the
business of the module of its name.
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class FileId(StrEnum):
    """An elementary file by its name in the standard."""

    CARD_ACCESS = "CardAccess"
    CARD_SECURITY = "CardSecurity"
    ATR_INFO = "ATR/INFO"
    DIR = "DIR"
    COM = "COM"
    SOD = "SOD"
    DG1 = "DG1"
    DG2 = "DG2"
    DG3 = "DG3"
    DG4 = "DG4"
    DG5 = "DG5"
    DG6 = "DG6"
    DG7 = "DG7"
    DG8 = "DG8"
    DG9 = "DG9"
    DG10 = "DG10"
    DG11 = "DG11"
    DG12 = "DG12"
    DG13 = "DG13"
    DG14 = "DG14"
    DG15 = "DG15"
    DG16 = "DG16"

    fid: int
    """File identifier for SELECT, two bytes."""
    sfi: int
    """Short file identifier for READ BINARY, five bits."""
    tag: int | None
    """Outer template tag of the file's content; None where it has no template."""
    in_master_file: bool
    """Whether the file lies in the master file, outside the eMRTD application."""
    data_group: int | None
    """The data group's number as the security object lists it, else None."""

    @classmethod
    def of_data_group(cls, number: int) -> FileId:
        """Return DG`number`; ValueError outside 1 to 16."""
        return cls(f"DG{number}")


_TABLE: dict[FileId, tuple[int, int | None]] = {
    FileId.CARD_ACCESS: (0x011C, None),
    FileId.CARD_SECURITY: (0x011D, None),
    FileId.ATR_INFO: (0x2F01, None),
    FileId.DIR: (0x2F00, None),
    FileId.COM: (0x011E, 0x60),
    FileId.SOD: (0x011D, 0x77),
    FileId.DG1: (0x0101, 0x61),
    FileId.DG2: (0x0102, 0x75),
    FileId.DG3: (0x0103, 0x63),
    FileId.DG4: (0x0104, 0x76),
    FileId.DG5: (0x0105, 0x65),
    FileId.DG6: (0x0106, 0x66),
    FileId.DG7: (0x0107, 0x67),
    FileId.DG8: (0x0108, 0x68),
    FileId.DG9: (0x0109, 0x69),
    FileId.DG10: (0x010A, 0x6A),
    FileId.DG11: (0x010B, 0x6B),
    FileId.DG12: (0x010C, 0x6C),
    FileId.DG13: (0x010D, 0x6D),
    FileId.DG14: (0x010E, 0x6E),
    FileId.DG15: (0x010F, 0x6F),
    FileId.DG16: (0x0110, 0x70),
}
_MASTER_FILE = frozenset({FileId.CARD_ACCESS, FileId.CARD_SECURITY, FileId.ATR_INFO, FileId.DIR})
_SFI_OF_DIR = 0x1E  # the one that does not follow from the identifier

for _file, (_fid, _tag) in _TABLE.items():  # once: a reading asks for them all the time
    _file.fid, _file.tag = _fid, _tag
    _file.sfi = _SFI_OF_DIR if _file is FileId.DIR else _fid & 0x1F
    _file.in_master_file = _file in _MASTER_FILE
    _file.data_group = int(_file[2:]) if _file.startswith("DG") else None
