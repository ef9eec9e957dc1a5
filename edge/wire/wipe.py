"""Wiping a terminal: the centre's order, and the terminal's word that it was done.

Lives here: both forms. Not here: how the order travels (`inbox`: a message of the kind `wipe`,
signed by the centre and sealed to the terminal), destroying anything (`edge.care.wipe`), what the
centre makes of the word (`provisioning.fleet.wipe`).
Form of the order: {terminal, order}, the body of the message. Form of the statement: compact JWS
(ES256, `typ` `tramthe-wiped+jws`, `x5c` the terminal's certificate) over {v, terminal, order, at,
quality, epoch, seq, destroyed}; it is signed before the key goes, and kept until it has arrived.

The statement says what the terminal did, as far as its software is to be believed: whoever has the
device could have copied the keys before. What holds in any case is that its certificates are
revoked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import canonical
from edge.wire.canonical import malformed
from edge.wire.event import check_epoch, check_terminal, check_time
from verify import jws
from verify.errors import VerifyError
from verify.moment import TimeQuality

TYP = "tramthe-wiped+jws"
VERSION = 1
MAX_STATEMENT = 16 * 1024  # characters of compact JWS
MAX_DESTROYED = 32  # kinds of things

_ORDER = re.compile(r"[0-9a-f]{32}")
_KIND = re.compile(r"[a-z][a-z-]{0,31}")
_KEYS = frozenset({"v", "terminal", "order", "at", "quality", "epoch", "seq", "destroyed"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a terminal says before its key goes. Well-formed from birth: WireMalformed.

    `epoch`, `seq`: the end of its log; `destroyed`: what is destroyed next, in plain words.
    """

    terminal: str
    order: str
    at: str
    quality: TimeQuality
    epoch: str
    seq: int
    destroyed: tuple[str, ...]

    def __post_init__(self) -> None:
        check_terminal(self.terminal)
        check_order(self.order)
        check_time(self.at)
        check_epoch(self.epoch)
        canonical.integer(self.seq, what="The log's last number")
        if not 0 < len(self.destroyed) <= MAX_DESTROYED or not all(
            _KIND.fullmatch(one) for one in self.destroyed
        ):
            raise malformed("What is destroyed has not its form.")

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "v": VERSION,
            "terminal": self.terminal,
            "order": self.order,
            "at": self.at,
            "quality": self.quality.value,
            "epoch": self.epoch,
            "seq": self.seq,
            "destroyed": list(self.destroyed),
        }


def check_order(value: object) -> str:
    """Return an order's id. Raises WireMalformed."""
    if not isinstance(value, str) or _ORDER.fullmatch(value) is None:
        raise malformed("The id of an order to wipe has not its form.")
    return value


def order_body(terminal: str, order: str) -> dict[str, Any]:
    """Return the body of the message that orders it. Raises WireMalformed."""
    return {"terminal": check_terminal(terminal), "order": check_order(order)}


def read_order(body: Mapping[str, Any], terminal: str) -> str:
    """Return the order's id of a message's body for this terminal. Raises WireMalformed."""
    if set(body) != {"terminal", "order"} or body["terminal"] != terminal:
        raise malformed("The order to wipe has not its form, or is another terminal's.")
    return check_order(body["order"])


def sign_statement(
    statement: Statement, key: ec.EllipticCurvePrivateKey, certificate: bytes
) -> str:
    """Return the compact JWS under the terminal's key, its certificate (DER) inside."""
    return jws.sign(statement.to_payload(), typ=TYP, key=key, x5c=(certificate,))


def is_statement(compact: str) -> bool:
    """Return whether `compact` says of itself that it is a statement; nothing is believed yet."""
    try:
        return jws.read_header(compact, max_size=MAX_STATEMENT).typ == TYP
    except VerifyError:
        return False


def open_statement(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> Statement:
    """Return the statement in `compact` after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_STATEMENT)
    if set(payload) != _KEYS or payload["v"] != VERSION:
        raise malformed("The statement has not exactly the documented fields.")
    at, destroyed = payload["at"], payload["destroyed"]
    if not isinstance(at, str) or not isinstance(destroyed, list):
        raise malformed("A field of the statement has not its form.")
    if not all(isinstance(one, str) for one in destroyed):
        raise malformed("What is destroyed has not its form.")
    try:
        quality = TimeQuality(payload["quality"])
    except ValueError as error:
        raise malformed("The statement's time quality is unknown.") from error
    return Statement(
        terminal=check_terminal(payload["terminal"]),
        order=check_order(payload["order"]),
        at=at,
        quality=quality,
        epoch=check_epoch(payload["epoch"]),
        seq=canonical.integer(payload["seq"], what="The log's last number"),
        destroyed=tuple(destroyed),
    )
