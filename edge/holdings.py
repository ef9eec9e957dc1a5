"""What the terminal holds to judge cards with: trust list, profiles, policy, revocation lists.

Lives here: loading what is applied, applying what is newer, and judging a card by all of it. Not
here: what any of it means (`verify`, `crl`), the files of trust list, policy and master list
(`edge.applied`), the lists' answers (`edge.held_lists`), and how any of it comes here
(`edge.sync`, the command line).

Folder: `root.pem` (the public key that trust lists and policies are signed with, put there at
provisioning), the files of `edge.applied` and of `edge.sealed` (the roster), `lists/`, and
`profiles/` (`edge.profile_files`). What another process takes over counts here from the next card
on, profiles from the next start.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from crl.errors import StoreDamaged
from crl.rules import ListHeader, ListKey
from crl.status import Answer, Purpose
from crl.store import ListStore, read_header
from edge.applied import Applied, AppliedFiles, check_master_list, root_key
from edge.errors import ConfigInvalid
from edge.held_lists import HeldLists
from edge.profile_files import ProfileFiles
from edge.sealed import roster_file
from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.profile import CardProfile, select_by_dg1
from verify import certificate, pipeline
from verify.allowlist import AllowList
from verify.errors import VerifyError
from verify.lists import TrustAuthority
from verify.moment import Moment
from verify.names import name_key
from verify.policy import DEFAULT, Policy
from verify.trust import Anchor, AnchorPurpose, TrustList
from verify.verdict import Verdict

if TYPE_CHECKING:
    from verify.masterlist import MasterList

_ROOT = "root.pem"
_LISTS = "lists"
_PROFILES = "profiles"


class Holdings:
    """The applied trust list, profiles, policy and lists of one terminal.

    Making one reads the root key and what is applied. Raises ConfigInvalid without a root key,
    TrustListRefused, PolicyRefused or MasterListRefused where a file on disk does not verify,
    OSError where it cannot be read; with `start_anyway` it keeps that as `broken` and goes on
    without it, and without a trust list where the policy is broken.
    """

    def __init__(
        self, folder: Path, policy: Policy = DEFAULT, *, start_anyway: bool = False
    ) -> None:
        self._folder = folder
        self._base = policy
        self._profiles = ProfileFiles(folder / _PROFILES)
        self.profiles: tuple[CardProfile, ...] = self._profiles.load()
        self._store = ListStore(folder / _LISTS)
        self._files = AppliedFiles(folder, policy)
        self._roster = roster_file(folder)
        self._root: ec.EllipticCurvePublicKey | None = None
        self._lock = threading.Lock()
        self.broken = self._load()
        if self.broken is not None and not start_anyway:
            raise self.broken

    def _load(self) -> ConfigInvalid | VerifyError | OSError | None:
        """Read what is applied; return why not all of it, for then nothing rests on the rest."""
        self._stamp = self._files.stamp()
        found = Applied(self._base)
        failure: ConfigInvalid | VerifyError | OSError | None = None
        try:
            root = self._root = root_key(self._folder / _ROOT)
            found = self._files.read_policy(root, found)
            found = self._files.read_trust(root, found)
            found = self._files.read_master_list(found)
        except (ConfigInvalid, VerifyError, OSError) as error:
            failure = error
        self._held = HeldLists(self._store, found)
        return failure

    def _current(self) -> HeldLists:
        """Return what is in force, read again where another process replaced a file.

        What was verified stays in force where the new file does not verify, or is an older one
        put back.
        """
        with self._lock:
            if self._files.stamp() != self._stamp:
                before = self._held
                self.broken = self._load()
                if self.broken is not None or _older(self._held.applied, before.applied):
                    self._held = before
            return self._held

    @property
    def policy(self) -> Policy:
        """Return the policy in force: the terminal's own, tightened by the signed one."""
        return self._current().applied.policy

    @property
    def allow_list(self) -> AllowList | None:
        """Return the signed algorithm policy in force, None before the first import."""
        return self._current().applied.allow_list

    @property
    def trust(self) -> TrustList | None:
        """Return the trust list in force, None before the first import."""
        return self._current().applied.trust

    def terminal_authorities(self) -> tuple[bytes, ...]:
        """Return the certificates (DER) of whoever may name terminals, none before the import."""
        found = () if self.trust is None else self.trust.anchors_for(AnchorPurpose.TERMINAL)
        return tuple(anchor.certificate for anchor in found)

    @property
    def applied(self) -> Applied:
        """Return all that is in force, and what of the master list is set aside."""
        return self._current().applied

    def profile(self, name: str) -> CardProfile:
        """Return the profile of this name. Raises ConfigInvalid for an unknown one."""
        found = next((p for p in self.profiles if p.name == name), None)
        if found is None:
            raise ConfigInvalid(
                f"There is no card profile {name!r}.",
                next_step=f"Use one of: {', '.join(p.name for p in self.profiles)}.",
            )
        return found

    def require_root(self) -> ec.EllipticCurvePublicKey:
        """Return the key that signs trust lists and corrections. Raises ConfigInvalid."""
        if self._root is None:
            raise ConfigInvalid(
                "This terminal has no root key.",
                next_step="Provision this terminal again: the root key comes with its image.",
            )
        return self._root

    def require_trust(self) -> TrustList:
        """Return the trust list in force. Raises ConfigInvalid before the first import."""
        return _required(self.trust)

    def require_anchors(self) -> TrustList:
        """Return the trust list with the master list's anchors. Raises ConfigInvalid."""
        return _required(self.applied.anchors)

    def apply_trust(self, compact: str) -> TrustList:
        """Take over a newer trust list, signed by the root, and carry out its resets.

        Raises TrustListRefused, ConfigInvalid, CrlError, OSError; then the old one is in force.
        """
        checked = self._files.check_trust(compact, self.require_root(), self.applied)
        new = _required(checked.trust)
        for reset in new.resets:
            key = ListKey(reset.purpose, name_key(reset.issuer), reset.scope)
            self._store.forget(key, reset.number)
        self._files.keep_trust(compact)
        self.broken = self._load()
        return new

    def apply_policy(self, compact: str) -> AllowList:
        """Take over a newer algorithm policy, signed by the root.

        Raises PolicyRefused, ConfigInvalid, OSError; then the old one is in force.
        """
        number = None if self.allow_list is None else self.allow_list.number
        new = self._files.take_policy(compact, self.require_root(), number)
        self.broken = self._load()
        return new

    def apply_master_list(self, data: bytes, root: bytes, moment: Moment) -> MasterList:
        """Take over a newer master list that verifies to `root` (certificate, DER).

        Its certificates become document anchors for `icao`, and for nothing else. Raises
        MasterListRefused, OSError; then what was held stays.
        """
        new = check_master_list(data, root, moment, self.applied)
        self._files.keep_master_list(data, root)
        self.broken = self._load()
        return new

    def import_list(self, data: bytes | Path, at: datetime, purpose: Purpose) -> ListHeader:
        """Take over a newer revocation list, complete or delta: its octets, or a file of them.

        Raises CrlError; then the lists before stay in force.
        """
        header = read_header(data)
        allowed = self.policy.allowed(header.this_update, at)
        authority = TrustAuthority(self.require_anchors(), allowed)
        scope = self._scope_of(header, purpose, authority)
        return self._store.import_list(data, purpose, authority, at, scope)

    def _scope_of(
        self, header: ListHeader, purpose: Purpose, authority: TrustAuthority
    ) -> str | None:
        """Return the scope that a list must have: one of its signer's own, from the trust list.

        A list of a signer nobody knows keeps its own, to be refused for its issuer.
        """
        if purpose is Purpose.CERTIFICATE:
            return None
        issuer = authority.name_key(header.issuer)
        scopes = [
            anchor.scope
            for anchor in authority.trust_list.anchors_for(AnchorPurpose.CARD_STATUS)
            if _subject_key(anchor) == issuer
        ]
        return scopes[0] if scopes and header.scope not in scopes else header.scope

    def apply_profile(self, text: str, name: str) -> None:
        """Keep a card profile (TOML); it counts from the next start on.

        Raises ProfileInvalid, ConfigInvalid, OSError; then what was kept stays.
        """
        self._profiles.keep(text, name)

    def waiting_profiles(self) -> tuple[str, ...]:
        """Return the names of delivered profiles that count only after the next start."""
        return self._profiles.waiting(self.profiles)

    def has_profile(self, name: str) -> bool:
        """Whether a profile of this name was delivered and can be read."""
        return self._profiles.has(name)

    def list_numbers(self) -> dict[ListKey, int]:
        """Return the number up to which each list is remembered. Raises StoreDamaged."""
        return dict(self._store.numbers())

    def lists(self) -> dict[ListKey, ListHeader]:
        """Return the headers of the lists in force. Raises StoreDamaged."""
        return dict(self._store.headers())

    def list_stack(self, key: ListKey) -> tuple[ListHeader, ...]:
        """Return a complete list's header and those of the deltas on top. Raises StoreDamaged."""
        return self._store.stack(key)

    def lists_whole(self) -> bool:
        """Whether every list in force can be read."""
        try:
            self.lists()
        except StoreDamaged:
            return False
        return True

    @property
    def revocation(self) -> HeldLists:
        """Return the lists' answers, as far as what is applied now believes their signers."""
        return self._current()

    def lookup(self, key: ListKey, serial: int, at: datetime) -> Answer:
        """Ask one list. Raises StoreDamaged."""
        return self.revocation.lookup(key, serial, at)

    def judge(self, evidence: CardEvidence, at: Moment) -> Verdict:
        """Judge a card with all that is held. Raises ConfigInvalid without a trust list."""
        profile = self._fitting(evidence) or self.profile(evidence.profile)
        lists = self._current()
        held = lists.applied
        return pipeline.verify(evidence, profile, _required(held.anchors), lists, held.policy, at)

    def _fitting(self, evidence: CardEvidence) -> CardProfile | None:
        """Return the family that the card's own DG1 speaks for; step 4 vouches for DG1 later."""
        try:
            mrz = evidence.mrz
        except (KeyError, MalformedData):
            return None
        return select_by_dg1(self.profiles, evidence.aid, mrz)

    def roster(self) -> bytes | None:
        """Return the opened roster's bytes, None where there is none. Raises SealBroken."""
        return self._roster.read()

    def keep_roster(self, data: bytes, rng: Callable[[int], bytes] = os.urandom) -> None:
        """Seal the roster under a fresh key, and forget the key of the one before.

        Raises OSError; then, as after a power cut, the roster before still opens.
        """
        self._roster.keep(data, rng)

    def forget_roster(self) -> None:
        """Destroy the roster's key; harmless when repeated. Raises OSError."""
        self._roster.forget()


def _older(new: Applied, before: Applied) -> bool:
    """Whether a trust list or policy of a lower number took the place of the one held."""
    pairs = ((new.trust, before.trust), (new.allow_list, before.allow_list))
    return any(held and (found is None or found.number < held.number) for found, held in pairs)


def _required(found: TrustList | None) -> TrustList:
    if found is None:
        raise ConfigInvalid(
            "This terminal has no trust list yet.",
            next_step="Import one: tramthe trust import FILE.",
        )
    return found


def _subject_key(anchor: Anchor) -> bytes:
    """Return the name under which the anchor's lists are filed."""
    return certificate.parse(anchor.certificate).subject
