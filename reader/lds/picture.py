"""Pictures in a card's files: told apart by their first bytes, and decoded nowhere near here.

Lives here: which of the two forms of Doc 9303 a picture has. Not here: decoding, which only a
child process with caps does, and only after the file's hash held (`verify.verify_file`).
Source: Doc 9303-10 sections 4.7.2, 4.7.5 and 4.7.7: ISO/IEC 10918-1 (JPEG) or ISO/IEC 15444-1
(JPEG 2000: annex I for the box form, annex A for the bare codestream).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader.lds.asn1 import malformed

JPEG = "image/jpeg"
JPEG_2000 = "image/jp2"

_MAGICS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG_2000),
    (b"\xff\x4f\xff\x51", JPEG_2000),  # a bare codestream
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as stored."""

    media_type: str
    """image/jpeg or image/jp2, by the picture's own first bytes: issuers mislabel it."""
    data: bytes = field(repr=False)


def parse(data: bytes, where: str) -> Picture:
    """Return the picture. Raises MalformedData for any other form than the two."""
    return Picture(media_type(data, where), data)


def media_type(data: bytes, where: str) -> str:
    """Return image/jpeg or image/jp2. Raises MalformedData for any other form."""
    for magic, kind in _MAGICS:
        if data.startswith(magic):
            return kind
    raise malformed(where, "a picture is neither JPEG nor JPEG 2000")
