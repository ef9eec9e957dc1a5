"""Lists as the office issues them, read back by cryptography and by openssl."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from crl.status import ReasonCode
from provisioning.errors import OfficeInputInvalid
from provisioning.office import lists
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.office.pki import Authority
from provisioning.office.signed_list import Facts, write_list
from tests.bench.crl_stock import rsa_3072

Openssl = Callable[..., str]
AsPem = Callable[[Authority], Path]
MONTH = timedelta(days=30)


def _status(pilot: PilotPki, at: datetime, *entries: lists.Entry, number: int = 7) -> bytes:
    return lists.issue_status_list(
        pilot.status_signer,
        scope=STATUS_SCOPE,
        number=number,
        this_update=at,
        next_update=at + MONTH,
        entries=entries,
    )


def test_certificate_list_holds_in_openssl(
    pilot: PilotPki, at: datetime, tmp_path: Path, openssl: Openssl, as_pem: AsPem
) -> None:
    """By openssl, too, the list is good; it has no distribution point."""
    serial = pilot.party_signer.x509.serial_number
    data = lists.issue_crl(
        pilot.party_csca,
        number=3,
        this_update=at,
        next_update=at + MONTH,
        revoked=[(serial, ReasonCode.UNSPECIFIED, at)],
    )
    path = tmp_path / "list.crl"
    path.write_bytes(data)
    csca = as_pem(pilot.party_csca)
    said = openssl("crl", "-inform", "DER", "-in", path, "-CAfile", csca, "-text")
    assert "verify OK" in said
    assert f"Serial Number: {serial:032X}" in said
    assert "Issuing Distribution Point" not in said
    assert "CRL Reason Code" not in said


def test_openssl_refuses_a_revoked_signer(
    pilot: PilotPki, at: datetime, tmp_path: Path, openssl: Openssl, as_pem: AsPem
) -> None:
    """With the list at hand openssl no longer accepts the document signer."""
    data = lists.issue_crl(
        pilot.party_csca,
        number=3,
        this_update=at,
        next_update=at + MONTH,
        revoked=[(pilot.party_signer.x509.serial_number, ReasonCode.UNSPECIFIED, at)],
    )
    der, pem = tmp_path / "list.crl", tmp_path / "list.pem"
    der.write_bytes(data)
    openssl("crl", "-inform", "DER", "-in", der, "-out", pem)
    arguments = [
        *("verify", "-crl_check", "-attime", str(int(at.timestamp()))),
        *("-CRLfile", pem, "-CAfile", as_pem(pilot.party_csca), as_pem(pilot.party_signer)),
    ]
    with pytest.raises(AssertionError, match="certificate revoked"):
        openssl(*arguments)


def test_status_list_names_its_scope_critically(
    pilot: PilotPki, at: datetime, tmp_path: Path, openssl: Openssl, as_pem: AsPem
) -> None:
    """The scope stands in a critical distribution point, and the signature holds."""
    data = _status(pilot, at, (5, ReasonCode.CERTIFICATE_HOLD, at))
    crl = x509.load_der_x509_crl(data)
    point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert point.critical
    assert point.value.full_name == [x509.UniformResourceIdentifier(STATUS_SCOPE)]
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7
    key_id = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    own = pilot.status_signer.x509.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert key_id.key_identifier == own.value.digest
    path = tmp_path / "status.crl"
    path.write_bytes(data)
    signer = as_pem(pilot.status_signer)
    assert "verify OK" in openssl("crl", "-inform", "DER", "-in", path, "-CAfile", signer)


def test_every_reason_of_a_complete_list(pilot: PilotPki, at: datetime) -> None:
    """Each reason code comes back as it was given; unspecified is left out, not spelled."""
    reasons = [reason for reason in ReasonCode if reason is not ReasonCode.REMOVE_FROM_CRL]
    entries = [(100 + reason, reason, at) for reason in reasons]
    crl = x509.load_der_x509_crl(_status(pilot, at, *entries))
    for serial, reason, _ in entries:
        revoked = crl.get_revoked_certificate_by_serial_number(serial)
        assert revoked is not None
        if reason is ReasonCode.UNSPECIFIED:
            assert len(revoked.extensions) == 0
        else:
            said = revoked.extensions.get_extension_for_class(x509.CRLReason).value
            # The reason is the last octet of its ENUMERATED.
            assert said.public_bytes()[-1] == reason


def test_empty_list(pilot: PilotPki, at: datetime) -> None:
    """A list that names nobody is a list, without an empty table."""
    assert len(x509.load_der_x509_crl(_status(pilot, at))) == 0


def test_entries_stand_in_order(pilot: PilotPki, at: datetime) -> None:
    """Whatever order they came in, entries stand by serial."""
    given = [(serial, ReasonCode.SUPERSEDED, at) for serial in (9, 2, 1 << 126)]
    crl = x509.load_der_x509_crl(_status(pilot, at, *given))
    assert [entry.serial_number for entry in crl] == [2, 9, 1 << 126]


@pytest.mark.parametrize("number", [-1, 1 << 159])
def test_number_out_of_range(pilot: PilotPki, at: datetime, number: int) -> None:
    """A list's number is positive and of 20 octets at most."""
    with pytest.raises(OfficeInputInvalid, match="20 octets"):
        _status(pilot, at, number=number)


@pytest.mark.parametrize("serial", [0, -5, 1 << 159])
def test_serial_out_of_range(pilot: PilotPki, at: datetime, serial: int) -> None:
    """So is an entry's serial."""
    with pytest.raises(OfficeInputInvalid, match="serial"):
        _status(pilot, at, (serial, ReasonCode.SUPERSEDED, at))


def test_serial_named_twice(pilot: PilotPki, at: datetime) -> None:
    """One card has one state."""
    with pytest.raises(OfficeInputInvalid, match="twice"):
        _status(pilot, at, (5, ReasonCode.SUPERSEDED, at), (5, ReasonCode.CERTIFICATE_HOLD, at))


def test_remove_from_crl_in_a_complete_list(pilot: PilotPki, at: datetime) -> None:
    """The code removeFromCRL belongs in deltas only."""
    with pytest.raises(OfficeInputInvalid, match="REMOVE_FROM_CRL"):
        _status(pilot, at, (5, ReasonCode.REMOVE_FROM_CRL, at))


def test_list_that_ends_before_it_begins(pilot: PilotPki, at: datetime) -> None:
    """Its nextUpdate lies after thisUpdate."""
    with pytest.raises(OfficeInputInvalid, match="end before"):
        lists.issue_crl(pilot.party_csca, number=1, this_update=at, next_update=at)


def test_delta_says_so_critically(
    pilot: PilotPki, at: datetime, tmp_path: Path, openssl: Openssl, as_pem: AsPem
) -> None:
    """With the base number, and removals, which stand in deltas only; openssl agrees."""
    data = lists.issue_status_list(
        pilot.status_signer,
        scope=STATUS_SCOPE,
        number=9,
        base_number=7,
        this_update=at,
        next_update=at + MONTH,
        entries=[(5, ReasonCode.REMOVE_FROM_CRL, at), (6, ReasonCode.SUPERSEDED, at)],
    )
    indicator = x509.load_der_x509_crl(data).extensions.get_extension_for_class(
        x509.DeltaCRLIndicator
    )
    assert (indicator.critical, indicator.value.crl_number) == (True, 7)
    path = tmp_path / "delta.crl"
    path.write_bytes(data)
    signer = as_pem(pilot.status_signer)
    said = openssl("crl", "-inform", "DER", "-in", path, "-CAfile", signer, "-text")
    assert "verify OK" in said
    assert "Remove From CRL" in said


@pytest.mark.parametrize("base", [7, 8, -1])
def test_delta_on_a_base_that_is_not_before_it(pilot: PilotPki, at: datetime, base: int) -> None:
    """Its base is an earlier list."""
    with pytest.raises(OfficeInputInvalid, match="base"):
        lists.issue_crl(
            pilot.party_csca,
            number=7,
            base_number=base,
            this_update=at,
            next_update=at + MONTH,
        )


def test_scope_that_is_no_uri(pilot: PilotPki, at: datetime) -> None:
    """URIs are ASCII."""
    for scope in ("", "urn:thẻ"):
        with pytest.raises(OfficeInputInvalid, match="scope"):
            lists.issue_status_list(
                pilot.status_signer, scope=scope, number=1, this_update=at, next_update=at + MONTH
            )


def test_changes_between_two_lists(at: datetime) -> None:
    """New and changed entries as they are now, removals of what is gone, nothing else."""
    lost, reissued = ReasonCode.CERTIFICATE_HOLD, ReasonCode.SUPERSEDED
    base = [(1, lost, at), (2, lost, at), (3, reissued, at)]
    now = [(2, reissued, at), (3, reissued, at), (4, lost, at)]
    assert sorted(lists.changes(base, now, at)) == [
        (1, ReasonCode.REMOVE_FROM_CRL, at),
        (2, reissued, at),
        (4, lost, at),
    ]


def test_large_list_under_an_rsa_key(at: datetime, tmp_path: Path, openssl: Openssl) -> None:
    """Written entry by entry; openssl and cryptography read what was meant."""
    signer = rsa_3072()
    (tmp_path / "signer.pem").write_bytes(signer.pem())
    entries = [(n << 64, ReasonCode.SUPERSEDED, at) for n in range(1, 5_000)]
    path = tmp_path / "large.crl"
    with path.open("wb") as out:
        facts = Facts(7, at, at + MONTH, STATUS_SCOPE)
        write_list(out, signer.signer, facts, iter(entries))
    said = openssl("crl", "-inform", "DER", "-in", path, "-CAfile", tmp_path / "signer.pem")
    assert "verify OK" in said
    crl = x509.load_der_x509_crl(path.read_bytes())
    assert [(e.serial_number, e.revocation_date_utc) for e in crl] == [
        (serial, since.replace(microsecond=0)) for serial, _, since in entries
    ]


def test_entries_that_come_in_no_order(at: datetime) -> None:
    """A writer that holds no entries cannot sort them, so it says so."""
    facts = Facts(7, at, at + MONTH, STATUS_SCOPE)
    entries = [(9, ReasonCode.SUPERSEDED, at), (2, ReasonCode.SUPERSEDED, at)]
    with pytest.raises(OfficeInputInvalid, match="ascend"):
        write_list(io.BytesIO(), rsa_3072().signer, facts, entries)
