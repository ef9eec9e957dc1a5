"""What to make of the terminal: reader, certificates, lists, log, queue, centre, lamp, scanner.

Rules and limits over facts (`facts`); no world is touched here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from edge.care.check import Check, State, attention, fault, ok, unknown
from edge.care.facts import (
    AccessPoint,
    Asking,
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
from edge.care.said import Part, Said, say
from edge.care.trouble import Trouble
from edge.errors import Obstacle
from verify.freshness import Tier
from verify.verdict import Outcome

ENDING = timedelta(days=30)
"""How long before its end a certificate is spoken of."""
SHOWN = 16
"""Digits of a key's fingerprint, as many as the office's list shows."""
CARD_SLOW = 5.0  # seconds for what is read before the lamp turns green
QUEUE_OLD = timedelta(days=7)
"""How long an event may wait for the centre before somebody is to carry it."""
CARD_STATUS = "card-status"
_OK = 200


_OUTCOMES = {
    Outcome.ACCEPTED: say("accepted"),
    Outcome.REJECTED: say("rejected"),
    Outcome.INDETERMINATE: say("undecided"),
}


def _until(end: datetime) -> Said:
    return say("until %(day)s", day=f"{end:%Y-%m-%d}")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


def configuration(faults: int, remarks: int) -> Check:
    """Judge a configuration by how much is wrong with it."""
    figure = (_faults(faults), _remarks(remarks))
    if faults:
        return fault("configuration", figure, Trouble.CONFIGURATION)
    return ok("configuration", figure)


def _faults(number: int) -> Said:
    if not number:
        return say("no faults")
    return say("1 fault") if number == 1 else say("%(count)s faults", count=number)


def _remarks(number: int) -> Said:
    if not number:
        return say("no remarks")
    return say("1 remark") if number == 1 else say("%(count)s remarks", count=number)


def _events(number: int) -> Said:
    if not number:
        return say("no events")
    return say("1 event") if number == 1 else say("%(count)s events", count=number)


def service(found: Service) -> Iterator[Check]:
    """Judge whether the terminal runs, and whether it records."""
    if not found.answered:
        yield attention("service", say("does not answer"), Trouble.SERVICE_SILENT)
        return
    yield ok("service", say("answers in %(time)s ms", time=_milliseconds(found.seconds)))
    if found.locked is not None:
        yield fault("recording", found.locked, Trouble.RECORDING_LOCKED)
    else:
        yield ok("recording", say("open"))


def readers(found: Readers, wanted: str | None) -> Iterator[Check]:
    """Judge PC/SC, then the reader; `wanted`: a part of its name."""
    if not found.library:
        yield fault("pcscd", say("pyscard is not installed"), Trouble.PCSC_LIBRARY)
    elif not found.answered:
        yield fault("pcscd", say("no answer"), Trouble.PCSCD_SILENT)
    else:
        yield ok("pcscd", say("answers"))
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
        return fault("reader", say("none"), Trouble.READER_ABSENT)
    if not found.answered:
        return unknown("reader", say("%(usb)s on USB", usb=usb), Trouble.PCSCD_SILENT)
    return fault(
        "reader", say("%(usb)s on USB, not taken by pcscd", usb=usb), Trouble.READER_NOT_TAKEN
    )


def card(found: CardTry) -> Check:
    """Judge a card that is known to be good, and how long it took."""
    if found.outcome is None or found.profile is None:
        return fault("card", say("another number is needed"), Trouble.CARD_PASSWORD)
    figure: tuple[Part, ...] = (
        found.profile,
        _OUTCOMES[found.outcome],
        say("read in %(time)s s", time=f"{found.seconds:.1f}"),
    )
    if found.reason is not None:
        figure = (*figure, found.reason)
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
    """Judge the terminal's certificate: whose it is, how long it holds, how far the next one is."""
    if found.wiped:
        return fault("certificate", say("wiped by the office's order"), Trouble.TERMINAL_WIPED)
    if found.damaged is not None:
        return fault("certificate", found.damaged, Trouble.IDENTITY_DAMAGED)
    if found.name is None or found.not_after is None:
        return fault(
            "certificate",
            (say("none"), *_asking(found.asking)),
            _waiting(found.asking, Trouble.CERTIFICATE_ABSENT),
        )
    figure: tuple[Part, ...] = (found.name, _until(found.not_after))
    if terminal is not None and found.name != terminal:
        figure = (*figure, say("terminal.toml says %(name)s", name=terminal))
        return fault("certificate", figure, Trouble.CERTIFICATE_OTHER_NAME)
    if found.not_after >= at + ENDING:
        return ok("certificate", figure)
    figure = (*figure, *(_asking(found.asking) or (say("the next one is not asked for yet"),)))
    if found.not_after < at:
        return fault("certificate", figure, _waiting(found.asking, Trouble.CERTIFICATE_ENDED))
    return attention("certificate", figure, _waiting(found.asking, Trouble.CERTIFICATE_ENDING))


def _asking(found: Asking | None) -> tuple[Part, ...]:
    if found is None:
        return ()
    if found.why is not None:
        return say("asked for in vain since %(day)s", day=found.day), found.why
    key = (found.key or "")[:SHOWN]
    return (say("the office has to approve key %(key)s, since %(day)s", key=key, day=found.day),)


def _waiting(found: Asking | None, otherwise: Trouble) -> Trouble:
    """Return what is to be done: where the office has the request, nothing but approving it."""
    return otherwise if found is None or found.key is None else Trouble.CERTIFICATE_WAITING


def counter_door(found: CounterDoor, at: datetime) -> Check:
    """Judge the door by which the counter's PCs come: browsers let nobody past an ended one."""
    name = "counter door"
    if found.not_after is None:
        return fault(name, (found.place, say("no answer by TLS")), Trouble.COUNTER_DOOR_SHUT)
    figure = (found.place, _until(found.not_after))
    if found.not_after < at:
        return fault(name, figure, Trouble.COUNTER_DOOR_ENDED)
    if found.not_after < at + ENDING:
        return attention(name, figure, Trouble.COUNTER_DOOR_ENDING)
    return ok(name, figure)


def held(found: Held, at: datetime) -> Iterator[Check]:
    """Judge the trust list, then each revocation list by its age."""
    if found.trust is None:
        yield fault("trust list", say("none"), Trouble.TRUST_ABSENT)
    else:
        yield ok("trust list", say("number %(number)s", number=found.trust))
    if all(one.purpose != CARD_STATUS for one in found.lists):
        yield fault(f"list {CARD_STATUS}", say("none"), Trouble.LIST_ABSENT)
    for one in found.lists:
        yield _list(one, at)


def _list(one: HeldList, at: datetime) -> Check:
    name = f"list {one.purpose}"
    age = (at - one.this_update) / timedelta(days=1)
    figure = (
        say("number %(number)s", number=one.number),
        say("%(days)s days old", days=f"{max(age, 0):.1f}"),
    )
    if one.refused is not None:
        return fault(name, (*figure, one.refused), Trouble.LIST_SET_ASIDE)
    if one.tier is not Tier.FRESH:
        return attention(name, (*figure, say("no longer fresh")), Trouble.LIST_OLD)
    return ok(name, figure)


def log(found: Log) -> Check:
    """Judge the log's chain."""
    if not found.present:
        return attention("log", say("none yet"), Trouble.LOG_ABSENT)
    if found.why is not None:
        whole = say("whole up to event %(count)s", count=found.events)
        return fault("log", (whole, found.why), Trouble.LOG_NOT_WHOLE)
    took = say("checked in %(time)s s", time=f"{found.seconds:.1f}")
    return ok("log", (_events(found.events), took))


def queue(found: Queue, at: datetime) -> Check:
    """Judge what waits for the centre, by how long the first of it waits."""
    if not found.unsent:
        return ok("queue", say("nothing waits"))
    figure: tuple[Part, ...] = (_events(found.unsent), say("not acknowledged"))
    if found.oldest is not None:
        figure = (*figure, say("the first since %(day)s", day=f"{found.oldest:%Y-%m-%d}"))
    if found.oldest is not None and found.oldest < at - QUEUE_OLD:
        return attention("queue", figure, Trouble.QUEUE_OLD)
    return ok("queue", figure)


_OBSTACLES = {
    Obstacle.NAME: say("its name is not found"),
    Obstacle.NO_WAY: say("no way there"),
    Obstacle.NOBODY: say("nothing listens there"),
    Obstacle.CERTIFICATE: say("its certificate does not hold here"),
    Obstacle.SILENCE: say("no answer in time"),
}


def access_point(found: AccessPoint) -> Check:
    """Judge the terminal's own Wi-Fi for phones as far as it can be while no meeting wants it."""
    if not found.radios:
        return fault("access point", (found.name, say("no radio")), Trouble.ACCESS_POINT_NO_RADIO)
    if not found.helper:
        return fault(
            "access point", (found.name, say("nothing puts it up")), Trouble.ACCESS_POINT_HELPER
        )
    return ok("access point", (found.name, ", ".join(found.radios)))


def centre(found: Exchange | None) -> Check:
    """Judge the centre's answer; None: none is configured."""
    if found is None:
        return ok("centre", say("none is configured; records go by stick"))
    if found.obstacle is Obstacle.CERTIFICATE:
        return attention("centre", _OBSTACLES[found.obstacle], Trouble.CENTRE_CERTIFICATE)
    if found.obstacle is not None:
        return attention("centre", _OBSTACLES[found.obstacle], Trouble.CENTRE_UNREACHABLE)
    if found.error is not None:
        return Check("centre", State.FAULT, found.error, Trouble.CENTRE_REFUSES, found.advice)
    figure = (f"HTTP {found.status}", f"{_milliseconds(found.seconds)} ms")
    if found.status != _OK:
        return fault("centre", figure, Trouble.CENTRE_REFUSES)
    return ok("centre", figure)


def wired(name: str, pins: Sequence[int], chip: Device) -> Check:
    """Judge a lamp or a buzzer as far as this can be told without eyes and ears."""
    if not pins:
        return ok(name, say("none is configured"))
    figure = f"GPIO {', '.join(map(str, pins))}"
    if not chip.present:
        return fault(
            name, (figure, say("there is no %(place)s", place=chip.place)), Trouble.GPIO_ABSENT
        )
    if not chip.usable:
        return fault(
            name,
            (figure, say("%(place)s may not be opened", place=chip.place)),
            Trouble.GPIO_CLOSED,
        )
    return ok(name, (figure, chip.place))


def scanner(found: Device | None) -> Check:
    """Judge the scanner; None: none is configured."""
    if found is None:
        return ok("scanner", say("none is configured"))
    if not found.present:
        return fault(
            "scanner", say("there is no %(place)s", place=found.place), Trouble.SCANNER_ABSENT
        )
    if not found.usable:
        return fault(
            "scanner", say("%(place)s may not be opened", place=found.place), Trouble.SCANNER_CLOSED
        )
    return ok("scanner", found.place)
