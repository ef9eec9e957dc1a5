"""What a centre has to refuse whole, keeping nothing of it.

Lives here: segments that are not from one of the centre's terminals, or are none. Not here: events
that are set aside one by one (`events`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from edge.wire import canonical
from edge.wire.ack import TYP as ACK_TYP
from edge.wire.segment import MAX_EVENTS
from provisioning.conformance.bench import Bench
from provisioning.conformance.identity import DAY, Identity, Uses, enrol, issue_for, of_a_stranger
from provisioning.conformance.rule import Rule, RuleBroken
from provisioning.conformance.run import Run, by_hand, signed
from provisioning.office.pki import new_key


def _payload(run: Run, **changes: object) -> bytes:
    return canonical.encode({**run.segment(1, 2).to_payload(), **changes})


def no_jws(bench: Bench) -> None:
    """Send what is none."""
    for body in (b"", b"segment", b"a.b.c", b"{}", bytes(range(256)), b"." * 100):
        bench.refuse(body)


def altered(bench: Bench) -> None:
    """Change one character under the signature; cut the signature off."""
    run = bench.run(3)
    head, payload, signature = run.signed(1, 2).split(".")
    for at in (10, len(payload) // 2, len(payload) - 10):
        other = "A" if payload[at] != "A" else "B"
        bench.refuse(f"{head}.{payload[:at]}{other}{payload[at + 1 :]}.{signature}", run)
    for cut in ("", signature[:-4], "A" * len(signature)):
        bench.refuse(f"{head}.{payload}.{cut}", run)


def other_key(bench: Bench) -> None:
    """Sign with a key that is not the certificate's."""
    run = bench.run(3)
    bench.refuse(signed(run.segment(1, 2), replace(bench.who, key=new_key())), run)


def unknown_authority(bench: Bench) -> None:
    """Sign under a certificate of an authority of the same form that nobody knows."""
    run = bench.run(3)
    bench.refuse(signed(run.segment(1, 2), of_a_stranger(bench.who, bench.at)), run)


def certificates(bench: Bench) -> None:
    """Show no certificate, and two."""
    for shown in ((), (bench.who.certificate, bench.who.certificate)):
        run = bench.run(3)
        bench.refuse(by_hand(bench.who, _payload(run), x5c=shown), run)


def other_terminal(bench: Bench) -> None:
    """Speak for another terminal than the certificate names."""
    other = replace(bench.who, terminal=f"{bench.who.terminal[:48]}.other")
    run = bench.run(3, other)
    bench.refuse(signed(run.segment(1, 2), bench.who))


def certificate_dates(bench: Bench) -> None:
    """Sign under a certificate that has run out, and under one that is not yet valid."""
    issuer = bench.issuer
    for begins in (-10 * DAY, timedelta(days=5)):
        late = enrol(issuer, bench.who.terminal, bench.at, begins=begins)
        run = bench.run(3)
        bench.refuse(signed(run.segment(1, 2), late), run)


def certificate_uses(bench: Bench) -> None:
    """Sign under certificates of the authority that are none of a terminal."""
    issuer = bench.issuer
    for kind in (Uses(ca=True), Uses(signature=False), Uses(client=False)):
        run = bench.run(3)
        key = new_key()
        other = issue_for(kind, issuer, bench.who.terminal, key.public_key(), bench.at)
        bench.refuse(signed(run.segment(1, 2), Identity(bench.who.terminal, key, other)), run)


def other_type(bench: Bench) -> None:
    """Sign an object of another type with the same content."""
    for typ in (ACK_TYP, "JWT", ""):
        run = bench.run(3)
        bench.refuse(by_hand(bench.who, _payload(run), typ=typ), run)


def algorithms(bench: Bench) -> None:
    """Name no algorithm, and another one."""
    for alg in ("none", "HS256", "ES384"):
        run = bench.run(3)
        bench.refuse(by_hand(bench.who, _payload(run), alg=alg), run)


def foreign_header(bench: Bench) -> None:
    """Put members into the header that lead elsewhere."""
    for more in (
        {"jku": "https://example.invalid/keys"},
        {"jwk": {"kty": "EC"}},
        {"crit": ["b64"], "b64": True},
    ):
        run = bench.run(3)
        bench.refuse(by_hand(bench.who, _payload(run), more=more), run)


def not_canonical(bench: Bench) -> None:
    """Sign the payload with a space in it, with a member twice, and in another order."""
    spellings: tuple[Callable[[bytes], bytes], ...] = (
        lambda payload: payload.replace(b":", b": ", 1),
        lambda payload: payload[:-1] + b',"terminal":"x"}',
        lambda payload: json.dumps(
            dict(reversed(json.loads(payload).items())), separators=(",", ":")
        ).encode(),
    )
    for spell in spellings:
        run = bench.run(3)
        bench.refuse(by_hand(bench.who, spell(_payload(run))), run)


def payload_form(bench: Bench) -> None:
    """Sign payloads that are not a segment's: a member more, numbers that do not agree, no list."""
    spoilt: tuple[dict[str, object], ...] = (
        {"more": 1},
        {"count": 1},
        {"last": 3},
        {"first": 0, "last": 1},
        {"events": []},
        {"events": [1, 2]},
        {"prev": "short"},
        {"head": None},
        {"terminal": 5},
        {"epoch": "0" * 31},
    )
    for changes in spoilt:
        run = bench.run(3)
        bench.refuse(by_hand(bench.who, _payload(run, **changes)), run)


def epoch_form(bench: Bench) -> None:
    """Name the epoch in capital letters, in its events too."""
    run = bench.run(3)
    capitals = "ABCDEF" + run.epoch[6:].upper()
    events = [{**event.to_object(), "epoch": capitals} for event in run.events[:2]]
    bench.refuse(by_hand(bench.who, _payload(run, epoch=capitals, events=events)))


def too_many_events(bench: Bench) -> None:
    """Sign one event more than a segment carries."""
    run = bench.run(MAX_EVENTS + 1)
    bench.refuse(run.signed(1, MAX_EVENTS + 1))
    ack = bench.take(run.signed(MAX_EVENTS + 1, MAX_EVENTS + 1))
    if ack.gaps != ((1, MAX_EVENTS),):
        raise RuleBroken("it refuses, and keeps some of it all the same")


RULES = (
    Rule("no-jws", "2", "What is no compact JWS is refused.",
         "Answer 403 to anything but three base64url parts.", no_jws),
    Rule("altered", "2", "A segment altered on the way is refused, and nothing of it kept.",
         "Check the signature over the bytes as they came, before anything is read.", altered),
    Rule("other-key", "2", "A signature by another key than the certificate's is refused.",
         "Check the signature with the key of the certificate in x5c.", other_key),
    Rule("unknown-authority", "10", "A certificate of an unknown authority is refused.",
         "Check the certificate's signature by a key of your list, not its issuer's name.",
         unknown_authority),
    Rule("certificates", "3", "A segment carries exactly one certificate.",
         "Refuse a header with none in x5c, and with two.", certificates),
    Rule("other-terminal", "3", "A terminal speaks for itself only.",
         "Compare the certificate's one common name with the payload's terminal.", other_terminal),
    Rule("certificate-dates", "8", "A certificate counts within its dates only.",
         "Compare its dates with the centre's own clock.", certificate_dates),
    Rule("certificate-uses", "10", "A certificate that is none of a terminal is refused.",
         "Refuse CA certificates, and such as lack digitalSignature or clientAuth.",
         certificate_uses),
    Rule("other-type", "2", "An object of another type is refused.",
         "Compare typ exactly.", other_type),
    Rule("algorithms", "2", "Any algorithm but ES256 is refused.",
         "Compare alg exactly, before a key is chosen.", algorithms),
    Rule("foreign-header", "2", "A header with other members than alg, typ, kid, x5c is refused.",
         "Refuse every other member: never follow jku, take a key from jwk, or skip crit.",
         foreign_header),
    Rule("not-canonical", "2", "A payload that is not in canonical form is refused.",
         "Encode what you read again, and compare it with the bytes that came.", not_canonical),
    Rule("payload-form", "3", "A payload that is not a segment's is refused.",
         "Check members, numbers and sizes by section 3 before events are looked at.",
         payload_form),
    Rule("epoch-form", "3", "An epoch that has not its form is refused.",
         "Take 32 hexadecimal digits in lower case, nothing else.", epoch_form),
    Rule("too-many-events", "3", "More than 500 events are refused.",
         "Count them before they are judged.", too_many_events),
)  # fmt: skip
