"""What the terminal holds to judge cards with: trust list, profiles, policy, revocation lists.

Lives here: loading what is applied, applying what is newer, and the answers that `verify` asks
for. Not here: what any of it means (`verify`, `crl`), and how it comes here (`edge.sync`, the
command line).

Folder: `root.pem` (the public key that trust lists are signed with, put there at provisioning),
`trust-list.jws`, `lists/`, and `roster.sealed` under a key of its own in `roster-ID.key`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from crl.errors import StoreDamaged
from crl.parse import parse_header
from crl.rules import ListHeader, ListKey
from crl.status import Answer, Purpose, Status
from crl.store import ListStore
from edge.errors import ConfigInvalid, SealBroken
from edge.files import replace_file
from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds import dg1
from reader.lds.files import FileId
from reader.profile import CardProfile, builtin_profiles, select_by_dg1
from verify import certificate, pipeline
from verify.errors import TrustListRefused
from verify.lists import TrustAuthority
from verify.moment import Moment
from verify.policy import DEFAULT, Policy
from verify.trust import Anchor, AnchorPurpose, TrustList
from verify.verdict import Verdict

EPOCH = datetime.min.replace(tzinfo=UTC)
NONCE_SIZE = 12  # bytes, AES-GCM
KEY_SIZE = 32  # bytes, AES-256
KEY_ID_SIZE = 8  # bytes before the nonce: which key file opens the roster
ROSTER_LABEL = b"tramthe-roster-v1"
"""Additional data of the sealed roster."""

_log = logging.getLogger("tramthe.holdings")

_ROOT = "root.pem"
_TRUST = "trust-list.jws"
_LISTS = "lists"
_ROSTER = "roster.sealed"
_ROSTER_KEYS = "roster-*.key"


class Holdings:
    """The applied trust list, profiles, policy and lists of one terminal.

    Making one reads the root key and the trust list. Raises ConfigInvalid without a root key,
    TrustListRefused where the trust list on disk does not verify.
    """

    def __init__(self, folder: Path, policy: Policy = DEFAULT) -> None:
        self._folder = folder
        self.policy = policy
        self.profiles: tuple[CardProfile, ...] = builtin_profiles()
        self._root = _root_key(folder / _ROOT)
        self._store = ListStore(folder / _LISTS)
        self._stamp: tuple[int, int] | None = None
        self._trust: TrustList | None = None
        self._load_trust()

    @property
    def trust(self) -> TrustList | None:
        """Return the trust list in force, None before the first import.

        One that another process took over counts from the next look on.
        """
        try:
            self._load_trust()
        except TrustListRefused as error:
            _log.error("the trust list on disk is not taken: %s", error.message)
        return self._trust

    def profile(self, name: str) -> CardProfile:
        """Return the profile of this name. Raises ConfigInvalid for an unknown one."""
        found = next((p for p in self.profiles if p.name == name), None)
        if found is None:
            raise ConfigInvalid(
                f"There is no card profile {name!r}.",
                next_step=f"Use one of: {', '.join(p.name for p in self.profiles)}.",
            )
        return found

    def require_trust(self) -> TrustList:
        """Return the trust list in force. Raises ConfigInvalid before the first import."""
        trust = self.trust
        if trust is None:
            raise ConfigInvalid(
                "This terminal has no trust list yet.",
                next_step="Import one: tramthe trust import FILE.",
            )
        return trust

    def apply_trust(self, compact: str) -> TrustList:
        """Take over a newer trust list, signed by the root. Raises TrustListRefused."""
        held = self.trust
        new = TrustList.from_compact(compact, self._root, held.number if held else None)
        replace_file(self._folder / _TRUST, compact.encode("ascii"), mode=0o644)
        self._trust = new
        return new

    def import_list(self, data: bytes, at: datetime, purpose: Purpose) -> ListHeader:
        """Take over a newer revocation list. Raises CrlError; then the old one stays."""
        authority = TrustAuthority(self.require_trust(), self.policy.algorithms)
        scope = self._scope_of(parse_header(data), purpose, authority)
        return self._store.import_list(data, purpose, authority, at, scope)

    def _scope_of(
        self, header: ListHeader, purpose: Purpose, authority: TrustAuthority
    ) -> str | None:
        """Return the scope that a list must have: its signer's own, from the trust list.

        A list of a signer nobody knows keeps its own, to be refused for its issuer.
        """
        if purpose is Purpose.CERTIFICATE:
            return None
        issuer = authority.name_key(header.issuer)
        for anchor in authority.trust_list.anchors_for(AnchorPurpose.CARD_STATUS):
            if _subject_key(anchor) == issuer:
                return anchor.scope
        return header.scope

    def lists(self) -> dict[ListKey, ListHeader]:
        """Return the headers of the lists in force. Raises StoreDamaged."""
        return dict(self._store.headers())

    def lists_readable(self) -> dict[ListKey, ListHeader]:
        """Return the headers of those lists in force that are not damaged."""
        found: dict[ListKey, ListHeader] = {}
        try:
            held = self._store.keys()
            for key in held:
                with suppress(StoreDamaged):
                    header = self._store.header(key)
                    if header is not None:
                        found[key] = header
        except StoreDamaged:
            return found
        return found

    def lookup(self, key: ListKey, serial: int, at: datetime) -> Answer:
        """Ask one list. Raises StoreDamaged."""
        kinds = {
            Purpose.CERTIFICATE: self.policy.certificate_lists,
            Purpose.CARD_STATUS: self.policy.card_status,
        }
        return self._store.lookup(key, serial, at, kinds[key.purpose].fresh)

    def certificate(self, issuer: bytes, serial: int, at: datetime) -> Answer:
        """Answer `verify.pipeline` about a certificate; a damaged list covers nothing."""
        return self._ask(ListKey(Purpose.CERTIFICATE, issuer, None), serial, at)

    def card(self, scope: str, entry: int, at: datetime) -> Answer:
        """Answer `verify.pipeline` about a chip; a damaged list covers nothing."""
        trust = self.require_trust()
        answers = [
            self._ask(ListKey(Purpose.CARD_STATUS, _subject_key(anchor), scope), entry, at)
            for anchor in trust.anchors_for(AnchorPurpose.CARD_STATUS)
            if anchor.scope == scope
        ]
        return _decisive(answers)

    def _ask(self, key: ListKey, serial: int, at: datetime) -> Answer:
        try:
            return self.lookup(key, serial, at)
        except StoreDamaged:
            return Answer(Status.NOT_COVERED)

    def judge(self, evidence: CardEvidence, at: Moment) -> Verdict:
        """Judge a card with all that is held. Raises ConfigInvalid without a trust list."""
        profile = self._fitting(evidence) or self.profile(evidence.profile)
        return pipeline.verify(evidence, profile, self.require_trust(), self, self.policy, at)

    def _fitting(self, evidence: CardEvidence) -> CardProfile | None:
        """Return the family that the card's own DG1 speaks for; step 4 vouches for DG1 later."""
        try:
            mrz = dg1.parse(evidence.files[FileId.DG1])
        except (KeyError, MalformedData):
            return None
        return select_by_dg1(self.profiles, evidence.aid, mrz)

    def roster(self) -> bytes | None:
        """Return the opened roster's bytes, None where there is none. Raises SealBroken."""
        try:
            sealed = (self._folder / _ROSTER).read_bytes()
            key = self._roster_key(sealed[:KEY_ID_SIZE]).read_bytes()
        except FileNotFoundError:
            return None
        nonce, body = sealed[KEY_ID_SIZE:][:NONCE_SIZE], sealed[KEY_ID_SIZE + NONCE_SIZE :]
        try:
            opened = AESGCM(key).decrypt(nonce, body, ROSTER_LABEL)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "The roster on this terminal does not open.",
                next_step="Load the organisation's roster again.",
            ) from error
        return opened

    def keep_roster(self, data: bytes, rng: Callable[[int], bytes] = os.urandom) -> None:
        """Seal the roster under a fresh key, and forget the key of the one before.

        Raises OSError; then, as after a power cut, the roster before still opens.
        """
        key_id, key, nonce = rng(KEY_ID_SIZE), rng(KEY_SIZE), rng(NONCE_SIZE)
        sealed = key_id + nonce + AESGCM(key).encrypt(nonce, data, ROSTER_LABEL)
        replace_file(self._roster_key(key_id), key)
        replace_file(self._folder / _ROSTER, sealed)
        for old in self._folder.glob(_ROSTER_KEYS):
            if old != self._roster_key(key_id):
                old.unlink()

    def _roster_key(self, key_id: bytes) -> Path:
        return self._folder / _ROSTER_KEYS.replace("*", key_id.hex())

    def _load_trust(self) -> None:
        """Read the trust list if its file is another than last time; never an older one."""
        path = self._folder / _TRUST
        try:
            found = path.stat()
            stamp = (found.st_ino, found.st_mtime_ns)
            if stamp == self._stamp:
                return
            compact = path.read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            return
        self._stamp = stamp
        new = TrustList.from_compact(compact, self._root, None)
        if self._trust is None or new.number >= self._trust.number:
            self._trust = new


def _decisive(answers: list[Answer]) -> Answer:
    """Return the answer that counts where several signers speak for one scope, as at a roll-over.

    Any that says revoked; else that of the newest list.
    """
    for answer in answers:
        if answer.status is Status.REVOKED:
            return answer
    dated = [answer for answer in answers if answer.this_update is not None]
    return max(dated, key=lambda a: a.this_update or EPOCH, default=Answer(Status.NOT_COVERED))


def _subject_key(anchor: Anchor) -> bytes:
    """Return the name under which the anchor's lists are filed."""
    return certificate.parse(anchor.certificate).subject


def _root_key(path: Path) -> ec.EllipticCurvePublicKey:
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
