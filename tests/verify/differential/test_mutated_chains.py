"""Bent chains by three validators: ours never accepts alone, and every difference has a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings

from tests.tools import needed
from tests.verify.differential.chains import STRAIGHT, Chain, ListPlan, Plan, chains
from tests.verify.differential.oracles import openssl, ours, pyhanko
from verify.policy import MINIMUM

EXAMPLES = 250
_SIGNATURE_PART = 100  # bytes at most of algorithm and signature behind the signed part
_HEADERS = 8  # bytes of the two heads before what is signed


@dataclass(frozen=True)
class Difference:
    """Where one oracle answers otherwise than ours, and why."""

    oracle: str
    ours: bool
    when: Callable[[Chain], bool]
    reason: str


def _last_second(chain: Chain) -> bool:
    return chain.moment.at in (chain.authority.ends, chain.target.ends)


def _one_name_twice(chain: Chain) -> bool:
    named = [one.subject.strip().casefold() for one in (chain.root, chain.authority, chain.target)]
    return len(set(named)) < len(named)


def _root_on_its_own_list(chain: Chain) -> bool:
    return any(chain.root.serial in one.revoked for one in chain.lists if one.issuer == "Root")


def _torn_outside(one: Plan | ListPlan) -> bool:
    """Whether a bit was flipped that the signature does not cover."""
    if one.torn is None:
        return False
    size = len(one.der())
    place = one.torn * (size - 1) // 1000
    return place < _HEADERS or place >= size - _SIGNATURE_PART


def _torn_around_the_signature(chain: Chain) -> bool:
    made: list[Plan | ListPlan] = [chain.authority, chain.target, *chain.lists]
    return any(_torn_outside(one) for one in made)


def _indirect_list(chain: Chain) -> bool:
    return any(one.point is not None and one.point.indirect_crl for one in chain.lists)


DIFFERENCES = (
    Difference(
        "openssl",
        True,
        _last_second,
        "notAfter belongs to the validity (RFC 5280 section 4.1.2.5); OpenSSL ends it before",
    ),
    Difference(
        "openssl",
        True,
        _one_name_twice,
        "of two certificates of one name OpenSSL tries one as the list's signer or as issuer",
    ),
    Difference(
        "openssl",
        True,
        _root_on_its_own_list,
        "OpenSSL looks for the anchor on its own list; section 6.1 takes an anchor as given",
    ),
    Difference(
        "pyhanko",
        False,
        _torn_around_the_signature,
        "pyhanko does not look at a signature's count of unused bits nor at the outer algorithm",
    ),
    Difference(
        "pyhanko",
        False,
        _indirect_list,
        "pyhanko takes an indirect list for certificates whose points do not name its issuer",
    ),
)
"""Everything that is known to differ. What is not here fails the test."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where openssl finds its files."""
    needed("openssl")
    return tmp_path_factory.mktemp("openssl")


def test_straight_chain(folder: Path) -> None:
    """Unbent, all three accept it."""
    question = STRAIGHT.question()
    assert ours(question, MINIMUM)
    assert pyhanko(question)
    assert openssl(question, folder)


@given(chain=chains())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_bent_chain(folder: Path, chain: Chain) -> None:
    """Ours accepts nothing that both others refuse; where one differs, the table says why."""
    question = chain.question()
    own = ours(question, MINIMUM)
    answers = {"pyhanko": pyhanko(question), "openssl": openssl(question, folder)}
    event("accepted" if own else "refused")
    assert not own or any(answers.values()), chain.bent
    for oracle, answer in answers.items():
        known = any(
            one.oracle == oracle and one.ours is own and one.when(chain) for one in DIFFERENCES
        )
        assert answer is own or known, (oracle, own, chain.bent)
