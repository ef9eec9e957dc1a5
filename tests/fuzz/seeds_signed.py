"""Signed JSON, wire formats and master lists to begin with, and the keys they are signed with."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import rfc8785
from asn1crypto import cms as asn1_cms
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from crl.status import Purpose
from edge.wire import ack, segment
from edge.wire.event import Event, genesis
from edge.wire.kinds import EventKind
from reader import tlv
from tests.crl import made as lists_made
from tests.fuzz import seeds
from tests.fuzz.seeds import Seeds
from tests.verify import made
from verify import jws
from verify.allowlist import AllowList
from verify.correction import TimeCorrection
from verify.masterlist import CSCA_MASTER_LIST, MASTER_LIST_SIGNER
from verify.moment import TimeQuality
from verify.policy import MINIMUM, Algorithms, Carried
from verify.receipt_anchor import Anchored
from verify.trust import (
    SEAL_PUBLIC_SIZE,
    SEAL_SUITE,
    SIGN_ALGORITHM,
    STATUS_SIGNER_EKU,
    TYP,
    Anchor,
    AnchorPurpose,
    CentreKey,
    KeyUse,
    Reset,
    TrustList,
)

EPOCH = "00112233445566778899aabbccddeeff"
CONTEXT = "ffeeddccbbaa99887766554433221100"


@cache
def key() -> ec.EllipticCurvePrivateKey:
    """Return the key that the signed JSON of this run is signed with."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def list_signer() -> made.Party:
    """Return the signer of the made master lists, under the made authority."""
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier(MASTER_LIST_SIGNER)])
    extensions = (*made.SIGNER_EXTENSIONS, (purpose, True))
    return made.issue("Master list signer", seeds.world().authority, extensions=extensions)


def master_list(content: bytes) -> bytes:
    """Return a signed master list around any content."""
    signer = list_signer()
    own = asn1_x509.Certificate.load(signer.certificate)
    attributes = asn1_cms.CMSAttributes(
        [
            {"type": "content_type", "values": [CSCA_MASTER_LIST]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
            {"type": "signing_time", "values": [asn1_cms.Time({"utc_time": made.AT - made.DAY})]},
        ]
    )
    if not isinstance(signer.key, ec.EllipticCurvePrivateKey):
        raise AssertionError("made signers have keys on a curve")
    sid = {"issuer": own.issuer, "serial_number": own.serial_number}
    info = {
        "version": "v1",
        "sid": asn1_cms.SignerIdentifier({"issuer_and_serial_number": sid}),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signer.key.sign(attributes.dump(), ec.ECDSA(SHA256())),
    }
    body = asn1_cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {
                "content_type": CSCA_MASTER_LIST,
                "content": core.ParsableOctetString(content),
            },
            "certificates": [own],
            "signer_infos": [info],
        }
    )
    return bytes(asn1_cms.ContentInfo({"content_type": "signed_data", "content": body}).dump())


@cache
def master_contents() -> Seeds:
    """Return the content of master lists, before it is signed: one, and three certificates."""
    found = seeds.certificates()
    some = [found[name] for name in ("made/authority", "made/rsa-pss", "made/brainpool")]
    return {
        f"made/{count}": tlv.encode(
            0x30, tlv.encode(0x02, b"\x00") + tlv.encode(0x31, b"".join(some[:count]))
        )
        for count in (1, 3)
    }


@cache
def master_lists() -> Seeds:
    """Return signed master lists; the real ones are too large to begin with."""
    return {name: master_list(content) for name, content in master_contents().items()}


@cache
def trust_list() -> TrustList:
    """Return a list with an entry of every kind."""
    document, terminal = (made.csca(f"Anchor {n}").certificate for n in range(2))
    for_status = (
        (made.usage(crl_sign=True), True),
        (x509.ExtendedKeyUsage([x509.ObjectIdentifier(STATUS_SIGNER_EKU)]), True),
    )
    status = made.csca("Status", extensions=for_status).certificate
    centre = made.spki(ec.generate_private_key(ec.SECP256R1()))
    return TrustList(
        3,
        datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
        (
            Anchor(AnchorPurpose.DOCUMENT, document, frozenset({"dang-vien"})),
            Anchor(AnchorPurpose.CARD_STATUS, status, scope=lists_made.SCOPE),
            Anchor(AnchorPurpose.TERMINAL, terminal),
        ),
        (
            CentreKey("seal-1", KeyUse.SEAL, SEAL_SUITE, bytes(SEAL_PUBLIC_SIZE)),
            CentreKey("sign-1", KeyUse.SIGN, SIGN_ALGORITHM, centre),
        ),
        (Reset(Purpose.CERTIFICATE, lists_made.name("Office"), None, 7, 9),),
    )


@cache
def trust_payloads() -> Seeds:
    """Return a trust list as JSON, before it is signed."""
    return {"made/trust-list": rfc8785.dumps(trust_list().to_payload())}


@cache
def policy_payloads() -> Seeds:
    """Return an algorithm policy as JSON, before it is signed."""
    strict = Algorithms(frozenset({"sha384", "sha512"}), 3072, 256)
    carried = (
        Carried(replace(strict, rsa_bits=2048), made.AT - made.YEAR),
        Carried(MINIMUM, made.AT - 5 * made.YEAR, made.AT + made.YEAR),
    )
    issued = datetime(2026, 11, 1, tzinfo=UTC)
    held = AllowList(2, "office", issued, strict, carried)
    return {"made/policy": rfc8785.dumps(held.to_payload())}


@cache
def corrections() -> Seeds:
    """Return a correction of the clock as JSON, before it is signed."""
    held = TimeCorrection(4, datetime(2026, 11, 1, tzinfo=UTC))
    return {"made/correction": rfc8785.dumps(held.to_payload())}


@cache
def compact() -> Seeds:
    """Return signed JSON, with and without certificates in its header."""
    signer = seeds.world().signer.certificate
    return {
        "made/trust-list": jws.sign(trust_list().to_payload(), typ=TYP, key=key()).encode(),
        "made/small": jws.sign({"a": 1}, typ=TYP, key=key(), kid="k").encode(),
        "made/certified": jws.sign({}, typ=TYP, key=key(), x5c=(signer,)).encode(),
    }


def _event(seq: int, prev: bytes, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "terminal": "TT-0001",
        "epoch": EPOCH,
        "seq": seq,
        "kind": EventKind.CHECK_IN,
        "at": "2026-11-21T12:00:00.123Z",
        "quality": TimeQuality.SYNCHRONISED,
        "context": CONTEXT,
        "outcome": "ADMITTED",
        "reason": None,
        "tag": bytes(32),
        "body": bytes(range(64)),
        "sealed": None,
        "prev": prev,
        "hash": bytes(32),
        **changes,
    }
    event = Event(**fields)
    return replace(event, hash=event.computed_hash())


@cache
def events() -> tuple[Event, ...]:
    """Return the first three events of an epoch."""
    opened = _event(
        1,
        genesis("TT-0001", EPOCH),
        kind=EventKind.CONTEXT_OPENED,
        sealed=b"\x03abc" + bytes(80),
        tag=None,
        outcome=None,
    )
    second = _event(2, opened.hash)
    fault: dict[str, Any] = {"kind": EventKind.FAULT, "reason": "CLOCK_BEHIND"}
    nothing = dict.fromkeys(("context", "outcome", "tag", "body"))
    third = _event(3, second.hash, **fault, **nothing)
    return opened, second, third


@cache
def wire() -> Seeds:
    """Return events, a segment, an acknowledgement and an anchor as JSON."""
    gathered = segment.gather(events())
    if gathered is None:
        raise AssertionError("three events make a segment")
    answer = ack.Ack(
        terminal="TT-0001",
        epoch=EPOCH,
        high_water=3,
        gaps=((5, 6), (9, 9)),
        head=events()[-1].hash,
        set_aside=(2,),
        alarms=(ack.Alarm(2, ack.AlarmCode.SEQ_REUSED),),
    )
    return {
        **{f"made/event-{event.seq}": event.to_bytes() for event in events()},
        "made/segment": rfc8785.dumps(gathered.to_payload()),
        "made/ack": rfc8785.dumps(answer.to_payload()),
        "made/anchor": rfc8785.dumps(
            Anchored(bytes(range(32)), datetime(2026, 11, 21, 12, tzinfo=UTC)).to_payload()
        ),
    }
