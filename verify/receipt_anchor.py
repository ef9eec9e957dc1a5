"""The centre's word on a receipt: it had it at such a time. That is what holds for years.

Lives here: the value, its JSON form and its signature's check. Not here: the receipt (`receipt`).
A terminal's certificate runs out, and its key may be stolen later: then a receipt's own signature
proves little. The centre signs the receipt's SHA-256 and when it had it, and stands for the rest.
Form: compact JWS, ES256, over {v, receipt, at}; `receipt` as 64 hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from verify import jws
from verify.errors import ReceiptRefused

TYP = "tramthe-receipt-anchor+jws"
VERSION = 1
MAX_ANCHOR = 16 * 1024  # characters
HASH_SIZE = 32  # bytes, SHA-256; not taken from `receipt`, of which the centre needs nothing else

_FORM = "%Y-%m-%dT%H:%M:%SZ"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Anchored:
    """The centre had the receipt of this SHA-256 at `at`. ValueError for what cannot be."""

    receipt: bytes
    at: datetime
    """UTC, whole seconds, by the centre's clock."""

    def __post_init__(self) -> None:
        if len(self.receipt) != HASH_SIZE:
            raise ValueError("a receipt's hash has not 32 bytes")
        if self.at.utcoffset() != timedelta(0) or self.at.microsecond:
            raise ValueError("an anchor names a whole second in UTC")

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that the centre signs under `TYP`."""
        return {"v": VERSION, "receipt": self.receipt.hex(), "at": self.at.strftime(_FORM)}

    @classmethod
    def from_compact(
        cls, compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
    ) -> Anchored:
        """Return what the centre says after its signature held. Raises VerifyError."""
        return cls.from_payload(jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_ANCHOR))

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Anchored:
        """Return what a JSON object says, whoever signed it. Raises ReceiptRefused."""
        if payload.keys() != {"v", "receipt", "at"} or payload["v"] != VERSION:
            raise _refused("its version or members are not ours")
        receipt, at = payload["receipt"], payload["at"]
        if not isinstance(receipt, str) or _HASH.fullmatch(receipt) is None:
            raise _refused("its hash is none")
        try:
            moment = datetime.strptime(at, _FORM).replace(tzinfo=UTC)
            if moment.strftime(_FORM) != at:
                raise ValueError("a time in another spelling")
            return cls(bytes.fromhex(receipt), moment)
        except (ValueError, TypeError) as error:
            raise _refused("its time is not one in UTC") from error


def unproven(compact: str) -> Anchored:
    """Return what an anchor says, its signature unchecked: for showing what was checked before.

    Raises VerifyError.
    """
    return Anchored.from_payload(jws.unverified_payload(compact, typ=TYP, max_size=MAX_ANCHOR))


def _refused(why: str) -> ReceiptRefused:
    return ReceiptRefused(
        f"The centre's word on this receipt is not taken: {why}.",
        next_step="Ask the centre for it again; without it the receipt is `signed` at best.",
    )
