"""The signed things that say whom this terminal believes, as files of one folder.

Lives here: trust list, algorithm policy and master list: read, taken over when newer, replaced
in one step. Not here: what they mean (`verify`), revocation lists (`crl.store`), and who asks
(`edge.holdings`).

Files: `trust-list.jws` and `policy.jws` as the root signed them; `master-list.der`, the root's
certificate as it was given and the list behind it (both DER or BER), so that neither is ever
there without the other. All are verified again whenever they are read. Most terminals hold no
master list, so `verify.masterlist` is loaded where there is one, not at the start.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from edge.errors import ConfigInvalid
from edge.files import replace_file
from verify import der
from verify.allowlist import AllowList
from verify.certificate import MAX_CERTIFICATE, Certificate
from verify.errors import VerifyError
from verify.moment import Moment
from verify.policy import Policy
from verify.trust import TrustList

if TYPE_CHECKING:
    from verify.masterlist import MasterList

_TRUST = "trust-list.jws"
_POLICY = "policy.jws"
_MASTER = "master-list.der"

Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What is in force. `policy` is the terminal's own, with the signed algorithms applied."""

    policy: Policy
    allow_list: AllowList | None = None
    trust: TrustList | None = None
    master_list: MasterList | None = None
    anchors: TrustList | None = None
    """The trust list, with what the master list adds to it."""
    set_aside: tuple[Certificate, ...] = ()
    """Certificates of the master list that are not taken."""

    def with_policy(self, allow_list: AllowList, base: Policy) -> Applied:
        """Return this with another allow-list, applied to the terminal's own policy."""
        return replace(self, allow_list=allow_list, policy=allow_list.applied_to(base))

    def with_trust(self, trust: TrustList) -> Applied:
        """Return this with another trust list. Raises MasterListRefused."""
        return replace(self, trust=trust, anchors=trust)._joined(self.master_list)

    def with_master_list(self, held: MasterList) -> Applied:
        """Return this with another master list. Raises MasterListRefused."""
        return self._joined(held)

    def _joined(self, held: MasterList | None) -> Applied:
        if held is None or self.trust is None:
            return replace(self, master_list=held)
        from verify.masterlist import endorse

        joined = endorse(self.trust, held)
        return replace(self, master_list=held, anchors=joined.anchors, set_aside=joined.set_aside)


class AppliedFiles:
    """The three files of one folder. `base` is the policy that a signed one tightens."""

    def __init__(self, folder: Path, base: Policy) -> None:
        self._folder = folder
        self._base = base
        self._watched = [os.fspath(folder / name) for name in (_TRUST, _POLICY, _MASTER)]

    def stamp(self) -> Stamp:
        """Return what changes when any of the files is replaced."""
        return tuple([_stamp(path) for path in self._watched])

    def read_policy(self, root: ec.EllipticCurvePublicKey, so_far: Applied) -> Applied:
        """Return `so_far` with the policy on disk. Raises PolicyRefused, OSError."""
        compact = self._text(_POLICY)
        if compact is None:
            return so_far
        return so_far.with_policy(AllowList.from_compact(compact, root, self._base), self._base)

    def read_trust(self, root: ec.EllipticCurvePublicKey, so_far: Applied) -> Applied:
        """Return `so_far` with the trust list on disk. Raises TrustListRefused, OSError."""
        compact = self._text(_TRUST)
        if compact is None:
            return so_far
        return so_far.with_trust(TrustList.from_compact(compact, root))

    def read_master_list(self, so_far: Applied) -> Applied:
        """Return `so_far` with the master list on disk. Raises MasterListRefused, OSError."""
        try:
            data = (self._folder / _MASTER).read_bytes()
        except FileNotFoundError:
            return so_far
        from verify.masterlist import verify_master_list

        root, held = _parts(data)
        return so_far.with_master_list(verify_master_list(held, root, None))

    def take_policy(
        self, compact: str, root: ec.EllipticCurvePublicKey, number: int | None
    ) -> AllowList:
        """Put a policy newer than `number` on disk and return it. Raises PolicyRefused, OSError."""
        taken = AllowList.from_compact(compact, root, self._base, number)
        replace_file(self._folder / _POLICY, compact.encode("ascii"), mode=0o644)
        return taken

    def check_trust(self, compact: str, root: ec.EllipticCurvePublicKey, now: Applied) -> Applied:
        """Return `now` with a newer trust list, not yet on disk. Raises TrustListRefused."""
        number = None if now.trust is None else now.trust.number
        return now.with_trust(TrustList.from_compact(compact, root, number))

    def keep_trust(self, compact: str) -> None:
        """Put a trust list that was checked on disk. Raises OSError."""
        replace_file(self._folder / _TRUST, compact.encode("ascii"), mode=0o644)

    def keep_master_list(self, data: bytes, root: bytes) -> None:
        """Put a master list that was checked, and its root, on disk. Raises OSError."""
        replace_file(self._folder / _MASTER, root + data, mode=0o644)

    def _text(self, name: str) -> str | None:
        try:
            return (self._folder / name).read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            return None


def check_master_list(data: bytes, root: bytes, moment: Moment, now: Applied) -> MasterList:
    """Return a master list that may take the place of the one held. Raises MasterListRefused."""
    from verify.masterlist import verify_master_list

    allowed = now.policy.allowed(None, moment.at)
    found = verify_master_list(data, root, moment, allowed=allowed, previous=now.master_list)
    now.with_master_list(found)
    return found


def _parts(data: bytes) -> tuple[bytes, bytes]:
    from verify.masterlist import MAX_MASTER_LIST, refused

    if len(data) > MAX_CERTIFICATE + MAX_MASTER_LIST:
        raise refused("Its file is too large.")
    try:
        _, _, stop = der.head(data, 0, len(data), "master list's file")
    except VerifyError as error:
        raise refused(error.message) from error
    return data[:stop], data[stop:]


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def root_key(path: Path) -> ec.EllipticCurvePublicKey:
    """Return the key that signs trust lists and policies (PEM). Raises ConfigInvalid."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigInvalid(
            f"The root key {path} cannot be read.",
            next_step="Provision this terminal again: the root key comes with its image.",
        ) from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ConfigInvalid(
            f"The root key {path} is not an elliptic-curve key.",
            next_step="Provision this terminal again: the root key comes with its image.",
        )
    return key
