"""Path validation with revocation, all three parts together.

Lives here: build (`building`), validate (`validation`), ask the lists (`crl_processing`), and
which of several paths decides. Not here: any of these parts. A card's signer goes through the
same parts one by one (`path`, `revocation`), since each is a step of its verdict.
Source: RFC 5280 section 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from crl.status import Answer, Status
from verify import building, keys, validation
from verify.building import Chain, Limits, Pool
from verify.certificate import Certificate
from verify.crl_processing import CertificateList, Lists, Signer
from verify.moment import Moment
from verify.policies import ValidPolicies
from verify.policy import MINIMUM, Algorithms
from verify.reasons import Reason
from verify.validation import Fault, Settings

MAX_SIGNER_PATHS = 16  # signers of lists judged for one chain

_GOOD = Status.GOOD
_STATUS_FAULTS = {
    Status.REVOKED: Reason.SIGNER_REVOKED,
    Status.NOT_COVERED: Reason.SIGNER_STATUS_UNKNOWN,
    Status.STALE: Reason.SIGNER_STATUS_STALE,
}


class Result(NamedTuple):
    """The path that decided. Valid exactly where there is a chain and no fault."""

    chain: Chain | None
    faults: tuple[Fault, ...]
    policies: ValidPolicies
    answers: tuple[Answer, ...] = ()
    """What the lists say of each certificate, the target first; empty where nothing was asked."""

    @property
    def valid(self) -> bool:
        """Return whether the target may be relied on."""
        return self.chain is not None and not self.faults


@dataclass(frozen=True, slots=True)
class Validator:
    """What a target is validated against. `lists` None: revocation is not asked about."""

    anchors: Pool
    intermediates: Pool
    lists: Sequence[CertificateList] | None
    settings: Settings = validation.DEFAULT_SETTINGS
    allowed: Algorithms = MINIMUM
    limits: Limits = building.DEFAULT_LIMITS

    def validate(self, target: Certificate, moment: Moment) -> Result:
        """Return the first path that holds, or the first that does not, or none."""
        search = building.find(
            target, self.intermediates, self.anchors, allowed=self.allowed, limits=self.limits
        )
        first: Result | None = None
        for chain in search.chains:
            result = self._judge(chain, moment)
            if result.valid:
                return result
            first = first or result
        if first is not None:
            return first
        why = tuple(Fault(Reason.CHAIN_INVALID, one.message) for one in search.obstacles)
        nobody = Fault(Reason.SIGNER_NOT_TRUSTED, "no path leads to an anchor")
        return Result(None, (*why, nobody), ValidPolicies(frozenset(), {}))

    def _judge(self, chain: Chain, moment: Moment) -> Result:
        validated = validation.validate(chain, moment, self.settings)
        if validated.faults or self.lists is None:
            return Result(chain, validated.faults, validated.policies)
        asked = _Revocation(self, moment).ask(chain)
        faults = tuple(
            [
                Fault(_STATUS_FAULTS[one.status], f"a certificate is {one.status.value}")
                for one in asked
                if one.status is not _GOOD
            ]
        )
        return Result(chain, faults, validated.policies, asked)


@dataclass(slots=True)
class _Revocation:
    """The lists' answers for one chain, with the paths of those who signed the lists."""

    validator: Validator
    moment: Moment
    lists: Lists = field(init=False)
    trusted: dict[bytes, bool] = field(default_factory=dict)
    """List signers outside the chain that were judged."""
    pending: set[bytes] = field(default_factory=set)
    """Those being judged. Asked about meanwhile they pass: a list may be what says that its own
    signer is not revoked (PKITS 4.14.30). What rests on that is not remembered."""
    judged: int = 0

    def __post_init__(self) -> None:
        self.lists = Lists(
            self.validator.lists or (), self._signers, self.moment.at, self.validator.allowed
        )

    def ask(self, chain: Chain) -> tuple[Answer, ...]:
        return tuple([self.lists.answer(chain, one) for one in chain.certificates])

    def _signers(
        self, one: CertificateList, chain: Chain, certificate: Certificate
    ) -> Iterator[Signer]:
        """Yield who may have signed a list: above in the chain, then whoever else has the name."""
        above = chain.above(certificate)
        for issuer in above:
            if issuer.subject == one.issuer:
                yield Signer(issuer, chain.lender(issuer))
        for other in self.validator.intermediates.named(one.issuer):
            if other not in above and other.may("crl_sign") and self._trusts(other, chain):
                yield Signer(other)

    def _trusts(self, signer: Certificate, chain: Chain) -> bool:
        """Whether a list's signer has a valid path to the same anchor, and is not revoked.

        One whose key lacks its parameters is not taken: no issuer of lists was ever made so.
        """
        known = self.trusted.get(signer.der)
        if known is not None or signer.der in self.pending:
            return known is not False
        if self.judged == MAX_SIGNER_PATHS or keys.lacks_parameters(signer.spki):
            return False
        self.judged += 1
        self.pending.add(signer.der)
        trusted = any(self._holds(path) for path in self._paths(signer, chain))
        self.pending.remove(signer.der)
        if not self.pending:
            self.trusted[signer.der] = trusted
        return trusted

    def _paths(self, signer: Certificate, chain: Chain) -> Sequence[Chain]:
        return building.find(
            signer,
            self.validator.intermediates,
            Pool([chain.anchor]),
            allowed=self.validator.allowed,
            limits=self.validator.limits,
        ).chains

    def _holds(self, path: Chain) -> bool:
        critical = Settings(critical=self.validator.settings.critical)
        if validation.validate(path, self.moment, critical).faults:
            return False
        return all(answer.status is Status.GOOD for answer in self.ask(path))
