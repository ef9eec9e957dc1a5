"""What the centre answers to a segment: its acknowledgement, and anchors of receipts in it.

Lives here: how they stand in one answer. Not here: what each says and its signature (`ack`,
`verify.receipt_anchor`), which receipts are anchored (`provisioning.centre.anchors`).
Form: without anchors the acknowledgement alone; with them one a line, the acknowledgement first,
each ended by a line feed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.wire.ack import MAX_ACK
from edge.wire.canonical import malformed

MAX_ANCHORS = 100  # in one answer, those of the lowest numbers
MAX_ANCHOR = 1024  # characters of one; a key id of usual length leaves it at 400
MAX_ANSWER = MAX_ACK + 1 + MAX_ANCHORS * (MAX_ANCHOR + 1)  # bytes


@dataclass(frozen=True, slots=True)
class SegmentAnswer:
    """The compact form of the acknowledgement, and of each anchor; nothing of it verified."""

    ack: str = field(repr=False)
    anchors: tuple[str, ...] = field(default=(), repr=False)

    def to_bytes(self) -> bytes:
        """Return what is sent."""
        if not self.anchors:
            return self.ack.encode()
        return "".join(f"{line}\n" for line in (self.ack, *self.anchors)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SegmentAnswer:
        """Return the parts of an answer. Raises WireMalformed."""
        text = data.decode("ascii", "replace")  # what is not ASCII is no compact JWS
        if "\n" not in text:
            return cls(text)
        ack, *anchors, end = text.split("\n")
        if end or not 1 <= len(anchors) <= MAX_ANCHORS:
            raise malformed("The answer to a segment was cut short, or has too many lines.")
        return cls(ack, tuple(anchors))
