"""The signed form of a receipt: its JSON, the check of its signature.

Lives here: claims to JSON and back. Not here: signing (a callable of the caller's), whose
certificate it is (`provisioning.terminals`).
Form: compact JWS (RFC 7515), ES256, over canonical JSON (RFC 8785), `x5c` the terminal's
certificate. Claims that RFC 9711 or RFC 7519 know bear their names there: `eat_profile`,
`eat_nonce`, `iat`. Hashes are written as hexadecimal digits, times in seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from verify import jws
from verify.errors import ReceiptRefused
from verify.moment import Moment, TimeQuality
from verify.receipt import CheckLine, ListLine, Place, Receipt, Request, fit
from verify.verdict import CheckStatus, Outcome, Step

TYP = "tramthe-receipt+jws"
PROFILE_1 = "2.25.207450322812963298204902233267338665483"
"""`eat_profile` (RFC 9711 section 4.3.2) of this form; another form gets another."""
MAX_RECEIPT = 64 * 1024  # characters

_NUMBER = re.compile(r"[0-9a-f]{1,40}")  # cRLNumber, RFC 5280 section 5.2.3: 20 octets
_STEPS = {step.name.lower().replace("_", "-"): step for step in Step}
_WORDS = {step: word for word, step in _STEPS.items()}
_CLAIMS = frozenset(
    {
        "eat_profile", "eat_nonce", "iat", "time_quality", "origin", "procedure", "dossier",
        "fields", "handed", "outcome", "checks", "profile", "policy", "signer_list", "card_list",
        "terminal", "epoch", "seq", "head",
    }
)  # fmt: skip


def to_payload(receipt: Receipt) -> dict[str, Any]:
    """Return the JSON object that is signed under `TYP`."""
    return {
        "eat_profile": PROFILE_1,
        "eat_nonce": receipt.request.nonce,
        "iat": int(receipt.moment.at.timestamp()),
        "time_quality": receipt.moment.quality.value,
        "origin": receipt.request.origin,
        "procedure": receipt.request.procedure,
        "dossier": receipt.request.dossier,
        "fields": list(receipt.request.fields),
        "handed": None if receipt.handed is None else receipt.handed.hex(),
        "outcome": receipt.outcome.value,
        "checks": [
            {"step": _WORDS[line.step], "status": line.status.value, "reason": line.reason}
            for line in receipt.checks
        ],
        "profile": receipt.profile,
        "policy": receipt.policy,
        "signer_list": _list_object(receipt.signer_list),
        "card_list": _list_object(receipt.card_list),
        "terminal": receipt.place.terminal,
        "epoch": receipt.place.epoch,
        "seq": receipt.place.seq,
        "head": receipt.place.head.hex(),
    }


def read(compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]) -> Receipt:
    """Return the claims after the signature of `key_for(header)` held.

    Raises verify.errors.VerifyError; ReceiptRefused for claims that are none of ours.
    """
    return _from_payload(jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_RECEIPT))


def unproven(compact: str) -> Receipt:
    """Return the claims, their signature unchecked: for showing only.

    Raises verify.errors.VerifyError; ReceiptRefused for claims that are none of ours.
    """
    return _from_payload(jws.unverified_payload(compact, typ=TYP, max_size=MAX_RECEIPT))


def digest(compact: str) -> bytes:
    """Return SHA-256 over the compact form's ASCII: what the centre signs to anchor a receipt."""
    return hashlib.sha256(compact.encode("ascii")).digest()


def _list_object(line: ListLine | None) -> dict[str, Any] | None:
    if line is None:
        return None
    number = None if line.number is None else format(line.number, "x")
    return {"number": number, "age": int(line.age.total_seconds())}


def _from_payload(payload: dict[str, Any]) -> Receipt:
    if payload.get("eat_profile") != PROFILE_1:
        raise ReceiptRefused(
            "This receipt has a form that this program does not know.",
            next_step="Check it with a newer program; the receipt itself may well be good.",
        )
    if payload.keys() != _CLAIMS:
        raise _refused("it has other claims than a receipt")
    try:
        return _read(payload)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError) as error:
        raise _refused(str(error) if type(error) is ValueError else "a claim is none") from error


def _read(payload: dict[str, Any]) -> Receipt:
    request = Request(
        payload["eat_nonce"], payload["origin"], payload["procedure"], payload["dossier"],
        tuple(_list(payload["fields"])),
    )  # fmt: skip
    place = Place(
        payload["terminal"], payload["epoch"], _integer(payload["seq"]),
        _hash(payload["head"]),
    )  # fmt: skip
    issued = _integer(payload["iat"])
    if issued < 0:
        raise ValueError("it was issued before all clocks")
    at = datetime.fromtimestamp(issued, UTC)
    handed = payload["handed"]
    return Receipt(
        request, place, Moment(at, TimeQuality(payload["time_quality"])),
        Outcome(payload["outcome"]), tuple(_check_line(one) for one in _list(payload["checks"])),
        payload["profile"], payload["policy"],
        _read_list(payload["signer_list"]), _read_list(payload["card_list"]),
        None if handed is None else _hash(handed),
    )  # fmt: skip


def _check_line(value: dict[str, Any]) -> CheckLine:
    if value.keys() != {"step", "status", "reason"}:
        raise ValueError("a check has other members than a check")
    return CheckLine(_STEPS[value["step"]], CheckStatus(value["status"]), value["reason"])


def _read_list(value: dict[str, Any] | None) -> ListLine | None:
    if value is None:
        return None
    if value.keys() != {"number", "age"}:
        raise ValueError("a list has other members than a list")
    number = value["number"]
    if number is not None:
        fit(_NUMBER, number, "a list's number is not hexadecimal")
    return ListLine(
        None if number is None else int(number, 16), timedelta(seconds=_integer(value["age"]))
    )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is none")
    return value


def _integer(value: object) -> int:
    if type(value) is not int:
        raise ValueError("a number is none")
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or re.fullmatch(r"[0-9a-f]{64}", value) is None:
        raise ValueError("a hash is not 64 hexadecimal digits")
    return bytes.fromhex(value)


def _refused(why: str) -> ReceiptRefused:
    return ReceiptRefused(
        f"This receipt is not taken: {why}.",
        next_step="Get it again from the back office that keeps it.",
    )
