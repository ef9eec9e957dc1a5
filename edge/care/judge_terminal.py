"""What to make of the terminal: reader, certificates, lists, log, queue, centre, lamp, scanner.

Rules and limits over facts (`facts`); no world is touched here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from edge.care.check import Check, State, attention, fault, ok, unknown
from edge.care.facts import (
    CardTry,
    CounterDoor,
    Device,
    Exchange,
    Held,
    HeldList,
    Identity,
    Log,
    Queue,
    Readers,
    Service,
)
from edge.care.trouble import Trouble
from verify.freshness import Tier
from verify.verdict import Outcome

ENDING = timedelta(days=30)
"""How long before its end a certificate is spoken of."""
CARD_SLOW = 5.0  # seconds for what is read before the lamp turns green
QUEUE_OLD = timedelta(days=7)
"""How long an event may wait for the centre before somebody is to carry it."""
CARD_STATUS = "card-status"
_OK = 200


def configuration(faults: int, remarks: int) -> Check:
    """Judge a configuration by how much is wrong with it."""
    figure = f"{_count(faults, 'fault')}, {_count(remarks, 'remark')}"
    if faults:
        return fault("configuration", figure, Trouble.CONFIGURATION)
    return ok("configuration", figure)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def service(found: Service) -> Iterator[Check]:
    """Judge whether the terminal runs, and whether it records."""
    if not found.answered:
        yield attention("service", "does not answer", Trouble.SERVICE_SILENT)
        return
    yield ok("service", f"answers in {found.seconds * 1000:.0f} ms")
    if found.locked is not None:
        yield fault("recording", found.locked, Trouble.RECORDING_LOCKED)
    else:
        yield ok("recording", "open")


def readers(found: Readers, wanted: str | None) -> Iterator[Check]:
    """Judge PC/SC, then the reader; `wanted`: a part of its name."""
    if not found.library:
        yield fault("pcscd", "pyscard is not installed", Trouble.PCSC_LIBRARY)
    elif not found.answered:
        yield fault("pcscd", "no answer", Trouble.PCSCD_SILENT)
    else:
        yield ok("pcscd", "answers")
    yield _reader(found, wanted)


def _reader(found: Readers, wanted: str | None) -> Check:
    usb = ", ".join(
        one.name if one.firmware is None else f"{one.name} (firmware {one.firmware})"
        for one in found.usb
    )
    fitting = [name for name in found.names if (wanted or "").casefold() in name.casefold()]
    if fitting:
        return ok("reader", "; ".join([*fitting, usb] if usb else fitting))
    if found.names:
        return fault("reader", ", ".join(found.names), Trouble.READER_OTHER)
    if not found.usb:
        return fault("reader", "none", Trouble.READER_ABSENT)
    if not found.answered:
        return unknown("reader", f"{usb} on USB", Trouble.PCSCD_SILENT)
    return fault("reader", f"{usb} on USB, not taken by pcscd", Trouble.READER_NOT_TAKEN)


def card(found: CardTry) -> Check:
    """Judge a card that is known to be good, and how long it took."""
    if found.outcome is None or found.profile is None:
        return fault("card", "another number is needed", Trouble.CARD_PASSWORD)
    figure = f"{found.profile}, {found.outcome.value}, read in {found.seconds:.1f} s"
    if found.reason is not None:
        figure = f"{figure}, {found.reason}"
    match found.outcome:
        case Outcome.REJECTED:
            return fault("card", figure, Trouble.CARD_REJECTED)
        case Outcome.INDETERMINATE:
            return attention("card", figure, Trouble.CARD_UNDECIDED)
        case Outcome.ACCEPTED:
            if found.seconds > CARD_SLOW:
                return attention("card", figure, Trouble.CARD_SLOW)
            return ok("card", figure)
    assert_never(found.outcome)


def identity(found: Identity, terminal: str | None, at: datetime) -> Check:
    """Judge the terminal's certificate: whose it is and how long it holds."""
    if found.damaged is not None:
        return fault("certificate", found.damaged, Trouble.IDENTITY_DAMAGED)
    if found.name is None or found.not_after is None:
        return fault("certificate", "none", Trouble.CERTIFICATE_ABSENT)
    figure = f"{found.name}, until {found.not_after:%Y-%m-%d}"
    if terminal is not None and found.name != terminal:
        figure = f"{figure}; terminal.toml says {terminal}"
        return fault("certificate", figure, Trouble.CERTIFICATE_OTHER_NAME)
    if found.not_after < at:
        return fault("certificate", figure, Trouble.CERTIFICATE_ENDED)
    if found.not_after < at + ENDING:
        return attention("certificate", figure, Trouble.CERTIFICATE_ENDING)
    return ok("certificate", figure)


def counter_door(found: CounterDoor, at: datetime) -> Check:
    """Judge the door by which the counter's PCs come: browsers let nobody past an ended one."""
    name = "counter door"
    if found.not_after is None:
        return fault(name, f"{found.place}: no answer by TLS", Trouble.COUNTER_DOOR_SHUT)
    figure = f"{found.place}, until {found.not_after:%Y-%m-%d}"
    if found.not_after < at:
        return fault(name, figure, Trouble.COUNTER_DOOR_ENDED)
    if found.not_after < at + ENDING:
        return attention(name, figure, Trouble.COUNTER_DOOR_ENDING)
    return ok(name, figure)


def held(found: Held, at: datetime) -> Iterator[Check]:
    """Judge the trust list, then each revocation list by its age."""
    if found.trust is None:
        yield fault("trust list", "none", Trouble.TRUST_ABSENT)
    else:
        yield ok("trust list", f"number {found.trust}")
    if all(one.purpose != CARD_STATUS for one in found.lists):
        yield fault(f"list {CARD_STATUS}", "none", Trouble.LIST_ABSENT)
    for one in found.lists:
        yield _list(one, at)


def _list(one: HeldList, at: datetime) -> Check:
    name = f"list {one.purpose}"
    age = (at - one.this_update) / timedelta(days=1)
    figure = f"number {one.number}, {max(age, 0):.1f} days old"
    if one.refused is not None:
        return fault(name, f"{figure}; {one.refused}", Trouble.LIST_SET_ASIDE)
    if one.tier is not Tier.FRESH:
        return attention(name, f"{figure}, no longer fresh", Trouble.LIST_OLD)
    return ok(name, figure)


def log(found: Log) -> Check:
    """Judge the log's chain."""
    if not found.present:
        return attention("log", "none yet", Trouble.LOG_ABSENT)
    figure = f"{_count(found.events, 'event')}, checked in {found.seconds:.1f} s"
    if found.why is not None:
        return fault(
            "log", f"{_count(found.events, 'event')} whole; {found.why}", Trouble.LOG_NOT_WHOLE
        )
    return ok("log", figure)


def queue(found: Queue, at: datetime) -> Check:
    """Judge what waits for the centre, by how long the first of it waits."""
    if not found.unsent:
        return ok("queue", "nothing waits")
    since = "" if found.oldest is None else f" since {found.oldest:%Y-%m-%d}"
    figure = f"{_count(found.unsent, 'event')} not acknowledged{since}"
    if found.oldest is not None and found.oldest < at - QUEUE_OLD:
        return attention("queue", figure, Trouble.QUEUE_OLD)
    return ok("queue", figure)


def centre(found: Exchange | None) -> Check:
    """Judge the centre's answer; None: none is configured."""
    if found is None:
        return ok("centre", "none is configured; records go by stick")
    if found.unreachable:
        figure = found.error or "no answer"
        return attention("centre", figure, Trouble.CENTRE_UNREACHABLE)
    if found.error is not None:
        return Check("centre", State.FAULT, found.error, Trouble.CENTRE_REFUSES, found.advice)
    figure = f"HTTP {found.status}, {found.seconds * 1000:.0f} ms"
    if found.status != _OK:
        return fault("centre", figure, Trouble.CENTRE_REFUSES)
    return ok("centre", figure)


def wired(name: str, pins: Sequence[int], chip: Device) -> Check:
    """Judge a lamp or a buzzer as far as this can be told without eyes and ears."""
    if not pins:
        return ok(name, "none is configured")
    figure = f"GPIO {', '.join(map(str, pins))}"
    if not chip.present:
        return fault(name, f"{figure}, but there is no {chip.place}", Trouble.GPIO_ABSENT)
    if not chip.usable:
        return fault(name, f"{figure}, but {chip.place} may not be opened", Trouble.GPIO_CLOSED)
    return ok(name, f"{figure} on {chip.place}")


def scanner(found: Device | None) -> Check:
    """Judge the scanner; None: none is configured."""
    if found is None:
        return ok("scanner", "none is configured")
    if not found.present:
        return fault("scanner", f"{found.place} is not there", Trouble.SCANNER_ABSENT)
    if not found.usable:
        return fault("scanner", f"{found.place} may not be opened", Trouble.SCANNER_CLOSED)
    return ok("scanner", found.place)
