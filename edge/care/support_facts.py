"""The facts of a support bundle that no diagnosis tells: each named here, none of them a person's.

Lives here: what is told of configuration, log, lists, inbox, sticks and files. Not here: the bundle
(`support`), the journal (`journal`). What is not on these lists does not go in: of a text that
somebody typed only whether there is one, of a folder how many files and bytes, of a stick when and
how much, never its label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.care import probe_keeping as keeping
from edge.care import probe_machine as machine
from edge.care import probe_package
from edge.clock import Clock
from edge.layout import StateLayout
from edge.log.epochs import Epoch
from edge.log.look import EpochSums, Look, look_at
from edge.meeting.sheet_jws import thumbprint
from edge.sync.courier_ledger import CourierLedger
from edge.sync.inbox_store import InboxStore
from edge.wire.bundle import Way
from edge.wire.event import Event, timestamp
from edge.wire.kinds import EventKind

TOLD = (
    "terminal", "centre", "repository", "listen", "port", "access_point", "access_point_security",
    "lamp_pins", "lamp_common", "buzzer_pin", "buzzer", "volume", "silent", "button_pin",
    "idle_minutes", "volatile_state", "sync_seconds", "repository_minutes",
)  # fmt: skip
"""Keys of the configuration whose values are told: names of machines, numbers, words of a list."""
MAX_EPOCHS = 50
MAX_FILES = 100_000  # of a folder that are counted
_KINDS = frozenset(kind.value for kind in EventKind)


def facts(
    values: Mapping[str, Any], root: Path = machine.ROOT, *, at_work: bool = False
) -> dict[str, Any]:
    """Return every section; one that cannot be told says so and the rest goes on.

    `values`: the configuration by key; `at_work`: asked by the running terminal itself.
    """
    state: Path | None = values.get("state")
    sections: dict[str, Callable[[], Any]] = {
        "versions": lambda: asdict(machine.versions(root)),
        "board": lambda: {"serial": machine.serial(root)},
        "package": lambda: asdict(probe_package.package(root)),
        "configuration": lambda: configuration(values),
        "asked": lambda: {"by": "the running terminal" if at_work else "the command line"},
    }
    if state is not None:
        layout = StateLayout(state)
        clock = Clock(layout.floor)
        sections |= {
            "clock": lambda: _clock(clock),
            "identity": lambda: _identity(layout, values),
            "log": lambda: _log(layout.log),
            "holdings": lambda: _holdings(layout, clock),
            "inbox": lambda: _inbox(layout, values),
            "sticks": lambda: _sticks(layout),
            "delivered": lambda: list(probe_package.delivered(layout.delivered)),
            "files": lambda: _files(layout),
        }
    return {name: _or_why_not(look) for name, look in sections.items()}


def configuration(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of `TOLD`; of each other key whether it is set."""
    told: dict[str, Any] = {}
    for key, value in values.items():
        if key in TOLD:
            told[key] = list(value) if isinstance(value, tuple) else value
        else:
            told[key] = "set" if value not in (None, (), False) else "not set"
    return told


def _or_why_not(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 -- what fails is one more fact, without its words
        return {"unknown": type(error).__name__}


def _clock(clock: Clock) -> dict[str, Any]:
    now = clock.now()
    return {
        "at": timestamp(now.at),
        "quality": now.quality.value,
        "floor": timestamp(clock.floor),
    }


def _identity(layout: StateLayout, values: Mapping[str, Any]) -> dict[str, Any]:
    own = keeping.keys(layout, values.get("terminal"))
    if own is None:
        return {"key": None}
    found = keeping.identity(layout)
    return {
        "key": thumbprint(own.key.public_key()),
        "certificate": found.name,
        "until": None if found.not_after is None else timestamp(found.not_after),
    }


def _log(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"present": False}
    with look_at(path) as look:
        sums = look.sums()
        epochs = {epoch.id: epoch for epoch in look.epochs}
        return {
            "present": True,
            "epochs": [_epoch(look, epochs, one) for one in sums.epochs[-MAX_EPOCHS:]],
            "epochs_in_all": len(sums.epochs),
            "kinds": {kind: count for kind, count in sums.kinds.items() if kind in _KINDS},
            "contexts": sums.contexts,
            "open_contexts": sums.open_contexts,
            "keys": sums.keys,
        }


def _epoch(look: Look, epochs: Mapping[str, Epoch], one: EpochSums) -> dict[str, Any]:
    last = next(iter(look.events(epochs[one.epoch], max(0, one.last - 1))), None)
    return {
        "epoch": one.epoch,
        "events": one.events,
        "last": one.last,
        "acknowledged": one.acknowledged,
        "head": last.hash.hex() if isinstance(last, Event) else None,
    }


def _holdings(layout: StateLayout, clock: Clock) -> dict[str, Any]:
    held = keeping.held(layout, clock.now().at)
    return {
        "trust": held.trust,
        "lists": [
            {
                "purpose": one.purpose,
                "number": one.number,
                "this_update": timestamp(one.this_update),
                "tier": one.tier.value,
                "refused": one.refused is not None,
            }
            for one in held.lists
        ],
    }


def _inbox(layout: StateLayout, values: Mapping[str, Any]) -> dict[str, Any]:
    own = keeping.keys(layout, values.get("terminal"))
    if own is None or not layout.inbox.exists():
        return {"present": False}
    row = InboxStore(layout.inbox, own.wrap_key).row()
    return {
        "present": True,
        "high_water": row.high_water,
        "highest": row.highest,
        "gaps": [list(gap) for gap in row.gaps],
        "set_aside": list(row.set_aside),
        "alarms": len(row.alarms),
    }


def _sticks(layout: StateLayout) -> dict[str, Any]:
    if not layout.courier.exists():
        return {"last": None}
    last = CourierLedger(layout.courier).last(Way.UP)
    return {"last": None if last is None else {"at": last.at, "events": last.events}}


def _files(layout: StateLayout) -> dict[str, Any]:
    """Return how many files and bytes each part of the state folder has; parts are known names."""
    known = (
        layout.floor, layout.identity, layout.holdings, layout.log,
        layout.log.with_name(f"{layout.log.name}-wal"), layout.inbox, layout.courier,
        layout.repository, layout.delivered,
    )  # fmt: skip
    return {path.name: _size(path) for path in known if path.exists()}


def _size(path: Path) -> dict[str, int]:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return {"files": len(files), "bytes": sum(one.stat().st_size for one in files[:MAX_FILES])}
