"""Step 4: the files are those that the security object lists, and they are of this card family.

Lives here: the hash list against what was read, early and late. Not here: EF.COM (unsigned, it
counts for nothing) and the signature over the list (`passive`).
Source: Doc 9303-11 section 5.1, step 4; Doc 9303-10 section 4.6.2.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds import sod
from reader.lds.dg1 import Mrz
from reader.lds.files import FileId
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile, select_by_dg1
from verify.algorithms import HASHES
from verify.checks import failed, not_run, passed, unsure
from verify.policy import MINIMUM, Algorithms, Policy
from verify.reasons import Reason
from verify.verdict import Check, Step

_PROOFS = frozenset({FileId.DG14, FileId.DG15})
"""Hiding these is the business of step 5."""


_DG1 = FileId.DG1
_NOTHING: Mapping[FileId, bytes] = MappingProxyType({})


class Compared(NamedTuple):
    """Step 4. `vouched` holds the files whose hash the security object lists, and no other."""

    check: Check
    vouched: Mapping[FileId, bytes] = _NOTHING
    mrz: Mrz | None = None
    """What DG1 says, where it is vouched for and was read."""

    def __repr__(self) -> str:  # files are a person's
        return f"Compared({self.check}, {len(self.vouched)} files)"


def compare(
    evidence: CardEvidence, profile: CardProfile, listed: SecurityObject | None, policy: Policy
) -> Compared:
    """Take step 4."""
    step = Step.HASHES
    if listed is None:
        return Compared(not_run(step, "the chip has no readable hash list"))
    weak = _weak_hash(listed, policy.algorithms)
    if weak is not None:
        return Compared(weak)
    read = {file: data for file, data in evidence.files.items() if file.data_group is not None}
    vouched = {file: data for file, data in read.items() if _matches(listed, file, data)}
    doubt = _differing(profile, listed, read, vouched)
    if doubt is not None:
        return Compared(doubt, MappingProxyType(vouched))
    try:
        mrz = evidence.mrz  # of the very DG1 that is vouched for
    except MalformedData as error:
        unread = unsure(step, Reason.FILE_MALFORMED, error.message)
        return Compared(unread, MappingProxyType(vouched))
    if select_by_dg1((profile,), evidence.aid, mrz) is None:
        return Compared(failed(step, Reason.PROFILE_MISMATCH), MappingProxyType(vouched), mrz)
    return Compared(passed(step, _names(list(vouched))), MappingProxyType(vouched), mrz)


def verify_file(security_object: bytes, file_id: FileId, data: bytes) -> Check:
    """Judge a file that came after the verdict; nothing decodes it before it PASSED.

    `security_object` is EF.SOD as the verdict was reached on it: its signature is not checked
    again. LATE_FILE_MISMATCH withdraws what the verdict brought.
    """
    step = Step.HASHES
    try:
        listed = sod.parse(security_object)
    except MalformedData as error:
        return failed(step, Reason.SOD_MALFORMED, error.message)
    weak = _weak_hash(listed, MINIMUM)
    if weak is not None:
        return weak
    if file_id.data_group not in listed.hashes:
        return failed(step, Reason.FILE_NOT_LISTED, file_id.value)
    if not _matches(listed, file_id, data):
        return failed(step, Reason.LATE_FILE_MISMATCH, file_id.value)
    return passed(step, file_id.value)


def _differing(
    profile: CardProfile,
    listed: SecurityObject,
    read: Mapping[FileId, bytes],
    vouched: Mapping[FileId, bytes],
) -> Check | None:
    """Return how the files differ from those that are listed, None where they do not."""
    step = Step.HASHES
    unlisted = [file for file in read if file.data_group not in listed.hashes]
    changed = [file for file in read if file not in vouched and file not in unlisted]
    needed = [file for file in profile.read_now if file not in _PROOFS]
    missing = [file for file in needed if file.data_group in listed.hashes and file not in read]
    if changed:
        return failed(step, Reason.FILE_HASH_MISMATCH, _names(changed))
    if unlisted:
        return failed(step, Reason.FILE_NOT_LISTED, _names(unlisted))
    if missing or _DG1 not in read:
        return failed(step, Reason.FILE_MISSING, _names(missing or [_DG1]))
    return None


def _weak_hash(listed: SecurityObject, allowed: Algorithms) -> Check | None:
    name = listed.hash_algorithm
    if name in allowed.hashes:
        return None
    if name in HASHES.values():
        return failed(Step.HASHES, Reason.ALGORITHM_NOT_ALLOWED, name)
    return unsure(Step.HASHES, Reason.ALGORITHM_UNSUPPORTED, name)


def _matches(listed: SecurityObject, file: FileId, data: bytes) -> bool:
    group = file.data_group
    wanted = None if group is None else listed.hashes.get(group)
    return wanted is not None and hashlib.new(listed.hash_algorithm, data).digest() == wanted


def _names(files: list[FileId]) -> str:
    return ", ".join(files)
