"""Questions by way of the centre, for back offices that cannot reach the terminal themselves.

Lives here: a question's body, the terminal's call and what it is answered. Not here: how a question
stands (`question_told`), asking at the counter (`edge.procedure`), what the centre keeps meanwhile
(`provisioning.centre.relay`).
Call: compact JWS (ES256, `x5c` the terminal's certificate) over {terminal, nonce, at, wait, told}.
It tells how questions stand that the terminal took before, and asks for new ones.
Answer: compact JWS (ES256, `kid` the centre's sign key) over {terminal, nonce, questions,
cancelled}. It repeats the call's nonce: one kept from earlier does not pass.
A question's body {procedure, dossier, nonce, fields, access, reply_key} is sealed (`hybrid`) to the
terminal's inbox key, so that the centre's database says neither for what nor about whom; `info` is
the canonical {type, recipient, question, kid}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.wire import canonical, hybrid
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import check_terminal, check_time
from edge.wire.inbox import check_key_id, key_id
from edge.wire.question_told import Told
from verify import jws

CALL_TYP = "tramthe-questions-call+jws"
ANSWER_TYP = "tramthe-questions+jws"
MAX_CALL = 512 * 1024  # characters of compact JWS
MAX_ANSWER = 256 * 1024  # characters of compact JWS
MAX_TOLD = 8  # questions in one call
MAX_TAKEN = 8  # questions in one answer
MAX_BODY = 8 * 1024  # bytes of a body in the clear
MAX_WAIT = 20  # seconds
MAX_NAME = 60  # characters of who asks
NONCE_SIZE = 16  # bytes

_SEAL_TYPE = "tramthe-question"
_CALL_KEYS = frozenset({"terminal", "nonce", "at", "wait", "told"})
_ANSWER_KEYS = frozenset({"terminal", "nonce", "questions", "cancelled"})
_QUESTION_KEYS = frozenset({"id", "until", "office", "kid", "sealed"})
_OFFICE_KEYS = frozenset({"id", "name", "origin"})
_ASKED_KEYS = frozenset({"procedure", "dossier", "nonce", "fields"})
_ID = re.compile(r"[0-9a-f]{32}")
_OFFICE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DIGITS = re.compile(r"[0-9]{6}")
_DOCUMENT = re.compile(r"[A-Z0-9<]{1,9}")
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Office:
    """A back office as the centre vouches for it. `name` stands on the terminal's screen."""

    id: str
    name: str
    origin: str

    def __post_init__(self) -> None:
        if _OFFICE.fullmatch(self.id) is None:
            raise malformed("The office's id has not its form.")
        if not 0 < len(self.name) <= MAX_NAME or not self.name.isprintable():
            raise malformed("The office's name cannot be shown.")
        if not self.origin.startswith("https://") or len(self.origin) > 255:
            raise malformed("The office's origin is none.")

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"id": self.id, "name": self.name, "origin": self.origin}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a back office asks for. Whether a terminal may ask it, `edge.procedure.counter` says.

    `access`: {"can"} or {"mrz": {document_number, birth, expiry}}; `reply_key`: JWK, P-256, public.
    """

    procedure: str
    dossier: str = field(repr=False)
    nonce: str
    fields: tuple[str, ...]
    access: Mapping[str, Any] | None = field(repr=False)
    reply_key: Mapping[str, str]

    @classmethod
    def from_object(cls, given: Mapping[str, Any]) -> Asked:
        """Return what a JSON object asks for. Raises WireMalformed."""
        if not _ASKED_KEYS | {"reply_key"} <= set(given) <= _ASKED_KEYS | {"reply_key", "access"}:
            raise malformed("The question has not exactly the documented fields.")
        texts = [given[name] for name in ("procedure", "dossier", "nonce")]
        names = given["fields"]
        if not isinstance(names, list) or len(names) > 64:
            raise malformed("The fields are no short list.")
        if any(not isinstance(one, str) or not 0 < len(one) <= 88 for one in (*texts, *names)):
            raise malformed("The question holds what is no short text.")
        procedure, dossier, nonce = texts
        access, key = _access(given.get("access")), _key(given["reply_key"])
        return cls(procedure, dossier, nonce, tuple(names), access, key)

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "procedure": self.procedure,
            "dossier": self.dossier,
            "nonce": self.nonce,
            "fields": list(self.fields),
            "access": None if self.access is None else dict(self.access),
            "reply_key": dict(self.reply_key),
        }


@dataclass(frozen=True, slots=True)
class Sealed:
    """A question on its way to a terminal: `until` (RFC 3339) it may be taken."""

    id: str
    until: str
    office: Office
    kid: str
    """Which of the terminal's inbox keys opens it."""
    sealed: bytes = field(repr=False)

    def open(self, terminal: str, private: MLKEM768X25519PrivateKey) -> Asked:
        """Return what is asked. Raises SealBroken, WireMalformed."""
        clear = hybrid.open_sealed(self.sealed, private, _info(terminal, self.id, self.kid))
        if len(clear) > MAX_BODY:
            raise malformed("The question is too large.")
        return Asked.from_object(canonical.decode(clear))


@dataclass(frozen=True, slots=True)
class Call:
    """What a terminal tells and for how many seconds it waits for something new."""

    terminal: str
    nonce: bytes = field(repr=False)
    at: str
    wait: int
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is new for a terminal. `cancelled`: ids of questions that nobody waits for any more."""

    terminal: str
    nonce: bytes = field(repr=False)
    questions: tuple[Sealed, ...]
    cancelled: tuple[str, ...]


def seal_question(asked: Asked, terminal: str, question: str, public: bytes) -> tuple[str, bytes]:
    """Return the id of the key that opens it, and a question sealed to a terminal's inbox key.

    Raises WireMalformed for one that is too large, SealBroken for a key that cannot be used.
    """
    clear = canonical.encode(asked.to_object())
    if len(clear) > MAX_BODY:
        raise malformed("The question is too large.")
    kid = key_id(public)
    return kid, hybrid.seal(clear, public, _info(terminal, question, kid))


def sign_call(call: Call, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> str:
    """Return the compact JWS; `certificate` is the terminal's own, DER."""
    payload = {
        "terminal": call.terminal,
        "nonce": to_base64url(call.nonce),
        "at": call.at,
        "wait": call.wait,
        "told": [one.to_object() for one in call.told],
    }
    return jws.sign(payload, typ=CALL_TYP, key=key, x5c=(certificate,))


def open_call(compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]) -> Call:
    """Return the call in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=CALL_TYP, key_for=key_for, max_size=MAX_CALL)
    if set(payload) != _CALL_KEYS or not isinstance(payload["at"], str):
        raise malformed("The call has not exactly the documented fields.")
    check_time(payload["at"])
    wait = canonical.integer(payload["wait"], what="The wait")
    if wait > MAX_WAIT:
        raise malformed(f"The wait is over {MAX_WAIT} seconds.")
    return Call(
        check_terminal(payload["terminal"]),
        _nonce(payload["nonce"]),
        payload["at"],
        wait,
        tuple(Told.from_object(one) for one in _objects(payload["told"], MAX_TOLD)),
    )


def sign_answer(answer: Answer, key: ec.EllipticCurvePrivateKey, kid: str) -> str:
    """Return the compact JWS; `kid` names the centre's sign key."""
    payload = {
        "terminal": answer.terminal,
        "nonce": to_base64url(answer.nonce),
        "questions": [
            {
                "id": one.id,
                "until": one.until,
                "office": one.office.to_object(),
                "kid": one.kid,
                "sealed": to_base64url(one.sealed),
            }
            for one in answer.questions
        ],
        "cancelled": list(answer.cancelled),
    }
    return jws.sign(payload, typ=ANSWER_TYP, key=key, kid=kid)


def open_answer(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> Answer:
    """Return the answer in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=ANSWER_TYP, key_for=key_for, max_size=MAX_ANSWER)
    if set(payload) != _ANSWER_KEYS or not isinstance(payload["cancelled"], list):
        raise malformed("The answer has not exactly the documented fields.")
    return Answer(
        check_terminal(payload["terminal"]),
        _nonce(payload["nonce"]),
        tuple(_sealed(one) for one in _objects(payload["questions"], MAX_TAKEN)),
        tuple(check_question_id(one) for one in payload["cancelled"]),
    )


def check_question_id(value: object) -> str:
    """Return a question's id: 32 hexadecimal digits. Raises WireMalformed."""
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise malformed("A question's id has not its form.")
    return value


def _sealed(given: dict[str, Any]) -> Sealed:
    office = given.get("office")
    if set(given) != _QUESTION_KEYS or not isinstance(given["until"], str):
        raise malformed("A question has not exactly the documented fields.")
    if not isinstance(office, dict) or set(office) != _OFFICE_KEYS:
        raise malformed("A question's office has not its form.")
    if not all(isinstance(one, str) for one in office.values()):
        raise malformed("A question's office has not its form.")
    check_time(given["until"])
    size = MAX_BODY + hybrid.OVERHEAD
    return Sealed(
        check_question_id(given["id"]),
        given["until"],
        Office(**office),
        check_key_id(given["kid"]),
        from_base64url(given["sealed"], max_size=size, what="The sealed question"),
    )


def _objects(value: object, most: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > most:
        raise malformed(f"There is no list of at most {most} objects.")
    if not all(isinstance(one, dict) for one in value):
        raise malformed("A list holds what is no object.")
    return value


def _nonce(value: object) -> bytes:
    nonce = from_base64url(value, max_size=NONCE_SIZE, what="The nonce")
    if len(nonce) != NONCE_SIZE:
        raise malformed(f"The nonce has not {NONCE_SIZE} bytes.")
    return nonce


def _access(value: object) -> dict[str, Any] | None:
    """Return what opens the card, in one of its two forms (Doc 9303-11 section 4.4.1)."""
    match value:
        case None:
            return None
        case {"can": str(can), **more} if not more and _DIGITS.fullmatch(can):
            return {"can": can}
        case {"mrz": {"document_number": str(number), "birth": str(birth), "expiry": str(expiry)}}:
            whole = _DOCUMENT.fullmatch(number) and _DIGITS.fullmatch(birth)
            if whole and _DIGITS.fullmatch(expiry):
                zone = {"document_number": number, "birth": birth, "expiry": expiry}
                return {"mrz": zone}
    raise malformed("What opens the card has neither of its two forms.")


def _key(value: object) -> dict[str, str]:
    """Return the public key, P-256 as RFC 7518 section 6.2.1 writes it, and no more than that."""
    match value:
        case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y), **more} if not more:
            numbers = [from_base64url(one, max_size=32, what="The reply key") for one in (x, y)]
            if all(_COORDINATE.fullmatch(one) for one in (x, y)) and _on_curve(*numbers):
                return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    raise malformed("The reply key is no public key on P-256 as a JWK with kty, crv, x and y.")


def _on_curve(x: bytes, y: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    except ValueError:
        return False
    return True


def _info(terminal: str, question: str, kid: str) -> bytes:
    return canonical.encode(
        {"type": _SEAL_TYPE, "recipient": terminal, "question": question, "kid": kid}
    )
