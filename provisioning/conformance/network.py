"""What a centre does with much at once, and whom it lets speak over TLS.

Lives here: rules that need several connections. Not here: what is said over one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from provisioning.conformance.bench import COME_AGAIN, Bench, expect, opened, seconds_of
from provisioning.conformance.identity import shown
from provisioning.conformance.rule import Rule, RuleBroken, RuleNotAsked
from provisioning.errors import CentreNotReached

CROWD = 24
"""Requests at the same time."""


def at_once(bench: Bench) -> None:
    """Send the parts of one run at the same time, each several times."""
    run = bench.run(6)
    parts = [run.signed(first, last) for first, last in ((1, 2), (3, 4), (5, 6), (1, 6), (2, 5))]
    for answer in bench.many(parts * 2):
        if answer.status not in COME_AGAIN:
            ack = opened(answer)
            if ack.alarms or ack.set_aside:
                raise RuleBroken("it raises an alarm about a good run that comes in parts at once")
    expect(bench.take(run.signed(1, 6)), run, 6)


def come_again(bench: Bench) -> None:
    """Send so much at once that it may have to say no."""
    runs = [bench.run(1) for _ in range(CROWD)]
    for answer in bench.many(run.signed(1, 1) for run in runs):
        if answer.status not in COME_AGAIN | {200}:
            raise RuleBroken(f"it answers HTTP {answer.status} where many come at once")
        if answer.status in COME_AGAIN and seconds_of(answer) is None:
            raise RuleBroken(f"HTTP {answer.status} comes without Retry-After in seconds")
    for run in runs:
        expect(bench.take(run.signed(1, 1)), run, 1)


def tls_certificate(bench: Bench) -> None:
    """Send a good segment over a connection without a certificate."""
    _needs_tls(bench)
    _refused_over(None, bench)


def tls_terminal(bench: Bench) -> None:
    """Send a good segment over another terminal's connection."""
    _needs_tls(bench)
    with shown(bench.another_terminal()) as certificate:
        _refused_over(certificate, bench)


def _needs_tls(bench: Bench) -> None:
    if not bench.line.secure or bench.certificate is None:
        raise RuleNotAsked("over https:// with a terminal's certificate only")


def _refused_over(certificate: Path | None, bench: Bench) -> None:
    run = bench.run(3)
    with suppress(CentreNotReached):  # the handshake itself was refused
        replace(bench, certificate=certificate).refuse(run.signed(1, 2))
    expect(bench.take(run.signed(3, 3)), run, 0, gaps=((1, 2),))


RULES = (
    Rule("at-once", "4", "The parts of one run may come at the same time.",
         "Take a segment in one transaction that locks its (terminal, epoch).", at_once),
    Rule("come-again", "6", "Who comes when the centre is busy is told when to come again.",
         "Send Retry-After in seconds with every 429 and 503.", come_again),
    Rule("tls-certificate", "7", "Over TLS nobody speaks without a terminal's certificate.",
         "Ask for a client certificate of a terminal authority, and require it.",
         tls_certificate),
    Rule("tls-terminal", "7", "Over TLS nobody speaks for the terminal of another connection.",
         "Compare the common names of the connection's certificate and of the segment's.",
         tls_terminal),
)  # fmt: skip
