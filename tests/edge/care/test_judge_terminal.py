"""What is made of the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crl.status import Purpose
from edge.care import judge_terminal as judge
from edge.care.check import State
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
    UsbReader,
)
from edge.care.trouble import Trouble
from edge.errors import Obstacle
from tests.edge.care.test_judge_machine import judged
from verify.freshness import Tier
from verify.verdict import Outcome

_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
_OK = (State.OK, None)
_USB = (UsbReader("ACS ACR1252", "1.06"),)
_NAME = "ACS ACR1252 Dual Reader 00 00"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (CardTry(1.2, "dang-vien", Outcome.ACCEPTED, None), _OK),
        (CardTry(5.1, "dang-vien", Outcome.ACCEPTED, None), (State.ATTENTION, Trouble.CARD_SLOW)),
        (CardTry(1.2, "dang-vien", Outcome.REJECTED, "REVOKED"),
         (State.FAULT, Trouble.CARD_REJECTED)),
        (CardTry(1.2, "dang-vien", Outcome.INDETERMINATE, "STALE"),
         (State.ATTENTION, Trouble.CARD_UNDECIDED)),
        (CardTry(0.2, None, None, None), (State.FAULT, Trouble.CARD_PASSWORD)),
    ],
)  # fmt: skip
def test_card(found: CardTry, expected: object) -> None:
    """Accepted and quick is well; every other end says what to do."""
    check = judge.card(found)
    assert judged(check) == expected
    assert (found.reason or "") in check.figure


def test_configuration() -> None:
    """Remarks are no fault."""
    assert judged(judge.configuration(0, 3)) == _OK
    assert judged(judge.configuration(1, 0)) == (State.FAULT, Trouble.CONFIGURATION)


def test_service() -> None:
    """Silent, answering, answering that it records nothing."""
    (silent,) = judge.service(Service(False, 0.0))
    assert judged(silent) == (State.ATTENTION, Trouble.SERVICE_SILENT)
    assert [judged(one) for one in judge.service(Service(True, 0.01))] == [_OK, _OK]
    _, locked = judge.service(Service(True, 0.01, "LOG_READ_ONLY"))
    assert judged(locked) == (State.FAULT, Trouble.RECORDING_LOCKED)
    assert locked.figure == "LOG_READ_ONLY"


@pytest.mark.parametrize(
    ("found", "wanted", "pcscd", "reader"),
    [
        (Readers(True, True, (_NAME,), _USB), None, _OK, _OK),
        (Readers(True, True, (_NAME,), ()), "acr1252", _OK, _OK),
        (Readers(True, True, (_NAME,), _USB), "omnikey", _OK,
         (State.FAULT, Trouble.READER_OTHER)),
        (Readers(True, True, (), ()), None, _OK, (State.FAULT, Trouble.READER_ABSENT)),
        (Readers(True, True, (), _USB), None, _OK, (State.FAULT, Trouble.READER_NOT_TAKEN)),
        (Readers(True, False, (), _USB), None, (State.FAULT, Trouble.PCSCD_SILENT),
         (State.UNKNOWN, Trouble.PCSCD_SILENT)),
        (Readers(False, False, (), ()), None, (State.FAULT, Trouble.PCSC_LIBRARY),
         (State.FAULT, Trouble.READER_ABSENT)),
    ],
)  # fmt: skip
def test_reader(found: Readers, wanted: str | None, pcscd: object, reader: object) -> None:
    """The service first, then the reader: absent, another one, or there and not taken."""
    assert [judged(one) for one in judge.readers(found, wanted)] == [pcscd, reader]


def test_readers_firmware_is_shown() -> None:
    """As the device says it on USB."""
    _, reader = judge.readers(Readers(True, True, (_NAME,), _USB), None)
    assert reader.figure == f"{_NAME}; ACS ACR1252 (firmware 1.06)"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Identity("tram-1", _AT + timedelta(days=31)), _OK),
        (Identity("tram-1", _AT + timedelta(days=29)),
         (State.ATTENTION, Trouble.CERTIFICATE_ENDING)),
        (Identity("tram-1", _AT - timedelta(days=1)), (State.FAULT, Trouble.CERTIFICATE_ENDED)),
        (Identity("tram-2", _AT + timedelta(days=99)),
         (State.FAULT, Trouble.CERTIFICATE_OTHER_NAME)),
        (Identity(None, None), (State.FAULT, Trouble.CERTIFICATE_ABSENT)),
        (Identity(None, None, wiped=True), (State.FAULT, Trouble.TERMINAL_WIPED)),
        (Identity(None, None, "The wrap key is damaged."),
         (State.FAULT, Trouble.IDENTITY_DAMAGED)),
    ],
)  # fmt: skip
def test_certificate(found: Identity, expected: object) -> None:
    """Whose, and how long yet."""
    assert judged(judge.identity(found, "tram-1", _AT)) == expected


_WAITS = Asking("2026-11-20", key="ab" * 32)
_FAILED = Asking("2026-11-20", why="ENROL_NO_SERVER")


@pytest.mark.parametrize(
    ("days", "asking", "said", "trouble"),
    [
        (29, None, "the next one is not asked for yet", Trouble.CERTIFICATE_ENDING),
        (29, _WAITS, f"the office has to approve key {'ab' * 8}, since 2026-11-20",
         Trouble.CERTIFICATE_WAITING),
        (29, _FAILED, "asked for in vain since 2026-11-20, ENROL_NO_SERVER",
         Trouble.CERTIFICATE_ENDING),
        (-1, None, "the next one is not asked for yet", Trouble.CERTIFICATE_ENDED),
        (-1, _WAITS, f"the office has to approve key {'ab' * 8}, since 2026-11-20",
         Trouble.CERTIFICATE_WAITING),
        (-1, _FAILED, "asked for in vain since 2026-11-20, ENROL_NO_SERVER",
         Trouble.CERTIFICATE_ENDED),
    ],
)  # fmt: skip
def test_how_far_the_next_certificate_is(
    days: int, asking: Asking | None, said: str, trouble: Trouble
) -> None:
    """Needed soon: not asked for, asked in vain and why, or the office's to approve."""
    end = _AT + timedelta(days=days)
    found = judge.identity(Identity("tram-1", end, asking=asking), "tram-1", _AT)
    assert found.figure == f"tram-1, until {end:%Y-%m-%d}, {said}"
    assert judged(found) == (State.ATTENTION if days > 0 else State.FAULT, trouble)


def test_how_far_the_first_certificate_is() -> None:
    """As of the next one; and nothing is said of it where a certificate holds for long yet."""
    waits = judge.identity(Identity(None, None, asking=_WAITS), None, _AT)
    assert judged(waits) == (State.FAULT, Trouble.CERTIFICATE_WAITING)
    assert "the office has to approve key" in waits.figure
    vain = judge.identity(Identity(None, None, asking=_FAILED), None, _AT)
    assert judged(vain) == (State.FAULT, Trouble.CERTIFICATE_ABSENT)
    assert "ENROL_NO_SERVER" in vain.figure
    long = Identity("tram-1", _AT + timedelta(days=200), asking=_WAITS)
    assert judge.identity(long, None, _AT).figure.startswith("tram-1, until")
    assert judged(judge.identity(long, None, _AT)) == _OK


def test_certificate_of_a_terminal_whose_name_is_not_configured() -> None:
    """The name is then no fault of the certificate's."""
    found = Identity("tram-1", _AT + timedelta(days=99))
    assert judged(judge.identity(found, None, _AT)) == _OK


def _list(purpose: Purpose, tier: Tier = Tier.FRESH, refused: str | None = None) -> HeldList:
    return HeldList(purpose.value, "a1", _AT - timedelta(days=2), tier, refused)


def test_lists() -> None:
    """Trust list first; each list by what its silence counts for; no card list is a fault."""
    certificates, cards = _list(Purpose.CERTIFICATE), _list(Purpose.CARD_STATUS)
    well = judge.held(Held("7", (certificates, cards)), _AT)
    assert [judged(one) for one in well] == [_OK, _OK, _OK]
    trust, absent = judge.held(Held(None, ()), _AT)
    assert judged(trust) == (State.FAULT, Trouble.TRUST_ABSENT)
    assert judged(absent) == (State.FAULT, Trouble.LIST_ABSENT)
    for tier in (Tier.GRACE, Tier.REFUSE):
        _, old = judge.held(Held("7", (_list(Purpose.CARD_STATUS, tier),)), _AT)
        assert judged(old) == (State.ATTENTION, Trouble.LIST_OLD)
        assert "2.0 days old" in old.figure
    _, aside = judge.held(Held("7", (_list(Purpose.CARD_STATUS, refused="Not trusted."),)), _AT)
    assert judged(aside) == (State.FAULT, Trouble.LIST_SET_ASIDE)


def test_log() -> None:
    """Absent, whole, not whole."""
    assert judged(judge.log(Log(False, 0, None, 0))) == (State.ATTENTION, Trouble.LOG_ABSENT)
    assert judged(judge.log(Log(True, 12, None, 0.1))) == _OK
    torn = judge.log(Log(True, 11, "Event 12 was altered.", 0.1))
    assert judged(torn) == (State.FAULT, Trouble.LOG_NOT_WHOLE)
    assert torn.figure == "whole up to event 11, Event 12 was altered."


def test_queue() -> None:
    """What waits for days is carried; what came today is on its way."""
    assert judged(judge.queue(Queue(0, None), _AT)) == _OK
    assert judged(judge.queue(Queue(5, _AT - timedelta(days=6)), _AT)) == _OK
    old = judge.queue(Queue(5, _AT - timedelta(days=8)), _AT)
    assert judged(old) == (State.ATTENTION, Trouble.QUEUE_OLD)
    assert judged(judge.queue(Queue(5, None), _AT)) == _OK


def test_centre() -> None:
    """Out of reach is ordinary and to be seen to; a refusal is a fault with its own advice."""
    assert judged(judge.centre(None)) == _OK
    assert judged(judge.centre(Exchange(0.1, 200))) == _OK
    for obstacle in set(Obstacle) - {Obstacle.CERTIFICATE}:
        away = judge.centre(Exchange(8.0, None, "No answer.", "Wait.", obstacle))
        assert judged(away) == (State.ATTENTION, Trouble.CENTRE_UNREACHABLE)
    strange = judge.centre(Exchange(0.1, None, "Not ours.", "Look.", Obstacle.CERTIFICATE))
    assert judged(strange) == (State.ATTENTION, Trouble.CENTRE_CERTIFICATE)
    refused = judge.centre(Exchange(0.1, None, "Not taken.", "Enrol anew."))
    assert judged(refused) == (State.FAULT, Trouble.CENTRE_REFUSES)
    assert refused.next_step == "Enrol anew."
    assert judged(judge.centre(Exchange(0.1, 404))) == (State.FAULT, Trouble.CENTRE_REFUSES)


def test_lamp_and_buzzer() -> None:
    """As far as a program can tell."""
    here, shut = Device("/dev/gpiochip0", True, True), Device("/dev/gpiochip0", True, False)
    none = Device("/dev/gpiochip0", False, False)
    assert judged(judge.wired("lamp", (), none)) == _OK
    assert judged(judge.wired("lamp", (17, 27, 22), here)) == _OK
    assert judged(judge.wired("buzzer", (18,), none)) == (State.FAULT, Trouble.GPIO_ABSENT)
    assert judged(judge.wired("buzzer", (18,), shut)) == (State.FAULT, Trouble.GPIO_CLOSED)


def test_scanner() -> None:
    """Not configured, there, absent, not ours to open."""
    assert judged(judge.scanner(None)) == _OK
    assert judged(judge.scanner(Device("/dev/ttyACM0", True, True))) == _OK
    absent = judge.scanner(Device("/dev/ttyACM0", False, False))
    assert judged(absent) == (State.FAULT, Trouble.SCANNER_ABSENT)
    shut = judge.scanner(Device("/dev/ttyACM0", True, False))
    assert judged(shut) == (State.FAULT, Trouble.SCANNER_CLOSED)


@pytest.mark.parametrize(
    ("radios", "helper", "wanted"),
    [
        ((), True, (State.FAULT, Trouble.ACCESS_POINT_NO_RADIO)),
        (("wlan0",), False, (State.FAULT, Trouble.ACCESS_POINT_HELPER)),
        (("wlan0", "wlan1"), True, _OK),
    ],
)
def test_access_point(
    radios: tuple[str, ...], helper: bool, wanted: tuple[State, Trouble | None]
) -> None:
    """A Wi-Fi for phones needs a radio, and root's helper; the name that phones see is told."""
    found = judge.access_point(AccessPoint("TramThe x", radios, helper))
    assert judged(found) == wanted
    assert "TramThe x" in found.figure


@pytest.mark.parametrize(
    ("left", "wanted"),
    [
        (None, (State.FAULT, Trouble.COUNTER_DOOR_SHUT)),
        (timedelta(days=-1), (State.FAULT, Trouble.COUNTER_DOOR_ENDED)),
        (timedelta(days=29), (State.ATTENTION, Trouble.COUNTER_DOOR_ENDING)),
        (timedelta(days=31), _OK),
    ],
)
def test_counter_door(left: timedelta | None, wanted: tuple[State, Trouble | None]) -> None:
    """Its certificate is spoken of a month before no browser lets anybody past it."""
    found = CounterDoor("tram-1.local:8443", None if left is None else _AT + left)
    assert judged(judge.counter_door(found, _AT)) == wanted
