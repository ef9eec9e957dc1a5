"""The signed correction of a terminal's clock: the one thing that may lower its floor.

Lives here: the value, its JSON form and its signature. Wrong lists can push the floor of many
terminals ahead; then the root says when it certainly was not later than. Not here: what it does
to a floor, and that a number counts once (`edge.floor`).
Source: DESIGN section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from verify import jws
from verify.errors import CorrectionRefused, VerifyError

TYP = "tramthe-time-correction+jws"
VERSION = 1
MAX_CORRECTION = 4096  # characters
MAX_NUMBER = (1 << 53) - 1

_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class TimeCorrection:
    """When this was issued, it was not later than `latest`. ValueError for what cannot be."""

    number: int
    """Rises by one with each correction; a terminal takes each number once."""
    latest: datetime
    """UTC, whole seconds."""

    def __post_init__(self) -> None:
        if not 0 < self.number <= MAX_NUMBER:
            raise ValueError("a correction's number is from 1 to 2^53 - 1")
        if self.latest.utcoffset() != timedelta(0) or self.latest.microsecond:
            raise ValueError("a correction names a whole second in UTC")

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that the root signs under `TYP`."""
        return {"v": VERSION, "number": self.number, "latest": self.latest.strftime(_FORM)}

    @classmethod
    def from_compact(cls, compact: str, root_key: ec.EllipticCurvePublicKey) -> TimeCorrection:
        """Return the correction in a JWS that `root_key` signed. Raises CorrectionRefused."""
        try:
            payload = jws.verify(
                compact, typ=TYP, key_for=lambda _: root_key, max_size=MAX_CORRECTION
            )
        except VerifyError as error:
            raise _refused(error.message) from error
        try:
            return _from_payload(payload)
        except (ValueError, TypeError) as error:
            raise _refused(f"It is malformed: {error}.") from error


def _from_payload(payload: dict[str, Any]) -> TimeCorrection:
    if payload.keys() != {"v", "number", "latest"} or payload["v"] != VERSION:
        raise ValueError("its version or members are not ours")
    if type(payload["number"]) is not int:
        raise ValueError("its number is none")
    try:
        latest = datetime.strptime(payload["latest"], _FORM).replace(tzinfo=UTC)
    except (ValueError, TypeError) as error:
        raise ValueError("its time is not one in UTC") from error
    return TimeCorrection(payload["number"], latest)


def _refused(why: str) -> CorrectionRefused:
    return CorrectionRefused(
        f"This time correction is not taken. {why}",
        next_step="The clock stays as it is; get the correction again from the office.",
    )
