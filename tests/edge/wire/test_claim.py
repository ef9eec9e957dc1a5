"""A claim and a renewal by the old key: their one form, and everything that is not it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import WireMalformed
from edge.people.claim import Claim as PeopleClaim
from edge.people.roles import Role
from edge.wire import claim as claims
from edge.wire.claim import Claim, read_authorization
from edge.wire.reenrol import MAX_REENROL, Reenrol, open_reenrol, sign_reenrol
from provisioning.office import certificates
from provisioning.office.pki import new_key
from verify import jws
from verify.errors import BadSignature, VerifyError

CLAIM = Claim(
    claim_id="k3-91",
    secret=bytes(range(32)),
    enrol="https://enrol.centre.example:8443",
    anchors=(b"\x30\x03\x02\x01\x07",),
    terminal="99-0417",
    organisation="01234567890123",
    technician="Nguyễn Văn An",
    until="2026-12-01T00:00:00.000Z",
)
AT = "2026-11-29T08:00:00.000Z"


def document(**changes: Any) -> bytes:
    """Return the claim's JSON with some members changed."""
    return json.dumps({**json.loads(CLAIM.to_bytes()), **changes}).encode()


def test_a_claim_comes_out_as_it_went_in() -> None:
    """From a file with a line feed, and with its members in any order."""
    assert Claim.read(CLAIM.to_bytes()) == CLAIM
    assert Claim.read(b" " + document() + b"\r\n") == CLAIM


def test_a_claim_is_named_without_its_secret() -> None:
    """What is printed of it lets nobody enrol."""
    said = repr(CLAIM)
    assert "99-0417" in said
    assert repr(CLAIM.secret) not in said


def test_a_claim_fits_one_qr_code() -> None:
    """Two anchors of the usual size do; what would not is not made."""
    usual = replace(CLAIM, anchors=(bytes(700), bytes(700)))
    assert len(usual.to_bytes()) <= claims.MAX_CLAIM
    with pytest.raises(WireMalformed, match="QR"):
        replace(CLAIM, anchors=(bytes(2048), bytes(2048))).to_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"id": "a:b"},
        {"id": 7},
        {"id": ""},
        {"secret": "AAAA"},
        {"secret": CLAIM.to_bytes().decode()},
        {"secret": None},
        {"enrol": "http://enrol.centre.example"},
        {"enrol": "https://centre.example"},
        {"enrol": "https://enrol.centre.example/path"},
        {"enrol": "https://enrol.user@centre.example"},
        {"anchors": []},
        {"anchors": "MAA="},
        {"anchors": ["not base64"]},
        {"anchors": [7]},
        {"anchors": ["MAA="] * 5},
        {"anchors": [base64.b64encode(bytes(2049)).decode()]},
        {"terminal": "-"},
        {"organisation": "1"},
        {"organisation": "1234567890123x"},
        {"technician": ""},
        {"technician": "x" * 65},
        {"until": "tomorrow"},
        {"until": "2026-12-01"},
        {"more": 1},
    ],
)
def test_what_is_no_claim(change: dict[str, Any]) -> None:
    """One member that has not its form, and the whole is refused."""
    with pytest.raises(WireMalformed) as caught:
        Claim.read(document(**change))
    assert "office" in caught.value.next_step


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"{}", bytes(claims.MAX_FILE + 1)])
def test_what_is_no_object(data: bytes) -> None:
    """Neither nothing, nor a list, nor too much is a claim."""
    with pytest.raises(WireMalformed):
        Claim.read(data)


def test_first_pins_in_the_same_file() -> None:
    """They are no part of this claim, and are handed on as they stand."""
    people = {"pins": {"secretary": "482913"}}
    data = document(people=people)
    assert Claim.read(data) == CLAIM
    part = claims.people_part(data)
    assert part is not None
    assert PeopleClaim.from_bytes(part).terminal == CLAIM.terminal
    assert claims.people_part(CLAIM.to_bytes()) is None


def test_people_joined_to_a_claim() -> None:
    """Out as they went in; another terminal's, or more than a code holds, do not go in."""
    said = PeopleClaim(CLAIM.terminal, {Role.SECRETARY: "482913"}, bytes(32))
    data = claims.with_people(CLAIM, said.to_bytes())
    assert Claim.read(data) == CLAIM
    part = claims.people_part(data)
    assert part is not None
    assert PeopleClaim.from_bytes(part) == said
    with pytest.raises(WireMalformed, match="another terminal"):
        claims.with_people(CLAIM, replace(said, terminal="another").to_bytes())
    longest = replace(CLAIM, anchors=(bytes(1950),))
    longest.to_bytes()
    with pytest.raises(WireMalformed, match="QR code"):
        claims.with_people(longest, said.to_bytes())


def test_it_is_shown_by_http_basic() -> None:
    """Id and secret come out of the header, and only of one that has their form."""
    shown = CLAIM.authorization()
    assert read_authorization(shown) == (CLAIM.claim_id, CLAIM.secret)
    assert read_authorization(shown.replace("Basic ", "basic  ")) == (CLAIM.claim_id, CLAIM.secret)
    good = base64.b64decode(shown.partition(" ")[2])
    for bad in (
        "",
        "Basic",
        shown.replace("Basic", "Bearer"),
        "Basic !!",
        "Basic " + base64.b64encode(b"\xff:" + good).decode(),
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(good[:-3]).decode(),
        "Basic " + base64.b64encode(b"a b:" + good.partition(b":")[2]).decode(),
        shown + "A" * 600,
    ):
        with pytest.raises(WireMalformed):
            read_authorization(bad)


def test_what_the_centre_keeps_lets_nobody_enrol() -> None:
    """SHA-256 of the secret: another for another, and never the secret."""
    kept = claims.secret_hash(CLAIM.secret)
    assert len(kept) == 32
    assert kept != CLAIM.secret
    assert kept != claims.secret_hash(bytes(32))


@given(st.binary(max_size=300))
def test_noise(data: bytes) -> None:
    """Whatever comes, our own error comes out."""
    with pytest.raises(WireMalformed):
        Claim.read(data)


@pytest.fixture(scope="module")
def old() -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """Return an old key and its certificate."""
    key = new_key()
    name = certificates.terminal_name("99-0417", "01234567890123")
    span = certificates.Span.of(datetime(2025, 1, 1, tzinfo=UTC), timedelta(days=1))
    body = certificates.body(name, key.public_key(), issuer=name, serial=1, valid=span)
    return key, certificates.sign(certificates.terminal(body), key.public_key(), key)


def by_certificate(header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
    """Return the key of the certificate that came with it."""
    return jws.certificate_key(header.x5c[0])


def test_a_renewal_by_the_old_key(old: tuple[ec.EllipticCurvePrivateKey, bytes]) -> None:
    """What was asked comes out, with the certificate of who asked; another signature does not."""
    asked = Reenrol(b"\x30\x00", AT)
    compact = sign_reenrol(asked, *old)
    assert open_reenrol(compact, by_certificate) == asked
    assert jws.read_header(compact, max_size=MAX_REENROL).x5c == (old[1],)
    head, body, signature = compact.split(".")
    with pytest.raises(BadSignature):
        open_reenrol(f"{head}.{body}.{signature[:-4]}AAAA", by_certificate)


@pytest.mark.parametrize(
    "payload",
    [
        {"v": 1, "csr": "MAA="},
        {"v": 2, "csr": "MAA=", "at": AT},
        {"v": 1, "csr": "MAA=", "at": "soon"},
        {"v": 1, "csr": "!", "at": AT},
        {"v": 1, "csr": 7, "at": AT},
        {"v": 1, "csr": "AAAA" * 6000, "at": AT},
        {"v": 1, "csr": "MAA=", "at": AT, "more": 1},
    ],
)
def test_what_is_no_renewal(
    payload: dict[str, Any], old: tuple[ec.EllipticCurvePrivateKey, bytes]
) -> None:
    """Well signed, and yet not its form."""
    compact = jws.sign(payload, typ="tramthe-reenrol+jws", key=old[0], x5c=(old[1],))
    with pytest.raises(WireMalformed):
        open_reenrol(compact, by_certificate)


def test_another_type_signed_by_the_same_key(
    old: tuple[ec.EllipticCurvePrivateKey, bytes],
) -> None:
    """A segment or a call is no renewal."""
    payload = {"v": 1, "csr": "MAA=", "at": AT}
    with pytest.raises(VerifyError):
        open_reenrol(jws.sign(payload, typ="tramthe-ack+jws", key=old[0]), by_certificate)
