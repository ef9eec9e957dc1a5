"""Asking a centre: fresh epochs to ask with, sending, and what the answers must look like.

Lives here: what all rules share. Not here: the rules.

Every question uses an epoch of its own, so that one broken rule does not break the next, and an
examination can be repeated for ever under one identity.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import WireMalformed
from edge.wire.ack import MAX_ACK, TYP, Ack, AlarmCode
from edge.wire.canonical import from_base64url
from edge.wire.segment import Segment
from edge.wire.segment_answer import SegmentAnswer
from provisioning.conformance.identity import Identity, enrol, shown
from provisioning.conformance.line import Answer, Line
from provisioning.conformance.rule import RuleBroken, RuleNotAsked
from provisioning.conformance.run import Run, signed
from provisioning.office.pki import Authority
from verify import jws
from verify.errors import VerifyError

SEGMENTS = "/v1/segments"
JOSE = "application/jose"
PATIENCE = 4
"""Times that one body is sent where the centre says that it is busy."""
LONGEST_WAIT = 60  # seconds between two of them, whatever the centre asks for
MAX_DETAIL = 200  # characters of a centre's own words that are shown
COME_AGAIN = frozenset({429, 503})
NOT_ABOUT_THE_SEGMENT = frozenset({404, 405, 408, 413, 429})
"""Statuses that a terminal does not read as a refusal of what it sent."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A centre under examination, and what is known of it."""

    line: Line
    who: Identity
    at: datetime
    """Now, in UTC."""
    sign_key: tuple[str | None, ec.EllipticCurvePublicKey] | None = field(default=None, repr=False)
    """The centre's key id and key; without it no signature is checked."""
    authority: Authority | None = field(default=None, repr=False)
    """A terminal authority that the centre knows; without it some refusals cannot be asked for."""
    certificate: Path | None = None
    """PEM with the terminal's certificate and key, for TLS."""
    wait: Callable[[float], None] = time.sleep

    def run(self, count: int, who: Identity | None = None) -> Run:
        """Return a fresh epoch with `count` events."""
        return Run.make(who or self.who, secrets.token_hex(16), count, self.at)

    @property
    def issuer(self) -> Authority:
        """Return a terminal authority that the centre knows. Raises RuleNotAsked."""
        if self.authority is None:
            raise RuleNotAsked("needs --authority and --authority-key")
        return self.authority

    def another_terminal(self) -> Identity:
        """Return another terminal that the centre knows, a new one. Raises RuleNotAsked."""
        name = f"{self.who.terminal[:48]}.{secrets.token_hex(4)}"
        return enrol(self.issuer, name, self.at)

    @contextmanager
    def as_another(self) -> Iterator[Bench]:
        """Give a bench before the same centre as such a terminal. Raises RuleNotAsked."""
        who = self.another_terminal()
        with shown(who) as pem:
            yield replace(self, who=who, certificate=self.certificate and pem)

    def post(self, body: str | bytes, path: str = SEGMENTS) -> Answer:
        """Send a body; where the centre is busy, wait and send it again."""
        data = body if isinstance(body, bytes) else body.encode()
        for left in reversed(range(PATIENCE)):
            answer = self.once(data, path)
            if answer.status not in COME_AGAIN:
                return answer
            if left:
                self.wait(min(seconds_of(answer) or 1, LONGEST_WAIT))
        raise RuleBroken(f"it was busy {PATIENCE} times in a row (HTTP {answer.status})")

    def once(self, data: bytes, path: str = SEGMENTS) -> Answer:
        """Send a body, once."""
        return self.line.ask("POST", path, data, certificate=self.certificate)

    def many(self, bodies: Iterable[str]) -> list[Answer]:
        """Send bodies at the same time, each once."""
        found = [body.encode() for body in bodies]
        with ThreadPoolExecutor(len(found)) as pool:
            return list(pool.map(self.once, found))

    def take(self, segment: str | Segment) -> Ack:
        """Send a segment that has to be taken, and return the answer's payload."""
        body = signed(segment, self.who) if isinstance(segment, Segment) else segment
        return opened(self.post(body))

    def refuse(self, body: str | bytes, probe: Run | None = None) -> Answer:
        """Send what has to be refused, and see that nothing of it was kept.

        `probe`: the run whose events 1 and 2 were in it: a third one shows what is held of them.
        """
        answer = refused(self.post(body))
        if probe is not None:
            ack = self.take(probe.signed(3, 3))
            if (ack.high_water, ack.gaps) != (0, ((1, 2),)):
                raise RuleBroken("it refuses, and keeps some of it all the same")
        return answer


def refused(answer: Answer) -> Answer:
    """Return the answer. Raises RuleBroken unless it refuses what was sent."""
    if not 400 <= answer.status < 500 or answer.status in NOT_ABOUT_THE_SEGMENT:
        raise RuleBroken(f"it answers HTTP {answer.status} where it has to refuse, with 403")
    return answer


def seconds_of(answer: Answer) -> int | None:
    """Return what Retry-After says in seconds, None where it does not."""
    asked = answer.headers.get("retry-after", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def opened(answer: Answer) -> Ack:
    """Return what an answer acknowledges, its signature unchecked.

    Raises RuleBroken for no answer.
    """
    if answer.status != 200:
        raise RuleBroken(
            f"it answers HTTP {answer.status} where it has to take the segment{_detail(answer)}"
        )
    try:
        compact = SegmentAnswer.from_bytes(answer.body).ack
        return Ack.from_payload(jws.unverified_payload(compact, typ=TYP, max_size=MAX_ACK))
    except (VerifyError, WireMalformed) as error:
        raise RuleBroken(f"its answer is no acknowledgement: {error.message}") from error


def _detail(answer: Answer) -> str:
    """Return what a problem says of itself, cut short."""
    try:
        detail = json.loads(answer.body)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f': "{str(detail)[:MAX_DETAIL]}"'


def expect(
    ack: Ack,
    run: Run,
    high_water: int,
    *,
    gaps: tuple[tuple[int, int], ...] = (),
    headless: bool = False,
    set_aside: tuple[int, ...] = (),
    alarms: Iterable[tuple[int, AlarmCode]] = (),
) -> None:
    """Raise RuleBroken unless an acknowledgement of the run says exactly this.

    `head` has to be the run's hash of event `high_water`, and null where that is 0 or `headless`.
    """
    expected = run.hash_of(high_water) if high_water and not headless else None
    _same("terminal", ack.terminal, run.who.terminal)
    _same("epoch", ack.epoch, run.epoch)
    _same("high_water", ack.high_water, high_water)
    _same("gaps", ack.gaps, gaps)
    _same("set_aside", ack.set_aside, set_aside)
    wanted = sorted((seq, str(code)) for seq, code in alarms)
    _same("alarms", sorted((alarm.seq, str(alarm.code)) for alarm in ack.alarms), wanted)
    _same("head", _hex(ack.head), _hex(expected))


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise RuleBroken(f"{what} is {found}, and has to be {wanted}")


def _hex(data: bytes | None) -> str:
    return "null" if data is None else data.hex()


def header_of(answer: Answer) -> bytes:
    """Return the header of the compact JWS in an answer. Raises RuleBroken."""
    try:
        text = answer.body.decode("ascii").partition(".")[0]
        return from_base64url(text, max_size=jws.MAX_HEADER, what="The header")
    except (UnicodeDecodeError, WireMalformed) as error:
        raise RuleBroken("its answer is no compact JWS") from error
