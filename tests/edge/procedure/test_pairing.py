"""Which origins and names may be paired, and the records as bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from edge.errors import PairingRefused
from edge.procedure.pairing import (
    MAX_NAME,
    MAX_PAIRINGS,
    Pairing,
    PairingRecords,
    fit_name,
    fit_origin,
)
from edge.procedure.pairing_fault import PairingFault

from .pairing_made import NAME, NOW, ORIGIN

PAIRING = Pairing("00112233445566ff", NAME, ORIGIN, bytes(range(32)), NOW)


@pytest.mark.parametrize(
    "origin",
    [
        "https://motcua.example",
        "https://motcua.example:8443",
        "https://192.168.1.20",
        "https://[fd00::1]:8443",
        "https://xn--mt-ca-5za.example",
        "https://may_1.xa.lan",
        "http://localhost:9000",
        "http://127.0.0.1",
        "http://[::1]:9000",
    ],
)
def test_an_origin_to_pair(origin: str) -> None:
    """TLS from anywhere, plain HTTP from this machine; as browsers spell it."""
    assert fit_origin(origin) == origin


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "file://",
        "https://",
        "https://motcua.example/",
        "https://motcua.example/trang",
        "https://Motcua.example",
        "HTTPS://motcua.example",
        "https://motcua.example:443",
        "http://localhost:80",
        "https://motcua.example:0",
        "https://motcua.example:08443",
        "https://motcua.example:65536",
        "https://motcua.example:",
        "https://user@motcua.example",
        "https://user:x@motcua.example",
        "https://motcua.example.",
        "https://motcua..example",
        "https://một-cửa.example",
        "https://motcua.example https://khac.example",
        "https://motcua.example, https://khac.example",
        "https://motcua.example\n",
        "ws://motcua.example",
        "chrome-extension://abcdefgh",
        "https://" + "a" * 250 + ".example",
    ],
)
def test_no_origin_to_pair(origin: str | None) -> None:
    """Anything that browsers never send, and whatever has no origin."""
    with pytest.raises(PairingRefused) as refused:
        fit_origin(origin)
    assert refused.value.fault == PairingFault.ORIGIN_UNFIT
    assert refused.value.next_step


@pytest.mark.parametrize(
    "origin",
    [
        "http://motcua.example",
        "http://192.168.1.20:8080",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://127.0.0.2",
        "http://[::2]",
    ],
)
def test_an_origin_that_the_network_can_speak_for(origin: str) -> None:
    """Plain HTTP from another machine: a page that somebody on the way may have altered."""
    with pytest.raises(PairingRefused) as refused:
        fit_origin(origin)
    assert refused.value.fault == PairingFault.ORIGIN_NOT_SECURE


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (NAME, NAME),
        ("  Quầy   1 \n", "Quầy 1"),
        ("Mo\u0323\u0302t cu\u031b\u0309a", "Một cửa"),
        ("n" * MAX_NAME, "n" * MAX_NAME),
    ],
)
def test_a_name_to_show(given: str, shown: str) -> None:
    """One spelling of it."""
    assert fit_name(given) == shown


@pytest.mark.parametrize(
    "name",
    ["", "   ", "n" * (MAX_NAME + 1), "a\u202eb", "a\u200bb", "a\u2066b", "a\x00b", "\ud800"],
)
def test_a_name_that_deceives(name: str) -> None:
    """Empty, long, or with characters that show nothing or turn what stands beside them."""
    with pytest.raises(PairingRefused) as refused:
        fit_name(name)
    assert refused.value.fault == PairingFault.NAME_UNFIT


def test_records_come_back() -> None:
    """Every field, through bytes."""
    used = replace(PAIRING, id="ff" * 8, used=NOW + timedelta(hours=1))
    records = PairingRecords((PAIRING, used))
    assert PairingRecords.from_bytes(records.to_bytes()) == records


def test_a_repr_gives_nothing_away() -> None:
    """Neither the token's hash nor the name."""
    assert NAME not in repr(PAIRING)
    assert repr(PAIRING.token_hash) not in repr(PAIRING)


def test_records_without_and_used() -> None:
    """One goes, the other was used; a stranger's id changes nothing."""
    other = replace(PAIRING, id="ff" * 8)
    records = PairingRecords().having(PAIRING).having(other)
    assert records.without(PAIRING.id).pairings == (other,)
    assert records.without("00" * 8) == records
    assert records.used(other.id, NOW).pairings == (PAIRING, replace(other, used=NOW))


def test_one_too_many() -> None:
    """The list has an end."""
    records = PairingRecords(
        tuple(replace(PAIRING, id=f"{number:016x}") for number in range(MAX_PAIRINGS))
    )
    with pytest.raises(PairingRefused) as refused:
        records.having(PAIRING)
    assert refused.value.fault == PairingFault.PAIRINGS_FULL


GOOD = json.loads(PairingRecords((PAIRING,)).to_bytes())


def altered(**changes: object) -> bytes:
    """Return records whose one pairing is another."""
    return json.dumps({**GOOD, "pairings": [{**GOOD["pairings"][0], **changes}]}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 5000,
        json.dumps({**GOOD, "v": 2}).encode(),
        json.dumps({**GOOD, "pairings": GOOD["pairings"] * (MAX_PAIRINGS + 1)}).encode(),
        json.dumps({**GOOD, "pairings": [7]}).encode(),
        altered(id="00"),
        altered(id="xyz"),
        json.dumps({**GOOD, "pairings": [{**GOOD["pairings"][0], "token": "00"}]}).encode(),
        altered(token=None),
        altered(origin="http://motcua.example"),
        altered(name=""),
        altered(name=7),
        altered(made="2026-11-05"),
        altered(made="2026-11-05T12:03:00"),
        altered(used=7),
    ],
)
def test_records_in_another_form(data: bytes) -> None:
    """Nothing is taken of them."""
    with pytest.raises(PairingRefused) as refused:
        PairingRecords.from_bytes(data)
    assert refused.value.fault == PairingFault.PAIRINGS_DAMAGED
