"""Makes `docs/vectors/protocol.json` and the examples in `docs/protocol.md`, from fixed keys.

    python -m tests.docs.make_protocol

Everything follows from the constants below but certificates and signatures, which ECDSA draws.
Those are taken over from the file that is there, as long as they still fit. What a centre answers
is what the project's own answers to these bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from edge.wire.ack import TYP as ACK_TYP
from edge.wire.kinds import EventKind
from edge.wire.segment_answer import SegmentAnswer
from provisioning.centre.app import Signer, create_app
from provisioning.centre.gate import Gate
from provisioning.centre.store import CentreStore
from provisioning.conformance.examine import RULES
from provisioning.conformance.identity import Identity, of_a_stranger
from provisioning.conformance.run import CONTEXT, NOWHERE, Run, by_hand, signed, spoilt
from provisioning.office.pki import Authority, create_terminal_ca, issue_terminal
from tests.docs import protocol_inbox, protocol_keys, protocol_stick
from tests.docs.protocol_keys import CENTRE_KEY, EPOCHS, KID, START, TERMINAL, TERMINAL_KEY
from verify import jws

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "vectors" / "protocol.json"
PAGE = ROOT / "docs" / "protocol.md"
GOOD, STRANGER = "a good segment", "an authority that nobody knows"
RECEIPT = "a receipt among its events"
WIDTH = 100  # characters of a line in a block
BUSY = Gate(at_once=1, patience=0.01)


def make(drawn: dict[str, Any] | None) -> dict[str, Any]:
    """Return the file's content; `drawn`: the one that is there, for what is drawn by chance."""
    authority, who = the_authority(drawn), the_terminal(drawn)
    with a_centre(authority) as client:
        sent = segments(who, drawn)
        answers = {name: client.post("/v1/segments", data=body) for name, body in sent.items()}
        first = signed_before(drawn, next(iter(answers.values())).get_data(as_text=True))
        anchor = SegmentAnswer.from_bytes(answers[RECEIPT].data).anchors[0]
    return {
        "source": "python -m tests.docs.make_protocol, from the constants in that file",
        "at": START.isoformat(),
        "authority": base64_of(authority.certificate),
        "terminal": TERMINAL,
        "terminal_certificate": base64_of(who.certificate),
        "terminal_key": secret(TERMINAL_KEY),
        "centre_sign_key": {
            "kid": KID,
            "private": secret(CENTRE_KEY),
            "public": point(CENTRE_KEY).hex(),
        },
        "exchanges": [
            {
                "name": name,
                "segment": sent[name],
                "status": answer.status_code,
                **answered(answer),
            }
            for name, answer in answers.items()
        ],
        "acknowledgement": first,
        "anchor": protocol_keys.kept(str(drawn.get("anchor", "")) if drawn else "", anchor),
        "inbox": protocol_inbox.make(who, first, drawn.get("inbox") if drawn else None),
        "stick": protocol_stick.files(who, sent[GOOD], first, partial(kept_file, drawn)),
    }


def answered(answer: TestResponse) -> dict[str, Any]:
    """Return what an answer acknowledges and anchors, as payloads."""
    if answer.status_code != 200:
        return {"acknowledgement": None, "anchors": []}
    found = SegmentAnswer.from_bytes(answer.data)
    return {
        "acknowledgement": json.loads(part(found.ack, 1)),
        "anchors": [json.loads(part(one, 1)) for one in found.anchors],
    }


def segments(who: Identity, drawn: dict[str, Any] | None) -> dict[str, str]:
    """Return what is sent, in order, by name."""
    run = Run.make(who, EPOCHS[0], 14, START)
    fork = run.rechained({10: {"prev": NOWHERE}})
    clone = fork.rechained({10: {"prev": NOWHERE, "reason": "CLONE"}})
    begun = {"kind": EventKind.EPOCH_BEGUN, "reason": "SEQ_REUSED", "prev": fork.hash_of(9)}
    receipt = {
        "kind": EventKind.RECEIPT,
        "context": CONTEXT,
        "reason": None,
        "tag": hashlib.sha256(b"a receipt").digest(),
        "body": b"sealed",
    }
    second = Run.make(who, EPOCHS[1], 4, START).rechained({1: begun, 3: receipt})
    good = kept(drawn, GOOD, run.signed(1, 2))
    head, body, signature = good.split(".")
    space = json.dumps(run.segment(1, 2).to_payload()).encode()
    stranger = replace(who, terminal="TT-0002")
    other = "A" if body[40] != "A" else "B"
    made = {
        GOOD: good,
        "the same again": good,
        "later events first": run.signed(5, 6),
        "the gap closed, overlapping": run.signed(2, 5),
        "one event altered, one misplaced": signed(
            spoilt(fork.segment(7, 9), {7: {"reason": "ANOTHER"}, 8: {"seq": 80}}), who
        ),
        "an event that forks the chain": fork.signed(9, 10),
        "another event under a number": clone.signed(10, 10),
        "a head that is not the last hash": signed(
            replace(fork.segment(11, 12), head=NOWHERE), who
        ),
        "an epoch that follows": second.signed(1, 2),
        RECEIPT: second.signed(3, 4),
        "the receipt again, alone": second.signed(3, 3),
        "a character altered": f"{head}.{body[:40]}{other}{body[41:]}.{signature}",
        "another terminal": signed(Run.make(stranger, EPOCHS[0], 1, START).segment(1, 1), who),
        STRANGER: signed(run.segment(13, 14), of_a_stranger(who, START)),
        "a space in the payload": by_hand(who, space),
        "an algorithm of none": by_hand(who, json_bytes(run), alg="none"),
        "no certificate": by_hand(who, json_bytes(run), x5c=()),
        "no segment": "segment",
    }
    return {name: kept(drawn, name, compact) for name, compact in made.items()}


def json_bytes(run: Run) -> bytes:
    """Return the payload of the run's last two events."""
    fields = run.segment(13, 14).to_payload()
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


@contextmanager
def a_centre(authority: Authority) -> Iterator[FlaskClient]:
    """Return the project's own, empty."""
    with tempfile.TemporaryDirectory() as folder:
        store = CentreStore(f"sqlite:///{folder}/centre.db")
        signer = Signer(CENTRE_KEY, KID)
        app = create_app(store, [authority.certificate], signer, lambda: START, gate=BUSY)
        try:
            yield app.test_client()
        finally:
            store.close()


def the_authority(drawn: dict[str, Any] | None) -> Authority:
    """Return the terminal authority."""
    made = create_terminal_ca("Terminal CA", at=START, rng=counting(b"authority"))
    if drawn is None:
        return made
    return Authority(certificate_for(drawn["authority"], made.key), made.key)


def the_terminal(drawn: dict[str, Any] | None) -> Identity:
    """Return the terminal."""
    if drawn is not None:
        certificate = certificate_for(drawn["terminal_certificate"], TERMINAL_KEY)
    else:
        issuer, public = the_authority(None), TERMINAL_KEY.public_key()
        certificate = issue_terminal(issuer, public, TERMINAL, at=START, rng=counting(b"terminal"))
    return Identity(TERMINAL, TERMINAL_KEY, certificate)


def certificate_for(text: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a certificate that is there. ValueError where it is not for the key."""
    der = base64.b64decode(text)
    if jws.certificate_key(der) != key.public_key():
        raise ValueError("delete the file and make it anew: its certificates are for other keys")
    return der


def counting(label: bytes) -> Callable[[int], bytes]:
    """Return what draws the same bytes each time."""
    number = 0

    def draw(size: int) -> bytes:
        nonlocal number
        number += 1
        return hashlib.shake_256(label + bytes([number])).digest(size)

    return draw


def kept(drawn: dict[str, Any] | None, name: str, sent: str) -> str:
    """Return what is there under a name, if only what is drawn by chance differs, else `sent`."""
    found = {one["name"]: str(one["segment"]) for one in drawn["exchanges"]} if drawn else {}
    part = slice(1, 2) if name == STRANGER else slice(0, 2)
    there = found.get(name, "")
    return there if there.split(".")[part] == sent.split(".")[part] else sent


def kept_file(drawn: dict[str, Any] | None, path: str, made: str) -> str:
    """Return what is there at a path, if only its signature differs, else `made`."""
    there = str(drawn["stick"].get(path, "")) if drawn and "stick" in drawn else ""
    return protocol_keys.kept(there, made)


def signed_before(drawn: dict[str, Any] | None, compact: str) -> str:
    """Return the acknowledgement that is there, if it says the same; either has to hold."""
    found = protocol_keys.kept(str(drawn["acknowledgement"]) if drawn else "", compact)
    jws.verify(found, typ=ACK_TYP, key_for=lambda _: CENTRE_KEY.public_key(), max_size=1 << 16)
    return found


def base64_of(der: bytes) -> str:
    """Return base64 with padding."""
    return base64.b64encode(der).decode()


def secret(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the private number, 32 bytes in hexadecimal."""
    return key.private_numbers().private_value.to_bytes(32, "big").hex()


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as an uncompressed point."""
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def part(compact: str, number: int) -> str:
    """Return a part of a compact JWS, decoded."""
    text = compact.split(".")[number]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def examples(vectors: dict[str, Any]) -> dict[str, str]:
    """Return the blocks of the page, by name."""
    segment = vectors["exchanges"][0]["segment"]
    ack = vectors["acknowledgement"]
    with a_centre(the_authority(vectors)) as client:
        client.post("/v1/segments", data=segment)
        refused = client.post("/v1/segments", data="segment")
        with client.application.extensions["centre"].gate.pass_through():
            busy = client.post("/v1/segments", data=segment)
    return {
        "certificate": certificate(base64.b64decode(vectors["terminal_certificate"])),
        "segment-header": wrapped(part(segment, 0)),
        "segment-payload": wrapped(part(segment, 1)),
        "segment": wrapped(segment),
        "ack-header": part(ack, 0),
        "ack-payload": wrapped(part(ack, 1)),
        "ack": wrapped(ack),
        "taken": f"POST /v1/segments HTTP/1.1\nHost: terminals.centre.example\n"
        f"Content-Type: application/jose\nContent-Length: {len(segment)}\n\n{segment[:60]}…\n\n"
        f"HTTP/1.1 200 OK\nContent-Type: application/jose\n\n{ack[:60]}…",
        "anchor-header": part(vectors["anchor"], 0),
        "anchor-payload": part(vectors["anchor"], 1),
        "stick": protocol_stick.listing(vectors["stick"]),
        "bundle-up": wrapped(part(vectors["stick"][f"{protocol_stick.UP}/bundle.jws"], 1)),
        "bundle-down": wrapped(part(vectors["stick"][f"{protocol_stick.DOWN}/bundle.jws"], 1)),
        "inbox-call": wrapped(part(vectors["inbox"]["call"], 1)),
        "inbox-head": wrapped(part(vectors["inbox"]["answer"].split("\n")[0], 1)),
        "inbox-message": wrapped(part(vectors["inbox"]["answer"].split("\n")[1], 1)),
        "inbox-bodies": "\n\n".join(
            wrapped(json.dumps(body, ensure_ascii=False)) for body in vectors["inbox"]["bodies"]
        ),
        "refused": answer(refused),
        "busy": answer(busy),
    }


def answer(response: TestResponse) -> str:
    """Return an answer's status, the headers that matter, and its body."""
    names = ("Content-Type", "Retry-After")
    headers = [f"{name}: {response.headers[name]}" for name in names if name in response.headers]
    body = wrapped(response.get_data(as_text=True))
    return "\n".join([f"HTTP/1.1 {response.status}", *headers, "", body])


def certificate(der: bytes) -> str:
    """Return a certificate in words, and in base64."""
    found = x509.load_der_x509_certificate(der)
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return "\n".join(
        [
            f"issuer   {found.issuer.rfc4514_string()}",
            f"subject  {found.subject.rfc4514_string()}",
            f"dates    {begins:%Y-%m-%d} to {ends:%Y-%m-%d}",
            f"uses     digitalSignature; {', '.join(use.dotted_string for use in usage)}",
            "",
            wrapped(base64_of(der)),
        ]
    )


def wrapped(text: str) -> str:
    """Return text in lines that fit the page."""
    return "\n".join(text[at : at + WIDTH] for at in range(0, len(text), WIDTH))


def rules() -> str:
    """Return the table of the rules that the examiner asks about."""
    return "\n".join(f"| `{rule.name}` | {rule.section} | {rule.says} |" for rule in RULES)


def page(text: str, vectors: dict[str, Any]) -> str:
    """Return the page with its examples and its table made anew."""
    for name, block in examples(vectors).items():
        marker = re.escape(f"<!-- example: {name} -->")
        place = re.compile(rf"({marker}\n)(?:\n```\n.*?\n```\n)?", re.DOTALL).search(text)
        if place is None:
            raise ValueError(f"the page has no place for the example {name}")
        text = f"{text[: place.end(1)]}\n```\n{block}\n```\n{text[place.end() :]}"
    table = re.compile(r"(\| rule \| section \| what \|\n\|---\|---\|---\|\n)(?:\|.*\n)*")
    return table.sub(lambda m: f"{m[1]}{rules()}\n", text)


def main() -> None:
    """Write both files."""
    drawn = json.loads(FILE.read_bytes()) if FILE.is_file() else None
    vectors = make(drawn)
    FILE.write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8"), vectors), encoding="utf-8")


if __name__ == "__main__":
    main()
