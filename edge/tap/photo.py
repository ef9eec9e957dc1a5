"""The portrait out of DG2, for the desk. Only bytes that passed `verify_file` come here.

Nothing is decoded: a JPEG goes to the browser as it is, whose decoder runs in a sandbox. Other
forms are not shown.
"""

from __future__ import annotations

from reader.errors import MalformedData
from reader.lds import dg2

MAX_PORTRAIT = 256 * 1024  # bytes


def portrait(data: bytes) -> bytes | None:
    """Return the first face of EF.DG2 as JPEG, None where there is none that a browser shows."""
    try:
        faces = dg2.parse(data)
    except MalformedData:
        return None
    for face in faces:
        if face.media_type == "image/jpeg" and len(face.data) <= MAX_PORTRAIT:
            return face.data
    return None
