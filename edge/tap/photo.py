"""The portrait out of DG2, for the board. Only bytes that passed `verify_file` come here.

Lives here: finding the face, and the child process that decodes it (JPEG or JPEG 2000) into a
small JPEG that every browser shows. Nothing of a card's picture is decoded in this process. Not
here: the decoding (`decode_child`), the biometric record around the face (`reader.lds.dg2`).

The child gets no environment, no file, no name: the picture on its standard input, a file in
memory for its answer, and a deadline. It is started for one picture.
"""

from __future__ import annotations

import os
import subprocess
import sys
from io import FileIO
from pathlib import Path

from reader.errors import MalformedData

MAX_PORTRAIT = 256 * 1024  # bytes of the JPEG that is shown
DECODE_SECONDS = 3.0
"""Longest wait for one picture; a good one takes a tenth of a second."""

_CHILD = Path(__file__).with_name("decode_child.py")
_JPEG_START = b"\xff\xd8\xff"


def portrait(data: bytes) -> bytes | None:
    """Return the first face of EF.DG2 as a small JPEG, None where none can be shown."""
    from reader.lds import dg2  # not at the start: it comes after the lamp, and before a child

    try:
        faces = dg2.parse(data)
    except MalformedData:
        return None
    return decode(faces[0].data) if faces else None


def decode(picture: bytes, seconds: float = DECODE_SECONDS) -> bytes | None:
    """Return a JPEG or JPEG 2000 picture as a small JPEG, None where the child gives none.

    Broken, too large, too slow, too costly: all the same here, and none raises.
    """
    try:
        with _memory_file() as given, _memory_file() as answer:
            given.write(picture)
            given.seek(0)
            if not _run(given.fileno(), answer.fileno(), seconds):
                return None
            answer.seek(0)
            shown = answer.read(MAX_PORTRAIT + 1)
    except OSError:  # no process or no memory for one just now
        return None
    return shown if shown.startswith(_JPEG_START) and len(shown) <= MAX_PORTRAIT else None


def _memory_file() -> FileIO:
    return os.fdopen(os.memfd_create("portrait"), "w+b", buffering=0)


def _run(given: int, answer: int, seconds: float) -> bool:
    """Run the child from one descriptor to the other; whether it ended well in time."""
    child = subprocess.Popen(  # noqa: S603 -- our own program, no argument from outside
        [sys.executable, "-I", str(_CHILD)],
        stdin=given,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    try:
        return child.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        child.kill()
        child.wait()
