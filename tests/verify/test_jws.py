"""Signed JSON: what we make others can read, and what others make we take only in our form."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwcrypto import jwk
from jwcrypto import jws as other_jws

from tests.verify.made import csca, issue, spki
from verify import jws
from verify.errors import (
    BadSignature,
    MalformedObject,
    TrustListRefused,
    UnsupportedAlgorithm,
    VerifyError,
)

TYP = "tramthe-test+jws"
PAYLOAD = {"b": [1, True, None], "a": "Tr\u1ea1m Th\u1ebb", "n": 9007199254740991}
KEY = ec.generate_private_key(ec.SECP256R1())


def verify(compact: str, *, typ: str = TYP, max_size: int = 10000) -> dict[str, Any]:
    """Check with the one key there is."""
    return jws.verify(compact, typ=typ, key_for=lambda _: KEY.public_key(), max_size=max_size)


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def foreign(head: dict[str, Any], payload: bytes = b'{"a":1}', key: jwk.JWK | None = None) -> str:
    """Return a JWS that jwcrypto signed under any header, in canonical form."""
    token = other_jws.JWS(payload)
    token.allowed_algs = ["ES256", "HS256"]
    private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    protected = json.dumps(head, sort_keys=True, separators=(",", ":"))
    token.add_signature(key or jwk.JWK.from_pem(private), None, protected, None)
    return str(token.serialize(compact=True))


def header(**more: Any) -> dict[str, Any]:
    """Return a good header and more."""
    return {"alg": "ES256", "typ": TYP, **more}


def test_round_trip() -> None:
    """What is signed comes back, with the key found by its header."""
    compact = jws.sign(PAYLOAD, typ=TYP, key=KEY, kid="k-1")
    seen: list[jws.JwsHeader] = []

    def key_for(found: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        seen.append(found)
        return KEY.public_key()

    assert jws.verify(compact, typ=TYP, key_for=key_for, max_size=1000) == PAYLOAD
    assert seen == [jws.JwsHeader(typ=TYP, kid="k-1", x5c=())]


def test_another_library_reads_ours() -> None:
    """Jwcrypto verifies what we sign, and finds canonical JSON in it."""
    token = other_jws.JWS()
    token.deserialize(jws.sign(PAYLOAD, typ=TYP, key=KEY))
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token.verify(jwk.JWK.from_pem(public))
    expected = json.dumps(PAYLOAD, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert token.payload == expected.encode()
    assert json.loads(token.objects["protected"]) == header()


def test_we_read_another_librarys() -> None:
    """The same form made by jwcrypto is taken."""
    compact = foreign(header(kid="x"))
    assert verify(compact) == {"a": 1}


def test_wrong_type() -> None:
    """The type is compared exactly: no other, no case, no media prefix, none at all."""
    for typ in ("tramthe-other+jws", TYP.upper(), f"application/{TYP}", ""):
        with pytest.raises(MalformedObject, match="type"):
            verify(jws.sign(PAYLOAD, typ=typ, key=KEY))
    with pytest.raises(MalformedObject):
        verify(foreign({"alg": "ES256"}))


def test_no_algorithm_at_all() -> None:
    """Alg none is refused, with and without a signature."""
    head = b64(b'{"alg":"none","typ":"tramthe-test+jws"}')
    for tail in ("", b64(bytes(64))):
        with pytest.raises(UnsupportedAlgorithm):
            verify(f"{head}.{b64(b'{}')}.{tail}")


def test_public_key_as_a_shared_secret() -> None:
    """HS256 over the public key is refused (RFC 8725 section 2.1)."""
    secret = jwk.JWK(kty="oct", k=b64(spki(KEY)))
    with pytest.raises(UnsupportedAlgorithm):
        verify(foreign({**header(), "alg": "HS256"}, key=secret))


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "https://example.invalid/keys"},
        {"jwk": {"kty": "EC"}},
        {"x5u": "https://example.invalid/cert"},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": True},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"kid": 5},
        {"x5c": "no list"},
        {"x5c": [5]},
        {"x5c": ["!"]},
        {"x5c": [""] * 6},
    ],
    ids=str,
)
def test_header_that_asks_for_more(more: dict[str, Any]) -> None:
    """The header's members are a closed set, each of its documented form."""
    raw = json.dumps(header(**more), sort_keys=True, separators=(",", ":")).encode()
    signing = f"{b64(raw)}.{b64(b'{}')}"
    with pytest.raises(MalformedObject):
        verify(f"{signing}.{b64(bytes(64))}")


def test_header_in_another_spelling() -> None:
    """A signed header with spaces, or a member twice, is not canonical and not taken."""
    for raw in (
        b'{"alg": "ES256","typ":"tramthe-test+jws"}',
        b'{"typ":"tramthe-test+jws","alg":"ES256"}',
        b'{"alg":"none","alg":"ES256","typ":"tramthe-test+jws"}',
        b"[]",
        b"\xff",
    ):
        with pytest.raises(MalformedObject):
            verify(f"{b64(raw)}.{b64(b'{}')}.{b64(bytes(64))}")


@pytest.mark.parametrize(
    "payload", [b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b"[1]", b"7", b'{"a":1.0}', b"x"]
)
def test_payload_in_another_spelling(payload: bytes) -> None:
    """Well signed, but not the canonical form of an object."""
    with pytest.raises(MalformedObject):
        verify(foreign(header(), payload))


def test_certificate_of_the_key() -> None:
    """A chain in the header must begin with the certificate of the key that verifies."""
    root = csca()
    own = issue("Terminal", root, key=KEY)
    compact = jws.sign(PAYLOAD, typ=TYP, key=KEY, x5c=[own.certificate, root.certificate])
    assert jws.read_header(compact, max_size=9999).x5c == (own.certificate, root.certificate)
    assert verify(compact) == PAYLOAD


def test_certificate_of_another_key() -> None:
    """The signature holds, but the certificate beside it names somebody else."""
    other = issue("Terminal", csca())
    with pytest.raises(MalformedObject, match="certificate"):
        verify(jws.sign(PAYLOAD, typ=TYP, key=KEY, x5c=[other.certificate]))
    with pytest.raises(MalformedObject):
        verify(jws.sign(PAYLOAD, typ=TYP, key=KEY, x5c=[b"\x30\x00"]))


def test_large_object() -> None:
    """A long payload and a long chain pass up to the caller's own cap."""
    root = csca()
    chain = [issue("Terminal", root, key=KEY).certificate, *[root.certificate] * 4]
    payload = {"text": "x" * 500_000}
    compact = jws.sign(payload, typ=TYP, key=KEY, x5c=chain)
    assert verify(compact, max_size=1_000_000) == payload


def test_oversized() -> None:
    """The cap stands before anything is decoded."""
    compact = jws.sign(PAYLOAD, typ=TYP, key=KEY)
    assert verify(compact, max_size=len(compact)) == PAYLOAD
    with pytest.raises(MalformedObject, match="larger"):
        verify(compact, max_size=len(compact) - 1)


def test_changed_anywhere() -> None:
    """Every character of a JWS counts, those of the last place's spare bits too."""
    compact = jws.sign({"a": 1}, typ=TYP, key=KEY)
    for place in range(len(compact)):
        for letter in "Ab.=":
            if compact[place] == letter:
                continue
            with pytest.raises(VerifyError):
                verify(compact[:place] + letter + compact[place + 1 :])
    for other in (compact + ".", compact[:-1], compact + "A", f" {compact}", f"{compact}\n", ""):
        with pytest.raises(VerifyError):
            verify(other)


def test_another_key_signed() -> None:
    """A signature by another key is BadSignature."""
    with pytest.raises(BadSignature):
        verify(jws.sign(PAYLOAD, typ=TYP, key=ec.generate_private_key(ec.SECP256R1())))


def test_key_on_another_curve() -> None:
    """ES256 is P-256: no other key signs, and none is checked against."""
    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(ValueError, match="P-256"):
        jws.sign(PAYLOAD, typ=TYP, key=other)
    with pytest.raises(UnsupportedAlgorithm):
        jws.verify(
            jws.sign(PAYLOAD, typ=TYP, key=KEY),
            typ=TYP,
            key_for=lambda _: other.public_key(),
            max_size=9999,
        )


def test_unknown_signer() -> None:
    """What `key_for` says of an unknown key comes out as it is."""

    def nobody(_: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        raise TrustListRefused("No such key.", next_step="None.")

    with pytest.raises(TrustListRefused):
        jws.verify(jws.sign(PAYLOAD, typ=TYP, key=KEY), typ=TYP, key_for=nobody, max_size=9999)


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), b"bytes"])
def test_payload_that_json_cannot_carry(value: Any) -> None:
    """Numbers beyond 2^53 are written as hex strings by whoever signs: here they are a slip."""
    with pytest.raises(ValueError, match=r".*"):
        jws.sign({"n": value}, typ=TYP, key=KEY)


def test_payload_that_nobody_checked() -> None:
    """It is shown where no key is at hand; type, header and form are still ours alone."""
    compact = jws.sign(PAYLOAD, typ=TYP, key=KEY)
    assert jws.unverified_payload(compact, typ=TYP, max_size=10000) == PAYLOAD
    head, payload, signature = compact.split(".")
    for wrong in (
        jws.sign(PAYLOAD, typ="tramthe-other+jws", key=KEY),
        f"{head}.{b64(b'[1]')}.{signature}",
        f"{head}.{payload}=.{signature}",
        f"{b64(b'{}')}.{payload}.{signature}",
        payload,
    ):
        with pytest.raises(VerifyError):
            jws.unverified_payload(wrong, typ=TYP, max_size=10000)
