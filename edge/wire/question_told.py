"""How a question stands that came by way of the centre, as its terminal tells it.

Lives here: the form, and sealing what a card gave to whoever asked. Not here: the question
(`question`), which states there are (`edge.procedure.sessions`).
What a card gave, {id, fields, salt}, is a compact JWE (RFC 7516; ECDH-ES of RFC 7518 section 4.6,
A256GCM) to the question's reply key: the centre passes it on and cannot read it. The receipt, which
names nobody, goes beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.wire.canonical import malformed
from edge.wire.event import check_time

MAX_RECEIPT = 16 * 1024  # characters of compact JWS
MAX_SEALED = 16 * 1024  # characters of compact JWE
JWE_TYP = "tramthe-fields+jwe"

_ID = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")
_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_JWE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"BN [0-9A-Z ]{4,40}")
_STATES = frozenset({"waiting", "reading", "done", "cancelled", "expired", "failed", "refused"})
_OPEN = frozenset({"waiting", "reading"})
_KEYS = frozenset({"id", "state", "deadline", "hint", "why", "holder", "result"})
_RESULT = frozenset({"outcome", "reason", "sealed", "receipt", "receipt_number"})
_OUTCOMES = frozenset({"ACCEPTED", "REJECTED", "INDETERMINATE"})


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a card. `sealed`: compact JWE, None where nothing is handed over."""

    outcome: str
    reason: str | None
    sealed: str | None = field(repr=False)
    receipt: str = field(repr=False)
    receipt_number: str


@dataclass(frozen=True, slots=True)
class Told:
    """How a question stands. `refused`: it was not asked at all, and `why` says why."""

    id: str
    state: str
    deadline: str | None = None
    """RFC 3339; until when it waits for a card."""
    hint: str | None = None
    why: str | None = None
    holder: str | None = field(default=None, repr=False)
    """Who has the reader, where that is why."""
    result: Result | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for a card still."""
        return self.state in _OPEN

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        found = self.result
        return {
            "id": self.id,
            "state": self.state,
            "deadline": self.deadline,
            "hint": self.hint,
            "why": self.why,
            "holder": self.holder,
            "result": None
            if found is None
            else {
                "outcome": found.outcome,
                "reason": found.reason,
                "sealed": found.sealed,
                "receipt": found.receipt,
                "receipt_number": found.receipt_number,
            },
        }

    @classmethod
    def from_object(cls, given: Mapping[str, Any]) -> Told:
        """Return what a JSON object tells. Raises WireMalformed."""
        if set(given) != _KEYS or given["state"] not in _STATES:
            raise malformed("What is told of a question has not exactly the documented fields.")
        if given["deadline"] is not None:
            if not isinstance(given["deadline"], str):
                raise malformed("The question's deadline is no time.")
            check_time(given["deadline"])
        holder = given["holder"]
        if holder is not None and not (isinstance(holder, str) and 0 < len(holder) <= 200):
            raise malformed("Who holds the reader is no short text.")
        result = _result(given["result"])
        if (result is None) == (given["state"] == "done"):
            raise malformed("A question has a result when it is done, and not before.")
        return cls(
            _fit(_ID, given["id"], "The question's id"),
            given["state"],
            given["deadline"],
            _code(given["hint"]),
            _code(given["why"]),
            holder,
            result,
        )


def seal_fields(
    question: str, fields: Mapping[str, str], salt: bytes, reply_key: Mapping[str, str]
) -> str:
    """Return what a card gave as a compact JWE to whoever asked. `salt`: 16 bytes."""
    from joserfc import jwe  # not at the start: few terminals are asked by way of the centre
    from joserfc.jwk import ECKey

    clear = json.dumps(
        {"id": question, "fields": dict(fields), "salt": salt.hex()},
        ensure_ascii=False, sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": JWE_TYP}
    return jwe.encrypt_compact(header, clear.encode(), ECKey.import_key(dict(reply_key)))


def _result(given: object) -> Result | None:
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) != _RESULT or given["outcome"] not in _OUTCOMES:
        raise malformed("A question's result has not exactly the documented fields.")
    sealed = given["sealed"]
    return Result(
        given["outcome"],
        _code(given["reason"]),
        None if sealed is None else _fit(_JWE, sealed, "What a card gave", MAX_SEALED),
        _fit(_JWS, given["receipt"], "The receipt", MAX_RECEIPT),
        _fit(_NUMBER, given["receipt_number"], "The receipt's number"),
    )


def _code(value: object) -> str | None:
    return None if value is None else _fit(_CODE, value, "A reason")


def _fit(form: re.Pattern[str], value: object, what: str, most: int = 200) -> str:
    if not isinstance(value, str) or len(value) > most or form.fullmatch(value) is None:
        raise malformed(f"{what} has not its form.")
    return value
