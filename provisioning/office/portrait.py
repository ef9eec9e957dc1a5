"""The picture of a holder: a photo made fit for a chip, or a drawn face that is nobody's likeness.

Lives here: the JPEGs. Not here: the files around them (`lds`, `details`).
"""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageDraw, ImageOps

from provisioning.errors import OfficeInputInvalid

SIZE = (240, 320)  # pixels, 3:4 as Doc 9303-3 asks
SIGNATURE_SIZE = (360, 120)  # pixels
QUALITY = 85  # of 100
MAX_PHOTO = 20 * 1024 * 1024  # bytes
MAX_PIXELS = 50_000_000

_BACKGROUNDS = ("#D9E2EC", "#E3E6DA", "#E8DFD6", "#DDE7E4")
_SKINS = ("#E7B98F", "#D9A679", "#C99368", "#EEC7A2")
_HAIR = ("#1C1A18", "#2B2320", "#3A3330", "#77716B")
_INK = "#1B2A5A"
_STROKES = 9
_CLOTHES = ("#1D3F66", "#4A5561", "#6B3F2A", "#2F5B46", "#5A2E55")


def fit(photo: bytes, *, size: tuple[int, int] = SIZE) -> bytes:
    """Return a photo as a JPEG of `size`, cut to its proportions, without what cameras add to it.

    Raises OfficeInputInvalid for what is no JPEG or PNG, too large, or smaller than `size`.
    """
    try:
        with Image.open(io.BytesIO(photo), formats=("JPEG", "PNG")) as found:
            if len(photo) > MAX_PHOTO or found.width * found.height > MAX_PIXELS:
                raise _unfit("it is too large")
            if found.width < size[0] or found.height < size[1]:
                raise _unfit(f"it has fewer than {size[0]} x {size[1]} pixels")
            upright = ImageOps.exif_transpose(found).convert("RGB")
            return _jpeg(ImageOps.fit(upright, size))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unfit("it is no whole JPEG or PNG") from error


def _unfit(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The photo cannot be used: {why}.", next_step="Take it again, or save it as JPEG."
    )


def draw(seed: str, *, size: tuple[int, int] = SIZE) -> bytes:
    """Return a JPEG of head and shoulders whose shapes and colours follow from `seed`."""
    pick = hashlib.sha256(seed.encode()).digest()
    width, height = size
    image = Image.new("RGB", size, _BACKGROUNDS[pick[0] % len(_BACKGROUNDS)])
    pen = ImageDraw.Draw(image)
    middle, head, tall = width // 2, width * (26 + pick[1] % 5) // 128, height * 3 // 16
    brow = height * (38 + pick[2] % 5) // 100
    skin = _SKINS[pick[3] % len(_SKINS)]
    hair = _HAIR[pick[4] % len(_HAIR)]
    cloth = _CLOTHES[pick[5] % len(_CLOTHES)]
    shoulder = width * (40 + pick[6] % 6) // 100
    pen.ellipse(
        (middle - shoulder, height * 70 // 100, middle + shoulder, height * 130 // 100), fill=cloth
    )
    crown = head + 6 + pick[7] % 10
    fall = brow + tall * (20 + pick[8] % 90) // 100
    pen.ellipse((middle - crown, brow - tall - 12, middle + crown, fall + tall // 3), fill=hair)
    neck = head * 45 // 100
    pen.rectangle((middle - neck, brow, middle + neck, height * 76 // 100), fill=skin)
    pen.ellipse((middle - head, brow - tall * 8 // 10, middle + head, brow + tall), fill=skin)
    for side in (-1, 1):
        eye = middle + side * head * 40 // 100
        pen.ellipse((eye - 5, brow - 3, eye + 5, brow + 3), fill="#1C1A18")
    pen.arc(
        (middle - head // 3, brow + tall // 3, middle + head // 3, brow + tall * 7 // 10),
        start=20,
        end=160,
        fill="#7A3B33",
        width=3,
    )
    return _jpeg(image)


def signature(seed: str) -> bytes:
    """Return a JPEG of a written line whose shape follows from `seed`."""
    pick = hashlib.sha256(f"signature {seed}".encode()).digest()
    width, height = SIGNATURE_SIZE
    image = Image.new("RGB", SIGNATURE_SIZE, "#FFFFFF")
    step = width // (_STROKES + 1)
    points = [
        (
            step * (number + 1) + pick[number] % 13 - 6,
            height // 5 + pick[-number - 1] % (height // 2),
        )
        for number in range(_STROKES)
    ]
    ImageDraw.Draw(image).line(points, fill=_INK, width=4, joint="curve")
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
