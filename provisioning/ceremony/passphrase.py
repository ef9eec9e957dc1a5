"""Another passphrase for an authority's keys.

Lives here: the act. Not here: what a passphrase must be (`office.key_file`). The keys stay the
same: a copy of the folder from before still opens by the old passphrase, and has to be destroyed.
"""

from __future__ import annotations

from collections.abc import Callable

from provisioning.ceremony.folder import Act, AuthorityFolder, Made
from provisioning.ceremony.parts import PARTS, key_files, load_private
from provisioning.errors import OfficeInputInvalid

CHANGE = "passphrase"


def change(folder: AuthorityFolder, ask: Callable[[], str], parts: int) -> Act:
    """Return the act that puts every key of the folder under another passphrase.

    `ask` is called for it once the old one has opened the keys; it is put together of `parts`.
    The files of before are erased. Raises OfficeInputInvalid where there is no key.
    """
    files = key_files(folder)
    if not files:
        raise OfficeInputInvalid(
            f"{folder.path} holds no key.", next_step="Name the folder of an authority."
        )
    turn = sum(1 for _ in folder.ledger.of(CHANGE)) + 2

    def perform(passphrase: str) -> Made:
        keys = {path: load_private(folder, path, passphrase) for path in files}
        new = ask()
        made = {
            f"{path.removesuffix('.pem')}.{turn}.pem": folder.at_rest(key, new)
            for path, key in keys.items()
        }
        return Made(made, drops=tuple(files.values()))

    return Act(CHANGE, {"keys": str(len(files)), PARTS: str(parts)}, perform)
