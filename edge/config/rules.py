"""What values of a configuration mean together: what cannot be, and what is probably not meant.

Lives here: rules over converted values, and over which keys were given at all. Not here: one
value's own form (`edge.config.kinds`), what the machine says (`edge.config.world`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edge.config.findings import Finding, Weight

EMPTIED = (Path("/tmp"), Path("/var/tmp"), Path("/run"), Path("/dev/shm"))  # noqa: S108 -- refused
"""Folders that the system empties by itself, at each start or after some days."""
PRIVILEGED = 1024
"""TCP ports below this need rights that the service does not have."""
_OWN = frozenset({"localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]"})  # noqa: S104 -- refused
_TAKEN = {
    0: "read by the firmware at each start (the memory of an add-on board)",
    1: "read by the firmware at each start (the memory of an add-on board)",
    2: "the I2C bus, where a battery clock sits",
    3: "the I2C bus, where a battery clock sits",
    14: "the serial console",
    15: "the serial console",
}
KEY_TOKEN = "pkcs11"  # noqa: S105 -- a kind of key
_PATHS = ("state", "centre_roots", "repository_roots", "key_module", "key_pin_file", "sticks")
_NEEDS = {
    "access_point_name": "access_point",
    "access_point_security": "access_point",
    "centre_roots": "centre",
    "centre_questions": "centre",
    "sync_seconds": "centre",
    "repository_roots": "repository",
    "repository_minutes": "repository",
    "lamp_common": "lamp_pins",
    "buzzer": "buzzer_pin",
    "volume": "buzzer_pin",
    "silent": "buzzer_pin",
}
"""Keys that say nothing without another."""


def combinations(values: Mapping[str, Any], given: Mapping[str, object]) -> Iterator[Finding]:
    """Yield what is wrong between keys.

    `values`: converted, defaults included, a key whose value cannot be used left out; `given`: the
    values that file or variables set, before conversion.
    """
    yield from _pins(values)
    yield from _state(values)
    yield from _addresses(values)
    yield from _hosts(values)
    yield from _air(values)
    yield from _key(values)
    for key, other in _NEEDS.items():
        if key in given and values.get(other, "unusable") in (None, ()):
            yield _remark(
                key, f"The key `{key}` has no effect without `{other}`.", f"Set `{other}` too, "
                f"or remove `{key}`."
            )  # fmt: skip
    yield from _relative(given)
    if values.get("port", PRIVILEGED) < PRIVILEGED:
        yield _remark(
            "port",
            f"Ports below {PRIVILEGED} are closed to programs without special rights.",
            "Use 8080 or another from 1024 up, unless the service was given the right to it.",
        )
    if "sticks" in given and values.get("sticks") == ():
        yield _remark(
            "sticks",
            "With an empty list no stick is ever found.",
            "Remove the key, or name the folder below which the system mounts sticks.",
        )


def _key(values: Mapping[str, Any]) -> Iterator[Finding]:
    for key in ("key_module", "key_token"):
        if values.get("key_kind") == KEY_TOKEN and values.get(key, "unusable") is None:
            yield Finding(
                Weight.FAULT,
                key,
                f"A key in a token needs `{key}`.",
                f"Set `{key}`, or keep the key in a file.",
            )


def emptied(folder: Path) -> Path | None:
    """Return what the system empties above a folder, None where it empties nothing."""
    return next((one for one in EMPTIED if folder.is_relative_to(one)), None)


def _pins(values: Mapping[str, Any]) -> Iterator[Finding]:
    lamp, buzzer = values.get("lamp_pins", ()), values.get("buzzer_pin")
    button = values.get("button_pin")
    if buzzer in lamp:
        yield Finding(
            Weight.STOPS,
            "buzzer_pin",
            f"The buzzer and a lead of the lamp are both on GPIO {buzzer}.",
            "Give `buzzer_pin` the number that the buzzer's wire is on, or take it out of "
            "`lamp_pins`.",
        )
    if button is not None and button in (*lamp, buzzer):
        yield Finding(
            Weight.STOPS,
            "button_pin",
            f"The button and the lamp or the buzzer are both on GPIO {button}.",
            "Give `button_pin` the number that the button's wire is on.",
        )
    for key, numbers in (
        ("lamp_pins", lamp),
        ("buzzer_pin", (buzzer,)),
        ("button_pin", (button,)),
    ):
        for number in numbers:
            if number in _TAKEN:
                yield _remark(
                    key,
                    f"GPIO {number} is {_TAKEN[number]}.",
                    "Move the wire to another GPIO, unless this board has nothing there.",
                )


def _state(values: Mapping[str, Any]) -> Iterator[Finding]:
    state: Path | None = values.get("state")
    if state is None:
        return
    volatile = values.get("volatile_state", False)
    above = emptied(state)
    if above is not None and not volatile:
        yield Finding(
            Weight.FAULT,
            "state",
            f"The state folder lies below {above}, which the system empties.",
            "Use /var/lib/tramthe; or set `volatile_state = true`, only to try the terminal out.",
        )
    if volatile:
        yield _remark(
            "volatile_state",
            "Records are taken even where they do not outlive a power cut.",
            "Remove the key before the terminal goes into service.",
        )
    for folder in values.get("sticks", ()):
        if state.is_relative_to(folder):
            yield Finding(
                Weight.FAULT,
                "sticks",
                f"The state folder lies below {folder}, where sticks are looked for.",
                "Name only folders below which the system mounts sticks, such as /media.",
            )


def _relative(given: Mapping[str, object]) -> Iterator[Finding]:
    for key in _PATHS:
        value = given.get(key)
        for path in value if isinstance(value, list) else [value]:
            if isinstance(path, str) and path.strip() and path.strip()[0] not in "/~":
                yield _remark(
                    key,
                    f"The path of `{key}` depends on the folder that the terminal is started in.",
                    "Write it from / on.",
                )


def _addresses(values: Mapping[str, Any]) -> Iterator[Finding]:
    centre = values.get("centre") or ""
    if "://lapsed." in centre:
        yield Finding(
            Weight.FAULT,
            "centre",
            "`lapsed.` is the door for certificates that have run out.",
            "Write `terminals.` in its place; the terminal goes to the other door by itself.",
        )
    if centre.endswith("/v1"):
        yield Finding(
            Weight.FAULT,
            "centre",
            "The address ends with /v1, which the terminal adds itself.",
            "Leave /v1 away.",
        )


def _hosts(values: Mapping[str, Any]) -> Iterator[Finding]:
    for value in values.get("counter_hosts", ()):
        host = value.rpartition(":")[0] if re.search(r":[0-9]+$", value) else value
        if host in _OWN:
            yield _remark(
                "counter_hosts",
                f"{value} is this machine itself, whose pages are there already.",
                f"Take {value} out; name what other machines call this one.",
            )


def _air(values: Mapping[str, Any]) -> Iterator[Finding]:
    if values.get("access_point") is None:
        return
    if values.get("access_point_security") is None:
        yield Finding(
            Weight.STOPS,
            "access_point",
            "Phones would send PINs to the `access_point`, and nothing says that this Wi-Fi takes "
            "WPA3 alone.",
            'Set it up with SAE alone and say `access_point_security = "wpa3"`; or remove '
            "`access_point`: other machines come through a TLS proxy.",
        )


def _remark(key: str, message: str, next_step: str) -> Finding:
    return Finding(Weight.REMARK, key, message, next_step)
