"""Files with one object in DER, or with several in PEM. Not here: what the objects are.

Source: RFC 7468 sections 2, 5 and 6.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from provisioning.cli.common import read_file
from provisioning.errors import OfficeInputInvalid

CERTIFICATE = "CERTIFICATE"
LIST = "X509 CRL"

_WORDS = {CERTIFICATE: "certificate", LIST: "revocation list"}
_BEGIN = b"-----BEGIN "


def read_objects(file: Path, label: str, limit: int) -> list[bytes]:
    """Return the objects (DER) in a file of at most `limit` bytes: all of it, or the PEM in it.

    Raises OfficeInputInvalid where it is larger, or in PEM and without a `label`; OSError.
    """
    data = read_file(file, limit)
    if len(data) > limit:
        raise _invalid(file, f"is larger than {limit} bytes")
    if _BEGIN not in data:
        return [data]
    begin, end = (f"-----{word} {label}-----".encode() for word in ("BEGIN", "END"))
    bodies = re.findall(re.escape(begin) + b"([A-Za-z0-9+/=\\s]*)" + re.escape(end), data)
    if not bodies:
        raise _invalid(file, f"holds no {_WORDS[label]}")
    try:
        return [base64.b64decode(b"".join(body.split()), validate=True) for body in bodies]
    except binascii.Error as error:
        raise _invalid(file, "is no PEM") from error


def _invalid(file: Path, why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The file {file} {why}.", next_step="Give certificates or lists in DER or PEM."
    )
