"""NIST PKITS v1.0.1: paths that must hold, and paths that must not, with every list they need."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.verify.pkits import suite
from tests.verify.pkits.suite import Case
from verify.extensions import ANY_POLICY
from verify.policy import MINIMUM
from verify.reasons import Reason
from verify.rfc5280 import Result
from verify.validation import Settings

_DEFAULT = Path(__file__).resolve().parents[4] / "shared" / "vectors"
FOLDER = Path(os.environ.get("TRAMTHE_VECTORS", _DEFAULT)) / "pkits"
ABSENT = pytest.param(
    None, id="absent", marks=pytest.mark.skip(reason=f"no vectors: {FOLDER} is absent")
)

REASONS = {
    "4.2": Reason.SIGNER_EXPIRED,
    "4.2.1": Reason.CHAIN_INVALID,
    "4.2.2": Reason.CHAIN_INVALID,
    "4.4.1": Reason.SIGNER_STATUS_UNKNOWN,
    "4.4.2": Reason.SIGNER_REVOKED,
    "4.4.3": Reason.SIGNER_REVOKED,
    "4.4.11": Reason.SIGNER_STATUS_STALE,
    "4.4.12": Reason.SIGNER_STATUS_STALE,
    "4.4.15": Reason.SIGNER_REVOKED,
    "4.4.18": Reason.SIGNER_REVOKED,
    "4.6": Reason.CHAIN_INVALID,
    "4.7.1": Reason.CHAIN_INVALID,
    "4.8": Reason.CHAIN_INVALID,
    "4.13": Reason.CHAIN_INVALID,
    "4.15.1": Reason.SIGNER_STATUS_UNKNOWN,
    "4.15.3": Reason.SIGNER_REVOKED,
    "4.15.10": Reason.SIGNER_STATUS_STALE,
    "4.16": Reason.CHAIN_INVALID,
}
"""Why, where the suite says it: by section, or by case where a case says more."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each case, named by number and title."""
    if "case" in metafunc.fixturenames:
        found = suite.cases(FOLDER) if FOLDER.is_dir() else ()
        metafunc.parametrize(
            "case", [pytest.param(case, id=case.name) for case in found] or [ABSENT]
        )
    if "notice" in metafunc.fixturenames:
        metafunc.parametrize("notice", _notices() or [ABSENT])


def judge(case: Case) -> Result | None:
    """Return the result, None where the target itself is malformed."""
    target = suite.load(FOLDER, case.target)
    return None if target is None else suite.validator(FOLDER, case).validate(target, case.at)


def test_case(case: Case) -> None:
    """The path holds exactly where PKITS says so, under the policies that it says."""
    result = judge(case)
    assert (result is not None and result.valid) is case.valid, result
    if result is None:
        return
    if case.valid:
        assert result.policies.constrained == case.user_policies
    else:
        section = case.number.rsplit(".", 1)[0]
        wanted = REASONS.get(case.number, REASONS.get(section))
        assert wanted is None or wanted in {fault.reason for fault in result.faults}


def test_whole_suite() -> None:
    """All 249 cases are there, each under its own name."""
    if not FOLDER.is_dir():
        pytest.skip(f"no vectors: {FOLDER} is absent")
    found = suite.cases(FOLDER)
    assert len(found) == len({case.name for case in found}) == suite.CASES
    assert Counter(case.valid for case in found) == {False: 135, True: 114}


def _notices() -> list[Any]:
    if not FOLDER.is_dir():
        return []
    entries = json.loads((FOLDER / "pkits-user-notice.json").read_text())
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


def test_user_notice(notice: dict[str, object]) -> None:
    """The qualifiers of the policy that holds are those a person is to be shown."""
    params = notice.get("params")
    wanted = params["user_initial_policy_set"] if isinstance(params, dict) else [ANY_POLICY]
    case = next(one for one in suite.cases(FOLDER) if one.target == notice["cert"])
    settings = Settings(policies=frozenset(wanted))
    target = suite.load(FOLDER, case.target)
    assert target is not None
    one = suite.validator(FOLDER, case)
    result = type(one)(
        one.anchors, one.intermediates, one.lists, settings, one.allowed, one.limits
    ).validate(target, case.at)
    assert result.valid
    qualifiers = [item for found in result.policies.qualifiers.values() for item in found]
    shown = {
        other.values[0]["notice"]
        for other in _notices()
        if any(str(other.values[0]["notice"]).encode() in item for item in qualifiers)
    }
    assert shown == {notice["notice"]}


def test_suite_under_the_products_minimum(case: Case) -> None:
    """What the product's own minimum refuses is refused: SHA-1 with DSA, and nothing is gained."""
    target = suite.load(FOLDER, case.target)
    if target is None:
        return
    one = suite.validator(FOLDER, case)
    strict = type(one)(
        one.anchors, one.intermediates, one.lists, one.settings, MINIMUM, one.limits
    ).validate(target, case.at)
    assert strict.valid is (case.valid and "DSA" not in case.title)
