"""How much one READ BINARY asks for: from EF.ATR/INFO, the reader, or what chips have shown.

Lives here: what a chip's reading habits are, as a value, and those that a reading begins with.
Not here: reading, which finds out more (`binary`), and keeping values between readings (the
caller).
Source: Doc 9303-10 section 3.6.4, Doc 9303-11 section 9.3.1.2 (extended length).

`begin` gives the habits to begin with; `binary.FileReader` takes them, and shows at any time, after
an error too, what has become of them. Kept by the chip's answer to reset, they are `remembered` in
the next reading, which then asks for nothing that is known. They hold nothing of a person or of
one chip. Whatever a hostile chip makes them, the next chip's reading costs a few commands more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reader.apdu import SHORT_LE
from reader.channel.kdf import CipherSuite
from reader.channel.secure_messaging import max_plain
from reader.errors import MalformedData
from reader.lds import atr_info

_STATUS_WORD = 2  # bytes


@dataclass(frozen=True, slots=True)
class Habits:
    """How one kind of chip takes READ BINARY. Sizes are plain bytes."""

    chunk: int
    """Most bytes to ask for at once. Beyond `SHORT_LE` the command takes the extended form."""
    trial: int | None = None
    """More than `chunk`, asked for instead until the chip shows what it makes of it."""
    short_identifiers: bool | None = None
    """Whether files are read by short identifier; None as long as no file has shown it."""
    over_read: bool = True
    """Whether the first read of a file may ask for more than the file has."""
    offset_width: int | None = None
    """Bytes of an offset beyond 32,767, where the chip wants a fixed number of them."""
    most: int = field(init=False, compare=False, repr=False)
    """Most bytes to ask for now."""

    def __post_init__(self) -> None:
        if self.chunk < 1 or (self.trial is not None and self.trial <= self.chunk):
            raise ValueError("a chunk is a byte at least, and a trial is of more")
        object.__setattr__(self, "most", self.trial or self.chunk)

    def settled(self, chunk: int) -> Habits:
        """Return the habits with any trial over: `chunk` is what to ask for."""
        return Habits(chunk, None, self.short_identifiers, self.over_read, self.offset_width)

    def by_short_identifier(self, *, works: bool) -> Habits:
        """Return the habits once a file has shown whether it is read by short identifier."""
        return Habits(self.chunk, self.trial, works, self.over_read, self.offset_width)

    @property
    def extended(self) -> bool:
        """Whether reading takes commands in the extended form."""
        return self.most > SHORT_LE


def begin(
    suite: CipherSuite,
    *,
    carried: int,
    announced: int | None = None,
    remembered: Habits | None = None,
    trial: int | None = None,
) -> Habits:
    """Return the habits that a reading under `suite` begins with.

    Sizes given are response data of one APDU, in bytes. Nothing goes beyond `carried`, the most
    that reader and card carry (`CardConnection.max_le`). Below it decides the first that is
    given: what chips of this kind have shown (`remembered`), what this one announces
    (`announced`), a `trial`. Else it is the short form, as Doc 9303-11 section 9.3.1.2 demands
    of a terminal that has no figure.
    """
    short = max_plain(SHORT_LE, suite)
    room = max_plain(carried, suite) if carried > SHORT_LE else short
    chunk, more = short, 0
    if remembered is not None:
        # Tried again and not taken for granted: the answer to reset names no chip for certain.
        more = min(remembered.most, room)
    elif announced is not None:
        named = min(max_plain(announced, suite), room)
        chunk = named if named > SHORT_LE else short
    elif trial is not None:
        more = min(max_plain(trial, suite), room)
    known = remembered or Habits(chunk)
    return Habits(
        chunk,
        more if more > SHORT_LE else None,
        # That they work is seen anew: where it is known, a file not found is not looked for again.
        short_identifiers=None if known.short_identifiers else known.short_identifiers,
        over_read=known.over_read,
        offset_width=known.offset_width,
    )


def announced(content: bytes) -> int | None:
    """Return the most response data that EF.ATR/INFO names, in bytes; None where it names none.

    `content` may be the file's begin only. What cannot be understood names nothing.
    """
    try:
        sizes = atr_info.extended_length(content)
    except MalformedData:
        return None
    return None if sizes is None else sizes.response - _STATUS_WORD
