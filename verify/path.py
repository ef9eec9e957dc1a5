"""From a document's signer up to an anchor: RFC 5280's machinery as Doc 9303 uses it.

Lives here: what country authorities and their signers must be beyond a valid path. The search
is `building`'s, the validity `validation`'s; here their settings are narrowed:
- at most five certificates below the anchor; links are found by key identifier too, and one that
  is marked as a change of name takes no length of the path, as if it were self-issued;
- no policy is asked for, and what Doc 9303-12 tables 2 and 6 do not allow (name constraints,
  policy mappings and the like) refuses the chain where it is critical.
Not here: which anchor may vouch for what (`trust`, `passive`) and revocation (`revocation`).
Source: Doc 9303-12 sections 4.4 (link certificates) and 7.1.1 (profiles, nameChange); RFC 5280
section 6.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verify import building, validation
from verify.building import Chain, Limits, Pool, Search
from verify.certificate import UNDERSTOOD, Certificate
from verify.moment import Moment
from verify.policy import MINIMUM, Algorithms
from verify.reasons import Reason
from verify.validation import Fault, Settings

__all__ = [
    "LIMITS",
    "MAX_DEPTH",
    "MAX_SIGNATURES",
    "Chain",
    "Fault",
    "Pool",
    "Search",
    "find",
    "judge",
]

MAX_DEPTH = 5  # certificates below the anchor
MAX_SIGNATURES = 32  # signatures checked in one search

LIMITS = Limits(depth=MAX_DEPTH, signatures=MAX_SIGNATURES, links_by_key=True)
NAME_CHANGE = "2.23.136.1.1.6.1"
"""id-icao-mrtd-security-extensions-nameChange: in 72 of the German list's certificates."""

_SETTINGS = Settings(critical=UNDERSTOOD, link_mark=NAME_CHANGE)


def find(
    signer: Certificate,
    intermediates: Sequence[Certificate],
    anchors: Sequence[Certificate] | Pool,
    *,
    allowed: Algorithms = MINIMUM,
) -> Search:
    """Return every chain from `signer` to one of `anchors` by names and signatures."""
    above = anchors if isinstance(anchors, Pool) else Pool(anchors)
    return building.find(signer, Pool(intermediates), above, allowed=allowed, limits=LIMITS)


def judge(chain: Chain, moment: Moment) -> Fault | None:
    """Return what is wrong with a chain at `moment`, the certain before the doubtful, or None."""
    general = validation.validate(chain, moment, _SETTINGS).faults
    return validation.worst((*_signer_faults(chain.certificates[0]), *general))


def _signer_faults(signer: Certificate) -> Iterator[Fault]:
    """Judge by the document signer's profile, Doc 9303-12 table 6.

    Extended key usages mark other signers under the same authority (master lists, visas,
    terminals); an authority itself signs no documents.
    """
    if signer.is_ca:
        yield Fault(Reason.SIGNER_NOT_FOR_DOCUMENTS, "the signer is an authority")
    if not signer.may("digital_signature"):
        yield Fault(Reason.SIGNER_NOT_FOR_DOCUMENTS, "the signer's key usage has no signatures")
    if signer.extended_key_usage is not None:
        yield Fault(Reason.SIGNER_NOT_FOR_DOCUMENTS, "the signer is for another use")
