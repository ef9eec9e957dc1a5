"""Signed JSON and the wire formats under the fuzzer.

Each raises VerifyError or EdgeError for what it refuses, and AssertionError for a promise that was
broken.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import EdgeError
from edge.wire import ack, canonical, event, segment
from tests.fuzz import seeds_signed
from tests.verify import made
from verify import allowlist, correction, jws
from verify.allowlist import AllowList
from verify.correction import TimeCorrection
from verify.errors import BadSignature, VerifyError
from verify.policy import DEFAULT, MINIMUM
from verify.receipt_anchor import Anchored
from verify.trust import TYP, TrustList


def _public(_: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
    return seeds_signed.key().public_key()


def compact(data: bytes) -> None:
    """Open signed JSON: only what was signed here holds."""
    text = data.decode("utf-8", "surrogateescape")
    read = jws.read_header(text, max_size=len(data))
    for der in read.x5c:
        with suppress(VerifyError):
            jws.certificate_key(der)
    with suppress(VerifyError):
        jws.verify(text, typ=TYP, key_for=_public, max_size=len(data))
        assert data in seeds_signed.compact().values(), "a signature held that was never made"
    TrustList.from_compact(text, seeds_signed.key().public_key())


def _signed_json(data: bytes, typ: str) -> str:
    """Sign whatever JSON this is, so that the reader of its members is reached."""
    try:
        return jws.sign(canonical.decode(data), typ=typ, key=seeds_signed.key())
    except (EdgeError, ValueError, RecursionError) as error:
        raise BadSignature("Nothing that can be signed.", next_step="None.") from error


def trust_list(data: bytes) -> None:
    """Take a trust list that the root signed; what is taken is taken whole."""
    root = seeds_signed.key().public_key()
    taken = TrustList.from_compact(_signed_json(data, TYP), root)
    again = jws.sign(taken.to_payload(), typ=TYP, key=seeds_signed.key())
    assert TrustList.from_compact(again, root) == taken


def algorithm_policy(data: bytes) -> None:
    """Take an algorithm policy that the root signed: it never allows more than the minimum."""
    root = seeds_signed.key().public_key()
    taken = AllowList.from_compact(_signed_json(data, allowlist.TYP), root, DEFAULT)
    policy = taken.applied_to(DEFAULT)
    for at in (made.NOW.at, made.NOW.at - made.YEAR, made.NOW.at - 50 * made.YEAR):
        assert MINIMUM.includes(policy.allowed(None, at))
        assert MINIMUM.includes(policy.allowed(at, made.NOW.at))


def clock_correction(data: bytes) -> None:
    """Take a correction of the clock that the root signed; what is taken is taken whole."""
    root = seeds_signed.key().public_key()
    taken = TimeCorrection.from_compact(_signed_json(data, correction.TYP), root)
    again = jws.sign(taken.to_payload(), typ=correction.TYP, key=seeds_signed.key())
    assert TimeCorrection.from_compact(again, root) == taken


def wire(data: bytes) -> None:
    """Read an event, a segment and its events, what is answered; nothing is lost on the way."""
    fields = canonical.decode(data)
    if "events" in fields:
        held = segment.Segment.from_payload(fields)
        assert held.to_payload() == fields
        for one in held.events:
            with suppress(EdgeError):
                event.Event.from_object(one).computed_hash()
    elif "receipt" in fields:
        assert Anchored.from_payload(fields).to_payload() == fields
    elif "high_water" in fields:
        assert ack.Ack.from_payload(fields).to_payload() == fields
    else:
        read = event.Event.from_bytes(data)
        assert read.to_bytes() == data
        read.computed_hash()
        assert read.moment.at.tzinfo is UTC
