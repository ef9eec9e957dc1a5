"""The photo, which comes after the verdict and may take it back.

Lives here: fetching DG2 over the channel that is still open, and what its absence means. Not
here: the comparison (`verify.pipeline.verify_file`), withdrawing (`edge.meeting.book`), showing.

A chip that lists the photo and will not give it is treated like one whose photo was changed; a
card that was merely lifted too soon is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reader.errors import CardRefused, CardRemoved, ReaderError
from reader.lds.files import FileId
from reader.read import Reading
from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Step

CheckLate = Callable[[bytes, FileId, bytes], Check]
"""`verify.pipeline.verify_file`: (EF.SOD, file, bytes)."""


@dataclass(frozen=True, slots=True)
class LatePhoto:
    """How the photo ended; `data` is EF.DG2 exactly where the check PASSED."""

    check: Check
    data: bytes | None = field(default=None, repr=False)

    @property
    def withdraws(self) -> bool:
        """Return whether the tap's effect is to be taken back."""
        return self.check.status is CheckStatus.FAILED


def fetch(
    reading: Reading, check_late: CheckLate, cancelled: Callable[[], bool] = lambda: False
) -> LatePhoto:
    """Read the photo and compare it with its signed hash; give it up once `cancelled` says so."""
    signed = reading.evidence.files[FileId.SOD]
    try:
        data = reading.read_late(FileId.DG2, cancelled=cancelled)
    except CardRefused:
        check = check_late(signed, FileId.DG2, b"")
        if check.reason is Reason.FILE_NOT_LISTED:
            return LatePhoto(Check(Step.HASHES, CheckStatus.NOT_APPLICABLE, detail="no photo"))
        return LatePhoto(check)
    except ReaderError as error:
        return LatePhoto(Check(Step.HASHES, CheckStatus.NOT_RUN, detail=type(error).__name__))
    check = check_late(signed, FileId.DG2, data)
    return LatePhoto(check, data if check.status is CheckStatus.PASSED else None)


def demand(
    reading: Reading, check_late: CheckLate, cancelled: Callable[[], bool] = lambda: False
) -> LatePhoto:
    """Fetch a photo without which nothing is recorded. Raises CardRemoved where it did not come."""
    photo = fetch(reading, check_late, cancelled)
    if photo.check.status is CheckStatus.NOT_RUN:
        raise CardRemoved(
            "The card was lifted before its photo was read.",
            next_step="Lay it again and leave it there.",
        )
    return photo
