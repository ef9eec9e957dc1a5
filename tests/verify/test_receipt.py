"""Receipts: what one may say, its signed form, and everything that is no receipt."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwcrypto import jwk
from jwcrypto import jws as other_jws

from crl.status import Status
from tests.verify.made import NOW, PROFILE, Lists, World, answer, csca
from verify import jws, pipeline, receipt_jws
from verify.errors import BadSignature, MalformedObject, ReceiptRefused, UnsupportedAlgorithm
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT
from verify.receipt import CheckLine, ListLine, Place, Receipt, Request, handed_digest, of_verdict
from verify.receipt_anchor import TYP as ANCHOR_TYP
from verify.receipt_anchor import Anchored, unproven
from verify.verdict import CheckStatus, Outcome, Step

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
REQUEST = Request(
    "n0nce_of-the-asker", "https://hoso.example", "chuyen-sinh-hoat", "HS 12/2026",
    ("birth", "name"),
)  # fmt: skip
PLACE = Place("tram-01", "0a" * 16, 41, bytes(range(32)))
SALT = bytes(16)
HANDED = handed_digest({"name": "Vàng A Dơ", "birth": "1980-01-02"}, SALT)


def made(world: World, lists: Lists) -> Receipt:
    """Return the receipt of a judged card."""
    verdict = pipeline.verify(world.card(), PROFILE, world.trust(), lists, DEFAULT, NOW)
    return of_verdict(verdict, REQUEST, PLACE, handed=HANDED)


@pytest.fixture
def good(world: World, lists: Lists) -> Receipt:
    """Return the receipt of a good card."""
    return made(world, lists)


def signed(payload: dict[str, Any], *, typ: str = receipt_jws.TYP, key: Any = KEY) -> str:
    """Return the JWS of a payload."""
    return jws.sign(payload, typ=typ, key=key)


def read(compact: str) -> Receipt:
    """Read a receipt under the terminal's key."""
    return receipt_jws.read(compact, lambda _: KEY.public_key())


def test_a_good_card_s_receipt_comes_back_as_it_was(good: Receipt) -> None:
    """Claims, signed and read again, are the same; an accepted card's checks all passed."""
    assert good.outcome is Outcome.ACCEPTED
    assert read(signed(receipt_jws.to_payload(good))) == good


def test_a_lost_card_s_receipt_says_why(world: World) -> None:
    """The reason of the step that failed stands in the receipt, and the outcome is no yes."""
    lost = Lists(for_card=answer(Status.REVOKED), for_certificates=answer(Status.GOOD))
    receipt = made(world, lost)
    back = read(signed(receipt_jws.to_payload(receipt)))
    assert back.outcome is Outcome.REJECTED
    assert [line.step for line in back.checks if line.status is CheckStatus.FAILED] == [
        Step.CARD_STATUS
    ]
    assert back.checks[Step.CARD_STATUS - 1].reason == "CARD_REVOKED"


def test_lists_that_were_asked_stand_with_number_and_age(good: Receipt) -> None:
    """The number of each list and its age at the look-up come back."""
    assert good.signer_list == good.card_list == ListLine(7, timedelta(days=1))


def test_no_list_held(world: World) -> None:
    """Where no list covers the card, the receipt names none."""
    none = answer(Status.NOT_COVERED)
    receipt = made(world, Lists(for_card=none, for_certificates=none))
    assert (receipt.signer_list, receipt.card_list) == (None, None)
    assert read(signed(receipt_jws.to_payload(receipt))) == receipt


def test_a_receipt_names_nobody(good: Receipt) -> None:
    """Neither the claims nor the value's text hold a field that was handed over, or the dossier."""
    assert "Vàng" not in json.dumps(receipt_jws.to_payload(good), ensure_ascii=False)
    assert "1980" not in repr(good)
    assert REQUEST.dossier not in repr(good)


def test_an_independent_library_makes_and_checks_the_same_form(good: Receipt) -> None:
    """Jwcrypto verifies ours, and what it signs is taken."""
    compact = signed(receipt_jws.to_payload(good))
    theirs = other_jws.JWS()
    theirs.deserialize(compact, jwk.JWK.from_pyca(KEY.public_key()))
    assert json.loads(theirs.payload) == receipt_jws.to_payload(good)
    header = json.dumps({"alg": "ES256", "typ": receipt_jws.TYP}, separators=(",", ":"))
    made_there = other_jws.JWS(rfc8785.dumps(receipt_jws.to_payload(good)))
    made_there.add_signature(jwk.JWK.from_pyca(KEY), protected=header)
    assert read(made_there.serialize(compact=True)) == good


def forged(header: dict[str, Any], payload: dict[str, Any]) -> str:
    """Return a JWS of our key under any header."""
    parts = [rfc8785.dumps(header), rfc8785.dumps(payload)]
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    r, s = decode_dss_signature(KEY.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32) + s.to_bytes(32)).rstrip(b"=").decode()
    return f"{text}.{signature}"


OURS = {"alg": "ES256", "typ": receipt_jws.TYP}


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ({**OURS, "alg": "none"}, UnsupportedAlgorithm),
        ({**OURS, "alg": "HS256"}, UnsupportedAlgorithm),
        ({**OURS, "alg": "ES384"}, UnsupportedAlgorithm),
        ({**OURS, "jku": "https://evil.example/keys"}, MalformedObject),
        ({**OURS, "jwk": {"kty": "EC"}}, MalformedObject),
        ({**OURS, "crit": ["exp"], "exp": 1}, MalformedObject),
        ({**OURS, "b64": False, "crit": ["b64"]}, MalformedObject),
        ({**OURS, "typ": "JWT"}, MalformedObject),
        ({**OURS, "typ": ANCHOR_TYP}, MalformedObject),
        ({**OURS, "typ": "tramthe-sheet+jws"}, MalformedObject),
        ({"alg": "ES256"}, MalformedObject),
    ],
)
def test_another_header(good: Receipt, header: dict[str, Any], error: type[Exception]) -> None:
    """Another algorithm, type or a member that points elsewhere is refused, signature or not."""
    assert read(forged(OURS, receipt_jws.to_payload(good))) == good
    with pytest.raises(error):
        read(forged(header, receipt_jws.to_payload(good)))


def test_a_swapped_chain(good: Receipt) -> None:
    """A certificate of another key than the one that signed is refused."""
    other = csca("Another").certificate
    compact = jws.sign(
        receipt_jws.to_payload(good), typ=receipt_jws.TYP, key=KEY, x5c=(other,)
    )  # fmt: skip
    with pytest.raises((MalformedObject, UnsupportedAlgorithm)):
        read(compact)


def test_another_terminal_s_key(good: Receipt) -> None:
    """A receipt that another key signed is refused."""
    with pytest.raises(BadSignature):
        read(signed(receipt_jws.to_payload(good), key=OTHER))


def test_every_changed_character_is_found(good: Receipt) -> None:
    """No character of payload and signature can be changed unnoticed."""
    compact = signed(receipt_jws.to_payload(good))
    begin = compact.index(".") + 1
    for at in range(begin, len(compact), 7):
        swapped = "A" if compact[at] != "A" else "B"
        with pytest.raises((BadSignature, MalformedObject)):
            read(compact[:at] + swapped + compact[at + 1 :])


Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.pop("eat_nonce"),
        lambda p: p.update(more=1),
        lambda p: p.update(eat_nonce="short"),
        lambda p: p.update(eat_nonce="a" * 89),
        lambda p: p.update(eat_nonce=["a" * 10]),
        lambda p: p.update(iat=1.5),
        lambda p: p.update(iat=True),
        lambda p: p.update(iat=-1),
        lambda p: p.update(iat=(1 << 53) - 1),
        lambda p: p.update(time_quality="good"),
        lambda p: p.update(origin="javascript:alert(1)"),
        lambda p: p.update(origin="https://a.example/path"),
        lambda p: p.update(procedure=""),
        lambda p: p.update(dossier="a\nb"),
        lambda p: p.update(dossier="a" * 65),
        lambda p: p.update(fields="birth"),
        lambda p: p.update(fields=["name", "birth"]),
        lambda p: p.update(fields=["name", "name"]),
        lambda p: p.update(fields=[f"f{n:03}" for n in range(65)]),
        lambda p: p.update(handed="00"),
        lambda p: p.update(outcome="yes"),
        lambda p: p.update(checks=p["checks"][:-1]),
        lambda p: p.update(checks=p["checks"][::-1]),
        lambda p: p.update(checks={"a": 1}),
        lambda p: p["checks"][0].update(status="failed", reason="SOD_MALFORMED"),
        lambda p: p["checks"][4].update(status="not-run"),
        lambda p: p["checks"][4].update(status="not-applicable"),
        lambda p: p["checks"][0].update(reason=7),
        lambda p: p["checks"][0].update(why="x"),
        lambda p: p["checks"][0].update(step="luck"),
        lambda p: p.update(profile=""),
        lambda p: p.update(policy=None),
        lambda p: p.update(signer_list={"number": "XY", "age": 1}),
        lambda p: p.update(signer_list={"number": "f" * 41, "age": 1}),
        lambda p: p.update(card_list={"age": 1}),
        lambda p: p.update(card_list=[]),
        lambda p: p.update(terminal="a b"),
        lambda p: p.update(epoch="0A" * 16),
        lambda p: p.update(seq=0),
        lambda p: p.update(head="0" * 63),
    ],
)
def test_claims_that_are_none_of_ours(good: Receipt, change: Change) -> None:
    """Signed or not, a claim of another form, one missing and one too many are refused."""
    payload = json.loads(json.dumps(receipt_jws.to_payload(good)))
    change(payload)
    with pytest.raises(ReceiptRefused):
        read(signed(payload))
    with pytest.raises(ReceiptRefused):
        receipt_jws.unproven(signed(payload))


def test_a_form_of_a_later_program(good: Receipt) -> None:
    """Another `eat_profile` is said to be unknown, not false."""
    payload = {**receipt_jws.to_payload(good), "eat_profile": "2.25.1"}
    with pytest.raises(ReceiptRefused, match="newer program"):
        read(signed(payload))


def test_too_large(good: Receipt) -> None:
    """More than 64 KB is not looked at."""
    with pytest.raises(MalformedObject, match="larger"):
        read("a" * (receipt_jws.MAX_RECEIPT + 1))


def test_values_that_cannot_be(good: Receipt) -> None:
    """A place without its form, parts of a second, an acceptance with a check that failed."""
    with pytest.raises(ValueError, match="head"):
        Place("tram-01", "0a" * 16, 41, b"short")
    with pytest.raises(ValueError, match="whole seconds"):
        replace(good, moment=Moment(NOW.at.replace(microsecond=1), TimeQuality.HELD))
    failed = CheckLine(Step.SECURITY_OBJECT, CheckStatus.FAILED, "SOD_MALFORMED")
    with pytest.raises(ValueError, match="not every check"):
        replace(good, checks=(failed, *good.checks[1:]))
    with pytest.raises(ValueError, match="32 bytes"):
        replace(good, handed=b"")


def test_what_was_handed_over_is_bound_by_a_salted_digest() -> None:
    """The order of fields does not matter; a value, a name or the salt does."""
    same = handed_digest({"birth": "1980-01-02", "name": "Vàng A Dơ"}, SALT)
    assert same == HANDED
    assert handed_digest({"birth": "1980-01-03", "name": "Vàng A Dơ"}, SALT) != HANDED
    assert handed_digest({"birth": "1980-01-02", "number": "Vàng A Dơ"}, SALT) != HANDED
    assert handed_digest({"birth": "1980-01-02", "name": "Vàng A Dơ"}, bytes(15) + b"1") != HANDED
    with pytest.raises(ValueError, match="16 bytes"):
        handed_digest({}, b"")


ANCHORED = Anchored(bytes(range(32)), datetime(2026, 12, 1, 8, tzinfo=UTC))


def test_the_centre_s_word_comes_back_as_it_was() -> None:
    """The hash and when the centre had it, under the centre's signature."""
    compact = signed(ANCHORED.to_payload(), typ=ANCHOR_TYP)
    assert Anchored.from_compact(compact, lambda _: KEY.public_key()) == ANCHORED
    with pytest.raises(BadSignature):
        Anchored.from_compact(compact, lambda _: OTHER.public_key())


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.update(v=2),
        lambda p: p.pop("at"),
        lambda p: p.update(more=1),
        lambda p: p.update(receipt="00"),
        lambda p: p.update(receipt="AB" * 32),
        lambda p: p.update(receipt=7),
        lambda p: p.update(at="2026-12-01"),
        lambda p: p.update(at="2026-12-1T8:00:00Z"),
        lambda p: p.update(at=7),
    ],
)
def test_a_word_that_is_none(change: Change) -> None:
    """Another version, a member missing, too many or without its form is refused."""
    payload = ANCHORED.to_payload()
    change(payload)
    with pytest.raises(ReceiptRefused):
        Anchored.from_compact(signed(payload, typ=ANCHOR_TYP), lambda _: KEY.public_key())


def test_a_word_that_was_checked_before() -> None:
    """What it says is read without the key; its form is held to all the same."""
    assert unproven(signed(ANCHORED.to_payload(), typ=ANCHOR_TYP)) == ANCHORED
    with pytest.raises(ReceiptRefused):
        unproven(signed({**ANCHORED.to_payload(), "v": 2}, typ=ANCHOR_TYP))


def test_a_word_that_cannot_be() -> None:
    """A hash of another size and parts of a second are slips of the caller."""
    with pytest.raises(ValueError, match="32 bytes"):
        Anchored(b"", ANCHORED.at)
    with pytest.raises(ValueError, match="whole second"):
        Anchored(ANCHORED.receipt, ANCHORED.at.replace(microsecond=1))
