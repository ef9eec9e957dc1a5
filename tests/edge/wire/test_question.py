"""The forms of questions that go by way of the centre: what passes, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jwcrypto import jwe, jwk

from edge.errors import SealBroken, WireMalformed
from edge.wire import hybrid
from edge.wire.canonical import to_base64url
from edge.wire.question import (
    ANSWER_TYP,
    CALL_TYP,
    MAX_NAME,
    MAX_TOLD,
    MAX_WAIT,
    Answer,
    Asked,
    Call,
    Office,
    Sealed,
    open_answer,
    open_call,
    seal_question,
    sign_answer,
    sign_call,
)
from edge.wire.question_told import Result, Told, seal_fields
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START
from verify import jws

AT = "2026-11-29T08:00:00.000Z"
ID = "00112233445566778899aabbccddeeff"
SEED = bytes(range(96))
REPLY = jwk.JWK.generate(kty="EC", crv="P-256")
PUBLIC = json.loads(REPLY.export_public())
OFFICE = Office("mot-cua", "Một cửa xã Pha Hín", "https://motcua.example")
KEY = new_key()
CERTIFICATE = issue_terminal(create_terminal_ca("CA", at=START), KEY.public_key(), "t", at=START)
RESULT = Result("ACCEPTED", None, "a..b.c.d", "a.b.c", "BN 7Q4K 19ZD")
WAITING = Told(ID, "waiting", AT)
DONE = Told(ID, "done", AT, result=RESULT)


def body(**changed: Any) -> dict[str, Any]:
    """Return a question's JSON, some of it changed."""
    return {
        "procedure": "chuyen-sinh-hoat-chinh-thuc",
        "dossier": "CSH-2026-0147",
        "nonce": "n-0123456789abcdef",
        "fields": ["name", "number"],
        "access": {"can": "123456"},
        "reply_key": {name: PUBLIC[name] for name in ("kty", "crv", "x", "y")},
        **changed,
    }


def test_a_question_comes_to_its_terminal_alone() -> None:
    """Sealed to its inbox key; for another terminal, or under another id, it does not open."""
    asked = Asked.from_object(body())
    kid, sealed = seal_question(asked, "tram-001", ID, hybrid.public_bytes(SEED))
    question = Sealed(ID, AT, OFFICE, kid, sealed)
    private = hybrid.private_key(SEED)
    assert question.open("tram-001", private) == asked
    assert b"CSH-2026" not in sealed
    with pytest.raises(SealBroken):
        question.open("tram-002", private)
    with pytest.raises(SealBroken):
        Sealed(ID[::-1], AT, OFFICE, kid, sealed).open("tram-001", private)


@pytest.mark.parametrize(
    "changed",
    [
        {"more": 1},
        {"nonce": 7},
        {"nonce": ""},
        {"fields": "name"},
        {"fields": ["name"] * 65},
        {"fields": ["x" * 89]},
        {"access": {}},
        {"access": {"can": "12345"}},
        {"access": {"can": "123456", "more": 1}},
        {"access": {"mrz": {"document_number": "A1", "birth": "800101"}}},
        {"access": {"mrz": {"document_number": "a", "birth": "800101", "expiry": "300101"}}},
        {"access": {"mrz": {"document_number": "A1", "birth": "800101", "expiry": "x"}}},
        {"reply_key": None},
        {"reply_key": {**PUBLIC, "d": "AA"}},
        {"reply_key": {"kty": "EC", "crv": "P-384", "x": PUBLIC["x"], "y": PUBLIC["y"]}},
        {"reply_key": {"kty": "EC", "crv": "P-256", "x": PUBLIC["y"], "y": PUBLIC["x"]}},
    ],
    ids=lambda changed: next(iter(changed)) + str(next(iter(changed.values())))[:12],
)
def test_no_question(changed: dict[str, Any]) -> None:
    """What has not its form is refused, a private key among it, and a point off the curve."""
    given = body(**changed)
    given["reply_key"] = given["reply_key"] and {
        name: value for name, value in given["reply_key"].items() if name != "kid"
    }
    with pytest.raises(WireMalformed):
        Asked.from_object(given)


@pytest.mark.parametrize(
    "office",
    [("Một cửa", "n", "https://a.vn"), ("a", "", "https://a.vn"), ("a", "x" * (MAX_NAME + 1),
     "https://a.vn"), ("a", "a\nb", "https://a.vn"), ("a", "n", "http://a.vn")],
    ids=["id", "no-name", "long-name", "line-end", "plain-http"],
)  # fmt: skip
def test_no_office(office: tuple[str, str, str]) -> None:
    """A name that cannot be shown and an origin without TLS are refused."""
    with pytest.raises(WireMalformed):
        Office(*office)


def test_a_call_and_its_answer() -> None:
    """Both come back as they were, under the signatures of their senders."""
    call = Call("tram-001", bytes(16), AT, MAX_WAIT, (WAITING, DONE))
    assert open_call(sign_call(call, KEY, CERTIFICATE), lambda _: KEY.public_key()) == call
    answer = Answer(
        "tram-001", bytes(16), (Sealed(ID, AT, OFFICE, "inbox-" + "0" * 16, b"x"),), (ID,)
    )
    assert open_answer(sign_answer(answer, KEY, "sign-1"), lambda _: KEY.public_key()) == answer


def refused_call(**changed: Any) -> None:
    """Check that a call with this in it is refused."""
    good = {"terminal": "t", "nonce": to_base64url(bytes(16)), "at": AT, "wait": 0, "told": []}
    compact = jws.sign({**good, **changed}, typ=CALL_TYP, key=KEY, x5c=(CERTIFICATE,))
    with pytest.raises(WireMalformed):
        open_call(compact, lambda _: KEY.public_key())


@pytest.mark.parametrize(
    "changed",
    [{"wait": MAX_WAIT + 1}, {"wait": -1}, {"nonce": "AAAA"}, {"at": "now"}, {"at": 1},
     {"told": {}}, {"told": [1]}, {"told": [WAITING.to_object()] * (MAX_TOLD + 1)}, {"more": 1}],
    ids=str,
)  # fmt: skip
def test_no_call(changed: dict[str, Any]) -> None:
    """What has not its form or is over its cap is refused."""
    refused_call(**changed)


@pytest.mark.parametrize(
    "changed",
    [{"state": "sent"}, {"state": "done"}, {"result": RESULT}, {"id": "1"}, {"deadline": "x"},
     {"deadline": 1}, {"holder": ""}, {"holder": "x" * 201}, {"why": "no code!"}, {"more": 1}],
    ids=str,
)  # fmt: skip
def test_nothing_that_a_terminal_tells(changed: dict[str, Any]) -> None:
    """A result comes with the state done and with no other; texts have their forms."""
    if isinstance(changed.get("result"), Result):
        changed = {"result": DONE.to_object()["result"]}
    refused_call(told=[{**WAITING.to_object(), **changed}])


@pytest.mark.parametrize(
    "changed",
    [{"outcome": "GREEN"}, {"receipt": "a.b"}, {"receipt": "a.b." + "c" * 20_000},
     {"sealed": "a.b.c"}, {"receipt_number": "7"}, {"more": 1}],
    ids=lambda changed: next(iter(changed)) + str(next(iter(changed.values())))[:8],
)  # fmt: skip
def test_no_result(changed: dict[str, Any]) -> None:
    """Each part of a result has its form and its cap."""
    told = DONE.to_object()
    refused_call(told=[{**told, "result": {**told["result"], **changed}}])


@pytest.mark.parametrize(
    "changed",
    [{"questions": [1]}, {"questions": [{}]}, {"cancelled": ["x"]}, {"cancelled": 1}, {"more": 1},
     {"questions": [{"id": ID, "until": AT, "office": {"id": "a"}, "kid": "k", "sealed": ""}]},
     {"questions": [{"id": ID, "until": 1, "office": {}, "kid": "k", "sealed": ""}]},
     {"questions": [{"id": ID, "until": AT, "kid": "k", "sealed": "",
                     "office": {"id": 1, "name": 2, "origin": 3}}]}],
    ids=lambda changed: str(changed)[:40],
)  # fmt: skip
def test_no_answer(changed: dict[str, Any]) -> None:
    """A terminal takes no answer that has not its form."""
    good = {"terminal": "t", "nonce": to_base64url(bytes(16)), "questions": [], "cancelled": []}
    compact = jws.sign({**good, **changed}, typ=ANSWER_TYP, key=KEY, kid="sign-1")
    with pytest.raises(WireMalformed):
        open_answer(compact, lambda _: KEY.public_key())


def test_what_a_card_gave_opens_for_the_asker_alone() -> None:
    """Another JOSE library opens it with the reply key, and nothing else does."""
    compact = seal_fields(ID, {"name": "Hà Văn Thuận"}, bytes(16), body()["reply_key"])
    opened = jwe.JWE()
    opened.deserialize(compact, REPLY)
    assert json.loads(opened.payload) == {
        "id": ID, "fields": {"name": "Hà Văn Thuận"}, "salt": "0" * 32,
    }  # fmt: skip
    assert json.loads(opened.objects["protected"])["alg"] == "ECDH-ES"
    with pytest.raises(jwe.InvalidJWEData):
        jwe.JWE().deserialize(compact, jwk.JWK.generate(kty="EC", crv="P-256"))
