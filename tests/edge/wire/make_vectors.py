"""Makes `docs/vectors/log.json`: a log of every kind of event, from fixed keys.

    python -m tests.edge.wire.make_vectors

Everything follows from the constants below but what a library draws by itself: the HPKE message,
and signatures with the certificate (ECDSA). Those are taken over from the file that is there, as
long as they still fit; where there is none, they are drawn anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.errors import SealBroken
from edge.log.chain import Head
from edge.log.compose import Fact, compose
from edge.wire import canonical, seal
from edge.wire.ack import Ack, Alarm, AlarmCode, sign_ack
from edge.wire.event import Event, Header, genesis
from edge.wire.kinds import EventKind as Kind
from edge.wire.segment import gather, sign_segment
from provisioning.office.pki import create_terminal_ca, issue_terminal
from tests.edge.wire.vector_bodies import BODIES, COUNTER, PERSON_KEY
from verify.errors import VerifyError
from verify.jws import certificate_key, verify
from verify.moment import Moment, TimeQuality

FILE = Path(__file__).parents[3] / "docs" / "vectors" / "log.json"
TERMINAL = "TT-0001"
EPOCHS = ("00112233445566778899aabbccddeeff", "8899aabbccddeeff0011223344556677")
CONTEXT = "0f0e0d0c0b0a09080706050403020100"
CONTEXT_KEY = bytes(range(32, 64))
DAY = "1f1e1d1c1b1a19181716151413121110"
"""A counter's day, in the second epoch."""
KEYS = {CONTEXT: CONTEXT_KEY, DAY: bytes(range(96, 128))}
MLKEM_SEED = bytes(range(64))
X25519_PRIVATE = bytes(range(64, 96))
SEAL_KID = "seal-2026"
SIGN_KID = "sign-2026"
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TERMINAL_KEY = ec.derive_private_key(0x1111, ec.SECP256R1())
CENTRE_KEY = ec.derive_private_key(0x2222, ec.SECP256R1())

FIRST_EPOCH = (
    (Kind.CONTEXT_OPENED, None, None),
    (Kind.ROSTER_PART, None, None),
    (Kind.ABSENCE, "EXCUSED", None),
    (Kind.AMENDED, None, None),
    (Kind.SITTING_BEGUN, None, None),
    (Kind.CHECK_IN, "ADMITTED", None),
    (Kind.CHECK_IN, "UNCONFIRMED", "CARD_STATUS_STALE"),
    (Kind.CONFIRMED, None, None),
    (Kind.WITHDRAWN, None, "LATE_FILE_MISMATCH"),
    (Kind.HAND_ENTRY, "PRESENT", "FORGOTTEN"),
    (Kind.ADDED, None, None),
    (Kind.FIGURES_ANNOUNCED, None, None),
    (Kind.FAULT, None, "LOG_DISK_FULL"),
)
SECOND_EPOCH = (
    (Kind.EPOCH_BEGUN, None, "ACK_AHEAD"),
    (Kind.DEPARTURE, None, "FORGOTTEN"),
    (Kind.ANNULLED, None, "WRONG_PERSON"),
    (Kind.CORRECTION, None, None),
    (Kind.TIME_ASSERTED, None, None),
    (Kind.HAND_ENTRIES_CONFIRMED, None, None),
    (Kind.SHEET, "CLOSING", None),
    (Kind.CONTEXT_CLOSED, None, None),
    (Kind.EXPORTED, "PRINT", None),
    (Kind.CONTEXT_OPENED, None, None),
    (Kind.VERIFICATION, "ACCEPTED", None),
    (Kind.RECEIPT, None, None),
    (Kind.HANDED_OVER, "DELIVERED", "OLD_CARD_LOST"),
)
COMMON = 10
"""Number of the last event that the second epoch has in common with the first."""
OUTSIDE = frozenset({Kind.FAULT, Kind.EPOCH_BEGUN})
PERSONS = frozenset(
    {
        *(Kind.ABSENCE, Kind.CHECK_IN, Kind.CONFIRMED, Kind.WITHDRAWN, Kind.HAND_ENTRY),
        *(Kind.ADDED, Kind.DEPARTURE, Kind.ANNULLED, Kind.CORRECTION),
        *(Kind.VERIFICATION, Kind.HANDED_OVER),
    }
)


def counter() -> Callable[[int], bytes]:
    """Return nonces that count."""
    number = 0

    def draw(size: int) -> bytes:
        nonlocal number
        number += 1
        return number.to_bytes(size, "big")

    return draw


def seal_private() -> MLKEM768X25519PrivateKey:
    """Return the centre's private seal key."""
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(MLKEM_SEED),
        X25519PrivateKey.from_private_bytes(X25519_PRIVATE),
    )


def seal_public() -> bytes:
    """Return the centre's public seal key, 1184 and 32 bytes."""
    mlkem = MLKEM768PrivateKey.from_seed_bytes(MLKEM_SEED).public_key()
    x25519 = X25519PrivateKey.from_private_bytes(X25519_PRIVATE).public_key()
    return mlkem.public_bytes_raw() + x25519.public_bytes_raw()


def make(drawn: dict[str, Any] | None) -> dict[str, Any]:
    """Return the file's content; `drawn`: the file that is there, for what cannot be made again."""
    draw = counter()
    events: list[Event] = []
    heads = {EPOCHS[0]: Head(0, genesis(TERMINAL, EPOCHS[0]))}
    context = CONTEXT
    for number, epoch in enumerate(EPOCHS):
        for kind, outcome, reason in (FIRST_EPOCH, SECOND_EPOCH)[number]:
            if kind is Kind.EPOCH_BEGUN:
                heads[epoch] = Head(0, events[COMMON - 1].hash)
            if number and kind is Kind.CONTEXT_OPENED:
                context = DAY
            event = compose(
                fact(kind, outcome, reason, len(events), context),
                TERMINAL,
                epoch,
                heads[epoch],
                keys=seal.derive_keys(KEYS[context], TERMINAL, epoch),
                seal_key=sealer(drawn, KEYS[context], len(events))
                if kind is Kind.CONTEXT_OPENED
                else None,
                rng=draw,
            )
            heads[epoch] = Head(event.seq, event.hash)
            events.append(event)
    certificate = the_certificate(drawn)
    segment = gather(events[: len(FIRST_EPOCH)])
    if segment is None:
        raise AssertionError("there are events")
    signed = sign_segment(segment, TERMINAL_KEY, certificate)
    ack = Ack(
        terminal=TERMINAL,
        epoch=EPOCHS[0],
        high_water=COMMON,
        gaps=((12, 13),),
        head=events[COMMON - 1].hash,
        set_aside=(4,),
        alarms=(Alarm(11, AlarmCode.SEQ_REUSED),),
    )
    acknowledged = sign_ack(ack, CENTRE_KEY, SIGN_KID)
    return {
        "source": "python -m tests.edge.wire.make_vectors, from the constants in that file",
        "terminal": TERMINAL,
        "epochs": [
            {
                "epoch": epoch,
                "genesis": genesis(TERMINAL, epoch).hex(),
                "body_key": body_key(epoch).hex(),
            }
            for epoch in EPOCHS
        ],
        "context": CONTEXT,
        "context_key": CONTEXT_KEY.hex(),
        "tag_key": seal.derive_keys(CONTEXT_KEY, TERMINAL, EPOCHS[0]).tag_key.hex(),
        "day": {
            "context": DAY,
            "context_key": KEYS[DAY].hex(),
            "tag_key": seal.derive_keys(KEYS[DAY], TERMINAL, EPOCHS[1]).tag_key.hex(),
        },
        "centre_seal_key": {
            "kid": SEAL_KID,
            "mlkem768_seed": MLKEM_SEED.hex(),
            "x25519_private": X25519_PRIVATE.hex(),
            "public": seal_public().hex(),
        },
        "events": [described(event) for event in events],
        "segment": kept(drawn, "segment", signed, certificate_key(certificate)),
        "acknowledgement": kept(drawn, "acknowledgement", acknowledged, CENTRE_KEY.public_key()),
        "centre_sign_key": {"kid": SIGN_KID, "public": point(CENTRE_KEY).hex()},
        "terminal_certificate": base64.b64encode(certificate).decode(),
        "refused": refused([event.to_object() for event in events]),
    }


def fact(kind: Kind, outcome: str | None, reason: str | None, number: int, context: str) -> Fact:
    """Return what is recorded, a minute after the event before."""
    quality = TimeQuality.ASSERTED if kind is Kind.TIME_ASSERTED else TimeQuality.SYNCHRONISED
    return Fact(
        kind,
        Moment(START + timedelta(minutes=number), quality),
        None if kind in OUTSIDE else context,
        outcome,
        reason,
        PERSON_KEY if kind in PERSONS else None,
        body_of(kind, context),
    )


def body_of(kind: Kind, context: str) -> dict[str, Any] | None:
    """Return the body of a kind, which opens a day otherwise than a meeting."""
    return COUNTER if (kind, context) == (Kind.CONTEXT_OPENED, DAY) else BODIES.get(kind)


def sealer(drawn: dict[str, Any] | None, key: bytes, number: int) -> Callable[[Header], bytes]:
    """Return what seals a context's key: the one that event `number` has, where it opens."""

    def seal_key(header: Header) -> bytes:
        there = [] if drawn is None else drawn["events"][number : number + 1]
        text = json.loads(there[0]["line"])["sealed"] if there else None
        if text is not None:
            kept = canonical.from_base64url(text, max_size=2048, what="The sealed key")
            try:
                if seal.open_context_key(kept, seal_private(), header=header) == key:
                    return kept
            except SealBroken:
                pass
        return seal.seal_context_key(key, seal_public(), kid=SEAL_KID, header=header)

    return seal_key


def the_certificate(drawn: dict[str, Any] | None) -> bytes:
    """Return the terminal's certificate, the one that is there where it is for the key."""
    if drawn is not None:
        kept = base64.b64decode(drawn["terminal_certificate"])
        if certificate_key(kept) == TERMINAL_KEY.public_key():
            return kept
    ca = create_terminal_ca("Terminal CA", at=START)
    return issue_terminal(ca, TERMINAL_KEY.public_key(), TERMINAL, at=START)


def kept(
    drawn: dict[str, Any] | None, name: str, signed: str, key: ec.EllipticCurvePublicKey
) -> str:
    """Return the signed object that is there, if only its signature differs, else `signed`."""
    if drawn is None or drawn[name].rsplit(".", 1)[0] != signed.rsplit(".", 1)[0]:
        return signed
    typ = json.loads(canonical_part(signed))["typ"]
    try:
        verify(drawn[name], typ=typ, key_for=lambda _: key, max_size=1 << 20)
    except VerifyError:
        return signed
    return str(drawn[name])


def canonical_part(compact: str) -> bytes:
    """Return the header of a compact JWS."""
    text = compact.split(".", 1)[0]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def body_key(epoch: str) -> bytes:
    """Return the body key, which the program only holds inside a cipher."""
    return seal.body_key(CONTEXT_KEY, TERMINAL, epoch)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as an uncompressed point."""
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def described(event: Event) -> dict[str, Any]:
    """Return one event: its line, and what is inside of it."""
    return {
        "line": event.to_bytes().decode(),
        "header": event.header.to_bytes().decode(),
        "person_key": PERSON_KEY if event.kind in PERSONS and event.tag is not None else None,
        "body": None if event.body is None else body_of(event.kind, event.context or ""),
    }


def refused(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return broken copies of the log, each by one edit; it shows at line `at`.

    `lines`: a number stands for that line of the good log, counted from 1, text for another line.
    """
    whole: list[int | dict[str, Any]] = list(range(1, len(events) + 1))

    def edited(line: int, **changes: object) -> list[int | dict[str, Any]]:
        return [*whole[: line - 1], {**events[line - 1], **changes}, *whole[line:]]

    without_reason = {**events[8], "reason": None}
    without_reason.pop("hash")
    digest = hashlib.sha256(canonical.encode(without_reason)).digest()
    begun = len(FIRST_EPOCH) + 1
    broken = {
        "outcome altered": (edited(5, outcome="REFUSED"), 5),
        "time altered": (edited(7, at="2026-11-21T12:06:00.001Z"), 7),
        "person altered": (edited(5, tag="A" * 43), 5),
        "event removed": ([*whole[:7], *whole[8:]], 8),
        "two events swapped": ([*whole[:4], 6, 5, *whole[6:]], 5),
        "hash altered": (edited(3, hash=events[3]["hash"]), 3),
        "other epoch": (edited(1, epoch=EPOCHS[1]), 1),
        "later epoch linked elsewhere": (edited(begun, prev=events[4]["hash"]), begun),
        "later epoch without its beginning": ([*whole[: begun - 1], *whole[begun:]], begun),
        "kind without its fields": (
            edited(9, reason=None, hash=canonical.to_base64url(digest)),
            9,
        ),
    }
    return [
        {
            "name": name,
            "at": at,
            "lines": [
                line if isinstance(line, int) else canonical.encode(line).decode() for line in lines
            ],
        }
        for name, (lines, at) in broken.items()
    ]


def main() -> None:
    """Write the file."""
    drawn = json.loads(FILE.read_bytes()) if FILE.is_file() else None
    text = json.dumps(make(drawn), ensure_ascii=False, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
