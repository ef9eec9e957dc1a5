"""A signed sheet: whose it is, and that it is the one that was signed."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.jwk import JWK

from edge.errors import SheetInvalid
from edge.meeting import sheet_jws
from edge.meeting.sheet_json import to_bytes, to_object
from edge.meeting.sheet_jws import TYP, same_code, short_code, sign, terminal_signer, thumbprint
from verify import jws
from verify.errors import BadSignature, MalformedObject, UnsupportedAlgorithm, VerifyError

from .evening import SUPPLEMENT, the_sheet

KEY = ec.generate_private_key(ec.SECP256R1())
KID = thumbprint(KEY.public_key())
SHEET = the_sheet(supplement=SUPPLEMENT)
SIGNED = sign(SHEET, terminal_signer(KEY))


def verify(compact: str) -> sheet_jws.SignedSheet:
    """Check with the terminal's key."""
    return sheet_jws.verify(compact, lambda _: KEY.public_key())


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_header(**more: Any) -> str:
    """Return the sheet under another header, its signature as it was."""
    _, payload, signature = SIGNED.compact.split(".")
    header = {"alg": "ES256", "kid": KID, "typ": TYP} | more
    head = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    return f"{b64(head)}.{payload}.{signature}"


def test_signed_and_checked() -> None:
    """The same sheet, digest and code; the signature names its key by RFC 7638."""
    found = verify(SIGNED.compact)
    assert found == SIGNED
    assert found.sheet == SHEET
    assert jws.read_header(SIGNED.compact, max_size=100_000).kid == KID
    assert JWK.from_pyca(KEY.public_key()).thumbprint() == KID


def test_the_digest_is_of_the_payload() -> None:
    """Anybody can work it out with common tools."""
    payload = SIGNED.compact.split(".")[1]
    assert base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) == to_bytes(SHEET)


def test_every_place_of_the_payload_is_under_the_signature() -> None:
    """Each member and item, the innermost too: another value there is refused."""
    head, _, signature = SIGNED.compact.split(".")
    form = to_object(SHEET)
    places = list(_innermost(form))
    assert len(places) > 400
    for place in places:
        other = copy.deepcopy(form)
        inner = other
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = "changed"
        raw = json.dumps(other, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        with pytest.raises(BadSignature):
            verify(f"{head}.{b64(raw.encode())}.{signature}")


def _innermost(value: Any, path: tuple[Any, ...] = ()) -> Any:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            yield from _innermost(inner, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"typ": "tramthe-receipt+jws"}, MalformedObject),
        ({"typ": "JWT"}, MalformedObject),
        ({"alg": "none"}, UnsupportedAlgorithm),
        ({"alg": "HS256"}, UnsupportedAlgorithm),
        ({"jwk": JWK.from_pyca(KEY.public_key()).export_public(as_dict=True)}, MalformedObject),
        ({"jku": "https://example.org/keys"}, MalformedObject),
        ({"crit": ["b64"], "b64": False}, MalformedObject),
        ({"kid": "another"}, BadSignature),
        ({"kid": None}, BadSignature),
    ],
)
def test_a_header_of_another_kind(more: dict[str, Any], error: type[VerifyError]) -> None:
    """Type, algorithm, and every way to bring a key along are refused."""
    with pytest.raises(error):
        verify(with_header(**more))


def test_another_terminal_signed() -> None:
    """Its sheet is not ours, whatever key it names."""
    other = ec.generate_private_key(ec.SECP256R1())
    for kid in (KID, thumbprint(other.public_key()), None):
        compact = jws.sign(to_object(SHEET), typ=TYP, key=other, kid=kid)
        with pytest.raises(BadSignature):
            verify(compact)


def test_another_object_under_our_key() -> None:
    """Signed by the terminal, but no sheet, or one whose sums are wrong."""
    form = to_object(SHEET)
    form["figures"]["present"] += 1
    for payload in ({"v": 1}, form):
        with pytest.raises(SheetInvalid):
            verify(jws.sign(payload, typ=TYP, key=KEY, kid=KID))


def test_unproven() -> None:
    """The sheet is shown without a key; what is no sheet is not."""
    assert sheet_jws.unproven(SIGNED.compact) == SIGNED
    assert sheet_jws.unproven(with_header(kid="another")).sheet == SHEET
    for wrong in (with_header(typ="JWT"), with_header(alg="none"), "", "a.b.c"):
        with pytest.raises(VerifyError):
            sheet_jws.unproven(wrong)


def test_a_signer_that_keeps_its_key() -> None:
    """Signing is a callable: it is given the payload and the type, and nothing else."""
    asked: list[str] = []

    def element(payload: Any, typ: str) -> str:
        asked.append(typ)
        return jws.sign(payload, typ=typ, key=KEY, kid=KID)

    assert verify(sign(SHEET, element).compact).sheet == SHEET
    assert asked == [TYP]


def test_a_full_roster_fits() -> None:
    """The cap is above what the largest sheet takes: 20,000 people of long names."""
    a_line = len(json.dumps(to_object(SHEET)["people"][23], ensure_ascii=False).encode())
    assert 20_000 * (a_line + 100) * 4 / 3 < sheet_jws.MAX_SHEET


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes(32), "0000 0000 0000 0000"),
        (b"\xff" * 32, "ZZZZ ZZZZ ZZZZ ZZZZ"),
        (bytes.fromhex("08421084210842108421") + bytes(22), "1111 1111 1111 1111"),
        (bytes.fromhex("3dc93f9b44") + bytes(27), "7Q4K Z6T4 0000 0000"),
    ],
)
def test_the_code_on_paper(data: bytes, code: str) -> None:
    """Crockford base32 of the first 80 bits, in fours."""
    assert short_code(data) == code


def test_what_the_qr_code_says() -> None:
    """The whole digest in letters that a QR code packs closely; it begins with the short code."""
    text = sheet_jws.qr_text(SIGNED.digest)
    assert text.startswith("TRAMTHE:SHEET:" + SIGNED.code.replace(" ", ""))
    assert len(text) == len("TRAMTHE:SHEET:") + 52
    assert sheet_jws.letters(b"") == ""


def test_a_code_read_from_paper() -> None:
    """Small letters, other gaps, O for 0 and L or I for 1, and the whole of the QR code."""
    digest = bytes.fromhex("08421084210842108420") + SIGNED.digest[:22]
    code = short_code(digest)
    assert code == "1111 1111 1111 1110"
    for typed in (
        code,
        code.lower(),
        "illi-ILLI-1111-111o",
        f" {code}\n",
        sheet_jws.qr_text(digest),
    ):
        assert same_code(typed, digest)
    for typed in ("", "1111", "1111 1111 1111 111", "1111 1111 1111 1112", "Ủ" * 16):
        assert not same_code(typed, digest)
