"""The card status list day by day: complete lists, deltas, what may come off, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crl.parse import parse
from crl.status import ReasonCode
from provisioning.ceremony import inspect, status_signer
from provisioning.ceremony.folder import AuthorityFolder, begun
from provisioning.ceremony.numbers import NUMBER
from provisioning.ceremony.parts import Name, certificate_path
from provisioning.errors import OfficeInputInvalid
from provisioning.office.entry_table import entry_table
from provisioning.office.pilot import STATUS_SCOPE
from provisioning.office.signed_list import Entry
from tests.provisioning.ceremony.conftest import AT, do
from tests.provisioning.quick import QUICK

DAY = timedelta(days=1)
NAME = Name("Trang thai the dang vien", "Co quan", "VN")
LOST, GONE = ReasonCode.CERTIFICATE_HOLD, ReasonCode.AFFILIATION_CHANGED


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give a status signer as of AT without any list."""
    with begun(tmp_path / "status", cost=QUICK) as held:
        do(held, status_signer.create(NAME, STATUS_SCOPE, AT))
        yield held


def _issue(
    folder: AuthorityFolder, entries: Iterable[Entry], at: datetime = AT, days: int = 10
) -> dict[str, Path]:
    with entry_table() as table:
        return do(folder, status_signer.issue(folder, table, iter(entries), at, days), at)


def _entries(path: Path) -> dict[int, ReasonCode]:
    return {entry.serial: entry.reason for entry in parse(path.read_bytes()).entries()}


def test_a_month_and_more(folder: AuthorityFolder) -> None:
    """Each day a complete list and deltas of a day, a week, a month: each leads to today's."""
    listed: dict[int, list[Entry]] = {}
    entries: list[Entry] = [(1, LOST, AT)]
    for day in range(33):
        at = AT + day * DAY
        entries.append((1000 - day, GONE, at))
        if day == 20:
            entries.remove((1, LOST, AT))
        made = _issue(folder, entries, at)
        number = int(folder.ledger.entries[-1].facts[NUMBER], 16)
        complete = made[status_signer.list_path(number)]
        assert _entries(complete) == {serial: reason for serial, reason, _ in entries}
        starts = [parse(one.read_bytes()).header.base_number for one in made.values() if "-" in
                  one.name and one.suffix == ".crl"]  # fmt: skip
        ages = {0: [], 1: [1], 6: [1, 6], 7: [1, 7], 31: [1, 7, 30], 32: [1, 7, 30]}
        if day in ages:
            assert starts == [
                base for age in sorted(ages[day], reverse=True)
                for base in listed if base == int((at - age * DAY).timestamp())
            ]  # fmt: skip
        for base in filter(None, starts):
            now = {serial: reason for serial, reason, _ in listed[base]}
            now |= _entries(made[status_signer.list_path(number, base)])
            left = {one: why for one, why in now.items() if why is not ReasonCode.REMOVE_FROM_CRL}
            assert left == _entries(complete)
        listed[number] = list(entries)
    kept = list(status_signer.complete_lists(folder))
    assert kept == sorted(listed)[-31:]
    assert len(list((folder.path / "lists").iterdir())) == 31 + 3
    assert list(inspect.faults(folder)) == []


def test_lists_by_openssl(folder: AuthorityFolder, openssl: Callable[..., str]) -> None:
    """Certificate, complete list and delta as openssl reads them."""
    own = folder.path / certificate_path()
    moment = str(int((AT + DAY).timestamp()))
    text = openssl("x509", "-in", own, "-noout", "-text")
    assert "X509v3 Key Usage: critical\n                CRL Sign\n" in text
    assert "X509v3 Extended Key Usage: critical\n                2.25.1656" in text
    _issue(folder, [(1, LOST, AT)])
    made = _issue(folder, [(2, GONE, AT + DAY)], AT + DAY)
    for name, path in made.items():
        if not name.endswith(".crl"):
            continue
        said = openssl("crl", "-inform", "DER", "-in", path, "-CAfile", own, "-noout", "-text")
        assert "verify OK" in said
        assert f"URI:{STATUS_SCOPE}" in said
        assert ("Delta CRL Indicator: critical" in said) is ("-" in name)
        assert ("Remove From CRL" in said) is ("-" in name)
        assert "Affiliation Changed" in said
    # By itself it vouches for nothing: a critical purpose that openssl does not know.
    with pytest.raises(AssertionError):
        openssl("verify", "-x509_strict", "-purpose", "sslclient", "-attime", moment,
                "-CAfile", own, own)  # fmt: skip


@pytest.mark.parametrize(
    "now",
    [[], [(9, GONE, AT)], [(2, LOST, AT)]],
    ids=["none", "another", "lost"],
)
def test_card_that_would_come_back(folder: AuthorityFolder, now: list[Entry]) -> None:
    """What was put on the list for good stays on it: half a file cannot bring a card back."""
    _issue(folder, [(1, LOST, AT), (2, GONE, AT)])
    with pytest.raises(OfficeInputInvalid, match="1 cards would come off"):
        _issue(folder, now, AT + DAY)
    assert len(folder.ledger.entries) == 2


def test_card_that_was_found(folder: AuthorityFolder) -> None:
    """A card reported lost comes off, or stays under another reason."""
    _issue(folder, [(1, LOST, AT), (2, LOST, AT)])
    made = _issue(folder, [(2, GONE, AT + DAY)], AT + DAY)
    (delta,) = (path for name, path in made.items() if "-" in name and name.endswith(".crl"))
    assert _entries(delta) == {1: ReasonCode.REMOVE_FROM_CRL, 2: GONE}


def test_date_to_come(folder: AuthorityFolder) -> None:
    """A list says what is."""
    with pytest.raises(OfficeInputInvalid, match="still to come"):
        _issue(folder, [(1, LOST, AT + DAY)])


def test_card_twice(folder: AuthorityFolder) -> None:
    """One card has one state, and nothing is issued."""
    with pytest.raises(OfficeInputInvalid, match="twice"):
        _issue(folder, [(1, LOST, AT), (1, GONE, AT)])
    assert len(folder.ledger.entries) == 1


@pytest.mark.parametrize("days", [0, 91])
def test_list_for_too_long(folder: AuthorityFolder, days: int) -> None:
    """A list names the next one within 90 days."""
    with pytest.raises(OfficeInputInvalid, match="1 to 90"):
        _issue(folder, [], AT, days)


@pytest.mark.parametrize("at", [AT - DAY, AT + 5 * 365 * DAY - DAY])
def test_list_that_outlives_its_signer(folder: AuthorityFolder, at: datetime) -> None:
    """Before or after its certificate, the signer signs nothing."""
    with pytest.raises(OfficeInputInvalid, match="outlive its signer"):
        _issue(folder, [], at)


@pytest.mark.parametrize("scope", ["", "dang-vien", "urn:thẻ", "urn:a b"])
def test_scope_that_is_no_uri(scope: str) -> None:
    """A scope is a URI in ASCII."""
    with pytest.raises(OfficeInputInvalid, match="scope"):
        status_signer.create(NAME, scope, AT).perform("a passphrase for nothing")


def test_list_that_was_changed(folder: AuthorityFolder) -> None:
    """No delta is made on a list that is not as it was issued."""
    (path,) = (p for n, p in _issue(folder, [(1, LOST, AT)]).items() if n.endswith(".crl"))
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(OfficeInputInvalid, match="not as it was made"):
        _issue(folder, [(1, LOST, AT)], AT + DAY)
