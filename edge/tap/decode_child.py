"""A program of its own: one picture on standard input, a small JPEG on standard output.

Lives here: the only decoding of pictures that cards bring. It is started for one picture, takes
its limits before it reads a byte, and ends. Nothing of the terminal is imported: what a hostile
picture could take over holds no key, no name and no open file. Not here: who starts it and how
long it may run (`photo`).

Exit status 0 with a picture; UNREADABLE for anything else, with nothing to rely on.
"""

from __future__ import annotations

import io
import resource
import sys

from PIL import Image, Jpeg2KImagePlugin, JpegImagePlugin, MpoImagePlugin, TiffImagePlugin

# Pillow imports these when it meets them, which the limits forbid: Exif and several pictures
# in one JPEG file.
_LOADED = (JpegImagePlugin, MpoImagePlugin, TiffImagePlugin)
Image.preinit()

FORMATS = ("JPEG", Jpeg2KImagePlugin.Jpeg2KImageFile.format)

MAX_PIXELS = 3_000_000
"""Of the picture as stored; Doc 9303-9 asks for faces of well under one million."""
SHOWN = (480, 640)
"""Width and height, in pixels, that the picture is made to fit."""
QUALITY = 85  # of the JPEG that goes to the browser
UNREADABLE = 3  # exit status

MAX_MEMORY = 256 * 1024 * 1024  # bytes of address space
MAX_CPU = 2  # seconds
MAX_OUTPUT = 256 * 1024  # bytes that may be written to any file
MAX_INPUT = 512 * 1024  # bytes, as `reader.lds.dg2.MAX_DG2`


def limit() -> None:
    """Take the limits: no further file, socket or process, little memory, time and output."""
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, MAX_CPU),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, MAX_MEMORY),
    ):
        resource.setrlimit(what, (value, value))


def decode(data: bytes) -> bytes | None:
    """Return the picture as a small JPEG without metadata, None where it has too many pixels.

    Raises what Pillow raises for a picture that it cannot read.
    """
    opened = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = opened.size
    if not 0 < width * height <= MAX_PIXELS:
        return None
    opened.draft("RGB", SHOWN)  # lets the JPEG decoder skip what is not shown
    picture = opened.convert("RGB")
    picture.thumbnail(SHOWN)
    shown = io.BytesIO()
    Image.frombytes("RGB", picture.size, picture.tobytes()).save(shown, "JPEG", quality=QUALITY)
    return shown.getvalue()


def main() -> int:
    """Decode standard input to standard output and return the exit status."""
    limit()
    data = sys.stdin.buffer.read(MAX_INPUT + 1)
    if len(data) > MAX_INPUT:
        return UNREADABLE
    try:
        picture = decode(data)
    except Exception:  # noqa: BLE001 -- whatever a hostile picture breaks, it is not shown
        return UNREADABLE
    if picture is None:
        return UNREADABLE
    sys.stdout.buffer.write(picture)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
