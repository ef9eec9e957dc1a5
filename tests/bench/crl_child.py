"""Import one list and ask it, in a process of its own; print its peak of memory in bytes.

Started by `crl_rows` with the list's file, the signer's certificate (DER) and an empty folder.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from crl.rules import ListKey
from crl.status import Purpose, Status
from crl.store import ListStore
from tests.bench.crl_stock import AT, DAY, SCOPE, Recipe
from verify.lists import TrustAuthority
from verify.trust import Anchor, AnchorPurpose, TrustList

LOOK_UPS = 1000


def main(file: Path, certificate: Path, folder: Path, count: int) -> int:
    """Return the peak of resident memory, in bytes."""
    anchor = Anchor(AnchorPurpose.CARD_STATUS, certificate.read_bytes(), scope=SCOPE)
    authority = TrustAuthority(TrustList(1, AT - DAY, (anchor,), ()))
    store = ListStore(folder)
    store.import_list(file, Purpose.CARD_STATUS, authority, AT, SCOPE)
    (key,) = store.keys()
    recipe = Recipe(count)
    for index in range(0, count, count // LOOK_UPS):
        _require_revoked(store, key, recipe.serial(index))
    (line,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    )
    return int(line.split()[1]) * 1024


def _require_revoked(store: ListStore, key: ListKey, serial: int) -> None:
    if store.lookup(key, serial, AT, timedelta(days=10)).status is not Status.REVOKED:
        raise RuntimeError("a serial on the list was not found")


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))  # noqa: T201 -- its output
