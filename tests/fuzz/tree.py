"""Tag, length and value as a tree that can be cut and bent, its lengths made right again.

A byte changed at random mostly breaks a length, and the parser under test turns it away at the
door. Here the outer forms stay sound, so that what is wrong lies deep inside. OCTET STRINGs and
BIT STRINGs that hold DER of their own (extensions, keys) are opened too. Whatever cannot be read
as a tree stays a leaf. Choices come from `below`: a callable that returns a number from 0 to
n - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Below = Callable[[int], int]

MAX_DEPTH = 24
MAX_NODES = 20_000  # of one tree; beyond, a value stays a leaf

BIT_STRING, OCTET_STRING, SEQUENCE = b"\x03", b"\x04", b"\x30"

TAGS = bytes.fromhex("0102030405060a0c1314161718303180818283a0a1a2a3")
VALUES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "01",
        "7f",
        "80",
        "ff",
        "0080",
        "ffffffff",
        "7fffffffffffffff",
        "00ffffffffffffffffffffffffffffffffffffffffff",
        "2a864886f70d01010a",  # RSASSA-PSS
        "2a864886f70d010108",  # MGF1
        "2a864886f70d01010b",  # RSA with SHA-256
        "2a864886f70d010101",  # RSA
        "2a8648ce3d040302",  # ECDSA with SHA-256
        "2a8648ce3d0201",  # EC key
        "2a8648ce380401",  # DSA key
        "2b6570",  # Ed25519
        "2b6571",  # Ed448
        "2a8648ce3d030107",  # P-256
        "2b240303020801010d",  # brainpoolP512r1
        "608648016503040201",  # SHA-256
        "2b0e03021a",  # SHA-1
        "551d0e",
        "551d0f",
        "551d11",
        "551d13",
        "551d14",
        "551d15",
        "551d17",
        "551d18",
        "551d1b",
        "551d1c",
        "551d1d",
        "551d1e",
        "551d1f",
        "551d20",
        "551d21",
        "551d23",
        "551d24",
        "551d25",
        "551d2e",
        "551d36",
        "551d2000",  # anyPolicy
        "80" * 9,
        "ff" * 40 + "7f",
        "393931333332323536303630" + "5a",
        "3030303030303030303030303030" + "5a",
        "32303235303130313030303030302e39395a",
        "323530313031303030305a",
        "c0af",
        "eda080",
        "d800dc00",
        "0000d800",
    )
)


@dataclass
class Node:
    """One value: with children where it could be read as more of its kind."""

    tag: bytes
    value: bytes = b""
    children: list[Node] | None = None
    prefix: bytes = field(default=b"")
    """What stands before the children: the spare-bit count of a BIT STRING."""

    def to_bytes(self) -> bytes:
        """Return the value with its shortest length."""
        body = self.value if self.children is None else self.prefix + encode(self.children)
        return self.tag + _length(len(body)) + body

    def copy(self) -> Node:
        """Return a tree that can be changed by itself."""
        below = None if self.children is None else [child.copy() for child in self.children]
        return Node(self.tag, self.value, below, self.prefix)


def encode(nodes: list[Node]) -> bytes:
    """Return these values one after another."""
    return b"".join(node.to_bytes() for node in nodes)


def parse(data: bytes) -> list[Node] | None:
    """Return the values that fill `data`, None where it is no run of whole values."""
    return _parse(data, MAX_DEPTH, [MAX_NODES])


def _parse(data: bytes, depth: int, left: list[int]) -> list[Node] | None:
    nodes: list[Node] = []
    at = 0
    while at < len(data):
        header = _header(data, at)
        left[0] -= 1
        if header is None or left[0] < 0:
            return None
        tag, start, stop = header
        nodes.append(_node(tag, data[start:stop], depth, left))
        at = stop
    return nodes


def _node(tag: bytes, value: bytes, depth: int, left: list[int]) -> Node:
    prefix = value[:1] if tag == BIT_STRING and value[:1] == b"\x00" else b""
    inner = value[len(prefix) :]
    wraps = tag == OCTET_STRING or bool(prefix)
    if depth and inner and (tag[0] & 0x20 or (wraps and inner[:1] in (SEQUENCE, b"\x02"))):
        children = _parse(inner, depth - 1, left)
        if children:
            return Node(tag, b"", children, prefix)
    return Node(tag, value)


def _header(data: bytes, at: int) -> tuple[bytes, int, int] | None:
    end = at + 1
    if data[at] & 0x1F == 0x1F:
        while end < len(data) and data[end] & 0x80 and end - at < 3:
            end += 1
        end += 1
    if end >= len(data):
        return None
    tag, length = data[at:end], data[end]
    start = end + 1
    if length >= 0x80:
        size = length & 0x7F
        if not 0 < size <= 4 or start + size > len(data):
            return None
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    return (tag, start, start + length) if start + length <= len(data) else None


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    width = (size.bit_length() + 7) // 8
    return bytes([0x80 | width]) + size.to_bytes(width, "big")


def leaves(nodes: list[Node]) -> Iterator[Node]:
    """Yield the values without children, in the order of the bytes."""
    for node in nodes:
        if node.children is None:
            yield node
        else:
            yield from leaves(node.children)


def cuts(nodes: list[Node], *, stride: int = 1, first: int = 0) -> Iterator[bytes]:
    """Yield the bytes cut short at every `stride`th byte of a leaf, all lengths made right.

    What comes after the cut is gone, and the lengths above say so: unlike a file cut on its way,
    which the outermost length tells.
    """
    total = sum(max(1, len(leaf.value)) for leaf in leaves(nodes))
    for place in range(first, total, stride):
        yield encode(_cut(nodes, [place]))


def _cut(nodes: list[Node], left: list[int]) -> list[Node]:
    kept: list[Node] = []
    for node in nodes:
        if left[0] < 0:
            break
        if node.children is not None:
            kept.append(Node(node.tag, b"", _cut(node.children, left), node.prefix))
        else:
            size = max(1, len(node.value))
            kept.append(Node(node.tag, node.value[: min(left[0], len(node.value))]))
            left[0] -= size
    return kept


def flips(data: bytes, *, stride: int = 1, first: int = 0) -> Iterator[bytes]:
    """Yield the bytes with one bit turned over in every `stride`th byte, each bit in turn."""
    for place in range(first, len(data), stride):
        changed = bytearray(data)
        changed[place] ^= 1 << (place + first) % 8
        yield bytes(changed)


def bend(data: bytes, below: Below, *, most: int = 3) -> bytes:
    """Return `data` with one to `most` values of its tree changed; `data` where it has no tree."""
    nodes = parse(data)
    if not nodes:
        return data
    for _ in range(1 + below(most)):
        places = list(_places(nodes))
        siblings, index = places[below(len(places))]
        other_siblings, other = places[below(len(places))]
        _ACTS[below(len(_ACTS))](siblings, index, other_siblings[other].copy(), below)
        if not nodes:
            break
    return encode(nodes)


def _places(nodes: list[Node]) -> Iterator[tuple[list[Node], int]]:
    for index, node in enumerate(nodes):
        yield nodes, index
        if node.children is not None:
            yield from _places(node.children)


def _remove(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    del nodes[index]


def _repeat(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    nodes[index:index] = [nodes[index].copy() for _ in range((1, 2, 40)[below(3)])]


def _swap(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    second = below(len(nodes))
    nodes[index], nodes[second] = nodes[second], nodes[index]


def _replace(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    nodes[index] = other


def _insert(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    nodes.insert(index, other)


def _retag(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    choice = below(len(TAGS))
    nodes[index].tag = TAGS[choice : choice + 1]


def _set(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    nodes[index] = Node(nodes[index].tag, VALUES[below(len(VALUES))])


def _flip(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    body = bytearray(_body(nodes[index]))
    if body:
        body[below(len(body))] ^= 1 << below(8)
    nodes[index] = Node(nodes[index].tag, bytes(body))


def _shorten(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    body = _body(nodes[index])
    nodes[index] = Node(nodes[index].tag, body[: below(len(body) + 1)])


def _lengthen(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    body = _body(nodes[index])
    nodes[index] = Node(nodes[index].tag, body + body[: 1 + below(64)] + bytes([below(256)]))


def _wrap(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    for _ in range((1, 2, 12)[below(3)]):
        tag = nodes[index].tag if nodes[index].children else SEQUENCE
        nodes[index] = Node(tag, b"", [nodes[index]])


def _unwrap(nodes: list[Node], index: int, other: Node, below: Below) -> None:
    children = nodes[index].children
    if children is not None:
        nodes[index : index + 1] = children


def _body(node: Node) -> bytes:
    return node.value if node.children is None else node.prefix + encode(node.children)


_ACTS: tuple[Callable[[list[Node], int, Node, Below], None], ...] = (
    _remove,
    _repeat,
    _swap,
    _replace,
    _insert,
    _retag,
    _set,
    _set,
    _flip,
    _flip,
    _shorten,
    _lengthen,
    _wrap,
    _unwrap,
)
