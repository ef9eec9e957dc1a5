"""The diagnosis of one terminal: every look in order, whatever fails on the way.

Lives here: which probe feeds which rule. Not here: limits and words (`judge_machine`,
`judge_terminal`, `trouble`), showing it (the command line).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.care import judge_machine, judge_terminal, probe_card, probe_package
from edge.care import probe_disk as disks
from edge.care import probe_keeping as keeping
from edge.care import probe_line as lines
from edge.care import probe_machine as machine
from edge.care.check import Check, each, fault, unknown
from edge.care.facts import AccessPoint, Device, Time
from edge.care.probe_reader import readers
from edge.care.said import say
from edge.care.trouble import Trouble
from edge.clock import Clock, system_time
from edge.config import Keyboard
from edge.config.world import no_folder
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.net.tls import ClientCertificate, Tls
from edge.phones.helper import HELPER
from edge.phones.wifi import name_of
from edge.signals.keyboard import find
from reader.evidence import Password, PasswordKind
from reader.transport import PcscWatcher, ask_readers
from reader.watch import Watcher

Look = Callable[[], Iterable[Check]]


@dataclass(frozen=True, slots=True)
class Terminal:
    """What is diagnosed. `values`: of its configuration by key, those that can be used.

    `faults`, `remarks`: how much is wrong with the configuration. `root`: of the machine's file
    system; `ask`: the names of the readers, None where PC/SC does not answer.
    """

    values: Mapping[str, Any] = field(repr=False)
    faults: int
    remarks: int
    root: Path = machine.ROOT
    ask: Callable[[], tuple[str, ...] | None] = ask_readers
    can: str | None = field(default=None, repr=False)
    """Six digits printed on a card to read as well; None: none is read."""
    watch: Callable[[str | None], Watcher] = PcscWatcher


def diagnose(terminal: Terminal) -> Iterator[Check]:
    """Yield every check of a terminal, each as soon as it is made."""
    rows = [*_terminal(terminal), *_state(terminal), *_machine(terminal)]
    if terminal.can is not None:
        rows.append(("card", lambda: [_card(terminal)]))
    return each(rows)


def _terminal(terminal: Terminal) -> list[tuple[str, Look]]:
    values, root = terminal.values, terminal.root
    return [
        (
            "configuration",
            lambda: [judge_terminal.configuration(terminal.faults, terminal.remarks)],
        ),
        ("service", lambda: _service(values)),
        (
            "reader",
            lambda: judge_terminal.readers(readers(root, terminal.ask), values.get("reader")),
        ),
        ("scanner", lambda: [judge_terminal.scanner(_scanner(values, root))]),
        ("lamp", lambda: [_wired("lamp", values.get("lamp_pins"), root)]),
        ("buzzer", lambda: [_wired("buzzer", values.get("buzzer_pin"), root)]),
        ("button", lambda: [_wired("button", values.get("button_pin"), root)]),
        ("screen", lambda: [judge_machine.screen(machine.screen(root))]),
        ("access point", lambda: _access_point(values, root)),
    ]


def _state(terminal: Terminal) -> list[tuple[str, Look]]:
    """Return the looks that need the state folder; one check where there is none."""
    folder: Path | None = terminal.values.get("state")
    if folder is None:
        none = fault("state folder", say("not configured"), Trouble.NOT_CONFIGURED)
        return [("state folder", lambda: [none])]
    absent = no_folder(folder)
    if absent is not None:
        lost = fault("state folder", absent.message, Trouble.STATE_FOLDER_ABSENT)
        return [("state folder", lambda: [lost])]
    values, layout = terminal.values, StateLayout(folder)
    clock = Clock(layout.floor)
    volatile = bool(values.get("volatile_state"))
    return [
        ("clock", lambda: [judge_machine.clock(_time(clock))]),
        (
            "certificate",
            lambda: [
                judge_terminal.identity(
                    keeping.identity(layout), values.get("terminal"), clock.now().at
                )
            ],
        ),
        (
            "lists",
            lambda: judge_terminal.held(keeping.held(layout, clock.now().at), clock.now().at),
        ),
        ("log", lambda: [judge_terminal.log(keeping.log(layout.log))]),
        ("queue", lambda: [judge_terminal.queue(keeping.queue(layout.log), clock.now().at)]),
        ("centre", lambda: [_centre(values, layout, clock)]),
        ("counter door", lambda: _counter_door(values, clock)),
        ("disk", lambda: _disk(folder, volatile=volatile)),
        ("write", lambda: [judge_machine.writing(disks.write(folder))]),
        ("update", lambda: [_update(layout, terminal.root)]),
    ]


def _machine(terminal: Terminal) -> list[tuple[str, Look]]:
    root, values = terminal.root, terminal.values
    needed = values.get("centre") is not None or values.get("repository") is not None
    return [
        ("battery clock", lambda: [judge_machine.battery_clock(machine.battery_clock(root))]),
        ("memory", lambda: _memory(root)),
        ("temperature", lambda: [judge_machine.heat(machine.celsius(root))]),
        ("power", lambda: [judge_machine.power(machine.power(root))]),
        ("network", lambda: [judge_machine.network(machine.network(root), needed=needed)]),
        ("versions", lambda: [judge_machine.versions(machine.versions(root))]),
        ("package", lambda: _package(root)),
    ]


def _service(values: Mapping[str, Any]) -> Iterable[Check]:
    host, port = values.get("listen"), values.get("port")
    if host is None or port is None:
        return [unknown("service", say("no address is configured"), Trouble.CONFIGURATION)]
    return judge_terminal.service(lines.service(host, port))


def _card(terminal: Terminal) -> Check:
    values = terminal.values
    if values.get("state") is None or terminal.can is None:
        return unknown("card", say("nothing to judge it by"), Trouble.NOT_CONFIGURED)
    host, port = values.get("listen"), values.get("port")
    if host is not None and port is not None and lines.service(host, port).answered:
        return unknown("card", say("not tried"), Trouble.READER_IN_USE)
    layout = StateLayout(values["state"])
    holdings, clock = Holdings(layout.holdings), Clock(layout.floor)
    return judge_terminal.card(
        probe_card.card(
            terminal.watch(values.get("reader")),
            holdings.profiles,
            Password(PasswordKind.CAN, terminal.can),
            lambda evidence: holdings.judge(evidence, clock.now()),
        )
    )


def _scanner(values: Mapping[str, Any], root: Path) -> Device | None:
    place = values.get("scanner")
    if place is None:
        return None
    if not isinstance(place, Keyboard):
        return machine.device(root / Path(place).relative_to("/"))
    inputs, names = root / "dev/input", root / "sys/class/input"
    try:
        return machine.device(find(place.place, names=names, devices=inputs))
    except FileNotFoundError:
        return Device(place.place, present=False, usable=False)


def _wired(name: str, pins: Any, root: Path) -> Check:
    numbers = () if pins is None else (pins,) if isinstance(pins, int) else tuple(pins)
    return judge_terminal.wired(name, numbers, machine.gpio(root))


def _access_point(values: Mapping[str, Any], root: Path) -> Iterable[Check]:
    """Look at what a Wi-Fi for phones needs; nothing to say where none is configured."""
    if values.get("access_point") is not None:
        name = values.get("access_point_name") or name_of(values.get("terminal", ""))
        helper = (root / HELPER.relative_to("/")).exists()
        yield judge_terminal.access_point(AccessPoint(name, machine.radios(root), helper))


def _time(clock: Clock) -> Time:
    now = clock.now()
    return Time(now.at, now.quality, system_time(), clock.floor)


def _centre(values: Mapping[str, Any], layout: StateLayout, clock: Clock) -> Check:
    base = values.get("centre")
    if base is None:
        return judge_terminal.centre(None)
    own = keeping.keys(layout, values.get("terminal"))
    shown = None
    if own is not None and own.certificate is not None:
        shown = ClientCertificate(own.certificate, own.key)
    tls = Tls(values.get("centre_roots"), shown, lambda: clock.floor)
    return judge_terminal.centre(lines.centre(base, tls))


def _counter_door(values: Mapping[str, Any], clock: Clock) -> Iterable[Check]:
    """Look at the first name that PCs come by; nothing to say where none does."""
    for value in values.get("counter_hosts", ())[:1]:
        yield judge_terminal.counter_door(lines.counter_door(value), clock.now().at)


def _disk(folder: Path, *, volatile: bool) -> Iterable[Check]:
    found = disks.disk(folder)
    return [judge_machine.disk(found, volatile=volatile), judge_machine.space(found)]


def _memory(root: Path) -> Iterable[Check]:
    found = machine.memory(root)
    return [judge_machine.memory(found), judge_machine.swap(found)]


def _package(root: Path) -> Iterable[Check]:
    return [judge_machine.package(probe_package.package(root), machine.versions(root).program)]


def _update(layout: StateLayout, root: Path) -> Check:
    delivered = probe_package.delivered(layout.delivered)
    return judge_machine.update(delivered, machine.versions(root).program)
