"""What a terminal keeps of its enrolment, in the identity folder.

Lives here: the files. Not here: keys and certificate (`edge.identity`).

    claim.json          the claim in use, until its certificate is kept or it is refused
    enrolment.json      how the last asking ended
    authorities.p7      the office's authorities as `cacerts` gave them last, certs-only CMS

A claim that is done with is overwritten and unlinked. On flash the old block may outlive that out
of reach of the file system; what protects then is that it was used, and that it ends soon.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from pathlib import Path
from typing import Any

from edge.errors import WireMalformed
from edge.files import erase_file, replace_file
from edge.wire import est
from edge.wire.claim import MAX_FILE as MAX_CLAIM_FILE

CLAIM_FILE, PROGRESS_FILE, AUTHORITIES_FILE = "claim.json", "enrolment.json", "authorities.p7"
MAX_FILE = 16 * 1024  # bytes of the progress
VERSION = 1


@unique
class State(StrEnum):
    """How the last asking ended."""

    BEGUN = "begun"
    WAITING = "waiting"
    """The office has it, and somebody there has to approve it."""
    FAILED = "failed"
    ENROLLED = "enrolled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it came. `at`: since when it is so, UTC; `key`: fingerprint of the key that asks."""

    state: State
    at: str
    claim: str | None = None
    """Id of the claim, None for a renewal."""
    key: str | None = None
    source: str | None = None
    """The file that the claim came in, to be erased with it."""
    why: str | None = None
    next_step: str | None = None
    fault: str | None = None

    def to_bytes(self) -> bytes:
        """Return the JSON."""
        members = {name: getattr(self, name) for name in Progress.__slots__}
        return json.dumps({"v": VERSION, **members}, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Progress | None:
        """Read the JSON; None for what is damaged: then it is asked again."""
        try:
            found: dict[str, Any] = json.loads(data)
            if found.pop("v") != VERSION:
                return None
            return cls(**{**found, "state": State(found["state"])})
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return None


class EnrolFiles:
    """The files in one identity folder. Every method raises OSError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self) -> bytes | None:
        """Return the claim in use, None where there is none, or what is left of an erased one."""
        data = self._read(CLAIM_FILE, MAX_CLAIM_FILE)
        return data if data is not None and data.strip(b"\0") else None

    def keep_claim(self, data: bytes) -> None:
        """Keep a claim."""
        replace_file(self.folder / CLAIM_FILE, data)

    def erase_claim(self, source: str | None) -> bool:
        """Erase the claim, and the file it came in; return whether that one is gone, too."""
        erase_file(self.folder / CLAIM_FILE)
        if source is None:
            return True
        try:
            erase_file(Path(source))
        except OSError:  # write-protected, or not ours
            return False
        return True

    def progress(self) -> Progress | None:
        """Return how the last asking ended, None where nobody asked."""
        data = self._read(PROGRESS_FILE, MAX_FILE)
        return None if data is None else Progress.from_bytes(data)

    def keep_progress(self, progress: Progress) -> None:
        """Keep how it ended, and since when it ends so: a card is not worn by asking again."""
        before = self.progress()
        if before is not None and replace(before, at=progress.at) == progress:
            return
        replace_file(self.folder / PROGRESS_FILE, progress.to_bytes())

    def authorities(self) -> tuple[bytes, ...]:
        """Return the office's authorities, DER; none where none are kept, or not whole."""
        data = self._read(AUTHORITIES_FILE, est.MAX_CERTIFICATES)
        with suppress(WireMalformed):
            return () if data is None else est.read_certificates(data)
        return ()

    def keep_authorities(self, authorities: tuple[bytes, ...]) -> None:
        """Keep the office's authorities, DER; those that are kept already are not written anew."""
        if set(authorities) == set(self.authorities()):
            return
        data = est.make_certificates(authorities)
        replace_file(self.folder / AUTHORITIES_FILE, data, mode=0o644)

    def _read(self, name: str, most: int) -> bytes | None:
        try:
            with (self.folder / name).open("rb") as file:
                return file.read(most)
        except FileNotFoundError:
            return None
