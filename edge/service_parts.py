"""What a terminal is put together from, made of its state folder, its configuration, its devices.

Lives here: making each part, or saying why there is none. Not here: the ways out (`service_ways`),
which parts there are and their threads (`edge.service`).
"""

from __future__ import annotations

import logging
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge.config import ACTIVE, ANODE, Config, Keyboard
from edge.errors import (
    RecordingLocked,
    RosterInvalid,
    SealBroken,
)
from edge.holdings import Holdings
from edge.identity.key import TerminalIdentity, load_or_create
from edge.identity.place import place_of
from edge.layout import StateLayout
from edge.log.fault import LogFault, locked
from edge.meeting.roster import Roster
from edge.people.doorkeeper import Doorkeeper
from edge.people.store import PeopleFile
from edge.plugged import Ports, Stick
from edge.signals import keyboard, serial_port
from edge.signals.panel import SignalConfig
from edge.signals.patterns import Signal
from edge.signals.scanner import Scanner
from edge.stick_desk import StickDesk
from edge.sync.courier_ledger import CourierLedger
from edge.tap.fault import Fault
from edge.tap.scene import Scene, SceneState
from verify.trust import KeyUse

if TYPE_CHECKING:
    from edge.carried import Received
    from edge.carry import TerminalCourier
    from edge.phones.desk import PhoneDesk
    from edge.service import Service
    from edge.sync.courier_outcome import Exported

log = logging.getLogger("tramthe.service")


def stick_desk(service: Service, config: Config, layout: StateLayout) -> StickDesk:
    """Return the two buttons: what they copy from, and what they take into."""
    choose = None if config.software is None else service.choose_version

    def courier() -> TerminalCourier:
        from edge.carry import TerminalCourier  # not at the start: few terminals use a stick

        return TerminalCourier(layout, service.holdings, service.clock, choose)

    def copy(stick: Stick, by: str | None) -> Exported:
        if service.identity is None:
            raise locked(LogFault(service.log.fault or LogFault.KEY_MISSING))
        return courier().copy(
            service.log,
            service.identity,
            stick.path,
            stick=stick.name,
            by=by,
            inbox=service.inbox,
        )

    def take(stick: Stick, by: str | None) -> Received:
        try:
            return courier().take(
                service.log, stick.path, stick=stick.name, by=by, inbox=service.inbox
            )
        finally:
            service.look_at_inbox()
            service.ask_for_version()

    return StickDesk(
        Ports(config.sticks),
        CourierLedger(layout.courier),
        copy=copy,
        take=take,
        now=service.clock.time,
        told=service.refresh,
    )


def scanner(service: Service, config: Config) -> Scanner | None:
    """Return the scanner's reader, None for a terminal without one."""
    place = config.scanner
    if place is None:
        return None
    return Scanner(
        (lambda: keyboard.attach(place.place))
        if isinstance(place, Keyboard)
        else (lambda: serial_port.attach(place)),
        lambda line: service.inputs.scanned(line.text),
        service.stopping,
    )


def seal_key(holdings: Holdings) -> tuple[str, bytes] | None:
    """Return id and public half of the key that contexts are sealed to, None before one came."""
    trust = holdings.trust
    if trust is None:
        return None
    return next(((k.kid, k.public) for k in trust.centre_keys if k.use is KeyUse.SEAL), None)


def make_folder(folder: Path) -> None:
    """Make the state folder; without one the terminal starts all the same and records nothing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        log.error("the state folder cannot be made: %s", error.strerror)


def identity(layout: StateLayout, config: Config) -> tuple[TerminalIdentity | None, LogFault]:
    """Return the terminal's own keys, None where they are lost; and why recording is locked then.

    The reason counts only where there are none.
    """
    try:
        found = load_or_create(layout.identity, config.terminal, place=place_of(config))
    except RecordingLocked as error:
        log.error("nothing will be recorded: %s", error.message)
        return None, LogFault(error.fault)
    return found, LogFault.KEY_MISSING


def doorkeeper(
    layout: StateLayout, config: Config, identity: TerminalIdentity | None
) -> Doorkeeper:
    """Return who decides who may come in at the desk."""
    file = PeopleFile(layout.identity, None if identity is None else identity.wrap_key)
    return Doorkeeper(
        file,
        terminal=config.terminal,
        monotonic=time.monotonic,
        idle=config.idle_minutes * 60.0,
    )


def wifi_host(config: Config) -> str | None:
    """Return the Host value of phones on the terminal's own Wi-Fi, None where there is none.

    One that is not declared to take WPA3 alone is none.
    """
    if config.access_point is None or config.access_point_security is None:
        return None
    return f"{config.access_point}:{config.port}"


def phone_desk(service: Service, config: Config) -> PhoneDesk | None:
    """Return what puts that Wi-Fi up for a meeting, None where there is none."""
    host = wifi_host(config)
    if host is None:
        return None
    from edge.phones.desk import PhoneDesk  # not at the start: a phone is wanted later
    from edge.phones.helper import HELPER
    from edge.phones.wifi import OwnWifi, name_of

    return PhoneDesk(
        OwnWifi(config.access_point_name or name_of(config.terminal), host),
        listen=service.pages.listen,
        shut=service.pages.shut,
        told=service.refresh,
        randomness=secrets.token_bytes,
        helper=HELPER,
    )


def roster(holdings: Holdings) -> tuple[Roster | None, Fault]:
    """Return the standing roster, and what to say where there is none to use."""
    try:
        data = holdings.roster()
        return (None if data is None else Roster.from_bytes(data)), Fault.NO_ROSTER
    except (SealBroken, RosterInvalid) as error:
        log.error("the roster cannot be used: %s", error.message)
    except OSError as error:
        log.error("the roster cannot be read: %s", error.strerror)
    return None, Fault.ROSTER_DAMAGED


def signal_of(scene: Scene) -> Signal:
    """Return what lamp and buzzer tell of a scene; leaving sounds unlike a second laying."""
    left = scene.state is SceneState.ALREADY and scene.left is not None
    return Signal.LEAVING if left else Signal(scene.state.value)


def signal_config(config: Config) -> SignalConfig:
    """Return how lamp and buzzer are wired."""
    return SignalConfig(
        lamp_pins=config.lamp_pins,
        lamp_anode=config.lamp_common == ANODE,
        buzzer_pin=config.buzzer_pin,
        buzzer_active=config.buzzer == ACTIVE,
        volume=config.volume / 100,
        silent=config.silent,
    )
