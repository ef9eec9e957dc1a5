"""Receipts as a terminal signs them: an ordinary one, and one with something else in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from edge.procedure.day import CounterDay
from provisioning.office.pki import create_terminal_ca, issue_terminal
from verify import jws, receipt_jws
from verify.moment import Moment, TimeQuality
from verify.receipt import CheckLine, ListLine, Place, Receipt, Request
from verify.verdict import CheckStatus, Outcome, Step

AT = datetime(2026, 11, 6, 2, 13, 52, tzinfo=UTC)
DAY = timedelta(days=1)
TERMINAL = "99-0417"
KEY = ec.generate_private_key(ec.SECP256R1())
PASSED = tuple(CheckLine(step, CheckStatus.PASSED, None) for step in Step)
ORDINARY = Receipt(
    request=Request(
        "n0nce-of-the-asker-22_", "https://hoso.phahin.example", "chuyen-sinh-hoat-chinh-thuc",
        "CSH-2026-0147", ("issued", "name", "number", "organisation"),
    ),
    place=Place(TERMINAL, "0a" * 16, 4711, bytes(range(32))),
    moment=Moment(AT, TimeQuality.SYNCHRONISED),
    outcome=Outcome.ACCEPTED,
    checks=PASSED,
    profile="dang-vien",
    policy="default-1",
    signer_list=ListLine(0x1A5, timedelta(days=2)),
    card_list=ListLine(421, timedelta(hours=3)),
    handed=bytes(range(32)),
)  # fmt: skip


@cache
def certificate() -> bytes:
    """Return the terminal's certificate, of the size that pilot terminals have."""
    authority = create_terminal_ca("Terminals", at=AT - timedelta(days=400))
    return issue_terminal(
        authority, KEY.public_key(), TERMINAL, at=AT - DAY, validity=timedelta(days=90)
    )


def signed(receipt: Receipt = ORDINARY) -> str:
    """Return a receipt as the terminal signs it."""
    payload = receipt_jws.to_payload(receipt)
    return jws.sign(payload, typ=receipt_jws.TYP, key=KEY, x5c=[certificate()])


def kept(day: CounterDay, receipt: Receipt = ORDINARY) -> tuple[str, int, str]:
    """Write a verification and its receipt down; return context, place and the receipt."""
    asked = receipt.request
    event = day.record(
        receipt.moment,
        outcome=receipt.outcome.value.upper(),
        reason=None,
        person_key=None,
        body={
            "procedure": asked.procedure,
            "dossier": asked.dossier,
            "origin": asked.origin,
            "asker": "Văn phòng Đảng uỷ xã Pha Hín, quầy 1",
        },
    )
    compact = signed(receipt)
    day.keep(event, compact, receipt.moment)
    assert event.context is not None
    return event.context, day.place(event), compact


def slip_address(day: CounterDay, receipt: Receipt = ORDINARY) -> str:
    """Return where the slip of a receipt is shown that is written down now."""
    context, place, _ = kept(day, receipt)
    return f"/thu-tuc/bien-nhan/{context}/{place}"


def with_checks(outcome: Outcome, **changed: tuple[CheckStatus, str | None]) -> Receipt:
    """Return a receipt with some steps otherwise, e.g. `chip=(FAILED, "CHIP_AUTH_FAILED")`."""
    lines = (
        CheckLine(one.step, *changed.get(one.step.name.lower(), (one.status, one.reason)))
        for one in PASSED
    )
    return replace(ORDINARY, outcome=outcome, checks=tuple(lines))
