"""The inbox's wire forms: caps, signatures, and everything that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import SealBroken, WireMalformed
from edge.wire import hybrid
from edge.wire.inbox import (
    MAX_CLEAR,
    MAX_DEPTH,
    MessageKind,
    check_depth,
    key_id,
    open_message,
    seal_message,
)
from edge.wire.inbox_call import (
    CALL_TYP,
    ENOUGH,
    HEAD_TYP,
    MAX_LISTED,
    MAX_MESSAGES,
    Call,
    Head,
    PublicKey,
    join,
    open_call,
    open_head,
    sign_call,
    sign_head,
    split,
)
from provisioning.office.pki import create_terminal_ca, issue_terminal, new_key
from tests.edge.log.made import START, TERMINAL
from verify import jws
from verify.errors import MalformedObject

KEY = new_key()
SEED = bytes(range(hybrid.SEED_SIZE))
PUBLIC = hybrid.public_bytes(SEED)
AT = "2026-11-21T12:00:00.000Z"
CALL = Call(TERMINAL, 3, 9, ((4, 5), (7, 8)), (2,), bytes(16), AT, PublicKey(2, PUBLIC))
HEAD = Head(TERMINAL, bytes(16), 9, 2, key_id(PUBLIC), AT)
CERTIFICATE = issue_terminal(
    create_terminal_ca("Terminal CA", at=START), KEY.public_key(), TERMINAL, at=START
)


def ours(_header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
    """Return the one key."""
    return KEY.public_key()


def sealed(body: Mapping[str, Any]) -> str:
    """Return a roster message with this body."""
    return seal_message(
        *(TERMINAL, 5, MessageKind.ROSTER, body, START), public=PUBLIC, key=KEY, kid="sign-1"
    )


def test_message_round_trip() -> None:
    """What was sealed is read with the key that it names, and with no other."""
    message = open_message(sealed({"v": 1, "tên": "Lò Thị Mai"}), ours)
    assert (message.terminal, message.number, message.kind, message.at) == (
        *(TERMINAL, 5, "roster", AT),
    )
    assert message.kid == key_id(PUBLIC)
    assert message.open(hybrid.private_key(SEED)) == {"v": 1, "tên": "Lò Thị Mai"}
    with pytest.raises(SealBroken):
        message.open(hybrid.private_key(bytes(hybrid.SEED_SIZE)))


def test_same_content_signed_twice_has_one_digest() -> None:
    """The digest is that of the content; ES256 signs differently each time."""
    compact = sealed({})
    payload = jws.verify(compact, typ="tramthe-inbox+jws", key_for=ours, max_size=1 << 20)
    again = jws.sign(payload, typ="tramthe-inbox+jws", key=KEY, kid="sign-1")
    assert again != compact
    assert open_message(again, ours).digest == open_message(compact, ours).digest
    assert open_message(sealed({}), ours).digest != open_message(compact, ours).digest


def test_body_too_large_or_too_deep_is_not_sealed() -> None:
    """The caps hold where a message is made too."""
    with pytest.raises(WireMalformed, match="too large"):
        sealed({"x": "x" * MAX_CLEAR})
    deep: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 1):
        deep = {"in": deep}
    check_depth(deep)
    with pytest.raises(WireMalformed, match="too deep"):
        check_depth({"in": [deep]})


@pytest.mark.parametrize("size", [0, hybrid.PUBLIC_SIZE - 1, hybrid.PUBLIC_SIZE + 1])
def test_public_key_of_another_size(size: int) -> None:
    """A key that is none is refused, not sealed to."""
    with pytest.raises(SealBroken):
        hybrid.seal(b"x", bytes(size), b"")


def test_public_key_that_is_none() -> None:
    """1216 bytes that no key has are refused."""
    with pytest.raises(SealBroken):
        hybrid.seal(b"x", b"\xff" * hybrid.PUBLIC_SIZE, b"")


@pytest.mark.parametrize("size", [0, hybrid.SEED_SIZE - 1])
def test_private_key_of_another_size(size: int) -> None:
    """So is half a private key."""
    with pytest.raises(SealBroken):
        hybrid.private_key(bytes(size))
    with pytest.raises(SealBroken):
        hybrid.public_bytes(bytes(size))


def test_call_round_trip() -> None:
    """A call is read as it was signed."""
    assert open_call(sign_call(CALL, KEY, CERTIFICATE), ours) == CALL


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal": "no terminal"},
        {"high_water": -1},
        {"highest": 2},
        {"gaps": [[3, 4]]},
        {"gaps": [[4]]},
        {"gaps": [[5, 4]]},
        {"gaps": [[4, 5], [5, 6]]},
        {"gaps": [[2 * n + 4, 2 * n + 4] for n in range(MAX_LISTED + 1)]},
        {"set_aside": [0]},
        {"set_aside": "all"},
        {"nonce": "AAAA"},
        {"nonce": 1},
        {"at": "now"},
        {"at": None},
        {"key": {}},
        {"key": {"generation": 0, "public": ""}},
        {"key": {"generation": 1, "public": "AAAA"}},
        {"more": 1},
    ],
)
def test_malformed_call(changes: dict[str, Any]) -> None:
    """A call of another form is refused, whoever signed it."""
    payload = {**CALL.to_payload(), **changes}
    compact = jws.sign(payload, typ=CALL_TYP, key=KEY, x5c=(CERTIFICATE,))
    with pytest.raises(WireMalformed):
        open_call(compact, ours)


def test_head_round_trip() -> None:
    """A head is read as it was signed."""
    assert open_head(sign_head(HEAD, KEY, "sign-1"), ours) == HEAD


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": ""},
        {"last": -1},
        {"generation": 0},
        {"kid": "inbox"},
        {"at": 0},
        {"terminal": ""},
        {"more": 1},
    ],
)
def test_malformed_head(changes: dict[str, Any]) -> None:
    """So is a head."""
    good = jws.verify(sign_head(HEAD, KEY, "k"), typ=HEAD_TYP, key_for=ours, max_size=1 << 16)
    with pytest.raises(WireMalformed):
        open_head(jws.sign({**good, **changes}, typ=HEAD_TYP, key=KEY, kid="k"), ours)


def test_answer_has_whole_messages() -> None:
    """The first message always, further ones as long as they are few and small."""
    assert split(join("head", [])) == ("head", ())
    assert split(join("head", ["a", "b"])) == ("head", ("a", "b"))
    large = "x" * ENOUGH
    assert split(join("head", [large, "b"])) == ("head", (large,))
    assert split(join("head", ["a", large])) == ("head", ("a",))
    assert len(split(join("h", ["m"] * 80))[1]) == MAX_MESSAGES


@pytest.mark.parametrize(
    "answer", [b"", b"head", b"head\nmessage", "đầu\n".encode(), b"h\n" * (MAX_MESSAGES + 2)]
)
def test_answer_that_is_none(answer: bytes) -> None:
    """Cut short, not ASCII, or more than may be: refused whole."""
    with pytest.raises(WireMalformed):
        split(answer)


def test_other_objects_of_the_centre_are_no_messages() -> None:
    """A type is compared exactly: no head passes as a message, no call as a head."""
    for compact in (sign_head(HEAD, KEY, "k"), sign_call(CALL, KEY, CERTIFICATE)):
        with pytest.raises(MalformedObject):
            open_message(compact, ours)
    with pytest.raises(MalformedObject):
        open_head(sealed({}), ours)
