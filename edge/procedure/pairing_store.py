"""The file of paired pages: sealed in the identity folder, replaced whole.

Lives here: the one place of pairing that touches the disk. Not here: what the records say
(`pairing`), the seal (`edge.wrapped`).

    pairings.sealed   the JSON of `PairingRecords`, sealed under the terminal's wrap key
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from edge.errors import SealBroken
from edge.layout import PAIRINGS
from edge.procedure.pairing import MAX_BYTES, PairingRecords, refused
from edge.procedure.pairing_fault import PairingFault
from edge.wrapped import WrappedFile

FILE = PAIRINGS
LABEL = b"tramthe-pairings-v1"


class PairingFile:
    """The file of one identity folder, for one process."""

    def __init__(
        self,
        folder: Path,
        wrap_key: bytes | None,
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._file = WrappedFile(folder / FILE, wrap_key, label=LABEL, max_bytes=MAX_BYTES, rng=rng)

    def read(self) -> PairingRecords:
        """Return the records, empty where there never were any.

        Raises PairingRefused (PAIRINGS_DAMAGED).
        """
        try:
            opened = self._file.read()
        except SealBroken as error:
            raise refused(PairingFault.PAIRINGS_DAMAGED) from error
        return PairingRecords() if opened is None else PairingRecords.from_bytes(opened)

    def keep(self, records: PairingRecords) -> None:
        """Write the records durably.

        Raises PairingRefused (PAIRINGS_NOT_KEPT, PAIRINGS_DAMAGED): then nothing is changed.
        """
        try:
            self._file.keep(records.to_bytes())
        except SealBroken as error:
            raise refused(PairingFault.PAIRINGS_DAMAGED) from error
        except OSError as error:
            raise refused(PairingFault.PAIRINGS_NOT_KEPT) from error
