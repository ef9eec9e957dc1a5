"""The rules of replacement, on values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crl.errors import ListRefused
from crl.limits import MAX_AHEAD
from crl.point import DistributionPoint
from crl.rules import ListHeader, ListKey, Part, RefusalReason, Remembered, accept
from crl.status import Purpose, ReasonCode
from tests.crl.made import ECDSA_SHA256, NOW, SCOPE, der, name, point

KEY = ListKey(Purpose.CARD_STATUS, b"issuer", SCOPE)
NEW = ListHeader(
    number=6,
    issuer=name("Status signer"),
    this_update=NOW,
    next_update=NOW + timedelta(days=30),
    point=point(SCOPE),
    base_number=None,
    authority_key_id=None,
    signature_algorithm=ECDSA_SHA256,
    signature=b"signature",
)
FIVE = NEW._replace(number=5, signature=b"five")
SEVEN = NEW._replace(number=7, base_number=5, signature=b"seven")


def part(header: ListHeader) -> Part:
    """Return what is remembered of a list."""
    return Part(
        header.number,
        header.base_number,
        header.authority_key_id,
        header.fingerprint,
        "sha256",
        b"digest",
        b"index",
    )


BEFORE = Remembered(KEY, part(FIVE))


def _reason(
    new: ListHeader, previous: Remembered | None = BEFORE, key: ListKey = KEY
) -> RefusalReason:
    with pytest.raises(ListRefused) as refused:
        accept(new, previous, key, NOW)
    assert refused.value.next_step
    return RefusalReason(refused.value.reason)


def test_first_list_of_its_key_passes() -> None:
    """Nothing is remembered, so any number is new."""
    accept(NEW, None, KEY, NOW)


def test_newer_list_passes() -> None:
    """The number decides, and only the number."""
    accept(NEW, BEFORE, KEY, NOW)
    accept(NEW._replace(number=2**80), BEFORE, KEY, NOW)


def test_older_number_is_refused() -> None:
    """A list taken back in time would un-revoke."""
    assert _reason(NEW._replace(number=4)) is RefusalReason.NOT_NEWER


def test_same_list_again_passes() -> None:
    """Two sticks with the same list are no fault."""
    accept(FIVE, BEFORE, KEY, NOW)


def test_same_number_with_other_bytes_is_refused() -> None:
    """One number is one list."""
    assert _reason(NEW._replace(number=5)) is RefusalReason.SAME_NUMBER_OTHER_BYTES


@pytest.mark.parametrize(
    "key",
    [replace(KEY, issuer=b"other"), replace(KEY, purpose=Purpose.CERTIFICATE)],
    ids=["issuer", "purpose"],
)
def test_other_issuer_or_purpose_than_the_list_before_is_refused(key: ListKey) -> None:
    """A list replaces its own predecessor only."""
    assert _reason(NEW, BEFORE, key) is RefusalReason.ISSUER_DIFFERS


@pytest.mark.parametrize("scope", [None, SCOPE + ":other"])
def test_other_scope_than_expected_is_refused(scope: str | None) -> None:
    """A list for other cards, or without a scope, proves nothing about these."""
    assert _reason(NEW._replace(point=point(scope)), None) is RefusalReason.SCOPE_DIFFERS


def test_scoped_list_where_none_is_expected_is_refused() -> None:
    """A card status list offered as a certificate list, for one."""
    key = ListKey(Purpose.CERTIFICATE, b"issuer", None)
    assert _reason(NEW, None, key) is RefusalReason.SCOPE_DIFFERS


def test_other_scope_than_the_list_before_is_refused() -> None:
    """The memory is of one scope."""
    before = replace(BEFORE, key=replace(KEY, scope=None))
    assert _reason(NEW, before) is RefusalReason.SCOPE_DIFFERS


def test_list_from_the_far_future_is_refused() -> None:
    """A lagging clock is ordinary, up to a cap."""
    accept(NEW._replace(this_update=NOW + MAX_AHEAD), BEFORE, KEY, NOW)
    late = NEW._replace(this_update=NOW + MAX_AHEAD + timedelta(seconds=1))
    assert _reason(late) is RefusalReason.FROM_THE_FUTURE


def test_expired_but_newer_list_passes() -> None:
    """Old news are better than older; look-ups then say STALE."""
    old = NOW - timedelta(days=300)
    accept(NEW._replace(this_update=old, next_update=old), BEFORE, KEY, NOW)


def test_indirect_list_is_refused() -> None:
    """An issuer speaks for itself only."""
    assert (
        _reason(NEW._replace(point=DistributionPoint(NEW.point.full_name, indirect=True)))
        is RefusalReason.INDIRECT_NOT_SUPPORTED
    )


@pytest.mark.parametrize(
    "partial",
    [
        DistributionPoint(only_user_certificates=True),
        DistributionPoint(only_ca_certificates=True),
        DistributionPoint(only_attribute_certificates=True),
        DistributionPoint(only_some_reasons=frozenset({ReasonCode.KEY_COMPROMISE})),
    ],
    ids=lambda partial: str(partial.coverage.value),
)
def test_partial_list_is_refused(partial: DistributionPoint) -> None:
    """Its silence about a serial would read as GOOD."""
    new = NEW._replace(point=replace(partial, full_name=NEW.point.full_name))
    assert _reason(new) is RefusalReason.PARTIAL_LIST


@pytest.mark.parametrize(
    "unnamed",
    [
        DistributionPoint(full_name=(der(0xA4, name("x")),)),
        DistributionPoint(full_name=(der(0x86, b"a:"), der(0x86, b"b:"))),
        DistributionPoint(relative_name=name("x")[2:]),
    ],
    ids=["directory name", "two URIs", "relative to the issuer"],
)
def test_scope_that_is_not_one_uri_is_refused(unnamed: DistributionPoint) -> None:
    """A scope we cannot name must not be taken for another one or for none."""
    key = replace(KEY, scope=None)
    assert _reason(NEW._replace(point=unnamed), None, key) is RefusalReason.SCOPE_NOT_A_URI


def test_kind_number_issuer_scope_base_time_are_judged_in_that_order() -> None:
    """Of several faults the first in the order is named."""
    wrong = NEW._replace(
        base_number=6,
        number=4,
        point=replace(point(None), indirect=True),
        this_update=NOW + 2 * MAX_AHEAD,
    )
    key = replace(KEY, issuer=b"other")
    assert _reason(wrong, BEFORE, key) is RefusalReason.INDIRECT_NOT_SUPPORTED
    wrong = wrong._replace(point=point(None))
    assert _reason(wrong, BEFORE, key) is RefusalReason.NOT_NEWER
    wrong = wrong._replace(number=8)
    assert _reason(wrong, BEFORE, key) is RefusalReason.ISSUER_DIFFERS
    assert _reason(wrong) is RefusalReason.SCOPE_DIFFERS
    wrong = wrong._replace(point=point(SCOPE))
    assert _reason(wrong) is RefusalReason.WRONG_BASE
    assert _reason(wrong._replace(base_number=5)) is RefusalReason.FROM_THE_FUTURE


def test_key_and_header_show_no_octets() -> None:
    """What stands in a log line stays short."""
    assert "issuer=" not in repr(KEY)
    assert "signature" not in repr(NEW)
