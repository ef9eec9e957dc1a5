"""What data groups 11 and 12 have in common: optional details, each under a tag of its own.

Lives here: the template as a run of objects, texts and lists in them, names that repeat. Not here:
which tag means what (`dg11`, `dg12`).
Source: Doc 9303-10 sections 4.7.11 and 4.7.12, tables 71 and 73.

The objects are kept as they stand, in their order, so that a file is written back as it was read;
what is read from them is checked when the value is made. Issuers differ from the tables: lists of
tags that leave one out or name the template of the names, names without that template, or no list
at all. None of it changes what the objects say, so none is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reader import tlv
from reader.lds import text
from reader.lds.asn1 import at_most, counted, encode_integer, malformed, require_size
from reader.tlv import Tlv

MAX_DETAILS = 128 * 1024  # bytes of a file; a picture may be in it
MAX_OBJECTS = 64
MAX_NAMES = 99  # other names, other persons

TAG_LIST = 0x5C
NAMES = 0xA0


def parse(data: bytes, template: int, where: str) -> tuple[Tlv, ...]:
    """Return the objects of the file `template`. Raises MalformedData."""
    require_size(data, MAX_DETAILS, where)
    return tuple(at_most(tlv.unwrap(data, template), MAX_OBJECTS, where))


def encode(objects: Iterable[Tlv], template: int) -> bytes:
    """Return the file `template` of these objects."""
    return tlv.encode(template, b"".join(item.to_bytes() for item in objects))


def by_tag(objects: Iterable[Tlv], repeating: int, where: str) -> Mapping[int, bytes]:
    """Return tag to value; only names without their template, under `repeating`, may repeat."""
    found: dict[int, bytes] = {}
    for item in objects:
        if item.tag in found and item.tag != repeating:
            raise malformed(where, f"object {item.tag:X} stands twice")
        found[item.tag] = item.value
    return found


def names(objects: Iterable[Tlv], tag: int, where: str) -> tuple[str, ...]:
    """Return the names under `tag`: in their template, as many as it says, or without it."""
    found: list[bytes] = []
    for item in objects:
        if item.tag == tag:
            found.append(item.value)
        elif item.tag == NAMES:
            inside = counted(item.value, range(MAX_NAMES + 1), "other names", where)
            if any(one.tag != tag for one in inside):
                raise malformed(where, "something else stands among the other names")
            found.extend(one.value for one in inside)
    if len(found) > MAX_NAMES:
        raise malformed(where, f"it has more than {MAX_NAMES} other names")
    return tuple(text.utf8(value, where) for value in found)


def views(
    found: Mapping[int, bytes],
    texts: Mapping[str, int],
    free_texts: Mapping[str, int],
    lists: Mapping[str, int],
    where: str,
) -> dict[str, object]:
    """Return name to what is read from the object of its tag; empty is absent.

    `texts` stand as they are, `free_texts` with spaces for fillers, `lists` parted at them; the
    list of tags comes as `tags`.
    """
    said = {name: text.utf8(found.get(tag, b""), where) for name, tag in texts.items()}
    for name, tag in free_texts.items():
        said[name] = " ".join(text.parts(text.utf8(found.get(tag, b""), where)))
    parted = {
        name: text.parts(text.utf8(found.get(tag, b""), where)) for name, tag in lists.items()
    }
    return {**said, **parted, "tags": tlv.tags(found.get(TAG_LIST, b""))}


def make(
    order: Sequence[int], values: Mapping[int, bytes], others: Sequence[str], repeating: int
) -> tuple[Tlv, ...]:
    """Return the objects of a new file: the list of tags, then `values` in `order`.

    Empty values are left out. `others` go into the template of names, each under `repeating`.
    """
    inside = b"".join(tlv.encode(repeating, name.encode()) for name in others)
    template = encode_integer(len(others)) + inside if others else b""
    filled = {**values, NAMES: template}
    present = [Tlv(tag, filled[tag]) for tag in order if filled.get(tag)]
    listed = [repeating if item.tag == NAMES else item.tag for item in present]
    return (Tlv(TAG_LIST, b"".join(tag.to_bytes(2, "big") for tag in listed)), *present)
