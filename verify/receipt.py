"""A receipt: what a terminal says, for a dossier, of one card that it judged for one procedure.

Lives here: the claims as values, and making them of a verdict. Not here: their signed form
(`receipt_jws`), the centre's word that makes a receipt hold for years (`receipt_anchor`).

A receipt names no person. What was handed over is bound to it by a salted digest, so that whoever
keeps the fields and the salt can show that they belong together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import rfc8785

from crl.status import Answer
from verify.moment import Moment
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

MAX_FIELDS = 64
HASH_SIZE = 32  # bytes, SHA-256
SALT_SIZE = 16  # bytes
MAX_SEQ = (1 << 53) - 1

_NONCE = re.compile(r"[A-Za-z0-9_-]{8,88}")  # RFC 9711 section 4.1: 8 to 88 characters
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_EPOCH = re.compile(r"[0-9a-f]{32}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|terminal")
_DOSSIER = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}")


class CheckLine(NamedTuple):
    """How one step ended. `reason` is a stable code; a later program may know others."""

    step: Step
    status: CheckStatus
    reason: str | None


class ListLine(NamedTuple):
    """Which list was asked. `age`: from its thisUpdate to the look-up, whole seconds."""

    number: int | None
    age: timedelta


@dataclass(frozen=True, slots=True)
class Request:
    """What a back office asked for. ValueError for what a receipt cannot carry."""

    nonce: str
    """8 to 88 characters of base64url, the asker's own; the same comes back."""
    origin: str
    """The asking page's origin (RFC 6454 section 6.2); `terminal` for the counter's own page."""
    procedure: str
    dossier: str = field(repr=False)
    fields: tuple[str, ...]
    """Names of the fields that were asked for, sorted; each once."""

    def __post_init__(self) -> None:
        fit(_NONCE, self.nonce, "the nonce is not 8 to 88 characters of base64url")
        fit(_ORIGIN, self.origin, "the origin is none")
        fit(_CODE, self.procedure, "the procedure is not a code")
        fit(_DOSSIER, self.dossier, "the dossier's number is not 1 to 64 characters")
        if len(self.fields) > MAX_FIELDS or list(self.fields) != sorted(set(self.fields)):
            raise ValueError("the fields are not a short sorted list of different names")
        for name in self.fields:
            fit(_CODE, name, "a field's name is not a code")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the terminal's log stood: the event of this verification and its hash."""

    terminal: str
    epoch: str
    seq: int
    head: bytes = field(repr=False)

    def __post_init__(self) -> None:
        fit(_CODE, self.terminal, "the terminal's id has not its form")
        fit(_EPOCH, self.epoch, "the epoch has not its form")
        if not 1 <= self.seq <= MAX_SEQ:
            raise ValueError("the event's number is from 1 to 2^53 - 1")
        if len(self.head) != HASH_SIZE:
            raise ValueError("the chain's head has not 32 bytes")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The claims. ValueError for what cannot be: an acceptance with a check that failed, say."""

    request: Request
    place: Place
    moment: Moment
    """Whole seconds."""
    outcome: Outcome
    checks: tuple[CheckLine, ...]
    profile: str
    policy: str
    signer_list: ListLine | None
    card_list: ListLine | None
    handed: bytes | None = field(repr=False)
    """`handed_digest` of what the asker got; None where nothing was handed over."""

    def __post_init__(self) -> None:
        if self.moment.at.microsecond:
            raise ValueError("a receipt's time is in whole seconds")
        if [line.step for line in self.checks] != list(Step):
            raise ValueError("a receipt tells of every step, in order")
        for line in self.checks:
            if line.reason is not None:
                fit(_CODE, line.reason, "a reason is not a code")
        if self.outcome is Outcome.ACCEPTED and not all(map(_settled, self.checks)):
            raise ValueError("it was accepted, but not every check passed")
        if self.handed is not None and len(self.handed) != HASH_SIZE:
            raise ValueError("the digest of what was handed over has not 32 bytes")
        fit(_CODE, self.profile, "the profile is not a code")
        fit(_CODE, self.policy, "the policy is not a code")


def of_verdict(
    verdict: Verdict, request: Request, place: Place, *, handed: bytes | None
) -> Receipt:
    """Return the receipt of a verdict. ValueError for what a receipt cannot carry."""
    basis = verdict.basis
    lines = (CheckLine(one.step, one.status, _code(one.reason)) for one in verdict.checks)
    return Receipt(
        request, place, Moment(basis.moment.at.replace(microsecond=0), basis.moment.quality),
        verdict.outcome, tuple(lines), basis.profile, basis.policy,
        _list_line(basis.signer_status), _list_line(basis.card_status), handed,
    )  # fmt: skip


def handed_digest(fields: Mapping[str, str], salt: bytes) -> bytes:
    """Return SHA-256 over the canonical JSON of {fields, salt}; `salt` has 16 random bytes.

    Without a salt, a short field (a birth date) could be guessed from the receipt.
    """
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes")
    return hashlib.sha256(rfc8785.dumps({"fields": dict(fields), "salt": salt.hex()})).digest()


def _code(reason: Reason | None) -> str | None:
    return None if reason is None else reason.value


def _settled(line: CheckLine) -> bool:
    """Whether nothing is open; a profile may do without a card status list."""
    absent = line.status is CheckStatus.NOT_APPLICABLE and line.step is Step.CARD_STATUS
    return line.status is CheckStatus.PASSED or absent


def _list_line(answer: Answer | None) -> ListLine | None:
    if answer is None or answer.age is None:
        return None
    return ListLine(answer.number, timedelta(seconds=int(answer.age.total_seconds())))


def fit(form: re.Pattern[str], value: object, why: str) -> None:
    """Raise ValueError with `why` unless `value` is text that wholly has the form."""
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(why)
