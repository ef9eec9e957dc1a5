"""The fence around asn1crypto: sizes are capped before, and only our error comes out.

Lives here: loading one DER or BER value, and the context manager for lazy fields. Not here: the
meaning of any structure.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asn1crypto import core

from reader import tlv
from reader.errors import MalformedData
from verify.errors import MalformedObject

_LIBRARY_ERRORS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
)


def malformed(what: str, why: str) -> MalformedObject:
    """Return the error for a `what` that has not its standard's form."""
    return MalformedObject(
        f"The {what} is malformed: {why}.",
        next_step="Get it again from where it was issued; a card with it is not one of ours.",
    )


@contextmanager
def fence(what: str) -> Iterator[None]:
    """Turn whatever asn1crypto, cryptography or `reader.tlv` raises on bad bytes into ours.

    asn1crypto decodes lazily, so the fence goes around the reading of fields too.
    """
    try:
        yield
    except MalformedData as error:
        raise malformed(what, error.message) from error
    except _LIBRARY_ERRORS as error:
        raise malformed(what, f"{type(error).__name__} while reading it") from error


def load(kind: Any, data: bytes, limit: int, what: str) -> Any:
    """Return `data` as an asn1crypto `kind`, all bytes used. Raises MalformedObject."""
    if len(data) > limit:
        raise malformed(what, f"it is larger than {limit} bytes")
    with fence(what):
        return kind.load(data, strict=True)


def absent(value: Any) -> bool:
    """Whether an optional field is not there, without decoding it as `native` would."""
    return isinstance(value, core.Void)


def raw_members(data: bytes, what: str) -> list[bytes]:
    """Return the members of a DER SEQUENCE, each with its header, as they stand.

    What is signed is hashed as it stands, never as a library would write it again.
    """
    with fence(what):
        content = tlv.unwrap(data, 0x30)
        members: list[bytes] = []
        offset = 0
        while offset < len(content):
            _, end = tlv.parse_one(content, offset)
            members.append(content[offset:end])
            offset = end
        return members
